package browser

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"chartwright/internal/e2e/demoserver"
)

// People sign in, pick a patient, agree to a part, refuse, and sign out.
func TestSignIn(t *testing.T) {
	t.Parallel()
	ctx := open(t)
	server := demoserver.Start(t)
	app := register(t, server)
	addPatients(t, server, 30) // more than the picker shows at once

	t.Run("a wrong password is told, and the name stays", func(t *testing.T) {
		do(ctx, t, "login", visit(app.request()), chromedp.WaitVisible("#username"),
			chromedp.SendKeys("#username", "physician"), chromedp.SendKeys("#password", "wrong"), chromedp.Click("form button.primary"),
			chromedp.WaitVisible("[role=alert]"), until(`document.querySelector("#username").value === "physician"`))
		shoot(ctx, t, "signin-1-login")
	})
	t.Run("staff find the patient and leave a scope out", func(t *testing.T) {
		do(ctx, t, "enter", chromedp.SendKeys("#password", "physician"), chromedp.Click("form button.primary"), chromedp.WaitVisible("#search"))
		first := rows(ctx, t)
		do(ctx, t, "next-page", chromedp.Click("a.next"), chromedp.WaitVisible(".pages a:not(.next)"))
		shoot(ctx, t, "signin-2-picker")
		for _, id := range rows(ctx, t) {
			if slices.Contains(first, id) {
				t.Errorf("patient %s is on two pages", id)
			}
		}
		do(ctx, t, "search", chromedp.SendKeys("#search", "underhill susanna"), chromedp.Click("form.search button"), chromedp.WaitVisible(".rows li:only-child button"))
		do(ctx, t, "pick", chromedp.Click(".rows li:only-child button"), chromedp.WaitVisible("button[value=allow]"))
		shoot(ctx, t, "signin-3-consent")
		if got := text(ctx, t, ".context"); !strings.Contains(got, "Underhill") {
			t.Errorf("the page asks about %q", got)
		}
		do(ctx, t, "agree", chromedp.Click(`input[value="patient/Observation.rs"]`), chromedp.Click("button[value=allow]"))
		token := app.redeem(t, app.answer(t))
		granted := strings.Fields(token.Scope)
		if !slices.Contains(granted, "patient/Patient.rs") || slices.Contains(granted, "patient/Observation.rs") {
			t.Errorf("granted: %s", token.Scope)
		}
		if !strings.HasPrefix(token.Patient, "9a1b6c1e-0002-") {
			t.Errorf("the patient is %s", token.Patient)
		}
	})
	t.Run("the one who is signed in picks again and refuses", func(t *testing.T) {
		do(ctx, t, "again", visit(app.request()+"&prompt=consent"), chromedp.WaitVisible(".rows li:first-child button"),
			chromedp.Click(".rows li:first-child button"), chromedp.WaitVisible("button[value=deny]"), chromedp.Click("button[value=deny]"))
		if q := app.answer(t); q.Get("error") != "access_denied" || q.Has("code") {
			t.Errorf("%v", q)
		}
	})
	t.Run("signing out ends the session", func(t *testing.T) {
		do(ctx, t, "logout", visit(server.URL+"/oauth2/default/logout"), chromedp.WaitVisible("form button.primary"),
			chromedp.Click("form button.primary"), chromedp.WaitNotPresent("form"))
		do(ctx, t, "signed-out", visit(app.request()), chromedp.WaitVisible("#username"))
	})
	t.Run("a patient signs in with the address on record", func(t *testing.T) {
		do(ctx, t, "patient", chromedp.WaitNotVisible("#email"), chromedp.Click(".switch label:has(.is-patient)"), chromedp.WaitVisible("#email"))
		shoot(ctx, t, "signin-4-patient")
		do(ctx, t, "enter-patient", chromedp.SendKeys("#username", demoserver.Phil.Login), chromedp.SendKeys("#email", demoserver.Phil.Email),
			chromedp.SendKeys("#password", demoserver.Phil.Password), chromedp.Click("form button.primary"),
			chromedp.WaitVisible("button[value=allow]"), chromedp.Click("button[value=allow]"))
		if token := app.redeem(t, app.answer(t)); !strings.HasPrefix(token.Patient, "9a1b6c1e-0001-") {
			t.Errorf("the patient is %s", token.Patient)
		}
	})
}

// rows returns the ids of the patients that the picker shows.
func rows(ctx context.Context, t *testing.T) []string {
	t.Helper()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ids, err := chromedp.Run(limited, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".rows button")].map((b) => b.value)`))
	if err != nil || len(ids) == 0 {
		t.Fatalf("the picker shows %v, %v", ids, err)
	}
	return ids
}

// client is an app at an address of its own, to which the browser is sent.
type client struct {
	server  *demoserver.Server
	id      string
	back    string
	answers chan url.Values
}

const (
	verifier = "a-verifier-that-is-long-enough-to-be-one-of-RFC-7636"
	state    = "some-state-or-other"
	scope    = "openid launch/patient patient/Patient.rs patient/Observation.rs"
)

// register serves an app and registers it.
func register(t *testing.T, server *demoserver.Server) *client {
	t.Helper()
	app := &client{server: server, answers: make(chan url.Values, 1)}
	there := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/callback" {
			app.answers <- r.URL.Query()
		}
	}))
	t.Cleanup(there.Close)
	app.back = there.URL + "/callback"
	var registered struct {
		ClientID string `json:"client_id"`
	}
	post(t, server, "/oauth2/default/registration", "", map[string]any{
		"client_name": "An app for the browser", "redirect_uris": []string{app.back}, "scope": scope, "token_endpoint_auth_method": "none",
	}, &registered)
	app.id = registered.ClientID
	return app
}

// request is an authorization request with PKCE.
func (c *client) request() string {
	sum := sha256.Sum256([]byte(verifier))
	return c.server.URL + "/oauth2/default/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {c.id}, "redirect_uri": {c.back}, "scope": {scope}, "state": {state},
		"aud": {c.server.URL + "/apis/default/fhir"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode()
}

// answer waits until the browser comes to the app, and returns what it brings.
func (c *client) answer(t *testing.T) url.Values {
	t.Helper()
	select {
	case q := <-c.answers:
		if q.Get("state") != state {
			t.Errorf("the state is %q", q.Get("state"))
		}
		return q
	case <-time.After(patience):
		t.Fatal("the browser was not sent to the app")
		return nil
	}
}

type granted struct {
	Scope, Patient string
	AccessToken    string `json:"access_token"`
}

func (c *client) redeem(t *testing.T, q url.Values) granted {
	t.Helper()
	resp, err := c.server.Client.PostForm(c.server.URL+"/oauth2/default/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {c.back}, "client_id": {c.id}, "code_verifier": {verifier},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var g granted
	if err := json.NewDecoder(resp.Body).Decode(&g); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the token endpoint answers %s to %v", resp.Status, q)
	}
	return g
}

// addPatients writes invented patients.
func addPatients(t *testing.T, server *demoserver.Server, n int) {
	t.Helper()
	bearer, err := server.SignIn(demoserver.Admin, []string{"openid", "api:fhir", "user/Patient.write"})
	if err != nil {
		t.Fatal(err)
	}
	entries := make([]any, n)
	for i := range entries {
		entries[i] = map[string]any{
			"request":  map[string]string{"method": "POST", "url": "Patient"},
			"resource": map[string]any{"resourceType": "Patient", "name": []any{map[string]any{"family": "Invented", "given": []string{"Number " + strconv.Itoa(i)}}}},
		}
	}
	post(t, server, "/apis/default/fhir", bearer, map[string]any{"resourceType": "Bundle", "type": "transaction", "entry": entries}, nil)
}

// post sends JSON and wants it taken.
func post(t *testing.T, server *demoserver.Server, path, bearer string, body, into any) {
	t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", fmt.Sprintf("Bearer %s", bearer))
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	resp, err := server.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s answers %s: %s", path, resp.Status, answer)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatal(err)
		}
	}
}
