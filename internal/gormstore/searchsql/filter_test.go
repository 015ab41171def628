package searchsql_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
)

// TestFilter holds the operators of _filter, those of the standard's page among them.
// https://hl7.org/fhir/R4/search_filter.html
func TestFilter(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, chartOfExamples()...)
		for _, c := range []struct{ typ, filter, want string }{
			{"Patient", `name co "eve"`, "eve evelyn steve"},
			{"Patient", `name co ÈVÉ`, "eve evelyn steve"},
			{"Patient", `given eq "eve" and birthdate ge 1974-10-10`, "eve"},
			{"Patient", `given sw eve`, "eve evelyn"},
			{"Patient", `given ew eve`, "eve steve"},
			{"Patient", `given ew "xend"`, "evelyn"},
			{"Patient", `given ne eve`, "evelyn steve"},
			{"Patient", `given gt eve`, "evelyn steve"},
			{"Patient", `given ge eve and given le eve`, "eve"},
			{"Patient", `given lt evelyn`, "eve"},
			{"Patient", `family eq "carreno quinones"`, "steve"},
			{"Patient", `family eq carreno`, ""},
			{"Patient", `family pr true`, "eve steve"},
			{"Patient", `family pr false`, "evelyn"},
			{"Patient", `gender eq male`, "steve"},
			{"Patient", `gender eq http://hl7.org/fhir/administrative-gender|male`, "steve"},
			{"Patient", `gender eq urn:other|male`, ""},
			{"Patient", `gender ne male`, "eve evelyn"},
			{"Patient", `not (gender eq male)`, "eve evelyn"},
			{"Patient", `identifier ne urn:mrn|77`, "eve evelyn"},
			{"Patient", `active ne false`, "eve"},
			{"Patient", `not (active eq false)`, "eve evelyn steve"},
			// From left to right: (male or eve) and born in 1974.
			{"Patient", `gender eq male or given eq eve and birthdate eq 1974`, "eve"},
			{"Patient", `gender eq male or (given eq eve and birthdate eq 1974)`, "eve steve"},
			{"Patient", `(gender eq male or given eq eve) and not (birthdate ge 1980)`, "eve"},
			{"Patient", `_id eq eve or _id eq steve`, "eve steve"},
			{"Patient", `_id ne eve`, "evelyn steve"},
			{"Patient", `organization.name co hospital`, "eve"},
			{"Patient", `organization.partof.name co hospital`, "steve"},
			{"Patient", `organization re Organization/ward`, "steve"},
			{"Patient", `general-practitioner re https://elsewhere.example/fhir/Practitioner/doc`, "evelyn"},
			{"Patient", `_lastUpdated ge 2000 and _lastUpdated lt 2000`, ""},
			{"Observation", `code eq http://loinc.org|8480-6`, "grams"},
			{"Observation", `code eq loinc|8480-6`, "grams"},
			{"Observation", `code eq 8480-6`, "grams open"},
			{"Observation", `subject.name co "eve"`, "bp glucose grams open year"},
			{"Observation", `subject:Patient[birthdate ge 1990-01-01].name co "eve"`, "glucose grams year"},
			{"Observation", `patient[birthdate ge 1990-01-01].name sw "steve"`, "glucose grams"},
			{"Observation", `patient[not (birthdate lt 1990-01-01) and gender eq male].identifier eq urn:mrn|77`, "glucose grams"},
			{"Observation", `value-quantity gt 5.3|http://unitsofmeasure.org|mg`, "glucose grams year"},
			{"Observation", `value-quantity eq 5.4|ucum|mg`, "glucose grams"},
			{"Observation", `value-quantity ne 5.4|ucum|mg`, "open year"},
			{"Observation", `date po 2013-01-15`, "grams long open year"},
			{"Observation", `date co 2013-01-14`, "glucose grams long open year"},
			{"Observation", `date eq 2013-01-14`, "bp glucose"},
			{"Observation", `date sa 2013-01-09`, "bp glucose open"},
			{"Observation", `date eb 2013-01-15`, "bp glucose"},
			{"Observation", `code-value-quantity eq http://loinc.org|15074-8$5.4|http://unitsofmeasure.org|mg`, "glucose"},
			{"RiskAssessment", `probability co 0.81`, "p8"},
			{"RiskAssessment", `probability eq 0.8`, "p8 p80"},
			{"RiskAssessment", `probability ap 100`, "p100 p95"},
			{"RiskAssessment", `probability pr false`, "none"},
			{"ValueSet", `url sw http://acme.org/fhir/`, "leaf mid root"},
			{"ValueSet", `url ne urn:oid:1.2.3.4.5`, "leaf mid new old other root twin"},
			{"Questionnaire", `derived-from re http://acme.org/q|2.0`, "child"},
			{"Encounter", `subject pr true and status eq finished`, "e1"},
		} {
			q := parse(t, c.typ, "_filter="+url.QueryEscape(c.filter)+"&_count=50")
			var got []string
			for _, v := range f.run(t, q, access.Narrow{}, chart.Page{}).Matches {
				got = append(got, v.ID)
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("%s: %s (-want +got)\n%s", c.typ, c.filter, diff)
			}
		}
	})
}

// TestFilterBesideAnother asks a filter together with another condition, so that the rows of both are counted before one of them
// is read: those of a chain, which a subquery enumerates, too.
func TestFilterBesideAnother(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, chartOfExamples()...)
		filter := url.QueryEscape("value-quantity gt 5.3|http://unitsofmeasure.org|mg or subject:Patient[gender pr true].name pr true")
		got := f.find(t, "Observation?_filter="+filter+"&date=2013-01-14")
		slices.Sort(got)
		if diff := cmp.Diff([]string{"Observation/bp", "Observation/glucose"}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// randomFilter draws a filter on a type, in which tests of every kind stand in any order and depth.
func randomFilter(t *rapid.T, typ string, depth int) string {
	oneOf := func(list ...string) string { return rapid.SampledFrom(list).Draw(t, "choice") }
	if depth < 3 && rapid.IntRange(0, 2).Draw(t, "kind") > 0 {
		parts := []string{randomFilter(t, typ, depth+1)}
		for range rapid.IntRange(0, 2).Draw(t, "more") {
			parts = append(parts, oneOf("and", "or"), randomFilter(t, typ, depth+1))
		}
		return oneOf("", "not ", "not") + "(" + strings.Join(parts, " ") + ")"
	}
	quote := strconv.Quote
	ordered := func() string { return oneOf("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap") }
	tests := map[string][]func() string{
		"Patient": {
			func() string {
				return oneOf("name", "given", "family") + " " + oneOf("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le") + " " + quote(oneOf(someTexts...))
			},
			func() string { return "birthdate " + oneOf(ordered(), "po", "co") + " " + oneOf(someDates...) },
			func() string {
				return "gender " + oneOf("eq", "ne") + " " + oneOf("male", "urn:a|female", "urn:b|male")
			},
			func() string { return "identifier " + oneOf("eq", "ne") + " " + oneOf("urn:a|1", "|2", "3", "urn:b|") },
			func() string {
				return oneOf("name", "birthdate", "gender", "organization") + " pr " + oneOf("true", "false")
			},
			func() string { return "organization.name sw " + oneOf("a", "b") },
			func() string { return "organization[name sw a].partof re Organization/or1" },
		},
		"Observation": {
			func() string {
				return oneOf("code", "combo-code", "status") + " " + oneOf("eq", "ne") + " " + oneOf("1", "urn:a|2", "|3")
			},
			func() string { return "date " + oneOf(ordered(), "po", "co") + " " + oneOf(someDates...) },
			func() string {
				return "value-quantity " + ordered() + " " + oneOf(someNums...) + oneOf("", "|"+ucum+"|mg", "||mg")
			},
			func() string { return "patient." + oneOf("gender eq male", "birthdate le 2020", "name co ann") },
			func() string { return "subject:Patient[gender pr true].name pr true" },
		},
		"RiskAssessment": {func() string { return "probability " + oneOf(ordered(), "co") + " " + oneOf(someNums...) }},
		"ValueSet":       {func() string { return "url " + oneOf("eq", "ne", "sw") + " " + oneOf(someURLs...) }},
	}
	return rapid.SampledFrom(append(tests[typ], func() string { return "_id " + oneOf("eq", "ne") + " " + oneOf("pa0", "ob1", "co1") })).Draw(t, "test")()
}

// TestRandomFilters holds random filters, alone and beside other conditions, against the world: the same resources, each once
// over all pages, and the same total.
func TestRandomFilters(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		list := makeWorld(11)
		f.put(t, list...)
		w := newWorld(t, f, list)
		rapid.Check(t, func(rt *rapid.T) {
			typ := rapid.SampledFrom([]string{"Patient", "Observation", "Observation", "RiskAssessment", "ValueSet"}).Draw(rt, "type")
			parts := []string{"_filter=" + url.QueryEscape(randomFilter(rt, typ, 0))}
			if rapid.Bool().Draw(rt, "and") {
				name, value, _ := strings.Cut(randomClause(rt, typ, 2), "=")
				parts = append(parts, name+"="+url.QueryEscape(value))
			}
			if rapid.Bool().Draw(rt, "sorted") {
				parts = append(parts, "_sort="+rapid.SampledFrom(sortKeys[typ]).Draw(rt, "key"))
			}
			parts = append(parts, "_count="+strconv.Itoa(rapid.SampledFrom([]int{1, 3, 50}).Draw(rt, "count")))
			query := strings.Join(parts, "&")
			list, err := search.ParseForm(query)
			if err != nil {
				rt.Fatal(err)
			}
			q, err := search.Parse(params, typ, list, search.Options{Base: base, Now: now})
			if err != nil {
				rt.Fatalf("%s: %v", query, err)
			}
			patient := rapid.SampledFrom([]string{"", "pa0"}).Draw(rt, "patient")
			want := w.answer(q, patient)
			got := f.findAs(t, typ+"?"+query, access.Narrow{Patient: patient}, nil)
			if problem := w.misplaced(q, got); problem != "" {
				rt.Fatalf("%s: %s", query, problem)
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("%s as %q (-want +got)\n%s", query, patient, diff)
			}
			q.Count = 0
			if total := f.run(t, q, access.Narrow{Patient: patient}, chart.Page{}).Total; total != int64(len(want)) {
				rt.Fatalf("%s: total %d, want %d", query, total, len(want))
			}
		})
	})
}
