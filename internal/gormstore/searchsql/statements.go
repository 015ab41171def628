package searchsql

import (
	"container/list"
	"context"
	"database/sql"
	"sync"
)

// maxStatements bounds how many prepared statements a pool keeps. A search shape has one text for its first page and one for
// those that follow.
const maxStatements = 512

// Statements keeps the prepared statements of a pool by their text, the least recently used ones falling out. Compiling a
// search in SQLite costs more than most searches do; the driver of PostgreSQL keeps statements itself, for each connection.
//
// Safe for concurrent use.
type Statements struct {
	db   Preparer
	pass bool

	mu   sync.Mutex
	text map[string]*list.Element
	used *list.List // of *statement, the newest in front
}

type statement struct {
	text string
	stmt *sql.Stmt
	// users counts the queries that are about to start; a statement that fell out is closed by the last of them. Rows that
	// are being read keep what they need by themselves.
	users  int
	fallen bool
}

// Preparer is where statements live: a *sql.DB, or the *sql.Conn of a transaction.
type Preparer interface {
	Querier
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// NewStatements returns an empty cache over db. Close it before db. On PostgreSQL it passes everything through.
func NewStatements(db Preparer, d Dialect) *Statements {
	return &Statements{db: db, pass: d == PostgreSQL, text: map[string]*list.Element{}, used: list.New()}
}

// QueryContext implements [Querier].
func (s *Statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s.pass {
		return s.db.QueryContext(ctx, query, args...) //nolint:sqlclosecheck // the caller closes the rows
	}
	one, err := s.take(ctx, query)
	if err != nil {
		return nil, err
	}
	defer s.release(one)
	return one.stmt.QueryContext(ctx, args...) //nolint:sqlclosecheck // the caller closes the rows
}

func (s *Statements) take(ctx context.Context, text string) (*statement, error) {
	s.mu.Lock()
	if e := s.text[text]; e != nil {
		s.used.MoveToFront(e)
		one := e.Value.(*statement) // the list holds nothing else
		one.users++
		s.mu.Unlock()
		return one, nil
	}
	s.mu.Unlock()
	stmt, err := s.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.text[text]; e != nil { // another was faster
		_ = stmt.Close()            //nolint:sqlclosecheck // only the one that came second
		one := e.Value.(*statement) // the list holds nothing else
		one.users++
		return one, nil
	}
	one := &statement{text: text, stmt: stmt, users: 1}
	s.text[text] = s.used.PushFront(one)
	if s.used.Len() > maxStatements {
		s.drop(s.used.Back())
	}
	return one, nil
}

func (s *Statements) release(one *statement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one.users--; one.users == 0 && one.fallen {
		_ = one.stmt.Close()
	}
}

// drop takes a statement out; s.mu is held.
func (s *Statements) drop(e *list.Element) {
	one := s.used.Remove(e).(*statement) // the list holds nothing else
	delete(s.text, one.text)
	if one.fallen = true; one.users == 0 {
		_ = one.stmt.Close()
	}
}

// Close closes all statements.
func (s *Statements) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.used.Len() > 0 {
		s.drop(s.used.Back())
	}
	return nil
}
