package searchsql

import "slices"

// bodies are the rows of a page, found among many more whose bodies tell where they stand: no more of these are kept than the page shows,
// since a body may be large.
type bodies struct {
	rows   []row // in order
	most   int
	behind *row // behind which they stand; nil = from the beginning
	desc   []bool
}

// meet keeps the body of a row if it belongs to the page, as far as is known by now, and lets go of it if not.
func (b *bodies) meet(one *row) {
	if one.elsewhere || b.behind != nil && compareKeys(one, b.behind, b.desc, b.desc[0]) <= 0 {
		one.version.Body = nil
		return
	}
	at, twice := slices.BinarySearchFunc(b.rows, one, func(r row, one *row) int { return compareKeys(&r, one, b.desc, b.desc[0]) })
	if twice {
		one.version = b.rows[at].version
		return
	}
	if at < b.most {
		b.rows = slices.Insert(b.rows, at, *one)
	} else {
		one.version.Body = nil
	}
	if len(b.rows) > b.most {
		b.rows[b.most].version.Body = nil
		b.rows = b.rows[:b.most]
	}
}
