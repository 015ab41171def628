package fhir

import "strings"

// maxFields bounds the elements of one type, so that a word holds a bit for each.
const maxFields = 64

// plan is what the codec prepares for a type: JSON keys both ways.
type plan struct {
	keys   []keySlot // open hash table; the length is a power of two
	mask   uint32
	encode []step
	// element is the type of the underscore twins.
	element *Type
}

// keySlot says what a JSON key of an object means.
type keySlot struct {
	key    string
	field  uint8
	choice int8 // alternative of a choice element
	twin   bool // the key is that of the underscore twin
}

// step is one element in the order of encoding.
type step struct {
	field *Field
	key   string // "birthDate":
	twin  string // "_birthDate":, empty if the element has none
	// keys and twins are those of the alternatives of a choice.
	keys, twins []string
}

func newPlan(t *Type) *plan {
	if len(t.Fields) > maxFields {
		panic("fhir: too many elements in " + t.Name)
	}
	var slots []keySlot
	p := &plan{encode: make([]step, len(t.Fields))}
	for i := range t.Fields {
		f := &t.Fields[i]
		st := &p.encode[i]
		st.field = f
		if f.Kind == KindChoice {
			st.keys = make([]string, len(f.Choices))
			st.twins = make([]string, len(f.Choices))
			for c, ct := range f.Choices {
				key := f.Name + strings.ToUpper(ct.Name[:1]) + ct.Name[1:]
				st.keys[c] = `"` + key + `":`
				slots = append(slots, keySlot{key: key, field: uint8(i), choice: int8(c)})
				if hasTwin(ct.Kind) {
					st.twins[c] = `"_` + key + `":`
					slots = append(slots, keySlot{key: "_" + key, field: uint8(i), choice: int8(c), twin: true})
				}
			}
			continue
		}
		st.key = `"` + f.Name + `":`
		slots = append(slots, keySlot{key: f.Name, field: uint8(i)})
		if hasTwin(f.Kind) {
			st.twin = `"_` + f.Name + `":`
			slots = append(slots, keySlot{key: "_" + f.Name, field: uint8(i), twin: true})
		}
	}
	size := 4
	for size < 3*len(slots) {
		size *= 2
	}
	p.keys, p.mask = make([]keySlot, size), uint32(size-1)
	for _, s := range slots {
		at := keyHash(s.key) & p.mask
		for p.keys[at].key != "" {
			at = (at + 1) & p.mask
		}
		p.keys[at] = s
	}
	return p
}

// hasTwin reports whether an element of the kind is a primitive with id and extensions.
func hasTwin(k Kind) bool { return k <= KindDecimal }

// keyHash mixes the length and three characters: FHIR names differ in those, and no more need be read.
func keyHash(key string) uint32 {
	n := len(key)
	h := uint32(key[0]) | uint32(key[n>>1])<<8 | uint32(key[n-1])<<16 | uint32(n)<<24
	h *= 0x9E3779B1
	return h ^ h>>15
}

// find returns the meaning of a key, nil if the type has no such element. The key is not empty.
func (p *plan) find(key string) *keySlot {
	for at := keyHash(key) & p.mask; ; at = (at + 1) & p.mask {
		s := &p.keys[at]
		if s.key == key {
			return s
		}
		if s.key == "" {
			return nil
		}
	}
}
