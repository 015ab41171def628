package searchsql_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// world answers searches by looking at every resource, the way the standard's text reads. It is what the SQL is held against.
type world struct {
	list    []*resource
	at      map[string]*resource
	numbers map[string]float64 // by name, of what is in the chart or named in it
}

func newWorld(t *testing.T, f *fixture, list []*resource) *world {
	t.Helper()
	w := &world{list: list, at: map[string]*resource{}, numbers: f.numbers(t)}
	for _, r := range list {
		w.at[r.name()] = r
	}
	return w
}

// sees is the view of a patient.
func (w *world) sees(r *resource, patient string) bool {
	return patient == "" || r.owner == patient || r.owner == "" && env().OpenTypes(r.typ)
}

// answer are the names of the resources that a query asks for, sorted.
func (w *world) answer(q *search.Query, patient string) []string {
	names := []string{}
	for _, r := range w.list {
		ok := slices.Contains(q.Types, r.typ) && w.sees(r, patient)
		for i := range q.Clauses {
			ok = ok && w.holds(r, &q.Clauses[i], patient)
		}
		if ok {
			names = append(names, r.name())
		}
	}
	slices.Sort(names)
	return names
}

// judged is answer by what search itself says about each resource; ok is false for a query that only an index can answer.
func (w *world) judged(q *search.Query, patient string) (names []string, ok bool) {
	for i := range q.Clauses {
		if !q.Clauses[i].Judged() {
			return nil, false
		}
	}
	names = []string{}
	for _, r := range w.list {
		rows := r.rows
		rows.Words = &index.Words{}
		r.say(rows.Words)
		x := search.Candidate{ID: r.id, Rows: &rows}
		ok := slices.Contains(q.Types, r.typ) && w.sees(r, patient)
		for i := range q.Clauses {
			ok = ok && q.Clauses[i].Holds(&x)
		}
		if ok {
			names = append(names, r.name())
		}
	}
	slices.Sort(names)
	return names, true
}

func (w *world) holds(r *resource, c *search.Clause, patient string) bool {
	switch {
	case c.Has != nil:
		for _, o := range w.list {
			if o.typ == c.Has.Type && w.sees(o, patient) && w.holds(o, &c.Has.Clause, patient) && slices.Contains(w.targets(o, c.Has.Via), r) {
				return true
			}
		}
		return false
	case c.Chain != nil:
		for _, o := range w.targets(r, c.Param) {
			if i := slices.Index(c.Chain.Types, o.typ); i >= 0 && w.sees(o, patient) && w.holds(o, &c.Chain.Clause[i], patient) {
				return true
			}
		}
		return false
	case c.Missing != nil:
		return *c.Missing != w.present(r, c.Param)
	case c.Group != nil:
		return w.holdsGroup(r, c.Group, patient)
	}
	found := false
	for i := range c.Values {
		found = found || w.matches(r, c, &c.Values[i])
	}
	return found != (c.Modifier == search.Not)
}

func (w *world) holdsGroup(r *resource, g *search.Group, patient string) bool {
	held := 0
	for i := range g.Clauses {
		if w.holds(r, &g.Clauses[i], patient) {
			held++
		}
	}
	switch g.Op {
	case search.Or:
		return held > 0
	case search.Nor:
		return held == 0
	}
	return held == len(g.Clauses)
}

// misplaced tells the first place at which names are not in the order of the query's sort keys.
func (w *world) misplaced(q *search.Query, names []string) string {
	for i := 1; i < len(names); i++ {
		for _, s := range q.Sort {
			a, b := w.sortValue(w.at[names[i-1]], s), w.sortValue(w.at[names[i]], s)
			n := 0
			switch {
			case a == nil && b == nil:
			case a == nil:
				n = 1
			case b == nil:
				n = -1
			default:
				if n = compareAny(a, b); s.Descending {
					n = -n
				}
			}
			if n > 0 {
				return fmt.Sprintf("%s stands before %s, by %s", names[i-1], names[i], s.Param.Code)
			}
			if n < 0 {
				break
			}
		}
	}
	return ""
}

// sortValue is the least value of a resource, or the greatest when the order descends; nil without one.
func (w *world) sortValue(r *resource, s search.Sort) any {
	var all []any
	switch p := s.Param; {
	case p == search.ID:
		return r.id
	case p == search.LastUpdated:
		return float64(slices.Index(w.list, r) / len(w.list)) // written in one transaction
	default:
		for _, x := range of(r.rows.Tokens, p, func(x index.Token) int32 { return x.Param }) {
			all = append(all, x.Code)
		}
		for _, x := range of(r.rows.Strings, p, func(x index.String) int32 { return x.Param }) {
			if x.Whole() {
				all = append(all, x.Norm)
			}
		}
		for _, x := range of(r.rows.URIs, p, func(x index.URI) int32 { return x.Param }) {
			all = append(all, x.URI)
		}
		for _, x := range of(r.rows.References, p, func(x index.Reference) int32 { return x.Param }) {
			if x.URL == "" && (len(p.RowTypes) == 0 || slices.Contains(p.RowTypes, x.Type)) {
				all = append(all, w.numbers[x.Type+"/"+x.ID])
			}
		}
		for _, x := range of(r.rows.Dates, p, func(x index.Date) int32 { return x.Param }) {
			all = append(all, float64(x.Lo))
		}
		for _, x := range of(r.rows.Numbers, p, func(x index.Number) int32 { return x.Param }) {
			all = append(all, x.Value)
		}
		for _, x := range of(r.rows.Quantities, p, func(x index.Quantity) int32 { return x.Param }) {
			all = append(all, x.Value)
		}
	}
	if len(all) == 0 {
		return nil
	}
	if s.Descending {
		return slices.MaxFunc(all, compareAny)
	}
	return slices.MinFunc(all, compareAny)
}

func compareAny(a, b any) int {
	if x, ok := a.(float64); ok {
		return cmp.Compare(x, b.(float64))
	}
	return strings.Compare(a.(string), b.(string))
}

func (w *world) targets(r *resource, p *search.Param) []*resource {
	var list []*resource
	for _, f := range of(r.rows.References, p, func(x index.Reference) int32 { return x.Param }) {
		if t := w.at[f.Type+"/"+f.ID]; t != nil && (len(p.RowTypes) == 0 || slices.Contains(p.RowTypes, f.Type)) {
			list = append(list, t)
		}
	}
	return list
}

func of[R any](rows []R, p *search.Param, param func(R) int32) []R {
	var list []R
	for _, r := range rows {
		if slices.Contains(p.Rows, param(r)) {
			list = append(list, r)
		}
	}
	return list
}

func (w *world) present(r *resource, p *search.Param) bool {
	x := &r.rows
	refs := of(x.References, p, func(x index.Reference) int32 { return x.Param })
	refs = slices.DeleteFunc(refs, func(f index.Reference) bool { return len(p.RowTypes) > 0 && !slices.Contains(p.RowTypes, f.Type) })
	return len(of(x.Tokens, p, func(x index.Token) int32 { return x.Param }))+len(of(x.Strings, p, func(x index.String) int32 { return x.Param }))+
		len(of(x.Dates, p, func(x index.Date) int32 { return x.Param }))+len(of(x.Numbers, p, func(x index.Number) int32 { return x.Param }))+
		len(of(x.Quantities, p, func(x index.Quantity) int32 { return x.Param }))+len(of(x.URIs, p, func(x index.URI) int32 { return x.Param }))+len(refs) > 0
}

// matches reports whether one of the rows of the clause's parameter is what a value asks for.
// says reports whether all words stand in the narrative, or anywhere.
func (*world) says(r *resource, p *search.Param, words []string) bool {
	text := r.narrative
	if p.Code == search.Content {
		text += " " + strings.Join(r.texts, " ")
	}
	have := strings.FieldsFunc(index.Fold(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	return !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(have, word) })
}

func (w *world) matches(r *resource, c *search.Clause, v *search.Value) bool {
	p := c.Param
	if p == search.ID {
		return r.id == v.Code
	}
	if p.FullText() {
		return w.says(r, p, v.Words)
	}
	switch p.Type {
	case search.Token:
		return slices.ContainsFunc(of(r.rows.Tokens, p, func(x index.Token) int32 { return x.Param }), func(t index.Token) bool {
			if c.Modifier == search.Text {
				return strings.Contains(t.Text, v.Norm)
			}
			equal := (v.NoCode || t.Code == v.Code) && (!v.HasSystem || t.System == v.System)
			return equal != (c.Modifier == search.Unequal)
		})
	case search.String:
		return slices.ContainsFunc(of(r.rows.Strings, p, func(x index.String) int32 { return x.Param }), func(s index.String) bool {
			if c.Modifier != search.NoModifier && !s.Whole() {
				return false
			}
			switch c.Modifier {
			case search.Exact:
				return s.Exact == v.Text
			case search.Contains:
				return strings.Contains(s.Norm, v.Norm)
			case search.EndsWith:
				return strings.HasSuffix(s.Norm, v.Norm)
			case search.Same, search.Unequal:
				return (s.Norm == v.Norm) == (c.Modifier == search.Same)
			case search.Ordered:
				return map[search.Prefix]bool{search.GT: s.Norm > v.Norm, search.GE: s.Norm >= v.Norm, search.LT: s.Norm < v.Norm, search.LE: s.Norm <= v.Norm}[v.Prefix]
			}
			return strings.HasPrefix(s.Norm, v.Norm)
		})
	case search.Reference:
		return slices.ContainsFunc(of(r.rows.References, p, func(x index.Reference) int32 { return x.Param }), func(f index.Reference) bool {
			return f.ID == v.RefID && (v.RefType == "" || f.Type == v.RefType) && (len(p.RowTypes) == 0 || slices.Contains(p.RowTypes, f.Type)) && v.URL == f.URL
		})
	case search.Date:
		return slices.ContainsFunc(of(r.rows.Dates, p, func(x index.Date) int32 { return x.Param }), func(d index.Date) bool {
			return compareRange(v.Prefix, float64(d.Lo), float64(d.Hi), float64(v.Lo), float64(v.Hi))
		})
	case search.Number:
		return slices.ContainsFunc(of(r.rows.Numbers, p, func(x index.Number) int32 { return x.Param }), func(n index.Number) bool {
			return compareNumber(v.Prefix, n.Value, n.Lo, n.Hi, v.Num, v.Low, v.Up)
		})
	case search.Quantity:
		return slices.ContainsFunc(of(r.rows.Quantities, p, func(x index.Quantity) int32 { return x.Param }), func(q index.Quantity) bool {
			return quantityMatches(&q, v)
		})
	case search.URI:
		return slices.ContainsFunc(of(r.rows.URIs, p, func(x index.URI) int32 { return x.Param }), func(u index.URI) bool {
			if c.Modifier == search.Below {
				top := strings.TrimSuffix(v.Text, "/")
				return u.URI == top || strings.HasPrefix(u.URI, top+"/")
			}
			if c.Modifier == search.StartsWith {
				return strings.HasPrefix(u.URI, v.Text)
			}
			return (u.URI == v.Text) != (c.Modifier == search.Unequal)
		})
	case search.Composite:
		return slices.ContainsFunc(of(r.rows.Composites, p, func(x index.Composite) int32 { return x.Param }), func(k index.Composite) bool {
			a, b := &v.Parts[0], &v.Parts[1]
			return k.A.Token.Code == a.Code && (!a.HasSystem || k.A.Token.System == a.System) && quantityMatches(k.B.Quantity, b)
		})
	}
	panic(p.Code)
}

// compareRange compares the half-open range of a resource with that of a value.
// https://hl7.org/fhir/R4/search.html#prefix
func compareRange(p search.Prefix, lo, hi, from, to float64) bool {
	contained := from <= lo && hi <= to
	above, below := hi > to, lo < from // a part of the resource's range lies above or below the value's
	switch p {
	case search.EQ:
		return contained
	case search.NE:
		return !contained
	case search.GT:
		return above
	case search.LT:
		return below
	case search.GE:
		return above || contained
	case search.LE:
		return below || contained
	case search.SA:
		return lo >= to
	case search.EB:
		return hi <= from
	case search.Covers:
		return lo <= from && to <= hi
	default:
		return lo < to && hi > from
	}
}

func compareNumber(p search.Prefix, value, lo, hi, num, low, up float64) bool {
	if p == search.Covers {
		return lo <= num && num <= hi
	}
	if wide := math.Abs(lo+hi-2*value) > 0.01*(hi-lo); !wide { // a point
		lo, hi = value, value
		if p == search.EQ || p == search.NE {
			return (low <= value && value < up) == (p == search.EQ)
		}
	}
	switch p {
	case search.EQ:
		return low <= lo && hi <= up
	case search.NE:
		return low > lo || hi > up
	case search.GT:
		return hi > num
	case search.LT:
		return lo < num
	case search.GE:
		return hi >= num
	case search.LE:
		return lo <= num
	case search.SA:
		return lo > num
	case search.EB:
		return hi < num
	default:
		return lo <= up && hi >= low
	}
}

func quantityMatches(q *index.Quantity, v *search.Value) bool {
	if v.CanonicalUnit == "" {
		unit := v.Code == "" || v.HasSystem && q.System == v.System && q.Code == v.Code || !v.HasSystem && (q.Code == v.Code || q.Unit == v.Code)
		return unit && compareNumber(v.Prefix, q.Value, q.Lo, q.Hi, v.Num, v.Low, v.Up)
	}
	value := (q.CanonicalLo + q.CanonicalHi) / 2
	if math.Abs(q.Lo+q.Hi-2*q.Value) > 0.01*(q.Hi-q.Lo) {
		value = math.Inf(1) // what is wide is compared by its ends
	}
	round := index.Tidy
	return q.CanonicalUnit == v.CanonicalUnit &&
		compareNumber(v.Prefix, round(value), round(q.CanonicalLo), round(q.CanonicalHi), round(v.CanonicalNum), round(v.CanonicalLow), round(v.CanUp))
}
