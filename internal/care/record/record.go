// Package record gives typed access to the resources of one site under one access grant. It is the only way from a service
// to the chart: every dialect (FHIR, Standard, Portal) reads and writes through a [Book], so that no handler can forget a
// step. The steps are always the same.
//
//	read:  chart → caller's view → audit → resource
//	write: id and meta → validate → index rows, owner → canonical bytes → transaction { view, expectation, version, audit }
//
// What can be prepared before the transaction is prepared there ([Book.Draft]), because a site has one writer.
// What a caller may not see looks exactly like what does not exist.
//
// The package decides nothing about access: [access.Grant] is the proof that somebody did, and without one a Book does nothing.
package record

import (
	"context"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/chart/refusal"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/setting"
)

// Config is what the record needs from outside.
type Config struct {
	// Params are the search parameters.
	Params search.Table
	// Own are the parameters that sites have beside Params; nil = none.
	Own Own
	// Settings are the settings of the sites: validation, audit_reads, search_handling and provenance bear on the record.
	Settings setting.Source
	// NewID makes logical ids: random UUIDs.
	NewID func() string
	// Bases returns the base URLs under which the FHIR API of a site is known. It is asked for every write.
	Bases func(site string) []string
	// Codes says which codes a value set or a hierarchy of codes means, as the caller of a Book may know them. Nil = searches
	// that need one are refused.
	Codes func(ctx context.Context, b *Book, m search.Modifier, v search.Value) ([]search.Coding, error)
	// SiteCodes says the same whoever asks, for the queries of granular scopes. Nil = old versions can't be held against such a query.
	SiteCodes func(ctx context.Context, site chart.Site, m search.Modifier, v search.Value) ([]search.Coding, error)
	// Written is told which versions a transaction has made durable, before its caller is. Nil = nobody listens.
	Written func(ctx context.Context, site string, versions []*chart.Version)
	// Replica names this process in the audit trail.
	Replica string
	// Now is the clock by which quotas come back, and drafts are judged; nil = the real one.
	Now func() time.Time
	// Refusals decides which refusals are recorded by themselves; nil = all.
	Refusals *refusal.Counter
}

// Records opens Books. Safe for concurrent use.
type Records struct {
	cfg    Config
	now    func() time.Time
	quotas *quotas
}

// New returns Records over cfg. All fields of cfg but Own, Bases, Codes, SiteCodes, Written, Replica, Now and Refusals are required.
func New(cfg Config) *Records {
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	return &Records{cfg: cfg, now: now, quotas: newQuotas(now)}
}

// Params returns the search parameters that every site has.
func (r *Records) Params() search.Table { return r.cfg.Params }

// NewID returns a fresh logical id.
func (r *Records) NewID() string { return r.cfg.NewID() }

// Book is one site's record as one caller may see and change it. It is made for a request and holds no state of its own;
// safe for concurrent use.
type Book struct {
	records  *Records
	site     chart.Site
	grant    *access.Grant
	settings *setting.Values // nil: ask
}

// Book returns the record of site under grant. With a nil grant every method answers Forbidden.
func (r *Records) Book(site chart.Site, grant *access.Grant) *Book {
	return &Book{records: r, site: site, grant: grant}
}

// With returns the same site's record under another grant, such as that of one entry of a batch.
func (b *Book) With(grant *access.Grant) *Book {
	c := *b
	c.grant = grant
	return &c
}

// Under returns the Book with the site's settings already known, so that it does not ask for them.
func (b *Book) Under(settings *setting.Values) *Book {
	c := *b
	c.settings = settings
	return &c
}

// Site returns the site that the Book belongs to.
func (b *Book) Site() chart.Site { return b.site }

// Grant returns the grant that the Book works under.
func (b *Book) Grant() *access.Grant { return b.grant }

// Settings returns the settings of the site.
func (b *Book) Settings(ctx context.Context) (*setting.Values, error) {
	if b.settings != nil {
		return b.settings, nil
	}
	return b.records.cfg.Settings.Settings(ctx, b.site.Name())
}

func (b *Book) granted(op string) error {
	if b.grant == nil || b.grant.Subject == nil {
		return fault.New(fault.Forbidden, op, "no access was granted")
	}
	return nil
}

type bookKey struct{}

// WithBook returns a context that carries the Book of the request: the site, the grant and the way to the record.
func WithBook(ctx context.Context, b *Book) context.Context {
	return context.WithValue(ctx, bookKey{}, b)
}

// BookFrom returns the Book of the request; without one, a Book that refuses everything.
func BookFrom(ctx context.Context) *Book {
	if b, ok := ctx.Value(bookKey{}).(*Book); ok {
		return b
	}
	return &Book{}
}
