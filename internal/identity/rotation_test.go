package identity_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"chartwright/internal/await"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/storetest"
)

// TestKeysRotateUnderLoad is F-23: two processes sign without a pause while their keys are rotated. No request fails, and whoever holds
// an ID token of either finds its key at the other.
func TestKeysRotateUnderLoad(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, c gormstore.Config) {
		ctx := context.Background()
		w := startWorld(t, c)
		app := w.register(nil)
		processes := []http.Handler{w.handler, w.replica(c).Handler()}
		ask := func(process int, method, path string, form url.Values) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, w.http.URL+"/oauth2/default/"+path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", formType)
			rec := httptest.NewRecorder()
			processes[process].ServeHTTP(rec, r)
			return rec
		}
		verified := func(process int, text string) bool {
			signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
			if err != nil {
				t.Error(err)
				return true
			}
			var set jose.JSONWebKeySet
			if err := json.Unmarshal(ask(process, http.MethodGet, "jwk", nil).Body.Bytes(), &set); err != nil {
				t.Error(err)
			}
			for _, k := range set.Key(signed.Signatures[0].Header.KeyID) {
				if _, err := signed.Verify(k); err == nil {
					return true
				}
			}
			return false
		}
		const rotations = 5
		done := make(chan struct{})
		var issuing sync.WaitGroup
		for process := range processes {
			given := w.token(app.with(passwordForm("openid offline_access user/Patient.read"))).json(t)
			issuing.Go(func() {
				for n := 0; ; n++ {
					answer := ask(process, http.MethodPost, "token", maps.Clone(app.with(refreshForm(given))))
					given = nil
					if err := json.Unmarshal(answer.Body.Bytes(), &given); err != nil || answer.Code != http.StatusOK {
						t.Errorf("refresh %d at process %d: %d %s", n, process, answer.Code, answer.Body)
						return
					}
					id := given["id_token"].(string)
					if !verified(process, id) {
						t.Errorf("process %d publishes no key for what it has signed", process)
					}
					for met := time.Now(); !verified(1-process, id); { // as somebody does who meets a key for the first time
						if time.Since(met) > await.Patience {
							t.Errorf("process %d does not publish the key of the other", 1-process)
							return
						}
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		for range rotations {
			if err := w.admin.RotateKey(ctx, "default", "RS256"); err != nil {
				t.Error(err)
			}
		}
		close(done)
		issuing.Wait()
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		check(t, gormstore.Config{DataDir: t.TempDir()})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		check(t, gormstore.Config{DSN: storetest.PostgreSQL(t)})
	})
}
