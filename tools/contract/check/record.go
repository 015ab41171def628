package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chartwright/internal/care/form"
)

// nowhere stands in a path for a record that the server does not have.
const nowhere = "00000000-0000-0000-0000-000000000000"

// address returns path and query of a valid call of an operation. found is false if a record that it needs is not there and
// could not be made.
//
// Which record stands for a parameter follows from the paths: {x} after a collection is the record that POST to that collection
// has made, or the first that GET of it lists.
func (r *run) address(op *form.Operation) (path string, found bool) {
	found = true
	segments := strings.Split(op.Path, "/")
	template := ""
	for i, s := range segments {
		if name, ok := placeholder(s); ok {
			id := r.parameter(op, template, name)
			found = found && id != ""
			segments[i] = url.PathEscape(or(id, nowhere))
		}
		if i > 0 {
			template += "/" + s
		}
	}
	query := url.Values{}
	for _, p := range r.api.operation(op).Parameters {
		if p.Value.In != "query" || !p.Value.Required {
			continue
		}
		v := fmt.Sprint(p.Value.Example)
		if collection, _, special := strings.Cut(op.Path, "/$"); special && r.api.has(collection+"/{"+p.Value.Name+"}") {
			v = r.record(collection, p.Value.Name)
			found = found && v != ""
		}
		query.Set(p.Value.Name, v)
	}
	path = strings.Join(segments, "/")
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, found
}

func placeholder(segment string) (name string, ok bool) {
	if !strings.HasPrefix(segment, "{") {
		return "", false
	}
	return strings.Trim(segment, "{}"), true
}

func (a *API) has(path string) bool { return a.doc.Paths.Value(path) != nil }

// parameter returns the value of a path parameter that follows collection. A collection that the API does not have is a
// vocabulary, such as the lists: there the example of the document is meant.
func (r *run) parameter(op *form.Operation, collection, name string) string {
	switch {
	case r.collection(http.MethodPost, collection) != nil, r.collection(http.MethodGet, collection) != nil && !writes(op):
		return r.record(collection, name)
	case writes(op):
		return "" // what nobody can make, nobody may change here
	}
	params := slices.Concat(r.api.doc.Paths.Value(op.Path).Parameters, r.api.operation(op).Parameters)
	if p := params.GetByInAndName("path", name); p != nil {
		return fmt.Sprint(p.Example)
	}
	return ""
}

// collection returns the operation of a method on a collection, or on the collection of the same name below another record.
func (r *run) collection(method, path string) *form.Operation {
	var same *form.Operation
	last := path[strings.LastIndexByte(path, '/'):]
	for i := range r.api.Operations {
		op := &r.api.Operations[i]
		switch {
		case op.Method != method:
		case op.Path == path:
			return op
		case same == nil && strings.HasSuffix(op.Path, last):
			same = op
		}
	}
	return same
}

// record returns the identifier of a record of a collection, "" if there is none.
func (r *run) record(collection, name string) string {
	key := collection + "/" + name
	if id, known := r.records[key]; known {
		return id
	}
	id := ""
	if op := r.collection(http.MethodPost, collection); op != nil && !r.ReadOnly {
		a := r.valid(op)
		if a.err != nil || a.status >= http.StatusMultipleChoices {
			r.records[key] = "" // rather than a record of somebody else, which other operations would change
			return ""
		}
		id = identifier(op, a.body, name)
	}
	if op := r.collection(http.MethodGet, collection); op != nil && id == "" {
		path, _ := r.address(op) // not remembered: the collection may have been empty when it was first called
		if a := r.send(op, path, nil, r.token); a.err == nil && a.status == http.StatusOK {
			id = identifier(op, a.body, name)
		}
	}
	r.records[key] = id
	return id
}

// identifier finds in an answer what a path names a record by.
func identifier(op *form.Operation, body []byte, name string) string {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return ""
	}
	if m, ok := v.(map[string]any); ok && op.Shape == form.Envelope {
		v = m["data"]
	}
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	m, _ := v.(map[string]any)
	for _, key := range []string{name, "pc_" + name, "uuid", "pc_uuid", "id"} {
		switch id := m[key].(type) {
		case string:
			return id
		case json.Number:
			return id.String()
		}
	}
	return ""
}
