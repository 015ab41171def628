package r4search

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chartwright/generator/internal/model"
	"chartwright/internal/fhir/path"
)

// param is one search parameter on one resource type.
type param struct {
	def    *model.SearchParameter
	typ    *model.Type
	leaves []leaf
	only   string // every leaf is limited to references to this resource type
	expr   string // the part of the expression that concerns the type
	hidden bool   // no parameter: rows for the owner of the resource alone

	own  []leaf   // the leaves whose rows are kept under the parameter's own number; see share
	rows []string // codes of the parameters whose rows it reads
}

// leaf is one place whose values become rows.
type leaf struct {
	place  place
	kind   string // parameter type
	conv   conversion
	target string // of a resource inside the resource: its type
	parts  []part // of a composite: place is the item that holds the components
}

// part is one component of a composite, its places relative to the item; of those with absolute set, to the resource.
type part struct {
	leaves   []leaf
	absolute bool
}

func (l leaf) key() string {
	var b strings.Builder
	b.WriteString(l.kind + " " + l.place.key() + " " + l.conv.method + " " + l.target)
	for _, p := range l.parts {
		fmt.Fprintf(&b, " (%t", p.absolute)
		for _, l := range p.leaves {
			b.WriteString(" " + l.key())
		}
		b.WriteString(")")
	}
	return b.String()
}

// many reports whether one resource can have several values for the parameter.
func (p *param) many() bool {
	if len(p.leaves) > 1 {
		return true
	}
	for _, l := range p.leaves {
		if l.conv.many || l.place.repeats() {
			return true
		}
		for _, c := range l.parts {
			for _, l := range c.leaves {
				if l.conv.many || l.place.repeats() {
					return true
				}
			}
		}
	}
	return false
}

// boolean reports whether true and false are all values that the parameter can have.
func (p *param) boolean() bool {
	return len(p.leaves) > 0 && !slices.ContainsFunc(p.leaves, func(l leaf) bool { return !l.conv.truth })
}

// plan is every parameter of one resource type, by code.
type plan struct {
	typ    *model.Type
	params []*param
}

// policy is the model's policy with a note of what was used.
type policy struct {
	special     map[string]bool
	handwritten map[string]model.SearchHandwritten
	used        map[string]bool
}

func newPolicy(p *model.SearchPolicy) *policy {
	out := &policy{special: map[string]bool{}, handwritten: map[string]model.SearchHandwritten{}, used: map[string]bool{}}
	for _, code := range p.Special {
		out.special[code] = true
	}
	for _, h := range p.Handwritten {
		out.handwritten[h.URL] = h
	}
	return out
}

// unused lists the entries that applied to nothing.
func (p *policy) unused() []string {
	var out []string
	for code := range p.special {
		if !p.used[code] {
			out = append(out, code)
		}
	}
	for url := range p.handwritten {
		if !p.used[url] {
			out = append(out, url)
		}
	}
	slices.Sort(out)
	return out
}

// plans compiles every parameter of every resource type. Errors: all that could not be compiled, each with its parameter.
func plans(m *model.Model) ([]plan, error) {
	pol := newPolicy(m.SearchPolicy)
	var out []plan
	var errs []error
	for _, t := range m.Resources() {
		if t.Name == "Resource" || t.Name == "DomainResource" {
			continue
		}
		c := &compiler{m: m, base: t}
		pl := plan{typ: t}
		for _, def := range m.SearchParameters {
			if !slices.ContainsFunc(def.Base, c.isBase) {
				continue
			}
			p, err := c.param(def, pol)
			if err != nil {
				errs = append(errs, fmt.Errorf("search parameter %s on %s: %w", def.URL, t.Name, err))
				continue
			}
			pl.params = append(pl.params, p)
		}
		slices.SortFunc(pl.params, func(a, b *param) int { return cmp.Compare(a.def.Code, b.def.Code) })
		for i := 1; i < len(pl.params); i++ {
			if pl.params[i].def.Code == pl.params[i-1].def.Code {
				errs = append(errs, fmt.Errorf("%s and %s are both %s.%s", pl.params[i-1].def.URL, pl.params[i].def.URL, t.Name,
					pl.params[i].def.Code))
			}
		}
		share(pl.params)
		if err := c.hidden(&pl); err != nil {
			errs = append(errs, fmt.Errorf("policy on owners: %s: %w", t.Name, err))
		}
		out = append(out, pl)
	}
	for _, u := range pol.unused() {
		errs = append(errs, fmt.Errorf("the policy for search parameter %s applies to nothing", u))
	}
	return out, errors.Join(errs...)
}

func (c *compiler) param(def *model.SearchParameter, pol *policy) (*param, error) {
	p := &param{def: def, typ: c.base}
	if pol.special[def.Code] {
		pol.used[def.Code] = true
		p.expr = def.Expression
		return p, nil
	}
	if h, ok := pol.handwritten[def.URL]; ok {
		pol.used[def.URL] = true
		p.expr = def.Expression
		return p, c.handwritten(p, h)
	}
	if def.Expression == "" {
		return nil, errors.New("it has no expression, and no entry under special in the policy")
	}
	e, err := path.Parse(def.Expression)
	if err != nil {
		return nil, err
	}
	alts := c.alternatives(e)
	if len(alts) == 0 {
		return nil, errors.New("no part of its expression concerns the type")
	}
	var text []string
	for _, alt := range alts {
		text = append(text, path.Format(alt))
		places, err := c.places(alt, []place{{owner: c.base}})
		if err != nil {
			return nil, err
		}
		for _, pl := range places {
			leaves, err := c.leaves(def, pl)
			if err != nil {
				return nil, err
			}
			p.leaves = append(p.leaves, leaves...)
		}
	}
	p.expr = strings.Join(text, " | ")
	return p, p.limit()
}

// hidden adds rows for an element that names the owner of a resource and that no parameter reads.
func (c *compiler) hidden(pl *plan) error {
	for _, o := range c.m.SearchPolicy.Owner {
		if o.Type != pl.typ.Name || o.Element == "" {
			continue
		}
		e, err := path.Parse(o.Element)
		if err != nil {
			return err
		}
		places, err := c.places(e, []place{{owner: c.base}})
		if err != nil {
			return err
		}
		if len(places) != 1 || places[0].last() == nil {
			return fmt.Errorf("%s is not one element", o.Element)
		}
		p := &param{
			def: &model.SearchParameter{Code: places[0].last().field.Name, Type: "reference", Target: []string{"Patient"}},
			typ: c.base, hidden: true,
		}
		for _, at := range places {
			leaves, err := c.leaves(p.def, at)
			if err != nil {
				return err
			}
			p.own = append(p.own, leaves...)
		}
		p.leaves, p.rows = p.own, []string{p.def.Code}
		pl.params = append(pl.params, p)
	}
	return nil
}

// limit notes the resource type that all leaves are limited to.
func (p *param) limit() error {
	for i, l := range p.leaves {
		if i == 0 {
			p.only = l.place.only
		}
		if l.place.only != p.only {
			return errors.New("only some of its parts are limited by resolve() to a type")
		}
		if l.place.only != "" && l.conv.method != "Reference" {
			return fmt.Errorf("resolve() on %s, which is no Reference", l.place.key())
		}
	}
	return nil
}

func (c *compiler) handwritten(p *param, h model.SearchHandwritten) error {
	e, err := path.Parse(h.Element)
	if err != nil {
		return err
	}
	places, err := c.places(e, []place{{owner: c.base}})
	if err != nil {
		return err
	}
	if len(places) != 1 || len(places[0].steps) != 1 || places[0].repeats() {
		return fmt.Errorf("%s is not a single element of the resource", h.Element)
	}
	conv := conversion{method: h.Method, form: byPointer, truth: h.Boolean}
	if places[0].last().field.Kind == model.KindChoice {
		conv.form = asValue
	}
	p.leaves = []leaf{{place: places[0], kind: "handwritten", conv: conv}}
	return nil
}

// leaves says how what stands at a place is indexed.
func (c *compiler) leaves(def *model.SearchParameter, at place) ([]leaf, error) {
	if def.Type == "composite" {
		l, err := c.composite(def, at)
		return []leaf{l}, err
	}
	conv, err := conversionAt(def.Type, at)
	if err != nil {
		return nil, err
	}
	if len(conv.elements) > 0 {
		var out []leaf
		for _, name := range conv.elements {
			places, err := c.element([]place{at}, name)
			if err != nil {
				return nil, err
			}
			conv, err := conversionAt(def.Type, places[0])
			if err != nil {
				return nil, err
			}
			out = append(out, leaf{place: places[0], kind: def.Type, conv: conv})
		}
		return out, nil
	}
	l := leaf{place: at, kind: def.Type, conv: conv}
	if conv.form == asResource {
		if len(def.Target) != 1 {
			return nil, errors.New("it leads to a resource, but names no single target type")
		}
		l.target = def.Target[0]
	}
	return []leaf{l}, nil
}

func (c *compiler) composite(def *model.SearchParameter, item place) (leaf, error) {
	l := leaf{place: item, kind: def.Type}
	if item.owner == nil {
		return l, fmt.Errorf("%s holds no components", item.key())
	}
	if n := len(def.Components); n < 2 || n > 3 {
		return l, fmt.Errorf("%d components; an index row has room for two or three", n)
	}
	for _, comp := range def.Components {
		e, err := path.Parse(comp.Expression)
		if err != nil {
			return l, fmt.Errorf("component %s: %w", comp.Definition, err)
		}
		p := part{absolute: strings.HasPrefix(comp.Expression, "%resource")}
		places, err := c.places(e, []place{{owner: item.owner}})
		if err != nil {
			return l, fmt.Errorf("component %s: %w", comp.Definition, err)
		}
		for _, at := range places {
			parts, err := c.leaves(comp.Parameter, at)
			if err != nil {
				return l, fmt.Errorf("component %s: %w", comp.Definition, err)
			}
			p.leaves = append(p.leaves, parts...)
		}
		l.parts = append(l.parts, p)
	}
	return l, nil
}
