package chartstore

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"

	"chartwright/internal/fault"
)

// Join queues fn, which writes to tables beside those of the record, for the next group, and returns when that is durable: what the
// site's other writers do at the same time shares the commit with it. If fn fails, what it wrote is gone and nobody else's is.
//
// fn speaks to the connection within the transaction that has begun, and ends neither. It must be short, may be run more than
// once, and must not wait for anything that the site's writer does.
//
// Errors: fn's own; Unavailable when the database cannot answer or the store is being closed; that of ctx, as long as fn was not
// run.
func (s *Site) Join(ctx context.Context, fn func(ctx context.Context, conn *sql.Conn) error) error {
	return s.writer.wait(&call{ctx: ctx, join: fn, done: make(chan struct{})})
}

// join runs fn under a savepoint. The second result is an error of the database that ends the group.
func (g *group) join(ctx context.Context, fn func(context.Context, *sql.Conn) error) (own, fatal error) {
	if err := ctx.Err(); err != nil {
		return classify("chart.join", err), nil // nobody waits for it any more
	}
	if err := g.exec("SAVEPOINT " + savepoint); err != nil {
		return nil, err
	}
	if own = g.joined(fn); own != nil {
		if err := g.exec("ROLLBACK TO SAVEPOINT " + savepoint); err != nil {
			return own, err
		}
	}
	if err := g.exec("RELEASE SAVEPOINT " + savepoint); err != nil {
		return own, err
	}
	g.written = g.written || own == nil
	return own, nil
}

// joined calls fn; its panic is its own failure and nobody else's.
func (g *group) joined(fn func(context.Context, *sql.Conn) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fault.Wrap(fault.Internal, "chart.join", fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
		}
	}()
	return fn(g.ctx, g.conn)
}
