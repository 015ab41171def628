package searchsql_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore/searchsql"
)

// chartOfTwo is the record of two patients, a and b, who share a practitioner and meet in a group.
func chartOfTwo() []*resource {
	list := []*resource{
		{typ: "Practitioner", id: "doc"}, {typ: "Organization", id: "org"}, {typ: "Group", id: "both", owner: chart.ManyOwners},
	}
	list[0].str("name", "Doctor")
	list[1].str("name", "Clinic")
	list[2].ref("member", "Patient/a").ref("member", "Patient/b")
	for _, id := range []string{"a", "b"} {
		p := &resource{typ: "Patient", id: id, owner: id}
		p.str("name", "name-"+id).str("family", "name-"+id).token("gender", "", "female").date("birthdate", "1980-01-01").
			ref("general-practitioner", "Practitioner/doc").ref("organization", "Organization/org").token("identifier", "urn:mrn", id)
		e := &resource{typ: "Encounter", id: "e" + id, owner: id}
		e.ref("subject", "Patient/"+id).ref("participant", "Practitioner/doc").token("status", "", "finished").date("date", "2020-01-01")
		o := &resource{typ: "Observation", id: "o" + id, owner: id}
		o.ref("subject", "Patient/"+id).ref("encounter", "Encounter/e"+id).token("code", loinc, "1").token("category", "urn:c", "vital-signs").
			date("date", "2020-01-01").quantity("value-quantity", "5", "", "").str("value-string", "note").ref("performer", "Practitioner/doc")
		lab := &resource{typ: "Observation", id: "lab" + id, owner: id}
		lab.ref("subject", "Patient/"+id).token("code", loinc, "2").token("category", "urn:c", "laboratory").date("date", "2021-01-01").
			// What b's laboratory writes about a's vital signs must not let a see it, nor count it.
			ref("has-member", "Observation/oa")
		list = append(list, p, e, o, lab)
	}
	cross := &resource{typ: "Observation", id: "cross", owner: chart.ManyOwners}
	return append(list, cross.ref("subject", "Group/both").ref("has-member", "Observation/oa").ref("has-member", "Observation/ob").
		token("code", loinc, "3").date("date", "2020-06-01"))
}

// TestPatientSeesOwnRecord searches as patient a along every path that could lead to patient b.
func TestPatientSeesOwnRecord(t *testing.T) {
	t.Parallel()
	searches := []struct{ search, want string }{
		{"Patient?", "Patient/a"},
		{"Patient?name=name", "Patient/a"},
		{"Patient?gender=female", "Patient/a"},
		{"Patient?gender:not=male", "Patient/a"},
		{"Patient?birthdate=ge1970", "Patient/a"},
		{"Patient?_id=a,b", "Patient/a"},
		{"Patient?active:missing=true", "Patient/a"},
		{"Patient?_sort=name", "Patient/a"},
		{"Patient?_sort=-birthdate", "Patient/a"},
		{"Patient?_sort=gender,name", "Patient/a"},
		{"Patient?_lastUpdated=ge2000", "Patient/a"},
		{"Patient?_sort=-_lastUpdated", "Patient/a"},
		{"Patient?general-practitioner.name=doctor", "Patient/a"},
		{"Patient?organization.name=clinic", "Patient/a"},
		{"Patient?_has:Observation:patient:code=1", "Patient/a"},
		{"Patient?_has:Observation:patient:_has:Observation:has-member:code=2", "Patient/a"},
		{"Patient?_has:Group:member:_id=both", ""},
		{"Observation?", "Observation/oa Observation/laba"},
		{"Observation?code=1,2,3", "Observation/oa Observation/laba"},
		{"Observation?subject=Patient/b", ""},
		{"Observation?subject=Group/both", ""},
		{"Observation?patient.name=name-b", ""},
		{"Observation?patient.name=name", "Observation/oa Observation/laba"},
		{"Observation?subject.name=name", "Observation/oa Observation/laba"},
		{"Observation?encounter.status=finished", "Observation/oa"},
		{"Observation?performer.name=doctor", "Observation/oa"},
		{"Observation?has-member.code=1", "Observation/laba"},
		{"Observation?_has:Observation:has-member:code=2", "Observation/oa"},
		{"Observation?_has:Observation:has-member:code=3", ""},
		{"Observation?value-quantity=5", "Observation/oa"},
		{"Observation?value-string=note", "Observation/oa"},
		{"Observation?code:text=x", ""},
		{"Observation?_sort=subject", "Observation/oa Observation/laba"},
		{"Observation?_sort=-date", "Observation/laba Observation/oa"},
		{"Practitioner?", "Practitioner/doc"},
		{"Practitioner?_has:Observation:performer:code=1", "Practitioner/doc"},
		{"Practitioner?_has:Patient:general-practitioner:name=name-b", ""},
		{"Practitioner?_has:Encounter:participant:patient.name=name-b", ""},
		{"Group?", ""},
		{"Group?member.name=name-a", ""},
		{"?_id=a,b,oa,ob,doc", "Patient/a Observation/oa Practitioner/doc"},
		{"?_lastUpdated=ge2000&_type=Patient,Group", "Patient/a"},
		{"?_type=Observation,Encounter,Practitioner", "Practitioner/doc Encounter/ea Observation/oa Observation/laba"},
	}
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, chartOfTwo()...)
		as := access.Narrow{Patient: "a"}
		for _, c := range searches {
			t.Run(c.search, func(t *testing.T) {
				got := f.findAs(t, c.search, as, nil)
				want := strings.Fields(c.want)
				if !strings.Contains(c.search, "_sort=-date") {
					slices.Sort(got)
					slices.Sort(want)
				}
				if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				// The total tells nothing more than the matches.
				typ, query, _ := strings.Cut(c.search, "?")
				counted := f.run(t, parse(t, typ, query+"&_summary=count"), as, chart.Page{})
				if int(counted.Total) != len(want) {
					t.Errorf("total %d, want %d", counted.Total, len(want))
				}
			})
		}
	})
}

// TestIncludesStayInView includes everything around patient a's resources.
func TestIncludesStayInView(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, chartOfTwo()...)
		for _, c := range []struct {
			search, want string
			denied       string // type that the caller may not search
		}{
			{"Observation?code=1&_include=Observation:subject", "Patient/a", ""},
			{"Observation?_id=oa&_include=*", "Encounter/ea Patient/a Practitioner/doc", ""},
			{"Observation?_id=oa&_include=Observation:*", "Encounter/ea Patient/a Practitioner/doc", ""},
			{"Observation?_id=oa&_revinclude=Observation:has-member", "Observation/laba", ""},
			{"Observation?_id=oa&_revinclude=*", "Observation/laba", ""},
			{"Practitioner?_id=doc&_revinclude=Patient:general-practitioner", "Patient/a", ""},
			{"Practitioner?_id=doc&_revinclude=Observation:performer&_include:iterate=Observation:encounter", "Encounter/ea Observation/oa", ""},
			{"Patient?_id=a&_revinclude=Group:member", "", ""},
			{"Patient?_id=a&_revinclude=Encounter:patient&_revinclude=Observation:subject", "Encounter/ea", "Observation"},
			{"Observation?_id=oa&_include=Observation:encounter&_include=Observation:patient", "Patient/a", "Encounter"},
			{"Observation?_id=oa&_include=Observation:subject:Group", "", ""},
			{"Observation?_id=oa&_include=Observation:subject:Patient", "Patient/a", ""},
			{"Observation?_id=ob&_include=Observation:subject", "", ""},
		} {
			t.Run(c.search, func(t *testing.T) {
				typ, query, _ := strings.Cut(c.search, "?")
				narrow := access.Narrow{Patient: "a"}
				result := f.run(t, parse(t, typ, query), narrow, chart.Page{
					NarrowOf: func(typ string) (access.Narrow, bool) { return narrow, typ != c.denied },
				})
				got := []string{}
				for _, v := range result.Included {
					got = append(got, v.String())
				}
				slices.Sort(got)
				if diff := cmp.Diff(append([]string{}, strings.Fields(c.want)...), got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	})
}

// TestSearchingThroughATypeNeedsTheRight denies chains and _has through a type that the caller may not search, and narrows
// them by the view of that type.
func TestSearchingThroughATypeNeedsTheRight(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, chartOfTwo()...)
		views := func(denied string, narrow access.Narrow) func(string) (access.Narrow, bool) {
			return func(typ string) (access.Narrow, bool) { return narrow, typ != denied }
		}
		for _, c := range []struct{ search, denied string }{
			{"Observation?patient.name=name", "Patient"},
			{"Patient?_has:Observation:patient:code=1", "Observation"},
			{"Patient?gender=female&_has:Observation:patient:code=1", "Observation"},
			{"Patient?_id=a&general-practitioner:Practitioner.name=doctor", "Practitioner"},
			{"Observation?encounter.patient.name=name", "Patient"},
			{"Patient?_has:Observation:patient:encounter.status=finished", "Encounter"},
		} {
			typ, query, _ := strings.Cut(c.search, "?")
			_, err := searchsql.Run(context.Background(), f.db, f.dialect, f.env, parse(t, typ, query), access.Narrow{},
				chart.Page{NarrowOf: views(c.denied, access.Narrow{})})
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s without the right to search %s: %v", c.search, c.denied, err)
			}
		}
		// A staff member who may search all observations but only patient a's Patient resource learns nothing of b.
		got := f.findAs(t, "Observation?patient.name=name", access.Narrow{}, views("", access.Narrow{Patient: "a"}))
		if diff := cmp.Diff([]string{"Observation/oa", "Observation/laba"}, got); diff != "" {
			t.Errorf("chain (-want +got)\n%s", diff)
		}
		// Where a reference may name several types, those that the caller may not search are left out.
		got = f.findAs(t, "Patient?general-practitioner.name=doctor,clinic", access.Narrow{}, views("Organization", access.Narrow{}))
		if diff := cmp.Diff([]string{"Patient/a", "Patient/b"}, got); diff != "" {
			t.Errorf("open chain (-want +got)\n%s", diff)
		}
		got = f.findAs(t, "?_type=Patient,Encounter", access.Narrow{}, views("Encounter", access.Narrow{}))
		if diff := cmp.Diff([]string{"Patient/a", "Patient/b"}, got); diff != "" {
			t.Errorf("system search (-want +got)\n%s", diff)
		}
	})
}

// TestScopeFilters searches under granular scopes.
func TestScopeFilters(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, chartOfTwo()...)
		filters := func(list ...string) access.Narrow {
			return access.Narrow{Filters: map[string][]string{"Observation": list}}
		}
		for _, c := range []struct {
			search string
			narrow access.Narrow
			want   string
		}{
			{"Observation?", filters("category=urn:c%7Cvital-signs"), "Observation/oa Observation/ob"},
			{"Observation?_sort=-date", filters("category=laboratory", "code=3"), "Observation/lab Observation/lab Observation/cross"},
			{"Observation?code=1", filters("category=laboratory"), ""},
			{"Observation?", filters(), ""},
			{"Observation?", filters(""), "Observation/oa Observation/laba Observation/ob Observation/labb Observation/cross"},
			{"Patient?_has:Observation:patient:code=2", filters("category=vital-signs"), ""},
			{"Patient?_has:Observation:patient:code=1", filters("category=vital-signs"), "Patient/a Patient/b"},
			{"Observation?code=1,2", access.Narrow{Patient: "b", Filters: filters("date=ge2021").Filters}, "Observation/labb"},
			{"?_type=Patient,Observation&_id=a,oa,laba", filters("category=vital-signs"), "Patient/a Observation/oa"},
		} {
			got := f.findAs(t, c.search, c.narrow, nil)
			want := strings.Fields(c.want)
			if strings.Contains(c.search, "_sort") {
				for i := range got[:2] {
					got[i] = got[i][:len("Observation/lab")]
				}
			}
			if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
				t.Errorf("%s under %v (-want +got)\n%s", c.search, c.narrow.Filters, diff)
			}
		}
		included := f.run(t, parse(t, "Patient", "_id=a&_revinclude=Observation:subject"), filters("category=vital-signs"), chart.Page{})
		if got := fmt.Sprint(included.Included[0], len(included.Included)); len(included.Included) != 1 || included.Included[0].ID != "oa" {
			t.Errorf("includes under a filter: %s", got)
		}
		for _, bad := range []string{"no-such=1", "patient.name=x", "_has:Observation:has-member:code=1"} {
			_, err := searchsql.Run(context.Background(), f.db, f.dialect, f.env, parse(t, "Observation", ""), filters(bad), chart.Page{})
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("a filter that can't be checked: %v", err)
			}
		}
	})
}
