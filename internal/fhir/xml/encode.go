// Package xml reads and writes resources in the XML format of FHIR, over the same tables as the JSON codec of package fhir:
// what one accepts, the other can write, and a resource is the same value whichever format it came in.
//
// It is not built for speed: the XML itself is read by encoding/xml.
//
// https://hl7.org/fhir/R4/xml.html
package xml

import (
	"bytes"
	stdxml "encoding/xml"
	"strings"

	"chartwright/internal/fhir"
)

// Namespace is that of every FHIR element; [XHTML] is that of a narrative.
const (
	Namespace = "http://hl7.org/fhir"
	XHTML     = "http://www.w3.org/1999/xhtml"
)

// Marshal returns r as an XML document in UTF-8 without declaration and without white space between elements. A narrative that
// is no well-formed XHTML stands as the text that it is, in a div: it can't break the document around it, and what comes with it
// on a page is not lost.
func Marshal(r fhir.Resource) []byte {
	e := encoder{}
	e.resource(fhir.NodeOf(r), ` xmlns="`+Namespace+`"`)
	return e.b.Bytes()
}

// MarshalIndent is [Marshal] with each element on a line of its own. Narratives stay as they are: white space is content there.
func MarshalIndent(r fhir.Resource) []byte {
	e := encoder{lines: true}
	e.resource(fhir.NodeOf(r), ` xmlns="`+Namespace+`"`)
	return append(e.b.Bytes(), '\n')
}

type encoder struct {
	b     bytes.Buffer
	lines bool // each element has its own
	depth int
}

// line begins a new line.
func (e *encoder) line() {
	if e.lines {
		e.b.WriteString("\n" + strings.Repeat("  ", e.depth))
	}
}

// children writes what lies inside an element, between its tags.
func (e *encoder) children(write func()) {
	begin := e.b.Len()
	e.depth++
	write()
	e.depth--
	if e.b.Len() > begin {
		e.line()
	}
}

func (e *encoder) resource(n fhir.Node, attributes string) {
	e.complex(n.Type.Name, n, attributes)
}

// element writes one value of an element.
func (e *encoder) element(f *fhir.Field, n fhir.Node) {
	name := f.Name
	switch {
	case f.Kind == fhir.KindResource:
		e.line()
		e.b.WriteString("<" + name + ">")
		e.children(func() {
			e.line()
			e.resource(n, "")
		})
		e.b.WriteString("</" + name + ">")
		return
	case f.Kind == fhir.KindChoice:
		name += strings.ToUpper(n.Type.Name[:1]) + n.Type.Name[1:]
	}
	switch {
	case n.Type.Kind == fhir.KindComplex:
		e.line()
		e.complex(name, n, "")
	case n.Type.Name == "xhtml":
		e.line()
		e.xhtml(n.Text())
	default:
		e.primitive(name, n)
	}
}

// complex writes a resource or a complex value. Elements that are attributes in XML come first, whatever their order.
func (e *encoder) complex(name string, n fhir.Node, attributes string) {
	e.b.WriteString("<" + name + attributes)
	for i := range n.Type.Fields {
		if f := &n.Type.Fields[i]; f.Kind == fhir.KindRaw && n.Len(f) > 0 {
			e.attribute(f.Name, n.Item(f, 0).Text())
		}
	}
	e.b.WriteByte('>')
	e.children(func() {
		for i := range n.Type.Fields {
			f := &n.Type.Fields[i]
			if f.Kind == fhir.KindRaw {
				continue
			}
			for j := range n.Len(f) {
				if item := n.Item(f, j); item.Valid() {
					e.element(f, item)
				}
			}
		}
	})
	e.b.WriteString("</" + name + ">")
}

func (e *encoder) primitive(name string, n fhir.Node) {
	twin := n.Twin()
	if !n.HasValue() && !twin.Valid() {
		return
	}
	e.line()
	e.b.WriteString("<" + name)
	var extensions *fhir.Field
	if twin.Valid() {
		for i := range twin.Type.Fields {
			f := &twin.Type.Fields[i]
			if f.Kind != fhir.KindRaw {
				extensions = f
			} else if twin.Len(f) > 0 {
				e.attribute(f.Name, twin.Item(f, 0).Text())
			}
		}
	}
	if n.HasValue() {
		e.attribute("value", n.Literal())
	}
	if extensions == nil || twin.Len(extensions) == 0 {
		e.b.WriteString("/>")
		return
	}
	e.b.WriteByte('>')
	e.children(func() {
		for i := range twin.Len(extensions) {
			e.element(extensions, twin.Item(extensions, i))
		}
	})
	e.b.WriteString("</" + name + ">")
}

func (e *encoder) attribute(name, value string) {
	e.b.WriteString(" " + name + `="`)
	_ = stdxml.EscapeText(&e.b, []byte(value)) // a bytes.Buffer takes everything
	e.b.WriteByte('"')
}

// xhtml writes a narrative as it is, after making sure that it can't break the document around it; else as text.
func (e *encoder) xhtml(div string) {
	if wellFormed(div) != "" {
		e.b.WriteString(`<div xmlns="` + XHTML + `">`)
		_ = stdxml.EscapeText(&e.b, []byte(div)) // a bytes.Buffer takes everything
		e.b.WriteString("</div>")
		return
	}
	e.b.WriteString(withoutEntities(div))
}
