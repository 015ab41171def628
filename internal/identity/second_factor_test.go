package identity_test

import (
	"bytes"
	"context"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
)

var (
	secretText   = regexp.MustCompile(`<code id="secret">([A-Z2-7]+)</code>`)
	recoveryCode = regexp.MustCompile(`<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>`)
	factorLink   = regexp.MustCompile(`href="(/oauth2/default/second-factor\?[^"]*)"`)
)

// secondFactor goes from the page of the account to that of the second factor.
func (b *browser) secondFactor(page *answer) *answer {
	b.t.Helper()
	m := factorLink.FindStringSubmatch(page.body)
	if m == nil {
		b.t.Fatalf("no way to the second factor: %.1500s", page.body)
	}
	return b.get(html.UnescapeString(m[1]))
}

// setUp sets a second factor up from the page that offers it, and returns its secret, the recovery codes and the last page.
func (b *browser) setUp(page *answer, fields url.Values) (secret []byte, codes []string, last *answer) {
	b.t.Helper()
	begin := url.Values{"do": {"begin"}}
	maps.Copy(begin, fields)
	page = b.submit(page, begin)
	m := secretText.FindStringSubmatch(page.body)
	if m == nil || !strings.Contains(page.body, "<svg class=\"qr\"") {
		b.t.Fatalf("no secret is shown: %d %.1500s", page.status, page.body)
	}
	secret = account.Secret(m[1])
	last = b.submit(page, url.Values{"do": {"confirm"}, "code": {account.Code(secret, b.clock.Now())}})
	for _, m := range recoveryCode.FindAllStringSubmatch(last.body, -1) {
		codes = append(codes, m[1])
	}
	if last.status != http.StatusOK || len(codes) != account.RecoveryCodes {
		b.t.Fatalf("no recovery codes: %d %.800s", last.status, last.body)
	}
	return secret, codes, last
}

// signInWith signs in with a password and the fields of the second step.
func (b *browser) signInWith(login, password string, second url.Values) *answer {
	b.t.Helper()
	page := b.submit(b.follow(b.get("/oauth2/default/account")), staff(login, password))
	if !strings.Contains(page.body, `name="code"`) {
		b.t.Fatalf("no second factor is asked for: %d %.400s", page.status, page.body)
	}
	return b.submit(page, second)
}

const ownAccount = "<h1>Your account</h1>"

func TestStaffSetUpASecondFactor(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		elsewhere, _ := w.account(staff("physician", "physician"))
		b, page := w.account(staff("physician", "physician"))
		secret, codes, last := b.setUp(b.secondFactor(page), nil)
		if e := w.audit.last("login"); e.Reason != "" {
			t.Errorf("%+v", e)
		}
		if e := w.audit.last("user"); e.Operation != "second factor on" || e.UserName != "physician" || e.Reason != "" {
			t.Errorf("audit event %+v", e)
		}
		if a := elsewhere.follow(elsewhere.get("/oauth2/default/account")); strings.Contains(a.body, ownAccount) {
			t.Error("SES-18 another session is still signed in")
		}
		if !strings.Contains(last.body, "href=\"/oauth2/default/resume?ticket=") {
			t.Errorf("no way on: %.600s", last.body)
		}
		page = b.follow(b.get("/oauth2/default/account"))
		if !strings.Contains(page.body, "On; recovery codes left: 10") {
			t.Errorf("the account says %.1500s", page.body)
		}
		a, err := w.admin.User(context.Background(), "default", identity.Named("physician"))
		if err != nil || bytes.Contains(a.TOTP, secret) || strings.Contains(strings.Join(a.Recovery, " "), codes[0]) {
			t.Errorf("a secret is kept as it is: %v", err)
		}

		used := account.Code(secret, w.clock.Now())
		if a := w.browser().signInWith("physician", "physician", url.Values{"code": {used}}); a.status != http.StatusUnauthorized {
			t.Errorf("the code that confirmed signs in, too: %d", a.status)
		}
		w.clock.Advance(time.Minute)
		code := account.Code(secret, w.clock.Now())
		if a := w.browser().signInWith("physician", "physician", url.Values{"code": {code[:3] + " " + code[3:]}}); !strings.Contains(a.body, ownAccount) {
			t.Errorf("a good code, as apps show it: %d %.300s", a.status, a.body)
		}
		if a := w.browser().signInWith("physician", "physician", url.Values{"recovery": {strings.ToUpper(codes[3])}}); !strings.Contains(a.body, "recovery codes left: 9") {
			t.Errorf("a recovery code: %d %.300s", a.status, a.body)
		}
		if e := w.audit.last("login"); e.Operation != "recovery code" || e.Reason != "" {
			t.Errorf("audit event %+v", e)
		}
		if a := w.browser().signInWith("physician", "physician", url.Values{"recovery": {codes[3]}}); a.status != http.StatusUnauthorized {
			t.Errorf("a recovery code is good twice: %d", a.status)
		}
	})
}

func TestSecondFactorIsChangedWithProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, page := w.account(staff("clinician", "clinician"))
	page = b.secondFactor(page)
	secret, codes, _ := b.setUp(page, nil)
	here := page.url.String()
	next := func() string {
		w.clock.Advance(time.Minute)
		return account.Code(secret, w.clock.Now())
	}

	if a := b.submit(b.get(here), url.Values{"do": {"renew"}, "code": {"000000"}}); a.status != http.StatusUnauthorized {
		t.Errorf("new recovery codes without a code: %d", a.status)
	}
	renewed := b.submit(b.get(here), url.Values{"do": {"renew"}, "code": {next()}})
	if fresh := recoveryCode.FindAllStringSubmatch(renewed.body, -1); len(fresh) != account.RecoveryCodes || fresh[0][1] == codes[0] {
		t.Fatalf("new recovery codes: %d %.600s", renewed.status, renewed.body)
	}
	if a := w.browser().signInWith("clinician", "clinician", url.Values{"recovery": {codes[0]}}); a.status != http.StatusUnauthorized {
		t.Errorf("an old recovery code is still good: %d", a.status)
	}
	for name, form := range map[string]url.Values{
		"no password":    {"code": {next()}},
		"wrong password": {"password": {"physician"}, "code": {next()}},
		"no code":        {"password": {"clinician"}},
		"wrong code":     {"password": {"clinician"}, "code": {"123"}},
	} {
		form.Set("do", "off")
		if a := b.submit(b.get(here), form); a.status != http.StatusUnauthorized {
			t.Errorf("off with %s: %d", name, a.status)
		}
	}
	if a := b.submit(b.get(here), url.Values{"do": {"begin"}}); a.status != http.StatusConflict {
		t.Errorf("a second one beside the first: %d", a.status)
	}
	if a := b.submit(b.get(here), url.Values{"do": {"off"}, "password": {"clinician"}, "code": {next()}}); a.status != http.StatusOK || !strings.Contains(a.body, "Set up") {
		t.Errorf("off: %d %.600s", a.status, a.body)
	}
	if e := w.audit.last("user"); e.Operation != "second factor off" || e.Reason != "" {
		t.Errorf("audit event %+v", e)
	}
	w.account(staff("clinician", "clinician")) // the password is enough again

	// Long after signing in the password is asked for again.
	w.clock.Advance(6 * time.Minute)
	if a := b.submit(b.get(here), url.Values{"do": {"begin"}, "password": {"wrong"}}); a.status != http.StatusUnauthorized || !strings.Contains(a.body, `id="password"`) {
		t.Errorf("set up with a wrong password: %d", a.status)
	}
	b.setUp(b.get(here), url.Values{"password": {"clinician"}})
}

func TestSecondFactorIsNotGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, page := w.account(staff("physician", "physician"))
	b.setUp(b.secondFactor(page), nil)
	other := w.browser()
	page = other.submit(other.follow(other.get("/oauth2/default/account")), staff("physician", "physician"))
	statuses := map[int]int{}
	for range 8 {
		statuses[other.submit(page, url.Values{"recovery": {"aaaa-aaaa-aaaa-aaaa"}}).status]++
		statuses[other.submit(page, url.Values{"code": {"000000"}}).status]++
	}
	if statuses[http.StatusUnauthorized] != 5 || statuses[http.StatusTooManyRequests] != 11 {
		t.Errorf("answers to sixteen wrong codes: %v", statuses)
	}
}

func TestSiteRequiresASecondFactor(t *testing.T) {
	t.Parallel()
	for value, who := range map[string]struct{ must, may string }{
		"administrators": {"admin", "physician"},
		"staff":          {"receptionist", ""},
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.set("second_factor", value)
			password := who.must
			if who.must == "admin" {
				password = "pass"
			}
			c := w.register(nil)
			b := w.browser()
			page := b.submit(b.authorize(w.request(c.id, "openid")), staff(who.must, password))
			if !strings.Contains(page.body, "requires your role to have a second factor") {
				t.Fatalf("after the password: %d %.400s", page.status, page.body)
			}
			skipped := b.follow(b.get("/oauth2/default/consent?ticket=" + filled(page, nil).Get("ticket")))
			if !strings.Contains(skipped.body, "requires your role") {
				t.Errorf("SES-21 the step is skipped: %.400s", skipped.body)
			}
			_, _, last := b.setUp(page, nil)
			m := regexp.MustCompile(`class="go" href="([^"]*)"`).FindStringSubmatch(last.body)
			if m == nil {
				t.Fatalf("no way on: %.600s", last.body)
			}
			if page = b.follow(b.get(html.UnescapeString(m[1]))); !strings.Contains(page.body, "Allow <em>") {
				t.Errorf("after setting up: %d %.400s", page.status, page.body)
			}
			own := b.follow(b.get("/oauth2/default/account"))
			if a := b.secondFactor(own); strings.Contains(a.body, `value="off"`) || !strings.Contains(a.body, "requires your role") {
				t.Error("it can be turned off")
			}
			if a := b.submit(b.secondFactor(own), url.Values{"do": {"off"}}); a.status != http.StatusConflict {
				t.Errorf("turned off by hand: %d", a.status)
			}
			if who.may != "" {
				w.account(staff(who.may, who.may))
			}
			w.set("password_grant", "both")
			form := passwordForm("openid")
			form.Set("username", "receptionist")
			form.Set("password", "receptionist")
			if value == "administrators" {
				w.token(c.with(form))
				form.Set("username", "admin")
				form.Set("password", "pass")
			}
			w.refused(w.token(c.with(form)), http.StatusBadRequest, "invalid_grant")
		})
	}
	t.Run("the password grant is closed before one is set up", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.register(nil)
		w.set("password_grant", "both")
		if a := w.token(c.with(passwordForm("openid"))); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		w.set("second_factor", "staff")
		w.refused(w.token(c.with(passwordForm("openid"))), http.StatusBadRequest, "invalid_grant")
		if a := w.token(c.with(patientForm("openid patient/Patient.read"))); a.status != http.StatusOK {
			t.Errorf("patients are not staff: %d %s", a.status, a.body)
		}
	})
}

func TestPatientsHaveNoSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, page := w.account(phil())
	if factorLink.MatchString(page.body) {
		t.Error("a second factor is offered")
	}
	direct := "/oauth2/default/second-factor?ticket=" + url.QueryEscape(filled(page, nil).Get("ticket"))
	if a := b.follow(b.get(direct)); !strings.Contains(a.body, ownAccount) {
		t.Errorf("the page answers %d %.300s", a.status, a.body)
	}
}
