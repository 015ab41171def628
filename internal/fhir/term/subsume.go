package term

import "context"

// Below returns the codes that code subsumes in a code system, itself among them.
//
// Errors: Invalid for a code system or code that is not known, and for a system that does not give all its codes or whose
// hierarchy does not mean is-a; TooCostly when a limit is passed; those of defs.
//
// https://hl7.org/fhir/R4/codesystem-operation-subsumes.html
func Below(ctx context.Context, defs Definitions, system, code string) ([]Code, error) {
	return related(ctx, defs, system, code, (*CodeSystem).Below)
}

// Above returns the codes that subsume code in a code system, itself among them. Errors: as [Below].
func Above(ctx context.Context, defs Definitions, system, code string) ([]Code, error) {
	return related(ctx, defs, system, code, (*CodeSystem).Above)
}

func related(ctx context.Context, defs Definitions, system, code string, walk func(*CodeSystem, string) []string) ([]Code, error) {
	c, err := defs.CodeSystem(ctx, system)
	switch {
	case err != nil:
		return nil, err
	case c == nil:
		return nil, unknown("code system", system)
	case !c.Complete:
		return nil, unsupported("the codes of %s are not given here in full", system)
	case !c.Subsumes:
		return nil, unsupported("the hierarchy of %s does not mean is-a", system)
	case !c.Has(code):
		return nil, unknown("code "+code+" of the code system", system)
	}
	list := walk(c, code)
	if len(list) > MaxCodes {
		return nil, costly("more than %d codes of %s stand above or below this one", MaxCodes, system)
	}
	out := make([]Code, len(list))
	for i, one := range list {
		out[i] = Code{c.URL, one}
	}
	return out, nil
}
