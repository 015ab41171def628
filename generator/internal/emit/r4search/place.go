package r4search

import (
	"strconv"
	"strings"

	"chartwright/generator/internal/model"
)

// place is where an expression leads: from the resource through steps to elements of one type, or to a choice that was not
// narrowed to a type.
type place struct {
	steps []step
	owner *model.Type // whose elements come next; nil at a primitive, a choice or a resource
	// only is the resource type of where(resolve() is Type), empty without it.
	only string
}

// step goes from a struct into one of its elements.
type step struct {
	field *model.Field
	typ   *model.Type // what a choice is narrowed to; the element's type otherwise; nil for an open choice and a resource
	index int         // [n] of a list; -1 = every item
	where []condition
}

// condition keeps the items whose code element field equals one of values, or with not equals none of them.
type condition struct {
	field  *model.Field
	values string // joined by |
	not    bool
}

func (c condition) key() string {
	op := "="
	if c.not {
		op = "!="
	}
	return "[" + c.field.Name + op + c.values + "]"
}

// key identifies the step among the steps from one struct.
func (s step) key() string {
	var b strings.Builder
	b.WriteString(s.field.Name)
	if s.field.Kind == model.KindChoice && s.typ != nil {
		b.WriteString(":" + s.typ.Name)
	}
	if s.index >= 0 {
		b.WriteString("[" + strconv.Itoa(s.index) + "]")
	}
	for _, c := range s.where {
		b.WriteString(c.key())
	}
	return b.String()
}

// key identifies the place; only is no part of it.
func (p place) key() string {
	keys := make([]string, len(p.steps))
	for i, s := range p.steps {
		keys[i] = s.key()
	}
	return strings.Join(keys, ".")
}

// then returns the place one step further, with steps of its own.
func (p place) then(s step) place {
	p.steps = append(append([]step(nil), p.steps...), s)
	p.owner = nil
	if s.typ != nil && len(s.typ.Fields) > 0 {
		p.owner = s.typ
	}
	return p
}

// last is the step that led here.
func (p place) last() *step {
	if len(p.steps) == 0 {
		return nil
	}
	return &p.steps[len(p.steps)-1]
}

// repeats reports whether more than one element can be there.
func (p place) repeats() bool {
	for _, s := range p.steps {
		if s.field.List() && s.index < 0 {
			return true
		}
	}
	return false
}
