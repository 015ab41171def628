package fhir

import (
	"strconv"
	"unsafe"
)

// Node is one element of a resource in memory, for code that walks the tables instead of naming fields: the validator, the
// walkers of this package, views such as _elements. It is a small value; it is good as long as the resource is not changed.
type Node struct {
	Type *Type
	p    unsafe.Pointer
	raw  bool // p is a plain Go string
}

// NodeOf returns the node of a resource. R is not nil.
func NodeOf(r Resource) Node { return Node{Type: r.Type(), p: (*iface)(unsafe.Pointer(&r)).data} }

// NodeOfValue returns the node of a value. V is not nil.
func NodeOfValue(v Value) Node { return Node{Type: v.Type(), p: (*iface)(unsafe.Pointer(&v)).data} }

// NodeAt returns the node of the struct of type t at p, for a codec that has just filled it.
func NodeAt(t *Type, p unsafe.Pointer) Node { return Node{Type: t, p: p} }

// Valid reports whether there is anything at the node.
func (n Node) Valid() bool { return n.p != nil }

// Len returns how many values the element f of n has: 0 or 1, or the length of a list.
func (n Node) Len(f *Field) int {
	at := unsafe.Add(n.p, f.Offset)
	if f.List {
		return (*slice)(at).len
	}
	switch f.Kind {
	case KindRaw:
		if *(*string)(at) == "" {
			return 0
		}
	case KindComplex:
		if *(*unsafe.Pointer)(at) == nil {
			return 0
		}
	case KindChoice, KindResource:
		if (*iface)(at).data == nil {
			return 0
		}
	default:
		if isAbsent(f.Kind, at) {
			return 0
		}
	}
	return 1
}

// Item returns value i of the element f of n; i is below Len. A nil resource in a list is not [Node.Valid].
func (n Node) Item(f *Field, i int) Node {
	at := unsafe.Add(n.p, f.Offset)
	switch f.Kind {
	case KindRaw:
		return Node{Type: f.Type, p: at, raw: true}
	case KindChoice:
		return Node{Type: (*(*Value)(at)).Type(), p: (*iface)(at).data}
	case KindResource:
		r := *(*Resource)(unsafe.Add(n.firstResource(f, at), uintptr(i)*unsafe.Sizeof(iface{})))
		if (*iface)(unsafe.Pointer(&r)).data == nil {
			return Node{}
		}
		return NodeOf(r)
	case KindComplex:
		if !f.List {
			return Node{Type: f.Type, p: *(*unsafe.Pointer)(at)}
		}
	default:
		if !f.List {
			return Node{Type: f.Type, p: at}
		}
	}
	return Node{Type: f.Type, p: unsafe.Add((*slice)(at).data, uintptr(i)*f.Type.Size)}
}

func (Node) firstResource(f *Field, at unsafe.Pointer) unsafe.Pointer {
	if f.List {
		return (*slice)(at).data
	}
	return at
}

// Resource returns the resource at n, nil if n is none.
func (n Node) Resource() Resource {
	if n.p == nil || n.Type.AsResource == nil {
		return nil
	}
	return n.Type.AsResource(n.p)
}

// Value returns the node as a [Value], nil for types that no choice names.
func (n Node) Value() Value {
	if n.p == nil || n.raw || n.Type.AsValue == nil {
		return nil
	}
	return n.Type.AsValue(n.p)
}

// Text returns the value of a primitive that is a string or a number literal in JSON; empty for others.
func (n Node) Text() string {
	if s := n.text(); s != nil {
		return *s
	}
	return ""
}

// text returns the address of the Go string of such a primitive.
func (n Node) text() *string {
	if n.raw || n.Type.Kind == KindString || n.Type.Kind == KindDecimal {
		return (*string)(n.p)
	}
	return nil
}

// HasValue reports whether the primitive at n has a value; one that is there may have only an id or extensions.
func (n Node) HasValue() bool { return n.raw || hasTwin(n.Type.Kind) && hasValue(n.Type.Kind, n.p) }

// Twin returns the id and extensions of the primitive at n; not Valid if it has none.
func (n Node) Twin() Node {
	if n.raw || !hasTwin(n.Type.Kind) {
		return Node{}
	}
	x := liveTwin(n.Type.Kind, n.p)
	return Node{Type: n.Type.plan.element, p: unsafe.Pointer(x)}
}

// Literal returns the lexical form of the primitive at n: what stands in JSON without quotes. It is empty if there is no value.
func (n Node) Literal() string {
	if s := n.text(); s != nil {
		return *s
	}
	switch n.Type.Kind {
	case KindBoolean:
		if v := (*Boolean)(n.p); v.Set {
			return strconv.FormatBool(v.V)
		}
	case KindInteger:
		if v := (*Integer)(n.p); v.Set {
			return strconv.FormatInt(int64(v.V), 10)
		}
	}
	return ""
}
