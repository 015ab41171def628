package load

import (
	"bytes"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"
)

// Policy holds the corrections of the pinned definitions: where their publisher departs from the official R4. Each entry
// says why, and an entry that changes nothing fails the run.
type Policy struct {
	File     string              `yaml:"-"`
	Drop     []TypeDrop          `yaml:"drop"`
	Elements []ElementCorrection `yaml:"elements"`
	Open     []OpenValueSet      `yaml:"openValueSets"`
}

// TypeDrop leaves a whole type out.
type TypeDrop struct {
	Type   string `yaml:"type"`
	Reason string `yaml:"reason"`
}

// ElementCorrection changes or drops one element of a differential.
type ElementCorrection struct {
	Path    string `yaml:"path"`
	Drop    bool   `yaml:"drop"`
	Binding string `yaml:"binding"`
	Reason  string `yaml:"reason"`
}

// OpenValueSet is a value set of a required binding whose codes the definitions do not list, because they are defined by a
// grammar or by another body. Check names the hand-written rule for its codes.
type OpenValueSet struct {
	URL    string `yaml:"url"`
	Check  string `yaml:"check"`
	Reason string `yaml:"reason"`
}

func readPolicy(spec fs.FS, file string) (*Policy, error) {
	data, err := fs.ReadFile(spec, file)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	p := &Policy{}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("load %s: %w", file, err)
	}
	p.File = file
	for _, d := range p.Drop {
		if d.Type == "" || d.Reason == "" {
			return nil, fmt.Errorf("load %s: an entry of drop lacks type or reason", file)
		}
	}
	for _, c := range p.Elements {
		if c.Path == "" || c.Reason == "" || c.Drop == (c.Binding != "") {
			return nil, fmt.Errorf("load %s: entry %q of elements needs a reason and either drop or binding", file, c.Path)
		}
	}
	for _, o := range p.Open {
		if o.URL == "" || o.Reason == "" {
			return nil, fmt.Errorf("load %s: an entry of openValueSets lacks url or reason", file)
		}
	}
	return p, nil
}
