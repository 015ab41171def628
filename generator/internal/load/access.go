package load

import (
	"bytes"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"
)

// Access is what the tables of scopes and rights are made from: spec/policy/scopes.yaml, acl.yaml and compartment.yaml, and what
// the OpenAPI documents of the Standard and Portal APIs say about the access to each operation.
type Access struct {
	Scopes      ScopePolicy
	Rights      RightPolicy
	Compartment CompartmentPolicy
	Standard    APIDocument
	Portal      APIDocument
}

// The policy files of [Access] below spec/.
const (
	ScopesFile      = "policy/scopes.yaml"
	RightsFile      = "policy/acl.yaml"
	CompartmentFile = "policy/compartment.yaml"
	StandardFile    = "openapi/standard.yaml"
	PortalFile      = "openapi/portal.yaml"
)

// ScopePolicy is scopes.yaml.
type ScopePolicy struct {
	Verbs           map[string]string            `yaml:"verbs"`
	Frames          map[string]map[string]string `yaml:"frames"`
	FHIR            map[string]string            `yaml:"fhir"`
	Common          []string                     `yaml:"common"`
	Granular        []Granular                   `yaml:"granular"`
	Words           []Word                       `yaml:"words"`
	OperationScopes []ScopeText                  `yaml:"operationScopes"`
	Plain           []ScopeText                  `yaml:"plain"`
}

// Granular offers the values of one search parameter of a type as granular scopes.
type Granular struct {
	Type      string `yaml:"type"`
	Parameter string `yaml:"parameter"`
	Values    []struct {
		System string `yaml:"system"`
		Code   string `yaml:"code"`
		Text   string `yaml:"text"`
	} `yaml:"values"`
}

// Word is a resource of the Standard and Portal APIs, with the letters that are offered though no operation asks for them.
type Word struct {
	Word   string `yaml:"word"`
	User   string `yaml:"user"`
	Shared bool   `yaml:"shared"`
	Text   string `yaml:"text"`
}

// ScopeText is one scope with its consent text.
type ScopeText struct {
	Scope  string `yaml:"scope"`
	Text   string `yaml:"text"`
	Hidden bool   `yaml:"hidden"`
}

// RightPolicy is acl.yaml.
type RightPolicy struct {
	Sections   yaml.Node         `yaml:"sections"` // kept as a node: the order of the sections is the order of the rights
	Groups     []Group           `yaml:"groups"`
	FHIR       []TypeRights      `yaml:"fhir"`
	Operations []OperationRights `yaml:"operations"`
}

// Group is one role with its grants by level.
type Group struct {
	Name       string   `yaml:"name"`
	Title      string   `yaml:"title"`
	Everything string   `yaml:"everything"`
	View       []string `yaml:"view"`
	AddOnly    []string `yaml:"addonly"`
	Some       []string `yaml:"wsome"`
	Write      []string `yaml:"write"`
}

// TypeRights are the needs of some resource types.
type TypeRights struct {
	Types  []string `yaml:"types"`
	Read   string   `yaml:"read"`
	Write  string   `yaml:"write"`
	Create string   `yaml:"create"`
	Update string   `yaml:"update"`
	Delete string   `yaml:"delete"`
}

// OperationRights says what one FHIR operation needs.
type OperationRights struct {
	Name     string   `yaml:"name"`
	Types    TypeList `yaml:"types"`
	Letters  string   `yaml:"letters"`
	AnyOf    string   `yaml:"anyOf"`
	Data     string   `yaml:"data"`
	Scope    string   `yaml:"scope"`
	Or       string   `yaml:"or"`
	Need     string   `yaml:"need"`
	Contexts []string `yaml:"contexts"`
	Entries  bool     `yaml:"entries"`
}

// TypeList is a list of types, or all.
type TypeList struct {
	All   bool
	Types []string
}

// UnmarshalYAML accepts the word all beside a list.
func (l *TypeList) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode && node.Value == "all" {
		l.All = true
		return nil
	}
	return node.Decode(&l.Types)
}

// CompartmentPolicy is compartment.yaml.
type CompartmentPolicy struct {
	Owned  []CompartmentTypes `yaml:"owned"`
	Open   []CompartmentTypes `yaml:"open"`
	Denied []CompartmentTypes `yaml:"denied"`
}

// CompartmentTypes are some types with what a patient/ scope can do with them, and why.
type CompartmentTypes struct {
	Types   []string `yaml:"types"`
	Letters string   `yaml:"letters"`
	Self    string   `yaml:"self"`
	Reason  string   `yaml:"reason"`
}

// APIDocument is what an OpenAPI document says about access: by path, then by member of the path item.
type APIDocument struct {
	Paths map[string]map[string]yaml.Node `yaml:"paths"`
}

// APIOperation is one operation of an [APIDocument].
type APIOperation struct {
	ID    string     `yaml:"operationId"`
	Scope StringList `yaml:"x-scope"`
	ACL   *struct {
		Section string     `yaml:"section"`
		Value   string     `yaml:"value"`
		Level   StringList `yaml:"level"`
	} `yaml:"x-acl"`
	Audit struct {
		Action string `yaml:"action"`
		Type   string `yaml:"type"`
	} `yaml:"x-audit"`
}

// StringList is one string or a list of them.
type StringList []string

// UnmarshalYAML accepts a single string as a list of one.
func (l *StringList) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*l = StringList{node.Value}
		return nil
	}
	return node.Decode((*[]string)(l))
}

// ReadAccess reads the policy files and the OpenAPI documents below spec.
func ReadAccess(spec fs.FS) (*Access, error) {
	a := &Access{}
	for _, f := range []struct {
		file string
		into any
	}{{ScopesFile, &a.Scopes}, {RightsFile, &a.Rights}, {CompartmentFile, &a.Compartment}} {
		data, err := fs.ReadFile(spec, f.file)
		if err != nil {
			return nil, fmt.Errorf("load: %w", err)
		}
		dec := yaml.NewDecoder(bytes.NewReader(data))
		dec.KnownFields(true)
		if err := dec.Decode(f.into); err != nil {
			return nil, fmt.Errorf("load %s: %w", f.file, err)
		}
	}
	for _, f := range []struct {
		file string
		into *APIDocument
	}{{StandardFile, &a.Standard}, {PortalFile, &a.Portal}} {
		data, err := fs.ReadFile(spec, f.file)
		if err != nil {
			return nil, fmt.Errorf("load: %w", err)
		}
		if err := yaml.Unmarshal(data, f.into); err != nil {
			return nil, fmt.Errorf("load %s: %w", f.file, err)
		}
	}
	return a, nil
}
