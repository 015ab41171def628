package search_test

import (
	"slices"
	"testing"

	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/search/searchtest"
)

// TestOfTypes narrows searches that named no type: what is left of their conditions is about the types alone, and before that they stray.
func TestOfTypes(t *testing.T) {
	t.Parallel()
	table := searchtest.New()
	all := []string{"Encounter", "Observation", "Patient"}
	for _, tt := range []struct {
		asked  string
		common bool // the condition is the same for all types
	}{
		{"_tag=a", false}, {"_tag=a,b", false}, {"_tag:not=a", false}, {"_tag:missing=true", false}, {"_profile=http://example.org/p", false}, {"_content=word", false},
		{"_id=x", true}, {"_lastUpdated=ge2020", true}, {"_tag=a&_id=x", false},
	} {
		for _, types := range [][]string{{"Observation"}, {"Encounter", "Patient"}, all, nil} {
			params, err := search.ParseForm(tt.asked)
			if err != nil {
				t.Fatal(err)
			}
			q, err := search.Parse(table, "", params, search.Options{Types: all})
			if err != nil {
				t.Fatalf("%s: %v", tt.asked, err)
			}
			q.Types = types
			if stray := types != nil && len(types) < len(all) && !tt.common; q.Stray() != stray {
				t.Errorf("%s of %v strays: %t, want %t", tt.asked, types, q.Stray(), stray)
			}
			q.Of(types)
			if q.Stray() {
				t.Errorf("%s strays from %v", tt.asked, types)
			}
			want := types
			if want == nil {
				want = all
			}
			for _, c := range q.Clauses {
				if c.Param == search.ID || c.Param == search.LastUpdated {
					continue
				}
				got := []string{c.Param.Base}
				for _, p := range c.Also {
					got = append(got, p.Base)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s of %v asks %v", tt.asked, types, got)
				}
			}
		}
	}
}

// TestOfOtherTypes holds that a condition which is about none of the types is satisfied by nothing, and not by everything.
func TestOfOtherTypes(t *testing.T) {
	t.Parallel()
	for _, asked := range []string{"status=a", "status:missing=true", "subject:Patient.name=a"} {
		params, err := search.ParseForm("_type=Observation,Encounter&" + asked)
		if err != nil {
			t.Fatal(err)
		}
		q, err := search.Parse(searchtest.New(), "", params, search.Options{})
		if err != nil {
			t.Fatalf("%s: %v", asked, err)
		}
		one := *q
		one.Clauses = slices.Clone(q.Clauses)
		if one.Of([]string{"Encounter"}); one.Stray() {
			t.Errorf("%s strays from Encounter", asked)
		}
		if q.Of([]string{"Patient"}); len(q.Clauses) != 1 || q.Clauses[0].Values != nil || q.Clauses[0].Missing != nil || len(q.Clauses[0].Inner()) > 0 {
			t.Errorf("%s of patients became %+v", asked, q.Clauses)
		}
	}
}
