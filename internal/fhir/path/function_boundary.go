package path

import (
	"github.com/cockroachdb/apd/v3"
)

// maxPlaces is the greatest number of decimals that can be asked for.
const maxPlaces = 31

func lowBoundary(c *call) (Collection, error)  { return c.boundary(false) }
func highBoundary(c *call) (Collection, error) { return c.boundary(true) }

// boundary is the least or the greatest value that the precision of the item allows for, in the precision asked for.
//
// https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time
func (c *call) boundary(high bool) (Collection, error) {
	i, err := c.one()
	if err != nil || i == nil {
		return nil, err
	}
	places, asked := 0, false
	if len(c.e.Args) == 1 {
		if places, asked, err = c.intArg(0); err != nil {
			return nil, err
		}
	}
	var out Item
	switch v := i.(type) {
	case Integer, Decimal:
		if d := numberBoundary(decimalOf(v), places, asked, high); d != nil {
			out = Decimal{d}
		}
	case *Quantity:
		if d := numberBoundary(v.Value, places, asked, high); d != nil {
			out = &Quantity{Value: d, Unit: v.Unit, Calendar: v.Calendar}
		}
	case *Temporal:
		if t := v.boundary(places, asked, high); t != nil {
			out = t
		}
	default:
		return nil, errorf(c.e, "%s() of a %s", c.e.Name, typeInfo(i).Name)
	}
	if out == nil {
		return nil, nil
	}
	return Collection{out}, nil
}

// numberBoundary rounds away from the number; one that is smaller than the last place asked for becomes zero, as the official
// suite has it.
func numberBoundary(d *apd.Decimal, places int, asked, high bool) *apd.Decimal {
	if !asked {
		places = 8
	}
	if places < 0 || places > maxPlaces {
		return nil
	}
	ctx := decimal128()
	half := apd.New(5, min(d.Exponent, 0)-1)
	var out apd.Decimal
	ctx.Rounding = apd.RoundFloor
	add := ctx.Sub
	if high {
		ctx.Rounding, add = apd.RoundCeiling, ctx.Add
	}
	if _, err := add(&out, d, half); err != nil {
		return nil
	}
	if _, err := ctx.Quantize(&out, &out, -int32(places)); err != nil { // places is small
		return nil
	}
	return &out
}

// The precisions that dates and times can have, in digits.
var dateDigits = map[int]int{4: 1, 6: 2, 8: 3, 10: 4, 12: 5, 14: 6, 17: 6}

func (t *Temporal) boundary(places int, asked, high bool) *Temporal {
	if !asked {
		places = map[TemporalKind]int{DateKind: 8, DateTimeKind: 17, TimeKind: 9}[t.Kind]
	}
	if t.Kind == TimeKind {
		places += 8
	}
	prec, ok := dateDigits[places]
	if !ok || t.Kind == DateKind && prec > 3 || t.Kind == TimeKind && prec < 4 {
		return nil
	}
	out := *t
	for i := t.prec; i < 6; i++ {
		out.parts[i] = 0
		if i == 1 || i == 2 {
			out.parts[i] = 1
		}
		if high {
			out.parts[i] = [...]int{0, 12, 0, 23, 59, 59999}[i]
			if i == 2 {
				out.parts[2] = monthDays(out.parts[0], out.parts[1])
			}
		}
	}
	if t.prec == 6 && t.frac == 0 && high {
		out.parts[5] += 999
	}
	out.prec, out.frac = prec, 0
	if places == 17 {
		out.frac = 3
	}
	if t.Kind == DateTimeKind && prec > 3 && !t.zoned {
		out.zoned, out.zone = true, 14*60
		if high {
			out.zone = -12 * 60
		}
	}
	return &out
}

// precision is the number of digits that were written.
func precision(c *call) (Collection, error) {
	i, err := c.one()
	if err != nil || i == nil {
		return nil, err
	}
	switch v := i.(type) {
	case Integer:
		return Collection{Integer(0)}, nil
	case Decimal:
		return Collection{Integer(max(0, -int(v.Exponent)))}, nil
	case *Temporal:
		n := [...]int{0, 4, 6, 8, 10, 12, 14}[v.prec] + v.frac
		if v.Kind == TimeKind {
			n -= 8
		}
		return Collection{Integer(n)}, nil
	}
	return nil, errorf(c.e, "precision() of a %s", typeInfo(i).Name)
}

// comparableCall reports whether two quantities have units that convert to each other.
func comparableCall(c *call) (Collection, error) {
	i, err := c.one()
	if err != nil || i == nil {
		return nil, err
	}
	arg, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	q, isQuantity := i.(*Quantity)
	r, ok, err := single[*Quantity](c.e, arg, "a quantity")
	if err != nil || !ok {
		return nil, err
	}
	if !isQuantity {
		return nil, errorf(c.e, "comparable() of a %s", typeInfo(i).Name)
	}
	_, can := q.order(r)
	return boolean(can), nil
}

func now(c *call) (Collection, error) { return Collection{temporalOf(c.ev.env.Now)}, nil }

func today(c *call) (Collection, error) {
	t := temporalOf(c.ev.env.Now)
	t.Kind, t.prec, t.frac, t.zoned, t.zone = DateKind, 3, 0, false, 0
	return Collection{t}, nil
}

func timeOfDay(c *call) (Collection, error) {
	t := temporalOf(c.ev.env.Now)
	t.Kind, t.zoned, t.zone = TimeKind, false, 0
	return Collection{t}, nil
}
