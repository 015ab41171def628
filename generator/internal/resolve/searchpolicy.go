package resolve

import (
	"cmp"
	"slices"
	"strings"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

// searchPolicy works the policy of the search parameters into the definitions: what is dropped disappears, what is corrected
// is replaced. An entry that finds nothing to change is a finding.
func (r *resolver) searchPolicy() {
	p := r.in.SearchPolicy
	if p == nil {
		return
	}
	at := load.Place{File: p.File}
	for _, d := range p.Drop {
		n := len(r.in.Searches)
		r.in.Searches = slices.DeleteFunc(r.in.Searches, func(s *load.SearchParameter) bool { return s.URL == d.URL })
		if len(r.in.Searches) == n {
			r.fail(at, "no search parameter %s to drop", d.URL)
		}
	}
	for _, c := range p.Corrections {
		if !r.correctSearch(c) {
			r.fail(at, "nothing to correct in search parameter %s", c.URL)
		}
	}
	out := &model.SearchPolicy{}
	for _, s := range p.Special {
		out.Special = append(out.Special, s.Code)
	}
	for _, s := range p.Undefined {
		out.Undefined = append(out.Undefined, s.Code)
	}
	for _, h := range p.Handwritten {
		out.Handwritten = append(out.Handwritten, model.SearchHandwritten{URL: h.URL, Element: h.Element, Method: h.Method, Boolean: h.Boolean})
	}
	for _, o := range p.Owner {
		out.Owner = append(out.Owner, model.SearchOwner{
			Type: o.Type, Params: sorted(o.Params), Element: o.Element, Self: o.Self, Many: o.Many,
		})
	}
	slices.SortFunc(out.Owner, func(a, b model.SearchOwner) int { return cmp.Compare(a.Type, b.Type) })
	r.m.SearchPolicy = out
}

func (r *resolver) correctSearch(c load.SearchCorrection) bool {
	for _, s := range r.in.Searches {
		if s.URL != c.URL {
			continue
		}
		if c.Component == "" {
			changed := s.Expression != c.Expression
			s.Expression = c.Expression
			return changed
		}
		for i := range s.Component {
			if e := &s.Component[i]; strings.HasSuffix(e.Definition, "/"+c.Component) && e.Expression != c.Expression {
				e.Expression = c.Expression
				return true
			}
		}
	}
	return false
}
