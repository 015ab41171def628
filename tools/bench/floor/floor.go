// Package floor is the least that a server can do over a database: the bytes of a resource through gin and the bare driver, one
// transaction for each create, as durable as the server's, and no FHIR. What the real server costs is measured beside it.
package floor

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
)

const contentType = "application/fhir+json"

// database is a bare driver with the statements of the floor.
type database interface {
	// read returns the body of a resource.
	read(ctx context.Context, typ, id string) ([]byte, error)
	// create stores a body and its index rows in a transaction of its own, and returns when it is durable.
	create(ctx context.Context, typ, id string, body []byte, rows []indexRow) error
	// replace puts another body and other rows in the place of a stored one's; without a body nothing is left of it.
	replace(ctx context.Context, typ, id string, body []byte, rows []indexRow) error
	// prepare makes a statement ready that selects one column.
	prepare(ctx context.Context, text string) (selection, error)
	close() error
}

// selection runs a prepared statement and hands out the column of each row. The callbacks must not keep a body.
type selection func(ctx context.Context, args []string, body func([]byte), number func(int64)) error

// Main serves reads of the server's own rows (-read), searches over them (-search), or writes in tables of its own (-create),
// until ctx ends. It prints the line by which the server itself tells its address.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("floor", flag.ContinueOnError)
	f.SetOutput(stderr)
	var w what
	f.BoolVar(&w.reads, "read", false, "serve GET /{type}/{id} and GET /records")
	f.BoolVar(&w.searches, "search", false, "serve GET /search/{shape} and GET /everything/{patient}")
	f.IntVar(&w.memory, "memory", 0, "with -search: bytes of the answers that need no database")
	f.BoolVar(&w.creates, "create", false, "serve POST /{type}, GET, PUT and DELETE /{type}/{id}, and POST / with two resources")
	data := f.String("data", "", "data folder of the server")
	dsn := f.String("database", "", "PostgreSQL DSN of the server; SQLite when empty")
	if err := f.Parse(args); err != nil {
		return 2
	}
	if err := serve(ctx, w, *data, *dsn, stdout); err != nil {
		fmt.Fprintf(stderr, "floor: %v\n", err)
		return 1
	}
	return 0
}

// what says which requests are served.
type what struct {
	reads, searches, creates bool
	memory                   int
}

func serve(ctx context.Context, w what, data, dsn string, stdout io.Writer) error {
	db, err := open(ctx, data, dsn, w.creates)
	if err != nil {
		return err
	}
	defer db.close()
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	if w.reads || w.creates {
		serveRead(g, db)
	}
	if w.reads {
		if err := serveRecords(ctx, g, db, dsn != ""); err != nil {
			return err
		}
	}
	if w.searches {
		if err := serveSearch(ctx, g, db, dsn != "", w.memory); err != nil {
			return err
		}
	}
	if w.creates {
		serveWrites(g, db)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: g, ReadHeaderTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); err != http.ErrServerClosed { // Serve returns this very value
		return err
	}
	return nil
}

func serveRead(g *gin.Engine, db database) {
	g.GET("/:type/:id", func(c *gin.Context) {
		body, err := db.read(c.Request.Context(), c.Param("type"), c.Param("id"))
		if err != nil {
			c.String(http.StatusNotFound, err.Error())
			return
		}
		c.Data(http.StatusOK, contentType, body)
	})
}

func open(ctx context.Context, data, dsn string, creates bool) (database, error) {
	if dsn != "" {
		return openPostgres(ctx, dsn, creates)
	}
	if creates {
		return openSQLite(filepath.Join(data, "floor.db"), true)
	}
	return openSQLite(filepath.Join(data, "sites", "default", "chart.db"), false)
}

// indexRow is a row of one of the index tables, without the resource's number.
type indexRow struct {
	table  string
	values []any
}

// indexRows are the 15 rows of a usual Observation: 6 tokens, 4 strings, 2 dates, 2 references and a quantity. Their values are
// made up, since the floor looks into no body.
func indexRows() []indexRow {
	n := rand.IntN(1000)
	rows := make([]indexRow, 0, 15)
	for i := range 6 {
		rows = append(rows, indexRow{"token", []any{100 + i, fmt.Sprint("code-", n%(10+i*50)), 1}})
	}
	for i := range 4 {
		rows = append(rows, indexRow{"string", []any{200 + i, fmt.Sprint("name ", n, " ", i), fmt.Sprint("Name ", n, " ", i)}})
	}
	for i := range 2 {
		rows = append(rows, indexRow{"date", []any{300 + i, int64(n) * 1e9, int64(n)*1e9 + 1e6}})
	}
	for i := range 2 {
		rows = append(rows, indexRow{"reference", []any{400 + i, fmt.Sprint("Patient/p", n)}})
	}
	return append(rows, indexRow{"quantity", []any{500, float64(n), "/min"}})
}

// schema has a table of bodies with a unique key, and one table for each kind of index rows, clustered by what is looked up.
// %[1]s is the type of bodies, %[2]s the suffix of the index tables.
const schema = `
CREATE TABLE resource (rid BIGINT PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, body %[1]s NOT NULL);
CREATE UNIQUE INDEX resource_key ON resource (type, id);
CREATE TABLE token (param INT, code TEXT, system INT, rid BIGINT, PRIMARY KEY (param, code, system, rid))%[2]s;
CREATE TABLE string (param INT, norm TEXT, exact TEXT, rid BIGINT, PRIMARY KEY (param, norm, exact, rid))%[2]s;
CREATE TABLE date (param INT, lo BIGINT, hi BIGINT, rid BIGINT, PRIMARY KEY (param, lo, hi, rid))%[2]s;
CREATE TABLE reference (param INT, target TEXT, rid BIGINT, PRIMARY KEY (param, target, rid))%[2]s;
CREATE TABLE quantity (param INT, value DOUBLE PRECISION, code TEXT, rid BIGINT, PRIMARY KEY (param, value, code, rid))%[2]s;`

// insert is one statement for all rows of a table that follow each other in rows, and how many those are. Parameters are
// numbered $1, $2 …, which both databases take.
func insert(rows []indexRow, rid int64) (statement string, values []any, taken int) {
	table := rows[0].table
	text := []byte("INSERT INTO " + table + " VALUES ")
	for _, r := range rows {
		if r.table != table {
			break
		}
		if taken++; taken > 1 {
			text = append(text, ", "...)
		}
		for i, v := range append(slices.Clip(r.values), rid) {
			text = append(text, map[bool]byte{true: '(', false: ','}[i == 0])
			values = append(values, v)
			text = fmt.Append(text, "$", len(values))
		}
		text = append(text, ')')
	}
	return string(text), values, taken
}
