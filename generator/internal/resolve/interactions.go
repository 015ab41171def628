package resolve

import (
	"cmp"
	"slices"
	"strings"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

// interactions resolves the choice of FHIR interactions: everything it names must exist, and every entry must be of use.
func (r *resolver) interactions() {
	in := r.in.Interactions
	if in == nil {
		return
	}
	at := load.Place{File: load.InteractionsFile}
	out := &model.Interactions{All: in.Types.All}
	for _, route := range in.Routes {
		system := route.Level == "system"
		switch {
		case !system && route.Level != "type":
			r.fail(at, "%s: level %q is neither type nor system", route.Interaction, route.Level)
		case len(route.Access) != 1 || !strings.Contains("-*cruds", route.Access):
			r.fail(at, "%s: access %q is none of c r u d s * -", route.Interaction, route.Access)
		case !strings.HasPrefix(route.Path, "/"):
			r.fail(at, "%s: path %q does not begin with a slash", route.Interaction, route.Path)
		}
		i := slices.IndexFunc(out.List, func(x model.Interaction) bool { return x.Code == route.Interaction })
		if i < 0 {
			out.List = append(out.List, model.Interaction{Code: route.Interaction, System: system, Access: route.Access})
			i = len(out.List) - 1
		}
		if out.List[i].System != system || out.List[i].Access != route.Access {
			r.fail(at, "%s: its routes differ in level or access", route.Interaction)
		}
		if route.Capability != "" {
			out.List[i].Capabilities = strings.Fields(route.Capability)
		}
		out.Routes = append(out.Routes, model.InteractionRoute{Method: route.Method, Path: route.Path, Interaction: route.Interaction})
	}
	r.offered(out, at, "all", in.Types.All)
	except := map[string]bool{}
	for _, t := range r.m.Types {
		if t.Kind != model.Resource {
			continue
		}
		offer := model.InteractionType{Name: t.Name, URL: t.URL, Codes: in.Types.All}
		if own, ok := in.Types.Except[t.Name]; ok {
			offer.Own, offer.Codes, except[t.Name] = true, own, true
			r.offered(out, at, t.Name, own)
		}
		out.Types = append(out.Types, offer)
	}
	for name := range in.Types.Except {
		if !except[name] {
			r.fail(at, "types.except: %s is no resource type", name)
		}
	}
	slices.SortFunc(out.Types, func(a, b model.InteractionType) int { return cmp.Compare(a.Name, b.Name) })
	for i := range in.Operations {
		r.served(out, &in.Operations[i])
	}
	slices.SortFunc(out.Operations, func(a, b model.ServedOperation) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID))
	})
	r.m.Interactions = out
}

// offered checks that codes name interactions of a type.
func (r *resolver) offered(out *model.Interactions, at load.Place, typ string, codes []string) {
	for _, code := range codes {
		if !slices.ContainsFunc(out.List, func(x model.Interaction) bool { return x.Code == code && !x.System }) {
			r.fail(at, "types.%s: %s is no interaction of a type", typ, code)
		}
	}
}
