package searchsql_test

import (
	"context"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore/searchsql"
)

// standardTable is the generated parameter table.
type standardTable struct{}

func (standardTable) Lookup(typ, code string) *search.Param { return r4search.Lookup(typ, code) }
func (standardTable) Of(typ string) []*search.Param         { return r4search.Of(typ) }
func (standardTable) IsType(name string) bool {
	t := r4.TypeByName(name)
	return t != nil && t.Resource
}

// TestEveryStandardParameter runs each search parameter of each resource type with every modifier of its type, in the middle
// of a chain and as sort key, so that no combination makes a statement that a database refuses.
func TestEveryStandardParameter(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of statements")
	}
	t.Parallel()
	values := map[search.ParamType]string{
		search.Token: "urn:s|c,d", search.String: "text", search.Reference: "https://elsewhere.example/fhir/Patient/1,http://a.example|2",
		search.Date: "ge2020,2021", search.Number: "gt5.4", search.Quantity: "le5.4|http://unitsofmeasure.org|mg,3", search.URI: "http://a.example/x",
	}
	modifiers := map[search.ParamType][]string{
		search.Token: {":not", ":text", ":missing"}, search.String: {":exact", ":contains", ":missing"}, search.Reference: {":missing", ":identifier"},
		search.Date: {":missing"}, search.Number: {":missing"}, search.Quantity: {":missing"}, search.URI: {":above", ":below", ":missing"},
	}
	eachStore(t, func(t *testing.T, f *fixture) {
		f.env.Table = standardTable{}
		f.env.Types = nil
		for _, typ := range r4.Types {
			f.env.Types = append(f.env.Types, typ.Name)
		}
		ran := 0
		run := func(typ string, list ...search.Parameter) {
			ran++
			q, err := search.Parse(standardTable{}, typ, list, search.Options{Base: base, Now: now})
			if err == nil {
				_, err = searchsql.Run(context.Background(), f.db, f.dialect, f.env, q, access.Narrow{Patient: "a"}, chart.Page{})
			}
			if err != nil {
				t.Errorf("%s?%s: %v", typ, search.EncodeForm([]search.Applied{search.Applied(list[0])}), err)
			}
		}
		seen := map[string]bool{}
		for _, typ := range f.env.Types {
			for _, p := range r4search.Of(typ) {
				value := values[p.Type]
				switch {
				case p.Code == "_id" || p.Code == "_lastUpdated" || p.Type == search.Special && p.Code != "near" || len(p.Rows) == 0:
					continue
				case p.Boolean:
					value = "urn:s|true,false"
				case p.Code == "near":
					value = "1|2"
				case p.Type == search.Composite:
					var parts []string
					for _, c := range p.Components {
						first, _, _ := strings.Cut(values[c.Type], ",")
						parts = append(parts, first)
					}
					value = strings.Join(parts, "$")
				}
				// On PostgreSQL one parameter of each name and kind stands for all: the statements are the same.
				key := p.Code + string(rune(p.Type)) + string(rune(len(p.Rows))) + string(rune(len(p.RowTypes)))
				if f.dialect == searchsql.PostgreSQL && seen[key] {
					continue
				}
				seen[key] = true
				run(typ, search.Parameter{Name: p.Code, Value: value})
				for _, m := range modifiers[p.Type] {
					v := value
					switch m {
					case ":missing":
						v = "true"
					case ":identifier":
						v = "urn:s|c"
					}
					run(typ, search.Parameter{Name: p.Code + m, Value: v}, search.Parameter{Name: "_id", Value: "x"})
				}
				if p.Type != search.Composite && p.Type != search.Special {
					run(typ, search.Parameter{Name: "_sort", Value: "-" + p.Code + ",_id"})
					run(typ, search.Parameter{Name: "_sort", Value: p.Code}, search.Parameter{Name: "_total", Value: "accurate"})
				}
				if p.Type == search.Reference {
					to := "Patient"
					if len(p.Targets) > 0 {
						to = p.Targets[0]
					}
					run(typ, search.Parameter{Name: p.Code + ":" + to + "._tag", Value: "x"}, search.Parameter{Name: "_tag", Value: "y"})
					run(to, search.Parameter{Name: "_has:" + typ + ":" + p.Code + ":_tag:not", Value: "x"})
				}
			}
		}
		if ran < 1000 {
			t.Errorf("only %d searches ran", ran)
		}
	})
}
