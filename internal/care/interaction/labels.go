package interaction

import (
	"context"
	"slices"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// maxLabels bounds the labels of each kind that an answer lists.
const maxLabels = 1000

// labels answers $meta on a type or on the whole server: what is in use there, each label once, without display names.
func (e *Engine) labels(ctx context.Context, c *Call) (*Answer, error) {
	types, book := []string{c.Type}, c.book
	if c.Type == "" {
		types = nil
		for _, typ := range typeNames {
			if g, err := decide(c, access.Read, typ); err == nil && g.Narrow.Whole(typ) {
				types, book = append(types, typ), c.book.With(g)
			}
		}
		if types == nil {
			return nil, e.refuse(ctx, c, access.Read, "", fault.New(fault.Forbidden, "interaction.meta", "you see all resources of no type"))
		}
	}
	kinds := map[int32]string{} // number of the rows → parameter
	var tokens, uris []int32
	for _, typ := range types {
		for _, code := range []string{"_profile", "_security", "_tag"} {
			p := e.records.Params().Lookup(typ, code)
			if p == nil {
				continue
			}
			for _, row := range p.Rows {
				kinds[row] = code
			}
			if code == "_profile" {
				uris = append(uris, p.Rows...)
			} else {
				tokens = append(tokens, p.Rows...)
			}
		}
	}
	found, err := book.Values(ctx, types, tokens, uris, maxLabels)
	if err != nil {
		return nil, err
	}
	m := &r4.Meta{}
	for _, v := range found {
		switch kinds[v.Param] {
		case "_profile":
			if !slices.ContainsFunc(m.Profile, func(x fhir.Canonical) bool { return x.V == v.Code }) {
				m.Profile = append(m.Profile, fhir.Canonical{V: v.Code})
			}
		case "_security":
			m.Security = addCodings(m.Security, labelOf(v))
		default:
			m.Tag = addCodings(m.Tag, labelOf(v))
		}
	}
	if len(m.Profile)+len(m.Tag)+len(m.Security) == 0 {
		return parametersAnswer(&r4.Parameters{}) // a Meta without content can't be said
	}
	p := r4.ParametersParameter{Name: fhir.NewString("return"), Value: m}
	return parametersAnswer(&r4.Parameters{Parameter: []r4.ParametersParameter{p}})
}

func labelOf(v chart.Value) []r4.Coding {
	coding := r4.Coding{Code: fhir.NewCode(v.Code)}
	if v.System != "" {
		coding.System = fhir.NewURI(v.System)
	}
	return []r4.Coding{coding}
}
