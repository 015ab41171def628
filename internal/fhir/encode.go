package fhir

import (
	"bytes"
	"slices"
	"strconv"
	"sync"
	"unsafe"

	"chartwright/internal/fault"
)

// buffers are where Marshal builds what it then copies to its exact size.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxBuffer bounds the buffers that are kept, so that one large Bundle does not stay in memory.
const maxBuffer = 1 << 20

// Marshal returns what [Schema.AppendJSON] appends, in a slice of its own.
func (s *Schema) Marshal(r Resource) ([]byte, error) {
	buf := buffers.Get().(*[]byte)
	b, err := s.AppendJSON((*buf)[:0], r)
	if err != nil {
		return nil, err
	}
	out := bytes.Clone(b)
	if cap(b) <= maxBuffer {
		*buf = b
		buffers.Put(buf)
	}
	return out, nil
}

// AppendJSON appends the canonical JSON of r to dst: compact, resourceType first, then the elements in the order of the
// definition, which begins with id and meta. Elements without content are left out, so that no empty object or array arises;
// what is left out in a list of complex values closes up.
//
// Errors: Internal if r breaks a promise of its type: a choice with a type that the element does not allow, a decimal that is
// no number, text that is not UTF-8, a resource deeper than [MaxDepth]. Dst is then of no use.
func (s *Schema) AppendJSON(dst []byte, r Resource) ([]byte, error) {
	e := encoder{schema: s}
	b := e.resource(dst, r)
	if e.failed {
		e.in(r.Type().Name)
		return nil, e.err()
	}
	if len(b) == len(dst) {
		return nil, fault.New(fault.Internal, "fhir.encode", "nil resource")
	}
	return b[:len(b)-1], nil
}

// encoder writes every value with a comma behind it; the end of an object or array takes the place of the last one. Its
// methods append to the buffer that they are given. After a fault the buffer is of no use, and each level adds its step to
// the path on the way out.
type encoder struct {
	schema *Schema
	depth  int

	failed bool
	detail string
	path   []string // from the inside out
}

func (e *encoder) fail(b []byte, detail string) []byte {
	e.failed, e.detail = true, detail
	return b
}

func (e *encoder) in(name string) { e.path = append(e.path, name) }

func (e *encoder) inItem(name string, i int) { e.in(name + "[" + strconv.Itoa(i) + "]") }

func (e *encoder) err() error {
	path := ""
	for _, name := range slices.Backward(e.path) {
		if path != "" {
			path += "."
		}
		path += name
	}
	return fault.New(fault.Internal, "fhir.encode", "%s: %s", path, e.detail)
}

// resource appends r; nothing if it is nil.
func (e *encoder) resource(b []byte, r Resource) []byte {
	p := (*iface)(unsafe.Pointer(&r)).data
	if p == nil {
		return b
	}
	t := r.Type()
	e.schema.ready(t)
	b = append(b, t.plan.open...)
	return e.close(e.members(b, t, p), '}')
}

// close ends an object or array that has content.
func (e *encoder) close(b []byte, bracket byte) []byte {
	b[len(b)-1] = bracket
	return append(b, ',')
}

// object appends the struct of type t at p; nothing if it has no content.
func (e *encoder) object(b []byte, t *Type, p unsafe.Pointer) []byte {
	start := len(b)
	b = e.members(append(b, '{'), t, p)
	if len(b) == start+1 {
		return b[:start]
	}
	return e.close(b, '}')
}

func (e *encoder) members(b []byte, t *Type, p unsafe.Pointer) []byte { //nolint:gocognit // the loop of the codec: what a call would cost, each member would pay
	e.depth++
	if e.depth > MaxDepth {
		return e.fail(b, "elements lie too deep")
	}
	steps := t.plan.encode
	for i := range steps {
		st := &steps[i]
		if *(*uintptr)(unsafe.Add(p, st.probes[0]))|*(*uintptr)(unsafe.Add(p, st.probes[1])) == 0 {
			continue // most elements are absent; this costs them no jump by kind
		}
		at := unsafe.Add(p, st.offset)
		switch st.op {
		case opString:
			v := (*String)(at)
			if v.V != "" {
				b = st.appendKey(b)
				b = e.text(b, v.V)
			}
			if v.X != nil {
				b = e.keyed(b, st.field.twinKey, e.schema.element, unsafe.Pointer(v.X))
			}
		case opComplex:
			if q := *(*unsafe.Pointer)(at); q != nil {
				start := len(b)
				b = st.appendKey(b)
				mark := len(b)
				if b = e.object(b, st.typ, q); len(b) == mark {
					b = b[:start]
				}
			}
		case opList:
			if (*slice)(at).len > 0 {
				b = e.list(b, st, (*slice)(at))
			}
		case opRaw:
			if s := *(*string)(at); s != "" {
				b = st.appendKey(b)
				b = e.text(b, s)
			}
		case opChoice:
			if q := (*iface)(at).data; q != nil {
				b = e.choice(b, st.field, *(*Value)(at), q)
			}
		case opPrimitive:
			b = e.primitive(b, st.key, st.field.twinKey, st.typ.Kind, at)
		case opPrimitives:
			if (*slice)(at).len > 0 {
				b = e.primitives(b, st, (*slice)(at))
			}
		case opResource:
			if r := *(*Resource)(at); r != nil {
				start := len(b)
				b = st.appendKey(b)
				mark := len(b)
				if b = e.resource(b, r); len(b) == mark {
					b = b[:start]
				}
			}
		case opResources:
			if (*slice)(at).len > 0 {
				b = e.resources(b, st, *(*[]Resource)(at))
			}
		}
		if e.failed {
			if st.op != opList && st.op != opPrimitives && st.op != opResources {
				e.in(st.field.Name)
			}
			return b
		}
	}
	e.depth--
	return b
}

// keyed appends key and object; nothing if the object has no content.
func (e *encoder) keyed(b []byte, key string, t *Type, p unsafe.Pointer) []byte {
	start := len(b)
	b = append(b, key...)
	mark := len(b)
	if b = e.object(b, t, p); len(b) == mark {
		return b[:start]
	}
	return b
}

func (e *encoder) choice(b []byte, f *Field, v Value, p unsafe.Pointer) []byte {
	t := v.Type()
	for i, c := range f.Choices {
		if c != t {
			continue
		}
		keys := &f.choiceKeys[i]
		if t.Kind == KindComplex {
			return e.keyed(b, keys.key, t, p)
		}
		return e.primitive(b, keys.key, keys.twin, t.Kind, p)
	}
	return e.fail(b, "the type "+t.Name+" is not one of the choice")
}

// list appends an array of objects.
func (e *encoder) list(b []byte, st *step, s *slice) []byte {
	start := len(b)
	b = st.appendKey(b)
	b = append(b, '[')
	mark := len(b)
	for i := range s.len {
		b = e.object(b, st.typ, unsafe.Add(s.data, uintptr(i)*st.typ.Size))
		if e.failed {
			e.inItem(st.field.Name, i)
			return b
		}
	}
	if len(b) == mark {
		return b[:start]
	}
	return e.close(b, ']')
}

// resources appends an array of resources.
func (e *encoder) resources(b []byte, st *step, list []Resource) []byte {
	start := len(b)
	b = st.appendKey(b)
	b = append(b, '[')
	mark := len(b)
	for i, r := range list {
		b = e.resource(b, r)
		if e.failed {
			e.inItem(st.field.Name, i)
			return b
		}
	}
	if len(b) == mark {
		return b[:start]
	}
	return e.close(b, ']')
}
