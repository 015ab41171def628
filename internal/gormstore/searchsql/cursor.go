package searchsql

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"math"
	"strconv"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// cursor says where a page ended. It is compact and checked, not secret: the doors seal it before they hand it out.
//
// What holds across pages while others write: no resource comes twice, and none that came to be after the first page comes
// at all. Without an order (mode byRID) a resource that is changed keeps its place, so it is neither lost nor repeated; in an
// order of values it comes where it stood when the first page was read (rejoin, which says where that ends).
type cursor struct {
	mode   mode
	tail   bool // the page ended in the tail of the order
	driver int
	// bound closes the snapshot: the greatest rid of the first page's instant in mode byRID, else the greatest seq.
	bound int64
	total int64 // as counted for the first page; -1 = not counted
	rid   int64
	keys  []any // int64, float64, string or nil
}

const cursorVersion = 1

// encode writes the cursor for a query.
func (cur *cursor) encode(q *search.Query) string {
	b := []byte{cursorVersion}
	b = binary.BigEndian.AppendUint32(b, shape(q))
	tail := byte(0)
	if cur.tail {
		tail = 1
	}
	b = append(b, byte(cur.mode), tail)
	for _, n := range []int64{int64(cur.driver), cur.bound, cur.total, cur.rid} {
		b = binary.AppendVarint(b, n)
	}
	for _, k := range cur.keys {
		switch k := k.(type) {
		case int64:
			b = binary.AppendVarint(append(b, 'i'), k)
		case float64:
			b = binary.BigEndian.AppendUint64(append(b, 'f'), math.Float64bits(k))
		case string:
			b = append(binary.AppendUvarint(append(b, 's'), uint64(len(k))), k...)
		default:
			b = append(b, 'n')
		}
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// decode reads the cursor of a query. Errors: Invalid.
func decode(s string, q *search.Query) (*cursor, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	const head = 7
	if err != nil || len(b) < head || b[0] != cursorVersion || binary.BigEndian.Uint32(b[1:5]) != shape(q) {
		return nil, errCursor()
	}
	cur := &cursor{mode: mode(b[5]), tail: b[6] != 0}
	b = b[head:]
	next := func() int64 {
		v, n := binary.Varint(b)
		if n <= 0 {
			err = errCursor()
			return 0
		}
		b = b[n:]
		return v
	}
	cur.driver, cur.bound, cur.total, cur.rid = int(next()), next(), next(), next()
	for err == nil && len(b) > 0 {
		kind := b[0]
		b = b[1:]
		switch kind {
		case 'i':
			cur.keys = append(cur.keys, next())
		case 'f':
			if len(b) < 8 {
				return nil, errCursor()
			}
			f := math.Float64frombits(binary.BigEndian.Uint64(b))
			if math.IsNaN(f) {
				return nil, errCursor()
			}
			cur.keys, b = append(cur.keys, f), b[8:]
		case 's':
			size, n := binary.Uvarint(b)
			if n <= 0 || size > uint64(len(b)-n) {
				return nil, errCursor()
			}
			cur.keys, b = append(cur.keys, string(b[n:n+int(size)])), b[n+int(size):] // bounded by len(b)
		case 'n':
			cur.keys = append(cur.keys, nil)
		default:
			return nil, errCursor()
		}
	}
	if err == nil && !cur.fits(q) {
		err = errCursor()
	}
	if err != nil {
		return nil, err
	}
	return cur, nil
}

// fits reports whether the cursor's plan is one that the query can have, and its keys are of the types of that plan's columns.
func (cur *cursor) fits(q *search.Query) bool {
	if cur.driver >= len(q.Clauses) || cur.driver < driveSort || cur.rid < 0 && cur.mode != byMixedSet || cur.bound < 0 || cur.total < -1 ||
		(cur.driver == driveSort) != (cur.mode == byIndex || cur.mode == byGroup) || cur.tail && cur.mode != byIndex && cur.mode != byKey {
		return false
	}
	var keys []*search.Param
	switch cur.mode {
	case byRID, byKey:
		if len(q.Sort) > 0 {
			return false
		}
		if cur.mode == byKey {
			if cur.driver < 0 || len(cur.keys) == 0 || cur.keys[0] == nil {
				return false
			}
			keys = append(keys, q.Clauses[cur.driver].Param)
		}
	case byIndex, byGroup, bySet, byMixedSet:
		if len(q.Sort) == 0 || cur.mode == byIndex && len(q.Sort) > 1 || len(cur.keys) == 0 || (cur.mode == byMixedSet) != (q.Contained != search.NotContained) {
			return false
		}
		for _, s := range q.Sort {
			keys = append(keys, s.Param)
		}
	case byContainer:
		if q.Contained == search.NotContained || len(q.Sort) > 0 {
			return false
		}
	default:
		return false
	}
	if len(keys) > len(cur.keys) || (cur.mode == bySet || cur.mode == byGroup || cur.mode == byMixedSet) && len(keys) != len(cur.keys) ||
		cur.mode == byRID && len(cur.keys) > 0 || cur.tail && cur.mode == byIndex && cur.keys[0] != nil {
		return false
	}
	for i, k := range cur.keys[:len(keys)] { // those that follow are the plan's to judge
		if k == nil && (cur.mode == byIndex && !cur.tail || cur.mode == byKey) || k != nil && !keyOf(keys[i], k) && !cur.byText(q) {
			return false
		}
	}
	return true
}

// keyOf reports whether a key is of the type of the column that a parameter is ordered by.
func keyOf(p *search.Param, key any) bool {
	if p == nil {
		return false
	}
	switch key.(type) {
	case int64:
		return p.Type == search.Date || p.Type == search.Reference || p.FullText()
	case float64:
		return p.Type == search.Number || p.Type == search.Quantity || p.Type == search.Composite
	case string:
		return p.Type == search.String || p.Type == search.Token || p.Type == search.URI
	}
	return false
}

func errCursor() error {
	return fault.New(fault.Invalid, "search.cursor", "the page link is not one of this search")
}

// shape identifies a query by its types, parameters and order, so that the cursor of another is noticed.
func shape(q *search.Query) uint32 {
	h := fnv.New32a()
	put := func(s string) { h.Write([]byte(s)); h.Write([]byte{0}) }
	for _, t := range q.Types {
		put(t)
	}
	for i := range q.Clauses {
		shapeClause(put, &q.Clauses[i])
	}
	for _, s := range q.Sort {
		put(s.Param.Code)
		put(strconv.FormatBool(s.Descending))
	}
	if q.Span != nil {
		put("span")
	}
	if q.Contained != search.NotContained {
		put(string(q.Contained) + strconv.FormatBool(q.ContainedAlone))
	}
	return h.Sum32()
}

func shapeClause(put func(string), c *search.Clause) {
	put("(")
	if c.Param != nil {
		put(c.Param.Code)
	}
	put(string(c.Modifier))
	put(c.TypeMod)
	put(strconv.Itoa(len(c.Values)))
	if c.Group != nil {
		put(string(c.Group.Op))
		for i := range c.Group.Clauses {
			shapeClause(put, &c.Group.Clauses[i])
		}
	}
	if c.Chain != nil {
		for i := range c.Chain.Clause {
			put(c.Chain.Types[i])
			shapeClause(put, &c.Chain.Clause[i])
		}
	}
	if c.Has != nil {
		put(c.Has.Type)
		put(c.Has.Via.Code)
		shapeClause(put, &c.Has.Clause)
	}
	put(")")
}
