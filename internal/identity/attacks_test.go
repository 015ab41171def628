package identity_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
)

func TestAuthorizationRequestAttacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	page := func(params url.Values, raw string) *answer {
		return w.browser().get("/oauth2/default/authorize?" + params.Encode() + raw)
	}
	good := func(change url.Values) url.Values {
		params := w.request(c.id, "openid user/Patient.read")
		for name, values := range change {
			params[name] = values
			if values == nil {
				params.Del(name)
			}
		}
		return params
	}
	t.Run("AUTHZ-01 an unknown client gets a page and no redirect", func(t *testing.T) {
		a := page(good(url.Values{"client_id": {"unknown"}}), "")
		if a.status != http.StatusBadRequest || a.header.Get("Location") != "" || !strings.Contains(a.header.Get("Content-Type"), "text/html") {
			t.Errorf("%d %v", a.status, a.header)
		}
	})
	for _, name := range []string{"redirect_uri", "client_id", "scope", "state", "response_type", "code_challenge"} {
		t.Run("AUTHZ-10 AUTHZ-11 two "+name, func(t *testing.T) {
			if a := page(good(nil), "&"+name+"=https%3A%2F%2Fevil.example"); a.status != http.StatusBadRequest || a.header.Get("Location") != "" {
				t.Errorf("%d %s", a.status, a.header.Get("Location"))
			}
		})
	}
	for name, tc := range map[string]struct {
		change url.Values
		code   string
	}{
		"AUTHZ-19 no response_type":         {url.Values{"response_type": nil}, "invalid_request"},
		"AUTHZ-19 implicit":                 {url.Values{"response_type": {"token"}}, "unsupported_response_type"},
		"AUTHZ-20 fragment":                 {url.Values{"response_mode": {"fragment"}}, "invalid_request"},
		"AUTHZ-20 form_post":                {url.Values{"response_mode": {"form_post"}}, "invalid_request"},
		"AUTHZ-29 no state":                 {url.Values{"state": nil}, "invalid_request"},
		"AUTHZ-29 a short state":            {url.Values{"state": {"abc"}}, "invalid_request"},
		"AUTHZ-31 aud of another server":    {url.Values{"aud": {"https://evil.example/fhir"}}, "invalid_request"},
		"AUTHZ-31 aud of another site":      {url.Values{"aud": {w.http.URL + "/apis/other/fhir"}}, "invalid_request"},
		"launch without aud":                {url.Values{"aud": nil, "launch": {"x"}, "scope": {"launch/patient openid"}}, "invalid_request"},
		"PKCE-01 no challenge":              {url.Values{"code_challenge": nil, "code_challenge_method": nil}, "invalid_request"},
		"PKCE-02 plain":                     {url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		"PKCE-03 no method":                 {url.Values{"code_challenge_method": nil}, "invalid_request"},
		"PKCE-03 small letters":             {url.Values{"code_challenge_method": {"s256"}}, "invalid_request"},
		"PKCE-04 a short challenge":         {url.Values{"code_challenge": {"abc"}}, "invalid_request"},
		"PKCE-04 padding":                   {url.Values{"code_challenge": {strings.Repeat("A", 43) + "="}}, "invalid_request"},
		"PKCE-04 another alphabet":          {url.Values{"code_challenge": {strings.Repeat("+", 43)}}, "invalid_request"},
		"AUTHZ-36 somebody's id_token_hint": {url.Values{"id_token_hint": {"eyJhbGciOiJub25lIn0.e30."}}, "invalid_request"},
		"unknown prompt":                    {url.Values{"prompt": {"login none"}}, "invalid_request"},
		"a wildcard while they are off":     {url.Values{"scope": {"user/*.read"}}, "invalid_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			q := w.location(page(good(tc.change), ""))
			if q.Get("error") != tc.code || q.Has("code") || q.Get("iss") != w.issuer() {
				t.Errorf("answer: %v", q)
			}
		})
	}
	t.Run("AUTHZ-30 the state comes back to the byte", func(t *testing.T) {
		state := strings.Repeat(`ä"<script>&=+%20'`, 400)
		q := w.location(page(good(url.Values{"state": {state}, "scope": {"nonsense"}}), ""))
		if q.Get("state") != state {
			t.Error("the state was changed")
		}
	})
	t.Run("AUTHZ-39 a posted request is form-urlencoded", func(t *testing.T) {
		for _, media := range []string{"application/json", "multipart/form-data; boundary=x", "text/plain"} {
			a := w.browser().send(http.MethodPost, "/oauth2/default/authorize", good(nil).Encode(), "Content-Type", media)
			if a.status != http.StatusBadRequest || a.header.Get("Location") != "" {
				t.Errorf("%s: %d", media, a.status)
			}
		}
	})
	t.Run("a client that waits for approval is unknown", func(t *testing.T) {
		if err := w.admin.SetClientEnabled(context.Background(), "default", c.id, false); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = w.admin.SetClientEnabled(context.Background(), "default", c.id, true) }()
		if a := page(good(nil), ""); a.status != http.StatusBadRequest || a.header.Get("Location") != "" {
			t.Errorf("%d", a.status)
		}
	})
}

func TestCodeAttacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.register(nil), w.register(nil)
	verifier, _ := proof()
	form := func(code string, change url.Values) url.Values {
		f := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "code_verifier": {verifier}}
		for name, values := range change {
			f[name] = values
			if values == nil {
				f.Del(name)
			}
		}
		return f
	}
	t.Run("CODE-01 a replay ends what the code gave", func(t *testing.T) {
		code := w.code(c, "openid offline_access user/Patient.read")
		j := w.redeem(c, code).json(t)
		if !w.live(j) {
			t.Fatal(j)
		}
		w.refused(w.redeem(c, code), http.StatusBadRequest, "invalid_grant")
		if w.live(j) {
			t.Error("the access token is alive")
		}
		w.refused(w.token(c.with(refreshForm(j))), http.StatusBadRequest, "invalid_grant")
		if e := w.audit.last("token"); e.Outcome == 0 {
			t.Errorf("the replay is recorded as a success: %+v", e)
		}
	})
	t.Run("CODE-03 another client's code, which stays good for its owner", func(t *testing.T) {
		code := w.code(c, "openid user/Patient.read")
		w.refused(w.token(other.with(form(code, nil))), http.StatusBadRequest, "invalid_grant")
		j := w.redeem(c, code).json(t)
		if !w.live(j) {
			t.Error("the owner was locked out")
		}
		w.refused(w.token(other.with(form(code, nil))), http.StatusBadRequest, "invalid_grant")
		if !w.live(j) {
			t.Error("another client ended the family")
		}
	})
	for name, change := range map[string]url.Values{
		"CODE-04 no redirect_uri":      {"redirect_uri": nil},
		"CODE-04 another redirect_uri": {"redirect_uri": {"https://client.example.org/other"}},
		"PKCE-06 a blank verifier":     {"code_verifier": {""}},
		"PKCE-06 the challenge itself": func() url.Values { _, ch := proof(); return url.Values{"code_verifier": {ch}} }(),
		"PKCE-10 42 characters":        {"code_verifier": {strings.Repeat("v", 42)}},
		"PKCE-10 129 characters":       {"code_verifier": {strings.Repeat("v", 129)}},
		"PKCE-10 an illegal character": {"code_verifier": {strings.Repeat("v", 43) + "+"}},
	} {
		t.Run(name, func(t *testing.T) {
			w.refused(w.token(c.with(form(w.code(c, "openid user/Patient.read"), change))), http.StatusBadRequest, "invalid_grant")
		})
	}
	t.Run("CODE-11 a wider scope at the token endpoint changes nothing", func(t *testing.T) {
		j := w.token(c.with(form(w.code(c, "openid user/Patient.read"), url.Values{"scope": {"openid user/Patient.read user/Observation.read"}}))).json(t)
		if j["scope"] != "openid user/Patient.read" {
			t.Errorf("scope is %v", j["scope"])
		}
	})
	t.Run("PKCE-09 a verifier without a challenge, for an exempted client", func(t *testing.T) {
		ctx := context.Background()
		if err := w.admin.ChangeClient(ctx, "default", other.id, "client pkce", func(c *client.Client) { c.PKCEExempt = true }); err != nil {
			t.Fatal(err)
		}
		code := func() string {
			params := w.request(other.id, "openid user/Patient.read")
			params.Del("code_challenge")
			params.Del("code_challenge_method")
			b := w.browser()
			page := b.submit(b.authorize(params), staff("admin", "pass"))
			if page.status == http.StatusOK {
				page = b.submit(page, allow)
			}
			return w.location(page).Get("code")
		}
		w.refused(w.token(other.with(form(code(), nil))), http.StatusBadRequest, "invalid_grant")
		if a := w.token(other.with(form(code(), url.Values{"code_verifier": nil}))); a.status != http.StatusOK {
			t.Errorf("without a verifier: %d %s", a.status, a.body)
		}
	})
	t.Run("CODE-06 garbage", func(t *testing.T) {
		for _, code := range []string{"x", strings.Repeat("A", 43), strings.Repeat("A", 100_000), "\x00"} {
			w.refused(w.redeem(c, code), http.StatusBadRequest, "invalid_grant")
		}
	})
}

func TestPageAttacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	params := w.request(c.id, "openid user/Patient.read")
	t.Run("SES-07 CODE-15 WEB-04 headers", func(t *testing.T) {
		page := w.browser().authorize(params)
		for name, want := range map[string]string{
			"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self' https://client.example.org; frame-ancestors 'none'; base-uri 'none'",
		} {
			if got := page.header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if strings.Contains(page.body, "<script") || strings.Contains(page.body, " style=") || strings.Contains(strings.ReplaceAll(page.body, w.http.URL, ""), "src=") {
			t.Error("the page has scripts, inline styles or foreign content")
		}
	})
	t.Run("SES-01 signing in changes the cookie", func(t *testing.T) {
		b := w.browser()
		page := b.authorize(params)
		u, _ := url.Parse(w.http.URL)
		planted := strings.Repeat("p", 43)
		b.client.Jar.SetCookies(u, []*http.Cookie{{Name: sessionCookie, Value: planted, Path: "/", Secure: true}})
		b.submit(page, staff("admin", "pass"))
		if after := b.session(); after == "" || after == planted {
			t.Errorf("the session's cookie is %q", after)
		}
	})
	t.Run("SES-04 a form from elsewhere", func(t *testing.T) {
		b := w.browser()
		page := b.authorize(params)
		form := filled(page, staff("admin", "pass"))
		to := action.FindStringSubmatch(page.body)[1]
		if a := b.post(to, form, "Sec-Fetch-Site", "cross-site"); a.status != http.StatusForbidden {
			t.Errorf("cross-site: %d", a.status)
		}
		if a := b.post(to, form, "Origin", "https://evil.example"); a.status != http.StatusForbidden {
			t.Errorf("another origin: %d", a.status)
		}
		form.Set("csrf", "x")
		if a := b.post(to, form, "Sec-Fetch-Site", "same-origin"); a.status != http.StatusForbidden {
			t.Errorf("no token: %d", a.status)
		}
	})
	t.Run("AUTHZ-43 a form posted twice makes one code", func(t *testing.T) {
		b := w.browser()
		page := b.submit(b.authorize(params), staff("clinician", "clinician"))
		form := filled(page, allow)
		to := action.FindStringSubmatch(page.body)[1]
		w.location(b.post(to, form, "Sec-Fetch-Site", "same-origin"))
		if a := b.post(to, form, "Sec-Fetch-Site", "same-origin"); a.status != http.StatusBadRequest || a.header.Get("Location") != "" {
			t.Errorf("second time: %d %s", a.status, a.header.Get("Location"))
		}
	})
	t.Run("AUTHZ-44 somebody else's ticket", func(t *testing.T) {
		one, two := w.browser(), w.browser()
		page := one.submit(one.authorize(params), staff("receptionist", "receptionist"))
		mine := two.submit(two.authorize(params), staff("physician", "physician"))
		form := filled(mine, allow)
		form.Set("ticket", filled(page, nil).Get("ticket"))
		if a := two.post(action.FindStringSubmatch(mine.body)[1], form, "Sec-Fetch-Site", "same-origin"); a.status != http.StatusBadRequest || a.header.Get("Location") != "" {
			t.Errorf("posted: %d", a.status)
		}
		if a := two.get("/oauth2/default/consent?ticket=" + filled(page, nil).Get("ticket")); a.status != http.StatusBadRequest {
			t.Errorf("opened: %d", a.status)
		}
	})
	t.Run("SES-08 known, unknown and disabled accounts get one answer", func(t *testing.T) {
		if err := w.admin.SetUserEnabled(context.Background(), "default", identity.Named("accountant"), false); err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, login := range []string{"admin", "nobody", "accountant"} {
			b := w.browser()
			password := "wrong"
			if login == "accountant" {
				password = "accountant"
			}
			a := b.submit(b.authorize(params), staff(login, password))
			text := strings.ReplaceAll(a.body, filled(a, nil).Get("ticket"), "")
			text = strings.ReplaceAll(text, filled(a, nil).Get("csrf"), "")
			texts = append(texts, strings.ReplaceAll(text, login, ""))
			if a.status != http.StatusUnauthorized || strings.Contains(a.body, `value="`+password) && password == "wrong" {
				t.Errorf("%s: %d", login, a.status)
			}
		}
		if texts[0] != texts[1] || texts[1] != texts[2] {
			t.Error("the pages differ")
		}
	})
	t.Run("SES-32 two cookies of one name", func(t *testing.T) {
		b := w.browser()
		page := b.submit(b.authorize(params), staff("physician", "physician"))
		for name, want := range map[string]int{sessionCookie: http.StatusSeeOther, "__Host-chartwright_browser-default": http.StatusBadRequest} {
			r, _ := http.NewRequest(http.MethodGet, w.http.URL+"/oauth2/default/consent?ticket="+filled(page, nil).Get("ticket"), nil)
			r.Header.Add("Cookie", name+"="+strings.Repeat("x", 43))
			if a := b.do(r); a.status != want || a.status == http.StatusSeeOther && !strings.Contains(a.header.Get("Location"), "/login?") {
				t.Errorf("%s: %d %s", name, a.status, a.header.Get("Location"))
			}
		}
	})
	t.Run("a session idles out", func(t *testing.T) {
		w := newWorld(t)
		c := w.register(nil)
		b := w.browser()
		b.submit(b.authorize(w.request(c.id, "openid user/Patient.read")), staff("admin", "pass"))
		w.clock.Advance(16 * time.Minute)
		if page := b.authorize(w.request(c.id, "openid user/Patient.read")); !strings.Contains(page.body, `id="password"`) {
			t.Error("still signed in after a quarter of an hour")
		}
	})
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	c := w.register(nil)
	uri, err := w.admin.SetTOTP(ctx, "default", identity.Named("physician"), true)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "otpauth" {
		t.Fatalf("%q %v", uri, err)
	}
	secret := account.Secret(u.Query().Get("secret"))
	params := w.request(c.id, "openid user/Patient.read")
	b := w.browser()
	page := b.submit(b.authorize(params), staff("physician", "physician"))
	if !strings.Contains(page.body, `name="code"`) {
		t.Fatalf("no second factor is asked for: %.400s", page.body)
	}
	skipped := b.follow(b.get("/oauth2/default/consent?ticket=" + filled(page, nil).Get("ticket")))
	if !strings.Contains(skipped.body, `name="code"`) {
		t.Error("SES-21 the second factor can be skipped")
	}
	if wrong := b.submit(page, url.Values{"code": {"000000"}}); wrong.status != http.StatusUnauthorized {
		t.Errorf("a wrong code: %d", wrong.status)
	}
	code := account.Code(secret, w.clock.Now())
	page = b.submit(page, url.Values{"code": {code}})
	if !strings.Contains(page.body, "Allow <em>") {
		t.Fatalf("the right code: %d %.400s", page.status, page.body)
	}
	again := w.browser()
	page = again.submit(again.authorize(params), staff("physician", "physician"))
	if a := again.submit(page, url.Values{"code": {code}}); a.status != http.StatusUnauthorized {
		t.Errorf("a code that was used: %d", a.status)
	}
}

func TestLogoutAttacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.register(nil), w.register(map[string]any{"post_logout_redirect_uris": []string{"https://other.example.org/bye"}})
	out := "https://client.example.org/logout/callback"
	signIn := func(login string) (*browser, map[string]any) {
		b := w.browser()
		page := b.submit(b.authorize(w.request(c.id, "openid offline_access user/Patient.read")), staff(login, map[string]string{"admin": "pass"}[login]+map[string]string{"physician": "physician"}[login]))
		if page.status == http.StatusOK {
			page = b.submit(page, allow)
		}
		return b, w.redeem(c, w.location(page).Get("code")).json(t)
	}
	b, j := signIn("admin")
	hint := j["id_token"].(string)
	logout := func(b *browser, q url.Values) *answer { return b.get("/oauth2/default/logout?" + q.Encode()) }
	t.Run("OIDC-01 a forged hint", func(t *testing.T) {
		parts := strings.Split(hint, ".")
		for _, forged := range []string{parts[0] + "." + parts[1] + "x." + parts[2], "eyJhbGciOiJub25lIn0." + parts[1] + ".", "x"} {
			a := logout(b, url.Values{"id_token_hint": {forged}, "post_logout_redirect_uri": {"https://evil.example/"}})
			if a.status != http.StatusBadRequest || a.header.Get("Location") != "" || !w.live(j) {
				t.Errorf("%d %s", a.status, a.header.Get("Location"))
			}
		}
	})
	t.Run("OIDC-02 nobody signed in, an evil address", func(t *testing.T) {
		if a := logout(w.browser(), url.Values{"post_logout_redirect_uri": {"https://evil.example/"}}); a.header.Get("Location") != "" {
			t.Errorf("%d %s", a.status, a.header.Get("Location"))
		}
	})
	t.Run("OIDC-07 without a hint the person is asked", func(t *testing.T) {
		a := logout(b, nil)
		if !strings.Contains(a.body, "Sign out?") || !w.live(j) {
			t.Errorf("%d %.200s", a.status, a.body)
		}
	})
	t.Run("OIDC-09 a hint for somebody else", func(t *testing.T) {
		second, k := signIn("physician")
		a := logout(second, url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {out}})
		if !strings.Contains(a.body, "Sign out?") || a.header.Get("Location") != "" || !w.live(k) {
			t.Errorf("%d %s", a.status, a.header.Get("Location"))
		}
	})
	t.Run("OIDC-04 client_id of another client", func(t *testing.T) {
		if a := logout(b, url.Values{"id_token_hint": {hint}, "client_id": {other.id}}); a.status != http.StatusBadRequest {
			t.Errorf("%d", a.status)
		}
	})
	t.Run("OIDC-08 a good one ends session, access and refresh token and sends on", func(t *testing.T) {
		w.clock.Advance(2 * time.Hour) // OIDC-05: an expired hint is good
		a := logout(b, url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {out}, "state": {"bye & bye"}})
		if a.status != http.StatusSeeOther || a.header.Get("Location") != out+"?state=bye+%26+bye" {
			t.Errorf("%d %s", a.status, a.header.Get("Location"))
		}
		w.refused(w.token(c.with(refreshForm(j))), http.StatusBadRequest, "invalid_grant")
	})
	for _, uri := range []string{"https://other.example.org/bye", out + "?x=1", strings.ToUpper(out), out + "/", "https://evil.example/"} {
		t.Run("OIDC-03 not registered: "+uri, func(t *testing.T) {
			b, j := signIn("admin")
			a := logout(b, url.Values{"id_token_hint": {j["id_token"].(string)}, "post_logout_redirect_uri": {uri}})
			if a.status != http.StatusOK || a.header.Get("Location") != "" || !strings.Contains(a.body, "You are signed out") {
				t.Errorf("%d %s", a.status, a.header.Get("Location"))
			}
		})
	}
}
