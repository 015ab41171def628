package openapi

import (
	"slices"

	"chartwright/generator/internal/model"
)

// builders say what a document shows of each interaction with a type. Nil from a builder: the type does not have it.
var builders = map[string]func(d *document, t *model.Type, method string) *operation{
	"search-type":        search,
	"search-compartment": searchCompartment,
	"create":             create,
	"read":               read,
	"vread":              vread,
	"update":             update,
	"update-conditional": updateConditional,
	"patch":              patch,
	"patch-conditional":  patchConditional,
	"delete":             remove,
	"delete-conditional": removeConditional,
	"history-instance":   historyInstance,
	"history-type":       historyType,
}

func search(d *document, t *model.Type, method string) *operation {
	op := &operation{
		id: "search" + t.Name, summary: "Search " + t.Name,
		answers: []answer{{"200", "What was found.", "SearchSet"}},
	}
	if method == "POST" {
		op.summary += " by a form"
		op.description = "The same search with its parameters in the body, where no log sees them."
		op.body = d.searchForm(t)
	} else {
		op.parameters = append(d.searchQuery(t), d.handling())
	}
	return op
}

// searchCompartment searches Observations where they belong to the compartment, since every site has them.
func searchCompartment(d *document, t *model.Type, method string) *operation {
	var members []string
	for _, c := range d.m.Compartments {
		if c.Code != t.Name {
			continue
		}
		for _, r := range c.Resources {
			if len(r.Params) > 0 {
				members = append(members, r.Type)
			}
		}
	}
	if len(members) == 0 {
		return nil
	}
	proposed := members[0]
	if slices.Contains(members, "Observation") {
		proposed = "Observation"
	}
	op := &operation{
		id: "searchCompartmentOf" + t.Name, fails: "404", summary: "Search what is about one " + t.Name,
		description: "Resources of one type, or of all (`*`), in the compartment of the " + t.Name + ". The caller needs the right to search that type. All parameters of a search of the type work.",
		parameters: list{d.id(t, false), object{
			{"name", "member"}, {"in", "path"}, {"required", true}, {"description", "Resource type, or `*`."},
			{"schema", object{{"type", "string"}, {"enum", words(append(members, "*")...)}}}, {"example", proposed},
		}},
		answers: []answer{{"200", "What was found.", "SearchSet"}},
		needs:   d.security(proposed, "s"),
	}
	if method == "POST" {
		op.summary += " by a form"
		op.body = object{{"content", object{{"application/x-www-form-urlencoded", object{
			{"schema", object{{"type", "object"}, {"properties", object{{"_count", object{{"type", "string"}, {"example", "10"}}}}}}},
		}}}}}
	} else {
		op.parameters = append(op.parameters, d.count())
	}
	return op
}

func create(d *document, t *model.Type, _ string) *operation {
	op := &operation{
		id: "create" + t.Name, fails: "409 412 415 422", summary: "Create a " + t.Name,
		description: "The server chooses the id; one in the body counts for nothing.",
		parameters: list{
			d.shared("If-None-Exist", header("If-None-Exist", "Conditional create: a search. Nothing is created if it finds one resource: `identifier=https://example.org/numbers|1`.")),
			d.prefer(),
		},
		body:    d.body(t),
		answers: []answer{{"200", "If-None-Exist found it.", t.Name}, {"201", "Created; Location says where.", t.Name}},
	}
	return d.sendsFile(t, op)
}

func read(d *document, t *model.Type, _ string) *operation {
	op := &operation{
		id: "read" + t.Name, fails: "404 410", summary: "Read a " + t.Name,
		parameters: list{
			d.id(t, false),
			d.shared("If-None-Match", header("If-None-Match", "An ETag such as `W/\"1\"`: answer 304 if that is still the version.")),
			d.shared("If-Modified-Since", header("If-Modified-Since", "A date: answer 304 if nothing changed since.")),
			d.shared("summary", query("_summary", object{{"type", "string"}, {"description", controls[3].text}})),
			d.shared("elements", query("_elements", object{{"type", "string"}, {"description", controls[4].text}})),
		},
		answers: []answer{{"200", "The resource.", t.Name}, {"304", "Not changed.", ""}},
	}
	return d.givesFile(t, op)
}

func vread(d *document, t *model.Type, _ string) *operation {
	op := &operation{
		id: "vread" + t.Name, fails: "404 410", summary: "Read one version of a " + t.Name,
		parameters: list{d.id(t, false), d.shared("vid", object{
			{"name", "vid"}, {"in", "path"}, {"required", true}, {"description", "Number of the version."}, {"schema", object{{"type", "string"}}}, {"example", "1"},
		})},
		answers: []answer{{"200", "The version.", t.Name}},
	}
	return d.givesFile(t, op)
}

func update(d *document, t *model.Type, _ string) *operation {
	op := &operation{
		id: "update" + t.Name, fails: "404 409 412 415 422", summary: "Update a " + t.Name,
		description: "Stores the next version. An unknown id is created where the site allows clients to choose ids.",
		parameters:  list{d.id(t, true), d.ifMatch(), d.prefer()},
		body:        d.body(t),
		answers:     []answer{{"200", "Updated.", t.Name}, {"201", "Created under this id.", t.Name}},
	}
	return d.sendsFile(t, op)
}

func updateConditional(d *document, t *model.Type, _ string) *operation {
	op := &operation{
		id: "updateConditional" + t.Name, fails: "409 412 415 422", summary: "Update the one " + t.Name + " that a search finds",
		description: "The parameters are a search; every search parameter of the type works. If it finds nothing, the resource is created.",
		parameters:  append(d.criteria(t, tried), d.prefer()),
		body:        d.body(t),
		answers:     []answer{{"200", "Updated.", t.Name}, {"201", "Created.", t.Name}},
	}
	return d.sendsFile(t, op)
}

func patch(d *document, t *model.Type, _ string) *operation {
	return &operation{
		id: "patch" + t.Name, fails: "404 409 410 412 415 422", summary: "Patch a " + t.Name,
		description: "Changes parts of it, by JSON Patch (RFC 6902) or JSON Merge Patch (RFC 7396).",
		parameters:  list{d.id(t, false), d.ifMatch(), d.prefer()},
		body:        patches(),
		answers:     []answer{{"200", "Patched.", t.Name}},
	}
}

func patchConditional(d *document, t *model.Type, _ string) *operation {
	return &operation{
		id: "patchConditional" + t.Name, fails: "404 409 412 415 422", summary: "Patch the one " + t.Name + " that a search finds",
		description: "The parameters are a search; every search parameter of the type works.",
		parameters:  append(d.criteria(t, d.m.Documents.Example(t.Name)), d.prefer()),
		body:        patches(),
		answers:     []answer{{"200", "Patched.", t.Name}},
	}
}

func remove(d *document, t *model.Type, _ string) *operation {
	return &operation{
		id: "delete" + t.Name, fails: "409 412", summary: "Delete a " + t.Name,
		description: "Its versions stay. Deleting what is not there is no error.",
		parameters:  list{d.id(t, true), d.ifMatch()},
		answers:     []answer{{"204", "Deleted.", ""}},
	}
}

func removeConditional(d *document, t *model.Type, _ string) *operation {
	return &operation{
		id: "deleteConditional" + t.Name, fails: "409 412", summary: "Delete the one " + t.Name + " that a search finds",
		description: "The parameters are a search; every search parameter of the type works.",
		parameters:  d.criteria(t, tried),
		answers:     []answer{{"204", "Deleted, or there was nothing to delete.", ""}},
	}
}

func historyInstance(d *document, t *model.Type, _ string) *operation {
	return &operation{
		id: "history" + t.Name, fails: "404", summary: "List the versions of a " + t.Name,
		parameters: append(list{d.id(t, false)}, d.span()...),
		answers:    []answer{{"200", "The versions.", "History"}},
	}
}

func historyType(d *document, t *model.Type, _ string) *operation {
	return &operation{
		id: "historyOfAll" + t.Name, summary: "List the versions of every " + t.Name,
		parameters: d.span(),
		answers:    []answer{{"200", "The versions.", "History"}},
	}
}
