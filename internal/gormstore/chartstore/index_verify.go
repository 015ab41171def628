package chartstore

import (
	"cmp"
	"slices"

	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/packed"
)

// Tokens and URIs are clustered by value, and no index leads from a resource to them: it would cost every write more than the
// values themselves. So rows that no resource has any more, which only a change of the extractors leaves behind, are found by
// walking the table and asking each row's resource.

// stored is a row of tokens or URIs as the table has it.
type stored struct {
	value  string
	system int64
	rid    int64
	text   *string
}

// verify looks at the rows behind the cursor: tokens first, then URIs, of one number after another.
func (w *indexing) verify() error {
	c := &w.done.Cursor
	numbers, err := w.numbers()
	if err != nil {
		return err
	}
	// As numbers without a sign: those of contained resources, which are negative, come after the others.
	compare := func(a, b int32) int { return cmp.Compare(uint32(a), uint32(b)) }
	slices.SortFunc(numbers, compare)
	for ; c.Table < 2; c.Table, c.Number = c.Table+1, 0 {
		for {
			at, found := slices.BinarySearchFunc(numbers, c.Number, compare)
			if at == len(numbers) {
				break
			}
			if !found { // the number before is done, or nothing is yet
				*c = IndexCursor{Table: c.Table, Number: numbers[at]}
			}
			rows, err := w.read()
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				*c = IndexCursor{Table: c.Table, Number: numbers[at] + 1}
				continue
			}
			w.done.Done = int64(len(rows))
			last := rows[len(rows)-1]
			c.Value, c.RID, c.System = last.value, last.rid, last.system
			return w.compare(numbers[at], rows)
		}
	}
	w.done.End = true
	return nil
}

// numbers are those whose rows are looked at: the step's, on resources by themselves and contained, or of all rows of contained ones
// those that there are.
func (w *indexing) numbers() ([]int32, error) {
	if w.step.Kind == Contained {
		var list []int32
		for _, name := range [...]string{"idx_token", "idx_uri"} {
			// The tables are clustered by the number: each step of the recursion is one look.
			text := "WITH RECURSIVE p (n) AS (SELECT min(param) FROM " + name + " UNION ALL SELECT (SELECT min(t.param) FROM " + name +
				" t WHERE t.param > p.n) FROM p WHERE p.n < 0) SELECT n FROM p WHERE n < 0"
			if err := w.query(text, nil, func(scan func(...any) error) (bool, error) {
				var n int32
				err := scan(&n)
				list = append(list, n)
				return true, err
			}); err != nil {
				return nil, err
			}
		}
		slices.Sort(list)
		return slices.Compact(list), nil
	}
	return append(contained(w.step.Numbers), w.step.Numbers...), nil
}

// read returns the next rows of the cursor's number.
func (w *indexing) read() (list []stored, err error) {
	c := w.done.Cursor
	text := `SELECT code, rid, system, text FROM idx_token WHERE param = ? AND (code, rid, system) > (?, ?, ?) ORDER BY code, rid, system LIMIT ?`
	args := []any{c.Number, c.Value, c.RID, c.System, indexBatch}
	if c.Table == 1 {
		text = `SELECT uri, rid, 0, NULL FROM idx_uri WHERE param = ? AND (uri, rid) > (?, ?) ORDER BY uri, rid LIMIT ?`
		args = []any{c.Number, c.Value, c.RID, indexBatch}
	}
	err = w.query(text, args, func(scan func(...any) error) (bool, error) {
		var r stored
		err := scan(&r.value, &r.rid, &r.system, &r.text)
		list = append(list, r)
		return true, err
	})
	return list, err
}

// compare drops the rows that their resources don't have, and gives a resource that had such a row all of its own.
func (w *indexing) compare(number int32, rows []stored) error {
	fresh := map[int64]*rowset{}
	stale := map[int64]bool{}
	for _, r := range rows {
		if _, known := fresh[r.rid]; !known {
			set, err := w.current(r.rid)
			if err != nil {
				return err
			}
			fresh[r.rid] = set
		}
	}
	for _, set := range fresh {
		w.names.collect(set)
	}
	placeholders, err := w.tx.group.resolve(w.tx.local, w.names, w.batch)
	if err != nil {
		return err
	}
	for _, r := range placeholders {
		w.batch.versions(r)
	}
	for _, r := range rows {
		if w.has(fresh[r.rid], number, &r) {
			continue
		}
		stale[r.rid] = true
		if w.done.Cursor.Table == 0 {
			w.batch.tokens.gone = append(w.batch.tokens.gone, int64(number), r.value, r.system, r.rid, nil)
		} else {
			w.batch.uris.gone = append(w.batch.uris.gone, int64(number), r.value, r.rid)
		}
	}
	for rid := range stale {
		w.batch.index(rid, fresh[rid], w.names, true)
	}
	if err := w.tx.group.site.engine.flush(w.tx.group.ctx, w.tx.group.conn, w.batch); err != nil {
		return err
	}
	w.tx.group.flushed(placeholders)
	return nil
}

// current makes the rows of tokens and URIs of a resource as it is now.
func (w *indexing) current(rid int64) (*rowset, error) {
	place := 0
	if rid < 0 {
		rid, place = index.Container(rid)
	}
	typ, stored, err := w.stored(rid)
	if err != nil || stored == nil {
		return noRows, err
	}
	body, err := packed.Unpack(stored)
	if err != nil {
		return nil, err
	}
	var rows index.Rows
	if err := w.tx.group.extract(typ, body, &rows); err != nil {
		return nil, err
	}
	all := newRowset(&rows)
	if place > 0 {
		at := slices.IndexFunc(all.within, func(c within) bool { return c.place == place })
		if at < 0 {
			return noRows, nil
		}
		all = all.within[at].rows
	}
	return &rowset{tokens: all.tokens, uris: all.uris}, nil
}

// has reports whether the rows of a resource hold a row of the table, texts included.
func (w *indexing) has(s *rowset, number int32, r *stored) bool {
	if w.done.Cursor.Table == 1 {
		return slices.Contains(s.uris, uriRow{number, r.value})
	}
	return slices.ContainsFunc(s.tokens, func(t tokenRow) bool {
		text := ""
		if r.text != nil {
			text = *r.text
		}
		return t.param == number && t.code == r.value && w.names.systems[t.system] == r.system && t.text == text
	})
}

// only keeps the rows of some parameters.
func only(x *index.Rows, numbers []int32) {
	not := func(n int32) bool { return !slices.Contains(numbers, n) }
	x.Tokens = slices.DeleteFunc(x.Tokens, func(r index.Token) bool { return not(r.Param) })
	x.Strings = slices.DeleteFunc(x.Strings, func(r index.String) bool { return not(r.Param) })
	x.References = slices.DeleteFunc(x.References, func(r index.Reference) bool { return not(r.Param) })
	x.URIs = slices.DeleteFunc(x.URIs, func(r index.URI) bool { return not(r.Param) })
	x.Dates = slices.DeleteFunc(x.Dates, func(r index.Date) bool { return not(r.Param) })
	x.Numbers = slices.DeleteFunc(x.Numbers, func(r index.Number) bool { return not(r.Param) })
	x.Quantities = slices.DeleteFunc(x.Quantities, func(r index.Quantity) bool { return not(r.Param) })
	x.Composites = slices.DeleteFunc(x.Composites, func(r index.Composite) bool { return not(r.Param) })
}
