package form_test

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/internal/care/form"
)

func refused(err error) []string {
	p, ok := errors.AsType[*form.Problems](err)
	if !ok {
		return nil
	}
	return slices.Sorted(maps.Keys(p.Fields))
}

// Rules that are for one kind of body hold for it, and for a body that does not say its kind; the rules about the kind hold always.
func TestRulesForOneKindOfBody(t *testing.T) {
	t.Parallel()
	op := &form.Operation{
		When: &form.When{Field: "type", Value: "LBTref"},
		Fields: []form.Field{
			{Name: "type", Required: true, NotEmpty: true},
			{Name: "body", Required: true, Min: 2},
			{Name: "visits", Kind: form.Whole},
			{Name: "risk", List: "colour"},
		},
	}
	for _, c := range []struct {
		name, body string
		broken     []string
		bound      string
	}{
		{"a referral that keeps them", `{"type":"LBTref","body":"second opinion","risk":"red"}`, nil, `{"body":"second opinion","risk":"red","type":"LBTref"}`},
		{"a referral that breaks them all", `{"type":"LBTref","risk":"blue","visits":"many"}`, []string{"body", "risk", "visits"}, ""},
		{"another kind is held to none", `{"type":"LBTlegal","body":"x","risk":"blue"}`, nil, `{"body":"x","risk":"blue","type":"LBTlegal"}`},
		{"another kind still has types", `{"type":"LBTlegal","visits":"many"}`, []string{"visits"}, ""},
		{"no kind is held to all", `{"body":"x"}`, []string{"body", "type"}, ""},
		{"an empty kind is held to all", `{"type":"","body":"x"}`, []string{"body", "type"}, ""},
		{"a kind in other letters is another", `{"type":"lbtref"}`, nil, `{"type":"lbtref"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, err := form.Check(op, []byte(c.body), colours)
			if diff := cmp.Diff(c.broken, refused(err)); diff != "" {
				t.Error(diff)
			}
			if string(out) != c.bound {
				t.Errorf("bound %s, want %s", out, c.bound)
			}
		})
	}
}

func TestQueryParametersThatMustBeThere(t *testing.T) {
	t.Parallel()
	op := &form.Operation{Needs: []string{"type", "uuid"}}
	for query, want := range map[string][]string{
		"": {"type", "uuid"}, "type=primary": {"uuid"}, "uuid=": {"type"}, "type=a&uuid=b": nil, "Type=a&uuid=b": {"type"},
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, refused(form.CheckQuery(op, q))); diff != "" {
			t.Errorf("?%s: %s", query, diff)
		}
	}
}
