package search

import "context"

// Coding is one code of a code system; without a code, every code of the system.
type Coding struct{ System, Code string }

// Codes says which codes a value means: those of the value set in v.Text (:in, :not-in), or those above or below the code of v.
type Codes func(ctx context.Context, m Modifier, v Value) ([]Coding, error)

// NeedsCodes reports whether only a code system or value set can tell what a clause asks for. Such a clause is not answered
// before [Query.Resolve] has put the codes in its place.
//
// https://hl7.org/fhir/R4/search.html#token
func (c *Clause) NeedsCodes() bool {
	if c.Missing != nil || c.Param == nil || c.Param.Type != Token {
		return needCodes(c.Inner())
	}
	switch c.Modifier {
	case In, NotIn, Above, Below:
		return true
	}
	return false
}

func needCodes(list []Clause) bool {
	for i := range list {
		if list[i].NeedsCodes() {
			return true
		}
	}
	return false
}

// Resolve returns the query with codes in the place of value sets, and of what is above or below a code. The query itself does
// not change; one that needs no codes is returned as it is. Errors: those of codes, which name the parameter.
func (q *Query) Resolve(ctx context.Context, codes Codes) (*Query, error) {
	if !needCodes(q.Clauses) {
		return q, nil
	}
	clauses, err := resolve(ctx, codes, q.Clauses)
	if err != nil {
		return nil, err
	}
	resolved := *q
	resolved.Clauses = clauses
	return &resolved, nil
}

func resolve(ctx context.Context, codes Codes, list []Clause) ([]Clause, error) {
	out := make([]Clause, len(list))
	for i := range list {
		var err error
		if out[i], err = list[i].resolve(ctx, codes); err != nil {
			if list[i].Asked != "" {
				err = of(list[i].Asked, err)
			}
			return nil, err
		}
	}
	return out, nil
}

func (c *Clause) resolve(ctx context.Context, codes Codes) (Clause, error) {
	if !c.NeedsCodes() {
		return *c, nil
	}
	r := *c
	switch {
	case c.Group != nil:
		inner, err := resolve(ctx, codes, c.Group.Clauses)
		r.Group = &Group{Op: c.Group.Op, Clauses: inner}
		return r, err
	case c.Chain != nil:
		inner, err := resolve(ctx, codes, c.Chain.Clause)
		r.Chain = &Chain{Types: c.Chain.Types, Clause: inner}
		return r, err
	case c.Has != nil:
		inner, err := c.Has.Clause.resolve(ctx, codes)
		r.Has = &Has{Type: c.Has.Type, Via: c.Has.Via, Clause: inner}
		return r, err
	}
	r.Values = nil
	for _, v := range c.Values {
		list, err := codes(ctx, c.Modifier, v)
		if err != nil {
			return r, err
		}
		for _, k := range list {
			r.Values = append(r.Values, Value{System: k.System, HasSystem: true, Code: k.Code, NoCode: k.Code == ""})
		}
	}
	if r.Modifier = NoModifier; c.Modifier == NotIn {
		r.Modifier = Not
	}
	return r, nil
}
