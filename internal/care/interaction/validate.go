package interaction

import (
	"context"
	"errors"
	"slices"
	"strings"

	"chartwright/gen/r4"
	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/invariant"
	"chartwright/internal/fhir/validate"
)

// validate checks a resource without storing it: the one in the body or, for an instance without one, the stored one. The
// answer is an OperationOutcome with status 200 whatever the finding is: the check itself has succeeded.
//
// The modes create, update and delete also check whether the caller could do that; delete looks at no content. A profile that
// is a base definition is checked; any other is a finding of its own, not a silent pass.
//
// https://hl7.org/fhir/R4/resource-operation-validate.html
func (e *Engine) validate(ctx context.Context, c *Call) (*Answer, error) {
	const op = "interaction.validate"
	in, err := c.anyInput()
	var bad *fault.Error
	if errors.As(err, &bad) && bad.Kind == fault.Invalid {
		return &Answer{Status: 200, Body: OutcomeOf(bad, "")}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := c.only(in, "mode", "profile"); err != nil {
		return nil, err
	}
	v := &validation{mode: in.first("mode"), profile: in.first("profile"), resource: in.resource}
	if v.resource == nil && c.ID != "" {
		if v.resource, _, err = c.book.Get(ctx, c.key()); err != nil {
			return nil, err
		}
	} else if v.resource == nil {
		return nil, fault.New(fault.Invalid, op, "there is no resource to check")
	}
	v.typed(c)
	v.action(ctx, c)
	v.profiles()
	if v.mode != "delete" {
		v.issues = append(v.issues, validate.Resource(v.resource, validate.Full)...)
		broken, err := invariant.Check(ctx, v.resource)
		if err != nil {
			return nil, err
		}
		v.issues = append(v.issues, broken...)
	}
	if !slices.ContainsFunc(v.issues, fault.Issue.Refuses) {
		v.issues = append(v.issues, fault.Issue{Severity: "information", Code: "informational", Detail: "no error was found"})
	}
	return &Answer{Status: 200, Body: Outcome(v.issues...)}, nil
}

// validation is one call of $validate on its way.
type validation struct {
	mode, profile string
	resource      r4.Resource
	issues        []fault.Issue
}

func (v *validation) find(code, expression, detail string) {
	v.issues = append(v.issues, fault.Issue{Code: code, Expression: expression, Detail: detail})
}

func (v *validation) typed(c *Call) {
	if name := v.resource.Type().Name; name != c.Type {
		v.find("invalid", name, "a "+c.Type+" is expected here")
	}
}

// action checks whether what the mode names could be done.
func (v *validation) action(ctx context.Context, c *Call) {
	var action access.Action
	switch v.mode {
	case "", "profile":
		if v.mode != "" && v.profile == "" {
			v.find("required", "", "the mode profile needs the parameter profile")
		}
		return
	case "create":
		action = access.Create
		if c.ID != "" {
			v.find("invalid", "", "a resource that is there can't be created; the mode create is called on the type")
		}
	case "update":
		action = access.Update
		v.update(ctx, c)
	case "delete":
		action = access.Delete
		if c.ID == "" {
			v.find("invalid", "", "the mode delete is called on the resource that would be deleted")
		}
	default:
		v.find("code-invalid", "", "mode is one of create, update, delete and profile")
		return
	}
	if _, err := decide(c, action, c.Type); err != nil {
		v.find(fault.Forbidden.IssueCode(), "", "you may not "+v.mode+" a "+c.Type)
	}
}

func (v *validation) update(ctx context.Context, c *Call) {
	switch {
	case c.ID == "":
		v.find("invalid", "", "the mode update is called on the resource that would be updated")
	case v.resource.IDField().V != c.ID:
		v.find("invalid", v.resource.Type().Name+".id", "an update carries the id of the URL")
	default:
		if _, err := c.book.Glance(ctx, c.key()); fault.Is(err, fault.NotFound) && !c.Settings.UpdateAsCreate {
			v.find(fault.NotFound.IssueCode(), "", "there is no such resource, and clients may not choose ids on this site")
		}
	}
}

// baseProfile begins the canonicals of the base definitions.
const baseProfile = "http://hl7.org/fhir/StructureDefinition/"

// profiles checks the profile that was asked for, if it is one that is known: a base definition.
func (v *validation) profiles() {
	if v.profile == "" {
		return
	}
	typ := v.resource.Type().Name
	url, version, _ := strings.Cut(v.profile, "|")
	name, isBase := strings.CutPrefix(url, baseProfile)
	switch {
	case !isBase || version != "" && version != "4.0.1" || r4route.Lookup(name) == nil && name != "Resource" && name != "DomainResource":
		v.find("not-supported", "", "the profile "+v.profile+" is not known to this server, so nothing is said about it")
	case name == "DomainResource" && (typ == "Binary" || typ == "Bundle" || typ == "Parameters"), name != typ && name != "Resource" && name != "DomainResource":
		v.find("invalid", typ, "the profile "+v.profile+" is about another type than "+typ)
	}
}
