package chartstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"time"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"chartwright/internal/chart"
	"chartwright/internal/gormstore/packed"
)

// sqliteEngine speaks to the driver's own connection below database/sql: the statements of a write stay prepared on it, and
// a row costs a bind and a step. The statements go with the connection.
type sqliteEngine struct {
	conn       driver.Conn
	statements map[string]driver.Stmt
	args       []driver.NamedValue
}

// with runs fn on the driver's connection. A connection whose disk failed is not used again: what it has in memory may not
// be what is on the disk.
func (e *sqliteEngine) with(conn *sql.Conn, fn func() error) error {
	return conn.Raw(func(raw any) error {
		c, ok := raw.(driver.Conn)
		if !ok {
			return errors.New("unsupported driver")
		}
		if c != e.conn {
			e.conn, e.statements = c, map[string]driver.Stmt{}
		}
		err := fn()
		var lite *sqlite.Error
		if errors.As(err, &lite) && lite.Code()&0xff == sqlitelib.SQLITE_IOERR {
			return errors.Join(err, driver.ErrBadConn)
		}
		return err
	})
}

func (e *sqliteEngine) statement(text string) (driver.Stmt, error) {
	if s, ok := e.statements[text]; ok {
		return s, nil
	}
	s, err := e.conn.Prepare(text)
	if err != nil {
		return nil, err
	}
	e.statements[text] = s
	return s, nil
}

func (e *sqliteEngine) bind(args []any) []driver.NamedValue {
	e.args = e.args[:0]
	for i, a := range args {
		e.args = append(e.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return e.args
}

func (e *sqliteEngine) run(text string, args ...any) (driver.Result, error) {
	s, err := e.statement(text)
	if err != nil {
		return nil, err
	}
	return s.(driver.StmtExecContext).ExecContext(context.Background(), e.bind(args))
}

// one runs a query of at most one row and gives its columns to row; found is false if there is none.
func (e *sqliteEngine) one(row []driver.Value, text string, args ...any) (found bool, err error) {
	s, err := e.statement(text)
	if err != nil {
		return false, err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), e.bind(args))
	if err != nil {
		return false, err
	}
	err = rows.Next(row)
	if errors.Is(err, io.EOF) {
		return false, rows.Close()
	}
	return err == nil, errors.Join(err, rows.Close())
}

func (e *sqliteEngine) exec(_ context.Context, conn *sql.Conn, text string, args []any) (done sql.Result, err error) {
	values := make([]any, len(args))
	for i, a := range args {
		if values[i], err = driver.DefaultParameterConverter.ConvertValue(a); err != nil {
			return nil, err
		}
	}
	err = e.with(conn, func() error {
		done, err = e.run(text, values...)
		return err
	})
	return done, err
}

const (
	// lockLooks bounds the wait for another process's transaction to five seconds, as busy_timeout does for everybody else on this
	// connection. Like that it counts looks and not time: a process or a machine that stood still has not waited.
	lockLooks = 10_000
	lockPause = 500 * time.Microsecond
)

// lock begins the transaction with the file's write lock. SQLite's own wait sleeps up to a tenth of a second between
// looks, and beside a process that writes without a break it could look past every gap; so this looks by itself, often.
func (e *sqliteEngine) lock(ctx context.Context) error {
	if _, err := e.run("PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	_, err := e.run("BEGIN IMMEDIATE")
	for looks := 0; busy(err) && looks < lockLooks && ctx.Err() == nil; looks++ {
		time.Sleep(lockPause)
		_, err = e.run("BEGIN IMMEDIATE")
	}
	_, restore := e.run("PRAGMA busy_timeout = 5000")
	return errors.Join(err, restore)
}

func busy(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlitelib.SQLITE_BUSY
}

func (e *sqliteEngine) begin(ctx context.Context, conn *sql.Conn, keys []chart.Key) (c counters, found []*chart.Version, err error) {
	err = e.with(conn, func() error {
		if err := e.lock(ctx); err != nil {
			return err
		}
		var row [7]driver.Value
		if _, err := e.one(row[:], lockCounters); err != nil {
			return err
		}
		for i, to := range [...]*int64{&c.seq, &c.rid, &c.system, &c.updated, &c.auditSeq, &c.params} {
			*to, _ = row[i].(int64)
		}
		if c.auditHash, _ = row[6].([]byte); c.auditHash == nil {
			c.auditHash = []byte{} // the driver's word for an empty one
		}
		found, err = e.loadAll(keys)
		return err
	})
	return c, found, err
}

func (e *sqliteEngine) load(_ context.Context, conn *sql.Conn, keys []chart.Key) (found []*chart.Version, err error) {
	err = e.with(conn, func() error {
		found, err = e.loadAll(keys)
		return err
	})
	return found, err
}

func (e *sqliteEngine) loadAll(keys []chart.Key) ([]*chart.Version, error) {
	var found []*chart.Version
	for _, key := range keys {
		var row [7]driver.Value
		ok, err := e.one(row[:], loadRow, key.Type, key.ID)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		v := &chart.Version{Key: key}
		v.Number, _ = row[0].(int64)
		v.VID, _ = row[1].(int64)
		v.Seq, _ = row[2].(int64)
		updated, _ := row[3].(int64)
		v.Updated = time.UnixMilli(updated).UTC()
		method, _ := row[4].(int64)
		v.Method = chart.Method(method)
		v.Owner, _ = row[5].(string)
		body, _ := row[6].([]byte)
		if v.Body, err = packed.Unpack(body); err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, nil
}

func (e *sqliteEngine) lookup(_ context.Context, conn *sql.Conn, uris []string, keys []chart.Key, n *names) error {
	return e.with(conn, func() error {
		var row [1]driver.Value
		for _, uri := range uris {
			if ok, err := e.one(row[:], systemOf, uri); err != nil {
				return err
			} else if ok {
				n.systems[uri], _ = row[0].(int64)
			}
		}
		for _, key := range keys {
			if ok, err := e.one(row[:], ridOf, key.Type, key.ID); err != nil {
				return err
			} else if ok {
				n.rids[key], _ = row[0].(int64)
			}
		}
		return nil
	})
}

func (*sqliteEngine) claims() bool { return false }

func (*sqliteEngine) claim(context.Context, *sql.Conn, *batch, *counters, *counters) (bool, error) {
	return false, errGuess
}

func (e *sqliteEngine) flush(_ context.Context, conn *sql.Conn, b *batch) error {
	return e.with(conn, func() error { return e.write(b) })
}

func (e *sqliteEngine) write(b *batch) error {
	if err := e.insert(&b.systems); err != nil {
		return err
	}
	for _, rid := range b.archive {
		if _, err := e.run(archiveRow, rid); err != nil {
			return err
		}
	}
	for _, u := range b.updates {
		v := u.version
		r, err := e.run(updateRow, v.VID, v.Seq, v.Updated.UnixMilli(), int64(v.Method), textOrNil(v.Owner), bytesOrNil(u.body), v.Number, u.was)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return errors.Join(errors.New(staleWrite), err)
		}
	}
	for _, c := range [...]*changes{&b.resources, &b.history} {
		if err := e.insert(c); err != nil {
			return err
		}
	}
	for _, c := range b.indexes {
		if err := e.remove(c); err != nil {
			return err
		}
	}
	counts := tally{}
	counts.resources(b.resources.added)
	if err := e.insertTokens(b, counts); err != nil {
		return err
	}
	for _, c := range b.indexes {
		if c == &b.tokens {
			continue
		}
		if err := e.insert(c); err != nil {
			return err
		}
	}
	if err := e.count(counts); err != nil {
		return err
	}
	if err := e.insert(&b.audit); err != nil {
		return err
	}
	return e.insert(&b.auditKeys)
}

// insert puts in several rows with each statement as long as there are enough.
func (e *sqliteEngine) insert(c *changes) error {
	_, err := e.insertRows(c, c.added)
	return err
}

// insertRows returns how many of the rows were not there.
func (e *sqliteEngine) insertRows(c *changes, rows []any) (fresh int64, err error) {
	for _, s := range c.inserts {
		for size := s.rows * len(c.columns); len(rows) >= size; rows = rows[size:] {
			done, err := e.run(s.text, rows[:size]...)
			if err != nil {
				return fresh, err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return fresh, err
			}
			fresh += n
		}
	}
	return fresh, nil
}

func (e *sqliteEngine) remove(c *changes) error {
	width := len(c.columns)
	keys := make([]any, len(c.keys))
	for rows := c.gone; len(rows) > 0; rows = rows[width:] {
		for i, at := range c.keys {
			keys[i] = rows[at]
		}
		if _, err := e.run(c.deleteOne, keys...); err != nil {
			return err
		}
	}
	return nil
}

func (e *sqliteEngine) finish(_ context.Context, conn *sql.Conn, b *batch, c *counters) (sent bool, err error) {
	err = e.with(conn, func() error {
		if b != nil {
			if err := e.write(b); err != nil {
				return err
			}
		}
		if _, err := e.run(saveCounters, c.seq, c.rid, c.system, c.updated, c.auditSeq, c.auditHash); err != nil {
			return err
		}
		sent = true
		_, err := e.run("COMMIT")
		return err
	})
	return sent, err
}

func (e *sqliteEngine) rollback(conn *sql.Conn) {
	_ = e.with(conn, func() error {
		if _, err := e.run("ROLLBACK"); err != nil {
			return driver.ErrBadConn
		}
		return nil
	})
}

func (e *sqliteEngine) close(db *sql.DB) {
	if e.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := db.Conn(ctx)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = e.with(conn, func() error {
		for _, s := range e.statements {
			_ = s.Close()
		}
		e.statements = map[string]driver.Stmt{}
		return nil
	})
}
