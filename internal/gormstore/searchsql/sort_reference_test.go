package searchsql_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
)

// numbers are those of everything that is in the chart or named in it, by name.
func (f *fixture) numbers(t *testing.T) map[string]float64 {
	t.Helper()
	rows, err := f.db.QueryContext(context.Background(), "SELECT type, id, rid FROM resource")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	numbers := map[string]float64{}
	for rows.Next() {
		var typ, id string
		var number float64
		if err := rows.Scan(&typ, &id, &number); err != nil {
			t.Fatal(err)
		}
		numbers[typ+"/"+id] = number
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return numbers
}

// TestSortByReferences looks at the order of references, page by page: what names the same stands together, what was known to the chart
// sooner before what came later. A resource that names several comes once; one that names nobody of the types that the parameter means,
// or names him by what no resource of this server has, comes last.
func TestSortByReferences(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		for _, id := range []string{"c", "a", "b"} { // in this order, whatever they are called
			f.put(t, &resource{typ: "Patient", id: id})
		}
		type place struct {
			first, last string // what it names, if anything
			name        string
		}
		places := map[string][]place{}
		var list []*resource
		for i := range 60 {
			r := &resource{typ: "Observation", id: fmt.Sprintf("o%02d", i)}
			subject, performer := place{name: r.name()}, place{name: r.name()}
			switch i % 6 {
			case 0, 1, 2:
				subject.first = "Patient/" + []string{"a", "b", "c", "only-named"}[i%4]
				subject.last = subject.first
				r.ref("subject", subject.first)
			case 3:
				r.ref("subject", "Group/g")
			case 4:
				r.ref("subject", "https://elsewhere.example/fhir/Patient/a")
			default:
				r.logical("subject", "urn:mrn", "1")
			}
			if i%3 > 0 {
				performer.first, performer.last = "Patient/c", "Patient/b"
				r.ref("performer", "Patient/a").ref("performer", "Patient/b").ref("performer", "Patient/c").ref("performer", "Patient/c/_history/1")
			}
			for n := range 10 { // more than a small page has, of one resource
				switch i % 9 {
				case 0:
					r.ref("performer", fmt.Sprintf("https://elsewhere.example/fhir/Patient/%d", n))
				case 3:
					r.logical("performer", "urn:mrn", strconv.Itoa(n))
				}
			}
			list = append(list, r)
			places["patient"] = append(places["patient"], subject)
			places["performer"] = append(places["performer"], performer)
		}
		f.put(t, list...)
		numbers := f.numbers(t)
		for _, param := range []string{"patient", "performer"} {
			for _, sign := range []string{"", "-"} {
				all := slices.Clone(places[param])
				slices.SortFunc(all, func(a, b place) int {
					x, y, n := a.first, b.first, cmp.Compare(a.name, b.name)
					if sign == "-" {
						x, y, n = b.last, a.last, -n
					}
					switch {
					case (a.first == "") != (b.first == ""):
						return cmp.Compare(len(b.first), len(a.first))
					case a.first == "":
						return n
					}
					return cmp.Or(cmp.Compare(numbers[x], numbers[y]), n)
				})
				var want []string
				for _, p := range all {
					want = append(want, p.name)
				}
				for _, count := range []int{1, 7, 50} {
					for _, with := range []string{"", "&_id:not=none"} {
						search := fmt.Sprintf("Observation?_sort=%s%s&_count=%d%s", sign, param, count, with)
						if got := f.find(t, search); !slices.Equal(got, want) {
							t.Errorf("%s:\ngot  %v\nwant %v", search, got, want)
						}
					}
				}
			}
		}
	})
}
