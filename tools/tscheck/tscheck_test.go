// Package tscheck proves that the TypeScript clients in gen/client/ts compile at the compiler's strictest, and that what comes
// out of the compiler works against a server.
package tscheck

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"chartwright/internal/e2e/demoserver"
)

func TestClientsCompileAndWork(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the TypeScript compiler")
	}
	node := compiler(t)
	out := t.TempDir()
	if said, err := exec.Command(node, tsc, "--project", ".", "--noEmit", "false", "--rootDir", "../..", "--outDir", out).CombinedOutput(); err != nil {
		t.Fatalf("the clients do not compile: %v\n%s", err, said)
	}
	if err := os.WriteFile(filepath.Join(out, "package.json"), []byte(`{"type": "module"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	server := demoserver.Start(t)
	token, err := server.SignIn(demoserver.Admin, []string{"openid", "api:oemr", "user/patient.read", "user/patient.write", "user/document.read", "user/document.write"})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, filepath.Join(out, "tools/tscheck/work.js"))
	cmd.Env = append(os.Environ(), "BASE_URL="+server.URL+"/apis/default", "TOKEN="+token, "NODE_EXTRA_CA_CERTS="+certificate(t, server, out))
	said, err := cmd.CombinedOutput()
	if want := "Tesla lives in Springfield; a note; 404\n"; err != nil || !strings.HasSuffix(string(said), want) {
		t.Errorf("%v: the program says %q, want %q", err, said, want)
	}
}

var tsc = filepath.Join("node_modules", "typescript", "lib", "tsc.js")

// compiler installs the compiler where it is not there yet and returns the program that runs it.
func compiler(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node here: the TypeScript clients are not compiled")
	}
	if _, err := os.Stat(tsc); err == nil {
		return node
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("no npm here to install the TypeScript compiler: the clients are not compiled")
	}
	if out, err := exec.Command(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts").CombinedOutput(); err != nil {
		t.Skipf("the TypeScript compiler can't be installed: the clients are not compiled: %v\n%s", err, out)
	}
	return node
}

// certificate writes that of the server into a file for those who are to trust it.
func certificate(t *testing.T, server *demoserver.Server, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "server.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate.Raw}
	if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
