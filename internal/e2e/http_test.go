// Package e2e plays the whole program from outside: real HTTP, real tokens, real files.
package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"chartwright/internal/e2e/demoserver"
)

// caller is somebody with a token.
type caller struct {
	t      testing.TB
	server *demoserver.Server
	token  string
}

// signIn signs somebody in for the scopes.
func signIn(t testing.TB, s *demoserver.Server, who demoserver.Account, scopes ...string) *caller {
	t.Helper()
	token, err := s.SignIn(who, scopes)
	if err != nil {
		t.Fatalf("sign in as %s: %v", who.Login, err)
	}
	return &caller{t: t, server: s, token: token}
}

// do sends a request and returns status and body. Path is below the server's URL.
func (c *caller) do(method, path, contentType string, body []byte) (int, []byte) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.server.URL+path, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := c.server.Client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, answer
}

// want sends a request, checks the status and decodes the answer into value unless that is nil.
func (c *caller) want(status int, method, path string, body, value any) {
	c.t.Helper()
	var sent []byte
	contentType := ""
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			c.t.Fatal(err)
		}
		contentType = "application/json"
	}
	got, answer := c.do(method, path, contentType, sent)
	if got != status {
		c.t.Fatalf("%s %s: status %d, want %d: %.600s", method, path, got, status, answer)
	}
	if value == nil {
		return
	}
	if err := json.Unmarshal(answer, value); err != nil {
		c.t.Fatalf("%s %s: %v in %.300s", method, path, err, answer)
	}
}
