package interaction

import (
	"context"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/patch"
)

// diff answers with the FHIRPath Patch that turns one version into another: of an instance the version before, or fromVersion,
// into the current one; of the system whatever from and to name, if both are of one type.
//
// Errors: Invalid for a parameter that is not understood or types that differ; NotFound, Gone; Forbidden for a type that the
// caller may not read.
func (e *Engine) diff(ctx context.Context, c *Call) (*Answer, error) {
	in, err := c.input()
	if err != nil {
		return nil, err
	}
	meta, err := in.flag("includeMeta")
	if err != nil {
		return nil, err
	}
	from, to, err := e.compared(ctx, c, in)
	if err != nil {
		return nil, err
	}
	a, err := shown(from)
	if err != nil {
		return nil, err
	}
	b, err := shown(to)
	if err != nil {
		return nil, err
	}
	return parametersAnswer(patch.Diff(a, b, meta))
}

// compared reads the two versions that are compared.
func (e *Engine) compared(ctx context.Context, c *Call, in *input) (from, to *chart.Version, err error) {
	const op = "interaction.diff"
	if c.ID == "" {
		if from, err = e.named(ctx, c, in, "from"); err != nil {
			return nil, nil, err
		}
		if to, err = e.named(ctx, c, in, "to"); err == nil && from.Type != to.Type {
			err = fault.New(fault.Invalid, op, "from and to are of one type; these are %s and %s", from.Type, to.Type)
		}
		return from, to, err
	}
	if in.first("from") != "" || in.first("to") != "" {
		return nil, nil, fault.New(fault.Invalid, op, "from and to belong to $diff on the whole server; of one resource there is fromVersion")
	}
	if to, err = c.book.Read(ctx, c.key()); err != nil {
		return nil, nil, err
	}
	vid := to.VID - 1
	if text := in.first("fromVersion"); text != "" {
		if vid, err = strconv.ParseInt(text, 10, 64); err != nil || vid < 1 {
			return nil, nil, fault.AtParam(op, "fromVersion", "fromVersion is the number of a version")
		}
	}
	if vid == 0 {
		return nil, nil, fault.New(fault.NotFound, op, "%s has no version before the current one", c.key())
	}
	from, err = c.book.ReadVersion(ctx, c.key(), vid)
	return from, to, err
}

// named reads the resource or version that a parameter names, as the caller may read its type.
func (e *Engine) named(ctx context.Context, c *Call, in *input, name string) (*chart.Version, error) {
	const op = "interaction.diff"
	bad := fault.AtParam(op, name, "%s is a resource or version, such as Patient/1/_history/2", name)
	path := strings.TrimPrefix(in.first(name), c.Base+"/")
	t, err := Route("GET", path)
	if err != nil || t.Interaction != r4route.Read && t.Interaction != r4route.VRead {
		return nil, bad
	}
	grant, err := e.grant(ctx, c, access.Read, t.Type)
	if err != nil {
		return nil, err
	}
	book, key := c.book.With(grant), chart.Key{Type: t.Type, ID: t.ID}
	if t.Interaction == r4route.Read {
		return book.Read(ctx, key)
	}
	vid, err := strconv.ParseInt(t.VID, 10, 64)
	if err != nil {
		return nil, bad
	}
	return book.ReadVersion(ctx, key, vid)
}

// shown decodes a version as a client sees it, with its versionId and lastUpdated.
func shown(v *chart.Version) (r4.Resource, error) {
	r, err := r4.Unmarshal(v.AppendJSON(nil))
	return r, fault.Wrap(fault.Internal, "interaction.decode", err)
}

// parametersAnswer answers with the result of an operation.
func parametersAnswer(p *r4.Parameters) (*Answer, error) {
	body, err := r4.Marshal(p)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, opParameters, err)
	}
	return &Answer{Status: 200, Body: JSON(body)}, nil
}
