// Package apilint holds the OpenAPI documents that Swagger UI shows to a linter that others wrote. What its rules ask and these
// documents don't grant is switched off in dialects.yaml and fhir.yaml, each rule with the reason.
package apilint

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

func TestTheDocumentsPassTheLinter(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the linter")
	}
	node := linter(t)
	for _, c := range []struct{ rules, documents string }{
		{"dialects.yaml", "../../gen/api/*/openapi.json"},
		{"fhir.yaml", "../../gen/openapi/fhir-*.json"},
	} {
		t.Run(c.rules, func(t *testing.T) {
			t.Parallel()
			documents, err := filepath.Glob(c.documents)
			if err != nil || len(documents) == 0 {
				t.Fatalf("there is no %s: %v", c.documents, err)
			}
			args := append([]string{redocly, "lint", "--config", c.rules, "--format", "stylish", "--max-problems", "20"}, documents...)
			cmd := exec.Command(node, args...)
			cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true") // a test calls nobody
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("the linter finds faults: %v\n%s", err, said)
			}
		})
	}
}

// The linter must see a fault, or its silence above would say nothing.
func TestTheLinterFindsAFault(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the linter")
	}
	node := linter(t)
	document := filepath.Join(t.TempDir(), "openapi.json")
	const wrong = `{"openapi": "3.0.3", "info": {"title": "Wrong", "version": "1"}, "paths": {"/a/{b}": {"get": {"responses": {}}}}}`
	if err := os.WriteFile(document, []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, redocly, "lint", "--config", "dialects.yaml", document)
	cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	if said, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("the linter finds nothing wrong with a document without answers:\n%s", said)
	}
}

var redocly = filepath.Join("node_modules", "@redocly", "cli", "bin", "cli.js")

// linter installs the linter where it is not there yet and returns the program that runs it.
func linter(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node here: the documents are not linted")
	}
	installing.Lock()
	defer installing.Unlock()
	if _, err := os.Stat(redocly); err == nil {
		return node
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("no npm here to install the linter: the documents are not linted")
	}
	if out, err := exec.Command(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts").CombinedOutput(); err != nil {
		t.Skipf("the linter can't be installed: the documents are not linted: %v\n%s", err, out)
	}
	return node
}

var installing sync.Mutex // two tests need the linter
