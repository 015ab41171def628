// Package invariant holds resources against the rules of their definitions that are written in FHIRPath: pat-1, obs-7 and the like. What
// the tables of the types tell is checked by package validate, at a small part of the cost.
//
// https://hl7.org/fhir/R4/conformance-rules.html#constraints
package invariant

import (
	"context"
	"errors"
	"strings"
	"sync"

	"chartwright/gen/r4invariant"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/path"
)

// maxSteps bounds the work of one rule on one element: the items that its expression may touch.
const maxSteps = 200_000

// narrated is the rule that a resource should have a narrative. One that is contained in another should have none.
// https://hl7.org/fhir/R4/references.html#contained
const narrated = "dom-6"

// rule is an invariant, ready to be evaluated.
type rule struct {
	fhir.Invariant
	expr path.Expr
}

var rules = sync.OnceValue(func() map[string][]rule {
	all := make(map[string][]rule, len(r4invariant.Of))
	for at, list := range r4invariant.Of {
		for _, i := range list {
			expr, err := path.Parse(i.Expression)
			if err != nil {
				panic("invariant " + i.Key + ": " + err.Error()) // the generator has parsed it
			}
			all[at] = append(all[at], rule{i, expr})
		}
	}
	return all
})

// Check returns what r and everything in it breaks, in the order of the elements; nil if there is nothing. A rule that would take too
// much work is passed over with a warning that says so. R is not changed.
//
// Errors: those of ctx.
func Check(ctx context.Context, r fhir.Resource) ([]fault.Issue, error) {
	c := &checker{ctx: ctx, rules: rules()}
	root := path.Root(r)
	c.element(root, &path.Env{Resource: root, RootResource: root, Steps: maxSteps})
	return c.issues, c.err
}

type checker struct {
	ctx    context.Context // lives as long as one call of Check
	rules  map[string][]rule
	issues []fault.Issue
	err    error
}

// element checks e and all that is in it. A resource in a resource is %resource of what it has; the one that contains it stays
// %rootResource, while an entry of a Bundle or a parameter stands for itself.
func (c *checker) element(e *path.Element, env *path.Env) {
	contained := false
	if e.Parent != nil && e.Node.Type.Resource {
		inner := *env
		if inner.Resource = e; e.Name == "contained" {
			contained = true
		} else {
			inner.RootResource = e
		}
		env = &inner
	}
	ofType, ofElement := e.Node.Type.Name, ""
	if e.Parent != nil {
		ofElement = e.Parent.Node.Type.Name + "." + e.Name
	}
	// An element that borrows the form of another one (TestScript.test.action.assert) states its rules under keys of its own.
	if borrowed := strings.Contains(ofType, "."); !borrowed || len(c.rules[ofElement]) == 0 {
		c.all(c.rules[ofType], e, env, contained)
	}
	c.all(c.rules[ofElement], e, env, contained)
	if e.Node.Type.Kind != fhir.KindComplex {
		return
	}
	for _, child := range e.Children() {
		if c.err != nil {
			return
		}
		c.element(child, env)
	}
}

func (c *checker) all(list []rule, e *path.Element, env *path.Env, contained bool) {
	for i := range list {
		r := &list[i]
		if contained && r.Key == narrated {
			continue
		}
		result, err := path.Eval(c.ctx, r.expr, path.Collection{e}, env)
		var failed *path.Error
		switch {
		case err == nil && !broken(result):
		case err == nil:
			severity := "error"
			if r.Warning {
				severity = "warning"
			}
			c.issues = append(c.issues, fault.Issue{Severity: severity, Code: "invariant", Expression: e.Path(), Detail: r.Key + ": " + r.Human})
		case errors.As(err, &failed):
			code := "processing"
			if failed.Budget {
				code = "too-costly"
			}
			c.issues = append(c.issues, fault.Issue{Severity: "warning", Code: code, Expression: e.Path(), Detail: r.Key + " was not checked: " + failed.Detail})
		default:
			c.err = err
			return
		}
	}
}

// broken reports whether the result of a rule says that it does not hold. A rule must be true, so one that comes to nothing is broken:
// what it asks for is not there, or can't be told, as whether 2012-01 comes before 2012-01-15.
//
// https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.constraint.expression
func broken(result path.Collection) bool {
	return len(result) == 0 || len(result) == 1 && path.Value(result[0]) == path.Boolean(false)
}
