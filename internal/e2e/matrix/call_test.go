package matrix_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// call is one request.
type call struct {
	method, path string
	token        string
	body         []byte
	header       map[string]string
	// inside hands the request to the program as a call, past the network: the same but for what net/http does, and much cheaper.
	inside bool
}

// answer is what came back.
type answer struct {
	call   call
	status int
	header http.Header
	body   []byte
}

func (w *world) send(c call) *answer {
	a, err := w.trySend(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// patience is how often a request is sent that the server can't answer at the moment, as a client would: 503 says nothing of what is
// allowed.
const patience = 5

func (w *world) trySend(c call) (a *answer, err error) {
	for range patience {
		if a, err = w.sendOnce(c); err != nil || a.status != http.StatusServiceUnavailable {
			break
		}
	}
	return a, err
}

func (w *world) sendOnce(c call) (*answer, error) {
	r, err := http.NewRequest(c.method, w.url+c.path, bytes.NewReader(c.body))
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if len(c.body) > 0 {
		r.Header.Set("Content-Type", "application/fhir+json")
		if !strings.Contains(c.path, "/fhir") {
			r.Header.Set("Content-Type", "application/json")
		}
	}
	if strings.Contains(c.path, "/fhir/Binary/") { // the resource, not the file that it holds
		r.Header.Set("Accept", "application/fhir+json")
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	if c.inside {
		return w.handOver(c, r)
	}
	resp, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return &answer{call: c, status: resp.StatusCode, header: resp.Header, body: body}, err
}

// handOver answers a request as the connection would.
func (w *world) handOver(c call, r *http.Request) (a *answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the connection would be broken off: %v", p)
		}
	}()
	r.RequestURI, r.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:1"
	recorder := httptest.NewRecorder()
	w.within.ServeHTTP(recorder, r)
	return &answer{call: c, status: recorder.Code, header: recorder.Header(), body: recorder.Body.Bytes()}, nil
}

func (w *world) must(a *answer) *answer {
	w.t.Helper()
	if a.status >= 300 {
		w.t.Fatalf("%s %s: %d %.800s", a.call.method, a.call.path, a.status, a.body)
	}
	return a
}
