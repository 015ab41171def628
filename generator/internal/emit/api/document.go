package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// document is an OpenAPI document as YAML nodes, so that the order of its author survives.
type document struct {
	name string
	root *yaml.Node
}

func parse(name string, data []byte) (*document, error) {
	var n yaml.Node
	if err := yaml.Unmarshal(data, &n); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if n.Kind != yaml.DocumentNode || len(n.Content) != 1 || n.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: not a mapping", name)
	}
	return &document{name: name, root: n.Content[0]}, nil
}

// at returns the node under the keys, nil if there is none.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, k := range keys {
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var next *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == k {
				next = n.Content[i+1]
			}
		}
		n = next
	}
	return n
}

// pairs yields the members of a mapping in their order.
func pairs(n *yaml.Node, yield func(key string, value *yaml.Node)) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		yield(n.Content[i].Value, n.Content[i+1])
	}
}

func set(n *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content[i+1] = value
			return
		}
	}
	n.Content = append(n.Content, text(key), value)
}

func text(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }
func number(i int) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: fmt.Sprint(i)}
}
func mapping(kv ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: kv}
}
func list(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items}
}

// complete turns x-complete into a list of required properties and gives every property its place.
func (d *document) complete() error {
	pairs(at(d.root, "components", "schemas"), func(_ string, schema *yaml.Node) {
		props := at(schema, "properties")
		required := list()
		place := 0
		pairs(props, func(name string, prop *yaml.Node) {
			required.Content = append(required.Content, text(name))
			place++
			if prop.Kind == yaml.MappingNode {
				set(prop, "x-order", number(place))
			}
		})
		if c := at(schema, "x-complete"); c != nil && c.Value == "true" {
			set(schema, "required", required)
		}
	})
	return nil
}

// json returns the document in its order.
func (d *document) json() ([]byte, error) {
	var b bytes.Buffer
	if err := writeJSON(&b, d.root); err != nil {
		return nil, fmt.Errorf("%s: %w", d.name, err)
	}
	return b.Bytes(), nil
}

// lines returns the document with a line for each path and each component, so that a change shows as a change.
func (d *document) lines() ([]byte, error) {
	var b bytes.Buffer
	if err := writeLines(&b, d.root, 3); err != nil {
		return nil, fmt.Errorf("%s: %w", d.name, err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func writeJSON(b *bytes.Buffer, n *yaml.Node) error { return writeLines(b, n, 0) }

// writeLines writes n; the members of mappings begin lines, levels deep.
func writeLines(b *bytes.Buffer, n *yaml.Node, levels int) error {
	switch n.Kind {
	case yaml.MappingNode:
		b.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				b.WriteByte(',')
			}
			if levels > 0 {
				b.WriteByte('\n')
			}
			key, err := json.Marshal(n.Content[i].Value)
			if err != nil {
				return err
			}
			b.Write(key)
			b.WriteByte(':')
			if err := writeLines(b, n.Content[i+1], levels-1); err != nil {
				return err
			}
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, c := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeJSON(b, c); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	case yaml.ScalarNode:
		var v any
		if err := n.Decode(&v); err != nil {
			return fmt.Errorf("line %d: %w", n.Line, err)
		}
		var s bytes.Buffer
		e := json.NewEncoder(&s)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return fmt.Errorf("line %d: %w", n.Line, err)
		}
		b.Write(bytes.TrimRight(s.Bytes(), "\n"))
	default:
		return fmt.Errorf("line %d: anchors and aliases are not for API documents", n.Line)
	}
	return nil
}

// load gives the document to kin-openapi, with the other documents of ready within its reach, and validates it.
func (d *document) load(ready map[string]*document) (*openapi3.T, error) {
	l := openapi3.NewLoader()
	l.IsExternalRefsAllowed = true
	l.ReadFromURIFunc = func(_ *openapi3.Loader, u *url.URL) ([]byte, error) {
		name := strings.TrimPrefix(u.Path, "/")
		other := ready[name]
		if other == nil {
			return nil, fmt.Errorf("%s is not one of the documents", name)
		}
		return other.json()
	}
	data, err := d.json()
	if err != nil {
		return nil, err
	}
	t, err := l.LoadFromDataWithPath(data, &url.URL{Path: d.name})
	if err != nil {
		return nil, err
	}
	return t, t.Validate(context.Background())
}
