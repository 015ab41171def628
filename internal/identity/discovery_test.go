package identity_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestOpenIDConfigurationListsWhatWorks holds the whole document against a literal, and then what it lists against the server. That every listed scope can be registered is in TestDiscoveryListsWhatWorks.
func TestOpenIDConfigurationListsWhatWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("password_grant", "both")
	document := func() map[string]any {
		t.Helper()
		d := w.browser().get("/oauth2/default/.well-known/openid-configuration").json(t)
		delete(d, "scopes_supported")
		return d
	}
	want := func() {
		t.Helper()
		methods := []any{"client_secret_post", "client_secret_basic", "private_key_jwt", "none"}
		algs := []any{"RS384", "ES384"}
		wanted := map[string]any{
			"issuer": w.issuer(), "authorization_endpoint": w.issuer() + "/authorize", "token_endpoint": w.issuer() + "/token",
			"jwks_uri": w.issuer() + "/jwk", "userinfo_endpoint": w.issuer() + "/userinfo", "registration_endpoint": w.issuer() + "/registration",
			"end_session_endpoint": w.issuer() + "/logout", "introspection_endpoint": w.issuer() + "/introspect",
			"revocation_endpoint": w.issuer() + "/revoke", "response_types_supported": []any{"code"}, "response_modes_supported": []any{"query"},
			"grant_types_supported":            []any{"authorization_code", "refresh_token", "client_credentials", "password"},
			"code_challenge_methods_supported": []any{"S256"}, "subject_types_supported": []any{"public"},
			"id_token_signing_alg_values_supported": []any{"RS256", "ES384"},
			"token_endpoint_auth_methods_supported": methods, "token_endpoint_auth_signing_alg_values_supported": algs,
			"revocation_endpoint_auth_methods_supported": methods, "revocation_endpoint_auth_signing_alg_values_supported": algs,
			"introspection_endpoint_auth_methods_supported": methods[:3], "introspection_endpoint_auth_signing_alg_values_supported": algs,
			"claims_supported": []any{
				"iss", "sub", "aud", "exp", "iat", "jti", "auth_time", "nonce", "at_hash", "fhirUser", "profile", "name", "given_name", "family_name",
				"middle_name", "nickname", "preferred_username", "gender", "birthdate", "updated_at", "email", "email_verified", "phone_number",
				"phone_number_verified", "address",
			},
			"prompt_values_supported": []any{"none", "login", "consent", "select_account"}, "ui_locales_supported": []any{"en"},
			"claims_parameter_supported": false, "request_parameter_supported": false, "request_uri_parameter_supported": false,
			"require_request_uri_registration": false, "authorization_response_iss_parameter_supported": true,
		}
		got := document()
		for name, v := range wanted {
			if !reflect.DeepEqual(got[name], v) {
				t.Errorf("%s is %v, want %v", name, got[name], v)
			}
		}
		for name := range got {
			if _, ok := wanted[name]; !ok {
				t.Errorf("%s is listed, too", name)
			}
		}
	}
	w.set("api_system_scopes", "on")
	want()
	// Every claim that is listed comes, and no other.
	scope := "openid fhirUser profile email phone address user/Patient.read"
	c := w.register(map[string]any{"scope": scope})
	j := w.tokens(c, scope)
	_, given := claims(t, j["id_token"].(string))
	maps.Copy(given, w.browser().get("/oauth2/default/userinfo", "Authorization", "Bearer "+j["access_token"].(string)).json(t))
	address, _ := given["address"].(map[string]any)
	if given["email_verified"] != false || given["phone_number_verified"] != false || given["birthdate"] != "1980-02-29" || address["postal_code"] != "12345" || address["region"] != nil {
		t.Errorf("claims %v", given)
	}
	var listed []string
	for _, name := range document()["claims_supported"].([]any) {
		listed = append(listed, name.(string))
	}
	slices.Sort(listed)
	if got := slices.Sorted(maps.Keys(given)); !slices.Equal(got, listed) {
		t.Errorf("claims are %v, listed are %v", got, listed)
	}
	// Each scope gives its own claims and no other's: OpenID Connect Core §5.4.
	for scope, want := range map[string][]string{
		"nickname": {"nickname"}, "phone": {"phone_number", "phone_number_verified"}, "phone_verified": {"phone_number_verified"},
		"email": {"email", "email_verified"}, "email_verified": {"email_verified"}, "address": {"address"}, "name": {"name"},
	} {
		scope := "openid user/Patient.read " + scope
		j := w.tokens(w.register(map[string]any{"scope": scope}), scope)
		info := w.browser().get("/oauth2/default/userinfo", "Authorization", "Bearer "+j["access_token"].(string)).json(t)
		delete(info, "sub")
		if got := slices.Sorted(maps.Keys(info)); !slices.Equal(got, want) {
			t.Errorf("%s gives %v, want %v", scope, got, want)
		}
		_, inToken := claims(t, j["id_token"].(string))
		for _, name := range want {
			if _, ok := inToken[name]; !ok {
				t.Errorf("%s is not in the ID token for %s", name, scope)
			}
		}
	}
	// Every prompt that is listed is understood, and no other.
	for prompt, answered := range map[string]string{"none": "login_required", "login": "", "consent": "", "select_account": "", "create": "invalid_request"} {
		params := w.request(c.id, scope)
		params.Set("prompt", prompt)
		a := w.browser().authorize(params)
		problem := ""
		if a.status == http.StatusSeeOther {
			problem = w.location(a).Get("error")
		}
		if problem != answered {
			t.Errorf("prompt=%s is answered with %q", prompt, problem)
		}
	}
	// Every endpoint that is listed answers those whom it is for; a listed grant is known to the token endpoint, another is not.
	for _, grant := range append(document()["grant_types_supported"].([]any), "implicit", "urn:ietf:params:oauth:grant-type:device_code") {
		a := w.token(c.with(url.Values{"grant_type": {grant.(string)}}))
		unknown := strings.Contains(grant.(string), ":") || grant == "implicit"
		if got := a.json(t)["error"] == "unsupported_grant_type"; got != unknown {
			t.Errorf("grant_type=%s: %d %s", grant, a.status, a.body)
		}
	}
	// A client that may revoke by none may not introspect by it.
	public := w.register(map[string]any{"application_type": "native", "token_endpoint_auth_method": "none", "scope": "openid patient/Patient.read"})
	for endpoint, status := range map[string]int{"revoke": http.StatusOK, "introspect": http.StatusUnauthorized} {
		if a := w.browser().post("/oauth2/default/"+endpoint, public.with(url.Values{"token": {"x"}})); a.status != status {
			t.Errorf("%s by a public client: %d %s", endpoint, a.status, a.body)
		}
	}
	w.set("registration", "closed")
	w.set("api_system_scopes", "off")
	w.set("password_grant", "off")
	d := document()
	if _, ok := d["registration_endpoint"]; ok {
		t.Error("a closed registration is listed")
	}
	if got, _ := json.Marshal(d["grant_types_supported"]); string(got) != `["authorization_code","refresh_token"]` {
		t.Errorf("grants with everything off: %s", got)
	}
}
