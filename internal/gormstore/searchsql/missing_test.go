package searchsql_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/gormstore/searchsql"
)

// TestMissing looks for what has a value of a parameter of every type, a code, or none, where most have and where few have: by itself,
// in an order, beside another condition and through references; where each resource has a row that tells, and where an older program
// has written some.
func TestMissing(t *testing.T) {
	t.Parallel()
	for name, older := range map[string]bool{"told": false, "older": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachStore(t, func(t *testing.T, f *fixture) { findMissing(t, f, older) })
		})
	}
}

func findMissing(t *testing.T, f *fixture, older bool) {
	t.Helper()
	var list []*resource
	want := map[string][]string{"Patient?birthdate:missing=true&birthdate=2000": nil, "Patient?birthdate:missing=true&birthdate:missing=false": nil}
	for i := range 40 {
		p := &resource{typ: "Patient", id: fmt.Sprintf("p%02d", i)}
		has := map[string]bool{
			"gender": i%10 > 0, "active": i%10 == 0, "identifier": i%10 > 0, "birthdate": i%10 != 3, "family": i%10 == 3, "organization": i%4 == 0, "_source": i%9 == 0,
		}
		if has["gender"] {
			p.token("gender", "", fmt.Sprint("c", i%3)).token("gender", "urn:other", fmt.Sprint("c", i%3))
		}
		if has["active"] {
			p.token("active", "", "true")
		}
		if has["identifier"] {
			p.token("identifier", "urn:a", fmt.Sprint(i))
		}
		if has["birthdate"] {
			p.date("birthdate", "2000-01-01")
		}
		if has["family"] {
			p.str("family", "Name")
		}
		if has["organization"] {
			p.ref("organization", "Organization/o")
		}
		if has["_source"] {
			p.uri("_source", "urn:s")
		}
		o := (&resource{typ: "Observation", id: fmt.Sprintf("o%02d", i)}).ref("subject", "Patient/"+p.id)
		add := func(search string, r *resource) { want[search] = append(want[search], r.name()) }
		for code, there := range has {
			add(fmt.Sprintf("Patient?%s:missing=%t", code, !there), p)
			add(fmt.Sprintf("Observation?patient.%s:missing=%t", code, !there), o)
			if i%2 == 0 {
				add(fmt.Sprintf("Patient?%s:missing=%t&_tag:missing=true&identifier:not=38&_id=%s", code, !there, even), p)
			}
		}
		for n := range 3 {
			if code := fmt.Sprint("c", n); !has["gender"] || i%3 != n {
				add("Patient?gender:not="+code, p)
				add("Patient?gender:not=urn:other%7C"+code, p)
				add("Observation?patient.gender:not="+code, o)
				add("Patient?_has:Observation:patient:_tag:missing=true&gender:not="+code, p)
			}
		}
		if !has["gender"] {
			add("Patient?gender:not=c0,c1,c2", p)
			add("Patient?gender:missing=true&gender:not=c0", p)
			add("Patient?_filter=not (gender pr true)", p)
		}
		add("Patient?gender:not=|none", p)
		add(fmt.Sprintf("?_type=Observation,Patient&_source:missing=%t", !has["_source"]), p)
		add("?_type=Observation,Patient&_source:missing=true", o)
		add("?_type=Observation,Patient&_tag:not=x", p)
		add("?_type=Observation,Patient&_tag:not=x", o)
		list = append(list, p, o)
	}
	f.older = older
	f.put(t, list[:20]...)
	f.older = false
	f.put(t, list[20:]...)
	for search, names := range want {
		if strings.Contains(search, even) {
			names = slices.DeleteFunc(names, func(name string) bool { return name == "Patient/p38" })
		}
		slices.Sort(names)
		for _, order := range []string{"&_count=7", "&_sort=-_lastUpdated&_count=30"} {
			target := strings.ReplaceAll(search, " ", "%20") + order
			got := f.find(t, target)
			if slices.Sort(got); !slices.Equal(got, names) {
				t.Errorf("%s finds %s, want %s", target, strings.Join(got, " "), strings.Join(names, " "))
			}
		}
	}
}

// even are the ids of every other patient.
var even = func() string {
	var ids []string
	for i := range 20 {
		ids = append(ids, fmt.Sprintf("p%02d", 2*i))
	}
	return strings.Join(ids, ",")
}()

// between writes something before a statement of a search, the one with a number.
type between struct {
	searchsql.Querier
	before int
	write  func()
}

func (b *between) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if b.before--; b.before == 0 {
		b.write()
	}
	return b.Querier.QueryContext(ctx, query, args...)
}

// TestMissingWhileOthersWrite changes a resource while it is searched for: it gets a value, or a code, that no other of its type has, and
// satisfies the search before and after.
func TestMissingWhileOthersWrite(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		for i := range 300 {
			list = append(list, (&resource{typ: "Patient", id: fmt.Sprintf("p%03d", i)}).token("gender", "", "female"))
		}
		f.put(t, list...)
		for _, c := range []struct {
			search string
			write  *resource
		}{
			{"birthdate:missing=true", (&resource{typ: "Patient", id: "p000"}).str("family", "New").token("gender", "", "female")},
			{"gender:missing=false", (&resource{typ: "Patient", id: "p001"}).date("birthdate", "2000").token("gender", "", "female")},
			{"gender:not=male", (&resource{typ: "Patient", id: "p002"}).token("gender", "", "other")},
		} {
			q := &between{Querier: f.db, before: 2, write: func() { f.put(t, c.write) }}
			result, err := searchsql.Run(context.Background(), q, f.dialect, f.env, parse(t, "Patient", c.search+"&_count=500"), access.Narrow{}, chart.Page{})
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Matches) != len(list) {
				t.Errorf("%s finds %d while one of %d is written", c.search, len(result.Matches), len(list))
			}
		}
	})
}
