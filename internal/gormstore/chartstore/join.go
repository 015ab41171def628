package chartstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"

	"chartwright/internal/fault"
)

// Joined is the transaction as those see it who join the site's writer. Statements that change something stay prepared: their texts
// must be few.
type Joined struct{ group *group }

// ExecContext runs a statement that returns no rows.
func (j Joined) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	return j.group.site.engine.exec(ctx, j.group.conn, text, args)
}

// PrepareContext prepares a statement for as long as the transaction lasts.
func (j Joined) PrepareContext(ctx context.Context, text string) (*sql.Stmt, error) {
	return j.group.conn.PrepareContext(ctx, text)
}

// QueryContext runs a query, which sees what the transaction has written.
func (j Joined) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return j.group.conn.QueryContext(ctx, text, args...)
}

// QueryRowContext runs a query of one row.
func (j Joined) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	return j.group.conn.QueryRowContext(ctx, text, args...)
}

// Join queues fn, which writes to tables beside those of the record, for the next group, and returns when that is durable: what the
// site's other writers do at the same time shares the commit with it. If fn fails, what it wrote is gone and nobody else's is.
//
// fn must be short, may be run more than once, and must not wait for anything that the site's writer does.
//
// Errors: fn's own; Unavailable when the database cannot answer or the store is being closed; that of ctx, as long as fn was not
// run.
func (s *Site) Join(ctx context.Context, fn func(ctx context.Context, tx Joined) error) error {
	return s.writer.wait(&call{ctx: ctx, join: fn, done: make(chan struct{})})
}

// errUndo tells that something that had joined failed and may have written before. Since that is rare, and a savepoint is not cheap,
// the group goes without savepoints first and begins anew with them.
var errUndo = errors.New("what one of the group wrote is to be undone")

// join runs fn. The second result ends the group: an error of the database, or errUndo.
func (g *group) join(ctx context.Context, fn func(context.Context, Joined) error) (own, fatal error) {
	if err := ctx.Err(); err != nil {
		return classify("chart.join", err), nil // nobody waits for it any more
	}
	if err := g.begin(nil); err != nil {
		return nil, err
	}
	if !g.careful {
		if g.joined(fn) != nil {
			return nil, errUndo
		}
		g.written = true
		return nil, nil
	}
	if err := g.exec("SAVEPOINT " + savepoint); err != nil {
		return nil, err
	}
	if own = g.joined(fn); own == nil {
		g.written = true
	} else if err := g.exec("ROLLBACK TO SAVEPOINT " + savepoint); err != nil {
		return own, err
	}
	return own, g.exec("RELEASE SAVEPOINT " + savepoint)
}

// joined calls fn; its panic is its own failure and nobody else's.
func (g *group) joined(fn func(context.Context, Joined) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fault.Wrap(fault.Internal, "chart.join", fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
		}
	}()
	return fn(g.ctx, Joined{g})
}
