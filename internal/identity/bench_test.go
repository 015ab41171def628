package identity_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/storetest"
)

func BenchmarkAuthenticate(b *testing.B) {
	w := newWorld(b)
	c := w.register(nil)
	bearer := w.token(c.with(passwordForm("openid user/Patient.read"))).json(b)["access_token"].(string)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.server.Authenticate(context.Background(), "default", bearer); err != nil {
			b.Fatal(err)
		}
	}
}

// post calls the handler without a network between.
func (w *world) direct(path string, form url.Values) map[string]any {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", formType)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	a := &answer{status: rec.Code, body: rec.Body.String()}
	if a.status != http.StatusOK {
		w.t.Fatalf("%d %s", a.status, a.body)
	}
	return a.json(w.t)
}

func benchmarkRefresh(b *testing.B, w *world) {
	c := w.register(nil)
	j := w.token(c.with(passwordForm("openid offline_access user/Patient.read"))).json(b)
	b.ReportAllocs()
	for b.Loop() {
		j = w.direct("/oauth2/default/token", c.with(refreshForm(j)))
	}
}

// BenchmarkRefresh includes the commit and the signature of the ID token.
func BenchmarkRefresh(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkRefresh(b, newWorld(b)) })
	b.Run("postgres", func(b *testing.B) { benchmarkRefresh(b, startWorld(b, gormstore.Config{DSN: storetest.PostgreSQL(b)})) })
}
