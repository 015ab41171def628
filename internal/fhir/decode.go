package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
	"unsafe"

	"chartwright/internal/fault"
)

// MaxDepth bounds how deep elements may lie in each other, so that a hostile body costs no more than its length.
const MaxDepth = 64

// maxAhead bounds, in lengths of the input, how far the decoder looks ahead for types. A Bundle of resources that all name
// their type at the end needs two.
const maxAhead = 8

// Unmarshal decodes one resource. It is strict: unknown elements, members given twice, a second alternative of a choice,
// empty objects, arrays and strings, values that are not of the form of their type, invalid UTF-8, more than MaxDepth levels
// and anything behind the resource are refused. Cardinality and bindings are left to package validate.
//
// The strings of the result share one copy of data, which lives as long as any of them.
//
// Errors: Invalid, with one issue that holds the FHIRPath expression of the element at fault.
//
// https://hl7.org/fhir/R4/json.html
func (s *Schema) Unmarshal(data []byte) (Resource, error) {
	if !utf8.Valid(data) {
		return nil, invalidUTF8(data)
	}
	d := s.decoders.Get().(*decoder)
	defer s.decoders.Put(d)
	d.scanner = newScanner(data)
	i := 0
	const byteOrderMark = "\uFEFF"
	if d.literal(0, byteOrderMark) {
		i = len(byteOrderMark)
	}
	r, i := d.resource(d.space(i))
	if i >= 0 {
		if i = d.space(i); i < d.n {
			i = d.syntax(i, "there is more behind the resource")
		}
	}
	if i < 0 {
		err := d.err()
		d.forget()
		return nil, err
	}
	d.scanner = scanner{}
	return r, nil
}

func invalidUTF8(data []byte) error {
	at := 0
	for at < len(data) {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n <= 1 {
			break
		}
		at += n
	}
	return fault.At("fhir.decode", "", "the body is not valid UTF-8 at byte %d", at)
}

// decoder walks the tables beside the input. Its methods take and return positions as those of [scanner] do; after a fault
// each level adds its step to the path on the way out, so that a good input pays nothing for paths.
type decoder struct {
	scanner
	schema *Schema
	slabs  []slab // by plan.index
	depth  int
	gap    bool     // the array just read holds a null
	path   []string // from the inside out
}

func newDecoders(s *Schema) *sync.Pool {
	return &sync.Pool{New: func() any { return &decoder{schema: s, slabs: make([]slab, len(s.types)+1)} }}
}

// forget makes the decoder as new after a fault, which may have left half of a resource in it.
func (d *decoder) forget() {
	*d = decoder{schema: d.schema, slabs: d.slabs}
	clear(d.slabs)
}

// new returns the address of a new zero value of type t.
func (d *decoder) new(t *Type) unsafe.Pointer { return d.slabs[t.plan.index].one(t) }

// syntax notes that the input is no JSON at position i.
func (d *decoder) syntax(i int, what string) int {
	return d.fail(i, "structure", "byte "+strconv.Itoa(i)+": "+what)
}

// in adds a step to the path of a fault; it always returns -1.
func (d *decoder) in(name string) int {
	d.path = append(d.path, name)
	return -1
}

func (d *decoder) inItem(name string, i int) int { return d.in(name + "[" + strconv.Itoa(i) + "]") }

func (d *decoder) err() error {
	var b strings.Builder
	for _, name := range slices.Backward(d.path) {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(name)
	}
	return &fault.Error{
		Kind: fault.Invalid, Op: "fhir.decode", Detail: d.detail,
		Issues: []fault.Issue{{Code: d.code, Expression: b.String(), Detail: d.detail}},
	}
}

// resource decodes the object at i, whose type its resourceType names.
func (d *decoder) resource(i int) (Resource, int) {
	if d.b[i] != '{' {
		return nil, d.wrongToken(i, "a resource")
	}
	name, ok := d.resourceType(i)
	if d.ahead > maxAhead*d.n {
		return nil, d.fail(i, "structure", "resourceType stands too late in resources that lie in each other")
	}
	if !ok {
		return nil, d.untyped(i)
	}
	t := d.schema.byName[name]
	if t == nil || !t.Resource {
		return nil, d.fail(i, "structure", fmt.Sprintf("unknown resourceType %q", clip(name)))
	}
	d.schema.ready(t)
	p := d.new(t)
	if i = d.object(t, p, i); i < 0 {
		if d.depth == 0 {
			d.in(t.Name)
		}
		return nil, -1
	}
	return t.AsResource(p), i
}

// untyped notes why the object at i has no resourceType: it is no JSON, or it just has none.
func (d *decoder) untyped(i int) int {
	var object json.RawMessage
	err := json.NewDecoder(bytes.NewReader(d.b[i:d.n])).Decode(&object)
	if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
		return d.syntax(i+int(bad.Offset)-1, bad.Error())
	}
	if err != nil {
		return d.syntax(d.n, "the input ends inside an object")
	}
	return d.fail(i, "structure", "the resource has no resourceType")
}

// clip shortens a name of the input for a message.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return strings.Clone(s)
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// object decodes the object at i into the struct of type t at p.
func (d *decoder) object(t *Type, p unsafe.Pointer, i int) int {
	if d.b[i] != '{' {
		return d.wrongToken(i, "an object")
	}
	if d.depth == MaxDepth {
		return d.fail(i, "structure", "elements lie more than "+strconv.Itoa(MaxDepth)+" levels deep")
	}
	d.depth++
	i = d.members(t, p, i+1)
	d.depth--
	return i
}

// wrongToken notes that something else than what is expected stands at i.
func (d *decoder) wrongToken(i int, what string) int {
	var have string
	switch b := d.b[i]; {
	case i >= d.n:
		return d.syntax(i, what+" is expected, the input ends")
	case b == '{':
		have = "an object"
	case b == '[':
		have = "an array"
	case b == '"':
		have = "a string"
	case b == '-' || b >= '0' && b <= '9':
		have = "a number"
	case b == 'n':
		have = "null"
	case b == 't' || b == 'f':
		have = "a boolean"
	default:
		return d.syntax(i, what+" is expected")
	}
	return d.fail(i, "structure", what+" is expected, not "+have)
}
