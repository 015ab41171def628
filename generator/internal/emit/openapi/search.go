package openapi

import (
	"cmp"
	"slices"
	"strings"

	"chartwright/generator/internal/model"
)

// searchable returns the search parameters of a type that the server answers, by code.
func (d *document) searchable(t *model.Type) []*model.SearchParameter {
	var out []*model.SearchParameter
	for _, p := range d.m.SearchParameters {
		if p.Type != "special" && !d.withoutRows(p.Code) && slices.ContainsFunc(p.Base, func(b string) bool { return b == t.Name || b == t.Base || b == "Resource" }) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *model.SearchParameter) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

// answered are the parameters without index rows that searches take all the same.
var answered = []string{"_content", "_id", "_lastUpdated", "_text"}

// withoutRows reports whether the policy says that a parameter is not in the index, and nothing else answers it.
func (d *document) withoutRows(code string) bool {
	return d.m.SearchPolicy != nil && slices.Contains(d.m.SearchPolicy.Special, code) && !slices.Contains(answered, code)
}

// fullText says what is asked of words, which no parameter type tells.
var fullText = map[string]string{
	"_content": "Words that all stand somewhere in the resource, whole and in any order, whatever case or accents.",
	"_text":    "Words that all stand in the narrative, whole and in any order, whatever case or accents.",
}

// forms say what the values of a parameter type look like.
var forms = map[string]string{ //nolint:gosec // a token of a search, no secret
	"token":    "Token: `code`, `system|code`, `system|` or `|code`; `true` or `false` of a boolean. Modifiers :not, :text, :in, :missing and others.",
	"string":   "String: how it begins, whatever case or accents. Modifiers :exact, :contains, :missing.",
	"date":     "Date: `2024`, `2024-03-01` or a time, with eq, ne, gt, lt, ge, le, sa, eb or ap before it.",
	"number":   "Number: such as `100` or `5.40`, with eq, ne, gt, lt, ge, le, sa, eb or ap before it.",
	"quantity": "Quantity: `number`, `number|system|code` or `number||code`, with eq, gt, lt, ge, le or ap before it.",
	"uri":      "URI: the whole of it. Modifiers :below, :above, :missing.",
}

// line describes a parameter by its type.
func line(p *model.SearchParameter) string {
	if text := fullText[p.Code]; text != "" {
		return text
	}
	switch p.Type {
	case "reference":
		to := join(p.Target)
		if len(p.Target) == 0 || len(p.Target) > 8 {
			to = "a resource"
		}
		return "Reference to " + strings.Replace(to, " and ", " or ", 1) + ": `id`, `Type/id` or a URL. Chains such as `" + p.Code + ".identifier`."
	case "composite":
		var parts []string
		for _, c := range p.Components {
			parts = append(parts, "`"+c.Parameter.Code+"`")
		}
		return "Composite: values of " + join(parts) + ", joined by `$`."
	}
	return forms[p.Type]
}

// controls shape the result of a search.
var controls = []struct{ name, text, example string }{
	{"_count", "Results on one page, at most 1000.", "10"},
	{"_sort", "Search parameters, joined by commas, a leading `-` for descending order: `-_lastUpdated`.", ""},
	{"_total", "Whether to count all results: none, estimate or accurate.", ""},
	{"_summary", "Parts of resources: true, text, data, count or false.", ""},
	{"_elements", "Elements to show, joined by commas.", ""},
	{"_include", "Referenced resources to add: `Type:parameter` or `Type:parameter:Target`.", ""},
	{"_revinclude", "Referring resources to add: `Type:parameter`.", ""},
	{"_contained", "Whether resources that others contain are searched: false (the default), true for them alone, both.", ""},
	{"_containedType", "What is returned for a contained match: container (the default) or contained.", ""},
	{"_explain", "true adds to the result how it was found: the search as understood, the statements and the database's plan. For administrators.", ""},
}

// searchFields are the names and schemas of everything that a search of a type takes.
func (d *document) searchFields(t *model.Type) (names []string, schemas []object) {
	add := func(name, text, example string) {
		s := object{{"type", "string"}, {"description", text}}
		if example != "" {
			s.set("example", example)
		}
		names, schemas = append(names, name), append(schemas, s)
	}
	var general []*model.SearchParameter
	for _, p := range d.searchable(t) {
		if strings.HasPrefix(p.Code, "_") {
			general = append(general, p)
			continue
		}
		add(p.Code, line(p), "")
	}
	for _, p := range general {
		add(p.Code, line(p), "")
	}
	for _, c := range controls {
		add(c.name, c.text, c.example)
	}
	return names, schemas
}

// searchQuery are the parameters of a search by GET. Those that all types share are written down once.
func (d *document) searchQuery(t *model.Type) list {
	var out list
	names, schemas := d.searchFields(t)
	for i, name := range names {
		p := query(name, schemas[i])
		if !strings.HasPrefix(name, "_") {
			out = append(out, p)
			continue
		}
		out = append(out, d.shared("search"+strings.ReplaceAll(name, "_", "-"), p))
	}
	return out
}

// query is a parameter in the URL; the description and the example of its schema are those of the parameter.
func query(name string, schema object) object {
	p := object{{"name", name}, {"in", "query"}}
	bare := object{}
	for _, m := range schema {
		if m.name == "description" || m.name == "example" {
			p = append(p, m)
		} else {
			bare = append(bare, m)
		}
	}
	return append(p, member{"schema", bare})
}

// shared keeps a parameter among the components and returns the reference to it.
func (d *document) shared(name string, p object) object {
	if !d.parameters.has(name) {
		d.parameters.set(name, p)
	}
	return ref("parameters", name)
}

// searchForm is the body of a search by POST.
func (d *document) searchForm(t *model.Type) object {
	fields := object{}
	names, schemas := d.searchFields(t)
	for i, name := range names {
		if !strings.HasPrefix(name, "_") {
			fields.set(name, schemas[i])
			continue
		}
		key := "search" + strings.ReplaceAll(name, "_", "-")
		if !d.schemas.has(key) {
			d.schemas.set(key, schemas[i])
		}
		fields.set(name, ref("schemas", key))
	}
	return object{{"content", object{{"application/x-www-form-urlencoded", object{
		{"schema", object{{"type", "object"}, {"properties", fields}}},
	}}}}}
}
