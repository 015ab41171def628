package path

import (
	"slices"
	"strings"

	"chartwright/internal/fhir"
)

// Types is what can be told of the result of an expression without evaluating it.
type Types struct {
	// Types are the types that the items can be of: FHIR types, or boolean, string, integer for values that are computed.
	Types []string
	// Targets are the resource types that References among the items may name; empty = any.
	Targets []string
	// Open tells that items may be of other types, too: not everything can be told.
	Open bool
}

// Infer finds out what an expression leads to when it is evaluated on a resource of type base, and refuses what can only be a
// mistake: an element that no type has, a type that a choice never takes, a function that does not exist. TypeByName knows the
// types. Parts of a union that begin with another resource type lead to nothing here; if all do, Types is empty and not Open.
//
// Errors: *[Error].
func Infer(e Expr, base *fhir.Type, typeByName func(string) *fhir.Type) (Types, error) {
	in := inferrer{base: base, byName: typeByName}
	p, err := in.expr(e, places{list: []place{{typ: base}}, root: true})
	if err != nil {
		return Types{}, err
	}
	out := Types{Open: p.open}
	anyTarget := false
	for _, at := range p.list {
		if !slices.Contains(out.Types, at.typ.Name) {
			out.Types = append(out.Types, at.typ.Name)
		}
		if at.typ.Name != "Reference" {
			continue
		}
		if at.field == nil || len(at.field.Targets) == 0 {
			anyTarget = true
			continue
		}
		for _, t := range at.field.Targets {
			if !slices.Contains(out.Targets, t) {
				out.Targets = append(out.Targets, t)
			}
		}
	}
	if anyTarget || p.open {
		out.Targets = nil
	}
	slices.Sort(out.Targets)
	return out, nil
}

type inferrer struct {
	base   *fhir.Type
	byName func(string) *fhir.Type
}

// place is a kind of item: its type, and the element that it stands in.
type place struct {
	typ   *fhir.Type
	field *fhir.Field
}

// places are the kinds of items that a part of an expression leads to. Root marks the input, from which a type may be named.
type places struct {
	list []place
	open bool
	root bool
}

func (in *inferrer) value(name string) places {
	if t := in.byName(name); t != nil {
		return places{list: []place{{typ: t}}}
	}
	return places{open: true}
}

func (in *inferrer) expr(e Expr, focus places) (places, error) {
	switch e := e.(type) {
	case *Name:
		if t := in.byName(e.Name); focus.root && (t != nil && t.Resource || e.Name == "Resource" || e.Name == "DomainResource") {
			if !in.base.Is(e.Name) {
				return places{}, nil
			}
			return focus, nil
		}
		return in.member(e, focus, e.Name)
	case *Member:
		of, err := in.expr(e.Of, focus)
		if err != nil {
			return places{}, err
		}
		return in.member(e, of, e.Name)
	case *Call:
		return in.call(e, focus)
	case *Index:
		if _, err := in.expr(e.Index, focus); err != nil {
			return places{}, err
		}
		return in.expr(e.Of, focus)
	case *Binary:
		x, err := in.expr(e.X, focus)
		if err != nil {
			return places{}, err
		}
		y, err := in.expr(e.Y, focus)
		if err != nil {
			return places{}, err
		}
		switch e.Op {
		case "|":
			return places{list: append(slices.Clone(x.list), y.list...), open: x.open || y.open}, nil
		case "&":
			return in.value("string"), nil
		case "+", "-", "*", "/", "div", "mod":
			return places{open: true}, nil
		}
		return in.value("boolean"), nil
	case *TypeTest:
		of, err := in.expr(e.X, focus)
		if err != nil {
			return places{}, err
		}
		if e.Op == "is" {
			return in.value("boolean"), nil
		}
		return in.narrow(e, of, e.Type)
	case *Variable:
		if e.Name == "$this" {
			return focus, nil
		}
	case *Constant:
		if e.Name == "resource" || e.Name == "rootResource" || e.Name == "context" {
			return places{list: []place{{typ: in.base}}, root: true}, nil
		}
	case *Unary:
		_, err := in.expr(e.X, focus)
		return places{open: true}, err
	}
	return places{open: true}, nil
}

// member is the element called name of each kind of item.
func (in *inferrer) member(e Expr, of places, name string) (places, error) {
	out := places{open: of.open}
	for _, at := range of.list {
		for i := range at.typ.Fields {
			f := &at.typ.Fields[i]
			if f.Name != name {
				continue
			}
			switch {
			case len(f.Choices) > 0:
				for _, t := range f.Choices {
					out.list = append(out.list, place{t, f})
				}
			case f.Type != nil:
				out.list = append(out.list, place{f.Type, f})
			default: // a resource inside a resource
				out.open = true
			}
		}
		if at.typ.Kind != fhir.KindComplex && (name == "id" || name == "extension") {
			out.open = true
		}
	}
	if len(out.list) == 0 && !out.open && len(of.list) > 0 {
		return places{}, errorf(e, "%s has no element %s", of.list[0].typ.Name, name)
	}
	return out, nil
}

// narrow keeps the items of one type.
func (in *inferrer) narrow(e Expr, of places, name string) (places, error) {
	name = strings.TrimPrefix(name, "FHIR.")
	out := places{open: of.open}
	for _, at := range of.list {
		if at.typ.Name == name || isA(at.typ.Name, name) {
			out.list = append(out.list, at)
		}
	}
	if t := in.byName(name); of.open && t != nil {
		return places{list: append(out.list, place{typ: t})}, nil
	}
	if len(out.list) == 0 && !out.open && len(of.list) > 0 {
		return places{}, errorf(e, "%s is never a %s", of.list[0].typ.Name, name)
	}
	return out, nil
}

// isA reports whether type t specialises the type called name.
func isA(t, name string) bool {
	for ; t != ""; t = parents[t] {
		if t == name {
			return true
		}
	}
	return false
}

func (in *inferrer) call(e *Call, focus places) (places, error) {
	f, ok := functions[e.Name]
	if !ok {
		return places{}, errorf(e, "there is no function %s", e.Name)
	}
	if n := len(e.Args); n < f.min || f.max >= 0 && n > f.max {
		return places{}, errorf(e, "%s() with %d arguments", e.Name, n)
	}
	of := focus
	if e.Of != nil {
		var err error
		if of, err = in.expr(e.Of, focus); err != nil {
			return places{}, err
		}
	}
	switch e.Name {
	case "ofType", "as":
		if name, ok := typeArgument(e.Args[0]); ok {
			return in.narrow(e, of, name)
		}
	case "is":
		return in.value("boolean"), nil
	case "where", "select", "all", "exists":
		inner := of
		inner.root = false
		for _, a := range e.Args {
			p, err := in.expr(a, inner)
			if err != nil {
				return places{}, err
			}
			if e.Name == "select" {
				return p, nil
			}
		}
		if e.Name == "where" {
			return of, nil
		}
		return in.value("boolean"), nil
	case "first", "last", "tail", "skip", "take", "single", "distinct", "trace", "intersect", "exclude", "sort":
		return of, nil
	case "extension": // of nothing there is none, nor of a Bundle, Binary or Parameters
		if !of.open && !slices.ContainsFunc(of.list, func(at place) bool { return !at.typ.Resource || at.typ.Is("DomainResource") }) {
			return places{}, nil
		}
		return in.value("Extension"), nil
	case "empty", "not", "hasValue", "startsWith", "endsWith", "contains", "matches", "matchesFull", "allTrue", "anyTrue", "allFalse",
		"anyFalse", "isDistinct", "subsetOf", "supersetOf", "comparable":
		return in.value("boolean"), nil
	case "count", "length", "indexOf", "lastIndexOf", "toInteger":
		return in.value("integer"), nil
	case "upper", "lower", "trim", "replace", "replaceMatches", "substring", "toString", "join", "encode", "decode", "escape", "unescape":
		return in.value("string"), nil
	}
	return places{open: true}, nil
}

// Calls reports whether the expression calls one of the functions, and which.
func Calls(e Expr, names ...string) (string, bool) {
	var list []Expr
	switch e := e.(type) {
	case *Call:
		if slices.Contains(names, e.Name) {
			return e.Name, true
		}
		list = append(list, e.Args...)
		if e.Of != nil {
			list = append(list, e.Of)
		}
	case *Member:
		list = []Expr{e.Of}
	case *Index:
		list = []Expr{e.Of, e.Index}
	case *Unary:
		list = []Expr{e.X}
	case *Binary:
		list = []Expr{e.X, e.Y}
	case *TypeTest:
		list = []Expr{e.X}
	}
	for _, part := range list {
		if name, ok := Calls(part, names...); ok {
			return name, true
		}
	}
	return "", false
}
