package path

import (
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// number is the single number before the dot; nil if there is none.
func (c *call) number() (Item, error) {
	i, err := c.one()
	if err != nil || i == nil {
		return nil, err
	}
	if decimalOf(i) == nil {
		return nil, errorf(c.e, "%s() of a %s", c.e.Name, typeInfo(i).Name)
	}
	return i, nil
}

func abs(c *call) (Collection, error) {
	i, err := c.one()
	if err != nil {
		return nil, err
	}
	switch v := i.(type) {
	case nil:
		return nil, nil
	case Integer:
		return Collection{max(v, -v)}, nil
	case Decimal:
		return Collection{Decimal{new(apd.Decimal).Abs(v.Decimal)}}, nil
	case *Quantity:
		return Collection{&Quantity{Value: new(apd.Decimal).Abs(v.Value), Unit: v.Unit, Calendar: v.Calendar}}, nil
	}
	return nil, errorf(c.e, "abs() of a %s", typeInfo(i).Name)
}

// toWhole is a function from a number to an integer.
func (c *call) toWhole(f func(out, d *apd.Decimal) error) (Collection, error) {
	i, err := c.number()
	if err != nil || i == nil {
		return nil, err
	}
	var out apd.Decimal
	if err := f(&out, decimalOf(i)); err != nil {
		return nil, nil //nolint:nilerr // too large: no result
	}
	n, err := out.Int64()
	if err != nil {
		return nil, nil //nolint:nilerr // too large: no result
	}
	if whole := integer(n); whole != nil {
		return Collection{whole}, nil
	}
	return nil, nil
}

func ceiling(c *call) (Collection, error) {
	return c.toWhole(func(out, d *apd.Decimal) error {
		_, err := decimal128().Ceil(out, d)
		return err
	})
}

func floor(c *call) (Collection, error) {
	return c.toWhole(func(out, d *apd.Decimal) error {
		_, err := decimal128().Floor(out, d)
		return err
	})
}

func truncate(c *call) (Collection, error) {
	return c.toWhole(func(out, d *apd.Decimal) error {
		out.Set(truncated(d))
		return nil
	})
}

func round(c *call) (Collection, error) {
	i, err := c.number()
	if err != nil || i == nil {
		return nil, err
	}
	places := 0
	if len(c.e.Args) == 1 {
		if places, _, err = c.intArg(0); err != nil {
			return nil, err
		}
		if places < 0 || places > maxPlaces {
			return nil, errorf(c.e, "round() to %d places", places)
		}
	}
	return Collection{Decimal{rounded(decimalOf(i), places)}}, nil
}

// floats is a function that is computed in binary floating point; nothing where that has no result.
func (c *call) floats(f func(float64) float64) (Collection, error) {
	i, err := c.number()
	if err != nil || i == nil {
		return nil, err
	}
	x, err := decimalOf(i).Float64()
	if err != nil {
		return nil, nil //nolint:nilerr // too large: no result
	}
	return fromFloat(f(x)), nil
}

func fromFloat(y float64) Collection {
	if math.IsNaN(y) || math.IsInf(y, 0) {
		return nil
	}
	d, err := parseDecimal(strconv.FormatFloat(y, 'f', -1, 64))
	if err != nil {
		return nil
	}
	return Collection{d}
}

func exp(c *call) (Collection, error)  { return c.floats(math.Exp) }
func ln(c *call) (Collection, error)   { return c.floats(math.Log) }
func sqrt(c *call) (Collection, error) { return c.floats(math.Sqrt) }

func (c *call) floatArg() (float64, Item, error) {
	arg, err := c.arg(0)
	if err != nil || len(arg) == 0 {
		return 0, nil, err
	}
	if len(arg) > 1 || decimalOf(value(arg[0])) == nil {
		return 0, nil, errorf(c.e, "%s() wants one number", c.e.Name)
	}
	x, err := decimalOf(value(arg[0])).Float64()
	return x, value(arg[0]), err
}

func log(c *call) (Collection, error) {
	base, given, err := c.floatArg()
	if err != nil || given == nil {
		return nil, err
	}
	return c.floats(func(x float64) float64 {
		switch base {
		case 2:
			return math.Log2(x)
		case 10:
			return math.Log10(x)
		}
		return math.Log(x) / math.Log(base)
	})
}

// power of integers is an integer.
func power(c *call) (Collection, error) {
	to, given, err := c.floatArg()
	if err != nil || given == nil {
		return nil, err
	}
	out, err := c.floats(func(x float64) float64 { return math.Pow(x, to) })
	if err != nil || len(out) == 0 {
		return nil, err
	}
	i, err := c.number()
	_, whole := i.(Integer)
	if n, ok := given.(Integer); ok && whole && n >= 0 {
		d, errInt := decimalOf(out[0]).Int64()
		if errInt != nil || integer(d) == nil {
			return nil, err
		}
		return Collection{integer(d)}, err
	}
	return out, err
}
