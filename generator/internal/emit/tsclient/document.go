package tsclient

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// document is what a client needs of an OpenAPI document, in the order of its author.
type document struct {
	Info       struct{ Title string }
	Paths      members[item]
	Components struct {
		Schemas    members[*schema]
		Parameters members[parameter]
	}
}

type item struct {
	Parameters []parameter
	Get        *operation
	Post       *operation
	Put        *operation
	Delete     *operation
}

type operation struct {
	OperationID string `yaml:"operationId"`
	Summary     string
	Description string
	Parameters  []parameter
	RequestBody *struct{ Content members[media] } `yaml:"requestBody"`
	Responses   members[struct{ Content members[media] }]
}

type parameter struct {
	Ref         string `yaml:"$ref"`
	Name, In    string
	Required    bool
	Description string
	Schema      *schema
}

type media struct{ Schema *schema }

type schema struct {
	Ref                  string `yaml:"$ref"`
	Type, Format         string
	Description          string
	Nullable             bool
	Enum                 []any
	Properties           members[*schema]
	Required             []string
	Items                *schema
	MaxItems             *int      `yaml:"maxItems"`
	AllOf                []*schema `yaml:"allOf"`
	AdditionalProperties *schema   `yaml:"additionalProperties"`
}

// member is one member of a mapping.
type member[T any] struct {
	Name  string
	Value T
}

// members is a mapping that keeps its order.
type members[T any] []member[T]

// UnmarshalYAML reads a mapping. JSON is YAML.
func (m *members[T]) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: not a mapping", n.Line)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		x := member[T]{Name: n.Content[i].Value}
		if err := n.Content[i+1].Decode(&x.Value); err != nil {
			return err
		}
		*m = append(*m, x)
	}
	return nil
}

// get returns a member; ok is false if there is none.
func (m members[T]) get(name string) (v T, ok bool) {
	for _, x := range m {
		if x.Name == name {
			return x.Value, true
		}
	}
	return v, false
}
