package chartstore

import (
	"cmp"
	"maps"
	"slices"

	"chartwright/internal/chart"
)

// record is what a transaction knows of one key. The zero rid and a nil current say that the key was looked for and is not
// there.
type record struct {
	key     chart.Key
	rid     int64
	current *chart.Version // the newest version; nil = never existed

	stored  bool           // table resource has a row for it
	flushed *chart.Version // the version in that row; nil = none, or a placeholder
	rows    *rowset        // the index rows of flushed; known before anything is pending
	pending []pending      // versions to be written, oldest first
	fresh   *rowset        // the index rows of the newest pending version
}

// pending is a version with its body as it is stored.
type pending struct {
	*chart.Version
	body []byte
}

// dirty reports whether the tables don't have all of it.
func (r *record) dirty() bool { return len(r.pending) > 0 || r.rid != 0 && !r.stored }

// layer is a set of records and of new code systems that stands or falls as one: of the group, or of the closure that is
// running.
type layer struct {
	records map[chart.Key]*record
	systems map[string]int64
}

func newLayer() *layer {
	return &layer{records: map[chart.Key]*record{}, systems: map[string]int64{}}
}

// absorb takes over what a closure that succeeded has left.
func (l *layer) absorb(from *layer) {
	maps.Copy(l.records, from.records)
	maps.Copy(l.systems, from.systems)
}

// dirtyRecords returns the records to be written by number, which is the order of the tables.
func (l *layer) dirtyRecords() []*record {
	var dirty []*record
	for _, r := range l.records {
		if r.dirty() {
			dirty = append(dirty, r)
		}
	}
	slices.SortFunc(dirty, func(a, b *record) int { return cmp.Compare(a.rid, b.rid) })
	return dirty
}

// dictionaries remember numbers that never change once they are committed: of code systems and of reference targets. Only
// the writer uses them.
type dictionaries struct {
	systems map[string]int64
	rids    map[chart.Key]int64
}

// dictionarySize bounds each dictionary; a full one begins anew.
const dictionarySize = 1 << 16

func newDictionaries() *dictionaries {
	return &dictionaries{systems: map[string]int64{"": 0}, rids: map[chart.Key]int64{}}
}

// learn takes over the numbers of a committed group.
func (d *dictionaries) learn(l *layer) {
	if len(d.systems)+len(l.systems) > dictionarySize {
		d.systems = map[string]int64{"": 0}
	}
	maps.Copy(d.systems, l.systems)
	if len(d.rids)+len(l.records) > dictionarySize {
		clear(d.rids)
	}
	for key, r := range l.records {
		if r.rid != 0 {
			d.rids[key] = r.rid
		}
	}
}
