package resolve

import (
	"cmp"
	"slices"
	"strings"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

// methods are the members of a path item that are operations.
var methods = []string{"get", "post", "put", "delete", "patch"}

// routes resolves the operations of the Standard and Portal APIs.
func (r *accessResolver) routes() {
	for _, api := range []struct {
		name, file, context string
		doc                 load.APIDocument
	}{
		{"standard", load.StandardFile, "user", r.in.Standard},
		{"portal", load.PortalFile, "patient", r.in.Portal},
	} {
		for _, path := range sortedKeys(api.doc.Paths) {
			item := api.doc.Paths[path]
			for _, method := range methods {
				node, ok := item[method]
				if !ok {
					continue
				}
				var op load.APIOperation
				if err := node.Decode(&op); err != nil {
					r.fail(api.file, "%s %s: %v", method, path, err)
					continue
				}
				route := r.route(api.file, api.context, path, op)
				route.API, route.Method, route.Path = api.name, strings.ToUpper(method), path
				r.a.Routes = append(r.a.Routes, route)
			}
		}
	}
	slices.SortFunc(r.a.Routes, func(a, b model.Route) int { return cmp.Compare(a.ID, b.ID) })
	for i := 1; i < len(r.a.Routes); i++ {
		if r.a.Routes[i].ID == r.a.Routes[i-1].ID {
			r.fail(load.StandardFile, "operationId %s is used twice", r.a.Routes[i].ID)
		}
	}
}

// route resolves one operation. Its letter follows from the audited action, and whether it reads one record or finds several from
// its path: one that ends in a parameter names one record.
func (r *accessResolver) route(file, context, path string, op load.APIOperation) model.Route {
	route := model.Route{ID: op.ID, Audit: op.Audit.Type, Need: model.Need{Right: model.NeedStaff}}
	if op.ID == "" {
		r.fail(file, "%s has an operation without operationId", path)
	}
	switch op.Audit.Action {
	case "C":
		route.Action = 'c'
	case "U":
		route.Action = 'u'
	case "D":
		route.Action = 'd'
	case "R", "":
		route.Action = 's'
		if strings.HasSuffix(path, "}") {
			route.Action = 'r'
		}
	default:
		r.fail(file, "operation %s: audit action %q", op.ID, op.Audit.Action)
	}
	for _, text := range op.Scope {
		r.routeScope(file, context, op.ID, text, &route)
	}
	if op.ACL != nil {
		levels := uint8(changing)
		if strings.IndexByte("rs", route.Action) >= 0 {
			levels = anyLevel
		}
		if len(op.ACL.Level) > 0 {
			levels = 0
			for _, name := range op.ACL.Level {
				i := slices.Index([]string{"view", "addonly", "wsome", "write"}, name)
				if i < 0 {
					r.fail(file, "operation %s: level %q", op.ID, name)
					continue
				}
				levels |= 1 << i
			}
		}
		route.Need = r.need(file, op.ID, op.ACL.Section+"/"+op.ACL.Value, levels)
	}
	return route
}

// routeScope reads one of the scopes of which each opens a route: {context}/{word}.read, .write or .$operation.
func (r *accessResolver) routeScope(file, context, id, text string, route *model.Route) {
	word, permission, ok := strings.Cut(strings.TrimPrefix(text, context+"/"), ".")
	if !ok || !strings.HasPrefix(text, context+"/") || route.Word != "" && route.Word != word {
		r.fail(file, "operation %s: scope %s is not one of %s/", id, text, context)
		return
	}
	route.Word = word
	reads := strings.IndexByte("rs", route.Action) >= 0
	switch {
	case strings.HasPrefix(permission, "$"):
		route.Own = permission
		if !slices.ContainsFunc(r.in.Scopes.OperationScopes, func(s load.ScopeText) bool { return s.Scope == text }) {
			r.fail(file, "operation %s: scope %s has no text in spec/%s", id, text, load.ScopesFile)
		}
	case permission == "read" && reads, permission == "write" && !reads:
	default:
		r.fail(file, "operation %s: scope %s does not fit the audited action", id, text)
	}
}

// words resolves the resources of the Standard and Portal APIs: those that some operation asks for, with the letters that the
// operations use.
func (r *accessResolver) words() {
	used := map[string]*model.AccessWord{}
	for _, route := range r.a.Routes {
		if route.Word == "" {
			continue
		}
		w := used[route.Word]
		if w == nil {
			w = &model.AccessWord{Name: route.Word}
			used[route.Word] = w
		}
		letter := model.Letters(1) << strings.IndexByte(letterOrder, route.Action)
		if route.API == "portal" {
			w.Patient |= letter
		} else {
			w.User |= letter
		}
	}
	for _, p := range r.in.Scopes.Words {
		if p.Word == "" || p.Text == "" {
			r.fail(load.ScopesFile, "word %q lacks a text", p.Word)
		}
		w := used[p.Word]
		if w == nil {
			if p.User == "" {
				continue
			}
			w = &model.AccessWord{Name: p.Word}
		}
		w.Phrase, w.Shared = p.Text, p.Shared
		w.User |= r.letters(load.ScopesFile, p.Word, p.User)
		delete(used, p.Word)
		r.a.Words = append(r.a.Words, *w)
	}
	for _, name := range sortedKeys(used) {
		r.fail(load.ScopesFile, "the word %s, which operations ask for, is not listed", name)
	}
	slices.SortFunc(r.a.Words, func(a, b model.AccessWord) int { return cmp.Compare(a.Name, b.Name) })
}
