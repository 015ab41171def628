package searchsql

import (
	"context"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// needsCodes tells whether a clause can only be answered by what a code system or value set says.
func needsCodes(cl *search.Clause) bool {
	if cl.Param == nil || cl.Param.Type != search.Token {
		return false
	}
	switch cl.Modifier {
	case search.In, search.NotIn, search.Above, search.Below:
		return true
	}
	return false
}

// expandCodes returns the query with the codes of each value set, and those above or below each code, in their place. The
// query of the caller is not changed.
//
// Errors: Invalid where the site has no terminology; those of [Env.Codes].
func expandCodes(ctx context.Context, env *Env, q *search.Query) (*search.Query, error) {
	clauses, changed, err := expandClauses(ctx, env, q.Clauses)
	if err != nil || !changed {
		return q, err
	}
	expanded := *q
	expanded.Clauses = clauses
	return &expanded, nil
}

func expandClauses(ctx context.Context, env *Env, list []search.Clause) (out []search.Clause, changed bool, err error) {
	out = make([]search.Clause, len(list))
	for i := range list {
		one, fresh, err := expandClause(ctx, env, list[i])
		if err != nil {
			return nil, false, err
		}
		out[i], changed = one, changed || fresh
	}
	return out, changed, nil
}

func expandClause(ctx context.Context, env *Env, cl search.Clause) (search.Clause, bool, error) {
	switch {
	case cl.Chain != nil:
		inner, changed, err := expandClauses(ctx, env, cl.Chain.Clause)
		cl.Chain = &search.Chain{Types: cl.Chain.Types, Clause: inner}
		return cl, changed, err
	case cl.Has != nil:
		inner, changed, err := expandClause(ctx, env, cl.Has.Clause)
		cl.Has = &search.Has{Type: cl.Has.Type, Via: cl.Has.Via, Clause: inner}
		return cl, changed, err
	case !needsCodes(&cl) || cl.Missing != nil:
		return cl, false, nil
	case env.Codes == nil:
		e := fault.New(fault.Invalid, "search.terminology", "%s:%s needs a terminology service, which this server does not have", cl.Param.Code, cl.Modifier)
		e.Issues = []fault.Issue{{Code: "not-supported", Detail: e.Detail}}
		return cl, false, e
	}
	values := cl.Values
	cl.Values = nil
	for _, v := range values {
		codes, err := env.Codes(ctx, cl.Modifier, v)
		if err != nil {
			return cl, false, err
		}
		for _, k := range codes {
			cl.Values = append(cl.Values, search.Value{System: k.System, HasSystem: k.System != "", Code: k.Code})
		}
	}
	if cl.Modifier == search.NotIn {
		cl.Modifier = search.Not
	} else {
		cl.Modifier = search.NoModifier
	}
	return cl, true, nil
}
