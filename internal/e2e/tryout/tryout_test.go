// Package tryout presses "Try it out" on every operation of every API document: it sends what the document proposes, with a
// token for the scopes that the document offers, and wants an answer that the document promises and that is no error.
package tryout

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"chartwright/internal/e2e/demoserver"
)

func TestEveryOperation(t *testing.T) {
	t.Parallel()
	server := demoserver.Start(t)
	begun := time.Now()
	var config struct {
		URLs []struct{ Name, URL string }
	}
	server.Get(t, "/swagger/config.json", &config)
	if len(config.URLs) < 10 {
		t.Fatalf("only %d documents", len(config.URLs))
	}
	var removals []func(t *testing.T)
	for _, d := range config.URLs {
		t.Run(d.Name, func(t *testing.T) {
			doc := &document{}
			server.Get(t, d.URL, doc)
			calls, err := doc.calls()
			if err != nil {
				t.Fatal(err)
			}
			who := demoserver.Admin
			if d.Name == "Portal API" {
				who = demoserver.Phil
			}
			token, err := server.SignIn(who, doc.scopes())
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range calls {
				c.send(t, server, doc.Servers[0].URL, token)
			}
			last, err := doc.removals()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range last {
				removals = append(removals, func(t *testing.T) { c.send(t, server, doc.Servers[0].URL, token) })
			}
			t.Logf("%d operations", len(calls)+len(last))
		})
	}
	t.Run("Provenance", func(t *testing.T) { explained(t, server, begun, 500) })
	t.Run("Removals", func(t *testing.T) {
		if len(removals) < 2*146 {
			t.Errorf("only %d", len(removals))
		}
		for _, send := range slices.Backward(removals) { // of one resource before those of its type, of the whole server last
			send(t)
		}
	})
	t.Run("Provenance of what is left", func(t *testing.T) { explained(t, server, begun, 100) })
}

// send tries one operation.
func (c *call) send(t *testing.T, server *demoserver.Server, base, token string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+base+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if c.media != "" {
		r.Header.Set("Content-Type", c.media)
	}
	resp, err := server.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case resp.StatusCode >= 400:
		t.Errorf("%s %s answers %s: %.500s", c.method, c.path, resp.Status, body)
	case !slices.Contains(c.answers, resp.StatusCode):
		t.Errorf("%s %s answers %s, which the document does not promise", c.method, c.path, resp.Status)
	case c.method == http.MethodGet && empty(body):
		t.Errorf("%s answers that there is nothing to show", c.path)
	}
}

// empty reports whether an answer of the Standard or the Portal API is a collection without records.
func empty(body []byte) bool {
	body = bytes.TrimSpace(body)
	return string(body) == "[]" || bytes.Contains(body, []byte(`"data":[]`))
}
