package fositeglue

import (
	"context"
	"errors"
	"time"

	"github.com/ory/fosite"
	foauth2 "github.com/ory/fosite/handler/oauth2"
	fstorage "github.com/ory/fosite/storage"

	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

// storage is the site's store as fosite sees it. fosite takes its storage as any; the compiler learns the contract here.
type storage struct{ p *Provider }

var (
	_ fosite.Storage                 = (*storage)(nil)
	_ foauth2.CoreStorage            = (*storage)(nil)
	_ foauth2.TokenRevocationStorage = (*storage)(nil)
	_ fstorage.Transactional         = (*storage)(nil)
)

// GetClient returns an enabled client: one that is not enabled does not exist for any flow.
func (s *storage) GetClient(ctx context.Context, id string) (fosite.Client, error) {
	c, err := s.p.Clients.Client(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && !c.Enabled {
		return nil, fosite.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return fositeClient{c}, nil
}

// unit collects the writes of a token response, so that they happen together: fosite's transaction.
type unit struct{ change token.Change }

type unitKey struct{}

// BeginTX implements fosite's Transactional.
func (s *storage) BeginTX(ctx context.Context) (context.Context, error) {
	return context.WithValue(ctx, unitKey{}, &unit{}), nil
}

// Commit implements fosite's Transactional.
func (s *storage) Commit(ctx context.Context) error {
	return s.p.Tokens.Apply(ctx, ctx.Value(unitKey{}).(*unit).change)
}

// Rollback implements fosite's Transactional: nothing was written yet.
func (s *storage) Rollback(context.Context) error { return nil }

// add stores tokens, or puts them with the others of the unit.
func (s *storage) add(ctx context.Context, session *grantSession, t *token.Token) error {
	if u, ok := ctx.Value(unitKey{}).(*unit); ok {
		u.change.Tokens = append(u.change.Tokens, t)
		return nil
	}
	c := token.Change{Tokens: []*token.Token{t}}
	if session.isNew {
		c.Grant = session.grant
	}
	return s.p.Tokens.Apply(ctx, c)
}

// CreateAuthorizeCodeSession stores a code together with its new grant.
func (s *storage) CreateAuthorizeCodeSession(ctx context.Context, signature string, request fosite.Requester) error {
	session := request.GetSession().(*grantSession)
	t := s.p.newToken(token.Code, signature, session.grant, token.CodeLife)
	t.Form = map[string]string{}
	for name, values := range request.GetRequestForm() {
		t.Form[name] = values[0]
	}
	return s.add(ctx, session, t)
}

// GetAuthorizeCodeSession returns the request behind a code, which [pkce] has looked up; a spent one with ErrInvalidatedAuthorizeCode.
// fosite asks twice. That somebody else redeems the code in between is noticed by the commit.
func (s *storage) GetAuthorizeCodeSession(ctx context.Context, signature string, session fosite.Session) (fosite.Requester, error) {
	g := session.(*grantSession)
	t := g.code
	if t == nil || t.Hash.String() != signature {
		return nil, fosite.ErrNotFound
	}
	g.grant, g.scopes = t.Grant, t.Grant.Scopes
	g.SetExpiresAt(fosite.AuthorizeCode, t.Expires)
	c, err := s.GetClient(ctx, t.Grant.ClientID)
	if err != nil {
		return nil, err
	}
	request := &fosite.Request{
		ID: t.Grant.ID, RequestedAt: t.Created, Client: c, Session: g, Form: map[string][]string{},
		RequestedScope: t.Grant.Scopes, GrantedScope: t.Grant.Scopes,
	}
	for name, value := range t.Form {
		request.Form.Set(name, value)
	}
	if t.Spent || t.Grant.Revoked {
		return request, fosite.ErrInvalidatedAuthorizeCode
	}
	return request, nil
}

// InvalidateAuthorizeCodeSession spends a code when the unit commits.
func (s *storage) InvalidateAuthorizeCodeSession(ctx context.Context, signature string) error {
	hash, ok := token.ParseHash(signature)
	u, open := ctx.Value(unitKey{}).(*unit)
	if !ok || !open {
		return fault.New(fault.Internal, "fositeglue.code", "a code is redeemed outside of a transaction")
	}
	u.change.Spend = &token.Token{Kind: token.Code, Hash: hash}
	return nil
}

// CreateAccessTokenSession stores an access token.
func (s *storage) CreateAccessTokenSession(ctx context.Context, signature string, request fosite.Requester) error {
	session := request.GetSession().(*grantSession)
	life := token.AccessLife
	if session.grant.Type == client.ClientCredentials {
		life = token.SystemAccessLife
	}
	t := s.p.newToken(token.Access, signature, session.grant, life)
	t.Scopes, session.life = session.scopes, t.Expires.Sub(t.Created)
	return s.add(ctx, session, t)
}

// CreateRefreshTokenSession stores a refresh token.
func (s *storage) CreateRefreshTokenSession(ctx context.Context, signature, _ string, request fosite.Requester) error {
	session := request.GetSession().(*grantSession)
	return s.add(ctx, session, s.p.newToken(token.Refresh, signature, session.grant, token.RefreshLife))
}

// RevokeAccessToken revokes the whole family of a grant: fosite asks for it when a code is used twice.
func (s *storage) RevokeAccessToken(ctx context.Context, grantID string) error {
	_, err := s.p.Tokens.RevokeGrants(ctx, token.Filter{ID: grantID})
	return err
}

// RevokeRefreshToken does nothing more: [storage.RevokeAccessToken] has revoked the family.
func (s *storage) RevokeRefreshToken(context.Context, string) error { return nil }

// errUnused is what the methods return that fosite's interfaces demand and our handlers never call.
var errUnused = fault.New(fault.Internal, "fositeglue.storage", "this part of fosite is not in use")

func (s *storage) ClientAssertionJWTValid(context.Context, string) error { return errUnused }
func (s *storage) SetClientAssertionJWT(context.Context, string, time.Time) error {
	return errUnused
}

func (s *storage) GetAccessTokenSession(context.Context, string, fosite.Session) (fosite.Requester, error) {
	return nil, errUnused
}
func (s *storage) DeleteAccessTokenSession(context.Context, string) error { return errUnused }

func (s *storage) GetRefreshTokenSession(context.Context, string, fosite.Session) (fosite.Requester, error) {
	return nil, errUnused
}
func (s *storage) DeleteRefreshTokenSession(context.Context, string) error  { return errUnused }
func (s *storage) RotateRefreshToken(context.Context, string, string) error { return errUnused }

// newToken returns a token of a grant that lives as long as its kind does and no longer than the grant.
func (p *Provider) newToken(kind token.Kind, signature string, g *token.Grant, life time.Duration) *token.Token {
	hash, ok := token.ParseHash(signature)
	if !ok {
		panic("fositeglue: a signature of our own strategy does not parse")
	}
	now := p.Now()
	expires := now.Add(life)
	if expires.After(g.Expires) {
		expires = g.Expires
	}
	return &token.Token{Kind: kind, Hash: hash, Grant: g, Created: now, Expires: expires}
}

// opaque is the format of codes and tokens: random, known by their hash, checked by looking them up.
type opaque struct{ now func() time.Time }

var _ foauth2.CoreStrategy = opaque{}

func mint() (string, string, error) {
	t, hash := token.Mint()
	return t, hash.String(), nil
}

func (opaque) AccessTokenSignature(_ context.Context, t string) string {
	return token.HashOf(t).String()
}
func (opaque) RefreshTokenSignature(_ context.Context, t string) string {
	return token.HashOf(t).String()
}
func (opaque) AuthorizeCodeSignature(_ context.Context, t string) string {
	return token.HashOf(t).String()
}

func (opaque) GenerateAccessToken(context.Context, fosite.Requester) (string, string, error) {
	return mint()
}
func (opaque) GenerateRefreshToken(context.Context, fosite.Requester) (string, string, error) {
	return mint()
}
func (opaque) GenerateAuthorizeCode(context.Context, fosite.Requester) (string, string, error) {
	return mint()
}

func (opaque) ValidateAccessToken(context.Context, fosite.Requester, string) error  { return errUnused }
func (opaque) ValidateRefreshToken(context.Context, fosite.Requester, string) error { return errUnused }

// ValidateAuthorizeCode checks the age of a code that was looked up.
func (o opaque) ValidateAuthorizeCode(_ context.Context, request fosite.Requester, _ string) error {
	if !o.now().Before(request.GetSession().GetExpiresAt(fosite.AuthorizeCode)) {
		return errors.New("the code has expired")
	}
	return nil
}
