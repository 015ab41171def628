package chartstore

import (
	"cmp"
	"slices"
	"strings"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
)

// rowset holds the index rows of one version as the tables keep them, but with names where the tables have integers: code
// systems and reference targets get theirs when the rows are written. Its rows are comparable, so the rows of two versions
// are compared as values.
type rowset struct {
	tokens     []tokenRow
	strings    []stringRow
	uris       []uriRow
	refs       []refRow
	dates      []index.Date
	numbers    []index.Number
	quantities []quantityRow
	composites []compositeRow

	within []within // of contained resources, by place
}

// within are the rows of one contained resource.
type within struct {
	place int
	rows  *rowset
}

type tokenRow struct {
	param              int32
	code, system, text string
}

type stringRow struct {
	param             int32
	n                 int16
	norm, rest, exact string
}

type uriRow struct {
	param int32
	uri   string
}

type refRow struct {
	param   int32
	target  chart.Key
	version string
	place   int // of a resource in the same container, which target is not then
}

type quantityRow struct {
	param              int32
	n                  int16
	system, code, unit string
	value, lo, hi      float64
	canonUnit          string
	canonLo, canonHi   float64
}

type compositeRow struct {
	param            int32
	n                int16
	a, b             part
	canonUnit        string
	canonLo, canonHi float64
}

// part is a component of a composite. Its ref column is the number of system, if that is set, or of target.
type part struct {
	text          string
	system        string
	target        chart.Key
	value, lo, hi float64
}

// newRowset takes over the rows of a version, in the order and without the repetitions that the tables want.
func newRowset(rows *index.Rows) *rowset {
	s := &rowset{}
	if rows == nil {
		return s
	}
	for _, c := range rows.Within {
		s.within = append(s.within, within{c.Place, newRowset(c.Rows)})
	}
	for _, t := range rows.Tokens {
		s.tokens = append(s.tokens, tokenRow{t.Param, key(t.Code), key(t.System), index.Clean(t.Text)})
	}
	s.tokens = mergeTokens(s.tokens)
	for _, x := range rows.Strings {
		norm, rest := index.Head(index.Clean(x.Norm), index.MaxKey)
		s.strings = append(s.strings, stringRow{param: x.Param, norm: norm, rest: rest, exact: index.Clean(x.Exact)})
	}
	s.strings = numberStrings(unique(s.strings, compareStrings))
	for _, u := range rows.URIs {
		s.uris = append(s.uris, uriRow{u.Param, key(u.URI)})
	}
	versions := versioned(rows.References)
	for _, r := range rows.References {
		switch target, uri := place(&r); {
		case uri != "":
			s.uris = append(s.uris, uriRow{r.Param, key(uri)})
			if r.Version != "" { // a canonical is found with and without its version
				s.uris = append(s.uris, uriRow{r.Param, key(uri + "|" + r.Version)})
			} else if versions[uriRow{r.Param, r.URL}] { // which would seem to be all that is named
				s.uris = append(s.uris, uriRow{r.Param, key(uri + "|")})
			}
		case target.ID != "":
			s.refs = append(s.refs, refRow{param: r.Param, target: target, version: key(r.Version)})
		}
		if r.Place > 0 {
			s.refs = append(s.refs, refRow{param: r.Param, place: r.Place})
		}
	}
	s.uris = unique(s.uris, func(a, b uriRow) int {
		return cmp.Or(cmp.Compare(a.param, b.param), strings.Compare(a.uri, b.uri))
	})
	s.refs = unique(s.refs, compareRefs)
	s.dates = unique(slices.Clone(rows.Dates), func(a, b index.Date) int {
		return cmp.Or(cmp.Compare(a.Param, b.Param), cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi))
	})
	s.numbers = unique(slices.Clone(rows.Numbers), func(a, b index.Number) int {
		return cmp.Or(cmp.Compare(a.Param, b.Param), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi))
	})
	for i := range rows.Quantities {
		s.quantities = append(s.quantities, newQuantity(&rows.Quantities[i]))
	}
	s.quantities = unique(s.quantities, compareQuantities)
	number(s.quantities, func(a, b *quantityRow) bool { return a.param == b.param }, func(r *quantityRow, n int16) { r.n = n })
	for i := range rows.Composites {
		s.composites = append(s.composites, newComposite(&rows.Composites[i]))
	}
	s.composites = unique(s.composites, compareComposites)
	number(s.composites, func(a, b *compositeRow) bool { return a.param == b.param }, func(r *compositeRow, n int16) { r.n = n })
	return s
}

// versioned are the canonicals that name a version, without it; nil if there are none, as nearly always.
func versioned(list []index.Reference) map[uriRow]bool {
	var found map[uriRow]bool
	for _, r := range list {
		if r.URL != "" && r.Version != "" {
			if found == nil {
				found = map[uriRow]bool{}
			}
			found[uriRow{r.Param, r.URL}] = true
		}
	}
	return found
}

func key(s string) string { return index.Key(index.Clean(s)) }

// place says where a reference points: to a resource of this server, or to a uri.
func place(r *index.Reference) (target chart.Key, uri string) {
	switch {
	case r.URL != "":
		return chart.Key{}, r.URL
	case r.Type == "" || r.ID == "":
		return chart.Key{}, ""
	case len(r.Type) > index.MaxID || len(r.ID) > index.MaxID:
		return chart.Key{}, r.Type + "/" + r.ID
	}
	return chart.Key{Type: index.Clean(r.Type), ID: index.Clean(r.ID)}, ""
}

// unique sorts rows and drops repetitions.
func unique[R comparable](rows []R, compare func(a, b R) int) []R {
	slices.SortFunc(rows, compare)
	return slices.Compact(rows)
}

// number gives the rows of each run of like ones the numbers 0, 1, 2 …
func number[R any](rows []R, like func(a, b *R) bool, set func(*R, int16)) {
	n := int16(0)
	for i := range rows {
		if i > 0 && like(&rows[i-1], &rows[i]) {
			n++
		} else {
			n = 0
		}
		set(&rows[i], n)
	}
}

// later is the number of a row that begins with a later word of a text; those of whole texts are 0, 1, 2 …
const later = -1

// numberStrings numbers sorted rows and drops later words that are whole texts as well, which come next.
func numberStrings(rows []stringRow) []stringRow {
	like := func(a, b *stringRow) bool { return a.param == b.param && a.norm == b.norm }
	out := rows[:0]
	for i := range rows {
		if rows[i].exact != "" || i+1 == len(rows) || !like(&rows[i], &rows[i+1]) {
			out = append(out, rows[i])
		}
	}
	number(out, like, func(r *stringRow, n int16) {
		if r.n = n; r.exact == "" {
			r.n = later
		}
	})
	return out
}

// mergeTokens leaves one row for each code, with all of its texts.
func mergeTokens(rows []tokenRow) []tokenRow {
	rows = unique(rows, func(a, b tokenRow) int {
		return cmp.Or(cmp.Compare(a.param, b.param), strings.Compare(a.code, b.code), strings.Compare(a.system, b.system), strings.Compare(a.text, b.text))
	})
	out := rows[:0]
	for _, r := range rows {
		last := len(out) - 1
		if last < 0 || out[last].param != r.param || out[last].code != r.code || out[last].system != r.system {
			out = append(out, r)
		} else if out[last].text == "" {
			out[last].text = r.text
		} else {
			out[last].text += "\n" + r.text
		}
	}
	return out
}

func compareStrings(a, b stringRow) int {
	return cmp.Or(cmp.Compare(a.param, b.param), strings.Compare(a.norm, b.norm), strings.Compare(a.exact, b.exact), strings.Compare(a.rest, b.rest))
}

func compareKeys(a, b chart.Key) int {
	return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID))
}

func compareRefs(a, b refRow) int {
	return cmp.Or(cmp.Compare(a.param, b.param), compareKeys(a.target, b.target), strings.Compare(a.version, b.version), cmp.Compare(a.place, b.place))
}

func newQuantity(q *index.Quantity) quantityRow {
	r := quantityRow{param: q.Param, system: key(q.System), code: key(q.Code), unit: key(q.Unit), value: q.Value, lo: q.Lo, hi: q.Hi}
	if q.CanonicalUnit != "" {
		r.canonUnit, r.canonLo, r.canonHi = key(q.CanonicalUnit), q.CanonicalLo, q.CanonicalHi
	}
	return r
}

func compareQuantities(a, b quantityRow) int {
	return cmp.Or(cmp.Compare(a.param, b.param), cmp.Compare(a.value, b.value), strings.Compare(a.code, b.code),
		strings.Compare(a.system, b.system), strings.Compare(a.unit, b.unit), cmp.Compare(a.lo, b.lo), cmp.Compare(a.hi, b.hi),
		strings.Compare(a.canonUnit, b.canonUnit), cmp.Compare(a.canonLo, b.canonLo), cmp.Compare(a.canonHi, b.canonHi))
}

func newComposite(c *index.Composite) compositeRow {
	r := compositeRow{param: c.Param, a: newPart(&c.A), b: newPart(&c.B)}
	if n := c.C.Number; n != nil && c.A.Token != nil { // a third component has the columns that a token leaves free
		r.a.value, r.a.lo, r.a.hi = n.Value, n.Lo, n.Hi
	}
	if q := c.B.Quantity; q != nil && q.CanonicalUnit != "" {
		r.canonUnit, r.canonLo, r.canonHi = key(q.CanonicalUnit), q.CanonicalLo, q.CanonicalHi
	}
	return r
}

func newPart(c *index.Component) part {
	switch {
	case c.Token != nil:
		return part{text: key(c.Token.Code), system: key(c.Token.System)}
	case c.String != nil:
		head, _ := index.Head(index.Clean(c.String.Norm), index.MaxKey)
		return part{text: head}
	case c.URI != nil:
		return part{text: key(c.URI.URI)}
	case c.Reference != nil:
		target, uri := place(c.Reference)
		return part{text: key(uri), target: target}
	case c.Date != nil:
		return part{value: float64(c.Date.Lo), lo: float64(c.Date.Lo), hi: float64(c.Date.Hi)}
	case c.Number != nil:
		return part{value: c.Number.Value, lo: c.Number.Lo, hi: c.Number.Hi}
	case c.Quantity != nil:
		return part{text: key(cmp.Or(c.Quantity.Code, c.Quantity.Unit)), system: key(c.Quantity.System),
			value: c.Quantity.Value, lo: c.Quantity.Lo, hi: c.Quantity.Hi}
	}
	return part{}
}

func compareParts(a, b *part) int {
	return cmp.Or(strings.Compare(a.text, b.text), strings.Compare(a.system, b.system), compareKeys(a.target, b.target),
		cmp.Compare(a.value, b.value), cmp.Compare(a.lo, b.lo), cmp.Compare(a.hi, b.hi))
}

func compareComposites(a, b compositeRow) int {
	return cmp.Or(cmp.Compare(a.param, b.param), compareParts(&a.a, &b.a), compareParts(&a.b, &b.b),
		strings.Compare(a.canonUnit, b.canonUnit), cmp.Compare(a.canonLo, b.canonLo), cmp.Compare(a.canonHi, b.canonHi))
}

// diff returns what is only in old and what is only in new.
func diff[R comparable](old, fresh []R) (gone, added []R) {
	if len(old) == 0 {
		return nil, fresh
	}
	if slices.Equal(old, fresh) {
		return nil, nil
	}
	had := make(map[R]bool, len(old))
	for _, r := range old {
		had[r] = true
	}
	for _, r := range fresh {
		if had[r] {
			delete(had, r)
		} else {
			added = append(added, r)
		}
	}
	for _, r := range old {
		if had[r] {
			gone = append(gone, r)
		}
	}
	return gone, added
}
