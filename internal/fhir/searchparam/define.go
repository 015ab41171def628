// Package searchparam gives a site search parameters of its own. A SearchParameter resource becomes a [Definition] for each of
// its base types, or a list of its faults; a [Set] holds the definitions that a site has at one moment, compiled: it is the
// [search.Table] of the site, standard parameters included, and makes the index rows of its own ones by the same methods of
// package index that the generated extractors call.
//
// It knows no database: package internal/care/parameter decides which definitions a site has, and keeps their rows complete.
//
// https://hl7.org/fhir/R4/searchparameter.html
package searchparam

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/path"
	"chartwright/internal/fhir/search"
)

// Definition is what a SearchParameter means for one resource type: everything that the index rows depend on. Two equal
// definitions give equal rows.
type Definition struct {
	Base       string      `json:"base"`
	Code       string      `json:"code"`
	Type       string      `json:"type"`
	URL        string      `json:"url"`
	Expression string      `json:"expression"`
	Targets    []string    `json:"targets,omitempty"`
	Components []Component `json:"components,omitempty"`
}

// Component is one part of a composite Definition. Its expression starts from each item of the composite's.
type Component struct {
	Type       string `json:"type"`
	Code       string `json:"code"`
	Expression string `json:"expression"`
}

// Equal reports whether both give the same rows.
func (d *Definition) Equal(o *Definition) bool {
	return d.Base == o.Base && d.Code == o.Code && d.Type == o.Type && d.Expression == o.Expression &&
		slices.Equal(d.Targets, o.Targets) && slices.Equal(d.Components, o.Components)
}

// Active reports whether a SearchParameter takes part in searches: drafts and retired ones don't.
func Active(sp *r4.SearchParameter) bool { return sp.Status.V == "active" }

// maxCode bounds the name of a parameter, in bytes.
const maxCode = 64

// Define returns what a SearchParameter means for each of its base types, in the order of their names. Table is what the site has so
// far, with which it must not clash: a definition of the site itself under the same name is no clash here, since it may be this one's
// own. One that describes a parameter of the standard, as those of implementation guides do, adds nothing. The bases Resource and
// DomainResource stand for all types that derive from them, but those of which the expression names none.
//
// Errors: Unprocessable with an issue for every fault.
func Define(sp *r4.SearchParameter, table search.Table) ([]Definition, error) {
	d := definer{sp: sp, table: table}
	typ := search.TypeOf(sp.Type_.V)
	if !isCode(sp.Code.V) {
		d.fault("code", "the name of a search parameter is up to %d letters, digits, hyphens and underscores, a letter first", maxCode)
	}
	if typ == search.Special {
		d.fault("type", "a parameter of type special has rules of its own, which this server can't know")
	}
	if typ == search.Composite {
		d.components()
	} else if len(sp.Component) > 0 {
		d.fault("component", "only a composite has components")
	}
	for i, t := range sp.Target {
		if base := r4.TypeByName(t.V); base == nil || !base.Resource {
			d.fault(at("target", i), "%s is not a resource type", t.V)
		}
	}
	expr, err := parse(sp.Expression.V)
	if err != nil {
		d.fault("expression", "%s", err.Error())
	}
	for i, base := range sp.Base {
		if slices.ContainsFunc(sp.Base[:i], func(c fhir.Code) bool { return c.V == base.V }) {
			d.fault(at("base", i), "%s is named twice", base.V)
			continue
		}
		types := typesOf(base.V)
		if types == nil {
			d.fault(at("base", i), "%s is not a resource type", base.V)
			continue
		}
		d.on(base.V, d.free(base.V, types), typ, expr)
	}
	slices.SortFunc(d.list, func(a, b Definition) int { return strings.Compare(a.Base, b.Base) })
	if len(d.issues) > 0 {
		return nil, &fault.Error{Kind: fault.Unprocessable, Op: "searchparam.define", Detail: "the search parameter cannot be used", Issues: d.issues}
	}
	return d.list, nil
}

// definer collects the faults of one SearchParameter.
type definer struct {
	sp     *r4.SearchParameter
	table  search.Table
	parts  []Component
	exprs  []path.Expr
	list   []Definition
	issues []fault.Issue
}

func (d *definer) fault(element, format string, args ...any) {
	d.issues = append(d.issues, fault.Issue{Code: "invalid", Expression: "SearchParameter." + element, Detail: fmt.Sprintf(format, args...)})
}

func at(element string, i int) string { return fmt.Sprintf("%s[%d]", element, i) }

func isCode(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || (s[i] < '0' || s[i] > '9') && s[i] != '-' && s[i] != '_') {
			return false
		}
	}
	return s != "" && len(s) <= maxCode
}

// unstable are the functions whose result is not the resource's alone. Index rows are found again by computing them again.
var unstable = []string{"now", "today", "timeOfDay", "conformsTo", "memberOf", "trace"}

func parse(src string) (path.Expr, error) {
	if strings.TrimSpace(src) == "" {
		return nil, errors.New("an expression is needed")
	}
	e, err := path.Parse(src)
	if err != nil {
		return nil, err
	}
	if name, bad := path.Calls(e, unstable...); bad {
		return nil, fmt.Errorf("%s() depends on more than the resource, so its value cannot be indexed", name)
	}
	return e, nil
}

// components reads the parts of a composite. A part has the type of the parameter that its definition names.
func (d *definer) components() {
	if n := len(d.sp.Component); n < 2 || n > 3 {
		d.fault("component", "a composite has two components, or three: token, number, number or the like")
		return
	}
	for i := range d.sp.Component {
		c := &d.sp.Component[i]
		place := at("component", i)
		e, err := parse(c.Expression.V)
		if err != nil {
			d.fault(place+".expression", "%s", err.Error())
		}
		single := d.named(c.Definition.V)
		switch {
		case single == nil:
			d.fault(place+".definition", "no search parameter of the base types has this URL")
			continue
		case single.Type == search.Composite || single.Type == search.Special:
			d.fault(place+".definition", "a component is of no type %s", single.Type)
			continue
		}
		d.parts, d.exprs = append(d.parts, Component{Type: single.Type.String(), Code: single.Code, Expression: c.Expression.V}), append(d.exprs, e)
	}
	// The store keeps a third component, a number, in columns that only a token leaves free.
	if len(d.parts) == 3 && (d.parts[0].Type != "token" || d.parts[2].Type != "number") {
		d.fault("component", "of three components the first is a token and the third a number")
	}
}

// named finds the parameter that a canonical names, among those of the base types.
func (d *definer) named(canonical string) *search.Param {
	url, _, _ := strings.Cut(canonical, "|")
	for _, base := range d.sp.Base {
		for _, t := range typesOf(base.V) {
			for _, p := range d.table.Of(t.Name) {
				if p.URL == url && url != "" {
					return p
				}
			}
		}
	}
	return nil
}

// free returns those of a base's types on which the name means nothing yet. Where the standard has another parameter of this name
// on some, that is a fault, and none is left.
func (d *definer) free(base string, types []*fhir.Type) []*fhir.Type {
	sp := d.sp
	var free []*fhir.Type
	var taken []string
	for _, t := range types {
		own := d.table.Lookup(t.Name, sp.Code.V)
		switch {
		case own == nil || own.Revision != 0:
			free = append(free, t)
		case own.URL == "" || own.URL != sp.URL.V && own.URL != sp.DerivedFrom.V:
			taken = append(taken, t.Name)
		}
	}
	switch {
	case len(taken) == 0:
		return free
	case len(types) == 1:
		d.fault("code", "%s has a standard search parameter %s already", base, sp.Code.V)
	default:
		d.fault("code", "of the types that are a %s there is a standard search parameter %s already on %s: choose another name, or name the types", base, sp.Code.V, some(taken))
	}
	return nil
}

// some lists names, of many the first.
func some(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// on adds the definitions on the types of a base. Where these are several, what is wrong with some of them is told once.
func (d *definer) on(base string, types []*fhir.Type, typ search.ParamType, expr path.Expr) {
	if expr == nil || typ == 0 || len(types) == 0 {
		return
	}
	led := false
	for _, t := range types {
		if slices.ContainsFunc(d.list, func(def Definition) bool { return def.Base == t.Name }) {
			led = true // the list names it beside the base that stands for it
			continue
		}
		inferred, err := path.Infer(expr, t, r4.TypeByName)
		if err != nil {
			d.fault("expression", "on %s: %s", t.Name, err.Error())
			return
		}
		if len(inferred.Types) == 0 && !inferred.Open {
			continue
		}
		led = true
		if def, ok := d.as(t, typ, inferred); ok {
			d.list = append(d.list, def)
		} else {
			return
		}
	}
	if !led {
		d.fault("expression", "it leads to nothing in a %s", base)
	}
}

// as is the definition on one type, in which the expression leads to what was inferred. It reports whether that can be indexed.
func (d *definer) as(base *fhir.Type, typ search.ParamType, types path.Types) (def Definition, ok bool) {
	sp, faults := d.sp, len(d.issues)
	def = Definition{Base: base.Name, Code: sp.Code.V, Type: typ.String(), URL: sp.URL.V, Expression: sp.Expression.V, Components: d.parts}
	for _, t := range sp.Target {
		def.Targets = append(def.Targets, t.V)
	}
	switch {
	case typ == search.Composite:
		d.inside(types)
	case !takes(typ.String(), types):
		d.fault("type", "on %s the expression leads to %s, which cannot be indexed as %s", base.Name, strings.Join(types.Types, ", "), typ)
	case typ == search.Reference && len(def.Targets) == 0:
		def.Targets = types.Targets
	}
	return def, len(d.issues) == faults
}

// inside checks the expressions of the components, which start from what the composite's leads to.
func (d *definer) inside(from path.Types) {
	if from.Open || len(d.parts) != len(d.sp.Component) {
		return
	}
	for i, e := range d.exprs {
		if e == nil {
			continue
		}
		all := path.Types{}
		var first error
		for _, name := range from.Types {
			types, err := path.Infer(e, r4.TypeByName(name), r4.TypeByName)
			if err != nil && first == nil {
				first = err
			}
			all.Types, all.Open = append(all.Types, types.Types...), all.Open || types.Open
		}
		switch {
		case first != nil && len(all.Types) == 0 && !all.Open:
			d.fault(at("component", i)+".expression", "%s", first.Error())
		case !takes(d.parts[i].Type, all):
			d.fault(at("component", i)+".definition", "the expression leads to %s, which cannot be indexed as %s", strings.Join(all.Types, ", "), d.parts[i].Type)
		}
	}
}

// takes reports whether some of the types can be indexed as a kind of parameter.
func takes(kind string, types path.Types) bool {
	return types.Open || slices.ContainsFunc(types.Types, func(t string) bool { return index.Takes(kind, t) })
}
