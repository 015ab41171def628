package interaction

import (
	"context"
	"slices"

	"chartwright/gen/r4"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// meta answers with the profiles, tags and security labels of a resource, or with all that the resources of a type have, or of
// the types that the caller may read.
//
// Errors: NotFound, Gone; Invalid for a parameter; Forbidden of a type or the whole server for a caller who does not see all of its resources.
//
// https://hl7.org/fhir/R4/resource-operation-meta.html
func (e *Engine) meta(ctx context.Context, c *Call) (*Answer, error) {
	if _, err := c.input(); err != nil {
		return nil, err
	}
	if c.ID == "" {
		return e.labels(ctx, c)
	}
	r, v, err := c.book.Get(ctx, c.key())
	if err != nil {
		return nil, err
	}
	return metaAnswer(r, v, true)
}

// metaAdd adds profiles, tags and security labels to a resource. That makes a version: what a label was when somebody read the
// resource can be told later.
//
// https://hl7.org/fhir/R4/resource-operation-meta-add.html
func (e *Engine) metaAdd(ctx context.Context, c *Call) (*Answer, error) {
	return e.changeMeta(ctx, c, func(have, change *r4.Meta) {
		for _, p := range change.Profile {
			if !slices.ContainsFunc(have.Profile, func(x fhir.Canonical) bool { return x.V == p.V }) {
				have.Profile = append(have.Profile, p)
			}
		}
		have.Tag = addCodings(have.Tag, change.Tag)
		have.Security = addCodings(have.Security, change.Security)
	})
}

// metaDelete takes profiles, tags and security labels from a resource.
//
// https://hl7.org/fhir/R4/resource-operation-meta-delete.html
func (e *Engine) metaDelete(ctx context.Context, c *Call) (*Answer, error) {
	return e.changeMeta(ctx, c, func(have, change *r4.Meta) {
		have.Profile = slices.DeleteFunc(have.Profile, func(x fhir.Canonical) bool {
			return slices.ContainsFunc(change.Profile, func(p fhir.Canonical) bool { return p.V == x.V })
		})
		have.Tag = removeCodings(have.Tag, change.Tag)
		have.Security = removeCodings(have.Security, change.Security)
	})
}

// changeMeta lets apply change the meta of a resource, under the conditions of the headers and the site's setting if_match, as an update.
//
// Errors: NotFound, Gone; Invalid; PreconditionFailed if the conditions do not hold; PreconditionRequired if the site demands If-Match
// and there is none.
func (e *Engine) changeMeta(ctx context.Context, c *Call, apply func(have, change *r4.Meta)) (*Answer, error) {
	in, err := c.input()
	if err != nil {
		return nil, err
	}
	change, ok := in.complex["meta"].(*r4.Meta)
	if !ok {
		return nil, fault.New(fault.Invalid, "interaction.meta", "the parameter meta is missing")
	}
	conditions, err := c.Header.conditions()
	if err != nil {
		return nil, err
	}
	if c.blind() {
		return nil, errBlind
	}
	var r r4.Resource
	var v *chart.Version
	err = c.book.Write(ctx, []chart.Key{c.key()}, func(u *record.Unit) error {
		if r, v, err = u.Get(c.key()); err != nil {
			return err
		}
		if err := conditions.admit(c.key(), v); err != nil {
			return err
		}
		have := r.MetaField()
		if *have == nil {
			*have = &r4.Meta{}
		}
		apply(*have, change)
		v, err = u.Update(r, chart.Expect{Version: v.VID})
		return err
	})
	if err != nil {
		return nil, err
	}
	seen, err := c.sees(ctx, v.Key, v.Owner, r)
	return metaAnswer(r, v, seen && err == nil) // the change stands: what can't be judged is not shown
}

// metaAnswer is the Parameters resource that holds the meta of a version; of one that the caller may not see, which it is and of when.
func metaAnswer(r r4.Resource, v *chart.Version, seen bool) (*Answer, error) {
	var m r4.Meta
	if have := *r.MetaField(); have != nil && seen {
		m = *have
	}
	m.VersionID = fhir.NewID(itoa(v.VID))
	m.LastUpdated = fhir.NewInstant(string(appendInstant(nil, v.Updated)))
	body, err := r4.Marshal(&r4.Parameters{Parameter: []r4.ParametersParameter{{Name: fhir.NewString("return"), Value: &m}}})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "interaction.meta", err)
	}
	return &Answer{Status: 200, Body: JSON(body)}, nil
}

func sameCoding(a, b *r4.Coding) bool { return a.System.V == b.System.V && a.Code.V == b.Code.V }

func addCodings(have, add []r4.Coding) []r4.Coding {
	for i := range add {
		if !slices.ContainsFunc(have, func(x r4.Coding) bool { return sameCoding(&x, &add[i]) }) {
			have = append(have, add[i])
		}
	}
	return have
}

func removeCodings(have, remove []r4.Coding) []r4.Coding {
	return slices.DeleteFunc(have, func(x r4.Coding) bool {
		return slices.ContainsFunc(remove, func(y r4.Coding) bool { return sameCoding(&x, &y) })
	})
}
