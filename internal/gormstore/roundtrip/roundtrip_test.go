package roundtrip_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"

	"chartwright/internal/await"
	"chartwright/internal/gormstore/roundtrip"
	"chartwright/internal/gormstore/storetest"
)

// question asks the database for a number plus one.
type question struct{ number, answer int }

// plusOne asks for all of batch in one statement.
func plusOne(ctx context.Context, conn *pgx.Conn, batch []*question) error {
	numbers := make([]int, len(batch))
	for i, q := range batch {
		numbers[i] = q.number
	}
	rows, err := conn.Query(ctx, `SELECT n + 1 FROM unnest($1::bigint[]) WITH ORDINALITY AS t (n, place) ORDER BY place`, numbers)
	if err != nil {
		return err
	}
	answers, err := pgx.CollectRows(rows, pgx.RowTo[int])
	for i, n := range answers {
		batch[i].answer = n
	}
	return err
}

// pool is connections to a PostgreSQL database of the test's own.
func pool(t *testing.T, connections int) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", storetest.PostgreSQL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(connections)
	return db
}

func no(error) bool { return false }

// TestQuestionsShareAStatement holds the first statement back until nine more questions wait: they get one statement.
func TestQuestionsShareAStatement(t *testing.T) {
	t.Parallel()
	var sizes []int // of the statements, one after the other
	begun, held := make(chan struct{}), make(chan struct{})
	shared := roundtrip.New(roundtrip.Config[*question]{
		Pool: pool(t, 1), Flights: 1, Alone: no, Again: no,
		Ask: func(ctx context.Context, conn *pgx.Conn, batch []*question) error {
			if sizes = append(sizes, len(batch)); len(sizes) == 1 {
				close(begun)
				<-held
			}
			return plusOne(ctx, conn, batch)
		},
	})
	questions := make([]*question, 10)
	var all sync.WaitGroup
	ask := func(n int) {
		questions[n] = &question{number: n}
		all.Go(func() {
			if err := shared.Wait(t.Context(), questions[n]); err != nil {
				t.Error(err)
			}
		})
	}
	ask(0)
	<-begun
	for n := 1; n < len(questions); n++ {
		ask(n)
	}
	await.True(t, "nine questions wait", func() bool { return shared.Waiting() == len(questions)-1 })
	close(held)
	all.Wait()
	for n, q := range questions {
		if q.answer != n+1 {
			t.Errorf("question %d was answered %d", n, q.answer)
		}
	}
	if !slices.Equal(sizes, []int{1, 9}) {
		t.Errorf("statements of %v questions, want one of 1 and one of 9", sizes)
	}
}

// TestErrorOfOneQuestion lets one question of several spoil the statement: it alone is told so.
func TestErrorOfOneQuestion(t *testing.T) {
	t.Parallel()
	bad := errors.New("thirteen")
	var statements atomic.Int32
	begun, held := make(chan struct{}), make(chan struct{})
	shared := roundtrip.New(roundtrip.Config[*question]{
		Pool: pool(t, 1), Flights: 1, Again: no, Alone: func(err error) bool { return errors.Is(err, bad) },
		Ask: func(ctx context.Context, conn *pgx.Conn, batch []*question) error {
			if statements.Add(1) == 1 {
				close(begun)
				<-held
			}
			if slices.ContainsFunc(batch, func(q *question) bool { return q.number == 13 }) {
				return bad
			}
			return plusOne(ctx, conn, batch)
		},
	})
	questions, errs := make([]question, 4), make([]error, 4)
	var all sync.WaitGroup
	for i, number := range []int{1, 12, 13, 14} {
		questions[i].number = number
		all.Go(func() { errs[i] = shared.Wait(t.Context(), &questions[i]) })
		if i == 0 {
			<-begun
		}
	}
	await.True(t, "three questions wait", func() bool { return shared.Waiting() == 3 })
	close(held)
	all.Wait()
	for i, q := range questions {
		switch {
		case q.number == 13 && !errors.Is(errs[i], bad):
			t.Errorf("question 13 got the error %v", errs[i])
		case q.number != 13 && (errs[i] != nil || q.answer != q.number+1):
			t.Errorf("question %d was answered %d, %v", q.number, q.answer, errs[i])
		}
	}
	if got := statements.Load(); got != 5 {
		t.Errorf("%d statements, want 1 of the first, 1 of three together and 3 of each alone", got)
	}
}

// TestBrokenConnections lets the database close every connection of the pool: the question is asked again on a new one.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	const connections = 3
	db := pool(t, connections)
	var held []*sql.Conn
	for range connections { // so that the pool has as many
		c, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	for _, c := range held {
		_ = c.Close()
	}
	left := connections
	shared := roundtrip.New(roundtrip.Config[*question]{
		Pool: db, Flights: 1, Alone: no, Again: func(error) bool { return true },
		Ask: func(ctx context.Context, conn *pgx.Conn, batch []*question) error {
			if left > 0 {
				left--
				if _, err := conn.Exec(ctx, `SELECT pg_terminate_backend(pg_backend_pid())`); err == nil {
					t.Error("the connection lives")
				}
			}
			return plusOne(ctx, conn, batch)
		},
	})
	q := &question{number: 41}
	if err := shared.Wait(t.Context(), q); err != nil || q.answer != 42 {
		t.Errorf("answered %d, %v", q.answer, err)
	}
	if left > 0 {
		t.Errorf("%d connections were not tried", left)
	}
}

// TestWhoeverLeavesGetsTheirOwnError lets a caller go while the statement is under way.
func TestWhoeverLeavesGetsTheirOwnError(t *testing.T) {
	t.Parallel()
	begun, held := make(chan struct{}), make(chan struct{})
	shared := roundtrip.New(roundtrip.Config[*question]{
		Pool: pool(t, 1), Flights: 1, Alone: no, Again: no,
		Ask: func(ctx context.Context, conn *pgx.Conn, batch []*question) error {
			close(begun)
			<-held
			return plusOne(ctx, conn, batch)
		},
	})
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-begun; leave() }()
	if err := shared.Wait(ctx, &question{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(held)
}
