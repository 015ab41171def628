package client

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/await"
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
		if got, err := fetch(t.Context(), &open, outer.URL+path); err == nil {
			t.Errorf("%s gives %q", path, got.Body)
		}
	}
	for range 2 {
		var got *FetchedKeys
		await.True(t, "the keys are fetched within the time that a host has", func() bool {
			var err error
			got, err = fetch(t.Context(), &open, outer.URL+"/keys")
			return err == nil
		})
		if string(got.Body) != `{"keys":[]}` || got.Life >= 0 {
			t.Errorf("%+v", got)
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

func TestLife(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		header http.Header
		want   time.Duration
	}{
		{http.Header{}, -1},
		{http.Header{"Cache-Control": {"public"}}, -1},
		{http.Header{"Cache-Control": {"public, max-age=300"}}, 5 * time.Minute},
		{http.Header{"Cache-Control": {"Public", "Max-Age=300"}}, 5 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=300"}, "Age": {"100"}}, 200 * time.Second},
		{http.Header{"Cache-Control": {"max-age=300"}, "Age": {"400"}}, 0},
		{http.Header{"Cache-Control": {"max-age=0"}}, 0},
		{http.Header{"Cache-Control": {"max-age=soon"}}, 0},
		{http.Header{"Cache-Control": {"max-age=300, no-cache"}}, 0},
		{http.Header{"Cache-Control": {"no-store"}}, 0},
		{http.Header{"Cache-Control": {"max-age=99999999999999999999"}}, 0},
		{http.Header{"Cache-Control": {"max-age=4294967295"}}, 24 * time.Hour},
	} {
		if got := life(tc.header); got != tc.want {
			t.Errorf("%v: %v, want %v", tc.header, got, tc.want)
		}
	}
}
