package openapi

import (
	"fmt"
	"net/http"
	"strings"
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
		if strings.HasPrefix(r.Path, "/{type}") || r.Method == http.MethodHead {
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
		if r.Method == http.MethodPost && r.Interaction != "batch" {
			op.id += "ByPost"
		}
		d.add(r.Path, r.Method, systemTag, op)
	}
	return nil
}

// several is the requirement to search the types that the examples search.
func (d *document) several() list {
	var names []string
	for typ := range strings.SplitSeq(searched, ",") {
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
	if method != http.MethodPost {
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
