package identity_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"chartwright/internal/identity/client"
)

func TestRegistration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	patientOnly := map[string]any{
		"application_type": "private", "redirect_uris": []string{redirect}, "client_name": "A Private App", "contacts": []string{"me@example.org"},
		"token_endpoint_auth_method": "client_secret_post", "scope": "openid offline_access api:fhir patient/Patient.read",
	}
	change := func(m map[string]any) map[string]any {
		c := map[string]any{}
		maps.Copy(c, patientOnly)
		maps.Copy(c, m)
		return c
	}
	t.Run("the form of OpenEMR's clients", func(t *testing.T) {
		a := w.tryRegister(patientOnly)
		j := a.json(t)
		if a.status != http.StatusCreated || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v %s", a.status, a.header, a.body)
		}
		for _, name := range []string{
			"client_id", "client_secret", "registration_access_token", "registration_client_uri", "client_id_issued_at", "client_secret_expires_at",
			"contacts", "application_type", "client_name", "redirect_uris", "token_endpoint_auth_method", "scope", "grant_types", "response_types",
		} {
			if _, ok := j[name]; !ok {
				t.Errorf("the answer lacks %s", name)
			}
		}
		if j["client_secret_expires_at"] != 0.0 || j["scope"] != patientOnly["scope"] || len(j["client_secret"].(string)) < 43 {
			t.Errorf("answer: %s", a.body)
		}
		c, err := w.admin.Client(context.Background(), "default", j["client_id"].(string))
		if err != nil || !c.Enabled || strings.Contains(string(c.SecretHash), j["client_secret"].(string)) {
			t.Errorf("client: %+v, %v", c, err)
		}
	})
	enabled := func(a *answer) bool {
		t.Helper()
		id, _ := a.json(t)["client_id"].(string)
		c, err := w.admin.Client(context.Background(), "default", id)
		if err != nil {
			t.Fatalf("%d %s: %v", a.status, a.body, err)
		}
		return c.Enabled
	}
	t.Run("who waits for an administrator", func(t *testing.T) {
		w.set("api_system_scopes", "on")
		for scope, live := range map[string]bool{
			"openid patient/Patient.read launch/patient": true, "openid user/Patient.read": false, "openid launch patient/Patient.read": false,
			"openid user/patient.read": false, "openid cdr_fhir_delete patient/Patient.read": false,
		} {
			for _, kind := range []string{"private", "public"} {
				if got := enabled(w.tryRegister(change(map[string]any{"scope": scope, "application_type": kind}))); got != live {
					t.Errorf("%s %q is live: %v", kind, scope, got)
				}
			}
		}
		w.set("app_approval", "manual")
		defer w.set("app_approval", "patient_auto")
		if enabled(w.tryRegister(patientOnly)) {
			t.Error("manual approval holds nobody")
		}
	})
	w.clock.Advance(time.Hour)
	for name, tc := range map[string]struct {
		change map[string]any
		code   string
		says   string
	}{
		"DCR-15 unknown scope is named":    {map[string]any{"scope": "openid patient/Nonsense.read"}, "invalid_scope", "patient/Nonsense.read"},
		"DCR-15 a wildcard while off":      {map[string]any{"scope": "patient/*.read"}, "invalid_scope", "patient/*.read"},
		"no scope":                         {map[string]any{"scope": ""}, "invalid_scope", ""},
		"DCR-11 system scope without keys": {map[string]any{"scope": "system/Patient.read"}, "invalid_client_metadata", "jwks"},
		"system scope of a public client":  {map[string]any{"scope": "system/Patient.read", "application_type": "public"}, "invalid_client_metadata", ""},
		"no redirect URI":                  {map[string]any{"redirect_uris": nil}, "invalid_redirect_uri", ""},
		"DCR-13 jwks and jwks_uri":         {map[string]any{"jwks": map[string]any{"keys": []any{}}, "jwks_uri": "https://a.example/jwks"}, "invalid_client_metadata", ""},
		"DCR-16 password and implicit":     {map[string]any{"grant_types": []string{"password", "implicit"}}, "invalid_client_metadata", "password"},
		"DCR-16 response type token":       {map[string]any{"response_types": []string{"token"}}, "invalid_client_metadata", "token"},
		"DCR-17 a name with an override":   {map[string]any{"client_name": "a\u202eb"}, "invalid_client_metadata", "client_name"},
		"DCR-17 a long name":               {map[string]any{"client_name": strings.Repeat("n", 81)}, "invalid_client_metadata", "client_name"},
		"DCR-18 logo javascript:":          {map[string]any{"logo_uri": "javascript:alert(1)"}, "invalid_client_metadata", "logo_uri"},
		"DCR-29 launch URL http":           {map[string]any{"initiate_login_uri": "http://a.example/launch"}, "invalid_client_metadata", "initiate_login_uri"},
		"a wrong type":                     {map[string]any{"redirect_uris": "https://a.example"}, "invalid_client_metadata", "redirect_uris"},
		"an unknown method":                {map[string]any{"token_endpoint_auth_method": "tls_client_auth"}, "invalid_client_metadata", ""},
		"a contact that is none":           {map[string]any{"contacts": []string{"me"}}, "invalid_client_metadata", "contacts"},
		"an empty list":                    {map[string]any{"post_logout_redirect_uris": []string{}}, "invalid_client_metadata", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.tryRegister(change(tc.change))
			w.refused(a, http.StatusBadRequest, tc.code)
			if d, _ := a.json(t)["error_description"].(string); !strings.Contains(d, tc.says) || d == "" {
				t.Errorf("the description does not name the place: %q", d)
			}
		})
	}
	w.clock.Advance(time.Hour)
	t.Run("DCR-19 members that are not the client's to set", func(t *testing.T) {
		a := w.tryRegister(change(map[string]any{
			"client_id": "mine", "client_secret": "mine", "is_enabled": true, "Enabled": true, "BuiltIn": true, "PKCEExempt": true, "scope": "openid user/Patient.read",
		}))
		j := a.json(t)
		c, err := w.admin.Client(context.Background(), "default", j["client_id"].(string))
		if err != nil || c.ID == "mine" || c.Enabled || c.BuiltIn || c.PKCEExempt || c.CheckSecret("mine", time.Now()) {
			t.Errorf("client: %+v, %v", c, err)
		}
	})
	t.Run("DCR-21 bodies that are no registration", func(t *testing.T) {
		for name, tc := range map[string]struct {
			body, media string
			status      int
		}{
			"10 MB":      {`{"client_name":"` + strings.Repeat("x", 10<<20) + `"}`, "application/json", http.StatusRequestEntityTooLarge},
			"deep":       {strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000), "application/json", http.StatusBadRequest},
			"duplicates": {`{"scope":"openid","scope":"user/Patient.read"}`, "application/json", http.StatusBadRequest},
			"other case": {`{"scope":"openid","Scope":"user/Patient.read"}`, "application/json", http.StatusBadRequest},
			"a form":     {"client_name=x", formType, http.StatusBadRequest},
			"an array":   {"[]", "application/json", http.StatusBadRequest},
			"empty":      {"", "application/json", http.StatusBadRequest},
			"two":        {"{}{}", "application/json", http.StatusBadRequest},
		} {
			a := w.browser().send(http.MethodPost, "/oauth2/default/registration", tc.body, "Content-Type", tc.media)
			if a.status != tc.status || a.json(t)["error"] != "invalid_client_metadata" {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
		}
	})
	t.Run("wildcards while they are on", func(t *testing.T) {
		w.set("wildcard_scopes", "on")
		defer w.set("wildcard_scopes", "off")
		if a := w.tryRegister(change(map[string]any{"scope": "openid patient/*.read user/*.cruds"})); a.status != http.StatusCreated {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("closed and by token", func(t *testing.T) {
		c := w.register(nil)
		j := w.token(c.with(passwordForm("openid user/Patient.read"))).json(t)
		w.set("registration", "token")
		w.refused(w.tryRegister(patientOnly), http.StatusUnauthorized, "invalid_token")
		body, _ := json.Marshal(patientOnly)
		a := w.browser().send(http.MethodPost, "/oauth2/default/registration", string(body), "Content-Type", "application/json", "Authorization", "Bearer "+j["access_token"].(string))
		if a.status != http.StatusCreated {
			t.Errorf("with an administrator's token: %d %s", a.status, a.body)
		}
		form := passwordForm("openid user/Patient.read")
		form.Set("username", "receptionist")
		form.Set("password", "receptionist")
		j = w.token(c.with(form)).json(t)
		a = w.browser().send(http.MethodPost, "/oauth2/default/registration", string(body), "Content-Type", "application/json", "Authorization", "Bearer "+j["access_token"].(string))
		w.refused(a, http.StatusForbidden, "access_denied")
		w.set("registration", "closed")
		w.refused(w.tryRegister(patientOnly), http.StatusForbidden, "access_denied")
	})
	t.Run("rate limit", func(t *testing.T) {
		w := newWorld(t)
		for i := range 40 {
			a := w.tryRegister(patientOnly)
			if i < 20 && a.status != http.StatusCreated {
				t.Fatalf("registration %d: %d", i, a.status)
			}
			if i == 39 && (a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "") {
				t.Errorf("registration %d: %d", i, a.status)
			}
		}
	})
}

func TestManagingARegistration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	patientScope := "openid offline_access launch/patient patient/Patient.read"
	c := w.register(map[string]any{"scope": patientScope})
	other := w.register(nil)
	send := func(method, key string, change map[string]any) *answer {
		t.Helper()
		body := ""
		if change != nil {
			m := map[string]any{
				"client_id": c.id, "application_type": "private", "token_endpoint_auth_method": "client_secret_post", "redirect_uris": []string{redirect},
				"client_name": "A Private App", "scope": patientScope,
			}
			maps.Copy(m, change)
			raw, _ := json.Marshal(m)
			body = string(raw)
		}
		return w.browser().send(method, c.uri, body, "Authorization", "Bearer "+key, "Content-Type", "application/json")
	}
	t.Run("read", func(t *testing.T) {
		a := send(http.MethodGet, c.key, nil)
		j := a.json(t)
		if a.status != http.StatusOK || j["client_id"] != c.id || j["scope"] != patientScope || j["client_secret"] != nil ||
			j["registration_access_token"] != c.key || j["registration_client_uri"] != c.uri { // RFC 7592 §3
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("DCR-22 another's token, none, or in the query", func(t *testing.T) {
		w.refused(send(http.MethodGet, other.key, nil), http.StatusUnauthorized, "invalid_token")
		w.refused(w.browser().get(c.uri), http.StatusUnauthorized, "invalid_token")
		w.refused(w.browser().get(c.uri+"?access_token="+c.key), http.StatusUnauthorized, "invalid_token")
		w.refused(w.browser().get("/oauth2/default/client/nosuch", "Authorization", "Bearer "+c.key), http.StatusUnauthorized, "invalid_token")
	})
	live := func() bool {
		stored, err := w.admin.Client(ctx, "default", c.id)
		if err != nil {
			t.Fatal(err)
		}
		return stored.Enabled
	}
	t.Run("replace", func(t *testing.T) {
		a := send(http.MethodPut, c.key, map[string]any{"client_name": "Another Name"})
		if a.status != http.StatusOK || a.json(t)["client_name"] != "Another Name" || a.json(t)["registration_access_token"] != c.key || !live() {
			t.Errorf("%d %s, live: %v", a.status, a.body, live())
		}
		w.refused(send(http.MethodPut, c.key, map[string]any{"redirect_uris": []string{"javascript:x"}}), http.StatusBadRequest, "invalid_redirect_uri")
		w.refused(send(http.MethodPut, c.key, map[string]any{"client_id": other.id}), http.StatusBadRequest, "invalid_client_metadata")
		w.refused(send(http.MethodPut, c.key, map[string]any{"application_type": "public"}), http.StatusBadRequest, "invalid_client_metadata")
	})
	t.Run("DCR-23 what is widened waits again, DCR-24 and stays so", func(t *testing.T) {
		if a := send(http.MethodPut, c.key, map[string]any{"scope": "openid user/Patient.read"}); a.status != http.StatusOK || live() {
			t.Errorf("%d %s, live: %v", a.status, a.body, live())
		}
		if a := send(http.MethodPut, c.key, map[string]any{}); a.status != http.StatusOK || live() {
			t.Errorf("DCR-24 a client that waits let itself in: %d", a.status)
		}
	})
	t.Run("delete", func(t *testing.T) {
		if err := w.admin.SetClientEnabled(ctx, "default", c.id, true); err != nil {
			t.Fatal(err)
		}
		j := w.tokens(c, "openid offline_access launch/patient patient/Patient.read")
		if a := send(http.MethodDelete, c.key, nil); a.status != http.StatusNoContent {
			t.Errorf("%d %s", a.status, a.body)
		}
		if w.live(j) {
			t.Error("a deleted client's token works")
		}
		w.refused(send(http.MethodGet, c.key, nil), http.StatusUnauthorized, "invalid_token")
	})
}

func TestDiscoveryListsWhatWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	a := w.browser().send(http.MethodGet, "/oauth2/default/.well-known/openid-configuration", "", "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example")
	d := a.json(t)
	smart, err := w.server.SMARTConfiguration(ctx, "default")
	if err != nil {
		t.Fatal(err)
	}
	if d["issuer"] != w.issuer() || smart.Issuer != w.issuer() || strings.Contains(a.body, "evil") {
		t.Errorf("OIDC-13 issuer %v", d["issuer"])
	}
	if a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("a browser app cannot read the document")
	}
	for name, want := range map[string]string{
		"code_challenge_methods_supported": "S256", "response_types_supported": "code", "response_modes_supported": "query",
	} {
		if list := d[name].([]any); len(list) != 1 || list[0] != want {
			t.Errorf("PKCE-13 %s is %v", name, list)
		}
	}
	if !slices.Equal(smart.CodeChallengeMethods, []string{"S256"}) || slices.Contains(smart.GrantTypesSupported, "password") {
		t.Errorf("%+v", smart)
	}
	// Every endpoint that is listed answers.
	for name, value := range d {
		address, ok := value.(string)
		if !ok || !strings.HasSuffix(name, "_endpoint") && name != "jwks_uri" {
			continue
		}
		if got := w.browser().get(address); got.status == http.StatusNotFound {
			t.Errorf("%s is listed and not there", name)
		}
	}
	// Every scope that is listed can be registered.
	var scopes []string
	for _, s := range d["scopes_supported"].([]any) {
		scopes = append(scopes, s.(string))
	}
	if len(scopes) < 100 {
		t.Fatalf("%d scopes", len(scopes))
	}
	public := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return strings.HasPrefix(s, "system/") })
	got := w.tryRegister(map[string]any{"application_type": "private", "redirect_uris": []string{redirect}, "scope": strings.Join(public, " ")})
	if got.status != http.StatusCreated {
		t.Errorf("registering every scope: %d %s", got.status, got.body)
	}
	w.set("registration", "closed")
	if d := w.browser().get("/oauth2/default/.well-known/openid-configuration").json(t); d["registration_endpoint"] != nil {
		t.Error("a closed registration is listed")
	}
	w.set("api_system_scopes", "off")
	smart, err = w.server.SMARTConfiguration(ctx, "default")
	if err != nil || slices.Contains(smart.GrantTypesSupported, client.ClientCredentials) || strings.Contains(strings.Join(smart.ScopesSupported, " "), "system/") {
		t.Errorf("system scopes are off: %v, %v", smart.GrantTypesSupported, err)
	}
	if style := w.browser().get("/oauth2/default/smart-style.json"); style.status != http.StatusOK || style.json(t)["color_background"] == nil {
		t.Errorf("style: %d", style.status)
	}
}

func TestCrossOriginRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register(map[string]any{"redirect_uris": []string{redirect, "https://spa.example.org/cb"}})
	for origin, good := range map[string]bool{
		"https://spa.example.org": true, "https://client.example.org": true, "null": false, "https://evil.example": false, "http://spa.example.org": false,
		"https://spa.example.org.evil.example": false, "https://xspa.example.org": false,
	} {
		a := w.browser().send(http.MethodOptions, "/oauth2/default/token", "", "Origin", origin, "Access-Control-Request-Method", "POST")
		allowed := a.header.Get("Access-Control-Allow-Origin")
		if (allowed == origin) != good || a.header.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(a.header.Get("Vary"), "Origin") {
			t.Errorf("WEB-06 %s: %q", origin, allowed)
		}
	}
	if a := w.browser().get("/oauth2/default/login?ticket=x", "Origin", "https://spa.example.org"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a page may be read across origins")
	}
}
