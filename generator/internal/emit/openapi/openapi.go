// Package openapi emits gen/openapi: the OpenAPI documents of the FHIR API, one for each group of resource types and one for
// what concerns the server as a whole. Which interactions they show is what gen/r4route serves, which parameters the standard
// search parameters, which scopes what gen/scope offers: all read the same model. The documents of the Standard and Portal APIs
// are emitted with their servers, by package api.
//
// Every parameter and body that an operation needs is filled in with an example, so that "Try it out" works as it is.
//
// https://spec.openapis.org/oas/v3.0.3
package openapi

import (
	"bytes"
	"fmt"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/model"
)

const (
	name = "openapi"
	from = "spec/fhir and spec/policy"
)

// Emitter emits gen/openapi.
type Emitter struct{}

// Name implements [emit.Emitter].
func (Emitter) Name() string { return name }

// Emit implements [emit.Emitter].
func (Emitter) Emit(m *model.Model) ([]emit.File, error) {
	if m.Documents == nil || m.Interactions == nil || m.Access == nil {
		return nil, nil
	}
	var files []emit.File
	groups := append([]model.DocumentGroup{{Name: "system", Title: "Whole system"}}, m.Documents.Groups...)
	for _, g := range groups {
		d := newDocument(m, g)
		var err error
		if len(g.Types) == 0 {
			err = d.system()
		} else {
			err = d.types()
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.Name, err)
		}
		data, err := render(d.finish(), 3)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.Name, err)
		}
		files = append(files, emit.File{Path: "openapi/" + file(g), Data: data})
	}
	examples, err := exampleFile(m)
	if err != nil {
		return nil, err
	}
	files = append(files, examples)
	index, err := emit.Go("openapi/documents.go", index(groups))
	if err != nil {
		return nil, err
	}
	return append(files, index), nil
}

// exampleFile is the examples of all types, one a line.
func exampleFile(m *model.Model) (emit.File, error) {
	var b bytes.Buffer
	d := newDocument(m, model.DocumentGroup{})
	for _, t := range m.Resources() {
		if d.access[t.Name] == nil {
			continue // an abstract type
		}
		line, err := render(d.example(t), 0)
		if err != nil {
			return emit.File{}, fmt.Errorf("%s: %w", t.Name, err)
		}
		b.Write(line)
	}
	return emit.File{Path: "openapi/examples.ndjson", Data: b.Bytes()}, nil
}

func file(g model.DocumentGroup) string { return "fhir-" + g.Name + ".json" }

func index(groups []model.DocumentGroup) []byte {
	var b bytes.Buffer
	b.WriteString(emit.Header(name, from) + `
// Package openapi holds the OpenAPI documents of the FHIR API.
package openapi

import "embed"

//go:embed *.json
var files embed.FS

// Examples are small valid resources, one of each type and a line, with the id example: those that the documents propose to
// create and update. The slice must not be changed.
//
//go:embed examples.ndjson
var Examples []byte

// Document is one OpenAPI 3.0.3 document, complete in itself, for the site default.
type Document struct {
	Name  string // fhir-individuals
	Title string
}

// JSON returns the document. The slice is the caller's.
func (d Document) JSON() []byte {
	data, err := files.ReadFile(d.Name + ".json")
	if err != nil {
		panic("openapi: " + err.Error()) // the list below and the files are generated together
	}
	return data
}

// Documents are all documents, in the order in which they are shown.
var Documents = []Document{
`)
	for _, g := range groups {
		fmt.Fprintf(&b, "\t{Name: %q, Title: %q},\n", "fhir-"+g.Name, "FHIR: "+g.Title)
	}
	b.WriteString("}\n")
	return b.Bytes()
}
