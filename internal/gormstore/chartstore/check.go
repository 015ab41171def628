package chartstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/fulltext"
	"chartwright/internal/gormstore/packed"
	"chartwright/internal/gormstore/rowcopy"
	"chartwright/internal/gormstore/searchsql"
)

// maxFaults bounds what [Site.Check] lists. One fault is reason enough to restore a backup or to re-index.
const maxFaults = 20

// Check compares the record with itself, as it is at one instant, while others write: the database's own structure, the
// versions and their numbers, and the search index with what the extractors make of every current body. It returns how many
// resources it looked at and a sentence for each fault, at most twenty.
//
// Errors: Unavailable also while a job makes the index rows of new search parameters, which are missing until it is done.
//
// The index rows of any number of resources are compared in bounded memory: as sums, first of groups of resources, then of
// the resources of each group whose sums differ. Words and texts are compared as sums by version and by text (see
// [fulltext.Check]).
func (s *Site) Check(ctx context.Context) (resources int64, faults []string, err error) {
	const op = "chart.check"
	release, err := s.longRead(ctx, op)
	if err != nil {
		return 0, nil, err
	}
	defer release()
	conn, err := s.config.Reader.Conn(ctx)
	if err != nil {
		return 0, nil, classify(op, err)
	}
	defer conn.Close()
	begin := "BEGIN"
	if s.config.Dialect == searchsql.PostgreSQL {
		begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return 0, nil, classify(op, err)
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") }()
	c := &checker{site: s, conn: conn}
	if c.words, err = fulltext.NewCheck(ctx, conn); err != nil {
		return 0, nil, classify(op, err)
	}
	var jobs int64
	if err := conn.QueryRowContext(ctx, "SELECT params, form, (SELECT count(*) FROM reindex WHERE ended = 0) FROM counter WHERE id = 1").Scan(&c.generation, &c.form, &jobs); err != nil {
		return 0, nil, classify(op, err)
	}
	c.reindexing = jobs > 0
	for _, step := range []func(context.Context) error{c.structure, c.versions, c.counts, c.index} {
		if err := step(ctx); err != nil {
			return c.resources, c.faults, classify(op, err)
		}
	}
	return c.resources, c.faults, nil
}

type checker struct {
	site      *Site
	conn      *sql.Conn
	resources int64
	faults    []string
	words     *fulltext.Check // nil once every current version was shown to it

	generation int64 // of the site's own search parameters
	form       int   // of the index rows
	reindexing bool  // a job is at work on their rows
}

func (c *checker) fault(format string, args ...any) {
	if len(c.faults) < maxFaults {
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
	}
}

// structure asks SQLite whether its pages and references hold together; PostgreSQL has no such question without an extension.
func (c *checker) structure(ctx context.Context) error {
	if c.site.config.Dialect == searchsql.PostgreSQL {
		return nil
	}
	if err := c.each(ctx, "PRAGMA integrity_check", func(row []any) {
		if row[0] != "ok" {
			c.fault("SQLite: %v", row[0])
		}
	}); err != nil {
		return err
	}
	return c.each(ctx, "PRAGMA foreign_key_check", func(row []any) { c.fault("SQLite: row %v of %v references nothing", row[1], row[0]) })
}

// versions looks for what no order of writes can have left behind. Purged versions may be missing.
func (c *checker) versions(ctx context.Context) error {
	for _, question := range []struct{ text, fault string }{
		{`SELECT r.type, r.id FROM history h JOIN resource r ON r.rid = h.rid WHERE h.vid >= r.vid`, "%v/%v: a superseded version is not older than the current one"},
		{`SELECT type, id FROM resource WHERE body IS NOT NULL AND (vid < 1 OR method IN (0, 3))`, "%v/%v: a current version has no number or is a deletion with a body"},
		{`SELECT r.type, r.id FROM resource r, counter c WHERE r.rid > c.rid OR r.seq > c.seq`, "%v/%v: its number is beyond the site's counter"},
	} {
		if err := c.each(ctx, question.text, func(row []any) { c.fault(question.fault, row[0], row[1]) }); err != nil {
			return err
		}
	}
	return nil
}

// counts compares what is kept for accurate totals with what is there.
func (c *checker) counts(ctx context.Context) error {
	for _, question := range []struct{ text, fault string }{
		{`SELECT c.code FROM idx_count c WHERE c.param = 0 AND c.n <> (SELECT count(*) FROM resource r WHERE r.type = c.code AND r.body IS NOT NULL)`,
			"%v: the kept total is not that of its resources"},
		{`SELECT c.code FROM idx_count c WHERE c.param <> 0
			AND c.n <> (SELECT count(*) FROM idx_token t WHERE t.param = c.param AND t.code = c.code AND t.system = c.system)`,
			"code %v: a kept total is not that of its rows"},
		{`SELECT r.type FROM resource r WHERE r.body IS NOT NULL AND NOT EXISTS (SELECT 1 FROM idx_count c WHERE c.param = 0 AND c.code = r.type)
			GROUP BY r.type`, "%v: no total is kept of its resources"},
		{`SELECT x.kept FROM (SELECT (SELECT coalesce(sum(n), 0) FROM idx_count WHERE param <> 0) AS kept, (SELECT count(*) FROM idx_token) AS there) x
			WHERE x.kept <> x.there`, "%v codes are in the kept totals, and another number in the index"},
	} {
		if err := c.each(ctx, question.text, func(row []any) { c.fault(question.fault, row[0]) }); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) each(ctx context.Context, text string, f func(row []any)) error {
	rows, err := c.conn.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	row, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		f(row)
	}
	return rows.Err()
}

// groups is how many groups the resources are put into by their number.
const groups = 1 << 12

// where names the rows of one table for one group of resources, or for one resource.
type where struct {
	table string
	of    int64
}

func (c *checker) index(ctx context.Context) error {
	if c.form != index.Form { // they are not those of the bodies, and need not be
		c.fault("its search index has form %d, and this program writes form %d: searches may miss some of it until chartwright reindex --site %s has made it anew",
			c.form, index.Form, c.site.config.Name)
		return nil
	}
	group := func(rid int64) (int64, bool) { return rid % groups, true }
	differing, err := c.compare(ctx, group)
	if err != nil {
		return err
	}
	words, err := c.words.Faults(ctx, c.conn)
	for _, f := range words {
		c.fault("%s", f)
	}
	if c.words = nil; err != nil || len(differing) == 0 {
		return err
	}
	if c.reindexing {
		return fault.New(fault.Unavailable, "chart.check", "a re-index job is at work, and the index is not all that it will be: check again when it has ended")
	}
	suspect := map[int64]bool{}
	for p := range differing {
		if suspect[p.of] = true; len(suspect) == maxFaults {
			break
		}
	}
	c.resources = 0
	differing, err = c.compare(ctx, func(rid int64) (int64, bool) { return rid, suspect[rid%groups] })
	if err != nil {
		return err
	}
	for _, p := range slices.SortedFunc(maps.Keys(differing), func(a, b where) int { return int(a.of - b.of) }) {
		key := "a resource that is not there"
		_ = c.each(ctx, fmt.Sprintf("SELECT type, id FROM resource WHERE rid = %d", p.of), func(row []any) { key = fmt.Sprintf("%v/%v", row[0], row[1]) })
		c.fault("%s: its rows in %s are not those of its body", key, p.table)
	}
	return nil
}

// compare sums the rows that there should be and the rows that there are, by table and what of makes of the resource's number,
// and returns where they differ.
func (c *checker) compare(ctx context.Context, of func(rid int64) (int64, bool)) (map[where]bool, error) {
	want, have := map[where]rowcopy.Sum{}, map[where]rowcopy.Sum{}
	add := func(to map[where]rowcopy.Sum, t *table, row []any) {
		rid, _ := row[t.rid()].(int64)
		if rid < 0 {
			rid, _ = index.Container(rid)
		}
		if group, ok := of(rid); ok {
			p := where{t.name, group}
			sum := to[p]
			sum.Add(row)
			to[p] = sum
		}
	}
	b := newBatch()
	if err := c.expected(ctx, of, b, func(t *table, row []any) { add(want, t, row) }); err != nil {
		return nil, err
	}
	for _, x := range b.indexes {
		if err := c.each(ctx, "SELECT "+x.names()+" FROM "+x.name, func(row []any) { add(have, x.table, row) }); err != nil {
			return nil, err
		}
	}
	differing := map[where]bool{}
	for p, sum := range want {
		if have[p] != sum {
			differing[p] = true
		}
	}
	for p, sum := range have {
		if want[p] != sum {
			differing[p] = true
		}
	}
	return differing, nil
}

// checkPage is how many resources are extracted at once.
const checkPage = 200

// expected calls f with each index row that the current bodies should have.
func (c *checker) expected(ctx context.Context, of func(int64) (int64, bool), b *batch, f func(*table, []any)) error {
	var words index.Words
	for after := int64(0); ; {
		type body struct {
			rid, seq int64
			typ, id  string
			packed   []byte
		}
		var page []body
		text := fmt.Sprintf("SELECT rid, type, body, seq, id FROM resource WHERE rid > %d AND body IS NOT NULL ORDER BY rid LIMIT %d", after, checkPage)
		if err := c.each(ctx, text, func(row []any) {
			rid, _ := row[0].(int64)
			typ, _ := row[1].(string)
			stored, _ := row[2].([]byte)
			seq, _ := row[3].(int64)
			id, _ := row[4].(string)
			page = append(page, body{rid, seq, typ, id, stored})
		}); err != nil || len(page) == 0 {
			return err
		}
		n := &names{systems: map[string]int64{}, rids: map[chart.Key]int64{}}
		sets := make([]*rowset, len(page))
		for i, r := range page {
			after = r.rid
			if _, ok := of(r.rid); !ok {
				continue
			}
			words.Reset()
			rows := index.Rows{Words: &words}
			json, err := packed.Unpack(r.packed)
			if err == nil {
				err = c.site.config.Extract(r.typ, json, &rows)
			}
			if err != nil {
				c.fault("%s number %d: its body cannot be read: %v", r.typ, r.rid, err)
				if c.words != nil {
					c.words.Version(r.seq, r.typ, r.id, nil)
				}
				continue
			}
			if c.words != nil {
				c.words.Version(r.seq, r.typ, r.id, &rows)
			}
			if c.generation > 0 && c.site.config.Own != nil {
				if err := c.site.config.Own(ctx, c.generation, r.typ, json, &rows); err != nil {
					return err
				}
			}
			c.resources++
			sets[i] = newRowset(&rows)
			n.collect(sets[i])
		}
		if err := c.numbers(ctx, n); err != nil {
			return err
		}
		for i, set := range sets {
			if set == nil {
				continue
			}
			b.index(page[i].rid, set, n, true)
			for _, x := range b.indexes {
				for row := range slices.Chunk(x.added, len(x.columns)) {
					f(x.table, row)
				}
				x.added = x.added[:0]
			}
		}
	}
}

// numbers fills in what the tables have; what they lack stays 0, which no row has.
func (c *checker) numbers(ctx context.Context, n *names) error {
	one := func(text string, args ...any) (id int64, err error) {
		err = c.conn.QueryRowContext(ctx, c.site.rebind(text), args...).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
		return id, err
	}
	var err error
	for uri := range n.systems {
		if n.systems[uri], err = one(systemOf, uri); err != nil {
			return err
		}
	}
	for key := range n.rids {
		if n.rids[key], err = one(ridOf, key.Type, key.ID); err != nil {
			return err
		}
	}
	return nil
}

// rid is the position of the column that holds the resource's number.
func (t *table) rid() int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.name == "rid" })
}

// names joins the names of the columns.
func (t *table) names() string {
	var all []string
	for _, c := range t.columns {
		all = append(all, c.name)
	}
	return strings.Join(all, ", ")
}
