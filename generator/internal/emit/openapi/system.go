package openapi

import (
	"fmt"
	"strings"

	"chartwright/generator/internal/model"
)

// everything is the scope of a caller who may do whatever the user may: the history of the whole server needs every type.
const everything = "cdr_all_user_authorities"

const (
	systemTag = "System"
	searched  = "Patient,Practitioner"
)

// system fills in what concerns the server as a whole.
func (d *document) system() error {
	d.tags = list{object{{"name", systemTag}, {"description", "The server as a whole"}}}
	for _, r := range d.m.Interactions.Routes {
		if strings.HasPrefix(r.Path, "/{type}") || r.Method == "HEAD" {
			continue
		}
		var op *operation
		switch r.Interaction {
		case "capabilities":
			op = &operation{
				id: "capabilities", summary: "What the server can do", description: "The CapabilityStatement. It needs no token.",
				answers: []answer{{"200", "The CapabilityStatement.", "CapabilityStatement"}}, needs: list{},
			}
			d.schemas.set("CapabilityStatement", object{{"type", "object"}, {"description", "A CapabilityStatement."}})
		case "search-system":
			op = d.searchAll(r.Method)
		case "history-system":
			d.offer(scope{name: everything, text: d.m.Access.Text(everything)})
			op = &operation{
				id: "historyOfSystem", summary: "List the versions of everything", description: "Needs the right to search every type: the scope " + everything + ".",
				parameters: d.span(), answers: []answer{{"200", "The versions.", "History"}}, needs: list{d.needs(everything)},
			}
		case "batch":
			op = d.batch()
		case "operation-system":
			d.operations(nil, r)
			continue
		default:
			return fmt.Errorf("the interaction %s has no form in a document", r.Interaction)
		}
		if r.Method == "POST" && r.Interaction != "batch" {
			op.id += "ByPost"
		}
		d.add(r.Path, r.Method, systemTag, op)
	}
	return nil
}

// several is the requirement to search the types that the examples search.
func (d *document) several() list {
	var names []string
	for _, typ := range strings.Split(searched, ",") {
		d.security(typ, "s")
		names = append(names, "user/"+typ+"."+reading)
	}
	return list{d.needs(names...)}
}

func (d *document) searchAll(method string) *operation {
	op := &operation{
		id: "searchSystem", summary: "Search several types",
		description: "Takes the parameters that all types of _type have. Without _type every type is searched that the caller may search.",
		answers:     []answer{{"200", "What was found.", "SearchSet"}}, needs: d.several(),
	}
	fields, form := list{}, object{}
	add := func(name, text, example string) {
		s := object{{"type", "string"}, {"description", text}}
		if example != "" {
			s.set("example", example)
		}
		fields, form = append(fields, query(name, s)), append(form, member{name, s})
	}
	add("_type", "Resource types, joined by commas.", searched)
	add("_id", forms["token"], "")
	add("_lastUpdated", forms["date"], "")
	for _, c := range controls {
		if c.name != "_include" && c.name != "_revinclude" {
			add(c.name, c.text, c.example)
		}
	}
	if method != "POST" {
		op.parameters = fields
		return op
	}
	op.summary += " by a form"
	op.body = object{{"content", object{{"application/x-www-form-urlencoded", object{{"schema", object{{"type", "object"}, {"properties", form}}}}}}}}
	return op
}

func (d *document) batch() *operation {
	d.schemas.set("Bundle", object{
		{"type", "object"}, {"description", "A Bundle of type batch or transaction."},
		{"example", literal(`{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient?_count=2"}},{"request":{"method":"GET","url":"Practitioner?_count=2"}}]}`)},
	})
	return &operation{
		id: "batch", summary: "Do many things in one request",
		description: "A batch does each entry by itself; a transaction does all or nothing, and may refer to new resources by urn:uuid.",
		parameters:  list{d.prefer()}, body: object{{"required", true}, {"content", object{{fhirJSON, object{{"schema", ref("schemas", "Bundle")}}}}}},
		answers: []answer{{"200", "An answer for each entry.", "BatchResponse"}}, fails: "409 412 415 422", needs: d.several(),
	}
}

// operations adds the FHIR operations that a route leads to: of a type, of its instances, or of the whole server if t is nil.
// https://hl7.org/fhir/R4/operations.html
func (d *document) operations(t *model.Type, r model.InteractionRoute) {
	for _, o := range d.m.Interactions.Operations {
		definition := d.definition(o.Definition)
		at := map[string]bool{"operation-system": o.System, "operation-type": o.Type, "operation-instance": o.Instance}[r.Interaction]
		if !at || t != nil && len(o.Types) > 0 && !contains(o.Types, t.Name) || r.Method == "GET" && definition.AffectsState {
			continue
		}
		path, tag, on := r.Path, systemTag, "System"
		op := &operation{
			summary: definition.Title, fails: "404 422", needs: list{d.needs()},
			answers: []answer{{"200", "The result.", "Result"}},
		}
		if op.summary == "" {
			op.summary = definition.Name
		}
		if t != nil {
			path, tag, on = strings.Replace(path, "{type}", t.Name, 1), t.Name, t.Name
			op.needs = d.security(t.Name, "r")
		}
		if r.Interaction == "operation-instance" {
			on += "Instance"
			op.parameters = list{d.id(t, false)}
		}
		op.id = "operation" + on + capital(o.Code)
		if !d.schemas.has("Result") {
			d.schemas.set("Result", object{{"type", "object"}, {"description", "Parameters, or the resource that the operation defines."}})
		}
		if r.Method == "POST" {
			op.id += "ByPost"
			op.body = object{{"required", true}, {"content", object{{fhirJSON, object{
				{"schema", object{{"type", "object"}, {"description", "Parameters."}}}, {"example", literal(`{"resourceType":"Parameters"}`)},
			}}}}}
		} else {
			for _, p := range definition.Parameters {
				if !p.Out && p.Type != "" && p.Type[0] >= 'a' && p.Type[0] <= 'z' {
					op.parameters = append(op.parameters, query(p.Name, object{{"type", "string"}, {"description", p.Type}}))
				}
			}
		}
		d.add(strings.Replace(path, "${operation}", "$"+o.Code, 1), r.Method, tag, op)
	}
}

func (d *document) definition(url string) *model.Operation {
	for _, o := range d.m.Operations {
		if o.URL == url {
			return o
		}
	}
	return &model.Operation{}
}
