package api

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"chartwright/generator/internal/model"
)

// everywhere are the answers that operations have in common, because they arise before the service or around it.
var everywhere = []struct {
	status, name, description string
	only                      func(op operation) bool // nil = all operations
}{
	{"401", "Unauthenticated", "No valid access token came with the request.", nil},
	{"403", "Forbidden", "The token lacks the scope, or the caller's role lacks the right.", nil},
	{"409", "Conflict", "Somebody else changed the record at the same time.", func(op operation) bool { return op.method == "PUT" || op.method == "DELETE" }},
	{"413", "TooLarge", "The body is too large.", func(op operation) bool { return at(op.node, "requestBody") != nil }},
	{"500", "Internal", "The server failed. The answer says no more than that.", nil},
	{"503", "Unavailable", "The record cannot be reached now.", nil},
}

// served returns the document as Swagger UI gets it: complete in itself, with the answers that are the same everywhere and an
// example for every body, each proven against its schema.
func (d *document) served(family string, ready map[string]*document, access *model.Access) ([]byte, error) {
	data, err := d.json()
	if err != nil {
		return nil, err
	}
	own, err := parse(d.name, data) // a copy: what follows is for the reader only
	if err != nil {
		return nil, err
	}
	ops, err := own.operations()
	if err != nil {
		return nil, err
	}
	if access != nil {
		if err := own.secure(family, ops, access); err != nil {
			return nil, err
		}
	}
	own.plain(own.root)
	if err := own.adopt(ready); err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, op := range ops {
		for _, a := range everywhere {
			if a.only != nil && !a.only(op) {
				continue
			}
			used[a.name] = true
			set(at(op.node, "responses"), a.status, mapping(text("$ref"), text("#/components/responses/"+a.name)))
		}
		own.examples(op)
	}
	responses := at(own.root, "components", "responses")
	if responses == nil {
		responses = mapping()
		set(at(own.root, "components"), "responses", responses)
	}
	for _, a := range everywhere {
		if used[a.name] {
			set(responses, a.name, mapping(text("description"), text(a.description)))
		}
	}
	if data, err = own.json(); err != nil {
		return nil, err
	}
	t, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	if err := t.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		return nil, err
	}
	return own.lines()
}

// forReaders are the extensions that mean something outside the generator.
var forReaders = map[string]bool{"x-scope": true, "x-acl": true, "x-preselect": true}

// plain removes what only the generator reads.
func (d *document) plain(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			d.plain(c)
		}
		return
	}
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i].Value; strings.HasPrefix(k, "x-") && !forReaders[k] {
			continue
		}
		d.plain(n.Content[i+1])
		kept = append(kept, n.Content[i], n.Content[i+1])
	}
	n.Content = kept
}

// adopt copies what the document takes from others into its own components.
func (d *document) adopt(ready map[string]*document) error {
	for {
		var foreign []*yaml.Node
		d.references(d.root, func(ref *yaml.Node) {
			if !strings.HasPrefix(ref.Value, "#") {
				foreign = append(foreign, ref)
			}
		})
		if len(foreign) == 0 {
			return nil
		}
		for _, ref := range foreign {
			file, pointer, _ := strings.Cut(ref.Value, "#/")
			other := ready[file]
			keys := strings.Split(pointer, "/")
			if other == nil || at(other.root, keys...) == nil || len(keys) != 3 {
				return fmt.Errorf("%s: nothing at %s", d.name, ref.Value)
			}
			ref.Value = "#/" + pointer
			if at(d.root, keys...) != nil {
				continue
			}
			var b bytes.Buffer
			if err := writeJSON(&b, at(other.root, keys...)); err != nil {
				return err
			}
			copied, err := parse(file, b.Bytes())
			if err != nil {
				return err
			}
			copied.plain(copied.root)
			copied.references(copied.root, func(r *yaml.Node) {
				if strings.HasPrefix(r.Value, "#") {
					r.Value = file + r.Value
				}
			})
			section := at(d.root, keys[0], keys[1])
			if section == nil {
				section = mapping()
				set(at(d.root, keys[0]), keys[1], section)
			}
			set(section, keys[2], copied.root)
		}
	}
}

// references visits every $ref below n.
func (d *document) references(n *yaml.Node, visit func(*yaml.Node)) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "$ref" && c.Kind == yaml.ScalarNode {
			visit(c)
			continue
		}
		d.references(c, visit)
	}
}

// examples gives the bodies of an operation an example made of the examples of their parts. That of a request is the request's; a
// record that answers contain has its example once, on its schema, from which readers make those of whole answers.
func (d *document) examples(op operation) {
	if c := at(op.node, "requestBody", "content", "application/json"); c != nil {
		d.exampleOfRequest(c)
	}
	pairs(at(op.node, "responses"), func(status string, r *yaml.Node) {
		c := at(r, "content", "application/json")
		if !strings.HasPrefix(status, "2") || c == nil {
			return
		}
		schema := at(c, "schema")
		if record := d.record(schema); record != nil {
			if at(record, "example") == nil {
				set(record, "example", d.example(record, false))
			}
			return
		}
		if v := d.example(schema, false); v != nil {
			set(c, "example", v)
		}
	})
}

// exampleOfRequest gives a request an example; a schema that many operations share has its example once.
func (d *document) exampleOfRequest(content *yaml.Node) {
	schema := at(content, "schema")
	v := d.example(schema, true)
	if v == nil {
		return
	}
	name, named := strings.CutPrefix(scalar(schema, "$ref"), "#/components/schemas/")
	if !named {
		set(content, "example", v)
		return
	}
	shared := at(d.root, "components", "examples")
	if shared == nil {
		shared = mapping()
		set(at(d.root, "components"), "examples", shared)
	}
	set(shared, name, mapping(text("value"), v))
	set(content, "examples", mapping(text("example"), mapping(text("$ref"), text("#/components/examples/"+name))))
}

// record returns the schema of the records in an answer: what lies in the envelope, in the lists; nil if it has no name.
func (d *document) record(schema *yaml.Node) *yaml.Node {
	named := false
	for schema != nil {
		if scalar(schema, "$ref") != "" {
			schema, named = d.resolve(schema), true
		}
		data := at(schema, "properties", "data")
		switch {
		case at(schema, "properties", "validationErrors") != nil && data != nil:
			schema, named = data, false
		case scalar(schema, "type") == "array":
			schema, named = at(schema, "items"), false
		case named && (at(schema, "properties") != nil || at(schema, "allOf") != nil):
			return schema
		default:
			return nil
		}
	}
	return nil
}

// example returns an example of a schema. That of a request has only the members that say something.
func (d *document) example(schema *yaml.Node, request bool) *yaml.Node {
	schema = d.resolve(schema)
	if schema == nil {
		return nil
	}
	if e := at(schema, "example"); e != nil {
		return e
	}
	null := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	switch typ := scalar(schema, "type"); {
	case at(schema, "properties") != nil || at(schema, "allOf") != nil:
		out := mapping()
		for _, part := range d.parts(schema) {
			pairs(at(part, "properties"), func(name string, prop *yaml.Node) {
				if v := d.example(prop, request); v != nil {
					set(out, name, v)
				}
			})
			pairs(at(part, "example"), func(name string, v *yaml.Node) { set(out, name, v) }) // of a part: it says what differs
		}
		return out
	case typ == "array":
		if v := d.example(at(schema, "items"), request); v != nil && len(v.Content) > 0 {
			return list(v)
		}
		return list()
	case request:
		return nil
	case scalar(schema, "nullable") == "true":
		return null
	case at(schema, "enum") != nil:
		return at(schema, "enum").Content[0]
	case typ == "integer" || typ == "number":
		return number(0)
	case typ == "boolean":
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "false"}
	case typ == "string" && scalar(schema, "format") == "":
		return text("")
	case typ == "string":
		return text("2024-03-01 09:30:00")
	}
	return mapping()
}
