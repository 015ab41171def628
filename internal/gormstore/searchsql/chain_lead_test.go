package searchsql_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/gormstore/searchsql"
)

// TestChainDrivers looks at what drives a search through a chain: the reference to the few resources that it leads to, a condition
// beside it where these are several, and anything else where they are a good part of all. Found is the same, page by page.
func TestChainDrivers(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		of := map[string][]string{} // observations by the family of their patient
		for i := range 40 {
			family := "Most"
			switch {
			case i < 1:
				family = "One"
			case i < 4:
				family = "Few"
			case i < 14:
				family = "Several"
			}
			id := fmt.Sprintf("p%02d", i)
			list = append(list, (&resource{typ: "Patient", id: id, owner: id}).str("family", family))
			for n := range 3 {
				o := (&resource{typ: "Observation", id: fmt.Sprintf("%s-%d", id, n), owner: id}).ref("subject", "Patient/"+id).date("date", "2020-01-01")
				if n > 0 {
					o.token("code", loinc, "common")
					of[family+" common"] = append(of[family+" common"], o.name())
				}
				of[family] = append(of[family], o.name())
				list = append(list, o)
			}
		}
		f.put(t, list...)
		for _, c := range []struct{ search, found, driver string }{
			{"patient.family=one", "One", "condition 1"},
			{"patient.family=one&code=common", "One common", "condition 1"},
			{"code=common&patient.family=few", "Few common", "condition 2"},
			{"patient.family=several", "Several", "condition 1"},
			{"patient.family=several&code=common", "Several common", "condition 2"},
			{"patient.family=most", "Most", "all resources of the type"},
			{"patient.family=most&code=common", "Most common", "condition 2"},
			{"patient.family=most&date=2020&_sort=-date", "Most", ""},
			{"patient.family=nobody&code=common", "", "condition 1"},
		} {
			result := f.run(t, parse(t, "Observation", c.search), access.Narrow{}, chart.Page{Explain: true})
			if c.driver != "" && !slices.Contains(result.Explained, "driver: "+c.driver) {
				t.Errorf("%s: want driver %s:\n%s", c.search, c.driver, strings.Join(result.Explained, "\n"))
			}
			found := f.find(t, "Observation?"+c.search+"&_count=4")
			slices.Sort(found)
			want := slices.Clone(of[c.found])
			slices.Sort(want)
			if !slices.Equal(found, want) {
				t.Errorf("%s finds %v, want %v", c.search, found, want)
			}
		}
		// A chain counts what the view hides as little as it finds it.
		if found := f.findAs(t, "Observation?patient.family=one", access.Narrow{Patient: "p07"}, nil); len(found) != 0 {
			t.Errorf("patient p07 finds %v through the name of another", found)
		}
	})
}

// TestChainsToTheRest looks at what drives a search through a chain to what has not a code: anything else where that are most.
func TestChainsToTheRest(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		want := map[string][]string{}
		for i := range 40 {
			gender := "female"
			if i%10 == 3 {
				gender = "male"
			}
			p, e := fmt.Sprintf("p%02d", i), fmt.Sprintf("e%02d", i)
			o := (&resource{typ: "Observation", id: fmt.Sprintf("o%02d", i)}).ref("subject", "Patient/"+p).ref("encounter", "Encounter/"+e)
			list = append(list, (&resource{typ: "Patient", id: p}).token("gender", "", gender).token("gender", "urn:other", gender),
				(&resource{typ: "Encounter", id: e}).ref("subject", "Patient/"+p), o)
			want[gender] = append(want[gender], o.name())
		}
		f.put(t, list...)
		for _, c := range []struct {
			search, found, driver string
			statements            int
		}{
			{"patient.gender:not=male", "female", "all resources of the type", 3},
			{"encounter.patient.gender:not=male", "female", "all resources of the type", 4},
			{"patient.gender:not=female", "male", "condition 1", 3},
			{"encounter.patient.gender:not=female", "male", "condition 1", 4},
			{"patient.gender:not=male,female", "", "condition 1", 3},
			{"patient.gender:missing=true", "", "condition 1", 3},
		} {
			r := &recorder{Querier: f.db}
			result, err := searchsql.Run(context.Background(), r, f.dialect, f.env, parse(t, "Observation", c.search), access.Narrow{}, chart.Page{Explain: true})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(result.Explained, "driver: "+c.driver) {
				t.Errorf("%s: want driver %s:\n%s", c.search, c.driver, strings.Join(result.Explained, "\n"))
			}
			asked := 0
			for _, text := range r.texts {
				if !strings.HasPrefix(text, "EXPLAIN") {
					asked++
				}
			}
			if asked != c.statements {
				t.Errorf("%s takes %d statements, want %d", c.search, asked, c.statements)
			}
			if got := f.find(t, "Observation?"+c.search+"&_count=3"); !slices.Equal(got, want[c.found]) {
				t.Errorf("%s finds %v, want %v", c.search, got, want[c.found])
			}
		}
	})
}

// TestLongChains makes sure that what a chain costs grows with its references: one statement for each, or where no index finds what
// stands at the end, one statement that follows each reference once.
func TestLongChains(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t,
			(&resource{typ: "Organization", id: "top"}).str("name", "Highest"),
			(&resource{typ: "Organization", id: "middle"}).str("name", "Middle").ref("partof", "Organization/top"),
			(&resource{typ: "Organization", id: "low"}).str("name", "Low").ref("partof", "Organization/middle"),
			(&resource{typ: "Organization", id: "ward"}).str("name", "Ward").ref("partof", "Organization/low"),
			(&resource{typ: "Patient", id: "p", owner: "p"}).ref("organization", "Organization/ward"),
			(&resource{typ: "Observation", id: "o", owner: "p"}).ref("subject", "Patient/p"),
			(&resource{typ: "Observation", id: "other"}).ref("subject", "Patient/q"))
		const up = "patient.organization.partof.partof.partof."
		for _, c := range []struct {
			search     string
			statements int
			found      bool
		}{
			{up + "name=highest", 6, true},
			{up + "name=middle", 5, false},
			{up + "name=nobody", 2, false},
			{up + "_id=top", 5, true},
			{up + "name:contains=gh", 2, true},
			{up + "name:contains=dl", 2, false},
		} {
			r := &recorder{Querier: f.db}
			result, err := searchsql.Run(context.Background(), r, f.dialect, f.env, parse(t, "Observation", c.search), access.Narrow{}, chart.Page{})
			if err != nil {
				t.Fatal(err)
			}
			if found := len(result.Matches) == 1 && result.Matches[0].ID == "o"; found != c.found || len(result.Matches) > 1 {
				t.Errorf("%s finds %d", c.search, len(result.Matches))
			}
			if len(r.texts) != c.statements {
				t.Errorf("%s takes %d statements, want %d", c.search, len(r.texts), c.statements)
			}
			for _, text := range r.texts {
				if len(text) > 2000 {
					t.Errorf("%s: a statement has %d characters: %.200s …", c.search, len(text), text)
				}
			}
		}
	})
}
