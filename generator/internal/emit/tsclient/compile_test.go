package tsclient

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestClientsCompile gives the committed clients, and a program that uses them, to the TypeScript compiler at its strictest.
func TestClientsCompile(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the TypeScript compiler")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node here: the TypeScript clients are not compiled")
	}
	const project = "../../../../tools/tscheck"
	compiler := filepath.Join(project, "node_modules", "typescript", "lib", "tsc.js")
	if _, err := os.Stat(compiler); err != nil {
		npm, err := exec.LookPath("npm")
		if err != nil {
			t.Skip("no npm here to install the TypeScript compiler: the clients are not compiled")
		}
		if out, err := exec.Command(npm, "ci", "--prefix", project, "--no-audit", "--no-fund", "--ignore-scripts").CombinedOutput(); err != nil {
			t.Skipf("the TypeScript compiler can't be installed: the clients are not compiled: %v\n%s", err, out)
		}
	}
	if out, err := exec.Command(node, compiler, "--project", project).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
