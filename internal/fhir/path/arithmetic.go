package path

import (
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// compare is <, >, <= and >=. https://hl7.org/fhirpath/N1/#comparison
func compare(e *Binary, x, y Collection) (Collection, error) {
	if len(x) == 0 || len(y) == 0 {
		return nil, nil
	}
	if len(x) > 1 || len(y) > 1 {
		return nil, errorf(e, "%s compares single items", e.Op)
	}
	a, b := value(x[0]), value(y[0])
	if a == nil || b == nil {
		return nil, nil
	}
	c, known, ok := order(a, b)
	if !ok {
		return nil, errorf(e, "a %s and a %s have no order", typeInfo(a).Name, typeInfo(b).Name)
	}
	if !known {
		return nil, nil
	}
	return Collection{Boolean(c < 0 && e.Op[0] == '<' || c > 0 && e.Op[0] == '>' || c == 0 && len(e.Op) == 2)}, nil
}

// order compares two values. Known is false where precision or units leave the order open, ok where there can be none.
func order(a, b Item) (c int, known, ok bool) {
	switch x := a.(type) {
	case String:
		if y, ok := b.(String); ok {
			switch {
			case x < y:
				return -1, true, true
			case x > y:
				return 1, true, true
			}
			return 0, true, true
		}
	case Integer, Decimal:
		if c, ok := orderNumbers(a, b); ok {
			return c, true, true
		}
	case *Temporal:
		if y, ok := b.(*Temporal); ok && (x.Kind == TimeKind) == (y.Kind == TimeKind) {
			c, known := x.order(y)
			return c, known, true
		}
	case *Quantity:
		if y, ok := b.(*Quantity); ok {
			c, known := x.order(y)
			return c, known, true
		}
	case *Element:
		if y, ok := b.(*Element); ok && isQuantity(x.Node.Type.Name) && isQuantity(y.Node.Type.Name) {
			return orderCounted(x, y)
		}
	}
	return 0, false, false
}

// orderCounted compares quantities whose units are of no system that knows how they stand to each other, such as tablets: what has the
// same unit has an order.
func orderCounted(a, b *Element) (c int, known, ok bool) {
	x, errX := parseDecimal(a.child("value"))
	y, errY := parseDecimal(b.child("value"))
	if errX != nil || errY != nil || a.child("comparator")+b.child("comparator") != "" {
		return 0, false, true
	}
	for _, name := range []string{"system", "code"} {
		if s := a.child(name); s == "" || s != b.child(name) {
			return 0, false, true
		}
	}
	return x.Cmp(y.Decimal), true, true
}

// unary is the sign of a number.
func (ev *evaluator) unary(e *Unary, s scope) (Collection, error) {
	x, err := ev.eval(e.X, s)
	if err != nil || len(x) == 0 {
		return nil, err
	}
	if len(x) > 1 {
		return nil, errorf(e, "a sign before %d items", len(x))
	}
	switch v := value(x[0]).(type) {
	case nil:
		return nil, nil
	case Integer:
		if e.Op == "-" {
			v = -v
		}
		return Collection{v}, nil
	case Decimal:
		if e.Op == "-" {
			return Collection{Decimal{new(apd.Decimal).Neg(v.Decimal)}}, nil
		}
		return Collection{v}, nil
	case *Quantity:
		if e.Op == "-" {
			return Collection{&Quantity{Value: new(apd.Decimal).Neg(v.Value), Unit: v.Unit, Calendar: v.Calendar}}, nil
		}
		return Collection{v}, nil
	}
	return nil, errorf(e, "a sign before a %s", typeInfo(x[0]).Name)
}

// arithmetic is + - * / div mod &. https://hl7.org/fhirpath/N1/#math
func arithmetic(e *Binary, x, y Collection) (Collection, error) {
	if len(x) > 1 || len(y) > 1 {
		return nil, errorf(e, "%s works on single items", e.Op)
	}
	if e.Op == "&" {
		return concatenate(e, x, y)
	}
	if len(x) == 0 || len(y) == 0 {
		return nil, nil
	}
	a, b := value(x[0]), value(y[0])
	if a == nil || b == nil {
		return nil, nil
	}
	var out Item
	ok := false
	switch v := a.(type) {
	case String:
		if w, isString := b.(String); isString && e.Op == "+" {
			out, ok = v+w, true
		}
	case *Temporal:
		if w, isQuantity := b.(*Quantity); isQuantity && (e.Op == "+" || e.Op == "-") {
			return moved(e, v, w)
		}
	case *Quantity:
		out, ok = quantities(e.Op, v, b)
	case Integer, Decimal:
		if q, isQuantity := b.(*Quantity); isQuantity && e.Op == "*" {
			out, ok = quantities(e.Op, q, a)
			break
		}
		if decimalOf(b) != nil {
			out, ok = numbers(e.Op, a, b), true
		}
	}
	if !ok {
		return nil, errorf(e, "%s between a %s and a %s", e.Op, typeInfo(a).Name, typeInfo(b).Name)
	}
	if out == nil {
		return nil, nil
	}
	return Collection{out}, nil
}

func concatenate(e Expr, x, y Collection) (Collection, error) {
	a, _, err := single[String](e, x, "a string")
	if err != nil {
		return nil, err
	}
	b, _, err := single[String](e, y, "a string")
	if err != nil {
		return nil, err
	}
	return Collection{a + b}, nil
}

// numbers computes with integers and decimals; nil stands for what has no result, such as division by zero.
func numbers(op string, a, b Item) Item {
	i, aInt := a.(Integer)
	j, bInt := b.(Integer)
	if aInt && bInt && op != "/" {
		switch op {
		case "+":
			return integer(int64(i) + int64(j))
		case "-":
			return integer(int64(i) - int64(j))
		case "*":
			return integer(int64(i) * int64(j))
		}
		switch {
		case j == 0:
			return nil
		case op == "div":
			return integer(int64(i) / int64(j))
		}
		return integer(int64(i) % int64(j))
	}
	d, ok := decimals2(op, decimalOf(a), decimalOf(b))
	if !ok {
		return nil
	}
	if op == "div" {
		n, err := d.Int64()
		if err != nil {
			return nil
		}
		return integer(n)
	}
	return Decimal{d}
}

func decimals2(op string, x, y *apd.Decimal) (*apd.Decimal, bool) {
	c := decimal128()
	var out apd.Decimal
	var cond apd.Condition
	var err error
	if y.IsZero() && (op == "/" || op == "div" || op == "mod") {
		return nil, false
	}
	switch op {
	case "+":
		cond, err = c.Add(&out, x, y)
	case "-":
		cond, err = c.Sub(&out, x, y)
	case "*":
		cond, err = c.Mul(&out, x, y)
	case "/":
		cond, err = c.Quo(&out, x, y)
		out.Reduce(&out)
		if out.Exponent > 0 {
			_, err = c.Quantize(&out, &out, 0)
		}
	case "div":
		cond, err = c.QuoInteger(&out, x, y)
	case "mod":
		cond, err = c.Rem(&out, x, y)
	}
	return &out, err == nil && !cond.Overflow() && out.Form == apd.Finite
}

// integer is n if it fits into 32 bits, else nothing.
func integer(n int64) Item {
	if n < math.MinInt32 || n > math.MaxInt32 {
		return nil
	}
	return Integer(n)
}

func parseInteger(s string) (Integer, bool) {
	n, err := strconv.ParseInt(s, 10, 32)
	return Integer(n), err == nil
}

// quantities computes with a quantity and a quantity or number.
func quantities(op string, q *Quantity, b Item) (Item, bool) {
	r, ok := b.(*Quantity)
	if !ok {
		n := decimalOf(b)
		if n == nil || op != "*" && op != "/" {
			return nil, false
		}
		r = &Quantity{Value: n, Unit: "1"}
	}
	switch op {
	case "+", "-":
		return q.sum(op, r)
	case "*", "/":
		d, ok := decimals2(op, q.Value, r.Value)
		if !ok {
			return nil, true
		}
		return &Quantity{Value: d, Unit: product(op, q, r), Calendar: q.Calendar && r.Unit == "1"}, true
	}
	return nil, false
}

// sum adds in the unit of q.
func (q *Quantity) sum(op string, r *Quantity) (Item, bool) {
	other := r.Value
	if q.Unit != r.Unit {
		a, ok := q.base()
		b, ok2 := r.base()
		if !ok || !ok2 || a.Canonical != b.Canonical || a.Offset != 0 || b.Offset != 0 {
			return nil, true
		}
		var factor, out apd.Decimal
		_, _ = factor.SetFloat64(a.Factor)
		if _, err := decimal128().Quo(&out, r.inBase(b), &factor); err != nil {
			return nil, true
		}
		out.Reduce(&out)
		other = &out
	}
	d, ok := decimals2(op, q.Value, other)
	if !ok {
		return nil, true
	}
	return &Quantity{Value: d, Unit: q.Unit, Calendar: q.Calendar}, true
}

// product is the unit of a product or quotient.
func product(op string, q, r *Quantity) string {
	a, b := q.code(), r.code()
	switch {
	case b == "1":
		return a
	case op == "*" && a == "1":
		return b
	case op == "*":
		return a + "." + b
	case a == b:
		return "1"
	}
	return a + "/" + b
}

// code is the unit as a factor of a UCUM term.
func (q *Quantity) code() string {
	unit := q.Unit
	if q.Calendar {
		unit = ucumOf[singular(unit)]
		if unit == "" {
			unit = map[string]string{"year": "a", "month": "mo"}[singular(q.Unit)]
		}
	}
	for i := range len(unit) {
		if unit[i] == '.' || unit[i] == '/' {
			return "(" + unit + ")"
		}
	}
	return unit
}

// moved is a date or time plus or minus a quantity of time. Only whole units count.
func moved(e *Binary, t *Temporal, q *Quantity) (Collection, error) {
	unit := singular(q.Unit)
	if !calendar[unit] || unit == "" {
		unit = ""
		for word, code := range ucumOf {
			if code == q.Unit {
				unit = word
			}
		}
		if q.Unit == "ms" {
			unit = "millisecond"
		}
	}
	if unit == "" {
		return nil, errorf(e, "%s is no calendar duration", q)
	}
	whole := new(apd.Decimal)
	if _, err := decimal128().Quantize(whole, truncated(q.Value), 0); err != nil {
		return nil, nil //nolint:nilerr // beyond all dates: no result
	}
	n, err := whole.Int64()
	if err != nil {
		return nil, nil //nolint:nilerr // beyond all dates: no result
	}
	if e.Op == "-" {
		n = -n
	}
	out, ok := t.add(n, unit)
	if !ok {
		return nil, nil
	}
	return Collection{out}, nil
}

// truncated is d without its fraction.
func truncated(d *apd.Decimal) *apd.Decimal {
	var whole, frac apd.Decimal
	d.Modf(&whole, &frac)
	return &whole
}
