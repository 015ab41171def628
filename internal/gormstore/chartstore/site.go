// Package chartstore implements the ports of internal/chart on one SQLite file or one PostgreSQL schema. The tables are
// described in internal/gormstore/SCHEMA.md.
//
// Reads take a connection of the read pool and one prepared statement; on PostgreSQL those by key that meet each other share
// one. Writes go to one goroutine, the [writer], which puts
// the closures that wait into one transaction and answers all of them after one commit:
//
//	Site.Write ─┐                     ┌ run each closure over an overlay of   ┐
//	Site.Write ─┼→ queue → writer → begin,                                    flush → commit → answer all
//	Site.Record ┘          (group)    └ the fetched records; keep or discard  ┘
//
// On PostgreSQL a group that has nothing to read, such as creates under fresh ids, is one round trip: see [engine].
//
// The database's own lock makes the groups of all processes serial, so every closure decides on the newest state and a
// conditional create cannot race.
package chartstore

import (
	"context"
	"database/sql"
	"log/slog"
	"sync/atomic"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/fulltext"
	"chartwright/internal/gormstore/searchsql"
)

// Config is what a site's store needs. All fields but Points, Mark, Committed and Own are required.
type Config struct {
	Name    string
	Dialect searchsql.Dialect
	Reader  *sql.DB
	// Points is the pool of the reads by key on PostgreSQL; not used on SQLite.
	Points *sql.DB
	// Writer is the pool of the write transactions; on SQLite it has one connection.
	Writer *sql.DB
	// Hot keeps rows that were read, on SQLite; nil = none are. Not used on PostgreSQL, whose state costs a statement.
	Hot *Hot
	// Mark tells other processes of changes, and this one of theirs; nil on PostgreSQL.
	Mark Mark
	// Committed is called after each commit; nil = nobody wants to know. It must not block.
	Committed func()
	// Extract computes the index rows of a stored body.
	Extract func(typ string, body []byte, rows *index.Rows) error
	// Own adds the index rows of the parameters that the site has of its own in a generation of them. Nil = it has none.
	Own     func(ctx context.Context, generation int64, typ string, body []byte, rows *index.Rows) error
	Search  searchsql.Env
	Now     func() time.Time
	Replica string
	Log     *slog.Logger
}

// Site is the record of one site. Safe for concurrent use.
type Site struct {
	config Config

	current, old, numbered *pointRead
	shared                 *sharedRead // PostgreSQL; nil on SQLite, which has no round trip to share
	states                 *states

	long   chan struct{} // slots of long reads, which hold a connection each
	queued atomic.Int64  // those that wait for one
	ids    *dictionaries
	// searches keeps the statements of searches on the read pool.
	searches *searchsql.Statements
	engine   engine
	writer   *writer
	text     *fulltext.Index
	writing  atomic.Bool // the writer is at work on the record
}

var _ chart.Site = (*Site)(nil)

// longReads is how many scans, histories and audit walks run at once. The pool has as many connections on top of those
// for short reads.
const longReads = 2

// longQueued is how many more wait for their turn. One behind them is better told to come back than kept.
const longQueued = 64

// New prepares the statements and starts the writer.
//
// Errors: Unavailable when the database does not answer.
func New(ctx context.Context, config Config) (*Site, error) {
	s := &Site{config: config, states: &states{mark: config.Mark}, long: make(chan struct{}, longReads), ids: newDictionaries(), searches: searchsql.NewStatements(config.Reader, config.Dialect)}
	for _, p := range [...]struct {
		to   **pointRead
		text string
	}{{&s.current, readCurrent}, {&s.old, readOld}, {&s.numbered, readNumber}, {&s.states.point, readState}} {
		read, err := s.preparePoint(ctx, p.text)
		if err != nil {
			s.closeStatements()
			return nil, classify("site.open", err)
		}
		*p.to = read
	}
	if config.Dialect == searchsql.PostgreSQL {
		s.shared = newSharedRead(config.Points, SharedReads, readMany)
		s.states.shared = newSharedRead(config.Points, SharedStates, readStates)
	}
	s.engine = newEngine(s)
	s.text = fulltext.New(fulltext.Config{
		Dialect: config.Dialect, Reader: config.Reader, Writer: config.Writer, Extract: config.Extract, Log: config.Log, Writing: s.writing.Load,
	})
	s.writer = newWriter(s)
	return s, nil
}

// Name returns the name of the site.
func (s *Site) Name() string { return s.config.Name }

// Close writes what is queued and stops the writer. The pools stay open: they are the caller's.
func (s *Site) Close() error {
	s.text.Close()
	s.writer.close()
	s.closeStatements()
	return nil
}

func (s *Site) closeStatements() {
	_ = s.searches.Close()
	for _, p := range [...]*pointRead{s.current, s.old, s.numbered, s.states.point} {
		p.close()
	}
}

// longRead waits for a slot; the caller gives it back.
//
// Errors: Throttled if too many wait.
func (s *Site) longRead(ctx context.Context, op string) (release func(), err error) {
	if s.queued.Add(1) > longQueued {
		s.queued.Add(-1)
		return nil, fault.New(fault.Throttled, op, "too many histories and scans wait for their turn; wait a little")
	}
	defer s.queued.Add(-1)
	select {
	case s.long <- struct{}{}:
		return func() { <-s.long }, nil
	case <-ctx.Done():
		return nil, classify(op, ctx.Err())
	}
}
