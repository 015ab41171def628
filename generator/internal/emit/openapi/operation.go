package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"chartwright/generator/internal/model"
)

const fhirJSON = "application/fhir+json"

// tried is the id that updates and deletions propose: no record of the demonstration.
const tried = "example"

// operation is what a document shows of an interaction with a type.
type operation struct {
	id, summary, description string
	parameters               list
	body                     object // nil = none
	answers                  []answer
	file                     bool   // it answers with the file of a Binary to who does not ask for the resource
	fails                    string // statuses of errors beside those that every operation has
	needs                    list
}

// answer is one possible answer; body names a schema, "" = none.
type answer struct{ status, text, body string }

// resource adds the operations of a type: those of its interactions, in the order of the routes.
func (d *document) resource(t *model.Type) error {
	var offered []string
	for _, it := range d.m.Interactions.Types {
		if it.Name == t.Name {
			offered = it.Codes
		}
	}
	d.schemas.set(t.Name, d.schema(t))
	for _, r := range d.m.Interactions.Routes {
		// HEAD answers as GET does, without a body: a second row for each read would tell nobody anything.
		if !strings.HasPrefix(r.Path, "/{type}") || r.Method == http.MethodHead {
			continue
		}
		// Of a type that nobody can write and the demonstration has none of, there is nothing to propose.
		if strings.Contains(r.Path, "{id}") && !d.possible(t.Name, "c") && d.m.Documents.Examples[t.Name] == "" {
			continue
		}
		in := d.interaction(r.Interaction)
		if strings.HasPrefix(in.Code, "operation-") {
			d.operations(t, r)
			continue
		}
		if !contains(offered, in.Code) || !d.possible(t.Name, in.Access) {
			continue
		}
		build, known := builders[in.Code]
		if !known {
			return fmt.Errorf("the interaction %s has no form in a document", in.Code)
		}
		op := build(d, t, r.Method)
		if op == nil {
			continue
		}
		if op.needs == nil {
			op.needs = d.security(t.Name, in.Access)
		}
		if r.Method == http.MethodPost && in.Code != "create" {
			op.id += "ByPost"
		}
		d.add(strings.Replace(r.Path, "{type}", t.Name, 1), r.Method, t.Name, op)
	}
	return nil
}

func (d *document) interaction(code string) model.Interaction {
	for _, i := range d.m.Interactions.List {
		if i.Code == code {
			return i
		}
	}
	return model.Interaction{}
}

func contains(items []string, s string) bool {
	return slices.Contains(items, s)
}

// add puts an operation at its path.
func (d *document) add(path, method, tag string, op *operation) {
	out := object{{"operationId", op.id}, {"tags", words(tag)}, {"summary", op.summary}}
	if op.description != "" {
		out.set("description", op.description)
	}
	if len(op.parameters) > 0 {
		out.set("parameters", op.parameters)
	}
	if op.body != nil {
		out.set("requestBody", op.body)
	}
	responses := object{}
	for _, a := range op.answers {
		r := object{{"description", a.text}}
		if a.body != "" {
			content := object{{fhirJSON, object{{"schema", ref("schemas", a.body)}}}}
			if op.file {
				r.set("headers", fileHeaders())
				content = append(content, fileContent("*/*"))
			}
			r.set("content", content)
			d.common(a.body)
		}
		responses.set(a.status, r)
	}
	always := "400"
	if len(op.needs) > 0 {
		always = "400 401 403"
	}
	for _, e := range failures {
		if strings.Contains(always+" "+op.fails, e.status) {
			responses.set(e.status, d.failure(e.status, e.text))
		}
	}
	out.set("responses", responses)
	out.set("security", op.needs)
	d.paths.at(path).set(strings.ToLower(method), out)
}

// failures are the errors, each with the meaning that it has everywhere.
var failures = []struct{ status, text string }{
	{"400", "The request is malformed; the OperationOutcome says where."},
	{"401", "No valid access token came with the request."},
	{"403", "The token lacks the scope, or the caller's role lacks the right."},
	{"404", "It does not exist, or not in the view of the caller."},
	{"409", "Another write came first."},
	{"410", "It was deleted."},
	{"412", "The condition of the request does not hold."},
	{"415", "The body is of a media type that this does not take."},
	{"422", "The resource breaks a rule of its type; the OperationOutcome says where."},
}

// failure keeps an error answer among the components.
func (d *document) failure(status, text string) object {
	key := "E" + status
	if !d.responses.has(key) {
		d.common("Outcome")
		d.responses.set(key, object{
			{"description", text},
			{"content", object{{fhirJSON, object{{"schema", ref("schemas", "Outcome")}}}}},
		})
	}
	return ref("responses", key)
}

// common adds a schema that several types share.
func (d *document) common(name string) {
	if d.schemas.has(name) {
		return
	}
	switch name {
	case "Outcome":
		d.schemas.set(name, object{
			{"type", "object"}, {"description", "An OperationOutcome."},
			{"example", literal(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"required","expression":["Observation.status"],"diagnostics":"the element is required"}]}`)},
		})
	case "SearchSet":
		d.schemas.set(name, bundle("A Bundle with what was found, and links to the pages before and after.", "searchset"))
	case "History":
		d.schemas.set(name, bundle("A Bundle of versions, the newest first.", "history"))
	case "BatchResponse":
		d.schemas.set(name, bundle("A Bundle with an answer for each entry.", "batch-response"))
	}
}

func bundle(text, typ string) object {
	return object{
		{"type", "object"}, {"description", text},
		{"example", literal(`{"resourceType":"Bundle","type":"` + typ + `","entry":[]}`)},
	}
}
