// Package chart is the record: the ports through which everything else reads and writes one site's versioned store of FHIR
// resources. It knows no SQL; internal/gormstore implements it, charttest proves any implementation.
//
// There is no way to ask without a site: every method hangs on a [Site] handle, and a handle reaches one SQLite file or one
// PostgreSQL schema and nothing else.
package chart

import (
	"context"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// Key names one resource.
type Key struct{ Type, ID string }

// String returns Type/ID, the form of a relative reference.
func (k Key) String() string { return k.Type + "/" + k.ID }

// Version is one stored version of a resource.
//
// Body is canonical JSON without meta.versionId and meta.lastUpdated, which are columns; [Version.AppendJSON] puts them in
// without decoding. The caller must not change Body.
type Version struct {
	Key
	Number  int64     // the resource's number in this site: pid, eid and the like of the Standard API
	VID     int64     // 1, 2, 3 … without gaps; the oldest may have been removed
	Seq     int64     // site-wide write sequence: the order of all writes
	Updated time.Time // UTC, milliseconds, never earlier than the version before
	Method  Method
	Owner   string // id of the one patient whose record this is; "" = nobody's, [ManyOwners] = several patients'
	Body    []byte // nil for a deletion
}

// ManyOwners marks a resource about several patients: no patient's token reaches it.
const ManyOwners = "*"

// Deleted reports whether this version is a deletion.
func (v *Version) Deleted() bool { return v.Method == Delete }

// Method is how a version came to be: the interaction that made it, of whatever API.
type Method uint8

// The methods, as kept in the store.
const (
	Create Method = iota + 1 // under an id of the server's choice
	Update                   // over a version that is no deletion
	Delete
	Upsert // an update of what did not exist or was deleted: https://hl7.org/fhir/R4/http.html#upsert
	Patch
)

// Sites are the sites of one server. Safe for concurrent use.
type Sites interface {
	// Open returns the handle of an existing site. Errors: NotFound.
	Open(ctx context.Context, name string) (Site, error)
	// Add makes a new empty site. Errors: Conflict if it exists, Invalid for a bad name ([A-Za-z0-9.-]{1,64}).
	Add(ctx context.Context, name string) (Site, error)
	// List returns the names of all sites, sorted.
	List(ctx context.Context) ([]string, error)
	Close() error
}

// Site is one site's record. Safe for concurrent use.
type Site interface {
	Name() string

	// State returns a number that grows with each commit that changes what reads and searches show: equal numbers, equal answers.
	// It counts every commit that was acknowledged before, on whatever replica. What was read after it is at least as new as it.
	State(ctx context.Context) (int64, error)
	// Read returns the current version, a deletion included. Errors: NotFound.
	Read(ctx context.Context, key Key) (*Version, error)
	// ReadVersion returns version vid, a deletion included. Errors: NotFound.
	ReadVersion(ctx context.Context, key Key, vid int64) (*Version, error)
	// ReadNumber returns the current version of the resource of type typ with this number. Errors: NotFound.
	ReadNumber(ctx context.Context, typ string, number int64) (*Version, error)
	// History yields versions, newest first, until yield returns false. It holds no more than one row in memory.
	History(ctx context.Context, q HistoryQuery, yield func(*Version) bool) error
	// CountHistory returns how many versions History would yield without Limit and Before.
	CountHistory(ctx context.Context, q HistoryQuery) (int64, error)
	// Search runs a checked query and yields the page's resources in order. Narrow is the caller's view: rows outside it
	// neither match nor count, nor are they included, nor do they lend their values to chains and sorting.
	Search(ctx context.Context, q *search.Query, narrow access.Narrow, page Page) (*Result, error)
	// Scan yields every current resource of the types (all if none), by sequence, as of one instant. For exports.
	Scan(ctx context.Context, types []string, yield func(*Version) bool) error

	// Values lists the distinct values that the index has under the numbers of token and of URI rows, at most limit of each kind.
	// It knows no view: it is for callers who see all resources of the types.
	Values(ctx context.Context, tokens, uris []int32, limit int) ([]Value, error)
	// Remnants lists resources of which something could be removed, by number: at most q.Limit, placed after q.After. Of each
	// it returns the key and the number alone.
	Remnants(ctx context.Context, q RemnantQuery) ([]*Version, error)

	// Prepare does what a Put of w can do before its transaction, while other writes go on: what it costs is then not what they
	// wait for. Put does it itself where nobody has. After it, w.Body must not change, and w.Rows is not read any more.
	Prepare(w *Write)
	// Write runs fn inside the site's one write transaction and returns when it is durable. Writes of a site are serial, on
	// all replicas: fn sees every write acknowledged before. Touch names the keys that fn will read, so that the store can
	// fetch them together; reading others is allowed and slower. Concurrent calls share one commit; if fn returns an error
	// nothing of it remains and Write returns that error. fn may run twice (after a lost connection) and must not block.
	//
	// Errors: fn's own; Unavailable when the outcome is unknown or the store is out of reach.
	Write(ctx context.Context, touch []Key, fn func(Tx) error) error

	// Record queues an audit event of a read; Flush by the store within 50 ms. It blocks while the queue is full and returns
	// Unavailable when events can't be written: then nothing may be shown to the caller. With durable it waits for the commit.
	// The event belongs to the store from then on.
	Record(ctx context.Context, e *AuditEvent, durable bool) error
	// AuditTrail yields audit events, newest first.
	AuditTrail(ctx context.Context, q AuditQuery, yield func(*AuditEvent) bool) error
	// VerifyAudit walks the hash chain and reports the first break.
	VerifyAudit(ctx context.Context) (AuditCheck, error)
}

// Tx is the write transaction that fn of [Site.Write] gets. Not safe for concurrent use; not valid after fn returns.
type Tx interface {
	// Read returns the current version as this transaction sees it. Errors: NotFound.
	Read(ctx context.Context, key Key) (*Version, error)
	// Search finds resources as this transaction sees them, for conditional interactions.
	Search(ctx context.Context, q *search.Query, narrow access.Narrow, page Page) (*Result, error)
	// Put stores a new version. Errors: PreconditionFailed or Conflict when Expect does not hold.
	Put(ctx context.Context, w *Write) (*Version, error)
	// Remove takes versions of a resource out of the store for good, with their index rows, oldest first and at most limit of
	// them, and returns how many it took. It is the only way in which history is lost: no read, history, search or page link
	// finds what was removed, and its sequence numbers are not used again. References to a resource that was removed as a
	// whole stay, and lead nowhere. A read that is under way may still show it.
	//
	// Errors: NotFound if there is no such resource.
	Remove(ctx context.Context, key Key, what Removal, limit int) (int, error)
	// Record appends an audit event that stands or falls with this transaction.
	Record(e *AuditEvent)
	// Now is the instant that all versions of this transaction carry.
	Now() time.Time
}

// Write is one new version.
type Write struct {
	Key
	Method Method
	Body   []byte      // canonical JSON without meta.versionId and meta.lastUpdated; nil for Delete
	Rows   *index.Rows // the index rows of Body; nil for Delete. Read before Put or [Site.Prepare] returns, never kept
	Owner  string      // as in Version
	Expect Expect
	// Generation is that of the site's own search parameters whose rows are among Rows; 0 = none. Where it is not the one in
	// force, the store makes the rows of Body itself.
	Generation int64
	// Prepared is what [Site.Prepare] has made; nil = nothing.
	Prepared Prepared
}

// Prepared is the form in which a store writes a version. It belongs to the store that made it.
type Prepared interface{ Prepared() }

// Expect is the state that a write needs to find.
type Expect struct {
	Absent  bool  // never existed or deleted: Conflict otherwise
	Fresh   bool  // the id was made up for this write, so that nobody can have it: the store need not look
	Version int64 // current version: PreconditionFailed otherwise; 0 = any
}

// HistoryQuery selects versions: of one resource (Key whole), of a type (Key.Type), of several types, or of the site.
type HistoryQuery struct {
	Key    Key
	Types  []string  // without a Key: the types; nil = all
	Since  time.Time // Updated >= Since; zero = unbounded
	At     Period    // versions that were current at some moment of it; zero = all
	Before int64     // Seq < Before; 0 = from the newest
	Limit  int
	Narrow access.Narrow
	// Whole are types that Narrow.Patient does not narrow, since the caller's view of them is not one patient's.
	Whole []string
}

// Period is a time from one instant until before another.
type Period struct{ From, Until time.Time }

// IsZero reports whether p is no period at all.
func (p Period) IsZero() bool { return p.From.IsZero() && p.Until.IsZero() }

// Page says where in a result to begin and what comes with it.
type Page struct {
	After string // opaque cursor of a Result; empty = from the start
	Count int    // rows wanted; the store returns at most this many matches
	// NarrowOf gives the caller's view of the types that a search reaches beside its own: through includes, chains and _has,
	// and each type of a search of several. False = the caller may not search the type: it is not included, and to search
	// through it is Forbidden. Nil = the view of the search itself.
	NarrowOf func(typ string) (access.Narrow, bool)
	// Around are resources around which the search includes as well as around its matches. They are not included themselves.
	Around []*Version
	// Explain asks for [Result.Explained].
	Explain bool
}

// Result is one page of matches and what they include.
type Result struct {
	Matches  []*Version
	Included []*Version
	// Places tell of a search that returns contained resources by themselves which of Matches stand for one: the place, from 1, in
	// the match's list of contained resources; 0 = the match itself. Nil = all are matches themselves. It may be shorter.
	Places []int
	// MoreIncluded tells that Included was cut at the store's limit.
	MoreIncluded bool
	Next         string // cursor of the next page; empty = last page
	Total        int64  // -1 = not counted
	// Explained says how the store came by the result, a line or several for each step: what it chose to read first and why,
	// the statements it ran without their values, and the database's own plan of each. The plans may hold values of the query
	// and of the view, so it is for the caller alone. Nil unless [Page.Explain] asks for it.
	Explained []string
}
