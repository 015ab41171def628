// Package shape holds the searches of the published benchmarks, each beside the bare SQL that answers it by hand over the
// server's own tables. The benchmark asks the server by the one and the floor by the other.
package shape

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"

	"chartwright/gen/r4search"
	"chartwright/internal/fhir/search"
)

// Shape is one kind of search.
type Shape struct {
	Name string
	// Path is what is asked below the FHIR base. Each {kind} in it is replaced by a sample of that kind.
	Path string
	// SQL selects the bodies of the page, and one row more where there is a next page; Count, if the search asks for it, the
	// total. {Type.code} stands for the number of a search parameter, {Type.code*} for the list of all numbers under which its
	// values lie. Args are bound in order, to both: texts, in which {kind} is replaced by the same sample as in Path. A shape
	// without SQL is answered from memory.
	SQL, Count string
	Args       []string
	// Loose tells that SQL finds a little more or less than the search: bytes where the search knows words.
	Loose bool
}

// Samples are values for the {kinds} of shapes. Lists of one request are drawn at the same place where they have the same
// length, so that they fit each other.
type Samples map[string][]string

// Ask fills a shape with samples: the path of the server and the arguments of the floor.
func (s *Shape) Ask(r *rand.Rand, samples Samples) (path string, args []string) {
	n := r.IntN(1 << 30)
	fill := func(text string, escape func(string) string) string {
		for strings.Contains(text, "{") {
			before, rest, _ := strings.Cut(text, "{")
			kind, after, _ := strings.Cut(rest, "}")
			list := samples[kind]
			if len(list) == 0 {
				panic("bench: no samples of " + kind)
			}
			text = before + escape(list[n%len(list)]) + after
		}
		return text
	}
	for _, a := range s.Args {
		args = append(args, fill(a, func(v string) string { return v }))
	}
	return fill(s.Path, url.QueryEscape), args
}

// Statements are SQL and Count with the numbers of the parameters, and with $1, $2 … where postgres is set.
func (s *Shape) Statements(postgres bool) (sql, count string) {
	return statement(s.SQL, postgres), statement(s.Count, postgres)
}

func statement(text string, postgres bool) string {
	for strings.Contains(text, "{") {
		before, rest, _ := strings.Cut(text, "{")
		name, after, _ := strings.Cut(rest, "}")
		typ, code, _ := strings.Cut(name, ".")
		number := strconv.Itoa(int(search.RowNumber(typ, code)))
		if code, all := strings.CutSuffix(code, "*"); all {
			number = rows(typ, code)
		}
		text = before + number + after
	}
	if !postgres {
		return text
	}
	text = strings.NewReplacer("instr(", "strpos(", postingDocs, postgresPostingDocs).Replace(text)
	for n := 1; strings.Contains(text, "?"); n++ {
		text = strings.Replace(text, "?", fmt.Sprint("$", n), 1)
	}
	return text
}

func rows(typ, code string) string {
	p := r4search.Lookup(typ, code)
	var list []string
	for _, n := range p.Rows {
		list = append(list, strconv.Itoa(int(n)))
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// All are the shapes of both suites, and between them our own; the floor knows them by their place in it.
var All = append(append(append([]Shape{}, MockHealth...), Chains...), HealthSamurai()...)

// Single is how many of All are measured each by itself: they come first.
var Single = len(MockHealth) + len(Chains)
