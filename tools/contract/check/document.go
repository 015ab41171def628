package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	portal "chartwright/gen/api/portal"
	standard "chartwright/gen/api/standard"
	"chartwright/internal/care/form"
)

// API is one of the two APIs: its document, and the table of operations that is generated from the same source and has what
// OpenAPI can't say, such as the key of the message about a broken rule.
type API struct {
	Name       string
	Operations []form.Operation
	doc        *openapi3.T
}

// Standard returns the Standard API.
func Standard() (*API, error) { return load("standard", standard.OpenAPI, standard.Operations) }

// Portal returns the Portal API.
func Portal() (*API, error) { return load("portal", portal.OpenAPI, portal.Operations) }

func load(name string, document []byte, operations []form.Operation) (*API, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	a := &API{Name: name, Operations: operations, doc: doc}
	documented := 0
	for _, item := range doc.Paths.Map() {
		documented += len(item.Operations())
	}
	if documented != len(operations) {
		return nil, fmt.Errorf("%s: %d operations in the document, %d in the table", name, documented, len(operations))
	}
	for i := range operations {
		if a.operation(&operations[i]) == nil {
			return nil, fmt.Errorf("%s: %s is not in the document", name, operations[i].ID)
		}
	}
	return a, nil
}

// operation returns what the document says about an operation.
func (a *API) operation(op *form.Operation) *openapi3.Operation {
	item := a.doc.Paths.Value(op.Path)
	if item == nil {
		return nil
	}
	return item.GetOperation(op.Method)
}

// Example returns the example of the JSON body of an operation. It is the caller's to change.
func (a *API) Example(op *form.Operation) (map[string]any, error) {
	body := a.operation(op).RequestBody
	if body == nil {
		return nil, fmt.Errorf("%s has no body", op.ID)
	}
	content := body.Value.Content.Get("application/json")
	if content == nil {
		return nil, fmt.Errorf("%s has no body in JSON", op.ID)
	}
	v := content.Example
	for _, e := range content.Examples {
		v = e.Value.Value
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s has no example", op.ID)
	}
	return maps.Clone(m), nil
}

// Documented returns an error unless the document has the status of an answer, and its body is as the document says.
func (a *API) Documented(op *form.Operation, status int, body []byte) error {
	r := a.operation(op).Responses.Value(strconv.Itoa(status))
	if r == nil {
		return fmt.Errorf("status %d is not documented: %.500s", status, body)
	}
	content := r.Value.Content.Get("application/json")
	if content == nil || content.Schema == nil {
		return nil
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("status %d: %w: %.500s", status, err, body)
	}
	if err := content.Schema.Value.VisitJSON(v); err != nil {
		return fmt.Errorf("status %d: the body is not as documented: %w", status, err)
	}
	return nil
}

// Messages returns what a refusal says about a field: rule and sentence. It is nil if it says nothing.
func Messages(op *form.Operation, body []byte, field string) map[string]any {
	var v map[string]any
	if json.Unmarshal(body, &v) != nil {
		return nil
	}
	if op.Shape == form.Envelope {
		v, _ = v["validationErrors"].(map[string]any)
	}
	m, _ := v[field].(map[string]any)
	return m
}
