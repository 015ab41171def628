package key

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"chartwright/internal/fault"
)

// Record is one signing key as the store keeps it.
type Record struct {
	ID      string // RFC 7638 thumbprint, the kid
	Alg     string // RS256, RS384, ES384
	Sealed  []byte // PKCS #8, sealed
	Created time.Time
	Retired time.Time // signs nothing from here on; zero = may sign
}

// Store keeps the signing keys of one site. Safe for concurrent use.
type Store interface {
	// Keys returns all keys, oldest first.
	Keys(ctx context.Context) ([]Record, error)
	// AddKey inserts a key and retires the keys of the same algorithm at the instant retire, if that is set. It moves the epoch.
	AddKey(ctx context.Context, r Record, retire time.Time) error
	// RemoveKey deletes a key. It moves the epoch.
	RemoveKey(ctx context.Context, id string) error
	// Epoch changes whenever something that may be cached has changed, through whichever process. It runs no query.
	Epoch() uint64
}

// Overlap is how long a retired key stays in the key set: as long as an ID token that it signed may be used as a hint, with a
// margin for caches.
const Overlap = 24 * time.Hour

const sealPurpose = "signing-key"

// DefaultAlg is the algorithm of a new site's first key: the one that every OpenID Connect client understands.
const DefaultAlg = "RS256"

// Algorithms are the algorithms for which a site may have keys.
var Algorithms = []string{"RS256", "RS384", "ES384"}

// first are the algorithms for which a site has keys from the beginning, so that every client may choose: the default, and the one
// whose signatures take a quarter of the processor time.
var first = []string{DefaultAlg, "ES384"}

// Ring is the key set of one site. Safe for concurrent use.
type Ring struct {
	site   string
	master Master
	store  Store
	now    func() time.Time

	mu    sync.Mutex
	epoch uint64
	keys  []signing
}

// signing is a key that was opened.
type signing struct {
	Record
	public crypto.PublicKey
	signer jose.Signer // puts kid and typ into the header
}

// NewRing returns the key set of site.
func NewRing(site string, master Master, store Store, now func() time.Time) *Ring {
	return &Ring{site: site, master: master, store: store, now: now}
}

// load returns the keys, reading them again after a change. For each of the [first] algorithms with which no key signs yet it makes
// one: the site is new, or was given keys of other algorithms first.
func (r *Ring) load(ctx context.Context) ([]signing, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	epoch := r.store.Epoch()
	if len(r.keys) > 0 && r.epoch == epoch {
		return r.keys, nil
	}
	records, err := r.store.Keys(ctx)
	if err != nil {
		return nil, err
	}
	made := false
	for _, alg := range first {
		if slices.ContainsFunc(records, func(k Record) bool { return k.Alg == alg && k.Retired.IsZero() }) {
			continue
		}
		// Two replicas that start at once may both come here; then the site has two keys, both published, and the newer signs.
		if err := r.generate(ctx, alg, time.Time{}); err != nil {
			return nil, err
		}
		made = true
	}
	if made {
		if records, err = r.store.Keys(ctx); err != nil {
			return nil, err
		}
	}
	keys := make([]signing, 0, len(records))
	for _, rec := range records {
		// Most reloads find the same keys; opening them again would cost a derivation each.
		if i := slices.IndexFunc(r.keys, func(k signing) bool { return k.ID == rec.ID }); i >= 0 {
			keys = append(keys, signing{rec, r.keys[i].public, r.keys[i].signer})
			continue
		}
		k, err := r.open(rec)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	r.keys, r.epoch = keys, epoch
	return keys, nil
}

// open unseals a key and makes it ready to sign.
func (r *Ring) open(rec Record) (signing, error) {
	der, err := r.master.Open(r.site, sealPurpose, rec.ID, rec.Sealed)
	if err != nil {
		return signing{}, err
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return signing{}, fault.Wrap(fault.Internal, "key.load", err)
	}
	signer, err := newSigner(rec, private)
	return signing{rec, private.(crypto.Signer).Public(), signer}, fault.Wrap(fault.Internal, "key.load", err)
}

// generate makes a key and adds it.
func (r *Ring) generate(ctx context.Context, alg string, retire time.Time) error {
	var private crypto.Signer
	var err error
	switch alg {
	case "RS256", "RS384":
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES384":
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	default:
		return fault.New(fault.Invalid, "key.add", "no keys for algorithm %q; known are RS256, RS384, ES384", alg)
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "key.add", err)
	}
	return r.Add(ctx, alg, private, retire)
}

// Add puts a key that is there already into the set, sealed, and retires the others of its algorithm at the instant retire, if that is
// set.
func (r *Ring) Add(ctx context.Context, alg string, private crypto.Signer, retire time.Time) error {
	public := jose.JSONWebKey{Key: private.Public()}
	print, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return fault.Wrap(fault.Internal, "key.add", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fault.Wrap(fault.Internal, "key.add", err)
	}
	id := base64.RawURLEncoding.EncodeToString(print)
	return r.store.AddKey(ctx, Record{
		ID: id, Alg: alg, Sealed: r.master.Seal(r.site, sealPurpose, id, der), Created: r.now(),
	}, retire)
}

// Rotate makes a new key for alg and retires the older ones of the same algorithm. They stay published for [Overlap].
// Errors: Invalid for an unknown algorithm.
func (r *Ring) Rotate(ctx context.Context, alg string) error {
	now := r.now()
	if err := r.generate(ctx, alg, now); err != nil {
		return err
	}
	records, err := r.store.Keys(ctx)
	if err != nil {
		return err
	}
	for _, rec := range records {
		if !rec.Retired.IsZero() && rec.Retired.Add(Overlap).Before(now) {
			if err := r.store.RemoveKey(ctx, rec.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// List returns the keys without their private parts, oldest first, for the command line and the administration screens.
func (r *Ring) List(ctx context.Context) ([]Record, error) {
	keys, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Record, len(keys))
	for i, k := range keys {
		list[i] = k.Record
		list[i].Sealed = nil
	}
	return list, nil
}

// Set returns the public keys that a client may meet: those that sign and those that signed until [Overlap] ago.
// https://www.rfc-editor.org/rfc/rfc7517#section-5
func (r *Ring) Set(ctx context.Context) (jose.JSONWebKeySet, error) {
	keys, err := r.load(ctx)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range slices.Backward(keys) {
		if k.Retired.IsZero() || r.now().Before(k.Retired.Add(Overlap)) {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.public, KeyID: k.ID, Algorithm: k.Alg, Use: "sig"})
		}
	}
	return set, nil
}

// SigningAlgs returns the algorithms of the keys that may sign, the default first.
func (r *Ring) SigningAlgs(ctx context.Context) ([]string, error) {
	keys, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	var algs []string
	for _, alg := range Algorithms {
		if slices.ContainsFunc(keys, func(k signing) bool { return k.Alg == alg && k.Retired.IsZero() }) {
			algs = append(algs, alg)
		}
	}
	return algs, nil
}

// newest returns the newest key that may sign with alg.
func (r *Ring) newest(ctx context.Context, alg string) (signing, error) {
	keys, err := r.load(ctx)
	if err != nil {
		return signing{}, err
	}
	for _, k := range slices.Backward(keys) {
		if k.Alg == alg && k.Retired.IsZero() {
			return k, nil
		}
	}
	return signing{}, fault.New(fault.Invalid, "key.sign", "this site has no %s key", alg)
}
