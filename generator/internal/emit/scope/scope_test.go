package scope

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
	"chartwright/generator/internal/resolve"
)

// TestFilesAreTheCommittedOnes emits the tables from the repository's policy, twice, and compares them with gen/scope.
func TestFilesAreTheCommittedOnes(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..", "..")
	var last [][]byte
	for range 2 {
		in, err := load.ReadAccess(os.DirFS(filepath.Join(root, "spec")))
		if err != nil {
			t.Fatal(err)
		}
		var types []string
		for name := range in.Scopes.FHIR { // in a random order
			types = append(types, name)
		}
		a, err := resolve.Access(in, types)
		if err != nil {
			t.Fatal(err)
		}
		files, err := Emitter{}.Emit(&model.Model{Access: a})
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range files {
			committed, err := os.ReadFile(filepath.Join(root, "gen", filepath.FromSlash(f.Path)))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(committed, f.Data) {
				t.Errorf("gen/%s is stale, run make generate", f.Path)
			}
			if last != nil && !bytes.Equal(last[i], f.Data) {
				t.Errorf("%s is not the same twice", f.Path)
			}
		}
		last = nil
		for _, f := range files {
			last = append(last, f.Data)
		}
	}
}

func TestEmitNeedsAModel(t *testing.T) {
	t.Parallel()
	if _, err := (Emitter{}).Emit(&model.Model{}); err == nil {
		t.Error("a model without access tables was printed")
	}
}
