package r4route

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"chartwright/generator/internal/model"
)

var update = flag.Bool("update", false, "rewrite the wanted files")

// TestGolden emits a small choice of interactions.
func TestGolden(t *testing.T) {
	t.Parallel()
	const file = "testdata/small.txtar"
	files, err := Emitter{}.Emit(&model.Model{Interactions: &model.Interactions{
		List: []model.Interaction{
			{Code: "capabilities", System: true, Access: "-"},
			{Code: "batch", System: true, Access: "*", Capabilities: []string{"transaction", "batch"}},
			{Code: "read", Access: "r", Capabilities: []string{"read"}},
			{Code: "search-type", Access: "s", Capabilities: []string{"search-type"}},
		},
		Routes: []model.InteractionRoute{
			{Method: "GET", Path: "/metadata", Interaction: "capabilities"}, {Method: "POST", Path: "/", Interaction: "batch"},
			{Method: "GET", Path: "/{type}/{id}", Interaction: "read"}, {Method: "GET", Path: "/{type}", Interaction: "search-type"},
		},
		All: []string{"read", "search-type"},
		Types: []model.InteractionType{
			{Name: "Patient", URL: "http://hl7.org/fhir/StructureDefinition/Patient", Codes: []string{"read", "search-type"}},
			{Name: "Subscription", URL: "http://hl7.org/fhir/StructureDefinition/Subscription", Own: true, Codes: []string{"read"}},
		},
		Operations: []model.ServedOperation{
			{
				ID: "Resource-meta-add", Code: "meta-add", Base: "http://hl7.org/fhir/OperationDefinition/Resource-meta-add", Title: "Add labels", Text: "Adds labels.", Instance: true, Post: true, Except: []string{"Subscription"},
				Parameters: []model.ServedOperationParameter{{Name: "meta", Use: "in", Min: 1, Max: "1", Type: "Meta", Text: "What is added."}},
			},
			{ID: "Observation-lastn", Code: "lastn", Title: "Newest", Type: true, Types: []string{"Observation"}},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := &txtar.Archive{Comment: []byte("What a small choice of interactions becomes.\n")}
	for _, f := range files {
		got.Files = append(got.Files, txtar.File{Name: f.Path, Data: f.Data})
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(txtar.Format(got), want) {
		t.Errorf("the output differs from %s; look at it with -update", file)
	}
}

func TestNothingToEmit(t *testing.T) {
	t.Parallel()
	if files, err := (Emitter{}).Emit(&model.Model{}); err != nil || files != nil {
		t.Errorf("%v, %v", files, err)
	}
}
