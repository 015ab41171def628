package chartstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/packed"
)

const (
	// SharedReads is how many statements of reads by key are under way at once, and SharedStates how many that ask for the site's
	// state: one pool connection each.
	SharedReads  = 2
	SharedStates = 2
	// sharedKeys bounds the keys of one statement.
	sharedKeys = 64
	// sharedTime bounds a statement. It belongs to several callers, so none of their contexts can.
	sharedTime = 10 * time.Second
)

const pgReadMany = `SELECT k.n, r.rid, r.vid, r.seq, r.updated, r.method, r.owner, r.body
	FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (type, id, n) JOIN resource r ON r.type = k.type AND r.id = k.id WHERE r.vid > 0`

// sharedRead answers reads of PostgreSQL that are alike. A round trip costs the server and the database several times what finding a
// row does; so while as many as may be are under way, further reads wait, and the next statement asks for all of them. A read
// that meets no other waits for nobody.
//
// A statement begins after every read that it answers, so each sees all that was committed before it was asked. What goes
// wrong with one key is the matter of that read alone.
type sharedRead struct {
	pool  *sql.DB
	most  int // statements under way
	query func(ctx context.Context, conn *pgx.Conn, batch []*asked) error

	mu      sync.Mutex
	waiting []*asked
	flying  int
}

// asked is one read that waits: for the version of a key, or for the state.
type asked struct {
	key   chart.Key
	v     *chart.Version
	state int64
	err   error
	done  chan struct{} // closed when the answer or err is there
}

// one returns the current version of key; nil if there is none.
func (r *sharedRead) one(ctx context.Context, key chart.Key) (*chart.Version, error) {
	if index.Clean(key.Type) != key.Type || index.Clean(key.ID) != key.ID {
		return nil, nil // PostgreSQL takes no such text
	}
	a := &asked{key: key}
	err := r.wait(ctx, a)
	return a.v, err
}

// wait queues a until its answer is there.
func (r *sharedRead) wait(ctx context.Context, a *asked) error {
	a.done = make(chan struct{})
	r.mu.Lock()
	r.waiting = append(r.waiting, a)
	start := r.flying < r.most
	if start {
		r.flying++
	}
	r.mu.Unlock()
	if start {
		go r.fly()
	}
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fly asks for what waits until nothing does.
func (r *sharedRead) fly() {
	for {
		r.mu.Lock()
		n := min(len(r.waiting), sharedKeys)
		if n == 0 {
			r.flying--
			r.mu.Unlock()
			return
		}
		batch := r.waiting[:n:n]
		if r.waiting = r.waiting[n:]; len(r.waiting) == 0 {
			r.waiting = nil
		}
		r.mu.Unlock()
		r.answer(batch)
	}
}

// answer asks the database once and wakes everybody in batch.
func (r *sharedRead) answer(batch []*asked) {
	err := r.ask(batch)
	for _, a := range batch {
		if err != nil && len(batch) > 1 && refused(err) {
			a.v, a.err = nil, r.ask([]*asked{a}) // it is about one of them: whose, each finds out alone
		} else {
			a.err = err
		}
		close(a.done)
	}
}

// ask asks once, and again for each connection of the pool that turns out to be broken: after a restart of the database all of
// them are, and a read can be repeated.
func (r *sharedRead) ask(batch []*asked) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), sharedTime)
	defer cancel()
	for range SharedReads + SharedStates + 1 {
		if err = r.askOnce(ctx, batch); !errors.Is(err, driver.ErrBadConn) {
			return err
		}
	}
	return err
}

func (r *sharedRead) askOnce(ctx context.Context, batch []*asked) error {
	conn, err := r.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(raw any) error {
		c, ok := raw.(*stdlib.Conn)
		if !ok {
			return errors.New("unsupported driver")
		}
		err := r.query(ctx, c.Conn(), batch)
		if c.Conn().IsClosed() {
			return errors.Join(err, driver.ErrBadConn)
		}
		return err
	})
}

func readMany(ctx context.Context, conn *pgx.Conn, batch []*asked) error {
	types, ids := make([]string, len(batch)), make([]string, len(batch))
	for i, a := range batch {
		a.v = nil // of an attempt that broke off
		types[i], ids[i] = a.key.Type, a.key.ID
	}
	rows, err := conn.Query(ctx, pgReadMany, types, ids)
	if err != nil {
		return err
	}
	var n, number, vid, seq, updated int64
	var method int16
	var owner *string
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&n, &number, &vid, &seq, &updated, &method, &owner, &body}, func() error {
		a := batch[n-1]
		plain, err := packed.Unpack(body)
		if err != nil {
			return err
		}
		a.v = &chart.Version{
			Key: a.key, Number: number, VID: vid, Seq: seq, Updated: time.UnixMilli(updated).UTC(), Method: chart.Method(method), Body: plain,
		}
		if owner != nil {
			a.v.Owner = *owner
		}
		body = nil // perhaps the version's own from now on
		return nil
	})
	return err
}
