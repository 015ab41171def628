package fhir

import (
	"fmt"
	"math/bits"
	"unsafe"
)

// members decodes the members of an object, from behind its brace.
func (d *decoder) members(t *Type, p unsafe.Pointer, i int) int { //nolint:gocognit // the loop of the codec: what a call would cost, each member would pay
	var seen, twins, gaps uint64
	pl := t.plan
	if i = d.space(i); d.b[i] == '}' {
		return d.fail(i, "structure", "an object must not be empty")
	}
	for {
		if d.b[i] != '"' {
			return d.syntax(i, "a member name is expected")
		}
		// The usual key has no escape, and its first eight bytes and its length are all that is looked at.
		start := i + 1
		head := d.load8(start)
		end := start
		if m := special(head); m != 0 {
			n := bits.TrailingZeros64(m) &^ 7
			end += n >> 3
			head &= 1<<n - 1
		} else {
			end = d.plain(start + 8)
		}
		var k *keySlot
		if d.b[end] == '"' && end > start {
			k = pl.find(head, d.slice(start, end))
		}
		if k == nil {
			if k, end = d.oddKey(t, i); end < 0 {
				return -1
			}
		}
		if i = end + 1; d.b[i] != ':' {
			if i = d.space(i); d.b[i] != ':' {
				return d.syntax(i, "a colon is expected")
			}
		}
		if i++; d.b[i] <= ' ' {
			i = d.space(i)
		}
		bit := uint64(1) << k.bit
		var again bool
		if k.twin {
			if twins&bit != 0 {
				return d.duplicate(k, p, i)
			}
			twins |= bit
			again = seen&bit != 0
		} else {
			if seen&bit != 0 {
				return d.duplicate(k, p, i)
			}
			seen |= bit
			again = twins&bit != 0
		}
		at := unsafe.Add(p, k.offset)
		switch k.op {
		case opString:
			i = d.str(k.typ, (*string)(at), i)
		case opComplex:
			q := d.new(k.typ)
			*(*unsafe.Pointer)(at) = q
			i = d.object(k.typ, q, i)
		case opList:
			if i = d.list(k, at, i); i < 0 {
				return -1
			}
		case opPrimitives:
			if i = d.primitives(k, at, i, again); i < 0 {
				return -1
			}
			if d.gap {
				gaps |= bit
				d.gap = false
			}
		case opResources:
			if i = d.resources(k, (*[]Resource)(at), i); i < 0 {
				return -1
			}
		case opPrimitive:
			i = d.primitive(k.typ, at, i)
		case opRaw:
			i = d.str(k.typ, (*string)(at), i)
		case opChoice:
			i = d.choice(k, at, i)
		case opTwin:
			i = d.twin(k.typ.Kind, at, i)
		case opResource:
			var r Resource
			if r, i = d.resource(i); i >= 0 {
				*(*Resource)(at) = r
			}
		case opResourceType:
			if d.b[i] != '"' {
				d.wrongToken(i, "a string")
				return d.in("resourceType")
			}
			_, i = d.text(i)
		}
		if i < 0 {
			if k.field != nil {
				d.in(k.field.Name)
			}
			return -1
		}
		if d.b[i] <= ' ' {
			i = d.space(i)
		}
		switch d.b[i] {
		case ',':
			if i++; d.b[i] <= ' ' {
				i = d.space(i)
			}
		case '}':
			if gaps != 0 {
				return d.filled(t, p, gaps, i+1)
			}
			return i + 1
		default:
			return d.syntax(i, "a comma or the end of the object is expected")
		}
	}
}

// oddKey reads the key whose quote is at i once more: it has an escape, or the type has no such element. The end is the
// position of the closing quote.
func (d *decoder) oddKey(t *Type, i int) (k *keySlot, end int) {
	key, end := d.text(i)
	if end < 0 {
		return nil, -1
	}
	if key != "" {
		if k = t.plan.find(headOf(key), key); k != nil {
			return k, end - 1
		}
	}
	d.fail(i, "structure", fmt.Sprintf("unknown element %q", clip(key)))
	if key != "" {
		d.in(clip(key))
	}
	return nil, -1
}

// duplicate notes that a member is there twice, or that a choice has a second alternative.
func (d *decoder) duplicate(k *keySlot, p unsafe.Pointer, i int) int {
	if k.op == opResourceType {
		return d.fail(i, "structure", "resourceType is given twice")
	}
	f := k.field
	if f.Kind == KindChoice {
		if v := *(*Value)(unsafe.Add(p, f.Offset)); v != nil && v.Type() != k.typ {
			d.secondAlternative(k, v, i)
			return d.in(f.Name)
		}
	}
	name := f.Name
	if k.twin {
		name = "_" + name
	}
	d.fail(i, "structure", name+" is given twice")
	return d.in(f.Name)
}

func (d *decoder) secondAlternative(k *keySlot, have Value, i int) int {
	return d.fail(i, "structure", k.field.Name+"[x] has two values, "+have.Type().Name+" and "+k.typ.Name)
}

// choice decodes one alternative of a choice element, value or twin, into the Value at address at.
func (d *decoder) choice(k *keySlot, at unsafe.Pointer, i int) int {
	t := k.typ
	v := (*Value)(at)
	var q unsafe.Pointer
	switch {
	case *v == nil:
		q = d.new(t)
		*v = t.AsValue(q)
	case (*v).Type() != t:
		return d.secondAlternative(k, *v, i)
	default:
		q = (*iface)(at).data
	}
	switch {
	case k.twin:
		return d.twin(t.Kind, q, i)
	case t.Kind == KindComplex:
		return d.object(t, q, i)
	}
	return d.primitive(t, q, i)
}

// open takes the bracket of the array at i, which must hold something.
func (d *decoder) open(i int) int {
	if d.b[i] != '[' {
		return d.wrongToken(i, "an array")
	}
	if i = d.space(i + 1); d.b[i] == ']' {
		return d.fail(i, "structure", "an array must not be empty")
	}
	return i
}

// next takes what follows an item of an array; more is false at its end.
func (d *decoder) next(i int) (at int, more bool) {
	if d.b[i] <= ' ' {
		i = d.space(i)
	}
	switch d.b[i] {
	case ',':
		if i++; d.b[i] <= ' ' {
			i = d.space(i)
		}
		return i, true
	case ']':
		return i + 1, false
	}
	return d.syntax(i, "a comma or the end of the array is expected"), false
}

// list decodes an array of objects into the slice at address at.
func (d *decoder) list(k *keySlot, at unsafe.Pointer, i int) int {
	if i = d.open(i); i < 0 {
		return d.in(k.field.Name)
	}
	slab := &d.slabs[k.typ.plan.index]
	for j, more := 0, true; more; j++ {
		if i = d.object(k.typ, slab.grow(k.typ, at), i); i < 0 {
			return d.inItem(k.field.Name, j)
		}
		if i, more = d.next(i); i < 0 {
			return d.in(k.field.Name)
		}
	}
	return i
}

// resources decodes an array of resources.
func (d *decoder) resources(k *keySlot, at *[]Resource, i int) int {
	if i = d.open(i); i < 0 {
		return d.in(k.field.Name)
	}
	for j, more := 0, true; more; j++ {
		var r Resource
		if r, i = d.resource(i); i < 0 {
			return d.inItem(k.field.Name, j)
		}
		*at = append(*at, r)
		if i, more = d.next(i); i < 0 {
			return d.in(k.field.Name)
		}
	}
	return i
}

// primitives decodes an array of primitive values or of their twins into the slice at address at. Again reports that the other
// of the two arrays was there before.
func (d *decoder) primitives(k *keySlot, at unsafe.Pointer, i int, again bool) int {
	name, t := k.field.Name, k.typ
	if i = d.open(i); i < 0 {
		return d.in(name)
	}
	slab := &d.slabs[t.plan.index]
	have := 0
	if again {
		have = (*slice)(at).len
	}
	j := 0
	for more := true; more; j++ {
		var q unsafe.Pointer
		if j < have {
			q = unsafe.Add((*slice)(at).data, uintptr(j)*t.Size)
		} else {
			q = slab.grow(t, at)
		}
		switch {
		case d.b[i] == 'n' && d.literal(i, "null"):
			i, d.gap = i+len("null"), true // the other array has to fill it; see filled
		case k.twin:
			i = d.twin(t.Kind, q, i)
		default:
			i = d.primitive(t, q, i)
		}
		if i < 0 {
			return d.inItem(name, j)
		}
		if i, more = d.next(i); i < 0 {
			return d.in(name)
		}
	}
	if again && j != have {
		d.fail(i, "structure", name+" and _"+name+" differ in length")
		return d.in(name)
	}
	return i
}

// filled checks that each null in an array of primitives has a value or a twin in its place; it returns i if so.
func (d *decoder) filled(t *Type, p unsafe.Pointer, gaps uint64, i int) int {
	for ; gaps != 0; gaps &= gaps - 1 {
		f := &t.Fields[bits.TrailingZeros64(gaps)]
		list := (*slice)(unsafe.Add(p, f.Offset))
		for j := range list.len {
			if isAbsent(f.Kind, unsafe.Add(list.data, uintptr(j)*f.Type.Size)) {
				d.fail(i, "structure", "null stands for a value with an id or extension, and there is none")
				return d.inItem(f.Name, j)
			}
		}
	}
	return i
}
