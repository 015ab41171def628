package load

import (
	"bytes"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"
)

// DocumentsFile says how the resource types are spread over API documents, below spec/.
const DocumentsFile = "policy/documents.yaml"

// Documents are the API documents of the FHIR API.
type Documents struct {
	Groups []struct {
		Name  string   `yaml:"name"`
		Title string   `yaml:"title"`
		Types []string `yaml:"types"`
	} `yaml:"groups"`
	Examples   map[string]string              `yaml:"examples"`
	Operations map[string][]DocumentParameter `yaml:"operations"`
}

// DocumentParameter is what a document shows of a parameter of an operation.
type DocumentParameter struct {
	Name    string `yaml:"name"`
	Level   string `yaml:"level"`
	Type    string `yaml:"type"`
	Example string `yaml:"example"`
}

// ReadDocuments reads how the resource types are spread over API documents.
func ReadDocuments(spec fs.FS) (*Documents, error) {
	data, err := fs.ReadFile(spec, DocumentsFile)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	d := &Documents{}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(d); err != nil {
		return nil, fmt.Errorf("load %s: %w", DocumentsFile, err)
	}
	return d, nil
}
