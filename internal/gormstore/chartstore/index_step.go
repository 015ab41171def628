package chartstore

import (
	"context"
	"errors"
	"strings"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/packed"
)

// IndexStep is one bounded piece of a re-index job. A step is one write transaction: it sees every write acknowledged before,
// and writers wait for it no longer than for another write.
type IndexStep struct {
	Kind IndexKind
	Type string // resource type; of Contained, Dead, Unknown and Words empty
	// Numbers are those of the parameters whose rows are made (Build, BuildContained), taken away (Sweep), looked through (Verify) or left alone
	// (Unknown): rows of contained resources included.
	Numbers []int32
	// Generation is that of the site's own parameters when Numbers were collected. Unknown does nothing in another one.
	Generation int64
	Cursor     IndexCursor
	// Until is the last resource number of Build, Rebuild and Dead, and of containers: what came later has its rows from the write.
	Until int64
	// Keep returns the statement that notes the progress in the same transaction; it must change one row, or the step is undone.
	Keep func(IndexProgress) (text string, args []any)
}

// IndexKind says what a step does.
type IndexKind string

// The kinds of steps.
const (
	// Build makes the rows of new parameters for resources that are there already.
	Build IndexKind = "build"
	// BuildContained makes the rows of new parameters for resources of a type that others contain.
	BuildContained IndexKind = "build-contained"
	// Rebuild makes all rows of resources anew and drops all others that are found by resource.
	Rebuild IndexKind = "rebuild"
	// Verify drops the rows of tokens and URIs, which are found by value only, that their resources don't have any more.
	Verify IndexKind = "verify"
	// Contained is Verify for the rows of all that is contained in other resources, whatever their types.
	Contained IndexKind = "contained"
	// Dead drops the rows of deleted resources that are found by resource.
	Dead IndexKind = "dead"
	// Sweep drops all rows of parameters.
	Sweep IndexKind = "sweep"
	// Unknown drops all rows of numbers that no parameter has.
	Unknown IndexKind = "unknown"
	// Words throws the full text away, which is then made anew behind the writes: searches for words wait for it.
	Words IndexKind = "words"
)

// IndexCursor is where a step begins: behind a resource number, or in a table at a number and value.
type IndexCursor struct {
	RID    int64  `json:"rid,omitempty"`
	Table  int    `json:"table,omitempty"`
	Number int32  `json:"number,omitempty"`
	Value  string `json:"value,omitempty"`
	System int64  `json:"system,omitempty"`
}

// IndexProgress is what a step has done.
type IndexProgress struct {
	Cursor IndexCursor // where the next one begins
	Done   int64       // resources, or rows of Verify, that were looked at
	Failed int64       // of them, resources whose body could not be read; their rows stay as they are
	End    bool        // nothing is left
}

const (
	// indexBatch bounds the resources of a step, indexBytes their bodies: memory and the time for which writers wait.
	indexBatch = 100
	indexBytes = 4 << 20
	// indexRows bounds the index rows of a step that reads or deletes rows alone.
	indexRows = 500
)

// Index does one step of a re-index job.
//
// Errors: Conflict if Keep changed no row; Unavailable when the store is out of reach.
func (s *Site) Index(ctx context.Context, step *IndexStep) (IndexProgress, error) {
	var done IndexProgress
	err := s.Write(ctx, nil, func(over chart.Tx) error {
		t, ok := over.(*tx)
		if !ok {
			return fault.New(fault.Internal, "chart.index", "a foreign transaction")
		}
		var err error
		done, err = t.index(step)
		return err
	})
	return done, err
}

func (t *tx) index(step *IndexStep) (IndexProgress, error) {
	const op = "chart.index"
	g := t.group
	if err := g.begin(nil); err != nil {
		return IndexProgress{}, t.fail(op, err)
	}
	if err := g.flushBase(); err != nil { // the step reads the tables
		return IndexProgress{}, t.fail(op, err)
	}
	if err := g.exec("SAVEPOINT " + savepoint); err != nil {
		return IndexProgress{}, t.fail(op, err)
	}
	t.saved = true
	w := &indexing{tx: t, step: step, batch: newBatch(), names: &names{systems: map[string]int64{}, rids: map[chart.Key]int64{}}}
	w.batch.again = true
	w.done.Cursor = step.Cursor
	var err error
	switch step.Kind {
	case Build, Rebuild:
		err = w.resources()
	case BuildContained:
		err = w.contents()
	case Verify, Contained:
		err = w.verify()
	case Dead:
		err = w.dead()
	case Unknown:
		if step.Generation == g.counters.params {
			err = w.sweep()
		}
	case Words:
		w.done.End = true
		err = g.site.text.Reset(g.ctx, g.conn)
	case Sweep:
		err = w.sweep()
	default:
		err = errors.New("an unknown kind of step: " + string(step.Kind))
	}
	if err != nil {
		return IndexProgress{}, fault.Wrap(fault.Internal, op, err)
	}
	g.written = true
	g.turn()
	text, args := step.Keep(w.done)
	n, err := w.exec(text, args...)
	if err != nil {
		return IndexProgress{}, fault.Wrap(fault.Internal, op, err)
	}
	if n != 1 {
		return IndexProgress{}, fault.New(fault.Conflict, op, "the job belongs to another process now")
	}
	return w.done, nil
}

// indexing is one step at work.
type indexing struct {
	tx    *tx
	step  *IndexStep
	batch *batch
	names *names
	done  IndexProgress
}

func (w *indexing) exec(text string, args ...any) (int64, error) {
	r, err := w.tx.group.conn.ExecContext(w.tx.group.ctx, w.tx.group.site.rebind(text), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// query hands the rows of a SELECT to each.
func (w *indexing) query(text string, args []any, each func(scan func(...any) error) (more bool, err error)) error {
	rows, err := w.tx.group.conn.QueryContext(w.tx.group.ctx, w.tx.group.site.rebind(text), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if more, err := each(rows.Scan); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

// indexed is a resource whose rows are made.
type indexed struct {
	rid  int64
	rows *rowset
}

// extract makes the rows of a body as it is stored, all of them or those of the step's parameters.
func (w *indexing) extract(typ string, stored []byte) (*rowset, error) {
	body, err := packed.Unpack(stored)
	if err != nil {
		return nil, err
	}
	var rows index.Rows
	if err := w.tx.group.extract(typ, body, &rows); err != nil {
		return nil, err
	}
	switch w.step.Kind {
	case Build:
		rows.Within = nil
		only(&rows, w.step.Numbers)
	case BuildContained:
		rows = index.Rows{Within: rows.Within}
		for i := range rows.Within {
			only(rows.Within[i].Rows, contained(w.step.Numbers))
		}
	}
	return newRowset(&rows), nil
}

// resources makes the rows of the resources behind the cursor.
func (w *indexing) resources() error {
	step := w.step
	var list []indexed
	size, full := 0, false
	err := w.query(`SELECT rid, body FROM resource WHERE type = ? AND body IS NOT NULL AND rid > ? AND rid <= ? ORDER BY rid LIMIT ?`,
		[]any{step.Type, step.Cursor.RID, step.Until, indexBatch}, func(scan func(...any) error) (bool, error) {
			var r indexed
			var body []byte // as it is stored: one that cannot be read is counted, and the step goes on
			if err := scan(&r.rid, &body); err != nil {
				return false, err
			}
			var err error
			switch r.rows, err = w.extract(step.Type, body); {
			case fault.Is(err, fault.Unavailable):
				return false, err
			case err != nil:
				w.done.Failed++
			default:
				list = append(list, r)
			}
			w.done.Cursor.RID = r.rid
			w.done.Done++
			size += len(body)
			full = size >= indexBytes || w.done.Done == indexBatch
			return !full, nil
		})
	if err != nil {
		return err
	}
	w.done.End = !full
	if len(list) == 0 {
		return nil
	}
	if step.Kind == Rebuild {
		for i := range list {
			if err := w.clear(list[i].rid); err != nil {
				return err
			}
		}
	}
	return w.insert(list)
}

// contents makes the rows of what resources contain of the step's type, in the order of their local ids, which tell where some is.
func (w *indexing) contents() error {
	c := &w.done.Cursor
	c.Table, c.Number = 0, index.ContainedParam(fhir.RowNumber(w.step.Type, "_id"))
	ids, err := w.read()
	if err != nil {
		return err
	}
	w.done.End = len(ids) < indexBatch
	var list []indexed
	met := map[int64]bool{}
	size := 0
	for i, r := range ids {
		if size >= indexBytes {
			w.done.End = false
			break
		}
		c.Value, c.RID, c.System, w.done.Done = r.value, r.rid, r.system, int64(i+1)
		rid, _ := index.Container(r.rid)
		if met[rid] || rid > w.step.Until {
			continue
		}
		met[rid] = true
		typ, body, err := w.stored(rid)
		if err != nil {
			return err
		}
		if body == nil {
			continue
		}
		size += len(body)
		rows, err := w.extract(typ, body)
		switch {
		case fault.Is(err, fault.Unavailable):
			return err
		case err != nil:
			w.done.Failed++
		default:
			list = append(list, indexed{rid, rows})
		}
	}
	if len(list) == 0 {
		return nil
	}
	return w.insert(list)
}

// stored reads a resource as it is stored; the body of one that is deleted is nil.
func (w *indexing) stored(rid int64) (typ string, body []byte, err error) {
	err = w.query(`SELECT type, body FROM resource WHERE rid = ?`, []any{rid}, func(scan func(...any) error) (bool, error) {
		return false, scan(&typ, &body)
	})
	return typ, body, err
}

// byRID are the tables whose rows an index finds by resource.
var byRID = [...]string{"idx_string", "idx_ref", "idx_date", "idx_number", "idx_quantity", "idx_composite"}

// clear drops the rows of a resource that are found by it, and of what it contains.
func (w *indexing) clear(rid int64) error {
	least, greatest := index.ContainedRange(rid)
	for _, name := range byRID {
		if _, err := w.exec("DELETE FROM "+name+" WHERE rid = ? OR rid >= ? AND rid <= ?", rid, least, greatest); err != nil {
			return err
		}
	}
	return nil
}

// insert writes rows, of which some may be there.
func (w *indexing) insert(list []indexed) error {
	g, b := w.tx.group, w.batch
	for i := range list {
		w.names.collect(list[i].rows)
	}
	placeholders, err := g.resolve(w.tx.local, w.names, b)
	if err != nil {
		return err
	}
	for _, r := range placeholders {
		b.versions(r)
	}
	for i := range list {
		b.index(list[i].rid, list[i].rows, w.names, true)
	}
	if err := g.site.engine.flush(g.ctx, g.conn, b); err != nil {
		return err
	}
	g.flushed(placeholders)
	return nil
}

// dead drops the rows of deleted resources.
func (w *indexing) dead() error {
	var rids []int64
	err := w.query(`SELECT rid FROM resource WHERE body IS NULL AND rid > ? AND rid <= ? ORDER BY rid LIMIT ?`,
		[]any{w.step.Cursor.RID, w.step.Until, indexRows}, func(scan func(...any) error) (bool, error) {
			var rid int64
			err := scan(&rid)
			rids = append(rids, rid)
			return true, err
		})
	if err != nil {
		return err
	}
	for _, rid := range rids {
		if err := w.clear(rid); err != nil {
			return err
		}
		w.done.Cursor.RID = rid
	}
	w.done.Done, w.done.End = int64(len(rids)), len(rids) < indexRows
	return nil
}

// keyed are the index tables with the columns of their primary keys.
var keyed = func() (list []*table) {
	for _, t := range [...]*table{tokenTable, uriTable, stringTable, refTable, dateTable, numberTable, quantityTable, compositeTable} {
		list = append(list, t)
	}
	return list
}()

func (t *table) keyNames() string {
	var names []string
	for _, at := range t.keys {
		names = append(names, t.columns[at].name)
	}
	return strings.Join(names, ", ")
}

// sweep drops rows by number, table after table: those of the step's numbers, or those of all others.
func (w *indexing) sweep() error {
	numbers := map[int32]bool{}
	for _, n := range append(contained(w.step.Numbers), w.step.Numbers...) {
		numbers[n] = true
	}
	budget := int64(indexRows)
	c := &w.done.Cursor
	for ; c.Table < len(keyed); c.Table, c.Number = c.Table+1, 0 {
		t := keyed[c.Table]
		for {
			next, found, err := w.following(t, c.Number)
			if err != nil {
				return err
			}
			if !found {
				break
			}
			if numbers[next] != (w.step.Kind == Sweep) {
				c.Number = next
				continue
			}
			n, err := w.exec("DELETE FROM "+t.name+" WHERE ("+t.keyNames()+") IN (SELECT "+t.keyNames()+" FROM "+t.name+" WHERE param = ? LIMIT ?)", next, budget)
			if err != nil {
				return err
			}
			w.done.Done += n
			if budget -= n; budget <= 0 {
				return nil
			}
			c.Number = next // all of its rows are gone
		}
	}
	w.done.End = true
	return nil
}

// following is the number behind another under which a table has rows. Those of contained resources, which are negative, come after
// the others.
func (w *indexing) following(t *table, number int32) (next int32, found bool, err error) {
	ask := func(where string, args ...any) error {
		return w.query("SELECT param FROM "+t.name+" WHERE "+where+" ORDER BY param LIMIT 1", args, func(scan func(...any) error) (bool, error) {
			found = true
			return false, scan(&next)
		})
	}
	if number < 0 {
		err = ask("param > ? AND param < 0", number)
		return next, found, err
	}
	if err = ask("param > ?", number); err == nil && !found {
		err = ask("param < 0")
	}
	return next, found, err
}

// contained are the numbers that parameters have on contained resources.
func contained(numbers []int32) []int32 {
	list := make([]int32, len(numbers))
	for i, n := range numbers {
		list[i] = index.ContainedParam(n)
	}
	return list
}
