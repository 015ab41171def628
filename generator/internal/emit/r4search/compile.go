package r4search

import (
	"fmt"
	"strconv"

	"chartwright/generator/internal/model"
	"chartwright/internal/fhir/path"
)

// compiler turns expressions into places. It knows the part of FHIRPath that search parameters use and refuses the rest.
type compiler struct {
	m    *model.Model
	base *model.Type // the resource type compiled for
}

// alternatives splits an expression at its unions and keeps the parts that concern the base type: an expression for several
// types joins them all by |.
func (c *compiler) alternatives(e path.Expr) []path.Expr {
	if b, ok := e.(*path.Binary); ok && b.Op == "|" {
		return append(c.alternatives(b.X), c.alternatives(b.Y)...)
	}
	if root := rootName(e); c.isResource(root) && !c.isBase(root) {
		return nil
	}
	return []path.Expr{e}
}

func (c *compiler) isResource(name string) bool {
	t := c.m.Type(name)
	return name == "DomainResource" || t != nil && t.Kind == model.Resource
}

// rootName is the name that a path begins with.
func rootName(e path.Expr) string {
	switch e := e.(type) {
	case *path.Name:
		return e.Name
	case *path.Member:
		return rootName(e.Of)
	case *path.Call:
		if e.Of != nil {
			return rootName(e.Of)
		}
	case *path.Index:
		return rootName(e.Of)
	case *path.TypeTest:
		return rootName(e.X)
	}
	return ""
}

// isBase reports whether name is the type compiled for or one that it specialises. The abstract types are no types of the
// model; every DomainResource is a Resource.
func (c *compiler) isBase(name string) bool {
	return name == c.base.Name || name == c.base.Base || name == "Resource"
}

// places evaluates e at the places in.
func (c *compiler) places(e path.Expr, in []place) ([]place, error) {
	switch e := e.(type) {
	case *path.Name:
		if len(in) == 1 && len(in[0].steps) == 0 && c.isBase(e.Name) {
			return in, nil
		}
		return c.element(in, e.Name)
	case *path.Member:
		of, err := c.places(e.Of, in)
		if err != nil {
			return nil, err
		}
		return c.element(of, e.Name)
	case *path.Constant:
		if e.Name == "resource" {
			return []place{{owner: c.base}}, nil
		}
	case *path.Binary:
		if e.Op == "|" {
			x, err := c.places(e.X, in)
			if err != nil {
				return nil, err
			}
			y, err := c.places(e.Y, in)
			return append(x, y...), err
		}
	case *path.Index:
		return c.item(e, in)
	case *path.TypeTest:
		if e.Op == "as" {
			of, err := c.places(e.X, in)
			if err != nil {
				return nil, err
			}
			return c.narrow(of, e.Type)
		}
	case *path.Call:
		return c.call(e, in)
	}
	return nil, fmt.Errorf("%s at offset %d is beyond what search parameters may use", e, e.Pos())
}

func (c *compiler) element(in []place, name string) ([]place, error) {
	var out []place
	for _, p := range in {
		if p.owner == nil {
			return nil, fmt.Errorf("%s has no element %s", p.key(), name)
		}
		f := p.owner.Field(name)
		if f == nil {
			return nil, fmt.Errorf("%s has no element %s", p.owner.Name, name)
		}
		s := step{field: f, index: -1}
		if f.Kind != model.KindChoice {
			s.typ = f.Type
		}
		out = append(out, p.then(s))
	}
	return out, nil
}

func (c *compiler) item(e *path.Index, in []place) ([]place, error) {
	of, err := c.places(e.Of, in)
	if err != nil {
		return nil, err
	}
	lit, ok := e.Index.(*path.Literal)
	if !ok || lit.Kind != path.NumberLiteral {
		return nil, fmt.Errorf("index %s is no number", e.Index)
	}
	n, err := strconv.Atoi(lit.Text)
	if err != nil {
		return nil, fmt.Errorf("index %s is no integer", lit.Text)
	}
	for i := range of {
		if len(of[i].steps) != 1 || !of[i].last().field.List() {
			return nil, fmt.Errorf("[%d] of %s: only a list in the resource itself has a first item", n, of[i].key())
		}
		of[i].last().index = n
	}
	return of, nil
}

func (c *compiler) call(e *path.Call, in []place) ([]place, error) {
	if e.Of == nil || len(e.Args) != 1 {
		return nil, fmt.Errorf("function %s at offset %d is beyond what search parameters may use", e.Name, e.Pos())
	}
	of, err := c.places(e.Of, in)
	if err != nil {
		return nil, err
	}
	switch e.Name {
	case "ofType", "as":
		if n, ok := e.Args[0].(*path.Name); ok {
			return c.narrow(of, n.Name)
		}
	case "where":
		return c.where(of, e.Args[0])
	}
	return nil, fmt.Errorf("function %s at offset %d is beyond what search parameters may use", e.Name, e.Pos())
}

// narrow keeps the values of one type.
func (c *compiler) narrow(of []place, name string) ([]place, error) {
	var out []place
	for _, p := range of {
		s := p.last()
		switch {
		case s == nil:
			return nil, fmt.Errorf("a resource narrowed to %s", name)
		case s.typ != nil && s.typ.Name == name:
			out = append(out, p)
			continue
		case s.field.Kind != model.KindChoice || s.typ != nil:
			return nil, fmt.Errorf("%s is never a %s", s.field.Path, name)
		}
		var typ *model.Type
		for _, alt := range s.field.Choices {
			if alt.Type.Name == name {
				typ = alt.Type
			}
		}
		if typ == nil {
			return nil, fmt.Errorf("%s is never a %s", s.field.Path, name)
		}
		narrowed := *s
		narrowed.typ = typ
		p.steps = p.steps[:len(p.steps)-1]
		out = append(out, p.then(narrowed))
	}
	return out, nil
}

// where understands resolve() is Type, and an element of type code that equals a literal.
func (c *compiler) where(of []place, cond path.Expr) ([]place, error) {
	switch cond := cond.(type) {
	case *path.TypeTest:
		call, ok := cond.X.(*path.Call)
		if !ok || cond.Op != "is" || call.Name != "resolve" || call.Of != nil || c.m.Type(cond.Type) == nil {
			break
		}
		for i := range of {
			of[i].only = cond.Type
		}
		return of, nil
	case *path.Binary:
		name, isName := cond.X.(*path.Name)
		lit, isLiteral := cond.Y.(*path.Literal)
		if cond.Op != "=" || !isName || !isLiteral || lit.Kind != path.StringLiteral {
			break
		}
		for i, p := range of {
			if p.owner == nil || p.owner.Field(name.Name) == nil || p.owner.Field(name.Name).GoType != "fhir.Code" {
				return nil, fmt.Errorf("where(%s): %s has no code %s", cond, p.key(), name.Name)
			}
			s := *p.last()
			s.where = append(append([]condition(nil), s.where...), condition{field: p.owner.Field(name.Name), values: lit.Text})
			p.steps = append([]step(nil), p.steps...)
			p.steps[len(p.steps)-1] = s
			of[i] = p
		}
		return of, nil
	}
	return nil, fmt.Errorf("where(%s) is beyond what search parameters may use", cond)
}
