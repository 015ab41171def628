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
	Searches []TargetCorrection  `yaml:"searches"`
	// Invariants are rules that say something else than they mean to.
	Invariants []InvariantCorrection `yaml:"invariants"`
	Open       []OpenValueSet        `yaml:"openValueSets"`
}

// TypeDrop leaves a whole type out.
type TypeDrop struct {
	Type   string `yaml:"type"`
	Reason string `yaml:"reason"`
}

// ElementCorrection changes or drops one element of a differential.
type ElementCorrection struct {
	Path     string   `yaml:"path"`
	Drop     bool     `yaml:"drop"`
	Binding  string   `yaml:"binding"`
	Strength string   `yaml:"strength"` // of the binding
	Targets  []string `yaml:"targets"`  // resource types that the reference may name
	Reason   string   `yaml:"reason"`
}

// changes returns how many things the correction changes; it must be one.
func (c ElementCorrection) changes() int {
	n := 0
	for _, is := range []bool{c.Drop, c.Binding != "", c.Strength != "", len(c.Targets) > 0} {
		if is {
			n++
		}
	}
	return n
}

// TargetCorrection replaces the target types of a search parameter.
type TargetCorrection struct {
	URL    string   `yaml:"url"`
	Target []string `yaml:"target"`
	Reason string   `yaml:"reason"`
}

// InvariantCorrection replaces the expression of an invariant.
type InvariantCorrection struct {
	Key        string `yaml:"key"` // of one rule
	Was        string `yaml:"was"` // or the expression of all rules that are wrong in the same way
	Expression string `yaml:"expression"`
	Reason     string `yaml:"reason"`
}

// OpenValueSet is a value set of a required binding whose codes the definitions do not list, because they are defined by a
// grammar or by another body. Check names the hand-written rule for its codes.
type OpenValueSet struct {
	URL    string `yaml:"url"`
	Check  string `yaml:"check"`
	Reason string `yaml:"reason"`
}

// ReadPolicy reads the corrections from file.
func ReadPolicy(spec fs.FS, file string) (*Policy, error) {
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
		if c.Path == "" || c.Reason == "" || c.changes() != 1 {
			return nil, fmt.Errorf("load %s: entry %q of elements needs a reason and one of drop, binding, strength, targets", file, c.Path)
		}
	}
	for _, c := range p.Searches {
		if c.URL == "" || c.Reason == "" || len(c.Target) == 0 {
			return nil, fmt.Errorf("load %s: entry %q of searches lacks target or reason", file, c.URL)
		}
	}
	for _, c := range p.Invariants {
		if (c.Key == "") == (c.Was == "") || c.Reason == "" || c.Expression == "" {
			return nil, fmt.Errorf("load %s: entry %q of invariants needs an expression, a reason and one of key, was", file, c.Key+c.Was)
		}
	}
	for _, o := range p.Open {
		if o.URL == "" || o.Reason == "" {
			return nil, fmt.Errorf("load %s: an entry of openValueSets lacks url or reason", file)
		}
	}
	return p, nil
}
