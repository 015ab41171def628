package fulltext

import (
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// Check compares the index with the bodies that it was made of: [NewCheck] reads the index, [Check.Version] is told each current
// version, [Check.Faults] says what differs. What was superseded since it was indexed may stay in the index; what nobody has any
// more may not.
//
// It keeps sums of four bytes for each version, and some thirty bytes for each distinct text.
type Check struct {
	indexed int64
	words   []uint32 // by the number of the version: what its postings sum up to, less what its body has
	texts   map[uint64]*checkedText

	differing, missing, stray int64
	examples                  []string
}

// checkedText is a row of idx_text.
type checkedText struct {
	grams uint32 // what the postings of its grams sum up to
	seen  bool   // it was compared with a body
}

// examples bounds how many resources with a difference are named.
const examples = 5

// NewCheck reads the index as db sees it, which is one snapshot.
func NewCheck(ctx context.Context, db querier) (*Check, error) {
	k := &Check{texts: map[uint64]*checkedText{}}
	var texts int64
	if err := db.QueryRowContext(ctx, "SELECT seq, text FROM idx_mark WHERE id = 1").Scan(&k.indexed, &texts); err != nil {
		return nil, err
	}
	k.words = make([]uint32, k.indexed+1)
	grams := make([]uint32, texts+1)
	if err := k.postings(ctx, db, grams); err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "SELECT id, param, value, hash FROM idx_text")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var t text
		if err := rows.Scan(&id, &t.param, &t.value, &t.hash); err != nil {
			return nil, err
		}
		if id < 1 || id > texts {
			k.stray++
			continue
		}
		k.texts[t.sum()] = &checkedText{grams: grams[id]}
		grams[id] = 0
	}
	for _, left := range grams {
		if left != 0 {
			k.stray++
		}
	}
	return k, rows.Err()
}

// postings sums up the rows of idx_posting, by version or by text.
func (k *Check) postings(ctx context.Context, db querier, grams []uint32) error {
	ofWords := map[int32]bool{}
	for _, typ := range r4.Types {
		row := search.RowNumber(typ.Name, search.Content)
		ofWords[row], ofWords[index.ContainedParam(row)] = true, true
	}
	rows, err := db.QueryContext(ctx, "SELECT param, term, lo, docs FROM idx_posting")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t term
		var lo int64
		var docs string
		if err := rows.Scan(&t.param, &t.text, &lo, &docs); err != nil {
			return err
		}
		sums := grams
		if ofWords[t.param] {
			sums = k.words
		}
		for one := range strings.SplitSeq(docs, ",") {
			doc, err := strconv.ParseInt(one, 10, 64)
			number := lo + doc>>1
			at := number
			if t.param < 0 { // words of what is contained
				at = index.DocumentVersion(number)
			}
			if err == nil && at > 0 && at < int64(len(sums)) {
				sums[at] += t.sum(number-at, doc&1 == 1)
			} else {
				k.stray++
			}
		}
	}
	return rows.Err()
}

// Version compares a current version of a resource with the index. Rows are those of its body, words included; nil if that cannot be
// read, which is somebody else's to report.
func (k *Check) Version(seq int64, typ, id string, rows *index.Rows) {
	if seq > k.indexed {
		return
	}
	sum := k.words[seq]
	k.words[seq] = 0
	if rows == nil {
		return
	}
	eachWord(seq, typ, rows, func(t term, number int64, narrative bool) { sum -= t.sum(number-seq, narrative) })
	sound := sum == 0
	eachText(rows, func(t text, folded, _ string) {
		known := k.texts[t.sum()]
		if known == nil {
			k.missing++
			sound = false
			return
		}
		if known.seen {
			return
		}
		known.seen = true
		for _, gram := range index.Grams(folded) {
			known.grams -= (&term{t.param, gram}).sum(0, false)
		}
		sound = sound && known.grams == 0
	})
	if sound {
		return
	}
	if k.differing++; len(k.examples) < examples {
		k.examples = append(k.examples, typ+"/"+id)
	}
}

// Faults compares what is left with the versions that are superseded, and returns a sentence for each kind of difference.
func (k *Check) Faults(ctx context.Context, db querier) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT seq FROM history UNION ALL SELECT seq FROM resource WHERE seq IS NOT NULL AND body IS NULL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return nil, err
		}
		if seq <= k.indexed {
			k.words[seq] = 0
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, left := range k.words {
		if left != 0 {
			k.stray++
		}
	}
	var list []string
	if k.differing > 0 {
		list = append(list, fmt.Sprintf("%d resources are not found by the words and texts of their bodies, or by others: %s", k.differing, strings.Join(k.examples, ", ")))
	}
	if k.missing > 0 {
		list = append(list, fmt.Sprintf("%d times a text is missing in idx_text", k.missing))
	}
	if k.stray > 0 {
		list = append(list, fmt.Sprintf("idx_posting and idx_text tell of %d versions or texts that are not there", k.stray))
	}
	return list, nil
}

// sum stands for a posting of the term; place is what a number has beyond that of its version.
func (t *term) sum(place int64, narrative bool) uint32 {
	h := fnv.New32a()
	if place != 0 {
		_, _ = h.Write(strconv.AppendInt(nil, place, 10))
		_, _ = h.Write([]byte{2})
	}
	_, _ = h.Write(strconv.AppendInt(nil, int64(t.param), 10))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(t.text))
	if narrative {
		_, _ = h.Write([]byte{1})
	}
	return h.Sum32()
}

// sum stands for the text.
func (t *text) sum() uint64 {
	h := fnv.New64a()
	_, _ = h.Write(strconv.AppendInt(nil, int64(t.param), 10))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(t.value))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write(strconv.AppendInt(nil, t.hash, 10))
	return h.Sum64()
}
