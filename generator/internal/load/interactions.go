package load

import (
	"bytes"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"
)

// InteractionsFile is the choice of FHIR interactions, below spec/.
const InteractionsFile = "policy/interactions.yaml"

// Interactions are the FHIR interactions that the server offers and the routes that lead to them.
type Interactions struct {
	Routes []InteractionRoute `yaml:"routes"`
	Types  struct {
		All    []string            `yaml:"all"`
		Except map[string][]string `yaml:"except"`
	} `yaml:"types"`
	Operations []ServedOperation `yaml:"-"` // of OperationsFile
}

// InteractionRoute is a method and path that lead to an interaction.
type InteractionRoute struct {
	Interaction string `yaml:"interaction"`
	Level       string `yaml:"level"`
	Access      string `yaml:"access"`
	Method      string `yaml:"method"`
	Path        string `yaml:"path"`
	Capability  string `yaml:"capability"`
}

// ReadInteractions reads the choice of interactions.
func ReadInteractions(spec fs.FS) (*Interactions, error) {
	data, err := fs.ReadFile(spec, InteractionsFile)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	p := &Interactions{}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("load %s: %w", InteractionsFile, err)
	}
	if p.Operations, err = readOperations(spec); err != nil {
		return nil, err
	}
	return p, nil
}
