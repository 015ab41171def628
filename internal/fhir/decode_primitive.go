package fhir

import (
	"strconv"
	"unsafe"
)

// twin decodes the id and extensions, at i, of a primitive of the kind at p.
func (d *decoder) twin(kind Kind, p unsafe.Pointer, i int) int {
	x := d.new(d.schema.element)
	*twinOf(kind, p) = (*Element)(x)
	return d.object(d.schema.element, x, i)
}

// primitive decodes the value, at i, of a primitive of type t at p.
func (d *decoder) primitive(t *Type, p unsafe.Pointer, i int) int {
	switch t.Kind {
	case KindBoolean:
		v := (*Boolean)(p)
		switch {
		case d.literal(i, "true"):
			v.V, v.Set = true, true
			return i + len("true")
		case d.literal(i, "false"):
			v.Set = true
			return i + len("false")
		}
		return d.wrongToken(i, "a boolean")
	case KindInteger:
		return d.integer(t, (*Integer)(p), i)
	case KindDecimal:
		lit, end := d.number(i)
		if lit == "" {
			return d.wrongToken(i, "a number")
		}
		(*Decimal)(p).V = lit
		return end
	}
	return d.str(t, (*string)(p), i)
}

// str decodes the string at i, which must be of the form of t, into the Go string at to.
func (d *decoder) str(t *Type, to *string, i int) int {
	if d.b[i] != '"' {
		return d.wrongToken(i, "a string")
	}
	s, end := d.text(i)
	switch {
	case end < 0:
		return -1
	case s == "":
		return d.fail(i, "value", "a string must not be empty")
	case t.Format != nil && !t.Format(s):
		return d.fail(i, "value", "not of the form of the type "+t.Name)
	}
	*to = s
	return end
}

func (d *decoder) integer(t *Type, v *Integer, i int) int {
	lit, end := d.number(i)
	if lit == "" {
		return d.wrongToken(i, "an integer")
	}
	n, err := strconv.ParseInt(lit, 10, 32)
	if err != nil || lit == "-0" {
		return d.fail(i, "value", "not an integer of 32 bits")
	}
	if low := lowest(t); n < low {
		return d.fail(i, "value", "a "+t.Name+" is at least "+strconv.FormatInt(low, 10))
	}
	v.V, v.Set = int32(n), true
	return end
}
