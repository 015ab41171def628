// Package roundtrip lets questions to PostgreSQL that are alike share statements. A round trip, and a commit even more, costs the
// server and the database several times what finding or adding a row does.
package roundtrip

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// most bounds the questions of one statement.
	most = 64
	// longest bounds a statement. It belongs to several callers, so none of their contexts can.
	longest = 10 * time.Second
)

// Config says what is asked and how.
type Config[Q any] struct {
	// Pool has a connection for each of Flights; others may use it too.
	Pool *sql.DB
	// Flights is how many statements are under way at once.
	Flights int
	// Ask asks the database once for all of batch and leaves the answers in the questions, which may hold those of an attempt that
	// broke off. An error is that of all of them.
	Ask func(ctx context.Context, conn *pgx.Conn, batch []Q) error
	// Alone reports whether an error may be about one question of several. Then each is asked by itself.
	Alone func(error) bool
	// Again reports whether what ended with an error can be asked once more, on another connection.
	Again func(error) bool
}

// Shared answers questions. While as many statements as may be are under way, further questions wait, and the next statement asks
// for all of them; a question that meets no other waits for nobody.
//
// A statement begins after every question that it answers was put, so each sees all that was committed before. Safe for
// concurrent use.
type Shared[Q any] struct {
	config Config[Q]

	mu      sync.Mutex
	waiting []*asked[Q]
	flying  int
}

// asked is one question that waits.
type asked[Q any] struct {
	question Q
	err      error
	done     chan struct{} // closed when the answer or err is there
}

// New returns a Shared that has asked nothing.
func New[Q any](config Config[Q]) *Shared[Q] { return &Shared[Q]{config: config} }

// Wait puts a question and returns when its answer is in it. If it returns since ctx has ended, the question must not be looked at
// any more.
//
// Errors: that of ctx, or of the database.
func (s *Shared[Q]) Wait(ctx context.Context, question Q) error {
	a := &asked[Q]{question: question, done: make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, a)
	start := s.flying < s.config.Flights
	if start {
		s.flying++
	}
	s.mu.Unlock()
	if start {
		go s.fly()
	}
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fly asks for what waits until nothing does.
func (s *Shared[Q]) fly() {
	for {
		s.mu.Lock()
		n := min(len(s.waiting), most)
		if n == 0 {
			s.flying--
			s.mu.Unlock()
			return
		}
		batch := s.waiting[:n:n]
		if s.waiting = s.waiting[n:]; len(s.waiting) == 0 {
			s.waiting = nil
		}
		s.mu.Unlock()
		s.answer(batch)
	}
}

// answer asks the database once and wakes everybody in batch.
func (s *Shared[Q]) answer(batch []*asked[Q]) {
	questions := make([]Q, len(batch))
	for i, a := range batch {
		questions[i] = a.question
	}
	err := s.ask(questions)
	for i, a := range batch {
		if a.err = err; err != nil && len(batch) > 1 && s.config.Alone(err) {
			a.err = s.ask(questions[i : i+1]) // it is about one of them: whose, each finds out alone
		}
		close(a.done)
	}
}

// ask asks once, and again for each connection of the pool that turns out to be broken: after a restart of the database all of
// them are.
func (s *Shared[Q]) ask(batch []Q) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	for range max(s.config.Flights, s.config.Pool.Stats().MaxOpenConnections) + 1 {
		if err = s.once(ctx, batch); err == nil || !s.config.Again(err) {
			return err
		}
	}
	return err
}

func (s *Shared[Q]) once(ctx context.Context, batch []Q) error {
	conn, err := s.config.Pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(raw any) error {
		c, ok := raw.(*stdlib.Conn)
		if !ok {
			return errors.New("unsupported driver")
		}
		err := s.config.Ask(ctx, c.Conn(), batch)
		if c.Conn().IsClosed() {
			return errors.Join(err, driver.ErrBadConn)
		}
		return err
	})
}
