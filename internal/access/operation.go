package access

import (
	table "chartwright/gen/scope"
	"chartwright/internal/access/scope"
)

// operation decides about a FHIR operation, or about a request that only carries others.
func (c *call) operation(r Request) Decision {
	o := table.OperationOf(r.Operation, r.Type)
	if o == nil || r.Type != "" && table.TypeOf(r.Type) == nil {
		return deny("", "there is no such operation")
	}
	switch {
	case o.Entries:
		// Each entry is decided on its own; this grant reaches no patient's rows.
		return Decision{Allowed: true, Narrow: Narrow{Patient: nobody}}
	case o.Own || o.Word != "":
		return c.special(o, r.Type)
	}
	typ := r.Type
	if o.Data != "" {
		typ = o.Data
	}
	d := c.letters(o, typ)
	if !d.Allowed && o.Or != "" && c.s.Scopes.index.holds(scope.Scope{Kind: scope.Plain, Name: o.Or}) {
		return Decision{Allowed: true, Narrow: c.reach()}
	}
	return d
}

// letters asks for the data permission of an operation, or for the first of several that is granted.
func (c *call) letters(o *table.Operation, typ string) Decision {
	first := deny("", "the operation permits nothing")
	for i, asked := 0, false; i < len("cruds"); i++ {
		if o.Letters&(1<<i) == 0 {
			continue
		}
		d := c.data(typ, Action("cruds"[i]), o.Contexts)
		if d.Allowed {
			return d
		}
		if !asked {
			first, asked = d, true
		}
	}
	return first
}

// special decides about an operation that has a scope of its own, or one that a word opens.
func (c *call) special(o *table.Operation, typ string) Decision {
	ctx, ok := c.widest(o.Contexts)
	if !c.holds(rulePlace, ok) {
		return deny("", "the operation is not for this kind of user")
	}
	d := Decision{Allowed: true}
	if o.Word != "" {
		if !c.holds(ruleOwnScope, c.all || c.s.Scopes.index.holds(scope.Scope{Kind: scope.Plain, Name: o.Word})) {
			return deny(o.Word, "no scope permits it")
		}
		d.Narrow = c.reach()
		return c.roleFor(o, typ, d)
	}
	held, ok := c.own(o, typ)
	if !c.holds(ruleOwnScope, ok) {
		return deny(ownScope(ctx, o, typ).String(), "no scope permits it")
	}
	if held == scope.Patient {
		if refused, ok := c.patient(table.TypeOf(typ), readLetter, &d.Narrow); !ok {
			return refused
		}
	}
	return c.roleFor(o, typ, d)
}

// roleFor checks the role for an operation: the operation's own need, else that of reading the type.
func (c *call) roleFor(o *table.Operation, typ string, d Decision) Decision {
	need := table.Need{Right: table.Staff}
	if t := table.TypeOf(typ); t != nil {
		need = t.Needs[readLetter]
	}
	if len(o.Needs) > 0 {
		need = o.Needs[0]
	}
	if refused, ok := c.right(need); !ok {
		return refused
	}
	return d
}

// readLetter is the place of r in cruds.
const readLetter = 1

// own finds the widest context whose scope for the operation the token holds.
func (c *call) own(o *table.Operation, typ string) (scope.Context, bool) {
	for _, ctx := range c.contexts() {
		if !c.holds(rulePlace, within(ctx, o.Contexts)) {
			continue
		}
		if c.all || c.s.Scopes.index.holds(ownScope(ctx, o, typ)) {
			return ctx, true
		}
	}
	return scope.NoContext, false
}

// ownScope is the scope of an operation: * stands for the whole server.
func ownScope(ctx scope.Context, o *table.Operation, typ string) scope.Scope {
	if typ == "" {
		typ = scope.Any
	}
	return scope.Scope{Kind: scope.Operation, Context: ctx, Type: typ, Name: o.Name}
}
