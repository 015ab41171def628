// Package api emits the Standard and Portal APIs from spec/openapi: types, strict gin servers and typed clients by
// oapi-codegen, the table of operations with their rules and access facts, and the documents that Swagger UI shows.
//
// oapi-codegen keeps state between runs in package variables that each run sets anew, so the runs follow one another.
package api

import (
	"fmt"
	"io/fs"
	"path"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/model"
)

// Emitter reads spec/openapi below Spec, the spec folder.
type Emitter struct{ Spec fs.FS }

// Name returns the emitter's name.
func (Emitter) Name() string { return "api" }

// families are the documents, each a file of spec/openapi. A family may refer to those before it.
var families = []string{"standard", "portal"}

const folder = "openapi"

// Emit returns the files of all families.
func (e Emitter) Emit(m *model.Model) ([]emit.File, error) {
	var files []emit.File
	err := e.each(func(spec fs.FS, family string, ready map[string]*document) error {
		out, err := e.family(spec, family, ready, m.Access)
		files = append(files, out...)
		return err
	})
	return files, err
}

// Served is a document as it is served: complete in itself.
type Served struct {
	Family string // such as standard, the name of its file in spec/openapi
	JSON   []byte
}

// Served returns the documents of all families, for outputs that are made of what readers see.
func (e Emitter) Served(m *model.Model) ([]Served, error) {
	var out []Served
	err := e.each(func(_ fs.FS, family string, ready map[string]*document) error {
		data, err := ready[family+".yaml"].served(family, ready, m.Access)
		out = append(out, Served{Family: family, JSON: data})
		return err
	})
	return out, err
}

// each reads the documents one after another and visits each with those before it in ready.
func (e Emitter) each(visit func(spec fs.FS, family string, ready map[string]*document) error) error {
	spec, err := fs.Sub(e.Spec, folder)
	if err != nil {
		return err
	}
	ready := map[string]*document{}
	for _, family := range families {
		name := family + ".yaml"
		data, err := fs.ReadFile(spec, name)
		if err != nil {
			return err
		}
		doc, err := parse(name, data)
		if err != nil {
			return err
		}
		if err := doc.complete(); err != nil {
			return err
		}
		ready[name] = doc
		if err := visit(spec, family, ready); err != nil {
			return fmt.Errorf("%s: %w", path.Join(folder, name), err)
		}
	}
	return nil
}

func (e Emitter) family(spec fs.FS, family string, ready map[string]*document, access *model.Access) ([]emit.File, error) {
	doc := ready[family+".yaml"]
	ops, err := doc.operations()
	if err != nil {
		return nil, err
	}
	var files []emit.File
	for _, part := range []string{"server", "client"} {
		out, err := generate(spec, family+"."+part+".cfg.yaml", doc, ready, len(ops))
		if err != nil {
			return nil, err
		}
		files = append(files, out...)
	}
	table, err := operationTable(family, ops)
	if err != nil {
		return nil, err
	}
	served, err := doc.served(family, ready, access)
	if err != nil {
		return nil, err
	}
	embed, err := emit.Go(path.Join("api", family, "document.go"), []byte(emit.Header("api", "spec/openapi/"+family+".yaml")+`
package `+family+`

import _ "embed"

// OpenAPI is the document of this API in JSON, complete in itself. It must not be changed.
//
//go:embed openapi.json
var OpenAPI []byte
`))
	if err != nil {
		return nil, err
	}
	return append(files, table, embed, emit.File{Path: path.Join("api", family, "openapi.json"), Data: served}), nil
}
