package identity_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"chartwright/internal/await"
	"chartwright/internal/fault"
	"chartwright/internal/identity"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

// One test for each place where fosite, as it comes, was measured to fall short.

func TestGap01_AWrongVerifierDoesNotDropTheChallenge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	form := c.with(url.Values{
		"grant_type": {"authorization_code"}, "code": {w.code(c, "openid user/Patient.read")}, "redirect_uri": {redirect},
		"code_verifier": {strings.Repeat("wrong-", 8)},
	})
	w.refused(w.token(form), http.StatusBadRequest, "invalid_grant")
	form.Del("code_verifier")
	w.refused(w.token(form), http.StatusBadRequest, "invalid_grant")
	verifier, _ := proof()
	form.Set("code_verifier", verifier)
	w.refused(w.token(form), http.StatusBadRequest, "invalid_grant") // PKCE-08: the code is dead
}

// Gap 2 is TestRacesHaveOneWinner.

func TestGap03_RefreshHonoursTheScopeParameter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	j := w.tokens(c, "openid offline_access user/Patient.read user/Observation.read")
	form := refreshForm(j)
	form.Set("scope", "user/Patient.read")
	narrow := w.token(c.with(form)).json(t)
	s, err := w.server.Authenticate(context.Background(), "default", narrow["access_token"].(string))
	if err != nil || narrow["scope"] != "user/Patient.read" || len(s.Scopes.Raw) != 1 || narrow["id_token"] != nil {
		t.Fatalf("REF-08 narrower: %v", narrow)
	}
	for _, wider := range []string{"user/encounter.read", "user/*.read", "user/Patient.cruds", "user/Patient.write", "nonsense"} {
		form := refreshForm(narrow)
		form.Set("scope", wider)
		w.refused(w.token(c.with(form)), http.StatusBadRequest, "invalid_scope")
	}
	again := w.token(c.with(refreshForm(narrow))).json(t)
	if again["scope"] != j["scope"] {
		t.Errorf("REF-08 a later refresh gives %v", again["scope"])
	}
}

// broken is a store whose revocations fail.
type broken struct {
	identity.Store
	on *atomic.Bool
}

func (b broken) Spend(ctx context.Context, k token.Kind, h token.Hash) error {
	if b.on.Load() {
		return fault.Wrap(fault.Unavailable, "test", errors.New("disk on fire"))
	}
	return b.Store.Spend(ctx, k, h)
}

func (b broken) RevokeGrants(ctx context.Context, f token.Filter) (int, error) {
	if b.on.Load() {
		return 0, fault.Wrap(fault.Unavailable, "test", errors.New("disk on fire"))
	}
	return b.Store.RevokeGrants(ctx, f)
}

func TestGap04_ARevocationThatFailsSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var on atomic.Bool
	w.wrap = func(s identity.Store) identity.Store { return broken{s, &on} }
	w.restart()
	c := w.register(nil)
	j := w.tokens(c, "openid offline_access user/Patient.read")
	on.Store(true)
	for _, kind := range []string{"access_token", "refresh_token"} {
		a := w.browser().post("/oauth2/default/revoke", c.with(url.Values{"token": {j[kind].(string)}}))
		w.refused(a, http.StatusServiceUnavailable, "temporarily_unavailable")
		if a.header.Get("Retry-After") == "" || strings.Contains(a.body, "fire") {
			t.Errorf("%s: %v %s", kind, a.header, a.body)
		}
	}
	if !w.live(j) {
		t.Error("the token is dead although its revocation failed")
	}
}

func TestGap05_AnotherClientsTokenIsNotRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.register(nil), w.register(nil)
	j := w.tokens(a, "openid offline_access user/Patient.read")
	for _, kind := range []string{"access_token", "refresh_token"} {
		w.refused(w.browser().post("/oauth2/default/revoke", b.with(url.Values{"token": {j[kind].(string)}})), http.StatusBadRequest, "unauthorized_client")
	}
	if !w.live(j) {
		t.Error("another client revoked the token")
	}
	unknown := w.browser().post("/oauth2/default/revoke", b.with(url.Values{"token": {"unknown"}}))
	if unknown.status != http.StatusOK {
		t.Errorf("INT-14 an unknown token: %d", unknown.status)
	}
	if r := w.browser().post("/oauth2/default/revoke", a.with(url.Values{"token": {j["refresh_token"].(string)}})); r.status != http.StatusOK || w.live(j) {
		t.Errorf("revoking one's own refresh token: %d, access token alive: %v", r.status, w.live(j))
	}
}

func TestGap06_AnotherClientsTokenIsNotIntrospected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.register(nil), w.register(nil)
	j := w.tokens(a, "launch/patient openid fhirUser offline_access patient/Patient.read")
	ask := func(c app, value string) *answer {
		return w.browser().post("/oauth2/default/introspect", c.with(url.Values{"token": {value}}))
	}
	for _, kind := range []string{"access_token", "refresh_token"} {
		own := ask(a, j[kind].(string)).json(t)
		if own["active"] != true || own["client_id"] != a.id || own["patient"] != patientID || own["iss"] != w.issuer() || own["scope"] != j["scope"] ||
			own["fhirUser"] != j["fhirUser"] {
			t.Errorf("INT-08 own %s: %v", kind, own)
		}
		if other := ask(b, j[kind].(string)); strings.TrimSpace(other.body) != `{"active":false}` {
			t.Errorf("INT-02 another client's %s: %s", kind, other.body)
		}
	}
	if g := ask(b, "garbage\x00"); strings.TrimSpace(g.body) != `{"active":false}` || g.status != http.StatusOK {
		t.Errorf("INT-04 garbage: %d %s", g.status, g.body)
	}
	if err := w.admin.ChangeClient(context.Background(), "default", b.id, "client resource server", func(c *client.Client) { c.ResourceServer = true }); err != nil {
		t.Fatal(err)
	}
	if seen := ask(b, j["access_token"].(string)).json(t); seen["active"] != true {
		t.Errorf("a resource server: %v", seen)
	}
	bearer := w.browser().post("/oauth2/default/introspect", url.Values{"token": {j["access_token"].(string)}}, "Authorization", "Bearer "+j["access_token"].(string))
	w.refused(bearer, http.StatusUnauthorized, "invalid_client") // INT-05
	w.refused(w.browser().post("/oauth2/default/introspect", url.Values{"token": {"x"}}), http.StatusUnauthorized, "invalid_client")
	if get := w.browser().get("/oauth2/default/introspect?token=x"); get.status != http.StatusMethodNotAllowed {
		t.Errorf("INT-06 GET is %d", get.status)
	}
}

func TestGap07_RedirectURIsAreComparedByteForByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web := w.register(map[string]any{"redirect_uris": []string{"https://127.0.0.1/cb", "https://app.example.org/cb"}})
	native := w.register(map[string]any{
		"application_type": "native", "token_endpoint_auth_method": "none", "redirect_uris": []string{"http://127.0.0.1/cb", "http://[::1]:9/cb"},
	})
	try := func(c app, uri string) *answer {
		params := w.request(c.id, "openid patient/Patient.read")
		params.Set("redirect_uri", uri)
		return w.browser().authorize(params)
	}
	for _, uri := range []string{
		"http://u:p@127.0.0.1:9/c%62", "http://127.0.0.1:9/cb", "https://127.0.0.1:9/cb", "https://app.example.org/cb?x=1", "https://app.example.org/cb/",
		"https://APP.example.org/cb", "https://app.example.org:443/cb", "https://app.example.org/cb/../evil", "https://app.example.org/%63b",
		"https://app.example.org@evil.example/cb", "https://app.example.org.evil.example/cb", "https://evil.example/#app.example.org/cb",
		"https://app.example.org\\.evil.example/cb", "https://app.example.org/cb#", "https://app.example.org/cb\r\nX: y", "//app.example.org/cb", "",
	} {
		a := try(web, uri)
		if a.status != http.StatusBadRequest || a.header.Get("Location") != "" || strings.Contains(a.body, "evil") {
			t.Errorf("AUTHZ-02..17 %q: %d %q", uri, a.status, a.header.Get("Location"))
		}
	}
	for uri, good := range map[string]bool{
		"http://127.0.0.1/cb": true, "http://127.0.0.1:49152/cb": true, "http://[::1]:1/cb": true, "http://localhost:9/cb": false, "http://127.1/cb": false,
		"http://[::ffff:127.0.0.1]/cb": false, "http://127.0.0.1:9/other": false, "http://127.0.0.1:9@evil.example/cb": false,
		"http://127.0.0.1.evil.example/cb": false, "https://127.0.0.1/cb": false, "http://127.0.0.1:/cb": false, "http://127.0.0.1:123456/cb": false,
	} {
		if a := try(native, uri); (a.status == http.StatusOK) != good {
			t.Errorf("AUTHZ-15, AUTHZ-16 native %q: %d", uri, a.status)
		}
	}
}

func TestGap08_OnlySafeSchemesAreRegistered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, uri := range []string{
		"javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "blob:https://a/b", "ftp://a.example/cb", "myapp:/cb", "about:blank",
		"http://client.example.org/cb", "http://localhost/cb", "https://*.example.org/cb", "https://a.example/*", "https://a.example/cb#f",
		"https://u@a.example/cb", "https://a.example\\cb", "https://a.example/a|b", "/cb", "https:///cb", "https://a.example/cb\n", "https://a.example/../cb",
		"https://a.example/" + strings.Repeat("x", 10_000),
	} {
		for _, kind := range []string{"private", "native"} {
			w.clock.Advance(time.Minute) // registrations are rate limited
			a := w.tryRegister(map[string]any{"application_type": kind, "redirect_uris": []string{uri}, "scope": "openid patient/Patient.read"})
			w.refused(a, http.StatusBadRequest, "invalid_redirect_uri")
		}
	}
}

// Gaps 9 to 14 are about assertions: see assertion_test.go.

func TestGap15_RequestObjectsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	var hits atomic.Int64
	for name, value := range map[string]string{"request": "eyJhbGciOiJub25lIn0.eyJzdGF0ZSI6ImV2aWwtc3RhdGUiLCJzY29wZSI6InVzZXIvKi4qIn0.", "request_uri": "https://127.0.0.1:1/x"} {
		params := w.request(c.id, "openid user/Patient.read")
		params.Set(name, value)
		q := w.location(w.browser().authorize(params))
		if q.Get("error") != name+"_not_supported" || q.Get("state") != "state-9512151b" || hits.Load() != 0 {
			t.Errorf("AUTHZ-25, AUTHZ-26 %s: %v", name, q)
		}
	}
}

func TestGap16_OneMethodOfClientAuthentication(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.register(nil), w.register(nil)
	system := w.backend(nil)
	basic := func(c app) []string {
		r, _ := http.NewRequest(http.MethodPost, "/", nil)
		r.SetBasicAuth(url.QueryEscape(c.id), url.QueryEscape(c.secret))
		return []string{"Authorization", r.Header.Get("Authorization")}
	}
	good := func() url.Values { return passwordForm("openid user/Patient.read") }
	if r := w.token(good(), basic(a)...); r.status != http.StatusOK {
		t.Fatalf("Basic alone: %d %s", r.status, r.body)
	}
	w.refused(w.token(a.with(good()), basic(a)...), http.StatusBadRequest, "invalid_request") // CAUTH-01
	w.refused(w.token(b.with(good()), basic(a)...), http.StatusBadRequest, "invalid_request") // CAUTH-02
	named := good()
	named.Set("client_id", b.id)
	w.refused(w.token(named, basic(a)...), http.StatusBadRequest, "invalid_request")
	w.refused(w.token(assertionForm(system.sign(jose.RS384, "r", system.claims(), nil)), basic(a)...), http.StatusBadRequest, "invalid_request") // CAUTH-03
	both := a.with(assertionForm(system.sign(jose.RS384, "r", system.claims(), nil)))
	w.refused(w.token(both), http.StatusBadRequest, "invalid_request")
	query := w.browser().post("/oauth2/default/token?client_id="+a.id+"&client_secret="+a.secret, good())
	w.refused(query, http.StatusBadRequest, "invalid_request") // CAUTH-04
	twice := a.with(good()).Encode() + "&grant_type=password"
	w.refused(w.browser().send(http.MethodPost, "/oauth2/default/token", twice, "Content-Type", formType), http.StatusBadRequest, "invalid_request")
	wrong := a
	wrong.secret = "wrong"
	r := w.token(good(), basic(wrong)...)
	w.refused(r, http.StatusUnauthorized, "invalid_client") // CAUTH-10
	if !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Basic") {
		t.Errorf("CAUTH-10 no challenge: %v", r.header)
	}
	public := w.register(map[string]any{"application_type": "public"})
	public.secret = "something"
	w.refused(w.token(public.with(refreshForm(map[string]any{"refresh_token": "x"}))), http.StatusUnauthorized, "invalid_client") // CAUTH-08
	none := w.register(nil)
	none.secret = ""
	w.refused(w.token(none.with(refreshForm(map[string]any{"refresh_token": "x"}))), http.StatusUnauthorized, "invalid_client")
}

func TestGap17_LongSecretsAreComparedFast(t *testing.T) {
	t.Parallel()
	var c client.Client
	c.NewSecret()
	long := strings.Repeat("s", 86)
	h := token.HashOf(long)
	c.SecretHash = h[:]
	await.Fast(t, "two comparisons", time.Millisecond, func() {
		if !c.CheckSecret(long, time.Now()) || c.CheckSecret(long[:85]+"x", time.Now()) {
			t.Fatal("wrong comparison")
		}
	})
}

func TestGap18_AnswersCarryTheIssuerAndCodesLiveForAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	code := w.code(c, "openid user/Patient.read")
	w.clock.Advance(61 * time.Second)
	w.refused(w.redeem(c, code), http.StatusBadRequest, "invalid_grant") // CODE-05
	params := w.request(c.id, "openid user/NoSuchThing.read")
	if q := w.location(w.browser().authorize(params)); q.Get("iss") != w.issuer() || q.Get("error") != "invalid_scope" || !strings.Contains(q.Get("error_description"), "NoSuchThing") {
		t.Errorf("AUTHZ-23 %v", q)
	}
	j := w.tokens(c, "openid user/Patient.read")
	if a := w.browser().get("/oauth2/default/userinfo?access_token=" + j["access_token"].(string)); a.status != http.StatusUnauthorized {
		t.Errorf("TOK-02 a token in the query: %d", a.status)
	}
	if a := w.browser().get("/oauth2/default/userinfo", "Authorization", "Bearer "+j["access_token"].(string)); a.status != http.StatusOK || a.json(t)["sub"] == "" {
		t.Errorf("userinfo: %d %s", a.status, a.body)
	}
}
