package index_test

import (
	"slices"
	"testing"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/index/indextest"
	"chartwright/internal/fhir/search"
)

// TestEveryParameterHits fills every element of every resource type, several times with different alternatives, targets and
// codes, and asks that every standard search parameter finds a value there, and none in an empty resource.
func TestEveryParameterHits(t *testing.T) {
	t.Parallel()
	counted := 0
	for _, typ := range r4.Types {
		t.Run(typ.Name, func(t *testing.T) {
			hit := map[string]bool{}
			for variant := range indextest.Variants {
				note(hit, indextest.Filled(t, typ, variant), typ.Name)
			}
			none := map[string]bool{}
			note(none, r4.New(typ.Name), typ.Name)
			for _, p := range r4search.Of(typ.Name) {
				if len(p.Rows) == 0 {
					continue
				}
				counted++
				if !hit[p.Code] {
					t.Errorf("%s.%s finds nothing: %s", p.Base, p.Code, p.Expression)
				}
				if none[p.Code] && p.Code != "deceased" { // not known to have died is false
					t.Errorf("%s.%s finds something in an empty resource", p.Base, p.Code)
				}
			}
		})
	}
	if counted != wantParameters {
		t.Errorf("%d parameters have rows, want %d", counted, wantParameters)
	}
}

// wantParameters is the number of (type, parameter) pairs with index rows: all but the special ones.
const wantParameters = 2283

// note marks the parameters that find a value in r.
func note(hit map[string]bool, r r4.Resource, typ string) {
	var rows index.Rows
	r4search.Extract(r, &rows)
	found := rowNumbers(&rows)
	for _, p := range r4search.Of(typ) {
		if hits(p, &rows, found) {
			hit[p.Code] = true
		}
	}
}

// hits reports whether a row belongs to p.
func hits(p *search.Param, rows *index.Rows, found map[int32]bool) bool {
	for _, n := range p.Rows {
		if !found[n] {
			continue
		}
		if len(p.RowTypes) == 0 {
			return true
		}
		for _, ref := range rows.References {
			if ref.Param == n && slices.Contains(p.RowTypes, ref.Type) {
				return true
			}
		}
	}
	return false
}

func rowNumbers(rows *index.Rows) map[int32]bool {
	out := map[int32]bool{}
	for _, v := range rows.Tokens {
		out[v.Param] = true
	}
	for _, v := range rows.Strings {
		out[v.Param] = true
	}
	for _, v := range rows.References {
		out[v.Param] = true
	}
	for _, v := range rows.URIs {
		out[v.Param] = true
	}
	for _, v := range rows.Dates {
		out[v.Param] = true
	}
	for _, v := range rows.Numbers {
		out[v.Param] = true
	}
	for _, v := range rows.Quantities {
		out[v.Param] = true
	}
	for _, v := range rows.Composites {
		out[v.Param] = true
	}
	return out
}
