package client

import (
	"slices"
	"strings"
	"testing"

	"chartwright/internal/identity/permit"
	"chartwright/internal/setting"
)

// FuzzRegistration looks for a registration that is accepted and breaks a rule.
func FuzzRegistration(f *testing.F) {
	f.Add(`{"application_type":"private","redirect_uris":["https://a.example/cb"],"scope":"openid patient/Patient.read"}`)
	f.Add(`{"application_type":"native","redirect_uris":["http://127.0.0.1/cb"],"scope":"openid user/Patient.read"}`)
	f.Add(`{"token_endpoint_auth_method":"private_key_jwt","scope":"system/Patient.read","jwks":{"keys":[]}}`)
	f.Add(`{"redirect_uris":["javascript:alert(1)"],"scope":"openid","client_name":"\u202e"}`)
	catalog := permit.NewCatalog(nil)
	v := setting.Defaults()
	v.APIFHIR, v.APISystemScopes = true, true
	f.Fuzz(func(t *testing.T, body string) {
		asked, err := Parse(strings.NewReader(body))
		if err != nil {
			return
		}
		m, parsed, err := Settle(asked.Metadata, catalog, "default", v, []string{"RS256"})
		if err != nil {
			return
		}
		c := Client{Metadata: m}
		for _, u := range m.RedirectURIs {
			if strings.HasPrefix(u, "javascript") || strings.Contains(u, "#") || strings.HasPrefix(u, "http:") && !c.Native() {
				t.Errorf("the redirect URI %q was accepted", u)
			}
		}
		if len(parsed) == 0 || slices.Contains(m.GrantTypes, ClientCredentials) && (c.Public() || !c.HasKeys()) {
			t.Errorf("accepted: %+v", m)
		}
		if strings.Contains(m.Scope, "user/") && Approve(parsed, v) {
			t.Errorf("live at once: %q", m.Scope)
		}
	})
}

// FuzzAssertion looks for a panic, and for claims that are read from something that is not a compact JWS.
func FuzzAssertion(f *testing.F) {
	f.Add("eyJhbGciOiJSUzM4NCJ9.eyJpc3MiOiJ4In0.AAAA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, assertion string) {
		claims, err := readClaims(assertion)
		if err == nil && strings.Count(assertion, ".") != 2 {
			t.Errorf("%q has claims", assertion)
		}
		if err != nil {
			return
		}
		for _, raw := range [][]byte{claims.Expires, claims.NotBegun, claims.Issued} {
			if at, ok := instant(raw); ok && at.Unix() <= 0 {
				t.Errorf("%s is an instant", raw)
			}
		}
	})
}
