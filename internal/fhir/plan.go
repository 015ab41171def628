package fhir

import (
	"strings"
	"sync/atomic"
	"unsafe"
)

// maxFields bounds the elements of one type: a word holds a bit for each, and one for resourceType.
const maxFields = 63

// plan is what the codec prepares for a type: how to allocate it, and its JSON keys both ways.
type plan struct {
	index   int   // in the schema; the slabs of a decoder are numbered so
	element *Type // of the underscore twins
	make    func(n int) unsafe.Pointer
	move    func(to, from unsafe.Pointer, n int)

	prepared bool        // the rest is there; guarded by Schema.mu
	ready    atomic.Bool // so are the plans of all that can lie in the type; of resource types

	keys   []keySlot // open hash table; the length is a power of two
	shift  uint8
	encode []step
	open   string // {"resourceType":"Patient",
}

// op says what the decoder does with the value of a member.
type op uint8

const (
	opString op = iota
	opPrimitive
	opComplex
	opList
	opRaw
	opChoice
	opTwin
	opPrimitives
	opResource
	opResources
	opResourceType
)

// keySlot says what a JSON key of an object means.
type keySlot struct {
	head   uint64 // the first eight bytes of the key, the first in the lowest bits
	key    string
	field  *Field
	typ    *Type // of the value; of a choice the alternative
	offset uintptr
	bit    uint8 // number of the field
	op     op
	twin   bool // the key is that of the underscore twin
}

// step is one element in the order of encoding: what is needed to see that it is absent, and little more, since most are.
type step struct {
	offset uintptr
	// probes are the offsets of two words of which at least one is not zero if the element is there.
	probes [2]uintptr
	op     op
	typ    *Type
	key    string // "birthDate":
	field  *Field
	words  [2]uint64 // the key as words, if it is no longer than sixteen bytes
}

// appendKey appends the key. Nearly all keys fit into two words, which are cheaper to store than a copy is to call.
func (st *step) appendKey(b []byte) []byte {
	n := len(b)
	if len(st.key) > 16 || cap(b)-n < 16 {
		return append(b, st.key...)
	}
	to := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), n)
	storeWord(to, st.words[0])
	storeWord(unsafe.Add(to, 8), st.words[1])
	return b[:n+len(st.key)]
}

// twinned are the JSON keys of a primitive and of its twin, ready to be written.
type twinned struct {
	key  string // "valueString":
	twin string // "_valueString":, empty if there is none
}

// prepare fills the plan of t, whose fields are linked.
func (p *plan) prepare(t *Type) {
	if len(t.Fields) > maxFields {
		panic("fhir: too many elements in " + t.Name)
	}
	p.encode = make([]step, len(t.Fields))
	var slots []keySlot
	if t.Resource {
		slots = append(slots, keySlot{key: "resourceType", bit: maxFields, op: opResourceType})
		p.open = `{"resourceType":"` + t.Name + `",`
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		st := &p.encode[i]
		*st = step{offset: f.Offset, probes: probes(f), op: opOf(f), typ: f.Type, key: `"` + f.Name + `":`, field: f}
		st.words[0] = headOf(st.key)
		if len(st.key) > 8 {
			st.words[1] = headOf(st.key[8:])
		}
		slot := keySlot{field: f, typ: f.Type, offset: f.Offset, bit: uint8(i)}
		add := func(key string, op op, twin bool) {
			slot.key, slot.op, slot.twin = key, op, twin
			slots = append(slots, slot)
		}
		if f.Kind == KindChoice {
			f.choiceKeys = make([]twinned, len(f.Choices))
			for c, ct := range f.Choices {
				key := f.Name + strings.ToUpper(ct.Name[:1]) + ct.Name[1:]
				slot.typ = ct
				f.choiceKeys[c].key = `"` + key + `":`
				add(key, opChoice, false)
				if hasTwin(ct.Kind) {
					f.choiceKeys[c].twin = `"_` + key + `":`
					add("_"+key, opChoice, true)
				}
			}
			continue
		}
		add(f.Name, st.op, false)
		if hasTwin(f.Kind) {
			f.twinKey = `"_` + f.Name + `":`
			if f.List {
				add("_"+f.Name, opPrimitives, true)
			} else {
				add("_"+f.Name, opTwin, true)
			}
		}
	}
	bits := uint8(2)
	for 1<<bits < 2*len(slots) {
		bits++
	}
	p.keys, p.shift = make([]keySlot, 1<<bits), 64-bits
	for _, s := range slots {
		s.head = headOf(s.key)
		at := p.home(s.head, len(s.key))
		for p.keys[at].key != "" {
			at = (at + 1) & (len(p.keys) - 1)
		}
		p.keys[at] = s
	}
}

// probes returns the words of [step]: the length of a slice or string, the data of an interface, a pointer, the value of a
// boolean or integer, the twin of a primitive.
func probes(f *Field) [2]uintptr {
	const second = unsafe.Offsetof(slice{}.len)
	switch {
	case f.List, f.Kind == KindRaw, f.Kind == KindChoice, f.Kind == KindResource:
		return [2]uintptr{f.Offset + second, f.Offset + second}
	case f.Kind == KindComplex:
		return [2]uintptr{f.Offset, f.Offset}
	case f.Kind == KindString, f.Kind == KindDecimal:
		return [2]uintptr{f.Offset + second, f.Offset + unsafe.Offsetof(String{}.X)}
	}
	return [2]uintptr{f.Offset, f.Offset + unsafe.Offsetof(Boolean{}.X)}
}

func opOf(f *Field) op {
	switch {
	case f.Kind == KindChoice:
		return opChoice
	case f.Kind == KindComplex && f.List:
		return opList
	case f.Kind == KindComplex:
		return opComplex
	case f.Kind == KindResource && f.List:
		return opResources
	case f.Kind == KindResource:
		return opResource
	case f.Kind == KindRaw:
		return opRaw
	case f.List:
		return opPrimitives
	case f.Kind == KindString:
		return opString
	}
	return opPrimitive
}

// hasTwin reports whether an element of the kind is a primitive with id and extensions.
func hasTwin(k Kind) bool { return k <= KindDecimal }

// headOf returns the first eight bytes of a key, or all of a shorter one.
func headOf(key string) uint64 {
	var w uint64
	for i := range min(len(key), 8) {
		w |= uint64(key[i]) << (8 * i)
	}
	return w
}

// home is where the search for a key begins. Keys of FHIR that share the first eight letters differ in length as a rule.
func (p *plan) home(head uint64, n int) int {
	return int((head ^ uint64(n)<<56) * 0x9E3779B97F4A7C15 >> p.shift)
}

// find returns the meaning of the key whose first bytes are head, nil if the type has no such element.
func (p *plan) find(head uint64, key string) *keySlot {
	for at := p.home(head, len(key)); ; at = (at + 1) & (len(p.keys) - 1) {
		s := &p.keys[at]
		if s.head == head && len(s.key) == len(key) && (len(key) <= 8 || s.key[8:] == key[8:]) {
			return s
		}
		if s.key == "" {
			return nil
		}
	}
}
