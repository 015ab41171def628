package interaction

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/fault"
)

// validate checks a resource without storing it: the one in the body or, for an instance without one, the stored one. The
// answer is an OperationOutcome with status 200 whatever the finding is: the check itself has succeeded.
//
// The modes create, update and delete also check whether the caller could do that; delete looks at no content. A profile that
// is a base definition is checked; any other is a finding of its own, not a silent pass.
//
// Errors: Invalid; of a stored resource those of [Engine.Read]. It is not known to who may not read it as well: the right to check what
// he sends himself shows nobody what is there.
//
// https://hl7.org/fhir/R4/resource-operation-validate.html
func (e *Engine) validate(ctx context.Context, c *Call) (*Answer, error) {
	v, err := e.validation(ctx, c)
	if err != nil {
		return nil, err
	}
	if v.resource != nil {
		v.typed(c)
		v.action(ctx, e, c)
		v.profiles()
		if err := v.content(ctx); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(v.issues, fault.Issue.Refuses) {
		v.issues = append(v.issues, fault.Issue{Severity: "information", Code: "informational", Detail: "no error was found"})
	}
	return &Answer{Status: 200, Body: Outcome(v.issues...)}, nil
}

// validation is one call of $validate on its way.
type validation struct {
	mode, profile string
	resource      r4.Resource // nil if none could be read
	issues        []fault.Issue
	broken        *unreadable // what could not be read, if there was anything
}

// validation reads what $validate is called with. What can't be read of a resource is a finding, and the rest of it is checked.
//
// Errors: Invalid for another parameter than mode, profile and resource, or if there is no resource; those of [Engine.storedFor] for a
// stored one.
func (e *Engine) validation(ctx context.Context, c *Call) (*validation, error) {
	v := &validation{}
	r, err := c.sent()
	if c.Unread != nil {
		err = c.Unread
	}
	if fault.Is(err, fault.Invalid) {
		var rest []byte
		v.broken, rest = readableInput(c.Body, err)
		if v.issues = v.broken.issues; rest == nil {
			return v, nil
		}
		r, err = r4.Unmarshal(rest)
	}
	if err != nil {
		return nil, err
	}
	var in *input
	if c.Type == "Parameters" && c.ID == "" && !holdsResource(r) { // it is what is to be checked itself
		if in, err = c.inputOf(nil); err == nil {
			in.resource = r
		}
	} else {
		in, err = c.inputOf(r)
	}
	if err == nil {
		err = c.only(in)
	}
	if err != nil {
		return nil, err
	}
	v.mode, v.profile, v.resource = in.first("mode"), in.first("profile"), in.resource
	switch {
	case v.resource != nil:
	case c.ID != "":
		v.resource, err = e.storedFor(ctx, c)
	default:
		err = fault.New(fault.Invalid, "interaction.validate", "there is no resource to check")
	}
	return v, err
}

// storedFor returns the stored resource that the call names, for who may both do what was asked and read it: to others it is not known.
//
// Errors: those of [record.Book.Read].
func (e *Engine) storedFor(ctx context.Context, c *Call) (r4.Resource, error) {
	grant, err := e.grant(ctx, c, access.Read, c.Type)
	if fault.Is(err, fault.Forbidden) {
		err = fault.New(fault.NotFound, "interaction.validate", "%s is not known", c.key())
	}
	if err != nil {
		return nil, err
	}
	r, _, err := c.book.With(grant).Get(ctx, c.key())
	if err == nil {
		_, err = c.book.Glance(ctx, c.key())
	}
	return r, err
}

// holdsResource reports whether r is Parameters with the parameter resource: what an operation is called with, and not the
// resource that it is about.
func holdsResource(r r4.Resource) bool {
	ps, ok := r.(*r4.Parameters)
	return ok && slices.ContainsFunc(ps.Parameter, func(p r4.ParametersParameter) bool { return p.Resource != nil && p.Name.V == "resource" })
}

// content holds the resource against its definition, but for the mode delete. Errors: those of ctx.
func (v *validation) content(ctx context.Context) error {
	if v.mode == "delete" {
		return nil
	}
	found, err := record.Findings(ctx, v.resource)
	for _, issue := range found {
		if v.broken != nil {
			if issue.Expression = v.broken.place(issue.Expression); !v.broken.concerns(issue) {
				continue
			}
		}
		v.issues = append(v.issues, issue)
	}
	return err
}

func (v *validation) find(code, expression, detail string) {
	v.issues = append(v.issues, fault.Issue{Code: code, Expression: expression, Detail: detail})
}

func (v *validation) typed(c *Call) {
	if name := v.resource.Type().Name; name != c.Type {
		v.find("invalid", name, c.Type+" is expected here")
	}
}

// action checks whether what the mode names could be done.
func (v *validation) action(ctx context.Context, e *Engine, c *Call) {
	var action access.Action
	switch v.mode {
	case "", "profile":
		if v.mode != "" && v.profile == "" {
			v.find("required", fault.ParamExpression("profile"), "the mode profile needs the parameter profile")
		}
		return
	case "create":
		action = access.Create
		if c.ID != "" {
			v.find("invalid", fault.ParamExpression("mode"), "a resource that is there can't be created; the mode create is called on the type")
		}
	case "update":
		action = access.Update
		v.update(ctx, e, c)
	case "delete":
		action = access.Delete
		if c.ID == "" {
			v.find("invalid", fault.ParamExpression("mode"), "the mode delete is called on the resource that would be deleted")
		}
	default:
		v.find("code-invalid", fault.ParamExpression("mode"), "mode is one of create, update, delete and profile")
		return
	}
	if _, err := decide(c, action, c.Type); err != nil {
		v.find(fault.Forbidden.IssueCode(), fault.Forbidden.Expression(), "you may not "+v.mode+" a "+c.Type)
	}
}

func (v *validation) update(ctx context.Context, e *Engine, c *Call) {
	switch {
	case c.ID == "":
		v.find("invalid", fault.ParamExpression("mode"), "the mode update is called on the resource that would be updated")
	case v.resource.IDField().V != c.ID:
		v.find("invalid", v.resource.Type().Name+".id", "an update carries the id of the URL")
	case c.Settings.UpdateAsCreate:
	default:
		book, err := e.bookFor(c, access.Update, c.Type)
		if err != nil {
			return // as action finds
		}
		if _, err := book.Glance(ctx, c.key()); fault.Is(err, fault.NotFound) {
			v.find(fault.NotFound.IssueCode(), fault.NotFound.Expression(), "there is no such resource, and clients may not choose ids on this site")
		}
	}
}

// baseProfile begins the canonicals of the base definitions.
const baseProfile = "http://hl7.org/fhir/StructureDefinition/"

// profiles checks the profile that was asked for, if it is one that is known: a base definition. Of the others that the resource claims
// to follow it says that it was not held against them.
func (v *validation) profiles() {
	typ := v.resource.Type().Name
	if meta := *v.resource.MetaField(); meta != nil {
		for i, p := range meta.Profile {
			if _, known := definitionNamed(p.V); !known && p.V != v.profile {
				v.issues = append(v.issues, fault.Issue{
					Severity: "warning", Code: "not-supported", Expression: typ + ".meta.profile[" + strconv.Itoa(i) + "]",
					Detail: "this profile is not known to this server; the resource was not held against it",
				})
			}
		}
	}
	if v.profile == "" {
		return
	}
	switch name, known := definitionNamed(v.profile); {
	case !known:
		v.find("not-supported", fault.ParamExpression("profile"), "the profile "+v.profile+" is not known to this server, so nothing is said about it")
	case !r4.TypeByName(typ).Is(name):
		v.find("invalid", typ, "the profile "+v.profile+" is about another type than "+typ)
	}
}

// definitionNamed returns the type that a canonical names the base definition of.
func definitionNamed(canonical string) (name string, known bool) {
	url, version, _ := strings.Cut(canonical, "|")
	name, isBase := strings.CutPrefix(url, baseProfile)
	known = isBase && (version == "" || version == "4.0.1") && (r4route.Lookup(name) != nil || name == "Resource" || name == "DomainResource")
	return name, known
}
