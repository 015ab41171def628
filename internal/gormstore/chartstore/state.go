package chartstore

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const readState = `SELECT seq FROM counter WHERE id = 1`

// markAge bounds how long a state is believed for the mark alone: a process that dies between its commit and its mark, beside
// another that has just set its own, cannot say that it was there.
const markAge = time.Second

// Mark is a value beside a SQLite file that every process sees which has the file open. It tells without a query whether one of
// them has changed the site: reading it costs a tenth of the smallest statement.
type Mark interface {
	// Value returns the mark; 0 while it is lifted, which tells nothing.
	Value() uint64
	// Lift takes the mark away, before a commit.
	Lift() error
	// Set puts another one, after it.
	Set() error
}

// states answers [Site.State].
type states struct {
	point  *pointRead  // SQLite
	shared *sharedRead // PostgreSQL
	mark   Mark        // nil: ask each time
	known  atomic.Pointer[known]
	looked atomic.Int64 // when still looked last, in nanoseconds since 1970
}

// lookEvery bounds how often [states.still] looks: while others write, what it learns is of no use for long.
const lookEvery = 50 * time.Millisecond

// still returns the state if that is known, or can be known by a look now and then; false while the site is being changed. It is
// for SQLite.
func (s *states) still(ctx context.Context) (state int64, ok bool, err error) {
	if s.mark == nil {
		return 0, false, nil
	}
	mark := s.mark.Value()
	if mark == 0 {
		return 0, false, nil
	}
	if k := s.known.Load(); k != nil && k.mark == mark && time.Since(k.at) < markAge {
		return k.state, true, nil
	}
	now, last := time.Now().UnixNano(), s.looked.Load()
	if now-last < int64(lookEvery) || !s.looked.CompareAndSwap(last, now) {
		return 0, false, nil
	}
	state, err = s.now(ctx)
	return state, err == nil, err
}

// known is a state that was read while the mark stood.
type known struct {
	mark  uint64
	state int64
	at    time.Time
}

// State returns the site's state. On PostgreSQL those that ask at the same time share one statement.
func (s *Site) State(ctx context.Context) (int64, error) {
	n, err := s.states.now(ctx)
	return n, classify("chart.state", err)
}

func (s *states) now(ctx context.Context) (int64, error) {
	if s.shared != nil {
		a := &asked{}
		if err := s.shared.Wait(ctx, a); err != nil {
			return 0, err
		}
		return a.state, nil
	}
	var mark uint64
	if s.mark != nil {
		mark = s.mark.Value() // before the look: a commit in between makes what is known stale, never wrong
		if k := s.known.Load(); k != nil && mark != 0 && k.mark == mark && time.Since(k.at) < markAge {
			return k.state, nil
		}
	}
	at := time.Now()
	state, err := s.point.number(ctx)
	if err != nil {
		return 0, err
	}
	if mark != 0 {
		s.known.Store(&known{mark, state, at})
	}
	return state, nil
}

// readStates answers all who wait with one look.
func readStates(ctx context.Context, conn *pgx.Conn, batch []*asked) error {
	var state int64
	if err := conn.QueryRow(ctx, readState).Scan(&state); err != nil {
		return err
	}
	for _, a := range batch {
		a.state = state
	}
	return nil
}

// changing takes the mark away for a commit that changes what reads and searches show; the caller calls set when it knows how
// the commit went, or that it does not know.
func (s *states) changing() (set func(), err error) {
	if s.mark == nil {
		return func() {}, nil
	}
	if err := s.mark.Lift(); err != nil {
		return nil, err
	}
	return func() { _ = s.mark.Set() }, nil // without a mark everybody asks the database
}

// turn gives the site another state, for a change that makes no version.
func (g *group) turn() { g.counters.seq++ }
