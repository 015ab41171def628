package identity_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"chartwright/internal/gormstore"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/token"
)

// TestGuessing is CAUTH-11 and INT-10: guesses of a client's secret come to an end and hurt nobody else, and a guess of a token is
// told nothing, however many there are.
func TestGuessing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.register(nil), w.register(nil)
	guess, limited := c, 0
	guess.secret = "not the secret"
	for range 60 {
		a := w.browser().post("/oauth2/default/introspect", guess.with(url.Values{"token": {"x"}}))
		if a.status == http.StatusTooManyRequests && a.header.Get("Retry-After") != "" {
			limited++
		} else if a.status != http.StatusUnauthorized {
			t.Fatalf("CAUTH-11 a wrong secret: %d %s", a.status, a.body)
		}
	}
	if limited < 30 {
		t.Errorf("CAUTH-11 of 60 wrong secrets %d were put off", limited)
	}
	form := passwordForm("openid user/Patient.read")
	if a := w.token(c.with(form)); a.status != http.StatusTooManyRequests {
		t.Errorf("CAUTH-11 the right secret passes meanwhile: %d", a.status)
	}
	if a := w.token(other.with(form)); a.status != http.StatusOK {
		t.Errorf("CAUTH-11 another client is kept out too: %d %s", a.status, a.body)
	}
	w.clock.Advance(time.Hour)
	if a := w.token(c.with(form)); a.status != http.StatusOK {
		t.Errorf("CAUTH-11 the right secret does not pass an hour later: %d %s", a.status, a.body)
	}
	good := w.tokens(other, "openid offline_access user/Patient.read")["access_token"].(string)
	for i := range 200 {
		text, _ := token.Mint()
		if i%2 == 0 { // one that differs from a good one in a letter
			at := i % len(good)
			text = good[:at] + map[bool]string{true: "B", false: "A"}[good[at] == 'A'] + good[at+1:]
		}
		a := w.browser().post("/oauth2/default/introspect", other.with(url.Values{"token": {text}}))
		if a.status != http.StatusOK || strings.TrimSpace(a.body) != `{"active":false}` {
			t.Fatalf("INT-10 a guess is told %d %s", a.status, a.body)
		}
	}
}

// TestWrongPasswordsAreCountedHoweverTheyCome is SES-11 and RACE-16: another spelling of the name, another address in a header,
// another way in and another process are the same account.
func TestWrongPasswordsAreCountedHoweverTheyCome(t *testing.T) {
	t.Parallel()
	config := gormstore.Config{DataDir: t.TempDir()}
	w := startWorld(t, config)
	c := w.register(nil)
	second := w.replica(config).Handler()
	wrong := func(login string) url.Values {
		form := passwordForm("openid user/Patient.read")
		form.Set("username", login)
		form.Set("password", "wrong")
		return c.with(form)
	}
	elsewhere := func(form url.Values, from string) int {
		r := httptest.NewRequest(http.MethodPost, w.http.URL+"/oauth2/default/token", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", formType)
		r.RemoteAddr = from
		rec := httptest.NewRecorder()
		second.ServeHTTP(rec, r)
		return rec.Code
	}
	const same = "127.0.0.1:40000"
	attempts := []func(){
		func() { w.token(wrong("admin"), "X-Forwarded-For", "203.0.113.1") },
		func() { w.token(wrong("ADMIN"), "Forwarded", "for=203.0.113.2") },
		func() { w.token(wrong(" admin "), "X-Real-IP", "203.0.113.3") },
		func() { elsewhere(wrong("Admin"), same) },
		func() {
			b := w.browser()
			b.submit(b.authorize(w.request(c.id, "openid user/Patient.read")), staff("aDmin", "wrong"))
		},
		func() { elsewhere(wrong("admin"), same) },
	}
	for _, try := range attempts {
		try()
	}
	right := c.with(passwordForm("openid user/Patient.read"))
	if a := w.token(right, "X-Forwarded-For", "203.0.113.9"); a.status != http.StatusTooManyRequests {
		t.Errorf("SES-11 after %d wrong attempts the right password gets %d %s", len(attempts), a.status, a.body)
	}
	if got := elsewhere(right, same); got != http.StatusTooManyRequests {
		t.Errorf("RACE-16 the other process answers %d", got)
	}
	// All of an IPv6 network is one source.
	for i := range 6 {
		elsewhere(wrong("physician"), fmt.Sprintf("[2001:db8::%x]:40000", i+1))
	}
	form := passwordForm("openid user/Patient.read")
	form.Set("username", "physician")
	form.Set("password", "physician")
	if got := elsewhere(c.with(form), "[2001:db8::ffff]:40000"); got != http.StatusTooManyRequests {
		t.Errorf("SES-11 from another address of the network the right password gets %d", got)
	}
}

// TestNamesThatLookAlike is INJ-18: a name of other letters is another name or none at all, never that of an account there is.
func TestNamesThatLookAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	for _, login := range []string{"ＡＤＭＩＮ", "adm\u200bin", "\u202eadmin", "аdmin" /* a Cyrillic a */, "admin\u0000", "ad\u00admin", "admın"} {
		form := passwordForm("openid user/Patient.read")
		form.Set("username", login)
		if a := w.token(c.with(form)); a.status == http.StatusOK {
			t.Errorf("%q signs the administrator in", login)
		}
		made, _, err := w.admin.AddUser(context.Background(), "default", identity.NewUser{Kind: account.Staff, Login: login, Password: "a password of its own"})
		if err == nil && (made.Login != login || strings.ContainsAny(login, "\u200b\u202e\u00ad\u0000")) {
			t.Errorf("%q becomes an account %q", login, made.Login)
		}
	}
}

// TestSubjectsAreNobodysNames is OIDC-17: what an app knows a person by is no name and no address, and belongs to nobody else.
func TestSubjectsAreNobodysNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	c := w.register(nil)
	j := w.tokens(c, "openid fhirUser user/Patient.read")
	a := w.browser().get("/oauth2/default/userinfo", "Authorization", "Bearer "+j["access_token"].(string))
	sub, _ := a.json(t)["sub"].(string)
	admin := w.user("admin")
	if sub == "" || strings.Contains(sub, "admin") || strings.Contains(sub, "@") || sub != admin.ID {
		t.Fatalf("the subject is %q of account %s", sub, admin.ID)
	}
	if err := w.admin.SetUserEnabled(ctx, "default", identity.Named("admin"), false); err != nil {
		t.Fatal(err)
	}
	st, err := w.admin.Open(ctx, "default")
	if err != nil {
		t.Fatal(err)
	}
	for name, again := range map[string]account.Account{
		"the name": {ID: "another", Kind: account.Staff, Login: "admin"}, "the subject": {ID: sub, Kind: account.Staff, Login: "another"},
	} {
		if err := st.AddAccount(ctx, &again); err == nil {
			t.Errorf("%s of an account that ended is given to another", name)
		}
	}
}

// TestContextStaysThatOfTheConsent is CODE-12: a person who goes on to another patient in the same browser does not take the first
// app along.
func TestContextStaysThatOfTheConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b := w.browser()
	const scope = "openid offline_access launch/patient patient/Patient.read"
	walk := func(patient string) string {
		page := b.authorize(w.request(c.id, scope))
		if strings.Contains(page.body, `name="password"`) {
			page = b.submit(page, staff("admin", "pass"))
		}
		page = b.submit(page, url.Values{"patient": {patient}})
		if page.status == http.StatusOK {
			page = b.submit(page, allow)
		}
		return w.location(page).Get("code")
	}
	first, second := walk(patientID), walk(otherID)
	one, two := w.redeem(c, first).json(t), w.redeem(c, second).json(t)
	if one["patient"] != patientID || two["patient"] != otherID {
		t.Fatalf("the contexts are %v and %v", one["patient"], two["patient"])
	}
	if again := w.token(c.with(refreshForm(one))).json(t); again["patient"] != patientID {
		t.Errorf("a refresh has gone over to %v", again["patient"])
	}
}

// TestClientsChangeWhole is RACE-19: an administrator who lets a client in while another shuts it out leaves one or the other, and
// tokens follow it.
func TestClientsChangeWhole(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.register(nil)
		for round := range 5 {
			var wait sync.WaitGroup
			for i := range 8 {
				wait.Go(func() {
					if err := w.admin.SetClientEnabled(ctx, "default", c.id, (i+round)%2 == 0); err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			now, err := w.admin.Client(ctx, "default", c.id)
			if err != nil {
				t.Fatal(err)
			}
			a := w.token(c.with(passwordForm("openid user/Patient.read")))
			if want := map[bool]int{true: http.StatusOK, false: http.StatusUnauthorized}[now.Enabled]; a.status != want {
				t.Errorf("round %d: the client is enabled: %v, and a token request gets %d", round, now.Enabled, a.status)
			}
			if len(now.Scopes) == 0 || now.Metadata.ClientName == "" {
				t.Errorf("round %d has left half a client: %+v", round, now)
			}
		}
	})
}

// TestNoParameterLeadsElsewhere is SES-27: no page goes on to an address that a parameter names, but the app's own.
func TestNoParameterLeadsElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	for i, to := range []string{"//evil.example", `/\evil.example`, "%2f%2fevil.example", "https:evil.example", "https://evil.example/", "javascript:alert(1)"} {
		params := w.request(c.id, "openid user/Patient.read")
		for _, name := range []string{"next", "return_to", "returnUrl", "redirect", "continue", "RelayState", "rd"} {
			params.Set(name, to)
		}
		b := w.browser()
		page := b.authorize(params)
		fields := staff("admin", "pass")
		fields.Set("next", to)
		fields.Set("return_to", to)
		for step := 0; page.status == http.StatusOK && step < 4; step++ {
			if strings.Contains(page.body, "evil.example") || strings.Contains(page.body, "javascript:alert") {
				t.Errorf("%s: a page names it: %.300s", to, page.body)
			}
			next := allow
			if step == 0 {
				next = fields
			}
			page = b.submit(page, next)
		}
		if u, err := url.Parse(page.header.Get("Location")); err != nil || !strings.HasPrefix(u.String(), redirect+"?") {
			t.Errorf("%d: %s leads to %s", i, to, fmt.Sprint(page.status, page.header.Get("Location")))
		}
	}
}
