package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"chartwright/internal/access/scope"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/permit"
	"chartwright/internal/setting"
)

// Limits of a registration.
const (
	maxRegistrationBytes = 256 << 10
	maxName              = 80
	maxList              = 50
	maxScopes            = 2000
)

// Request is what a client sends to register or to replace its registration.
type Request struct {
	ClientID     string  `json:"client_id"`     // of the client to replace; a new client does not choose its own
	ClientSecret *string `json:"client_secret"` // of the client to replace, if it is sent at all; it is compared, never taken over
	Metadata
}

// Parse reads a registration request. Members that this server does not know are ignored (RFC 7591 §2); a member that appears
// twice, a wrong type and an unknown shape are refused.
func Parse(r io.Reader) (Request, error) {
	var m Request
	body, err := io.ReadAll(io.LimitReader(r, maxRegistrationBytes+1))
	if err != nil {
		return m, oauth.Wrap(oauth.InvalidClientMetadata, "The request cannot be read.", err)
	}
	if len(body) > maxRegistrationBytes {
		return m, &oauth.Error{Code: oauth.InvalidClientMetadata, Description: "The request is too large.", Status: 413}
	}
	if err := onceEach(body); err != nil {
		return m, err
	}
	if err := json.Unmarshal(body, &m); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return m, invalid(oauth.Printable(wrong.Field) + " has the wrong type")
		}
		return m, invalid("the request is not a JSON object")
	}
	return m, nil
}

// onceEach checks that body is one object whose members appear once: what a duplicate means depends on the reader.
func onceEach(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return invalid("the request is not a JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return invalid("the request is not a JSON object")
		}
		lower := strings.ToLower(name)
		if seen[lower] {
			return invalid("the member " + oauth.Printable(name) + " appears twice")
		}
		seen[lower] = true
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return invalid("the request is not a JSON object")
		}
	}
	if _, err := d.Token(); err != nil {
		return invalid("the request is not a JSON object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalid("something follows the JSON object")
	}
	return nil
}

// Settle checks metadata by the rules that hold for creating and for replacing a registration, fills in the defaults, and
// returns what is registered with its parsed scopes. idTokenAlgs are the algorithms for which the site
// has keys.
//
// Errors: invalid_redirect_uri, invalid_client_metadata, invalid_scope, each saying what is wrong.
// https://www.rfc-editor.org/rfc/rfc7591#section-2
func Settle(m Metadata, catalog *permit.Catalog, site string, v *setting.Values, idTokenAlgs []string) (Metadata, []scope.Scope, error) {
	settleMethod(&m)
	if m.IDTokenSignedAlg != "" && !slices.Contains(idTokenAlgs, m.IDTokenSignedAlg) {
		return m, nil, invalid("id_token_signed_response_alg must be one of " + strings.Join(idTokenAlgs, ", "))
	}
	words := permit.Words(m.Scope)
	if len(words) == 0 {
		return m, nil, &oauth.Error{Code: oauth.InvalidScope, Description: "The member scope is missing: a client registers the scopes that it may ask for.", Member: "scope"}
	}
	if len(words) > maxScopes {
		return m, nil, &oauth.Error{Code: oauth.InvalidScope, Description: "Too many scopes.", Member: "scope"}
	}
	parsed, err := catalog.CheckAll(words, site, v)
	if err != nil {
		return m, nil, &oauth.Error{Code: oauth.InvalidScope, Description: oauth.Printable(oauth.From(err).Description), Member: "scope", Err: err}
	}
	m.Scope = strings.Join(words, " ")
	system := slices.ContainsFunc(parsed, func(s scope.Scope) bool { return s.Context == scope.System })
	keys := len(m.JWKS) > 0 || m.JWKSURI != ""
	public := m.AuthMethod == MethodNone
	switch {
	case system && public:
		return m, nil, invalidIn("scope", "system scopes are for confidential clients")
	case system && !keys:
		return m, nil, invalidIn("jwks", "system scopes need jwks or jwks_uri")
	case m.AuthMethod == MethodPrivateKeyJWT && !keys:
		return m, nil, invalidIn("jwks", "private_key_jwt needs jwks or jwks_uri")
	case len(m.JWKS) > 0 && m.JWKSURI != "":
		return m, nil, invalidIn("jwks", "jwks and jwks_uri exclude each other")
	}
	if err := settleGrants(&m, keys && system); err != nil {
		return m, nil, err
	}
	for _, check := range []func(*Metadata) error{checkURIs, checkKeys, checkTexts} {
		if err := check(&m); err != nil {
			return m, nil, err
		}
	}
	return m, parsed, nil
}

// settleMethod decides whether the client is public. OpenEMR's clients say so by application_type and send an arbitrary
// method beside it, the standards' clients by the method.
func settleMethod(m *Metadata) {
	switch {
	case m.ApplicationType == "public":
		m.AuthMethod = MethodNone
	case m.ApplicationType == "native" && m.AuthMethod == "":
		m.AuthMethod = MethodNone
	case m.AuthMethod == "":
		m.AuthMethod = MethodBasic // RFC 7591 §2
	}
	if m.ApplicationType == "" {
		m.ApplicationType = "web" // OpenID Connect Registration §2
	}
}

func settleGrants(m *Metadata, backend bool) error {
	if len(m.GrantTypes) == 0 {
		if len(m.RedirectURIs) > 0 || !backend {
			m.GrantTypes = []string{AuthorizationCode, RefreshToken}
		}
		if backend {
			m.GrantTypes = append(m.GrantTypes, ClientCredentials)
		}
	}
	for _, g := range m.GrantTypes {
		switch g {
		case AuthorizationCode, RefreshToken:
		case ClientCredentials:
			if !backend {
				return invalid("client_credentials needs a confidential client with system scopes and jwks or jwks_uri")
			}
		default:
			return invalid("the grant type " + oauth.Printable(g) + " cannot be registered")
		}
	}
	if slices.Equal(m.GrantTypes, []string{RefreshToken}) {
		return invalid("refresh_token alone is of no use")
	}
	code := slices.Contains(m.GrantTypes, AuthorizationCode)
	if code && len(m.RedirectURIs) == 0 {
		return &oauth.Error{Code: oauth.InvalidRedirectURI, Description: "The member redirect_uris is missing.", Member: "redirect_uris"}
	}
	if len(m.ResponseTypes) == 0 && code {
		m.ResponseTypes = []string{"code"}
	}
	for _, r := range m.ResponseTypes {
		if r != "code" {
			return invalid("the response type " + oauth.Printable(r) + " is not supported")
		}
	}
	return nil
}

func checkURIs(m *Metadata) error {
	if len(m.RedirectURIs) > maxList || len(m.PostLogoutURIs) > maxList || len(m.Contacts) > maxList {
		return invalid("a list has too many entries")
	}
	c := Client{Metadata: *m}
	for _, u := range m.RedirectURIs {
		if wrong := checkRedirect(u, c.Native()); wrong != "" {
			return redirectError(u, wrong)
		}
	}
	if m.PostLogoutURIs != nil && len(m.PostLogoutURIs) == 0 {
		return invalidIn("post_logout_redirect_uris", "post_logout_redirect_uris is empty")
	}
	for _, u := range m.PostLogoutURIs {
		if wrong := checkRedirect(u, c.Native()); wrong != "" {
			return invalidIn("post_logout_redirect_uris", "the post-logout redirect URI "+oauth.Printable(u)+" cannot be registered: "+wrong)
		}
	}
	for _, u := range []struct{ name, value string }{
		{"jwks_uri", m.JWKSURI}, {"initiate_login_uri", m.InitiateLoginURI}, {"client_uri", m.ClientURI}, {"logo_uri", m.LogoURI},
		{"policy_uri", m.PolicyURI}, {"tos_uri", m.TosURI}, {"sector_identifier_uri", m.SectorIdentifier},
	} {
		if u.value == "" {
			continue
		}
		if wrong := checkWeb(u.value); wrong != "" {
			return invalidIn(u.name, u.name+": "+wrong)
		}
	}
	if m.JWKSURI != "" {
		return checkKeyHost(m.JWKSURI)
	}
	return nil
}

func checkTexts(m *Metadata) error {
	name := []rune(m.ClientName)
	if len(name) > maxName {
		return invalidIn("client_name", "client_name is longer than 80 characters")
	}
	// Direction marks and control characters make one name look like another.
	if slices.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) }) {
		return invalidIn("client_name", "client_name holds a control character")
	}
	for _, c := range m.Contacts {
		if a, err := mail.ParseAddress(c); err != nil || a.Address != c || len(c) > 254 {
			return invalidIn("contacts", "contacts holds something that is not an e-mail address")
		}
	}
	switch m.ApplicationType {
	case "private", "public", "web", "native":
	default:
		return invalid("application_type must be private, public, web or native")
	}
	switch m.AuthMethod {
	case MethodNone, MethodBasic, MethodPost, MethodPrivateKeyJWT:
	default:
		return invalidIn("token_endpoint_auth_method", "token_endpoint_auth_method "+oauth.Printable(m.AuthMethod)+" is not supported")
	}
	if (m.ApplicationType == "private") && m.AuthMethod == MethodNone {
		return invalidIn("token_endpoint_auth_method", "a private application must authenticate")
	}
	switch m.SubjectType {
	case "", "public":
	default:
		return invalid("subject_type must be public")
	}
	switch m.DSIType {
	case "", "none", "evidence", "predictive":
	default:
		return invalid("dsi_type must be none, evidence or predictive")
	}
	if m.AssertionAlg != "" && m.AssertionAlg != "RS384" && m.AssertionAlg != "ES384" {
		return invalid("token_endpoint_auth_signing_alg must be RS384 or ES384")
	}
	if m.DefaultMaxAge != nil && *m.DefaultMaxAge < 0 {
		return invalid("default_max_age must be a number of seconds")
	}
	if len(m.RequestURIs) > 0 || m.SoftwareStatement != "" {
		return invalid("request_uris and software_statement are not supported")
	}
	return nil
}

// Approve decides whether a client with these scopes is live at once.
func Approve(parsed []scope.Scope, v *setting.Values) bool {
	return v.AppApproval == setting.Auto && !permit.NeedsApproval(parsed)
}

func invalid(what string) error { return invalidIn("", what) }

// invalidIn refuses a registration for one of its members.
func invalidIn(member, what string) error {
	return &oauth.Error{Code: oauth.InvalidClientMetadata, Description: "The registration is refused: " + what + ".", Member: member}
}
