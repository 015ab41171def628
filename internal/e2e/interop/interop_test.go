// Package interop drives the whole program with OAuth, OpenID Connect and SMART clients that others wrote. The clients run in
// node, a script each; package.json pins them, and tools/test/install installs them.
package interop

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"chartwright/internal/await"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/identity"
	"chartwright/internal/identity/token"
)

const site = "default"

// patience is how long one client may take for all its flows, on a machine that does other things, too.
const patience = await.Patience

// Each client completes its flows; what a script checks is written there.
func TestClients(t *testing.T) {
	t.Parallel()
	node := installed(t)
	server := demoserver.Start(t)
	env := append(os.Environ(),
		"NODE_EXTRA_CA_CERTS="+certificate(t, server), "CHARTWRIGHT_URL="+server.URL, "CHARTWRIGHT_DESK="+openDesk(t, server))
	for _, client := range []string{"openid-client", "oauth4webapi", "fhirclient"} {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			script := exec.CommandContext(ctx, node, client+".mjs")
			script.Env = env
			out, err := script.CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// installed returns the path of node. Where it or a pinned client is missing, or it is older than 20, the test is skipped.
func installed(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node: the clients that others wrote are not tested")
	}
	if err := exec.CommandContext(t.Context(), node, "-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)").Run(); err != nil {
		t.Skipf("node is older than 20 (%v): the clients that others wrote are not tested", err)
	}
	var wanted struct {
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if err := readJSON("package.json", &wanted); err != nil {
		t.Fatal(err)
	}
	for name, version := range wanted.DevDependencies {
		var there struct {
			Version string `json:"version"`
		}
		err := readJSON(filepath.Join("node_modules", name, "package.json"), &there)
		if errors.Is(err, os.ErrNotExist) || err == nil && there.Version != version {
			t.Skipf("%s %s is not installed (tools/test/install does it, with npm): the clients that others wrote are not tested", name, version)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return node
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// certificate writes the server's certificate to a file, for node to trust.
func certificate(t *testing.T, server *demoserver.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "server.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate.Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// openDesk serves what the scripts need done inside the program: an administrator's approval, and a launch from the chart.
func openDesk(t *testing.T, server *demoserver.Server) string {
	t.Helper()
	mux := http.NewServeMux()
	serve := func(path string, answer func(*http.Request) (string, error)) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			text, err := answer(r)
			if err != nil {
				http.Error(w, fmt.Sprintf("%s: %v", path, err), http.StatusInternalServerError)
				return
			}
			_, _ = io.WriteString(w, text)
		})
	}
	serve("/enable", func(r *http.Request) (string, error) {
		return "", server.App.Admin.SetClientEnabled(r.Context(), site, r.FormValue("client"), true)
	})
	serve("/launch", func(r *http.Request) (string, error) {
		user, err := server.App.Admin.User(r.Context(), site, identity.Named(r.FormValue("user")))
		if err != nil {
			return "", err
		}
		open := token.Context{Patient: r.FormValue("patient"), Encounter: r.FormValue("encounter")}
		return server.App.Identity.Launch(r.Context(), site, r.FormValue("client"), user.ID, open)
	})
	desk := httptest.NewServer(mux)
	t.Cleanup(desk.Close)
	return desk.URL
}
