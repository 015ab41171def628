package searchsql_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/index/indextest"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore/searchsql"
)

// TestEveryStandardParameterHitsAndMisses fills resources of every type, stores them, and asks each standard search parameter
// for a value that one of them has and for one that none has: the first finds that resource, the second nothing.
func TestEveryStandardParameterHitsAndMisses(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of searches")
	}
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.env.Table, f.env.Types = standardTable{}, nil
		for _, typ := range r4.Types {
			f.env.Types = append(f.env.Types, typ.Name)
		}
		asked, urls := 0, map[string]bool{}
		for _, typ := range r4.Types {
			found := map[*search.Param]example{}
			var list []*resource
			for variant := range indextest.Variants {
				r := &resource{typ: typ.Name, id: fmt.Sprint("v", variant)}
				r4search.Extract(indextest.Filled(t, typ, variant), &r.rows)
				fresh := false
				for _, p := range r4search.Of(typ.Name) {
					if _, known := found[p]; !known && len(p.Rows) > 0 {
						if hit, miss := sampleOf(&r.rows, p); hit != "" {
							found[p], fresh = example{r.id, hit, miss}, true
						}
					}
				}
				if fresh {
					list = append(list, r)
				}
			}
			f.put(t, list...)
			for _, p := range r4search.Of(typ.Name) {
				x, ok := found[p]
				switch {
				case len(p.Rows) == 0:
					if !slices.Contains(withoutRows, p.Code) {
						t.Errorf("%s.%s has no rows and no reason", typ.Name, p.Code)
					}
				case !ok:
					t.Errorf("%s.%s: no value to ask for", typ.Name, p.Code)
				default:
					asked++
					urls[p.URL] = true
					// The parameter is asked together with the id, which keeps the answer small and takes nothing from it.
					if ids := f.askStandard(t, p, x.hit, x.id); !slices.Equal(ids, []string{x.id}) {
						t.Errorf("%s?%s=%s finds %v, not %s", typ.Name, p.Code, x.hit, ids, x.id)
					}
					if ids := f.askStandard(t, p, x.miss, ""); len(ids) > 0 {
						t.Errorf("%s?%s=%s finds %v, and should find nothing", typ.Name, p.Code, x.miss, ids)
					}
				}
			}
		}
		if asked != 2283 || len(urls) != wantURLs {
			t.Errorf("%d parameters of %d definitions were asked", asked, len(urls))
		}
	})
}

// wantURLs is the number of standard definitions that have index rows. The other six of the 1,378 are _id, _lastUpdated, _text,
// _content and _query, and the one that spec/policy drops as no part of R4.
const wantURLs = 1372

// withoutRows are the parameters that are answered without index rows: columns of the store, full text, a named query, and
// what R4 describes without a definition.
var withoutRows = []string{"_id", "_lastUpdated", "_text", "_content", "_query", "_filter", "_has", "_list", "_type"}

// example is a value that a resource has, and one that none has.
type example struct{ id, hit, miss string }

func (f *fixture) askStandard(t *testing.T, p *search.Param, value, id string) []string {
	t.Helper()
	params := []search.Parameter{{Name: p.Code, Value: value}}
	if id != "" {
		params = append(params, search.Parameter{Name: "_id", Value: id})
	}
	// Near to what the resources say, so that :ap is narrow.
	q, err := search.Parse(standardTable{}, p.Base, params, search.Options{Base: base, Now: time.Date(2020, 3, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Errorf("%s?%s=%s: %v", p.Base, p.Code, value, err)
		return nil
	}
	result, err := searchsql.Run(context.Background(), f.db, f.dialect, f.env, q, access.Narrow{}, chart.Page{})
	if err != nil {
		t.Errorf("%s?%s=%s: %v", p.Base, p.Code, value, err)
		return nil
	}
	var ids []string
	for _, v := range result.Matches {
		ids = append(ids, v.ID)
	}
	return ids
}

// sampleOf makes values out of the first row of p that can be asked for.
func sampleOf(x *index.Rows, p *search.Param) (hit, miss string) {
	switch p.Type {
	case search.Token:
		for _, r := range of(x.Tokens, p, func(r index.Token) int32 { return r.Param }) {
			if r.Code != "" {
				if hit, miss = component(index.Component{Token: &r}); p.Boolean {
					miss = "urn:no-such-thing|true"
				}
				return hit, miss
			}
		}
	case search.String:
		for _, r := range of(x.Strings, p, func(r index.String) int32 { return r.Param }) {
			return component(index.Component{String: &r})
		}
	case search.Reference:
		for _, r := range of(x.References, p, func(r index.Reference) int32 { return r.Param }) {
			if len(p.RowTypes) > 0 && !slices.Contains(p.RowTypes, r.Type) || r.ID != "" && len(p.Targets) > 0 && !slices.Contains(p.Targets, r.Type) {
				continue
			}
			return component(index.Component{Reference: &r})
		}
	case search.URI:
		for _, r := range of(x.URIs, p, func(r index.URI) int32 { return r.Param }) {
			return component(index.Component{URI: &r})
		}
	case search.Date:
		for _, r := range of(x.Dates, p, func(r index.Date) int32 { return r.Param }) {
			return component(index.Component{Date: &r})
		}
	case search.Number:
		for _, r := range of(x.Numbers, p, func(r index.Number) int32 { return r.Param }) {
			return component(index.Component{Number: &r})
		}
	case search.Quantity:
		for _, r := range of(x.Quantities, p, func(r index.Quantity) int32 { return r.Param }) {
			return component(index.Component{Quantity: &r})
		}
	default:
		if rows := of(x.Composites, p, func(r index.Composite) int32 { return r.Param }); len(rows) > 0 {
			r := rows[0]
			parts := []index.Component{r.A, r.B}
			if r.C != (index.Component{}) {
				parts = append(parts, r.C)
			}
			var hits, misses []string
			for _, c := range parts {
				h, m := component(c)
				hits, misses = append(hits, h), append(misses, m)
			}
			if p.Type == search.Special { // a place
				return strings.ReplaceAll(strings.Join(hits, "|"), "ap", ""), "-80|-170|1|m"
			}
			// What all have but the last component.
			return strings.Join(hits, "$"), strings.Join(append(hits[:len(hits)-1:len(hits)-1], misses[len(misses)-1]), "$")
		}
	}
	return "", ""
}

// component makes values out of one row.
func component(c index.Component) (hit, miss string) {
	const nothing = "no-such-thing"
	number := func(value float64) (string, string) {
		return "ap" + strconv.FormatFloat(value, 'f', -1, 64), "ap" + strconv.FormatFloat(value+98765, 'f', -1, 64)
	}
	switch {
	case c.Token != nil:
		if c.Token.System != "" {
			return search.Escape(c.Token.System) + "|" + search.Escape(c.Token.Code), search.Escape(c.Token.System) + "|" + nothing
		}
		return search.Escape(c.Token.Code), nothing
	case c.String != nil:
		return search.Escape(c.String.Exact), nothing
	case c.Reference != nil:
		if c.Reference.ID == "" {
			return search.Escape(c.Reference.URL), "http://example.org/" + nothing
		}
		return c.Reference.Type + "/" + c.Reference.ID, c.Reference.Type + "/" + nothing
	case c.URI != nil:
		return search.Escape(c.URI.URI), "http://example.org/" + nothing
	case c.Date != nil:
		return "ap" + time.UnixMicro(c.Date.Lo).UTC().Format(time.RFC3339), "ap1907-01-01"
	case c.Number != nil:
		return number(c.Number.Value)
	case c.Quantity != nil:
		h, m := number(c.Quantity.Value)
		if unit := c.Quantity.Code; unit != "" {
			unit = "|" + search.Escape(c.Quantity.System) + "|" + search.Escape(unit)
			return h + unit, m + unit
		}
		return h, m
	}
	return "", ""
}
