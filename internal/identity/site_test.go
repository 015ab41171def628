package identity_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"chartwright/internal/identity"
	"chartwright/internal/identity/token"
)

// twin puts a client of site default and its secrets into site other as well, and everybody with their passwords, so that nothing
// but the site tells the two apart.
func (w *world) twin(id string) {
	w.t.Helper()
	ctx := context.Background()
	one, err := w.admin.Open(ctx, "default")
	if err != nil {
		w.t.Fatal(err)
	}
	two, err := w.admin.Open(ctx, "other")
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := one.Client(ctx, id)
	if err == nil {
		err = two.AddClient(ctx, c)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	people, err := one.Accounts(ctx, "")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range people {
		_ = two.AddAccount(ctx, a) // there already, for the second client
	}
	for _, name := range []string{"api_fhir", "api_standard", "api_portal", "api_system_scopes"} {
		if err := w.admin.SetSetting(ctx, "other", name, "on"); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.admin.SetSetting(ctx, "other", "password_grant", "both"); err != nil {
		w.t.Fatal(err)
	}
}

// TestNothingOfASiteIsGoodAtAnother runs SITE-01, SITE-02, SITE-04, SITE-07, SITE-09, CODE-07, CAUTH-31 and TOK-16: the same client
// with the same secret and the same people at both sites, over HTTP.
func TestNothingOfASiteIsGoodAtAnother(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.register(map[string]any{"initiate_login_uri": "https://client.example.org/launch", "scope": "openid fhirUser offline_access launch launch/patient user/Patient.read patient/Patient.read"})
		w.twin(c.id)
		there := func(path string, form url.Values) *answer {
			return w.browser().post("/oauth2/other/"+path, c.with(form))
		}
		verifier, _ := proof()

		// The client is one of the other site, so that what follows is not refused for want of it.
		if a := there("token", passwordForm("openid user/Patient.read")); a.status != http.StatusOK {
			t.Fatalf("the twin is no client of the other site: %d %s", a.status, a.body)
		}
		code := w.code(c, "openid offline_access user/Patient.read")
		w.refused(there("token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "code_verifier": {verifier}}), http.StatusBadRequest, "invalid_grant")
		a := w.redeem(c, code)
		if a.status != http.StatusOK {
			t.Fatalf("CODE-07 an attempt elsewhere has used the code up: %s", a.body)
		}
		j := a.json(t)
		w.refused(there("token", refreshForm(j)), http.StatusBadRequest, "invalid_grant")
		access := j["access_token"].(string)
		if a := w.browser().get("/oauth2/other/userinfo", "Authorization", "Bearer "+access); a.status != http.StatusUnauthorized {
			t.Errorf("SITE-02 userinfo of another site: %d %s", a.status, a.body)
		}
		for _, kind := range []string{"access_token", "refresh_token"} {
			a := there("introspect", url.Values{"token": {j[kind].(string)}})
			if a.status != http.StatusOK || strings.TrimSpace(a.body) != `{"active":false}` {
				t.Errorf("SITE-02 another site introspects the %s: %d %s", kind, a.status, a.body)
			}
			if a := there("revoke", url.Values{"token": {j[kind].(string)}}); a.status != http.StatusOK || !w.live(j) {
				t.Errorf("SITE-02 another site revoked the %s: %d", kind, a.status)
			}
		}
		hint := j["id_token"].(string)
		out := w.browser().get("/oauth2/other/logout?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://client.example.org/logout/callback"}}.Encode())
		if strings.HasPrefix(out.header.Get("Location"), "https://client.example.org") || !w.live(j) {
			t.Errorf("SITE-09 a logout at another site: %d %s", out.status, out.header.Get("Location"))
		}
		if two := w.browser().get("/oauth2/other/jwk"); two.body == w.browser().get("/oauth2/default/jwk").body {
			t.Error("SITE-09 two sites share a key")
		}

		// A session: signed in here, the same cookie is nothing there.
		b := w.browser()
		page := b.submit(b.authorize(w.request(c.id, "openid user/Patient.read")), staff("admin", "pass"))
		if strings.Contains(page.body, `name="password"`) {
			t.Fatalf("not signed in: %.300s", page.body)
		}
		home, _ := url.Parse(w.issuer() + "/authorize")
		params := w.request(c.id, "openid user/Patient.read")
		params.Set("aud", w.http.URL+"/apis/other/fhir")
		var cookies []string
		for _, k := range b.client.Jar.Cookies(home) {
			cookies = append(cookies, k.String(), strings.ReplaceAll(k.Name, "default", "other")+"="+k.Value)
		}
		if len(cookies) == 0 {
			t.Fatal("a session without a cookie")
		}
		fresh := w.browser()
		start := fresh.get("/oauth2/other/authorize?"+params.Encode(), "Cookie", strings.Join(cookies, "; "))
		for start.status == http.StatusSeeOther {
			next, err := start.url.Parse(start.header.Get("Location"))
			if err != nil || !strings.HasPrefix(next.Path, "/oauth2/other/") {
				t.Fatalf("SITE-04 sent to %s", start.header.Get("Location"))
			}
			start = fresh.get(next.String(), "Cookie", strings.Join(cookies, "; "))
		}
		if !strings.Contains(start.body, `name="password"`) {
			t.Errorf("SITE-04 a session of one site is one of another: %d %.300s", start.status, start.body)
		}

		// A launch from here is none there.
		admin, err := w.admin.User(ctx, "default", identity.Named("admin"))
		if err != nil {
			t.Fatal(err)
		}
		address, err := w.server.Launch(ctx, "default", c.id, admin.ID, token.Context{Patient: patientID})
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(address)
		params = w.request(c.id, "openid launch patient/Patient.read")
		params.Set("aud", w.http.URL+"/apis/other/fhir")
		params.Set("launch", u.Query().Get("launch"))
		l := w.browser()
		page = l.follow(l.get("/oauth2/other/authorize?" + params.Encode()))
		if page.status == http.StatusOK && strings.Contains(page.body, `name="password"`) {
			page = l.submit(page, staff("admin", "pass"))
		}
		if page.status == http.StatusOK && strings.Contains(page.body, `value="allow"`) || page.status == http.StatusSeeOther && w.location(page).Get("error") == "" {
			t.Errorf("a launch of one site goes on at another: %d %.300s", page.status, page.body)
		}

		// A registration token is for the client of its site.
		two, err := w.admin.Open(ctx, "other")
		if err != nil {
			t.Fatal(err)
		}
		second, err := two.Client(ctx, c.id)
		if err != nil {
			t.Fatal(err)
		}
		second.ID, second.RegistrationHash = "another", nil
		if err := two.AddClient(ctx, second); err != nil {
			t.Fatal(err)
		}
		if a := w.browser().get("/oauth2/other/client/another", "Authorization", "Bearer "+c.key); a.status != http.StatusUnauthorized {
			t.Errorf("SITE-02 a registration token of one site reads a client of another: %d", a.status)
		}

		// An assertion is for the token endpoint that it names; a jti is spent at its site alone.
		s := w.backend(nil)
		w.twin(s.id)
		claims := s.claims()
		assertion := func(site string) *answer {
			return w.browser().post("/oauth2/"+site+"/token", url.Values{
				"grant_type": {"client_credentials"}, "scope": {"system/Patient.read"}, "client_assertion": {s.sign(jose.RS384, "r", claims, nil)},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			})
		}
		w.refused(assertion("other"), http.StatusUnauthorized, "invalid_client")
		if a := assertion("default"); a.status != http.StatusOK {
			t.Errorf("CAUTH-31 an attempt elsewhere has spent the assertion: %d %s", a.status, a.body)
		}
		claims["aud"] = w.http.URL + "/oauth2/other/token"
		if a := assertion("other"); a.status != http.StatusOK {
			t.Errorf("SITE-07 a jti of one site is spent at another: %d %s", a.status, a.body)
		}
	})
}

// TestAnAssertionIsRedeemedOnce is CAUTH-27: of fifty attempts at once with one assertion, one succeeds.
func TestAnAssertionIsRedeemedOnce(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		b := w.backend(nil)
		form := url.Values{
			"grant_type": {"client_credentials"}, "scope": {"system/Patient.read"}, "client_assertion": {b.sign(jose.RS384, "r", b.claims(), nil)},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		}
		var won atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				switch a := w.token(form); a.status {
				case http.StatusOK:
					won.Add(1)
				case http.StatusUnauthorized:
				default:
					t.Errorf("a loser gets %d %s", a.status, a.body)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d attempts succeeded", won.Load())
		}
	})
}

// TestDiscoveryIgnoresTheHostHeader is OIDC-13: what the documents name comes from the configuration.
func TestDiscoveryIgnoresTheHostHeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodGet, "/oauth2/default/.well-known/openid-configuration", http.NoBody)
	r.Host = "evil.example"
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("Forwarded", "host=evil.example")
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	if rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), "evil.example") || !strings.Contains(rec.Body.String(), w.issuer()) {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}
