package load

import (
	"bytes"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"
)

// SearchPolicy is spec/policy/search-special.yaml: what the search parameters need beyond their expressions.
type SearchPolicy struct {
	File        string              `yaml:"-"`
	Special     []SearchSpecial     `yaml:"special"`
	Undefined   []SearchSpecial     `yaml:"undefined"`
	Drop        []SearchDrop        `yaml:"drop"`
	Corrections []SearchCorrection  `yaml:"corrections"`
	Handwritten []SearchHandwritten `yaml:"handwritten"`
	Owner       []SearchOwner       `yaml:"owner"`
}

// SearchSpecial names a parameter without index rows.
type SearchSpecial struct {
	Code   string `yaml:"code"`
	Reason string `yaml:"reason"`
}

// SearchDrop leaves a definition out.
type SearchDrop struct {
	URL    string `yaml:"url"`
	Reason string `yaml:"reason"`
}

// SearchCorrection replaces an expression, or that of the component defined by the parameter with id Component.
type SearchCorrection struct {
	URL        string `yaml:"url"`
	Component  string `yaml:"component"`
	Expression string `yaml:"expression"`
	Reason     string `yaml:"reason"`
}

// SearchHandwritten names the method of index.Rows that indexes Element for a parameter.
type SearchHandwritten struct {
	URL     string `yaml:"url"`
	Element string `yaml:"element"`
	Method  string `yaml:"method"`
	Boolean bool   `yaml:"boolean"`
	Reason  string `yaml:"reason"`
}

// SearchOwner says which parameters of a type, or which element, name the patient whose record a resource is.
type SearchOwner struct {
	Type    string   `yaml:"type"`
	Params  []string `yaml:"params"`
	Element string   `yaml:"element"`
	Self    bool     `yaml:"self"`
	Many    bool     `yaml:"many"`
	Reason  string   `yaml:"reason"`
}

// ReadSearch reads the policy of the search parameters below spec.
func ReadSearch(spec fs.FS) (*SearchPolicy, error) {
	const file = "policy/search-special.yaml"
	data, err := fs.ReadFile(spec, file)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	p := &SearchPolicy{}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("load %s: %w", file, err)
	}
	p.File = file
	for what, reason := range p.reasons() {
		if reason == "" {
			return nil, fmt.Errorf("load %s: %s has no reason", file, what)
		}
	}
	return p, nil
}

func (p *SearchPolicy) reasons() map[string]string {
	out := map[string]string{}
	for _, s := range p.Special {
		out["special "+s.Code] = s.Reason
	}
	for _, s := range p.Undefined {
		out["undefined "+s.Code] = s.Reason
	}
	for _, s := range p.Drop {
		out["drop "+s.URL] = s.Reason
	}
	for _, s := range p.Corrections {
		out["correction of "+s.URL] = s.Reason
	}
	for _, s := range p.Handwritten {
		out["handwritten "+s.URL] = s.Reason
	}
	for _, s := range p.Owner {
		out["owner of "+s.Type] = s.Reason
	}
	return out
}
