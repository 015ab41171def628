package interaction

import (
	"context"
	"errors"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/validate"
)

// validate checks a resource without storing it: the one in the body or, for an instance without a body, the stored one. The
// answer is an OperationOutcome with status 200 whatever the finding is: the check itself has succeeded.
//
// A profile can't be checked yet; asking for one is an error in the answer, not a silent pass.
//
// https://hl7.org/fhir/R4/resource-operation-validate.html
func (e *Engine) validate(ctx context.Context, c *Call) (*Answer, error) {
	in, err := c.input()
	var bad *fault.Error
	if errors.As(err, &bad) && bad.Kind == fault.Invalid {
		return &Answer{Status: 200, Body: OutcomeOf(bad, "")}, nil
	}
	if err != nil {
		return nil, err
	}
	r := in.resource
	if r == nil {
		if c.ID == "" {
			return nil, fault.New(fault.Invalid, "interaction.validate", "there is no resource to check")
		}
		if r, _, err = c.book.Get(ctx, c.key()); err != nil {
			return nil, err
		}
	}
	return &Answer{Status: 200, Body: Outcome(findings(c, in, r)...)}, nil
}

func findings(c *Call, in *input, r r4.Resource) []fault.Issue {
	name := r.Type().Name
	var issues []fault.Issue
	if name != c.Type {
		issues = append(issues, fault.Issue{Code: "invalid", Expression: name, Detail: "a " + c.Type + " is expected here"})
	}
	switch mode := in.first("mode"); mode {
	case "", "create", "delete", "profile":
	case "update":
		if c.ID != "" && r.IDField().V != c.ID {
			issues = append(issues, fault.Issue{Code: "invalid", Expression: name + ".id", Detail: "an update carries the id of the URL"})
		}
	default:
		issues = append(issues, fault.Issue{Code: "code-invalid", Detail: "mode is one of create, update, delete and profile"})
	}
	if in.first("profile") != "" {
		issues = append(issues, fault.Issue{Code: "not-supported", Detail: "this server checks the base definitions, not profiles"})
	}
	if issues = append(issues, validate.Resource(r, validate.Full)...); len(issues) == 0 {
		issues = []fault.Issue{{Severity: "information", Code: "informational", Detail: "no fault was found"}}
	}
	return issues
}
