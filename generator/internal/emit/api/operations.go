package api

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"chartwright/generator/internal/emit"
)

// operation is one operation of a document.
type operation struct {
	id, method, path string
	node             *yaml.Node
	doc              *document
}

var methods = []string{"get", "post", "put", "delete"}

// operations returns the operations in the order of the document.
func (d *document) operations() ([]operation, error) {
	var ops []operation
	var faults []string
	pairs(at(d.root, "paths"), func(p string, item *yaml.Node) {
		pairs(item, func(m string, n *yaml.Node) {
			if !slices.Contains(methods, m) {
				return
			}
			op := operation{id: scalar(n, "operationId"), method: strings.ToUpper(m), path: p, node: n, doc: d}
			for _, key := range []string{"operationId", "summary", "description", "x-shape"} {
				if scalar(n, key) == "" {
					faults = append(faults, fmt.Sprintf("%s %s has no %s", m, p, key))
				}
			}
			ops = append(ops, op)
		})
	})
	if len(faults) > 0 {
		return nil, fmt.Errorf("%s: %s", d.name, strings.Join(faults, "; "))
	}
	return ops, nil
}

func scalar(n *yaml.Node, keys ...string) string {
	if v := at(n, keys...); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

func texts(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var out []string
	for _, c := range n.Content {
		out = append(out, c.Value)
	}
	return out
}

// resolve follows local references.
func (d *document) resolve(n *yaml.Node) *yaml.Node {
	for n != nil {
		ref := scalar(n, "$ref")
		local, ok := strings.CutPrefix(ref, "#/")
		if !ok {
			return n
		}
		n = at(d.root, strings.Split(local, "/")...)
	}
	return nil
}

var modes = map[string]string{"create": "form.Create", "update": "form.Update", "replace": "form.Replace"}

var shapes = map[string]string{"envelope": "form.Envelope", "bare": "form.Bare"}

// operationTable prints what form.Operation holds of each operation.
func operationTable(family string, ops []operation) (emit.File, error) {
	var b bytes.Buffer
	b.WriteString(emit.Header("api", "spec/openapi/"+family+".yaml"))
	fmt.Fprintf(&b, "\npackage %s\n\nimport \"chartwright/internal/care/form\"\n\n", family)
	b.WriteString("// Operations are the operations of this API in the order of its document. They must not be changed.\nvar Operations = []form.Operation{\n")
	for _, op := range ops {
		if err := op.print(&b); err != nil {
			return emit.File{}, fmt.Errorf("%s: %w", op.id, err)
		}
	}
	b.WriteString("}\n")
	return emit.Go(path.Join("api", family, "operations.go"), b.Bytes())
}

func (op operation) print(b *bytes.Buffer) error {
	n := op.node
	shape, ok := shapes[scalar(n, "x-shape")]
	if !ok {
		return fmt.Errorf("x-shape %q is neither envelope nor bare", scalar(n, "x-shape"))
	}
	fmt.Fprintf(b, "{\nID: %q, Method: %q, Path: %q, Shape: %s,\n", op.id, op.method, op.path, shape)
	if s := texts(at(n, "x-scope")); s != nil {
		fmt.Fprintf(b, "Scopes: %#v,\n", s)
	}
	if acl := at(n, "x-acl"); acl != nil {
		fmt.Fprintf(b, "ACL: &form.ACL{Section: %q, Value: %q", scalar(acl, "section"), scalar(acl, "value"))
		if levels := texts(at(acl, "level")); levels != nil {
			fmt.Fprintf(b, ", Levels: %#v", levels)
		}
		b.WriteString("},\n")
	}
	if a := at(n, "x-audit"); a != nil {
		fmt.Fprintf(b, "Audit: form.Audit{Type: %q, Action: %q},\n", scalar(a, "type"), scalar(a, "action"))
	}
	if err := op.printBody(b); err != nil {
		return err
	}
	op.printQuery(b)
	b.WriteString("},\n")
	return nil
}

// printQuery prints the query parameters that must be there, the filters, the sort keys and the bound of a page.
func (op operation) printQuery(b *bytes.Buffer) {
	var filters, keys bytes.Buffer
	var needs []string
	var most string
	params := at(op.node, "parameters")
	if params == nil {
		return
	}
	for _, p := range params.Content {
		p = op.doc.resolve(p)
		name := scalar(p, "name")
		if scalar(p, "in") == "query" && scalar(p, "required") == "true" {
			needs = append(needs, name)
		}
		most = cmp.Or(scalar(p, "x-most"), most)
		if s := at(p, "x-sort"); s != nil {
			pairs(s, func(key string, v *yaml.Node) {
				fmt.Fprintf(&keys, "{Name: %q", key)
				if v.Value != "" {
					fmt.Fprintf(&keys, ", Param: %q", v.Value)
				}
				keys.WriteString("},\n")
			})
			continue
		}
		if at(p, "x-filter") == nil {
			continue
		}
		fmt.Fprintf(&filters, "{Name: %q", name)
		if s := scalar(p, "x-search"); s != "" {
			fmt.Fprintf(&filters, ", Search: %q", s)
		}
		if f := scalar(p, "x-field"); f != "" {
			fmt.Fprintf(&filters, ", Field: %q", f)
		}
		if scalar(p, "x-filter") == "contains" {
			filters.WriteString(", Contains: true")
		}
		filters.WriteString("},\n")
	}
	if needs != nil {
		fmt.Fprintf(b, "Needs: %#v,\n", needs)
	}
	if most != "" {
		fmt.Fprintf(b, "Most: %s,\n", most)
	}
	if filters.Len() > 0 {
		fmt.Fprintf(b, "Filter: []form.Filter{\n%s},\n", filters.String())
	}
	if keys.Len() > 0 {
		fmt.Fprintf(b, "Sort: []form.Key{\n%s},\n", keys.String())
	}
}

// printBody prints the rules of a JSON body.
func (op operation) printBody(b *bytes.Buffer) error {
	schema := op.doc.resolve(at(op.node, "requestBody", "content", "application/json", "schema"))
	if schema == nil {
		return nil
	}
	mode, ok := modes[scalar(op.node, "x-form")]
	if !ok {
		return fmt.Errorf("x-form %q is none of create, update, replace", scalar(op.node, "x-form"))
	}
	fmt.Fprintf(b, "Mode: %s,\nFields: []form.Field{\n", mode)
	required := map[string]bool{}
	var props []*yaml.Node
	for _, part := range op.doc.parts(schema) {
		for _, name := range texts(at(part, "required")) {
			required[name] = true
		}
		if p := at(part, "properties"); p != nil {
			props = append(props, p)
		}
	}
	var err error
	for _, p := range props {
		pairs(p, func(name string, prop *yaml.Node) {
			if e := printField(b, name, op.doc.resolve(prop), required[name]); e != nil && err == nil {
				err = fmt.Errorf("%s: %w", name, e)
			}
		})
	}
	b.WriteString("},\n")
	for _, part := range op.doc.parts(schema) {
		pairs(at(part, "x-when"), func(field string, value *yaml.Node) {
			fmt.Fprintf(b, "When: &form.When{Field: %q, Value: %q},\n", field, value.Value)
		})
	}
	return err
}

// parts returns a schema and what allOf adds to it.
func (d *document) parts(schema *yaml.Node) []*yaml.Node {
	out := []*yaml.Node{schema}
	if all := at(schema, "allOf"); all != nil {
		for _, s := range all.Content {
			out = append(out, d.parts(d.resolve(s))...)
		}
	}
	return out
}

var formats = map[string]string{"numeric": "form.Numeric", "date": "form.Date", "datetime": "form.DateTime", "email": "form.Email", "url": "form.URL"}

func printField(b *bytes.Buffer, name string, prop *yaml.Node, required bool) error {
	fmt.Fprintf(b, "{Name: %q", name)
	word := func(key, goName string) {
		if v := scalar(prop, key); v != "" {
			fmt.Fprintf(b, ", %s: %q", goName, v)
		}
	}
	word("x-label", "Label")
	switch typ := scalar(prop, "type"); typ {
	case "string":
	case "integer":
		b.WriteString(", Kind: form.Whole")
	case "object", "array":
		b.WriteString(", Kind: form.Other")
	default:
		return fmt.Errorf("type %q is not for bodies", typ)
	}
	if f := scalar(prop, "format"); f != "" {
		name, ok := formats[f]
		if !ok {
			return fmt.Errorf("format %q is not for bodies", f)
		}
		b.WriteString(", Format: " + name)
	}
	if required {
		b.WriteString(", Required: true")
	}
	flag := func(key, goName string) {
		if scalar(prop, key) == "true" {
			fmt.Fprintf(b, ", %s: true", goName)
		}
	}
	flag("x-not-empty", "NotEmpty")
	flag("nullable", "Nullable")
	for _, bound := range [][2]string{{"minLength", "Min"}, {"maxLength", "Max"}} {
		if v := scalar(prop, bound[0]); v != "" {
			fmt.Fprintf(b, ", %s: %s", bound[1], v)
		}
	}
	if e := texts(at(prop, "enum")); e != nil {
		e = slices.DeleteFunc(e, func(s string) bool { return s == "" })
		fmt.Fprintf(b, ", Enum: %#v", e)
	}
	word("x-email-rule", "BadEmail")
	word("x-list", "List")
	word("x-list-rule", "ListRule")
	b.WriteString("},\n")
	return nil
}
