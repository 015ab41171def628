package identity_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestSMARTConfigurationListsWhatWorks compares the document with what the other tests of this package prove to work, under the
// settings that bear on it, and calls what it names.
func TestSMARTConfigurationListsWhatWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	d, err := w.server.SMARTConfiguration(ctx, "default")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"authorize-post", "client-confidential-asymmetric", "client-confidential-symmetric", "client-public", "context-banner",
		"context-ehr-encounter", "context-ehr-patient", "context-standalone-encounter", "context-standalone-patient", "context-style",
		"launch-ehr", "launch-standalone", "permission-offline", "permission-online", "permission-patient", "permission-user",
		"permission-v1", "permission-v2", "sso-openid-connect",
	}
	if got := slices.Sorted(slices.Values(d.Capabilities)); !slices.Equal(got, want) {
		t.Errorf("AUT-PAT-25 capabilities are %v", got)
	}
	if !slices.Equal(d.CodeChallengeMethods, []string{"S256"}) || !slices.Equal(d.ResponseTypesSupported, []string{"code"}) {
		t.Errorf("%v, %v", d.CodeChallengeMethods, d.ResponseTypesSupported)
	}
	for _, s := range []string{"launch", "launch/patient", "launch/encounter", "launch/location", "openid", "fhirUser", "offline_access", "online_access"} {
		if !slices.Contains(d.ScopesSupported, s) {
			t.Errorf("%s is not listed", s)
		}
	}
	for _, endpoint := range []string{
		d.JWKSURI, d.AuthorizationEndpoint, d.TokenEndpoint, d.RegistrationEndpoint, d.IntrospectionEndpoint, d.RevocationEndpoint,
		d.Issuer + "/.well-known/openid-configuration",
	} {
		if a := w.browser().get(endpoint); a.status == http.StatusNotFound || !strings.HasPrefix(endpoint, w.issuer()) {
			t.Errorf("%s: %d", endpoint, a.status)
		}
	}
	w.set("registration", "closed")
	w.set("api_system_scopes", "off")
	w.set("password_grant", "both")
	if d, err = w.server.SMARTConfiguration(ctx, "default"); err != nil {
		t.Fatal(err)
	}
	if d.RegistrationEndpoint != "" || !slices.Equal(d.GrantTypesSupported, []string{"authorization_code", "refresh_token"}) {
		t.Errorf("with registration and backends off: %q, %v", d.RegistrationEndpoint, d.GrantTypesSupported)
	}
	if slices.ContainsFunc(d.ScopesSupported, func(s string) bool { return strings.HasPrefix(s, "system/") }) {
		t.Error("system scopes are listed where there are none")
	}
}
