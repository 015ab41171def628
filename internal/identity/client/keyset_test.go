package client

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// TestFetchFollowsNobody is SSRF-04 and SSRF-08: a host of keys is asked for its keys and told nothing; where it points is not gone.
// That it is a public one is what TestGap14_KeySetsAreFetchedFromPublicHostsOnly proves.
func TestFetchFollowsNobody(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	inner := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(inner.Close)
	var asked http.Header
	outer := httptest.NewTLSServer(nil)
	t.Cleanup(outer.Close)
	outer.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header
		switch r.URL.Path {
		case "/elsewhere":
			http.Redirect(w, r, inner.URL, http.StatusFound)
		case "/again":
			http.Redirect(w, r, "/again", http.StatusPermanentRedirect)
		case "/clear":
			http.Redirect(w, r, "http://"+inner.Listener.Addr().String(), http.StatusTemporaryRedirect)
		case "/large":
			_, _ = w.Write(bytes.Repeat([]byte(" "), maxKeySetBytes+1))
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			_, _ = w.Write([]byte(`{"keys":[]}`))
		}
	})
	// The guarded client, but for where it may go.
	open := *guarded
	open.Transport = outer.Client().Transport
	for _, path := range []string{"/elsewhere", "/again", "/clear", "/large", "/broken"} {
		if body, err := fetch(t.Context(), &open, outer.URL+path); err == nil {
			t.Errorf("%s gives %q", path, body)
		}
	}
	for range 2 {
		if body, err := fetch(t.Context(), &open, outer.URL+"/keys"); err != nil || string(body) != `{"keys":[]}` {
			t.Errorf("%q, %v", body, err)
		}
		for _, name := range []string{"Authorization", "Cookie", "Referer", "Proxy-Authorization"} {
			if asked.Get(name) != "" {
				t.Errorf("SSRF-08 it is told %s: %s", name, asked.Get(name))
			}
		}
	}
	if hits.Load() > 0 {
		t.Errorf("SSRF-04 a redirect was followed %d times", hits.Load())
	}
	if guarded.Jar != nil {
		t.Error("SSRF-08 cookies are kept")
	}
	if _, err := Fetch(t.Context(), inner.URL); err == nil || hits.Load() > 0 {
		t.Errorf("SSRF-03 an address of ours was called: %v", err)
	}
}
