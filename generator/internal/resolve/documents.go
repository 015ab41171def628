package resolve

import (
	"maps"
	"slices"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

// documents resolves which API document shows which resource type: every type in exactly one.
func (r *resolver) documents() {
	in := r.in.Documents
	if in == nil {
		return
	}
	at := load.Place{File: load.DocumentsFile}
	out := &model.Documents{Examples: in.Examples, Operations: map[string][]model.DocumentParameter{}}
	shown, named := map[string]string{}, map[string]bool{}
	for _, g := range in.Groups {
		switch {
		case g.Name == "" || g.Title == "":
			r.fail(at, "groups: a group needs a name and a title")
		case named[g.Name]:
			r.fail(at, "groups.%s is there twice", g.Name)
		}
		named[g.Name] = true
		for _, typ := range g.Types {
			if t := r.types[typ]; t == nil || t.Kind != model.Resource {
				r.fail(at, "groups.%s: %s is no resource type", g.Name, typ)
			}
			if other := shown[typ]; other != "" {
				r.fail(at, "groups.%s: %s is in %s already", g.Name, typ, other)
			}
			shown[typ] = g.Name
		}
		out.Groups = append(out.Groups, model.DocumentGroup{Name: g.Name, Title: g.Title, Types: g.Types})
	}
	for _, t := range r.m.Types {
		if t.Kind == model.Resource && shown[t.Name] == "" {
			r.fail(at, "groups: no document shows %s", t.Name)
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(in.Examples)) {
		if shown[typ] == "" {
			r.fail(at, "examples: %s is no resource type", typ)
		}
	}
	r.documentOperations(out, at)
	r.m.Documents = out
}

// documentOperations takes over what the documents show of each operation: of all that the server answers, and of no other.
func (r *resolver) documentOperations(out *model.Documents, at load.Place) {
	served := map[string]bool{}
	if r.m.Interactions != nil {
		for _, o := range r.m.Interactions.Operations {
			served[o.Code] = true
			if _, shown := r.in.Documents.Operations[o.Code]; !shown {
				r.fail(at, "operations: $%s is not described", o.Code)
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(r.in.Documents.Operations)) {
		if !served[code] {
			r.fail(at, "operations: the server does not answer $%s", code)
		}
		for _, p := range r.in.Documents.Operations[code] {
			out.Operations[code] = append(out.Operations[code], model.DocumentParameter(p))
		}
	}
}
