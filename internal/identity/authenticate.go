package identity

import (
	"context"
	"sync"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/token"
)

// Bounds of the cache of verified tokens. The epoch makes a change felt at once; the age is for the case that a process died
// between a change and its signal.
const (
	cacheEntries = 50_000
	cacheAge     = 5 * time.Second
	bearerLength = 43 // of every token that this server has issued
)

// tokenCache keeps what is known about access tokens that were presented lately. One lock is enough: a look-up takes some tens
// of nanoseconds.
type tokenCache struct {
	mu      sync.RWMutex
	entries map[cacheKey]cacheEntry
}

type cacheKey struct {
	site string
	hash token.Hash
}

// cacheEntry is a verified token, or, with no subject, one that is known to be worthless.
type cacheEntry struct {
	subject *access.Subject
	expires time.Time
	checked time.Time
	epoch   uint64
}

func (c *tokenCache) init() { c.entries = map[cacheKey]cacheEntry{} }

func (c *tokenCache) get(k cacheKey) (cacheEntry, bool) {
	c.mu.RLock()
	e, ok := c.entries[k]
	c.mu.RUnlock()
	return e, ok
}

func (c *tokenCache) put(k cacheKey, e cacheEntry, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= cacheEntries {
		for old, entry := range c.entries {
			if now.Sub(entry.checked) >= cacheAge {
				delete(c.entries, old)
			}
		}
		if len(c.entries) >= cacheEntries {
			clear(c.entries) // a flood of different tokens: remembering none is safe
		}
	}
	c.entries[k] = e
}

// Authenticate returns who presents an access token at an API of site. The subject is shared and must not be changed.
//
// The answer holds now: a client that was disabled, an account that was disabled or has opted out, a token or grant that was
// revoked, through whichever process, is refused. A token that was seen a moment ago costs no query.
//
// Errors: Unauthenticated, which says no more than that the token is not good here; NotFound for an unknown site; Unavailable.
// https://www.rfc-editor.org/rfc/rfc6750#section-3.1
func (s *Server) Authenticate(ctx context.Context, site, bearer string) (*access.Subject, error) {
	if len(bearer) != bearerLength {
		return nil, errToken // a guess of the wrong shape costs nothing
	}
	t, err := s.site(ctx, site)
	if err != nil {
		return nil, err
	}
	now := s.now()
	k := cacheKey{site, token.HashOf(bearer)}
	epoch := t.store.Epoch() // before the look: a change in between makes the entry stale, never wrong
	e, ok := s.cache.get(k)
	if !ok || e.epoch != epoch || now.Sub(e.checked) >= cacheAge {
		e = cacheEntry{checked: now, epoch: epoch}
		if e.subject, e.expires, err = t.verify(ctx, k.hash, now); err != nil && !fault.Is(err, fault.Unauthenticated) {
			return nil, err
		}
		s.cache.put(k, e, now)
	}
	if e.subject == nil || !now.Before(e.expires) {
		return nil, errToken
	}
	return e.subject, nil
}

var errToken = fault.New(fault.Unauthenticated, "identity.authenticate", "The access token is unknown, has expired, or was revoked.")

// verify looks an access token up and builds its subject from what is true now: roles, names and the patient are the account's
// of today, not those of the day when the token was issued.
func (t *siteServer) verify(ctx context.Context, hash token.Hash, now time.Time) (*access.Subject, time.Time, error) {
	k, err := t.store.Token(ctx, token.Access, hash)
	if fault.Is(err, fault.NotFound) {
		return nil, time.Time{}, errToken
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	g := k.Grant
	if k.Spent || g.Revoked || !now.Before(k.Expires) || !now.Before(g.Expires) {
		return nil, time.Time{}, errToken
	}
	c, err := t.store.Client(ctx, g.ClientID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, time.Time{}, err
	}
	if err != nil || !c.Enabled {
		return nil, time.Time{}, errToken
	}
	subject := &access.Subject{
		Site: t.name, Actor: g.Actor, UserID: c.ID, UserName: c.Name(), ClientID: c.ID, TokenID: hash.ID(),
		Scopes: access.NewScopes(stillRegistered(k.Scopes, c.Scopes)), Patient: g.Context.Patient, Encounter: g.Context.Encounter,
	}
	if g.Actor == access.System {
		return subject, k.Expires, nil
	}
	a, err := t.store.Account(ctx, g.AccountID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, time.Time{}, err
	}
	if err != nil || a.Kind.Actor() != g.Actor {
		return nil, time.Time{}, errToken
	}
	usable, err := t.usable(ctx, a)
	if err != nil {
		return nil, time.Time{}, err
	}
	if !usable {
		return nil, time.Time{}, errToken
	}
	subject.UserID, subject.UserName, subject.FHIRUser, subject.Groups = a.ID, a.Login, a.FHIRUser, a.Groups
	if g.Actor == access.Patient {
		subject.Patient = a.PatientID
	}
	return subject, k.Expires, nil
}

// stillRegistered returns the scopes that the client has registered as of now: a registration that was narrowed narrows what was
// granted before.
func stillRegistered(granted, current []string) []string {
	literal := make(map[string]bool, len(current))
	for _, w := range current {
		literal[w] = true
	}
	all := true
	for _, w := range granted {
		all = all && literal[w]
	}
	if all {
		return granted
	}
	parsed := permit.ParseAll(current)
	var kept []string
	for _, w := range granted {
		if s, err := scope.Parse(w); err == nil && permit.Covered(parsed, s) {
			kept = append(kept, w)
		}
	}
	return kept
}
