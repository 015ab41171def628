package resolve

import (
	"errors"
	"strings"
	"testing"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

func TestInteractions(t *testing.T) {
	t.Parallel()
	read := load.InteractionRoute{Interaction: "read", Level: "type", Access: "r", Method: "GET", Path: "/{type}/{id}"}
	changed := func(change func(*load.InteractionRoute)) load.InteractionRoute {
		r := read
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		routes     []load.InteractionRoute
		all        []string
		except     map[string][]string
		operations []load.ServedOperation
		want       string // part of the error; empty if it resolves
	}{
		"good":                        {routes: []load.InteractionRoute{read}, all: []string{"read"}},
		"a level that does not exist": {routes: []load.InteractionRoute{changed(func(r *load.InteractionRoute) { r.Level = "site" })}, want: "neither type nor system"},
		"an access that is no letter": {routes: []load.InteractionRoute{changed(func(r *load.InteractionRoute) { r.Access = "x" })}, want: "none of c r u d s"},
		"a path without a slash":      {routes: []load.InteractionRoute{changed(func(r *load.InteractionRoute) { r.Path = "x" })}, want: "slash"},
		"routes that differ":          {routes: []load.InteractionRoute{read, changed(func(r *load.InteractionRoute) { r.Access = "s" })}, want: "differ"},
		"an unknown interaction":      {routes: []load.InteractionRoute{read}, all: []string{"fly"}, want: "fly is no interaction"},
		"an unknown type":             {routes: []load.InteractionRoute{read}, except: map[string][]string{"Nobody": nil}, want: "Nobody is no resource type"},
		"an unknown operation":        {operations: []load.ServedOperation{{ID: "fly", Code: "fly", Base: "http://example.org"}}, want: "no definition"},
		"an unknown level":            {operations: []load.ServedOperation{{ID: "lastn", Code: "lastn", Base: "urn:lastn", Levels: []string{"all"}}}, want: "none of system, type and instance"},
		"an operation on no type":     {operations: []load.ServedOperation{{ID: "lastn", Code: "lastn", Base: "urn:lastn", Types: []string{"Nobody"}}}, want: "Nobody is no resource type"},
		"a good operation":            {operations: []load.ServedOperation{{ID: "lastn", Code: "lastn", Base: "urn:lastn", Levels: []string{"type"}, Types: []string{"Patient"}}}},
		"a parameter of nobody":       {operations: []load.ServedOperation{{ID: "lastn", Code: "lastn", Base: "urn:lastn", Parameters: []load.ServedOperationParameter{{Name: "least", Use: "in", Max: "1", Type: "code"}}}}, want: "has no parameter least"},
		"our own without a title":     {operations: []load.ServedOperation{{ID: "fly", Code: "fly"}}, want: "title and text"},
		"an operation twice":          {operations: []load.ServedOperation{{ID: "fly", Code: "fly", Title: "Fly", Text: "Flies."}, {ID: "fly", Code: "fly", Title: "Fly", Text: "Flies."}}, want: "twice"},
		"a good operation of our own": {operations: []load.ServedOperation{{ID: "fly", Code: "fly", Title: "Fly", Text: "Flies.", Parameters: []load.ServedOperationParameter{{Name: "far", Use: "in", Max: "1", Type: "code"}}}}},
	} {
		in := &load.Interactions{Routes: c.routes, Operations: c.operations}
		in.Types.All, in.Types.Except = c.all, c.except
		r := &resolver{in: &load.Input{Interactions: in}, m: &model.Model{
			Types:      []*model.Type{{Name: "Patient", Kind: model.Resource}},
			Operations: []*model.Operation{{URL: "urn:lastn", Code: "lastn"}},
		}}
		r.interactions()
		err := errors.Join(r.errs...)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// What nobody changes, no operation changes either.
func TestOperationsOnWhatNobodyChanges(t *testing.T) {
	t.Parallel()
	in := &load.Interactions{
		Routes: []load.InteractionRoute{
			{Interaction: "read", Level: "type", Access: "r", Method: "GET", Path: "/{type}/{id}"},
			{Interaction: "update", Level: "type", Access: "u", Method: "PUT", Path: "/{type}/{id}"},
		},
		Operations: []load.ServedOperation{
			{ID: "mark", Code: "mark", Title: "Mark", Text: "Marks.", Levels: []string{"instance"}, Post: true},
			{ID: "show", Code: "show", Title: "Show", Text: "Shows.", Levels: []string{"instance"}},
		},
	}
	in.Types.All, in.Types.Except = []string{"read", "update"}, map[string][]string{"AuditEvent": {"read"}}
	r := &resolver{in: &load.Input{Interactions: in}, m: &model.Model{
		Types: []*model.Type{{Name: "AuditEvent", Kind: model.Resource}, {Name: "Patient", Kind: model.Resource}},
	}}
	r.interactions()
	if err := errors.Join(r.errs...); err != nil {
		t.Fatal(err)
	}
	for _, o := range r.m.Interactions.Operations {
		if got := strings.Join(o.Except, " "); got != map[string]string{"mark": "AuditEvent", "show": ""}[o.Code] {
			t.Errorf("%s: except %q", o.Code, got)
		}
	}
}
