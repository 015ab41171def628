package resolve

import (
	"cmp"
	"slices"
	"strings"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

// valueSets expands the value sets of required bindings and ties the fields to them. Other bindings are facts for documents.
func (r *resolver) valueSets() {
	x := &expander{sets: map[string]*load.ValueSet{}, systems: map[string]*load.CodeSystem{}, open: map[string]string{}}
	for _, v := range r.in.ValueSets {
		x.sets[v.URL] = v
	}
	for _, c := range r.in.CodeSystems {
		x.systems[c.URL] = c
	}
	used := map[string]bool{}
	if p := r.in.Policy; p != nil {
		for _, o := range p.Open {
			x.open[o.URL] = cmp.Or(o.Check, "any")
		}
	}
	done := map[string]*model.ValueSet{}
	for _, t := range r.m.Types {
		for _, f := range t.Fields {
			if f.Binding == nil || f.Binding.Strength != "required" {
				continue
			}
			url, _, _ := strings.Cut(f.Binding.ValueSet, "|")
			set := done[url]
			if set == nil {
				set = &model.ValueSet{URL: url, Open: x.open[url]}
				used[url] = true
				if set.Open == "" {
					codes, why := x.expand(url, nil)
					if why != "" {
						r.unsupported(f.Path, "required binding to "+url+": "+why, r.placeOf(t))
						continue
					}
					set.Codes = codes
				}
				done[url] = set
				r.m.ValueSets = append(r.m.ValueSets, set)
			}
			f.Binding.Set = set
		}
	}
	for url := range x.open {
		if !used[url] {
			r.fail(load.Place{File: r.in.Policy.File}, "openValueSets entry %s: unused, nothing is bound to it", url)
		}
	}
	slices.SortFunc(r.m.ValueSets, func(a, b *model.ValueSet) int { return cmp.Compare(a.URL, b.URL) })
}

func (r *resolver) placeOf(t *model.Type) load.Place { return r.defs[t.Outer.Name].Place }

// expander turns value set definitions into codes.
type expander struct {
	sets    map[string]*load.ValueSet
	systems map[string]*load.CodeSystem
	open    map[string]string
}

// expand returns the codes of a value set, sorted and without repeats, or why it can't be done. Stack holds the sets under
// way.
func (x *expander) expand(url string, stack []string) (codes []model.Code, why string) {
	url, _, _ = strings.Cut(url, "|")
	if slices.Contains(stack, url) {
		return nil, "it includes itself"
	}
	v := x.sets[url]
	if v == nil {
		return nil, "no such value set"
	}
	stack = append(stack, url)
	for _, inc := range v.Compose.Include {
		more, why := x.include(inc, stack)
		if why != "" {
			return nil, why
		}
		codes = append(codes, more...)
	}
	for _, exc := range v.Compose.Exclude {
		less, why := x.include(exc, stack)
		if why != "" {
			return nil, why
		}
		codes = slices.DeleteFunc(codes, func(c model.Code) bool { return slices.Contains(less, c) })
	}
	slices.SortFunc(codes, compareCodes)
	return slices.Compact(codes), ""
}

func compareCodes(a, b model.Code) int {
	return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Code, b.Code))
}

// include returns the codes of one include: what its system part and all its value sets have in common.
// https://hl7.org/fhir/R4/valueset.html#compositions
func (x *expander) include(inc load.ValueSetInclude, stack []string) ([]model.Code, string) {
	var codes []model.Code
	if inc.System != "" {
		switch {
		case len(inc.Concept) > 0:
			for _, c := range inc.Concept {
				codes = append(codes, model.Code{System: inc.System, Code: c.Code})
			}
		case len(inc.Filter) > 0:
			f := inc.Filter[0]
			return nil, "filter " + f.Property + " " + f.Op + " " + f.Value
		default:
			cs := x.systems[inc.System]
			if cs == nil || cs.Content != "complete" {
				return nil, "the codes of " + inc.System + " are not given"
			}
			codes = allCodes(nil, cs.URL, cs.Concept)
		}
	}
	for i, url := range inc.ValueSet {
		in, why := x.expand(url, stack)
		if why != "" {
			return nil, why
		}
		if i == 0 && inc.System == "" {
			codes = in
			continue
		}
		codes = slices.DeleteFunc(codes, func(c model.Code) bool { return !slices.Contains(in, c) })
	}
	return codes, ""
}

func allCodes(to []model.Code, system string, concepts []load.Concept) []model.Code {
	for _, c := range concepts {
		to = append(to, model.Code{System: system, Code: c.Code})
		to = allCodes(to, system, c.Concept)
	}
	return to
}
