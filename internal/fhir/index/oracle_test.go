package index_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/fhir/fhirtest"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/index/indextest"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/searchparam"
)

// TestCompiledMeansInterpreted makes every standard parameter a parameter of a site's own, whose expression is evaluated, on
// resources filled element by element and on every resource of the corpus, and asks that the compiled extractors made the same
// rows. Composites, and the three parameters whose result is no element, are left to tests of their own.
func TestCompiledMeansInterpreted(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes five seconds")
	}
	byType := map[string][]*search.Param{}
	var entries []searchparam.Entry
	for p := range r4search.Params {
		if len(p.Rows) == 0 || p.Type == search.Composite || p.Type == search.Special || p.Base == "Bundle" && p.Type == search.Reference ||
			p.Base == "Patient" && p.Code == "deceased" {
			continue
		}
		byType[p.Base] = append(byType[p.Base], p)
		entries = append(entries, searchparam.Entry{Revision: 1, Definition: searchparam.Definition{
			Base: p.Base, Code: p.Code, Type: p.Type.String(), Expression: p.Expression,
		}})
	}
	set := searchparam.NewSet(1, none{}, entries)
	// a union drops what equals another item: 1.00 g beside 1.0 g. As index rows their precisions differ.
	except := map[string]bool{
		"Observation/decimal combo-value-quantity": true, "Observation/decimal component-value-quantity": true,
	}
	compared := 0
	check := func(r r4.Resource) {
		var rows, own index.Rows
		r4search.Extract(r, &rows)
		r4search.Extract(r, &own) // as before every extraction of a site's own
		if failed := set.Extract(r, &own); failed > 0 {
			t.Fatalf("%s: %d expressions failed", r.Type().Name, failed)
		}
		for _, p := range byType[r.Type().Name] {
			want := ofParam([]int32{search.RevisionNumber(p.Base, p.Code, 1)}, nil, &own)
			got := ofParam(p.Rows, p.RowTypes, &rows)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(index.Rows{}), cmpopts.EquateEmpty()); diff != "" {
				name := r.Type().Name + "/" + r.IDField().V + " " + p.Code
				if !except[name] {
					t.Fatalf("%s, -interpreted +compiled:\n%s", name, diff)
				}
				delete(except, name)
			}
			compared += got.Len()
		}
	}
	for _, typ := range r4.Types {
		for variant := range indextest.Variants {
			check(indextest.Filled(t, typ, variant))
		}
	}
	for _, folder := range []string{"examples", "synthea"} {
		n := 0
		fhirtest.Each(t, folder, func(_ string, body []byte) {
			if n++; folder == "synthea" && n > 4 {
				return // the records resemble each other
			}
			r, err := r4.Unmarshal(body)
			if err != nil {
				t.Fatal(err)
			}
			check(r)
			if b, ok := r.(*r4.Bundle); ok {
				for i := range b.Entry {
					if inner, ok := b.Entry[i].Resource.(r4.Resource); ok {
						check(inner)
					}
				}
			}
		})
	}
	for name := range except {
		t.Errorf("%s agrees, though it is listed as an exception", name)
	}
	t.Logf("%d rows agree", compared)
	const wantRows = 90_000
	if compared < wantRows {
		t.Errorf("compared %d rows, want more than %d", compared, wantRows)
	}
}

// none is a table without parameters.
type none struct{}

func (none) Lookup(string, string) *search.Param { return nil }
func (none) Of(string) []*search.Param           { return nil }
func (none) IsType(string) bool                  { return false }

// ofParam takes the rows under the numbers, of references those to the types, all under the number 1.
func ofParam(numbers []int32, types []string, rows *index.Rows) index.Rows {
	var x index.Rows
	for _, v := range rows.Tokens {
		if slices.Contains(numbers, v.Param) {
			v.Param = 1
			x.Tokens = append(x.Tokens, v)
		}
	}
	for _, v := range rows.Strings {
		if slices.Contains(numbers, v.Param) {
			v.Param = 1
			x.Strings = append(x.Strings, v)
		}
	}
	for _, v := range rows.References {
		if slices.Contains(numbers, v.Param) && (len(types) == 0 || slices.Contains(types, v.Type)) {
			v.Param = 1
			x.References = append(x.References, v)
		}
	}
	for _, v := range rows.URIs {
		if slices.Contains(numbers, v.Param) {
			v.Param = 1
			x.URIs = append(x.URIs, v)
		}
	}
	for _, v := range rows.Dates {
		if slices.Contains(numbers, v.Param) {
			v.Param = 1
			x.Dates = append(x.Dates, v)
		}
	}
	for _, v := range rows.Numbers {
		if slices.Contains(numbers, v.Param) {
			v.Param = 1
			x.Numbers = append(x.Numbers, v)
		}
	}
	for _, v := range rows.Quantities {
		if slices.Contains(numbers, v.Param) {
			v.Param = 1
			x.Quantities = append(x.Quantities, v)
		}
	}
	x.Sort()
	return x
}
