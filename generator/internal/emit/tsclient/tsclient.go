// Package tsclient emits the TypeScript clients of the Standard and Portal APIs: an interface for each schema, a function for
// each operation over fetch, and one small file that both rest on. They need no other package.
package tsclient

import (
	_ "embed"
	"fmt"
	"path"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/emit/api"
	"chartwright/generator/internal/model"
)

// Emitter writes the clients of the documents of APIs.
type Emitter struct{ APIs api.Emitter }

// Name returns the emitter's name.
func (Emitter) Name() string { return "tsclient" }

const folder = "client/ts"

// transport is what the clients rest on: the same whatever the documents say.
//
//go:embed http.ts
var transport []byte

// Emit returns a file for each API and the one that they share.
func (e Emitter) Emit(m *model.Model) ([]emit.File, error) {
	served, err := e.APIs.Served(m)
	if err != nil {
		return nil, err
	}
	files := []emit.File{{Path: path.Join(folder, "http.ts"), Data: append([]byte(emit.Header("tsclient", "its own http.ts")+"\n"), transport...)}}
	for _, d := range served {
		src, err := client(emit.Header("tsclient", "spec/openapi/"+d.Family+".yaml"), d.JSON)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Family, err)
		}
		files = append(files, emit.File{Path: path.Join(folder, d.Family+".ts"), Data: src})
	}
	return files, nil
}
