package chartstore

import (
	"encoding/json"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/fulltext"
	"chartwright/internal/gormstore/packed"
	"chartwright/internal/gormstore/searchsql"
)

// traces are what versions of one type that are removed for good have left beside their own rows: words and pieces of texts, and
// counts of codes that nobody has any more. They follow from the bodies, as the index does.
type traces struct {
	group *group
	typ   string
	words *fulltext.Forgotten
	codes map[codeOf]bool
}

// codeOf is where idx_count may have a row.
type codeOf struct {
	param int32
	code  string
}

func newTraces(g *group, typ string) *traces {
	return &traces{group: g, typ: typ, words: fulltext.NewForgotten(), codes: map[codeOf]bool{}}
}

const (
	oldBodies = `SELECT seq, vid, body FROM history WHERE rid = ? AND vid > ? ORDER BY vid LIMIT ?`
	// oldPage bounds how many bodies lie in memory at once.
	oldPage = 100

	sqliteNoCount   = `DELETE FROM idx_count WHERE n = 0 AND (param, code) IN (SELECT value->>0, value->>1 FROM json_each(?))`
	postgresNoCount = `DELETE FROM idx_count c USING unnest($1::int[], $2::text[]) x (param, code) WHERE c.n = 0 AND c.param = x.param AND c.code = x.code`
)

// ofOld takes note of the oldest versions in the history of a resource.
func (t *traces) ofOld(rid int64, limit int) error {
	for after := int64(0); limit > 0; limit -= oldPage {
		n := min(limit, oldPage)
		list, err := t.old(rid, after, n)
		if err != nil {
			return err
		}
		for _, v := range list {
			if err := t.of(v.seq, v.body); err != nil {
				return err
			}
			after = v.vid
		}
		if len(list) < n {
			return nil
		}
	}
	return nil
}

// oldVersion is a version in the history; one that cannot be unpacked has no body.
type oldVersion struct {
	seq, vid int64
	body     []byte
}

func (t *traces) old(rid, after int64, limit int) (list []oldVersion, err error) {
	rows, err := t.group.conn.QueryContext(t.group.ctx, t.group.site.rebind(oldBodies), rid, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v oldVersion
		var stored []byte
		if err := rows.Scan(&v.seq, &v.vid, &stored); err != nil {
			return nil, err
		}
		if stored != nil {
			if v.body, err = packed.Unpack(stored); err != nil {
				t.unread(v.seq, err)
			}
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// of takes note of one version. What cannot be extracted has no words that this program knows of.
func (t *traces) of(seq int64, body []byte) error {
	if body == nil {
		return nil
	}
	var words index.Words
	rows := index.Rows{Words: &words}
	switch err := t.group.extract(t.typ, body, &rows); {
	case fault.Is(err, fault.Unavailable):
		return err
	case err != nil:
		t.unread(seq, err)
		return nil
	}
	t.words.Add(seq, t.typ, &rows)
	t.count(&rows)
	return nil
}

func (t *traces) unread(seq int64, err error) {
	t.group.site.config.Log.Warn("a version that is removed cannot be read: its words may stay until all is indexed anew",
		"type", t.typ, "sequence", seq, "error", err)
}

func (t *traces) count(rows *index.Rows) {
	for _, r := range newRowset(rows).tokens {
		t.codes[codeOf{r.param, r.code}] = true
	}
	for i := range rows.Within {
		t.count(rows.Within[i].Rows)
	}
}

// wipe removes the traces, after the versions and their index rows.
func (t *traces) wipe() error {
	g := t.group
	if err := g.site.text.Forget(g.ctx, g.conn, t.words); err != nil || len(t.codes) == 0 {
		return err
	}
	if g.site.config.Dialect == searchsql.SQLite {
		var rows [][]any
		for c := range t.codes {
			rows = append(rows, []any{c.param, c.code})
		}
		list, err := json.Marshal(rows)
		if err != nil {
			return err
		}
		_, err = g.delete(sqliteNoCount, string(list))
		return err
	}
	var params []int32
	var codes []string
	for c := range t.codes {
		params, codes = append(params, c.param), append(codes, c.code)
	}
	_, err := g.delete(postgresNoCount, params, codes)
	return err
}
