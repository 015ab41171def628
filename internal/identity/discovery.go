package identity

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"chartwright/internal/identity/client"
	"chartwright/internal/setting"
)

// OpenIDConfiguration is the discovery document of a site: what works, and nothing else.
// https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata, RFC 8414 §2
type OpenIDConfiguration struct {
	Issuer                   string   `json:"issuer"`
	AuthorizationEndpoint    string   `json:"authorization_endpoint"`
	TokenEndpoint            string   `json:"token_endpoint"`
	JWKSURI                  string   `json:"jwks_uri"`
	UserinfoEndpoint         string   `json:"userinfo_endpoint"`
	RegistrationEndpoint     string   `json:"registration_endpoint,omitempty"`
	EndSessionEndpoint       string   `json:"end_session_endpoint"`
	IntrospectionEndpoint    string   `json:"introspection_endpoint"`
	RevocationEndpoint       string   `json:"revocation_endpoint"`
	ScopesSupported          []string `json:"scopes_supported"`
	ResponseTypesSupported   []string `json:"response_types_supported"`
	ResponseModesSupported   []string `json:"response_modes_supported"`
	GrantTypesSupported      []string `json:"grant_types_supported"`
	CodeChallengeMethods     []string `json:"code_challenge_methods_supported"`
	SubjectTypesSupported    []string `json:"subject_types_supported"`
	IDTokenAlgs              []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods              []string `json:"token_endpoint_auth_methods_supported"`
	AuthAlgs                 []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevocationAuthMethods    []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAuthAlgs       []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectionAuthMethods []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAuthAlgs    []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
	ClaimsSupported          []string `json:"claims_supported"`
	PromptValues             []string `json:"prompt_values_supported"`
	ClaimsParameter          bool     `json:"claims_parameter_supported"`
	RequestParameter         bool     `json:"request_parameter_supported"`
	RequestURIParameter      bool     `json:"request_uri_parameter_supported"`
	RequireRequestURI        bool     `json:"require_request_uri_registration"`
	IssuerInResponse         bool     `json:"authorization_response_iss_parameter_supported"`
	UILocales                []string `json:"ui_locales_supported"`
}

// SMARTConfiguration is the document at {FHIR base}/.well-known/smart-configuration.
// https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known
type SMARTConfiguration struct {
	Issuer                 string   `json:"issuer"`
	JWKSURI                string   `json:"jwks_uri"`
	AuthorizationEndpoint  string   `json:"authorization_endpoint"`
	TokenEndpoint          string   `json:"token_endpoint"`
	AuthMethods            []string `json:"token_endpoint_auth_methods_supported"`
	AuthAlgs               []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	GrantTypesSupported    []string `json:"grant_types_supported"`
	RegistrationEndpoint   string   `json:"registration_endpoint,omitempty"`
	ScopesSupported        []string `json:"scopes_supported"`
	ResponseTypesSupported []string `json:"response_types_supported"`
	ManagementEndpoint     string   `json:"management_endpoint"` // a page where people end what apps may do for them
	IntrospectionEndpoint  string   `json:"introspection_endpoint"`
	RevocationEndpoint     string   `json:"revocation_endpoint"`
	Capabilities           []string `json:"capabilities"`
	CodeChallengeMethods   []string `json:"code_challenge_methods_supported"`
}

// assertionAlgs are the algorithms with which clients sign.
var assertionAlgs = []string{"RS384", "ES384"}

var authMethods = []string{client.MethodPost, client.MethodBasic, client.MethodPrivateKeyJWT, client.MethodNone}

// grantTypes returns the grants that work under the settings.
func grantTypes(v *setting.Values) []string {
	types := []string{client.AuthorizationCode, client.RefreshToken}
	if v.APISystemScopes {
		types = append(types, client.ClientCredentials)
	}
	if v.PasswordGrant != setting.Off {
		types = append(types, client.Password)
	}
	return types
}

func (t *siteServer) registrationEndpoint(v *setting.Values) string {
	if v.Registration == setting.Closed {
		return ""
	}
	return t.issuer + "/registration"
}

// SMARTConfiguration returns the document for the FHIR API of a site, which serves it. Errors: NotFound.
func (s *Server) SMARTConfiguration(ctx context.Context, site string) (*SMARTConfiguration, error) {
	t, err := s.site(ctx, site)
	if err != nil {
		return nil, err
	}
	v, err := t.settings(ctx)
	if err != nil {
		return nil, err
	}
	return &SMARTConfiguration{
		Issuer: t.issuer, JWKSURI: t.issuer + "/jwk",
		AuthorizationEndpoint: t.issuer + "/authorize", TokenEndpoint: t.issuer + "/token",
		AuthMethods: authMethods, AuthAlgs: assertionAlgs,
		GrantTypesSupported: slices.DeleteFunc(grantTypes(v), func(g string) bool { return g == client.Password }), RegistrationEndpoint: t.registrationEndpoint(v),
		ScopesSupported: s.catalog.List(v, true), ResponseTypesSupported: []string{"code"},
		ManagementEndpoint:    t.issuer + "/" + stepAccount,
		IntrospectionEndpoint: t.issuer + "/introspect", RevocationEndpoint: t.issuer + "/revoke",
		Capabilities:         capabilities,
		CodeChallengeMethods: []string{"S256"},
	}, nil
}

// capabilities are those of SMART App Launch 2.2 that work here.
// https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#capabilities
var capabilities = []string{
	"launch-ehr", "launch-standalone", "authorize-post", "client-public", "client-confidential-symmetric", "client-confidential-asymmetric",
	"sso-openid-connect", "context-banner", "context-style", "context-ehr-patient", "context-ehr-encounter",
	"context-standalone-patient", "context-standalone-encounter", "permission-offline", "permission-online", "permission-patient", "permission-user", "permission-v1",
	"permission-v2",
}

func (t *siteServer) discovery(w http.ResponseWriter, r *http.Request) {
	v, err := t.settings(r.Context())
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	algs, err := t.keys.SigningAlgs(r.Context())
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	writePublic(w, &OpenIDConfiguration{
		Issuer:                t.issuer,
		AuthorizationEndpoint: t.issuer + "/authorize", TokenEndpoint: t.issuer + "/token", JWKSURI: t.issuer + "/jwk",
		UserinfoEndpoint: t.issuer + "/userinfo", RegistrationEndpoint: t.registrationEndpoint(v), EndSessionEndpoint: t.issuer + "/logout",
		IntrospectionEndpoint: t.issuer + "/introspect", RevocationEndpoint: t.issuer + "/revoke",
		ScopesSupported: t.server.catalog.List(v, true), ResponseTypesSupported: []string{"code"}, ResponseModesSupported: []string{"query"},
		GrantTypesSupported: grantTypes(v), CodeChallengeMethods: []string{"S256"}, SubjectTypesSupported: []string{"public"},
		IDTokenAlgs: algs, AuthMethods: authMethods, AuthAlgs: assertionAlgs,
		RevocationAuthMethods: authMethods, RevocationAuthAlgs: assertionAlgs,
		IntrospectionAuthMethods: authMethods[:3], IntrospectionAuthAlgs: assertionAlgs,
		ClaimsSupported: claimsSupported,
		PromptValues:    []string{"none", "login", "consent", "select_account"}, IssuerInResponse: true, UILocales: []string{"en"},
	})
}

func (t *siteServer) jwk(w http.ResponseWriter, r *http.Request) {
	set, err := t.keys.Set(r.Context())
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	writePublic(w, set)
}

// style is the look of the pages, for apps that want to fit in.
// https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#smart_style_url
func (t *siteServer) style(w http.ResponseWriter, _ *http.Request) {
	writePublic(w, map[string]string{
		"color_background": "#f5f7f9", "color_error": "#b3261e", "color_highlight": "#0b6e8a", "color_modal_backdrop": "#1c2b33",
		"color_success": "#2e7d4f", "color_text": "#16242c", "dim_border_radius": "8px", "dim_font_size": "16px", "dim_spacing_size": "16px",
		"font_family_body": "system-ui, sans-serif", "font_family_heading": "system-ui, sans-serif",
	})
}

// writePublic writes a document that anybody may keep for a few minutes.
func writePublic(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("identity: " + err.Error()) // our own plain documents always encode
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(body)
}

func (t *siteServer) asset(w http.ResponseWriter, r *http.Request) {
	t.server.config.Screens.Asset(w, r, r.PathValue("name"))
}
