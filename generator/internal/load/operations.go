package load

import (
	"bytes"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"
)

// OperationsFile holds the FHIR operations that the server answers, below spec/.
const OperationsFile = "policy/operations.yaml"

// ServedOperation is an operation that the server answers.
type ServedOperation struct {
	ID         string                     `yaml:"id"`
	Code       string                     `yaml:"code"`
	Base       string                     `yaml:"base"`
	Title      string                     `yaml:"title"`
	Text       string                     `yaml:"text"`
	Levels     []string                   `yaml:"levels"`
	Types      []string                   `yaml:"types"`
	Post       bool                       `yaml:"post"`
	Versioned  bool                       `yaml:"versioned"`
	Parameters []ServedOperationParameter `yaml:"parameters"`
}

// ServedOperationParameter is a parameter that an operation takes or gives.
type ServedOperationParameter struct {
	Name string `yaml:"name"`
	Use  string `yaml:"use"`
	Min  int    `yaml:"min"`
	Max  string `yaml:"max"`
	Type string `yaml:"type"`
	Text string `yaml:"text"`
}

// readOperations reads the operations that the server answers.
func readOperations(spec fs.FS) ([]ServedOperation, error) {
	data, err := fs.ReadFile(spec, OperationsFile)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	var file struct {
		Operations []ServedOperation `yaml:"operations"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("load %s: %w", OperationsFile, err)
	}
	return file.Operations, nil
}
