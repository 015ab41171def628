package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/go-jose/go-jose/v4"

	"chartwright/internal/fault"
)

// Limits of fetching a client's key set. RFC 7523 leaves them to the server; they keep a client's host from holding ours.
const (
	maxKeySetBytes = 64 << 10
	fetchTimeout   = 3 * time.Second
	keySetLife     = 15 * time.Minute // how long a fetched set is trusted, unless its host says less
	refetchEvery   = time.Minute      // for a kid that the set does not hold, and after a fetch that failed
	fetchEvery     = time.Second      // whatever a host says: requests of one moment share a fetch
	maxKeySets     = 1000
)

// FetchedKeys is a key set as its host sent it.
type FetchedKeys struct {
	Body []byte
	Life time.Duration // how long the host lets it be kept; negative = the host says nothing
}

// KeySets gives the public keys of clients: registered ones, or fetched from the registered jwks_uri and kept for a while, but no
// longer than their host allows. Safe for concurrent use.
// https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys
type KeySets struct {
	fetch func(ctx context.Context, uri string) (*FetchedKeys, error)
	now   func() time.Time

	mu   sync.Mutex
	sets map[string]*keySet
}

type keySet struct {
	mu     sync.Mutex // one fetch at a time for each client
	uri    string
	until  time.Time // when the keys are no longer to be used
	tried  time.Time
	failed bool // the last fetch
	keys   []jose.JSONWebKey
}

// NewKeySets returns key sets that are fetched through fetch, which [Fetch] is outside of tests.
func NewKeySets(fetch func(ctx context.Context, uri string) (*FetchedKeys, error), now func() time.Time) *KeySets {
	return &KeySets{fetch: fetch, now: now, sets: map[string]*keySet{}}
}

// Of returns the keys of c. If none has the kid, a fetched set is fetched again, at most once a minute.
func (s *KeySets) Of(ctx context.Context, c *Client, kid string) ([]jose.JSONWebKey, error) {
	if c.Metadata.JWKSURI == "" {
		return ParseKeys(c.Metadata.JWKS)
	}
	set := s.set(c)
	set.mu.Lock()
	defer set.mu.Unlock()
	now := s.now()
	fresh := now.Before(set.until)
	if fresh && slices.ContainsFunc(set.keys, func(k jose.JSONWebKey) bool { return k.KeyID == kid }) {
		return set.keys, nil
	}
	switch since := now.Sub(set.tried); {
	case fresh && since < refetchEvery, !set.failed && since < fetchEvery:
		return set.keys, nil
	case set.failed && since < refetchEvery:
		return nil, refuse("the client's keys could not be fetched a moment ago")
	}
	set.tried, set.failed = now, true
	fetched, err := s.fetch(ctx, set.uri)
	if err != nil {
		return nil, refuse("the client's keys cannot be fetched")
	}
	keys, err := ParseKeys(fetched.Body)
	if err != nil {
		return nil, refuse("the client's key set is not usable")
	}
	life := keySetLife
	if fetched.Life >= 0 {
		life = min(life, fetched.Life)
	}
	set.keys, set.until, set.failed = keys, now.Add(life), false
	return keys, nil
}

func (s *KeySets) set(c *Client) *keySet {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.sets[c.ID]
	if set == nil || set.uri != c.Metadata.JWKSURI {
		if len(s.sets) >= maxKeySets {
			clear(s.sets)
		}
		set = &keySet{uri: c.Metadata.JWKSURI}
		s.sets[c.ID] = set
	}
	return set
}

// Fetch gets a key set from the public internet: https on port 443, no redirects, no proxy, three seconds, 64 KiB, and only
// from an address that is not ours or a neighbour's. The address is checked when it is dialled, after the name was resolved,
// so that a name which changes its mind gains nothing.
func Fetch(ctx context.Context, uri string) (*FetchedKeys, error) { return fetch(ctx, guarded, uri) }

// fetch is [Fetch] by a client that decides where it goes.
func fetch(ctx context.Context, by *http.Client, uri string) (*FetchedKeys, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "client.fetch", err)
	}
	if request.URL.Scheme != "https" {
		return nil, fault.New(fault.Invalid, "client.fetch", "not https")
	}
	request.Header.Set("Accept", "application/json")
	response, err := by.Do(request)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "client.fetch", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fault.New(fault.Unavailable, "client.fetch", "status %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxKeySetBytes+1))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "client.fetch", err)
	}
	if len(body) > maxKeySetBytes {
		return nil, fault.New(fault.TooLarge, "client.fetch", "key set too large")
	}
	return &FetchedKeys{Body: body, Life: life(response.Header)}, nil
}

// life is how long an answer may be kept by its Cache-Control header; negative where the header does not say. What does not read
// as a number of seconds allows nothing. https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
func life(h http.Header) time.Duration {
	limit := time.Duration(-1)
	for directive := range strings.SplitSeq(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			limit = max(0, seconds(strings.Trim(value, `"`))-seconds(h.Get("Age")))
		}
	}
	return limit
}

// seconds reads a number of seconds; zero for what is none. A day is as good as for ever here.
func seconds(text string) time.Duration {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return min(time.Duration(n)*time.Second, 24*time.Hour)
}

var guarded = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport: &http.Transport{
		Proxy:              nil,
		DisableKeepAlives:  true,
		DisableCompression: true, // a small body stays small
		DialContext: (&net.Dialer{Timeout: fetchTimeout, Control: func(_, address string, _ syscall.RawConn) error {
			return checkAddress(address)
		}}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    fetchTimeout,
		ResponseHeaderTimeout:  fetchTimeout,
		MaxResponseHeaderBytes: 16 << 10,
	},
}

// special are the ranges that are neither private nor loopback by Go's words and yet not the public internet.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

// checkAddress refuses every address that is not a public host's port 443.
func checkAddress(address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := ap.Addr().Unmap()
	if ap.Port() != 443 || !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() ||
		slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return fmt.Errorf("address %s is not fetched from", address)
	}
	return nil
}
