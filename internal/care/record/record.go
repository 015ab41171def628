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

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// Config is what the record needs from outside.
type Config struct {
	// Params are the search parameters.
	Params search.Table
	// Rules returns the settings of a site that bear on its record. It is asked once a Book and must be cheap.
	Rules func(ctx context.Context, site string) (Rules, error)
	// NewID makes logical ids: random UUIDs.
	NewID func() string
	// Replica names this process in the audit trail.
	Replica string
}

// Rules are the settings of one site that bear on its record. The zero value is the strictest.
type Rules struct {
	// SkipValidation stores what the decoder accepts, without the checks of internal/fhir/validate (setting validation=off).
	SkipValidation bool
	// DurableReads makes every read wait until its audit event is on disk (setting audit_reads=durable).
	DurableReads bool
	// LenientSearch passes over unknown search parameters instead of refusing them (setting search_handling=lenient).
	LenientSearch bool
	// UpdateAsCreate lets clients choose ids by PUT (setting update_as_create).
	UpdateAsCreate bool
	// Provenance adds a Provenance to every write (setting provenance).
	Provenance bool
}

// Records opens Books. Safe for concurrent use.
type Records struct {
	cfg Config
}

// New returns Records over cfg. All fields of cfg but Replica are required.
func New(cfg Config) *Records { return &Records{cfg: cfg} }

// Params returns the search parameters that the record knows.
func (r *Records) Params() search.Table { return r.cfg.Params }

// NewID returns a fresh logical id.
func (r *Records) NewID() string { return r.cfg.NewID() }

// Book is one site's record as one caller may see and change it. It is made for a request and holds no state of its own;
// safe for concurrent use.
type Book struct {
	records *Records
	site    chart.Site
	grant   *access.Grant
	rules   *Rules // nil until first needed; shared by the Books of one request
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

// Under returns the Book with the site's rules already known, so that it does not ask for them.
func (b *Book) Under(rules *Rules) *Book {
	c := *b
	c.rules = rules
	return &c
}

// Site returns the site that the Book belongs to.
func (b *Book) Site() chart.Site { return b.site }

// Grant returns the grant that the Book works under.
func (b *Book) Grant() *access.Grant { return b.grant }

// Rules returns the settings of the site.
func (b *Book) Rules(ctx context.Context) (*Rules, error) {
	if b.rules != nil {
		return b.rules, nil
	}
	r, err := b.records.cfg.Rules(ctx, b.site.Name())
	if err != nil {
		return nil, err
	}
	return &r, nil
}

func (b *Book) granted(op string) error {
	if b.grant == nil || b.grant.Subject == nil {
		return fault.New(fault.Forbidden, op, "no access was granted")
	}
	return nil
}
