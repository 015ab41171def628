package searchsql_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// The vocabularies are small, so that values meet.
var (
	someDates = []string{"2019", "2020", "2020-01", "2020-02", "2020-02-10", "2020-02-29", "2020-02-10T10:00:00Z", "2020-02-10T10:00:00.500Z", "2021-06-15", "2022"}
	someTexts = []string{"Anna", "annabel", "Änne", "Bob Anna", "bo", "Carla", "x% _y", "ann"}
	someCodes = []string{"1", "2", "3", "1|"}
	systems   = []string{"", "urn:a", "urn:b"}
	someNums  = []string{"1", "1.0", "5", "5.4", "5.40", "10", "10.0", "100", "54", "0.0054", "-3"}
	units     = [][2]string{{"", ""}, {"", "mg"}, {ucum, "mg"}, {ucum, "g"}, {ucum, "kg"}, {"urn:u", "mg"}}
	someURLs  = []string{"http://a.org", "http://a.org/x", "http://a.org/x/y", "http://a.org/xy", "urn:oid:1.2"}
)

// makeWorld makes a chart of three patients with every kind of row.
func makeWorld(seed uint64) []*resource {
	rnd := rand.New(rand.NewPCG(seed, 1)) // the same world for the same seed
	pick := func(list []string) string { return list[rnd.IntN(len(list))] }
	times := func(n int, do func()) {
		for range rnd.IntN(n + 1) {
			do()
		}
	}
	var list []*resource
	add := func(typ string, n int, owner string) *resource {
		r := &resource{typ: typ, id: fmt.Sprint(strings.ToLower(typ[:2]), n), owner: owner}
		times(2, func() { r.token("_tag", pick(systems), pick(someCodes)) })
		times(3, func() { r.says(pick(someTexts)) })
		times(1, func() { r.tells(pick(someTexts)) })
		list = append(list, r)
		return r
	}
	for i := range 3 {
		add("Practitioner", i, "").str("name", pick(someTexts))
		o := add("Organization", i, "")
		o.str("name", pick(someTexts))
		times(1, func() { o.ref("partof", "Organization/or"+strconv.Itoa(rnd.IntN(4))) })
	}
	for i := range 3 {
		me := "pa" + strconv.Itoa(i)
		p := add("Patient", i, me)
		times(3, func() { s := pick(someTexts); p.str("name", s).str("given", s) })
		times(1, func() { p.str("family", pick(someTexts)) })
		times(1, func() { p.date("birthdate", pick(someDates)) })
		times(2, func() { p.token("identifier", pick(systems), pick(someCodes)) })
		times(1, func() { p.token("gender", "urn:a", pick([]string{"male", "female"})) })
		times(1, func() { p.ref("organization", "Organization/or"+strconv.Itoa(rnd.IntN(4))) })
		times(2, func() { p.ref("general-practitioner", "Practitioner/pr"+strconv.Itoa(rnd.IntN(4))) })
		for n := range 14 {
			o := add("Observation", i*100+n, me)
			subject := "Patient/" + me
			if rnd.IntN(5) == 0 {
				subject, o.owner = "Group/gr0", chart.ManyOwners
			}
			times(1, func() { o.ref("subject", subject) })
			times(2, func() { o.token("code", pick(systems), pick(someCodes), pick(someTexts)) })
			times(2, func() { o.token("component-code", pick(systems), pick(someCodes)) })
			times(1, func() { o.token("status", "urn:a", pick(someCodes)) })
			times(1, func() {
				switch rnd.IntN(4) {
				case 0:
					o.date("date", pick(someDates), "2023")
				case 1:
					o.date("date", pick(someDates), "")
				case 2:
					o.date("date", "", pick(someDates))
				default:
					o.date("date", pick(someDates))
				}
			})
			times(1, func() {
				u := units[rnd.IntN(len(units))]
				o.quantity("value-quantity", pick([]string{"", "", "<", ">"})+pick(someNums[:10]), u[0], u[1])
			})
			times(2, func() {
				u := units[rnd.IntN(len(units))]
				o.quantity("component-value-quantity", pick(someNums), u[0], u[1])
			})
			times(2, func() {
				u := units[rnd.IntN(len(units))]
				o.tokenQuantity("code-value-quantity", pick(systems), pick(someCodes), pick(someNums), u[0], u[1])
			})
			times(2, func() {
				o.ref("performer", pick([]string{"Practitioner/pr0", "Practitioner/pr9", "Patient/pa0", "Organization/or1"}))
			})
			times(1, func() { o.ref("has-member", fmt.Sprintf("Observation/ob%d", rnd.IntN(3)*100+rnd.IntN(14))) })
		}
		for n := range 4 {
			c := add("Coverage", i*100+n, me)
			times(1, func() { c.ref("beneficiary", "Patient/"+me) })
			times(3, func() { c.date("period", pick(someDates), "2022-06") })
			r := add("RiskAssessment", i*100+n, me)
			times(2, func() { r.number("probability", pick(someNums)) })
			times(1, func() {
				r.rows.Numbers = append(r.rows.Numbers, index.Number{Param: row(r, "probability"), Value: 1, Lo: 1, Hi: float64(2 + rnd.IntN(60))})
			})
		}
	}
	add("Group", 0, chart.ManyOwners).ref("member", "Patient/pa0").ref("member", "Patient/pa1")
	for i, u := range someURLs {
		add("ValueSet", i, "").uri("url", u)
	}
	return list
}

// randomClause draws one condition on a type.
func randomClause(t *rapid.T, typ string, depth int) string {
	oneOf := func(list ...string) string { return rapid.SampledFrom(list).Draw(t, "choice") }
	several := func(draw func() string) string {
		list := []string{draw()}
		for range rapid.IntRange(0, 2).Draw(t, "more") {
			list = append(list, draw())
		}
		return strings.Join(list, ",")
	}
	esc := search.Escape
	pre := func() string { return oneOf("", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap") }
	token := func() string {
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			return esc(oneOf(systems[1:]...)) + "|" + esc(oneOf(someCodes...))
		case 1:
			return "|" + esc(oneOf(someCodes...))
		case 2:
			return oneOf(systems[1:]...) + "|"
		}
		return esc(oneOf(someCodes...))
	}
	quantity := func() string {
		u := rapid.SampledFrom(units).Draw(t, "unit")
		n := pre() + oneOf(someNums...)
		if u[1] == "" {
			return n
		}
		return n + "|" + u[0] + "|" + u[1]
	}
	text := func() string { return esc(oneOf("a", "ann", "anna", "b", "bo", "x%", "_", "nn", "ÄNN", "Bob Anna")) }
	missing := func(code string) string { return code + ":missing=" + oneOf("true", "false") }
	type draw func() string
	kinds := map[string][]draw{
		"Patient": {
			func() string { return oneOf("name", "given", "family") + "=" + several(text) },
			func() string { return oneOf("name:contains", "name:exact", "given:exact") + "=" + several(text) },
			func() string { return "birthdate=" + pre() + oneOf(someDates...) },
			func() string { return oneOf("identifier", "identifier:not") + "=" + several(token) },
			func() string { return oneOf("gender", "gender:not") + "=" + oneOf("male", "female", "urn:a|male") },
			func() string {
				return missing(oneOf("name", "birthdate", "gender", "identifier", "organization", "general-practitioner"))
			},
			func() string {
				return "general-practitioner=" + several(func() string { return oneOf("pr0", "Practitioner/pr1", "pr9") })
			},
		},
		"Observation": {
			func() string { return oneOf("code", "combo-code", "code:not", "status", "_tag") + "=" + several(token) },
			func() string { return "code:text=" + several(text) },
			func() string { return "date=" + several(func() string { return pre() + oneOf(someDates...) }) },
			func() string {
				return oneOf("value-quantity", "combo-value-quantity", "component-value-quantity") + "=" + several(quantity)
			},
			func() string {
				return "code-value-quantity=" + several(func() string { return esc(oneOf(someCodes...)) + "$" + quantity() })
			},
			func() string {
				return oneOf("subject", "patient", "performer") + "=" + several(func() string { return oneOf("pa0", "Patient/pa1", "pa2", "pa9") })
			},
			func() string {
				return missing(oneOf("code", "date", "value-quantity", "subject", "patient", "performer", "combo-code"))
			},
		},
		"Coverage": {
			func() string { return "period=" + pre() + oneOf(someDates...) },
			func() string { return missing("period") },
		},
		"RiskAssessment": {
			func() string {
				return "probability=" + several(func() string { return pre() + oneOf(someNums...) })
			},
			func() string { return missing("probability") },
		},
		"Organization": {func() string { return "name=" + text() }, func() string { return missing("partof") }},
		"Practitioner": {func() string { return "name=" + text() }},
		"ValueSet": {
			func() string { return "url=" + several(func() string { return oneOf(someURLs...) }) },
			func() string { return "url:below=" + oneOf(someURLs[:4]...) },
			func() string { return missing("url") },
		},
	}
	list := kinds[typ]
	list = append(list, func() string {
		return oneOf("_text", "_content") + "=" + several(func() string { return esc(oneOf("anna", "ÄNNE", "bob", "bo", "anna bob", "x", "y x", "none")) })
	})
	list = append(list, func() string {
		return "_id=" + several(func() string { return oneOf("pa0", "pa1", "ob1", "ob100", "co1", "or0", "none") })
	})
	if depth < 3 {
		chain := func(code, to string) draw { return func() string { return code + "." + randomClause(t, to, depth+1) } }
		has := func(from, via string) draw {
			return func() string { return "_has:" + from + ":" + via + ":" + randomClause(t, from, depth+1) }
		}
		switch typ {
		case "Patient":
			list = append(list, chain("organization", "Organization"), chain("general-practitioner:Practitioner", "Practitioner"),
				has("Observation", "patient"), has("Observation", "performer"), has("Coverage", "beneficiary"))
		case "Observation":
			list = append(list, chain("patient", "Patient"), chain("subject:Patient", "Patient"), chain("has-member", "Observation"), has("Observation", "has-member"))
		case "Organization":
			list = append(list, chain("partof", "Organization"), has("Patient", "organization"))
		case "Coverage":
			list = append(list, chain("beneficiary", "Patient"))
		}
	}
	return rapid.SampledFrom(list).Draw(t, "kind")()
}

var sortKeys = map[string][]string{
	"Patient": {"name", "birthdate", "gender", "identifier", "_id", "_lastUpdated", "organization"}, "Observation": {"date", "value-quantity", "code", "status", "_id", "subject"},
	"Coverage": {"period", "_lastUpdated"}, "RiskAssessment": {"probability"}, "Organization": {"name", "_id"}, "Practitioner": {"name"}, "ValueSet": {"url"},
}

// TestRandomSearches holds random searches against the world: the same resources, each once over all pages, the same total,
// for staff and for a patient, whatever drives the search and in whatever order it is answered.
func TestRandomSearches(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		list := makeWorld(7)
		f.put(t, list...)
		gone := &resource{typ: "Observation", id: "gone", owner: "pa0"}
		f.put(t, gone.token("code", "", "1").ref("subject", "Patient/pa0").date("date", "2020"))
		f.remove(t, gone)
		w := newWorld(t, f, list)
		rapid.Check(t, func(rt *rapid.T) {
			typ := rapid.SampledFrom([]string{"Patient", "Observation", "Observation", "Coverage", "RiskAssessment", "Organization", "ValueSet"}).Draw(rt, "type")
			var parts []string
			for range rapid.IntRange(0, 3).Draw(rt, "clauses") {
				name, value, _ := strings.Cut(randomClause(rt, typ, 0), "=")
				parts = append(parts, name+"="+url.QueryEscape(value))
			}
			if rapid.Bool().Draw(rt, "sorted") {
				keys := rapid.SliceOfNDistinct(rapid.SampledFrom(sortKeys[typ]), 1, min(2, len(sortKeys[typ])), rapid.ID).Draw(rt, "keys")
				for i := range keys {
					keys[i] = rapid.SampledFrom([]string{"", "-"}).Draw(rt, "direction") + keys[i]
				}
				parts = append(parts, "_sort="+strings.Join(keys, ","))
			}
			parts = append(parts, "_count="+strconv.Itoa(rapid.SampledFrom([]int{1, 2, 5, 50}).Draw(rt, "count")))
			target := typ + "?" + strings.Join(parts, "&")
			patient := rapid.SampledFrom([]string{"", "", "pa0", "pa1"}).Draw(rt, "patient")

			list, err := search.ParseForm(strings.Join(parts, "&"))
			if err != nil {
				rt.Fatal(err)
			}
			q, err := search.Parse(params, typ, list, search.Options{Base: base, Now: now})
			if err != nil {
				rt.Fatalf("%s: %v", target, err)
			}
			want := w.answer(q, patient)
			if judged, ok := w.judged(q, patient); ok && !slices.Equal(judged, want) {
				rt.Fatalf("%s as %q: one by one %v, want %v", target, patient, judged, want)
			}
			got := f.findAs(t, target, access.Narrow{Patient: patient}, nil)
			if problem := w.misplaced(q, got); problem != "" {
				rt.Fatalf("%s as %q: %s", target, patient, problem)
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("%s as %q (-want +got)\n%s", target, patient, diff)
			}
			q.Count = 0
			if total := f.run(t, q, access.Narrow{Patient: patient}, chart.Page{}).Total; total != int64(len(want)) {
				rt.Fatalf("%s as %q: total %d, want %d", target, patient, total, len(want))
			}
		})
	})
}
