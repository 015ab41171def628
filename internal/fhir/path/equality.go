package path

import (
	"strings"

	"chartwright/internal/fhir"
	"chartwright/internal/fhir/ucum"

	"github.com/cockroachdb/apd/v3"
)

const ucumURL = "http://unitsofmeasure.org"

// equal compares collections in order. It reports false for known where dates of different precision leave it open.
//
// https://hl7.org/fhirpath/N1/#equals
func equal(x, y Collection) (eq, known bool) {
	if len(x) != len(y) {
		return false, true
	}
	open := false
	for i := range x {
		eq, known := equalItems(x[i], y[i])
		if known && !eq {
			return false, true
		}
		open = open || !known
	}
	return true, !open
}

func equalItems(a, b Item) (eq, known bool) {
	ea, isA := a.(*Element)
	eb, isB := b.(*Element)
	if isA && isB && ea.Node == eb.Node {
		return true, true
	}
	va, vb := value(a), value(b)
	switch x := va.(type) {
	case nil:
		return vb == nil && isA && isB && equalElements(ea, eb), true
	case Boolean, String:
		return va == vb, true
	case Integer, Decimal:
		c, ok := orderNumbers(va, vb)
		return ok && c == 0, true
	case *Temporal:
		y, ok := vb.(*Temporal)
		if !ok || (x.Kind == TimeKind) != (y.Kind == TimeKind) {
			return false, true
		}
		c, known := x.order(y)
		return c == 0, known
	case *Quantity:
		y, ok := vb.(*Quantity)
		if !ok {
			return false, true
		}
		if isA && isB {
			return equalElements(ea, eb), true
		}
		c, comparable := x.order(y)
		if !comparable {
			return false, !x.undecided(y)
		}
		return c == 0, true
	case TypeInfo:
		return va == vb, true
	case *Element:
		y, ok := vb.(*Element)
		return ok && equalElements(x, y), true
	}
	return false, true
}

// equalElements compares two elements by all that is in them.
func equalElements(a, b *Element) bool {
	if a.isPrimitive() != b.isPrimitive() {
		return false
	}
	if a.isPrimitive() && a.Node.HasValue() != b.Node.HasValue() {
		return false
	}
	if a.isPrimitive() && a.Node.HasValue() {
		if eq, known := equalItems(value(a), value(b)); !eq || !known {
			return false
		}
	}
	x, y := a.children(nil, ""), b.children(nil, "")
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		ex, ey := x[i].(*Element), y[i].(*Element) // children are elements
		if ex.Name != ey.Name || !equalElements(ex, ey) {
			return false
		}
	}
	return true
}

// equivalent compares collections regardless of order, texts regardless of case and white space, numbers in the precision
// of the less precise.
//
// https://hl7.org/fhirpath/N1/#equivalent
func equivalent(x, y Collection) bool {
	if len(x) != len(y) {
		return false
	}
	used := make([]bool, len(y))
next:
	for _, i := range x {
		for k, j := range y {
			if !used[k] && equivalentItems(i, j) {
				used[k] = true
				continue next
			}
		}
		return false
	}
	return true
}

func equivalentItems(a, b Item) bool {
	va, vb := value(a), value(b)
	switch x := va.(type) {
	case String:
		y, ok := vb.(String)
		return ok && normal(string(x)) == normal(string(y))
	case Integer, Decimal:
		return equivalentNumbers(decimalOf(va), decimalOf(vb))
	case *Temporal:
		y, ok := vb.(*Temporal)
		if !ok {
			return false
		}
		c, known := x.order(y)
		return known && c == 0
	case *Quantity:
		y, ok := vb.(*Quantity)
		return ok && x.equivalent(y)
	case *Element:
		y, ok := vb.(*Element)
		return ok && equivalentElements(x, y)
	}
	eq, known := equalItems(va, vb)
	return eq && known
}

// equivalentElements compares what is in two elements; ids and the order of children do not count.
func equivalentElements(a, b *Element) bool {
	if a.Node == b.Node {
		return true
	}
	x, y := named(a), named(b)
	if len(x) != len(y) {
		return false
	}
	for name, list := range x {
		if !equivalent(list, y[name]) {
			return false
		}
	}
	return true
}

func named(e *Element) map[string]Collection {
	out := map[string]Collection{}
	for _, c := range e.children(nil, "") {
		el := c.(*Element) // children are elements
		if el.Name != "id" || el.Node.Type.Kind != fhir.KindRaw {
			out[el.Name] = append(out[el.Name], c)
		}
	}
	return out
}

func normal(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

// decimalOf is a number as a decimal, nil for what is none.
func decimalOf(i Item) *apd.Decimal {
	switch v := i.(type) {
	case Integer:
		return apd.New(int64(v), 0)
	case Decimal:
		return v.Decimal
	}
	return nil
}

func orderNumbers(a, b Item) (int, bool) {
	x, y := decimalOf(a), decimalOf(b)
	if x == nil || y == nil {
		return 0, false
	}
	return x.Cmp(y), true
}

// equivalentNumbers rounds to the decimals of the one that has fewer.
func equivalentNumbers(x, y *apd.Decimal) bool {
	if x == nil || y == nil {
		return false
	}
	places := min(decimals(x), decimals(y))
	return rounded(x, places).Cmp(rounded(y, places)) == 0
}

// decimals is the number of digits after the point that are written and not just zeros.
func decimals(d *apd.Decimal) int {
	var r apd.Decimal
	r.Reduce(d)
	return max(0, -int(r.Exponent))
}

func rounded(d *apd.Decimal, places int) *apd.Decimal {
	var out apd.Decimal
	if _, err := decimal128().Quantize(&out, d, -int32(places)); err != nil { // places is small
		return d
	}
	return &out
}

// newQuantity makes a quantity of a number and a unit as written.
func newQuantity(d *apd.Decimal, unit string) *Quantity {
	return &Quantity{Value: d, Unit: unit, Calendar: calendar[unit]}
}

// ucumOf is the UCUM code of a calendar word that has a definite length; a year and a month have none.
var ucumOf = map[string]string{"week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s", "millisecond": "ms"}

// base is the unit in base units.
func (q *Quantity) base() (ucum.Unit, bool) {
	if !q.Calendar {
		return ucum.Parse(q.Unit)
	}
	return ucum.Parse(ucumOf[singular(q.Unit)])
}

func singular(word string) string { return strings.TrimSuffix(word, "s") }

// order compares two quantities; false if their units can't be.
func (q *Quantity) order(r *Quantity) (int, bool) {
	if q.Calendar == r.Calendar && (q.Unit == r.Unit || q.Calendar && singular(q.Unit) == singular(r.Unit)) {
		return q.Value.Cmp(r.Value), true
	}
	if q.Calendar && r.Calendar {
		months := map[string]int64{"year": 12, "month": 1}
		if a, b := months[singular(q.Unit)], months[singular(r.Unit)]; a > 0 && b > 0 {
			return times(q.Value, a).Cmp(times(r.Value, b)), true
		}
	}
	a, ok := q.base()
	b, ok2 := r.base()
	if !ok || !ok2 || a.Canonical != b.Canonical {
		return 0, false
	}
	return q.inBase(a).Cmp(r.inBase(b)), true
}

// inBase is the value in base units, rounded to 13 digits, beyond which conversion factors are not exact.
func (q *Quantity) inBase(u ucum.Unit) *apd.Decimal {
	var factor, offset, out apd.Decimal
	c := decimal128()
	_, _ = factor.SetFloat64(u.Factor)
	_, _ = offset.SetFloat64(u.Offset)
	_, _ = c.Mul(&out, q.Value, &factor)
	_, _ = c.Add(&out, &out, &offset)
	short := *c
	short.Precision = 13
	_, _ = short.Round(&out, &out)
	return &out
}

// undecided reports whether one is a calendar year or month and the other a definite time: whether they are equal is open.
func (q *Quantity) undecided(r *Quantity) bool { return q.Calendar != r.Calendar }

// equivalent compares in the unit of q with the precision of the less precise value.
func (q *Quantity) equivalent(r *Quantity) bool {
	a, ok := q.base()
	b, ok2 := r.base()
	if !ok || !ok2 {
		u, v := q.Unit, r.Unit
		if q.Calendar {
			u = singular(u)
		}
		if r.Calendar {
			v = singular(v)
		}
		return u == v && equivalentNumbers(q.Value, r.Value)
	}
	if a.Canonical != b.Canonical {
		return false
	}
	coarse, fine, unit := q, r, a
	if a.Factor < b.Factor {
		coarse, fine, unit = r, q, b
	}
	fineUnit, _ := fine.base()
	var converted, factor, offset apd.Decimal
	c := decimal128()
	_, _ = factor.SetFloat64(unit.Factor)
	_, _ = offset.SetFloat64(unit.Offset)
	_, _ = c.Sub(&converted, fine.inBase(fineUnit), &offset)
	_, _ = c.Quo(&converted, &converted, &factor)
	short := *c
	short.Precision = 13
	_, _ = short.Round(&converted, &converted)
	return equivalentNumbers(coarse.Value, &converted)
}

func times(d *apd.Decimal, n int64) *apd.Decimal {
	var out apd.Decimal
	_, _ = decimal128().Mul(&out, d, apd.New(n, 0))
	return &out
}

// decimal128 is the arithmetic of decimals: 34 digits, half away from zero. FHIRPath asks for 28 digits and 8 decimals.
func decimal128() *apd.Context {
	c := apd.BaseContext.WithPrecision(34)
	c.Rounding = apd.RoundHalfUp
	c.MaxExponent, c.MinExponent = 2*maxDigits, -2*maxDigits
	return c
}
