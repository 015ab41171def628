// Package interaction answers the FHIR interactions, one file an interaction, for every resource type alike. It speaks
// neither HTTP nor SQL: a [Call] comes from the FHIR door or from one entry of a Bundle, and both go the same way.
//
//	route → grant (the one access decision) → record.Book → Answer
//
// A write has three steps, so that a transaction Bundle can take many of them together and the writer is held as briefly as
// possible: decode, prepare (outside the transaction; see record.Draft) and apply (inside).
//
// https://hl7.org/fhir/R4/http.html
package interaction

import (
	"context"
	"log/slog"
	"time"

	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/care/parameter"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/bundle"
	"chartwright/internal/fhir/search"
	"chartwright/internal/setting"
)

// Config is what the engine needs from outside.
type Config struct {
	Records *record.Records
	// Parameters index resources anew on request; nil = $reindex is not offered.
	Parameters *parameter.Service
	// Software names this program and its version in the CapabilityStatement.
	Software Software
	// PageKey seals page links; 32 random bytes, the same on all replicas.
	PageKey []byte
	Now     func() time.Time
	Log     *slog.Logger // nil = nothing is told
}

// Software is CapabilityStatement.software.
type Software struct {
	Name, Version string
	Released      time.Time
}

// Engine answers interactions. Safe for concurrent use.
type Engine struct {
	records  *record.Records
	software Software
	now      func() time.Time
	pages    *pageSealer
	// parameters is nil where sites have none of their own.
	parameters *parameter.Service
	log        *slog.Logger

	capabilities capabilityCache
}

var _ r4route.Handler[*Call, *Answer] = (*Engine)(nil)

// New returns an engine. Errors: a PageKey of the wrong length.
func New(cfg Config) (*Engine, error) {
	pages, err := newPageSealer(cfg.PageKey)
	if err != nil {
		return nil, err
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Engine{records: cfg.Records, software: cfg.Software, now: cfg.Now, pages: pages, parameters: cfg.Parameters, log: log}, nil
}

// Call is one FHIR request.
type Call struct {
	Target
	Site     chart.Site
	Method   string // HTTP method
	Settings *setting.Values
	Policy   access.Policy
	Subject  *access.Subject
	Base     string // service base URL, without a slash at the end
	// Authorization is the URL of the site's authorization server, without a slash at the end.
	Authorization string
	Params        []search.Parameter // of the URL and of a _search form, in order
	Body          []byte             // the caller must not change it afterwards
	Unread        error              // of $validate: why there is no Body, though one was sent; nil else
	Bundle        *bundle.Bundle     // of a batch or transaction whose Body is scanned already; nil = scan Body
	Header        Header
	// Entries is told how many entries a batch or transaction has before any is looked at; nil = nobody asks.
	Entries func(n int)
	Prefer  Prefer
	Shape   Shape

	book    *record.Book // under the grant of this call
	fullURL string       // of the entry of a Bundle that this call is; empty if it has none, or is none
	// foreseen asks whether the call is understood and allowed, without doing it: searches, histories and operations then end
	// before they touch the record.
	foreseen bool
}

// Header are the request headers that bear on an interaction.
type Header struct {
	ContentType       string
	IfMatch           string
	IfNoneMatch       string
	IfNoneExist       string
	IfModifiedSince   string
	IfUnmodifiedSince string
}

// Answer is the response to a Call.
type Answer struct {
	Status   int
	Version  *chart.Version // sets ETag and Last-Modified
	Tag      string         // ETag of what is no version
	Location string         // relative to the base
	Allow    string         // methods, for OPTIONS
	// ContentLocation is where to ask how what was started is doing, relative to the base; Progress is how it is doing.
	ContentLocation, Progress string
	Body                      Body // nil = no body

	outcome bool // Body is an OperationOutcome about the write, not what was asked for
}

// Do decides whether the caller may do what the call asks, and does it.
//
// Errors: Forbidden, naming the scope that was missing; else those of the interaction.
func (e *Engine) Do(ctx context.Context, c *Call) (*Answer, error) {
	var err error
	if c.book, err = e.allowed(ctx, c); err != nil {
		return nil, err
	}
	a, err := r4route.Call(ctx, e, c.Interaction, c)
	if a == nil && err == nil {
		return nil, fault.New(fault.NotFound, "interaction", "there is no such interaction")
	}
	return a, err
}

// allowed decides about the call and returns the record as it may be seen: none of it where each part is decided by itself, or
// nothing is to be decided.
func (e *Engine) allowed(ctx context.Context, c *Call) (*record.Book, error) {
	var grant *access.Grant
	if letter := c.Interaction.Access(); letter != '-' && letter != '*' {
		var err error
		if grant, err = e.grant(ctx, c, access.Action(letter), c.Type); err != nil {
			return nil, err
		}
	}
	return e.records.Book(c.Site, grant).Under(c.Settings), nil
}

// key names the resource that the call is about.
func (c *Call) key() chart.Key { return chart.Key{Type: c.Type, ID: c.ID} }
