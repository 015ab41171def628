package access

import (
	"strings"

	table "chartwright/gen/scope"
	"chartwright/internal/access/scope"
)

// allContexts is the set for interactions that every kind of scope may permit.
const allContexts = table.InPatient | table.InUser | table.InSystem

// data decides about an action on the resources of a type.
func (c *call) data(typ string, action Action, in table.Contexts) Decision {
	t := table.TypeOf(typ)
	letter := strings.IndexByte("cruds", byte(action))
	if t == nil || letter < 0 {
		return deny("", "there is no such type or action")
	}
	ctx, filters, ok := c.scope(typ, letter, in)
	if !ok {
		ctx, filters, ok = c.person(typ, letter, in)
	}
	if !ok {
		return deny(c.wanted(typ, letter, in), "no scope permits it")
	}
	d := Decision{Allowed: true}
	if c.off&ruleGranular == 0 {
		d.Narrow.Filters = filters
	}
	if ctx == scope.Patient {
		if refused, ok := c.patient(t, letter, &d.Narrow); !ok {
			return refused
		}
	}
	if refused, ok := c.right(t.Needs[letter]); !ok {
		return refused
	}
	return d
}

// scope finds the widest context whose scopes permit the letter for the type.
func (c *call) scope(typ string, letter int, in table.Contexts) (scope.Context, map[string][]string, bool) {
	for _, ctx := range c.contexts() {
		if !c.holds(rulePlace, within(ctx, in)) {
			continue
		}
		if c.all {
			return ctx, nil, true
		}
		if filters, ok := c.s.Scopes.index.permits(ctx, typ, letter, c.p.Wildcards || c.off&ruleWildcard != 0); ok {
			return ctx, filters, true
		}
		if c.off&ruleScope != 0 {
			return ctx, nil, true
		}
	}
	return scope.NoContext, nil, false
}

// contexts returns the contexts of scopes that the actor can use, widest first.
func (c *call) contexts() []scope.Context {
	switch c.s.Actor {
	case Patient:
		return patientContexts
	case User:
		return staffContexts
	case System:
		return systemContexts
	}
	return nil
}

var (
	patientContexts = []scope.Context{scope.Patient}
	staffContexts   = []scope.Context{scope.User, scope.Patient}
	systemContexts  = []scope.Context{scope.System}
)

// within reports whether a context is in the set.
func within(ctx scope.Context, in table.Contexts) bool { return in&(1<<(ctx-scope.Patient)) != 0 }

// widest returns the widest of the actor's contexts that is in the set; false if none is.
func (c *call) widest(in table.Contexts) (scope.Context, bool) {
	for _, ctx := range c.contexts() {
		if within(ctx, in) {
			return ctx, true
		}
	}
	return scope.NoContext, false
}

// wanted names the scope that would permit a letter; empty if none would.
func (c *call) wanted(typ string, letter int, in table.Contexts) string {
	ctx, ok := c.widest(in)
	if !ok {
		return ""
	}
	return ctx.String() + "/" + typ + "." + "cruds"[letter:letter+1]
}
