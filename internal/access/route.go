package access

import (
	"strings"

	table "chartwright/gen/scope"
	"chartwright/internal/access/scope"
)

// RequestOf returns the request of an operation of the Standard or Portal API by its operationId; false if there is none.
func RequestOf(operationID string) (Request, bool) {
	r := table.RouteOf(operationID)
	if r == nil {
		return Request{}, false
	}
	return Request{API: apiOf(r), Action: Action(r.Action), Type: r.Word, Operation: r.ID}, true
}

func apiOf(r *table.Route) API {
	if r.Portal {
		return Portal
	}
	return Standard
}

// route decides about an operation of the Standard or Portal API. Its operationId says which action on which resource it is;
// what else the request claims is not believed.
func (c *call) route(r Request) Decision {
	o := table.RouteOf(r.Operation)
	if o == nil || !c.holds(ruleAPI, apiOf(o) == r.API) {
		return deny("", "there is no such operation")
	}
	ctx := scope.User
	if o.Portal {
		ctx = scope.Patient
	}
	if missing, ok := c.word(o, ctx); !ok {
		return deny(missing, "no scope permits it")
	}
	if refused, ok := c.right(o.Need); !ok {
		return refused
	}
	d := Decision{Allowed: true}
	if o.Portal {
		if refused, ok := c.inContext(&d.Narrow); !ok {
			return refused
		}
	}
	return d
}

// word asks for the scope of a route. A wildcard does not count, since it is about FHIR types, nor does a granular scope, since
// the operations of these APIs have no search parameters of FHIR.
func (c *call) word(o *table.Route, ctx scope.Context) (missing string, ok bool) {
	if o.Word == "" || c.all {
		return "", true
	}
	if o.Own != "" && c.s.Scopes.index.holds(scope.Scope{Kind: scope.Operation, Context: ctx, Type: o.Word, Name: o.Own}) {
		return "", true
	}
	letter := strings.IndexByte("cruds", o.Action)
	filters, ok := c.s.Scopes.index.permits(ctx, o.Word, letter, false)
	if !c.holds(ruleScope, ok && filters == nil) {
		return ctx.String() + "/" + o.Word + "." + string(rune(o.Action)), false
	}
	return "", true
}
