package scope_test

import (
	"bufio"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, canonical string
	}{
		{"v1 read is v2 rs", "patient/Observation.read", "patient/Observation.rs"},
		{"v1 write is v2 cud", "user/Patient.write", "user/Patient.cud"},
		{"v1 star is all letters", "system/Encounter.*", "system/Encounter.cruds"},
		{"one letter", "patient/Condition.r", "patient/Condition.r"},
		{"all letters", "patient/Condition.cruds", "patient/Condition.cruds"},
		{"a wildcard", "patient/*.rs", "patient/*.rs"},
		{"a v1 wildcard", "user/*.*", "user/*.cruds"},
		{"a word of the Standard API", "user/medical_problem.write", "user/medical_problem.cud"},
		{"an operation on a type", "system/Patient.$export", "system/Patient.$export"},
		{"an operation on the server", "system/*.$bulkdata-status", "system/*.$bulkdata-status"},
		{"an operation of the Standard API", "user/insurance.$swap-insurance", "user/insurance.$swap-insurance"},
		{"a granular scope keeps its looks", "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
			"patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory"},
		{"escapes are one form", "patient/Observation.rs?category=a%7Cb%26c", "patient/Observation.rs?category=a|b%26c"},
		{"parameters are sorted", "user/Observation.r?code=y&category=x", "user/Observation.r?category=x&code=y"},
		{"values are sorted and counted once", "user/Observation.r?code=y,x,y", "user/Observation.r?code=x,y"},
		{"an escaped comma is part of a value", `user/Observation.r?code=a%5C,b`, `user/Observation.r?code=a%5C,b`},
		{"EHR launch", "launch", "launch"},
		{"a launch context", "launch/patient", "launch/patient"},
		{"a launch context with a role", "launch/questionnaire?role=http://example.org/role", "launch/questionnaire?role=http://example.org/role"},
		{"an API family", "api:oemr", "api:oemr"},
		{"a site", "site:clinic-2.example", "site:clinic-2.example"},
		{"OpenID Connect", "openid", "openid"},
		{"a repository extension", "cdr_fhir_delete", "cdr_fhir_delete"},
		{"launching other apps", "smart/orchestrate_launch", "smart/orchestrate_launch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := scope.Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if s.String() != c.canonical {
				t.Errorf("%s prints as %s, not %s", c.text, s, c.canonical)
			}
			again, err := scope.Parse(s.String())
			if err != nil || again != s {
				t.Errorf("%s reads back as %v (%v)", s, again, err)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":                        "",
		"an unknown word":                "admin",
		"letters out of order":           "patient/Observation.srduc",
		"a letter twice":                 "patient/Observation.rr",
		"an unknown letter":              "patient/Observation.x",
		"no letters":                     "patient/Observation.",
		"two permissions":                "patient/Observation.read.write",
		"v1 and v2 mixed":                "patient/Observation.readc",
		"no permission":                  "user/*",
		"no type":                        "user/.read",
		"a wildcard context":             "*/*.*",
		"a context in capitals":          "Patient/Observation.read",
		"v1 read in capitals":            "patient/Observation.Read",
		"a type with a digit":            "patient/Observation2.read",
		"a word that begins with _":      "user/_x.read",
		"a path":                         "patient/Observation/1.read",
		"an unknown API family":          "api:all",
		"an empty site":                  "site:",
		"a site with a slash":            "site:a/b",
		"an empty operation":             "system/Patient.$",
		"an operation with a query":      "system/Patient.$export?a=b",
		"a wildcard with a query":        "patient/*.rs?category=laboratory",
		"an empty query":                 "patient/Observation.rs?",
		"a parameter without value":      "patient/Observation.rs?category",
		"an empty value":                 "patient/Observation.rs?category=",
		"an empty value among others":    "patient/Observation.rs?category=a,,b",
		"another modifier":               "patient/Observation.rs?category:missing=true",
		"a modifier of texts":            "patient/Observation.rs?code:text=blood",
		"two modifiers":                  "patient/Observation.rs?code:in:not=http://a",
		"a modifier of a type":           "patient/Observation.rs?subject:Patient=1",
		"a chain":                        "patient/Observation.rs?subject.name=x",
		"a reverse chain":                "patient/Observation.rs?_has:Encounter:x=y",
		"a result parameter":             "patient/Observation.rs?_count=1",
		"a broken escape":                "patient/Observation.rs?category=%zz",
		"a launch context in capitals":   "launch/Patient",
		"an empty launch context":        "launch/",
		"another launch parameter":       "launch/patient?x=y",
		"a space":                        "openid profile",
		"a quotation mark":               `patient/Observation.rs?category="x"`,
		"a backslash":                    `patient/Observation.rs?category=a\b`,
		"a control character":            "openid\x00",
		"a letter beyond ASCII":          "patient/Observation.rs?category=ä",
		"64 KiB":                         "patient/Observation.rs?category=" + strings.Repeat("x", 1<<16),
		"an unknown repository scope":    "cdr_everything",
		"a standard word with a capital": "user/soapNote.read",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if s, err := scope.Parse(text); !fault.Is(err, fault.Invalid) {
				t.Errorf("accepted as %v (%v)", s, err)
			}
		})
	}
}

func TestCaseTellsTheAPIsApart(t *testing.T) {
	t.Parallel()
	standard, fhir := parse(t, "user/patient.read"), parse(t, "user/Patient.read")
	if standard == fhir || standard.Covers(fhir) || fhir.Covers(standard) || standard.FHIR() || !fhir.FHIR() {
		t.Error("user/patient.read and user/Patient.read are not told apart")
	}
	if parse(t, "user/*.cruds").Covers(standard) {
		t.Error("a wildcard is about FHIR types, not about the words of the Standard API")
	}
}

func TestParseList(t *testing.T) {
	t.Parallel()
	list, err := scope.ParseList(" openid  patient/Patient.read ")
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	if _, err := scope.ParseList("openid nothing"); err == nil {
		t.Error("a list with an unknown scope was accepted")
	}
}

// TestCoversIsInclusion compares Covers with a model: a scope is the set of what it permits, each element a context, a type, a
// letter and a row, and one scope covers another if it is a superset.
func TestCoversIsInclusion(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var covered int
	for range 20_000 {
		a, b := randomScope(rng), randomScope(rng)
		s, u := parse(t, a), parse(t, b)
		want := includes(a, b)
		if got := s.Covers(u); got != want {
			t.Fatalf("%s covers %s: %v, the model says %v", a, b, got, want)
		}
		if want {
			covered++
		}
	}
	if covered < 500 {
		t.Errorf("only %d of the random pairs were covered", covered)
	}
}

var modelTypes = []string{"Observation", "Condition", "vital"}

func randomScope(rng *rand.Rand) string {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	typ := pick(append([]string{"*", "Observation", "Observation"}, modelTypes...)...)
	text := pick("patient", "user", "patient") + "/" + typ + "."
	letters := pick("read", "write", "*", "rs", "cruds", "r", "s", "cud")
	text += letters
	if typ == "*" || rng.IntN(2) == 0 {
		return text
	}
	var params []string
	for range 1 + rng.IntN(2) {
		if rng.IntN(2) == 0 {
			params = append(params, "category="+pick("a", "b", "a,b", "b,a", "a,b,c", "c"))
		} else {
			params = append(params, "status="+pick("x", "y", "x,y"))
		}
	}
	return text + "?" + strings.Join(params, "&")
}

// includes is the model. A row has a set of categories and a set of statuses, written as bits.
func includes(a, b string) bool {
	for _, typ := range modelTypes {
		for _, letter := range "cruds" {
			for row := range 1 << 5 {
				if permits(b, typ, letter, row) && !permits(a, typ, letter, row) {
					return false
				}
			}
		}
	}
	return strings.SplitN(a, "/", 2)[0] == strings.SplitN(b, "/", 2)[0]
}

func permits(text, typ string, letter rune, row int) bool {
	_, rest, _ := strings.Cut(text, "/")
	rest, query, _ := strings.Cut(rest, "?")
	name, permission, _ := strings.Cut(rest, ".")
	if v2, ok := map[string]string{"read": "rs", "write": "cud", "*": "cruds"}[permission]; ok {
		permission = v2
	}
	if name != typ && (name != "*" || typ == "vital") || !strings.ContainsRune(permission, letter) {
		return false
	}
	if query == "" {
		return true
	}
	bit := map[string]int{"a": 1, "b": 2, "c": 4, "x": 8, "y": 16}
	for param := range strings.SplitSeq(query, "&") {
		_, values, _ := strings.Cut(param, "=")
		match := false
		for v := range strings.SplitSeq(values, ",") {
			match = match || row&bit[v] != 0
		}
		if !match {
			return false
		}
	}
	return true
}

func parse(t *testing.T, text string) scope.Scope {
	t.Helper()
	s, err := scope.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if line := sc.Text(); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"patient/Observation.rs?category=a|b", "user/vital.read", "launch/patient", "site:x", "system/*.$export"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := scope.Parse(text)
		if err != nil {
			return
		}
		again, err := scope.Parse(s.String())
		if err != nil || again != s {
			t.Fatalf("%q prints as %q, which reads as %v (%v)", text, s, again, err)
		}
		if !s.Covers(again) || scope.Describe(s) == "" {
			t.Fatalf("%q does not cover itself or has no text", text)
		}
	})
}

// TestCoversByModifiers holds that scopes which exclude codes grow when they exclude less.
func TestCoversByModifiers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		wide, narrow string
		want         bool
	}{
		{"code:in=http://a,http://b", "code:in=http://a", true},
		{"code:in=http://a", "code:in=http://a,http://b", false},
		{"code:not-in=http://a", "code:not-in=http://a,http://b", true},
		{"code:not-in=http://a,http://b", "code:not-in=http://a", false},
		{"code:not=x", "code:not=x,y", true},
		{"code:not=x,y", "code:not=x", false},
		{"code:in=http://a", "code=http://a", false},
		{"code:below=a|x", "code:in=http://a&code:below=a|x", true},
	} {
		wide, err := scope.Parse("patient/Observation.rs?" + tt.wide)
		if err != nil {
			t.Fatal(err)
		}
		narrow, err := scope.Parse("patient/Observation.rs?" + tt.narrow)
		if err != nil {
			t.Fatal(err)
		}
		if got := wide.Covers(narrow); got != tt.want {
			t.Errorf("%s covers %s: %v, want %v", wide, narrow, got, tt.want)
		}
	}
}
