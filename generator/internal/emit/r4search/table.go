package r4search

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"chartwright/generator/internal/model"
)

// paramTypes are the names of the parameter types in package search.
var paramTypes = map[string]string{
	"token": "Token", "string": "String", "reference": "Reference", "date": "Date", "number": "Number", "quantity": "Quantity",
	"uri": "URI", "composite": "Composite", "special": "Special",
}

// table writes the constants of the row numbers and the parameters of one resource type.
func (e *emission) table(w *printer, pl plan) error {
	w.line("// The numbers of the index rows of %s.", pl.typ.Name)
	w.line("const (")
	for _, p := range pl.params {
		if err := e.constants(w, p); err != nil {
			return err
		}
	}
	w.line(")\n")
	w.line("var %sParams = []search.Param{", lower(pl.typ.GoName))
	undefined := slices.Clone(e.m.SearchPolicy.Undefined)
	slices.Sort(undefined)
	params := slices.DeleteFunc(slices.Clone(pl.params), func(p *param) bool { return p.hidden })
	for len(params) > 0 || len(undefined) > 0 {
		if len(params) == 0 || len(undefined) > 0 && undefined[0] < params[0].def.Code {
			n, err := e.rows.add("", pl.typ.Name, undefined[0])
			if err != nil {
				return err
			}
			w.line("{ID: %d, Base: %s, Code: %s, Type: search.Special},", n, quote(pl.typ.Name), quote(undefined[0]))
			undefined = undefined[1:]
			continue
		}
		if err := e.entry(w, params[0]); err != nil {
			return err
		}
		params = params[1:]
	}
	w.line("}\n")
	return nil
}

// constants writes the row numbers of a parameter.
func (e *emission) constants(w *printer, p *param) error {
	add := func(name, code string) error {
		n, err := e.rows.add(name, p.typ.Name, code)
		w.line("%s int32 = %d", name, n)
		return err
	}
	errs := []error{add(rowConst(p.typ, p.def.Code), p.def.Code)}
	identifiers, types := false, false
	for _, l := range p.leaves {
		identifiers = identifiers || l.conv.second == identifierRow && !p.hidden
		types = types || l.conv.second == ofTypeRow
	}
	if identifiers {
		errs = append(errs, add(identifierConst(p.typ, p.def.Code), p.def.Code+":identifier"))
	}
	if types {
		errs = append(errs, add(ofTypeConst(p.typ, p.def.Code), p.def.Code+":of-type"))
		if len(p.own) < len(p.leaves) {
			errs = append(errs, fmt.Errorf("%s.%s shares rows of identifiers, whose types would be lost", p.typ.Name, p.def.Code))
		}
	}
	return errors.Join(errs...)
}

// entry writes one search.Param.
func (e *emission) entry(w *printer, p *param) error {
	kind, ok := paramTypes[p.def.Type]
	if !ok {
		return fmt.Errorf("search parameter %s: unknown type %s", p.def.URL, p.def.Type)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "{ID: %s, Base: %q, Code: %q, Type: search.%s,\nURL: %q", rowConst(p.typ, p.def.Code), p.typ.Name,
		p.def.Code, kind, p.def.URL)
	if p.def.Type == "reference" {
		b.WriteString(", Targets: " + e.targets(p.def.Target))
	}
	if len(p.def.Components) > 0 {
		b.WriteString(",\nComponents: []search.Component{")
		for _, c := range p.def.Components {
			fmt.Fprintf(&b, "{Type: search.%s, Code: %q},", paramTypes[c.Parameter.Type], c.Parameter.Code)
		}
		b.WriteString("}")
	}
	if p.many() {
		b.WriteString(", Multiple: true")
	}
	if p.boolean() {
		b.WriteString(", Boolean: true")
	}
	if p.expr != "" {
		fmt.Fprintf(&b, ",\nExpression: %q", p.expr)
	}
	if len(p.rows) > 0 {
		fmt.Fprintf(&b, ",\nRows: []int32{%s}", strings.Join(p.rowConsts(), ", "))
	}
	if p.only != "" && !slices.Equal(p.rows, []string{p.def.Code}) {
		fmt.Fprintf(&b, ", RowTypes: []string{%q}", p.only)
	}
	w.line("%s},", b.String())
	return nil
}

func (p *param) rowConsts() []string {
	out := make([]string, len(p.rows))
	for i, code := range p.rows {
		out[i] = rowConst(p.typ, code)
	}
	return out
}

// targets writes a list of resource types. Long ones are variables: several parameters may name any type.
func (e *emission) targets(list []string) string {
	if len(list) == 0 {
		return "nil"
	}
	text := "[]string{"
	for _, t := range list {
		text += quote(t) + ", "
	}
	text = strings.TrimSuffix(text, ", ") + "}"
	const long = 10
	if len(list) < long {
		return text
	}
	i := slices.Index(e.lists, text)
	if i < 0 {
		e.lists = append(e.lists, text)
		i = len(e.lists) - 1
	}
	return fmt.Sprintf("targets%d", i)
}

// owners returns the parameters that name the patients whose record a resource of the type is.
func (e *emission) owners(pl plan) (codes []string, self, many bool, err error) {
	for i, o := range e.m.SearchPolicy.Owner {
		if o.Type == pl.typ.Name {
			e.ownerUsed[i] = true
			codes, self, many = slices.Clone(o.Params), o.Self, o.Many
			for _, p := range pl.params {
				if p.hidden {
					codes = append(codes, p.def.Code)
				}
			}
			for _, code := range codes {
				if !slices.ContainsFunc(pl.params, func(p *param) bool { return p.def.Code == code && names(p, "Patient") }) {
					return nil, false, false, fmt.Errorf("policy on owners: %s has no parameter %s that can name a Patient", o.Type, code)
				}
			}
			return codes, self, many, nil
		}
	}
	for _, p := range pl.params {
		if (p.def.Code == "patient" || p.def.Code == "subject") && names(p, "Patient") {
			codes = append(codes, p.def.Code)
		}
	}
	return codes, false, false, nil
}

// names reports whether a reference parameter can name a resource of type typ.
func names(p *param, typ string) bool {
	return p.def.Type == "reference" && (len(p.def.Target) == 0 || slices.Contains(p.def.Target, typ))
}

// ownerRows returns the constants of all rows of the parameters codes.
func ownerRows(pl plan, codes []string) []string {
	var out []string
	for _, p := range pl.params {
		if slices.Contains(codes, p.def.Code) {
			out = append(out, p.rowConsts()...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// compartments writes the compartment table.
func compartments(w *printer, m *model.Model) {
	w.line("// Compartments are the five compartments of R4, by code.")
	w.line("var Compartments = []Compartment{")
	for _, c := range m.Compartments {
		w.line("{Code: %s, Members: []Member{", quote(c.Code))
		for _, r := range c.Resources {
			var params []string
			self := false
			for _, p := range r.Params {
				if p == "{def}" {
					self = true
					continue
				}
				params = append(params, quote(p))
			}
			if c.Code == r.Type {
				self = true
			}
			switch {
			case len(params) > 0 && self:
				w.line("{Type: %s, Params: []string{%s}, Self: true},", quote(r.Type), strings.Join(params, ", "))
			case len(params) > 0:
				w.line("{Type: %s, Params: []string{%s}},", quote(r.Type), strings.Join(params, ", "))
			case self:
				w.line("{Type: %s, Self: true},", quote(r.Type))
			}
		}
		w.line("}},")
	}
	w.line("}")
}
