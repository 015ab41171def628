package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
)

// TestRequestsOutliveTheirToken is TOK-26: a token is looked at when a request begins. An answer that is under way when the token expires
// arrives whole, and so does a body that began to arrive before; the next request is refused.
func TestRequestsOutliveTheirToken(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	s := demoserver.StartOn(t, config.Store{Data: t.TempDir()}, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
	who := signIn(t, s, demoserver.Admin, "openid", "api:fhir", "user/Binary.cruds")
	data := strings.Repeat("QUFB", 1_000_000)
	for range 8 { // more than the connection holds
		who.want(201, "POST", fhirAPI+"/Binary", object{"resourceType": "Binary", "contentType": "application/octet-stream", "data": data}, nil)
	}
	sent := func(method, path string, body io.Reader) *http.Request {
		t.Helper()
		r, err := http.NewRequest(method, s.URL+fhirAPI+path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+who.token)
		r.Header.Set("Content-Type", "application/fhir+json")
		return r
	}
	answer, err := s.Client.Do(sent(http.MethodGet, "/Binary?_count=8", http.NoBody))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()

	// The server asks for the body when it has looked at the token.
	transport, ok := s.Client.Transport.(*http.Transport)
	if !ok {
		t.Fatal("the client has no transport of its own")
	}
	transport = transport.Clone()
	transport.ExpectContinueTimeout = await.Patience
	body, half := io.Pipe()
	asked := make(chan struct{})
	upload := sent(http.MethodPost, "/Binary", body)
	upload.Header.Set("Expect", "100-continue")
	upload = upload.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(asked) }}))
	type result struct {
		status int
		err    error
	}
	uploaded := make(chan result, 1)
	go func() {
		resp, err := (&http.Client{Transport: transport}).Do(upload)
		if err != nil {
			uploaded <- result{err: err}
			return
		}
		uploaded <- result{resp.StatusCode, resp.Body.Close()}
	}()
	<-asked
	ahead.Store(int64(2 * time.Hour))
	if _, err := half.Write([]byte(`{"resourceType":"Binary","contentType":"text/plain","data":"QUFB"}`)); err != nil {
		t.Fatal(err)
	}
	_ = half.Close() // never fails
	if got := <-uploaded; got.err != nil || got.status != http.StatusCreated {
		t.Errorf("the upload that began before: %d %v", got.status, got.err)
	}
	whole, err := io.ReadAll(answer.Body)
	var bundle struct{ Entry []json.RawMessage }
	if err = errors.Join(err, json.Unmarshal(whole, &bundle)); err != nil || answer.StatusCode != http.StatusOK || len(bundle.Entry) != 8 {
		t.Errorf("the answer that was under way: %d, %d entries in %d bytes, %v", answer.StatusCode, len(bundle.Entry), len(whole), err)
	}
	if status, _ := who.do("GET", fhirAPI+"/Binary?_count=1", "", nil); status != http.StatusUnauthorized {
		t.Errorf("the next request gets %d", status)
	}
}
