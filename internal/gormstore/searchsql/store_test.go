package searchsql_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/search/searchtest"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/searchsql"
	"chartwright/internal/gormstore/storetest"
)

const base = "https://chart.example/apis/default/fhir"

var (
	params = searchtest.New()
	now    = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)
)

// env is what the searches of the tests need.
func env() searchsql.Env {
	return searchsql.Env{
		Table: params, Base: base, Types: params.Types(),
		OpenTypes: func(typ string) bool {
			return slices.Contains([]string{"Practitioner", "Organization", "Location", "PractitionerRole"}, typ)
		},
	}
}

// resource is one made-up resource with the index rows that a body of its kind would have.
type resource struct {
	typ, id, owner string
	rows           index.Rows
	texts          []string // what the body has words in, beside the narrative
	narrative      string
}

// says adds a text to the body.
func (r *resource) says(text string) *resource {
	r.texts = append(r.texts, text)
	return r
}

// tells sets the narrative.
func (r *resource) tells(text string) *resource {
	r.narrative = text
	return r
}

func (r *resource) key() chart.Key { return chart.Key{Type: r.typ, ID: r.id} }
func (r *resource) name() string   { return r.typ + "/" + r.id }

func row(r *resource, code string) int32 { return search.RowNumber(r.typ, code) }

func (r *resource) token(code, system, value string, text ...string) *resource {
	r.rows.Tokens = append(r.rows.Tokens, index.Token{Param: row(r, code), System: system, Code: value, Text: index.Fold(strings.Join(text, " "))})
	return r
}

func (r *resource) str(code, value string) *resource {
	r.rows.StringString(row(r, code), fhir.String{V: value})
	return r
}

func (r *resource) ref(code, target string) *resource {
	one := index.Reference{Param: row(r, code)}
	if strings.Contains(target, ":") {
		one.URL, one.Version, _ = strings.Cut(target, "|")
	} else {
		parts := strings.Split(target, "/")
		one.Type, one.ID = parts[0], parts[1]
		if len(parts) == 4 {
			one.Version = parts[3]
		}
	}
	r.rows.References = append(r.rows.References, one)
	return r
}

func (r *resource) date(code, from string, to ...string) *resource {
	lo, hi, ok := index.ParseDate(from)
	if from == "" {
		lo, ok = index.MinTime, true
	}
	if len(to) > 0 {
		if hi = index.MaxTime; to[0] != "" {
			_, hi, ok = index.ParseDate(to[0])
		}
	}
	if !ok {
		panic(from)
	}
	r.rows.Dates = append(r.rows.Dates, index.Date{Param: row(r, code), Lo: lo, Hi: hi})
	return r
}

func (r *resource) number(code, value string) *resource {
	v, lo, hi, ok := index.Precision(value)
	if !ok {
		panic(value)
	}
	r.rows.Numbers = append(r.rows.Numbers, index.Number{Param: row(r, code), Value: v, Lo: lo, Hi: hi})
	return r
}

func amount(value, system, code string) index.Quantity {
	comparator := ""
	if strings.HasPrefix(value, "<") || strings.HasPrefix(value, ">") {
		comparator, value = value[:1], value[1:]
	}
	v, lo, hi, ok := index.Precision(value)
	if !ok {
		panic(value)
	}
	switch comparator {
	case "<":
		lo, hi = index.MinNumber, v
	case ">":
		lo, hi = v, index.MaxNumber
	}
	q := index.Quantity{System: system, Code: code, Unit: code, Value: v, Lo: lo, Hi: hi}
	q.CanonicalUnit, q.CanonicalLo, q.CanonicalHi, _ = index.Canonical(system, code, lo, hi)
	return q
}

func (r *resource) quantity(code, value, system, unit string) *resource {
	q := amount(value, system, unit)
	q.Param = row(r, code)
	r.rows.Quantities = append(r.rows.Quantities, q)
	return r
}

func (r *resource) uri(code, value string) *resource {
	r.rows.URIs = append(r.rows.URIs, index.URI{Param: row(r, code), URI: value})
	return r
}

func (r *resource) tokenQuantity(code, system, value, number, unitSystem, unit string) *resource {
	q := amount(number, unitSystem, unit)
	r.rows.Composites = append(r.rows.Composites, index.Composite{Param: row(r, code),
		A: index.Component{Token: &index.Token{System: system, Code: value}}, B: index.Component{Quantity: &q}})
	return r
}

func (r *resource) tokenString(code, system, value, text string) *resource {
	r.rows.Composites = append(r.rows.Composites, index.Composite{Param: row(r, code),
		A: index.Component{Token: &index.Token{System: system, Code: value}},
		B: index.Component{String: &index.String{Norm: index.Fold(text), Exact: text}}})
	return r
}

func (r *resource) window(system, chromosome string, start, end float64) *resource {
	from, to := index.Number{Value: start, Lo: start, Hi: start}, index.Number{Value: end, Lo: end, Hi: end}
	r.rows.Composites = append(r.rows.Composites, index.Composite{Param: row(r, "window"),
		A: index.Component{Token: &index.Token{System: system, Code: chromosome}}, B: index.Component{Number: &from}, C: index.Component{Number: &to}})
	return r
}

func (r *resource) ofType(system, code, value string) *resource {
	r.rows.Tokens = append(r.rows.Tokens, index.Token{Param: params.Lookup(r.typ, "identifier").OfTypeRow(), System: system, Code: code + "|" + value})
	return r
}

// logical is a reference that has an identifier instead of an address.
func (r *resource) logical(code, system, value string) *resource {
	r.rows.Tokens = append(r.rows.Tokens, index.Token{Param: params.Lookup(r.typ, code).IdentifierRow(), System: system, Code: value})
	return r
}

func (r *resource) place(lat, lon float64) *resource {
	a, b := index.Number{Value: lat, Lo: lat, Hi: lat}, index.Number{Value: lon, Lo: lon, Hi: lon}
	r.rows.Composites = append(r.rows.Composites, index.Composite{Param: row(r, "near"), A: index.Component{Number: &a}, B: index.Component{Number: &b}})
	return r
}

// fixture is a site of one database with resources in it.
type fixture struct {
	dialect searchsql.Dialect
	site    chart.Site
	db      searchsql.Querier
	bodies  sync.Map // body -> *resource; the full-text worker reads what a write adds
	written int
	clock   time.Time
	env     searchsql.Env
	older   bool // what is written has no row that tells which parameters it has values of
}

// eachStore runs a test on SQLite, and on PostgreSQL where a server is at hand.
func eachStore(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, openSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, openPostgres(t)) })
}

func openSQLite(t testing.TB) *fixture {
	t.Helper()
	return open(t, gormstore.Config{DataDir: t.TempDir()}, searchsql.SQLite)
}

func openPostgres(t testing.TB) *fixture {
	t.Helper()
	return open(t, gormstore.Config{DSN: storetest.PostgreSQL(t)}, searchsql.PostgreSQL)
}

// indexed are the rows of r as a program writes them: with one that tells of the others, unless it is an older one.
func (f *fixture) indexed(r *resource) index.Rows {
	rows := r.rows
	if !f.older {
		rows.Tokens = slices.Clone(rows.Tokens)
		search.PresenceOf(r.typ, params.Of(r.typ)).Add(&rows)
	}
	return rows
}

// say adds the words of r.
func (r *resource) say(words *index.Words) {
	for _, text := range r.texts {
		words.Add(text, false)
	}
	words.Add(r.narrative, true)
}

func open(t testing.TB, config gormstore.Config, d searchsql.Dialect) *fixture {
	t.Helper()
	f := &fixture{dialect: d, clock: now, env: env()}
	config.Now = func() time.Time { f.clock = f.clock.Add(time.Second); return f.clock }
	config.Search = func(string) searchsql.Env { return f.env }
	config.Extract = func(_ string, body []byte, rows *index.Rows) error {
		known, _ := f.bodies.Load(string(body))
		r := known.(*resource)
		words := rows.Words
		*rows = f.indexed(r)
		rows.Composites = slices.Clone(r.rows.Composites) // which Reset clears
		if rows.Words = words; words != nil {
			r.say(words)
		}
		return nil
	}
	f.env.Extract = config.Extract
	ctx := context.Background()
	server, err := gormstore.Open(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	if f.site, err = server.Add(ctx, "default"); err != nil {
		t.Fatal(err)
	}
	db, err := server.DB(ctx, "default")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := db.Reader.DB()
	if err != nil {
		t.Fatal(err)
	}
	f.db = reader
	return f
}

// put writes resources in one transaction.
func (f *fixture) put(t testing.TB, list ...*resource) {
	t.Helper()
	err := f.site.Write(context.Background(), nil, func(tx chart.Tx) error {
		tx.Record(&chart.AuditEvent{Kind: "rest", Action: "C"})
		for _, r := range list {
			method := chart.Create
			if _, err := tx.Read(context.Background(), r.key()); err == nil {
				method = chart.Update
			}
			body := fmt.Sprintf(`{"resourceType":%q,"id":%q,"n":%d}`, r.typ, r.id, f.written)
			f.written++
			f.bodies.Store(body, r)
			rows := f.indexed(r)
			if _, err := tx.Put(context.Background(), &chart.Write{Key: r.key(), Method: method, Body: []byte(body), Rows: &rows, Owner: r.owner}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) remove(t testing.TB, r *resource) {
	t.Helper()
	err := f.site.Write(context.Background(), []chart.Key{r.key()}, func(tx chart.Tx) error {
		_, err := tx.Put(context.Background(), &chart.Write{Key: r.key(), Method: chart.Delete})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func parse(t testing.TB, typ, query string) *search.Query {
	t.Helper()
	list, err := search.ParseForm(query)
	if err != nil {
		t.Fatal(err)
	}
	q, err := search.Parse(params, typ, list, search.Options{Base: base, Now: now, Contained: true})
	if err != nil {
		t.Fatalf("%s?%s: %v", typ, query, err)
	}
	return q
}

// catchUp has the words of all that was written indexed, for searches that do not go through the site.
func (f *fixture) catchUp(t testing.TB) {
	t.Helper()
	if err := f.site.(interface {
		CatchUp(ctx context.Context) error
	}).CatchUp(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) run(t testing.TB, q *search.Query, narrow access.Narrow, page chart.Page) *chart.Result {
	t.Helper()
	f.catchUp(t)
	result, err := searchsql.Run(context.Background(), f.db, f.dialect, f.env, q, narrow, page)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// find returns the names of all matches of a search, page by page, in order.
func (f *fixture) find(t testing.TB, target string) []string {
	t.Helper()
	return f.findAs(t, target, access.Narrow{}, nil)
}

func (f *fixture) findAs(t testing.TB, target string, narrow access.Narrow, of func(string) (access.Narrow, bool)) []string {
	t.Helper()
	typ, query, _ := strings.Cut(target, "?")
	q := parse(t, typ, query)
	page := chart.Page{NarrowOf: of}
	names := []string{}
	for range 1000 {
		result := f.run(t, q, narrow, page)
		for _, v := range result.Matches {
			names = append(names, v.String())
		}
		if result.Next == "" {
			return names
		}
		page.After = result.Next
	}
	t.Fatalf("%s: paging does not end", target)
	return nil
}
