// Package client owns the applications that use the authorization server: what they register, whether they are live, how
// they prove who they are, and to which addresses a user may be sent back.
package client

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"chartwright/internal/identity/listing"
	"chartwright/internal/identity/token"
)

// Client is one registered application of one site.
type Client struct {
	ID       string
	Metadata Metadata
	Scopes   []string // as registered, split

	SecretHash       []byte    // SHA-256; nil = has no secret
	OldSecretHash    []byte    // of the secret before, which is good until then: see RotateSecret
	OldSecretUntil   time.Time `json:",omitzero"`
	RegistrationHash []byte    // SHA-256 of the registration access token; nil = cannot manage itself
	IssuedAt         time.Time

	Enabled        bool // a client that is not enabled is nothing: no login, no token, no call
	BuiltIn        bool // made by the server: its registration cannot be changed through RFC 7592
	PKCEExempt     bool // an old confidential client without PKCE; an administrator's switch
	SkipEHRLaunch  bool // an EHR launch needs no consent page; an administrator's switch
	ResourceServer bool // may introspect the tokens of all clients
}

// Methods of client authentication at the token endpoint.
// https://www.iana.org/assignments/oauth-parameters/oauth-parameters.xhtml#token-endpoint-auth-method
const (
	MethodNone          = "none"
	MethodBasic         = "client_secret_basic"
	MethodPost          = "client_secret_post"
	MethodPrivateKeyJWT = "private_key_jwt"
)

// Grant types.
const (
	AuthorizationCode = "authorization_code"
	RefreshToken      = "refresh_token"
	ClientCredentials = "client_credentials"
	Password          = "password"
)

// Public reports whether the client can't keep a secret.
func (c *Client) Public() bool { return c.Metadata.AuthMethod == MethodNone }

// HasKeys reports whether the client can sign an assertion.
func (c *Client) HasKeys() bool { return len(c.Metadata.JWKS) > 0 || c.Metadata.JWKSURI != "" }

// Native reports whether the client is an app on a device, for which RFC 8252 makes room.
func (c *Client) Native() bool {
	return c.Metadata.ApplicationType == "native" || c.Public() && c.Metadata.ApplicationType == "public"
}

// Allows reports whether the client may use a grant type. Refreshing follows from holding a refresh token; the password grant
// is for confidential clients alone, where the site's setting allows it at all.
func (c *Client) Allows(grantType string) bool {
	switch grantType {
	case RefreshToken:
		return slices.Contains(c.Metadata.GrantTypes, AuthorizationCode) || c.Allows(Password)
	case Password:
		return !c.Public() && c.HasSecret()
	}
	return slices.Contains(c.Metadata.GrantTypes, grantType)
}

// NewID returns the id of a new client. It begins with a letter or digit, so that a command line takes it for no option.
func NewID() string {
	for {
		if id, _ := token.Mint(); id[0] != '-' && id[0] != '_' {
			return id
		}
	}
}

// CheckRegistrationToken compares in constant time.
func (c *Client) CheckRegistrationToken(t string) bool { return check(c.RegistrationHash, t) }

// NewRegistrationToken gives the client a new registration access token and returns it.
func (c *Client) NewRegistrationToken() string {
	t, hash := token.Mint()
	c.RegistrationHash = hash[:]
	return t
}

// check compares in constant time.
func check(hash []byte, presented string) bool {
	sum := sha256.Sum256([]byte(presented))
	return len(hash) == len(sum) && subtle.ConstantTimeCompare(hash, sum[:]) == 1
}

// Launches reports whether the app can be launched from the EHR: it is approved, knows where, and may ask for the context.
func (c *Client) Launches() bool {
	return c.Enabled && c.Metadata.InitiateLoginURI != "" && slices.Contains(c.Scopes, "launch") && c.Allows(AuthorizationCode)
}

// Place returns the client's place in a list by name.
func (c *Client) Place() listing.Place { return listing.Place{Key: listing.Fold(c.Name()), ID: c.ID} }

// Query selects clients.
type Query struct {
	Text     string        // that the name or the id holds; empty = all
	Waiting  bool          // only clients that are not enabled
	Launches bool          // only apps that can be launched
	After    listing.Place // the last client of the page before
	Limit    int
}

// Store keeps the clients of one site. Safe for concurrent use.
type Store interface {
	// Client returns one client. Errors: NotFound.
	Client(ctx context.Context, id string) (*Client, error)
	// Clients returns all clients, newest first.
	Clients(ctx context.Context) ([]*Client, error)
	// FindClients returns the clients that a query selects, by name.
	FindClients(ctx context.Context, q Query) ([]*Client, error)
	// AddClient inserts a client. Errors: Conflict when the id is taken.
	AddClient(ctx context.Context, c *Client) error
	// ChangeClient reads, changes and writes one client in one transaction and moves the epoch. Errors: NotFound, change's own.
	ChangeClient(ctx context.Context, id string, change func(*Client) error) error
	// RemoveClient deletes a client with its grants and moves the epoch. Errors: NotFound.
	RemoveClient(ctx context.Context, id string) error
	// SpendAssertion remembers the jti of an issuer until it expires. Errors: Conflict when it was seen before.
	SpendAssertion(ctx context.Context, issuer, jti string, expires time.Time) error
}

// Metadata is what a client registers. The members are those of RFC 7591 §2, OpenID Connect Registration §2 and, for
// dsi_type and dsi_source_attributes, OpenEMR.
type Metadata struct {
	ApplicationType   string          `json:"application_type,omitempty"`
	ClientName        string          `json:"client_name,omitempty"`
	RedirectURIs      []string        `json:"redirect_uris,omitempty"`
	PostLogoutURIs    []string        `json:"post_logout_redirect_uris,omitempty"`
	AuthMethod        string          `json:"token_endpoint_auth_method,omitempty"`
	GrantTypes        []string        `json:"grant_types,omitempty"`
	ResponseTypes     []string        `json:"response_types,omitempty"`
	Contacts          []string        `json:"contacts,omitempty"`
	Scope             string          `json:"scope,omitempty"`
	JWKS              json.RawMessage `json:"jwks,omitempty"`
	JWKSURI           string          `json:"jwks_uri,omitempty"`
	InitiateLoginURI  string          `json:"initiate_login_uri,omitempty"`
	ClientURI         string          `json:"client_uri,omitempty"`
	LogoURI           string          `json:"logo_uri,omitempty"`
	PolicyURI         string          `json:"policy_uri,omitempty"`
	TosURI            string          `json:"tos_uri,omitempty"`
	SubjectType       string          `json:"subject_type,omitempty"`
	SoftwareID        string          `json:"software_id,omitempty"`
	SoftwareVersion   string          `json:"software_version,omitempty"`
	DSIType           string          `json:"dsi_type,omitempty"`
	DSISource         []SourceFact    `json:"dsi_source_attributes,omitempty"`
	DefaultMaxAge     *int64          `json:"default_max_age,omitempty"`
	RequireAuthTime   bool            `json:"require_auth_time,omitempty"`
	IDTokenSignedAlg  string          `json:"id_token_signed_response_alg,omitempty"`
	AssertionAlg      string          `json:"token_endpoint_auth_signing_alg,omitempty"`
	SectorIdentifier  string          `json:"sector_identifier_uri,omitempty"`
	RequestURIs       []string        `json:"request_uris,omitempty"`
	DefaultACRValues  []string        `json:"default_acr_values,omitempty"`
	SoftwareStatement string          `json:"software_statement,omitempty"`
}

// SourceFact is one fact about a decision support intervention.
type SourceFact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Name returns what the pages call the client.
func (c *Client) Name() string {
	if n := strings.TrimSpace(c.Metadata.ClientName); n != "" {
		return n
	}
	return c.ID
}
