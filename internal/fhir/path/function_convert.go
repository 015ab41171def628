package path

import (
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// converter is a to… function: nothing where the conversion has no result.
func converter(to func(Item) Item) func(*call) (Collection, error) {
	return func(c *call) (Collection, error) {
		i, err := c.one()
		if err != nil || i == nil {
			return nil, err
		}
		if out := to(i); out != nil {
			return Collection{out}, nil
		}
		return nil, nil
	}
}

// converts is a convertsTo… function.
func converts(to func(Item) Item) func(*call) (Collection, error) {
	return func(c *call) (Collection, error) {
		i, err := c.one()
		if err != nil || i == nil {
			return nil, err
		}
		return boolean(to(i) != nil), nil
	}
}

func toBoolean(i Item) Item {
	switch v := i.(type) {
	case Boolean:
		return v
	case Integer, Decimal:
		switch d := decimalOf(v); {
		case d.IsZero():
			return Boolean(false)
		case d.Cmp(apd.New(1, 0)) == 0:
			return Boolean(true)
		}
	case String:
		switch strings.ToLower(string(v)) {
		case "true", "t", "yes", "y", "1", "1.0":
			return Boolean(true)
		case "false", "f", "no", "n", "0", "0.0":
			return Boolean(false)
		}
	}
	return nil
}

func toInteger(i Item) Item {
	switch v := i.(type) {
	case Integer:
		return v
	case Boolean:
		if v {
			return Integer(1)
		}
		return Integer(0)
	case String:
		if n, ok := parseInteger(string(v)); ok {
			return n
		}
	}
	return nil
}

func toDecimal(i Item) Item {
	switch v := i.(type) {
	case Decimal:
		return v
	case Integer:
		return Decimal{apd.New(int64(v), 0)}
	case Boolean:
		if v {
			return Decimal{apd.New(1, 0)}
		}
		return Decimal{apd.New(0, 0)}
	case String:
		if d, err := parseDecimal(string(v)); err == nil {
			return d
		}
	}
	return nil
}

func toString(i Item) Item {
	if s, ok := text(i); ok {
		return String(s)
	}
	return nil
}

func toDate(i Item) Item {
	switch v := i.(type) {
	case *Temporal:
		if v.Kind == TimeKind {
			return nil
		}
		d := *v
		d.Kind, d.prec, d.zoned, d.zone = DateKind, min(d.prec, 3), false, 0
		return &d
	case String:
		if t, ok := parseTemporal(string(v), DateKind); ok {
			return t
		}
		if t, ok := parseTemporal(string(v), DateTimeKind); ok {
			return toDate(t)
		}
	}
	return nil
}

func toDateTime(i Item) Item {
	switch v := i.(type) {
	case *Temporal:
		if v.Kind == TimeKind {
			return nil
		}
		d := *v
		d.Kind = DateTimeKind
		return &d
	case String:
		if t, ok := parseTemporal(string(v), DateTimeKind); ok {
			return t
		}
	}
	return nil
}

func toTime(i Item) Item {
	switch v := i.(type) {
	case *Temporal:
		if v.Kind == TimeKind {
			return v
		}
	case String:
		if t, ok := parseTemporal(string(v), TimeKind); ok {
			return t
		}
	}
	return nil
}

func toQuantity(i Item) Item {
	switch v := i.(type) {
	case *Quantity:
		return v
	case Integer, Decimal:
		return &Quantity{Value: decimalOf(v), Unit: "1"}
	case Boolean:
		return &Quantity{Value: decimalOf(toInteger(v)), Unit: "1"}
	case String:
		return parseQuantity(string(v))
	}
	return nil
}

// parseQuantity reads a number, and a unit in quotes or a calendar word after it.
func parseQuantity(s string) Item {
	number, unit, hasUnit := strings.Cut(s, " ")
	d, err := parseDecimal(number)
	if err != nil {
		return nil
	}
	unit = strings.TrimSpace(unit)
	switch {
	case !hasUnit || unit == "":
		return &Quantity{Value: d.Decimal, Unit: "1"}
	case calendar[unit]:
		return newQuantity(d.Decimal, unit)
	case len(unit) > 2 && unit[0] == '\'' && unit[len(unit)-1] == '\'':
		return &Quantity{Value: d.Decimal, Unit: unit[1 : len(unit)-1]}
	}
	return nil
}

func toQuantityCall(c *call) (Collection, error) {
	i, err := c.one()
	if err != nil || i == nil {
		return nil, err
	}
	q, ok := toQuantity(i).(*Quantity)
	if !ok {
		return nil, nil
	}
	if len(c.e.Args) == 0 {
		return Collection{q}, nil
	}
	unit, ok, err := c.textArg(0)
	if err != nil || !ok {
		return nil, err
	}
	return q.in(unit), nil
}

// in is the quantity in another unit; nothing if it does not convert.
func (q *Quantity) in(unit string) Collection {
	target := newQuantity(apd.New(1, 0), unit)
	a, ok := q.base()
	b, ok2 := target.base()
	if !ok || !ok2 || a.Canonical != b.Canonical {
		return nil
	}
	var factor, offset, out apd.Decimal
	c := decimal128()
	_, _ = factor.SetFloat64(b.Factor)
	_, _ = offset.SetFloat64(b.Offset)
	_, _ = c.Sub(&out, q.inBase(a), &offset)
	if _, err := c.Quo(&out, &out, &factor); err != nil {
		return nil
	}
	out.Reduce(&out)
	target.Value = &out
	return Collection{target}
}

func convertsToQuantityCall(c *call) (Collection, error) {
	i, err := c.one()
	if err != nil || i == nil {
		return nil, err
	}
	if len(c.e.Args) == 0 {
		return boolean(toQuantity(i) != nil), nil
	}
	q, err := toQuantityCall(c)
	return boolean(len(q) > 0), err
}
