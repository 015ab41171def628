package resolve

import (
	"cmp"
	"slices"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

// terminology takes over the code systems and value sets. One that is defined twice counts as its last definition says, as it
// does for bindings.
func (r *resolver) terminology() {
	systems := map[string]*model.CodeSystem{}
	for _, c := range r.in.CodeSystems {
		systems[c.URL] = &model.CodeSystem{
			URL: c.URL, Version: c.Version, Content: c.Content, HierarchyMeaning: c.HierarchyMeaning, Concepts: concepts(c.Concept),
		}
	}
	sets := map[string]*model.SetDefinition{}
	for _, v := range r.in.ValueSets {
		sets[v.URL] = &model.SetDefinition{URL: v.URL, Version: v.Version, Include: setRules(v.Compose.Include), Exclude: setRules(v.Compose.Exclude)}
	}
	t := &r.m.Terminology
	for _, c := range systems {
		t.CodeSystems = append(t.CodeSystems, c)
	}
	for _, v := range sets {
		t.Sets = append(t.Sets, v)
	}
	slices.SortFunc(t.CodeSystems, func(a, b *model.CodeSystem) int { return cmp.Compare(a.URL, b.URL) })
	slices.SortFunc(t.Sets, func(a, b *model.SetDefinition) int { return cmp.Compare(a.URL, b.URL) })
}

func concepts(list []load.Concept) []*model.Concept {
	var out []*model.Concept
	for _, c := range list {
		one := &model.Concept{Code: c.Code, Concepts: concepts(c.Concept)}
		for _, p := range c.Property {
			if p.Code == "child" && p.ValueCode != "" {
				one.Also = append(one.Also, p.ValueCode)
			}
		}
		out = append(out, one)
	}
	return out
}

func setRules(list []load.ValueSetInclude) []model.SetRule {
	var out []model.SetRule
	for _, inc := range list {
		rule := model.SetRule{System: inc.System, Version: inc.Version, Sets: inc.ValueSet}
		for _, c := range inc.Concept {
			rule.Codes = append(rule.Codes, c.Code)
		}
		for _, f := range inc.Filter {
			rule.Filters = append(rule.Filters, model.SetFilter(f))
		}
		out = append(out, rule)
	}
	return out
}
