package resolve

import (
	"slices"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

// served resolves one operation that the server answers. What narrows an official operation keeps to its definition.
func (r *resolver) served(out *model.Interactions, op *load.ServedOperation) {
	at := load.Place{File: load.OperationsFile}
	o := model.ServedOperation{
		ID: op.ID, Code: op.Code, Base: op.Base, Title: op.Title, Text: op.Text, Types: op.Types, Post: op.Post, Versioned: op.Versioned,
		System: slices.Contains(op.Levels, "system"),
		Type:   slices.Contains(op.Levels, "type"), Instance: slices.Contains(op.Levels, "instance"),
	}
	switch {
	case op.ID == "" || op.Code == "":
		r.fail(at, "an operation needs id and code")
	case slices.ContainsFunc(out.Operations, func(x model.ServedOperation) bool { return x.ID == op.ID }):
		r.fail(at, "%s is mentioned twice", op.ID)
	}
	if base := r.official(at, op); base != nil {
		o.Post = o.Post || base.AffectsState
		if o.Title == "" {
			o.Title = base.Title
		}
		if o.Title == "" {
			o.Title = base.Name
		}
	}
	for _, level := range op.Levels {
		if level != "system" && level != "type" && level != "instance" {
			r.fail(at, "%s: level %q is none of system, type and instance", op.ID, level)
		}
	}
	for _, typ := range op.Types {
		if t := r.m.Type(typ); t == nil || t.Kind != model.Resource {
			r.fail(at, "%s: %s is no resource type", op.ID, typ)
		}
	}
	if o.Post && len(o.Types) == 0 {
		for _, t := range out.Types {
			if !slices.Contains(t.Codes, "update") { // what nobody changes, no operation does
				o.Except = append(o.Except, t.Name)
			}
		}
	}
	for _, p := range op.Parameters {
		if p.Name == "" || p.Use != "in" && p.Use != "out" || p.Max == "" || p.Type == "" {
			r.fail(at, "%s: the parameter %q needs name, use (in or out), max and type", op.ID, p.Name)
		}
		o.Parameters = append(o.Parameters, model.ServedOperationParameter(p))
	}
	out.Operations = append(out.Operations, o)
}

// official returns the definition that an operation narrows, nil if it is one of our own.
func (r *resolver) official(at load.Place, op *load.ServedOperation) *model.Operation {
	if op.Base == "" {
		if op.Title == "" || op.Text == "" {
			r.fail(at, "%s: an operation of our own needs title and text", op.ID)
		}
		return nil
	}
	i := slices.IndexFunc(r.m.Operations, func(d *model.Operation) bool { return d.URL == op.Base && d.Code == op.Code })
	if i < 0 {
		r.fail(at, "%s: there is no definition %s with code %s", op.ID, op.Base, op.Code)
		return nil
	}
	base := r.m.Operations[i]
	for _, p := range op.Parameters {
		defined := slices.ContainsFunc(base.Parameters, func(x model.OperationParameter) bool { return x.Name == p.Name })
		if !defined {
			r.fail(at, "%s: %s has no parameter %s", op.ID, op.Base, p.Name)
		}
	}
	return base
}
