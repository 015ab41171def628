package resolve

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

// searchParameters takes over the search parameters. Their expressions are compiled by the emitter of the extractors; here
// only what they refer to is checked.
func (r *resolver) searchParameters() {
	byURL := map[string]*model.SearchParameter{}
	for _, s := range r.in.Searches {
		if byURL[s.URL] != nil {
			r.fail(s.Place, "search parameter %s is defined twice", s.URL)
			continue
		}
		p := &model.SearchParameter{
			URL: s.URL, ID: s.ID, Code: s.Code, Type: s.Type, Expression: s.Expression, Description: s.Description,
			Base: sorted(s.Base), Target: sorted(s.Target), Comparators: sorted(s.Comparator), Modifiers: sorted(s.Modifier),
			MultipleOr: s.MultipleOr == nil || *s.MultipleOr, MultipleAnd: s.MultipleAnd == nil || *s.MultipleAnd,
		}
		for _, c := range s.Component {
			p.Components = append(p.Components, model.SearchComponent{Definition: c.Definition, Expression: c.Expression})
		}
		for _, b := range p.Base {
			if t := r.types[b]; t == nil || t.Kind != model.Resource {
				r.fail(s.Place, "search parameter %s: base %s is no resource type", s.URL, b)
			}
		}
		byURL[s.URL] = p
		r.m.SearchParameters = append(r.m.SearchParameters, p)
	}
	for _, s := range r.in.Searches {
		for i := range byURL[s.URL].Components {
			c := &byURL[s.URL].Components[i]
			if c.Parameter = byURL[c.Definition]; c.Parameter == nil {
				r.fail(s.Place.Item("component", i), "search parameter %s: no parameter %s", s.URL, c.Definition)
			}
		}
	}
	slices.SortFunc(r.m.SearchParameters, func(a, b *model.SearchParameter) int { return cmp.Compare(a.URL, b.URL) })
}

// compartments takes over the compartment definitions of the core; parameters that do not exist are a finding.
func (r *resolver) compartments() {
	codes := map[string]bool{}
	for _, p := range r.m.SearchParameters {
		for _, b := range p.Base {
			codes[b+"."+p.Code] = true
		}
	}
	for _, c := range r.in.Compartments {
		out := &model.Compartment{Code: c.Code, URL: c.URL}
		for i, res := range c.Resource {
			if t := r.types[res.Code]; t == nil || t.Kind != model.Resource {
				r.fail(c.Place.Item("resource", i), "compartment %s: %s is no resource type", c.Code, res.Code)
			}
			for _, p := range res.Param {
				if p != "{def}" && !codes[res.Code+"."+p] {
					r.fail(c.Place.Item("resource", i), "compartment %s: %s has no parameter %s", c.Code, res.Code, p)
				}
			}
			out.Resources = append(out.Resources, model.CompartmentResource{Type: res.Code, Params: sorted(res.Param)})
		}
		slices.SortFunc(out.Resources, func(a, b model.CompartmentResource) int { return cmp.Compare(a.Type, b.Type) })
		r.m.Compartments = append(r.m.Compartments, out)
	}
	slices.SortFunc(r.m.Compartments, func(a, b *model.Compartment) int { return cmp.Compare(a.Code, b.Code) })
}

// operations takes over the operation definitions.
func (r *resolver) operations() {
	for _, o := range r.in.Operations {
		out := &model.Operation{
			URL: o.URL, ID: o.ID, Name: o.Name, Title: o.Title, Code: o.Code, Kind: o.Kind, AffectsState: o.AffectsState,
			Resources: sorted(o.Resource), System: o.System, Type: o.Type, Instance: o.Instance,
		}
		out.Parameters = r.operationParameters(o.Place, o.Parameter)
		r.m.Operations = append(r.m.Operations, out)
	}
	slices.SortFunc(r.m.Operations, func(a, b *model.Operation) int { return cmp.Compare(a.URL, b.URL) })
}

func (r *resolver) operationParameters(at load.Place, in []load.OperationParameter) []model.OperationParameter {
	var out []model.OperationParameter
	for i, p := range in {
		q := model.OperationParameter{Name: p.Name, Out: p.Use == "out", Min: p.Min, Type: p.Type}
		for _, t := range p.TargetProfile {
			q.Targets = append(q.Targets, strings.TrimPrefix(t, structurePrefix))
		}
		if p.Max != "*" {
			n, err := strconv.Atoi(p.Max)
			if err != nil {
				r.fail(at.Item("parameter", i), "operation parameter %s: max %q", p.Name, p.Max)
			}
			q.Max = n
		}
		q.Parts = r.operationParameters(at.Item("parameter", i), p.Part)
		out = append(out, q)
	}
	return out
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}
