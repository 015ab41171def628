//go:build unix

package gormstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore"
)

// The workload of the floor: a body of 3 KB with 15 index rows. https://hl7.org/fhir/R4/observation.html in its usual size.
const bodyBytes = 3 << 10

func observationWrite(id string) *chart.Write {
	head := `{"resourceType":"Observation","id":"` + id + `","note":"`
	body := head + strings.Repeat("x", bodyBytes-len(head)-2) + `"}`
	return &chart.Write{Key: chart.Key{Type: "Observation", ID: id}, Method: chart.Create, Body: []byte(body), Rows: benchRows(id), Owner: "p1"}
}

func benchRows(id string) *index.Rows {
	n := rand.IntN(1000)
	rows := &index.Rows{}
	for i := range int32(6) {
		rows.Tokens = append(rows.Tokens, index.Token{Param: 100 + i, System: "http://loinc.org", Code: fmt.Sprint("code-", n%(10+int(i)*50))})
	}
	for i := range int32(4) {
		rows.Strings = append(rows.Strings, index.String{Param: 200 + i, Norm: fmt.Sprint("name ", n, " ", i), Exact: fmt.Sprint("Name ", n, " ", i)})
	}
	for i := range int32(2) {
		rows.Dates = append(rows.Dates, index.Date{Param: 300 + i, Lo: int64(n) * 1e9, Hi: int64(n)*1e9 + 1e6})
		rows.References = append(rows.References, index.Reference{Param: 400 + i, Type: "Patient", ID: fmt.Sprint("p", n)})
	}
	rows.Quantities = append(rows.Quantities, index.Quantity{Param: 500, System: "http://unitsofmeasure.org", Code: "mg", Value: float64(n), Lo: float64(n) - .5, Hi: float64(n) + .5})
	return rows
}

func newID() string {
	return fmt.Sprintf("%08x-%04x-%04x-%012x", rand.Uint32(), rand.IntN(1<<16), rand.IntN(1<<16), rand.Int64N(1<<48))
}

func benchSite(b *testing.B, place func(testing.TB) database) chart.Site {
	c := place(b).config(time.Now)
	c.Extract = func(string, []byte, *index.Rows) error { return nil }
	server, err := gormstore.Open(context.Background(), c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	s, err := server.Add(context.Background(), "bench")
	if err != nil {
		b.Fatal(err)
	}
	return s
}

var places = map[string]func(testing.TB) database{"SQLite": sqliteDatabase, "PostgreSQL": postgresDatabase}

// concurrent spreads b.N calls of fn over workers.
func concurrent(b *testing.B, workers int, fn func() error) {
	b.SetParallelism((workers + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	b.ResetTimer()
	before := cpu()
	var failed atomic.Value
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := fn(); err != nil {
				failed.Store(err)
			}
		}
	})
	if err := failed.Load(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// cpu is the processor time that this process has used: on a busy machine a better measure than the clock.
func cpu() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkCreate is one create a call from 64 callers, beside the same rows through the bare driver, one transaction each.
func BenchmarkCreate(b *testing.B) {
	ctx := context.Background()
	for name, place := range places {
		b.Run(name+"/Store", func(b *testing.B) {
			s := benchSite(b, place)
			concurrent(b, 64, func() error {
				w := observationWrite(newID())
				return s.Write(ctx, []chart.Key{w.Key}, func(tx chart.Tx) error {
					_, err := tx.Put(ctx, w)
					return err
				})
			})
		})
	}
	b.Run("SQLite/Floor", func(b *testing.B) {
		db := floorSQLite(b)
		concurrent(b, 64, func() error { return floorCreate(db, observationWrite(newID())) })
	})
	b.Run("PostgreSQL/Floor", func(b *testing.B) {
		db := floorPostgres(b)
		concurrent(b, 64, func() error { return floorCreateBatch(db, observationWrite(newID())) })
	})
}

// BenchmarkImport writes 100 resources a call from 2 callers: the transaction bundles of an import.
func BenchmarkImport(b *testing.B) {
	ctx := context.Background()
	for name, place := range places {
		b.Run(name, func(b *testing.B) {
			s := benchSite(b, place)
			concurrent(b, 2, func() error {
				keys := make([]chart.Key, 100)
				writes := make([]*chart.Write, 100)
				for i := range writes {
					writes[i] = observationWrite(newID())
					keys[i] = writes[i].Key
				}
				return s.Write(ctx, keys, func(tx chart.Tx) error {
					for _, w := range writes {
						if _, err := tx.Put(ctx, w); err != nil {
							return err
						}
					}
					return nil
				})
			})
			b.ReportMetric(100*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkRead reads by id, beside the same bytes through the bare driver.
func BenchmarkRead(b *testing.B) {
	ctx := context.Background()
	const rows = 5000
	ids := make([]string, rows)
	for i := range ids {
		ids[i] = newID()
	}
	for name, place := range places {
		b.Run(name+"/Store", func(b *testing.B) {
			s := benchSite(b, place)
			if err := s.Write(ctx, nil, func(tx chart.Tx) error {
				for _, id := range ids {
					if _, err := tx.Put(ctx, observationWrite(id)); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
			concurrent(b, 8, func() error {
				_, err := s.Read(ctx, chart.Key{Type: "Observation", ID: ids[rand.IntN(rows)]})
				return err
			})
		})
	}
	for name, floor := range map[string]func(*testing.B) *sql.DB{"SQLite": floorSQLite, "PostgreSQL": floorPostgres} {
		b.Run(name+"/Floor", func(b *testing.B) {
			writer := floor(b)
			for _, id := range ids {
				var err error
				if name == "SQLite" {
					err = floorCreate(writer, observationWrite(id))
				} else {
					err = floorCreateBatch(writer, observationWrite(id))
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			writer.SetMaxOpenConns(6)
			writer.SetMaxIdleConns(6)
			text := "SELECT rid, body FROM resource WHERE type = ? AND id = ?"
			if name == "PostgreSQL" {
				text = "SELECT rid, body FROM resource WHERE type = $1 AND id = $2"
			}
			stmt, err := writer.Prepare(text)
			if err != nil {
				b.Fatal(err)
			}
			concurrent(b, 8, func() error {
				var rid int64
				var body []byte
				return stmt.QueryRowContext(ctx, "Observation", ids[rand.IntN(rows)]).Scan(&rid, &body)
			})
		})
	}
}

// BenchmarkAudit records reads the batched way from 8 callers.
func BenchmarkAudit(b *testing.B) {
	for name, place := range places {
		b.Run(name, func(b *testing.B) {
			s := benchSite(b, place)
			concurrent(b, 8, func() error {
				return s.Record(context.Background(), &chart.AuditEvent{Time: time.Now(), Kind: "rest", Action: "R", Operation: "read",
					API: "fhir", Type: "Patient", ID: newID(), Patients: []string{newID()}, UserID: "u", UserName: "physician",
					ClientID: "c", TokenID: "t", Role: "doc", Address: "127.0.0.1", RequestID: newID(), Status: 200}, false)
			})
		})
	}
}

// The floor: one table of bodies and one of index rows for each kind, written through the bare driver.
const floorTables = `
CREATE TABLE resource (rid BIGINT PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, body %s, UNIQUE (type, id));
CREATE TABLE token (param INT, code TEXT, system INT, rid BIGINT, PRIMARY KEY (param, code, system, rid))%s;
CREATE TABLE string (param INT, norm TEXT, rid BIGINT, exact TEXT, PRIMARY KEY (param, norm, rid))%s;
CREATE TABLE date (param INT, lo BIGINT, hi BIGINT, rid BIGINT, PRIMARY KEY (param, lo, hi, rid))%s;
CREATE TABLE ref (param INT, target TEXT, rid BIGINT, PRIMARY KEY (param, target, rid))%s;
CREATE TABLE quantity (param INT, value DOUBLE PRECISION, code TEXT, rid BIGINT, PRIMARY KEY (param, value, code, rid))%s;`

var floorRid atomic.Int64

func floorSQLite(b *testing.B) *sql.DB {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "floor.db")+
		"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(16000)&_pragma=cache_size(-16000)")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	const w = " WITHOUT ROWID"
	if _, err := db.Exec(fmt.Sprintf(floorTables, "BLOB", w, w, w, w, w)); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return db
}

func floorPostgres(b *testing.B) *sql.DB {
	config, err := pgx.ParseConfig(postgresDatabase(b).config(time.Now).DSN)
	if err != nil {
		b.Fatal(err)
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	for s := range strings.SplitSeq(fmt.Sprintf(floorTables, "BYTEA STORAGE EXTERNAL", "", "", "", "", ""), ";") {
		s = strings.ReplaceAll(s, "UNIQUE (type, id))", "UNIQUE (type, id)) WITH (toast_tuple_target = 8160)")
		if strings.Contains(s, "STORAGE EXTERNAL") {
			s = strings.ReplaceAll(s, " STORAGE EXTERNAL", "")
		}
		if _, err := db.Exec(s); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := db.Exec("ALTER TABLE resource ALTER COLUMN body SET STORAGE EXTERNAL"); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return db
}

// floorRows calls exec for each row of w, as few statements as tables.
func floorRows(w *chart.Write, exec func(table string, width int, values []any)) {
	rid := floorRid.Add(1)
	exec("resource", 4, []any{rid, w.Type, w.ID, w.Body})
	var v []any
	for _, t := range w.Rows.Tokens {
		v = append(v, int64(t.Param), t.Code, int64(1), rid)
	}
	exec("token", 4, v)
	v = nil
	for _, s := range w.Rows.Strings {
		v = append(v, int64(s.Param), s.Norm, rid, s.Exact)
	}
	exec("string", 4, v)
	v = nil
	for _, d := range w.Rows.Dates {
		v = append(v, int64(d.Param), d.Lo, d.Hi, rid)
	}
	exec("date", 4, v)
	v = nil
	for _, r := range w.Rows.References {
		v = append(v, int64(r.Param), r.Type+"/"+r.ID, rid)
	}
	exec("ref", 3, v)
	q := w.Rows.Quantities[0]
	exec("quantity", 4, []any{int64(q.Param), q.Value, q.Code, rid})
}

func values(width, n int, mark func(i int) string) string {
	var b strings.Builder
	for i := range n {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString(mark(i))
	}
	return b.String() + ")"
}

func floorCreate(db *sql.DB, w *chart.Write) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	floorRows(w, func(table string, width int, v []any) {
		if err == nil {
			_, err = tx.Exec("INSERT INTO "+table+" VALUES "+values(width, len(v), func(int) string { return "?" }), v...)
		}
	})
	if err != nil {
		return err
	}
	return tx.Commit()
}

func floorCreateBatch(db *sql.DB, w *chart.Write) error {
	conn, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(raw any) error {
		var batch pgx.Batch
		batch.Queue("BEGIN")
		floorRows(w, func(table string, width int, v []any) {
			batch.Queue("INSERT INTO "+table+" VALUES "+values(width, len(v), func(i int) string { return fmt.Sprint("$", i+1) }), v...)
		})
		batch.Queue("COMMIT")
		return raw.(*stdlib.Conn).Conn().SendBatch(context.Background(), &batch).Close()
	})
}
