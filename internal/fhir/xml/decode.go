package xml

import (
	"bytes"
	stdxml "encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// Unmarshal decodes one resource of the schema. It is as strict as the JSON decoder: unknown elements and attributes, elements
// in another order than that of the definition, a second alternative of a choice, text between elements, values that are not
// of the form of their type, document type declarations and more than [fhir.MaxDepth] levels are refused. A byte order mark is passed
// over, as in JSON.
//
// Errors: Invalid, with one issue that holds the FHIRPath expression of the element at fault.
func Unmarshal(s *fhir.Schema, data []byte) (fhir.Resource, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	d := &decoder{x: stdxml.NewDecoder(bytes.NewReader(data)), data: data, schema: s}
	r, ok := d.document()
	if !ok {
		return nil, d.err()
	}
	return r, nil
}

// decoder reads tokens beside the tables. Its methods return false after a fault that they have noted; each level then adds
// its step to the path.
type decoder struct {
	x      *stdxml.Decoder
	data   []byte
	schema *fhir.Schema
	depth  int

	code, detail string
	path         []string // from the inside out
}

func (d *decoder) fail(code, format string, args ...any) bool {
	d.code, d.detail = code, fmt.Sprintf(format, args...)
	return false
}

func (d *decoder) in(name string) bool {
	d.path = append(d.path, name)
	return false
}

func (d *decoder) err() error {
	var b strings.Builder
	for _, name := range slices.Backward(d.path) {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(name)
	}
	return &fault.Error{
		Kind: fault.Invalid, Op: "xml.decode", Detail: d.detail,
		Issues: []fault.Issue{{Code: d.code, Expression: b.String(), Detail: d.detail}},
	}
}

// document decodes the one element of the document.
func (d *decoder) document() (fhir.Resource, bool) {
	start, ok := d.next(true)
	if !ok {
		return nil, false
	}
	if start == nil {
		return nil, d.fail("structure", "there is no resource")
	}
	r, ok := d.resource(start)
	if !ok {
		return nil, d.in(start.Name.Local)
	}
	if start, ok = d.next(true); !ok {
		return nil, false
	}
	if start != nil {
		return nil, d.fail("structure", "there is more behind the resource")
	}
	return r, true
}

// next returns the next element below the one under way, nil at its end. Outside tells that there is none under way, so that
// the end is that of the document.
func (d *decoder) next(outside bool) (*stdxml.StartElement, bool) {
	for {
		tok, err := d.x.Token()
		if errors.Is(err, io.EOF) && outside {
			return nil, true
		}
		if err != nil {
			line, column := d.x.InputPos()
			return nil, d.fail("structure", "the XML is broken at line %d, column %d", line, column)
		}
		switch tok := tok.(type) {
		case stdxml.StartElement:
			if tok.Name.Space != Namespace && (tok.Name.Space != XHTML || tok.Name.Local != "div") {
				return nil, d.fail("structure", "the element %q is not in the namespace of FHIR", clip(tok.Name.Local))
			}
			return &tok, true
		case stdxml.EndElement:
			return nil, true
		case stdxml.CharData:
			if len(bytes.TrimSpace(tok)) > 0 {
				return nil, d.fail("structure", "text between elements")
			}
		case stdxml.Directive:
			return nil, d.fail("structure", "a document type declaration is not allowed")
		case stdxml.ProcInst, stdxml.Comment: // no part of the contents: https://hl7.org/fhir/R4/xml.html
		}
	}
}

func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// resource decodes the element start as a resource of the type that its name says.
func (d *decoder) resource(start *stdxml.StartElement) (fhir.Resource, bool) {
	t := d.schema.TypeByName(start.Name.Local)
	if t == nil || !t.Resource {
		return nil, d.fail("structure", "unknown resource type %q", clip(start.Name.Local))
	}
	p := t.New()
	if !d.object(t, p, start) {
		return nil, false
	}
	return t.AsResource(p), true
}

// inner decodes the element start, which holds one resource.
func (d *decoder) inner(start *stdxml.StartElement) (fhir.Resource, bool) {
	if name := d.unknownAttribute(start, nil); name != "" {
		return nil, d.fail("structure", "unknown attribute %q", clip(name))
	}
	first, ok := d.next(false)
	if !ok {
		return nil, false
	}
	if first == nil {
		return nil, d.fail("structure", "a resource is expected")
	}
	r, ok := d.resource(first)
	if !ok {
		return nil, false
	}
	more, ok := d.next(false)
	if ok && more != nil {
		ok = d.fail("structure", "there is more than one resource")
	}
	return r, ok
}

// object decodes the attributes and children of start into the struct of type t at p.
func (d *decoder) object(t *fhir.Type, p unsafe.Pointer, start *stdxml.StartElement) bool {
	if d.depth == fhir.MaxDepth {
		return d.fail("structure", "elements lie more than %d levels deep", fhir.MaxDepth)
	}
	d.depth++
	ok := d.attributes(t, p, start) && d.children(t, p)
	d.depth--
	return ok
}

// attributes takes the elements of t that are attributes in XML.
func (d *decoder) attributes(t *fhir.Type, p unsafe.Pointer, start *stdxml.StartElement) bool {
	var known []string
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Kind != fhir.KindRaw {
			continue
		}
		known = append(known, f.Name)
		value, there := attribute(start, f.Name)
		if !there {
			continue
		}
		if value == "" || f.Type.Format != nil && !f.Type.Format(value) {
			d.fail("value", "not of the form of the type %s", f.Type.Name)
			return d.in(f.Name)
		}
		*(*string)(unsafe.Add(p, f.Offset)) = value
	}
	if name := d.unknownAttribute(start, known); name != "" {
		d.fail("structure", "unknown attribute %q", clip(name))
		return d.in(clip(name))
	}
	return true
}

func attribute(start *stdxml.StartElement, name string) (string, bool) {
	for _, a := range start.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

// unknownAttribute returns the name of an attribute that is neither known, nor a namespace, nor a schema location; empty if
// there is none. An attribute that is there twice is unknown, too.
func (d *decoder) unknownAttribute(start *stdxml.StartElement, known []string) string {
	for i, a := range start.Attr {
		switch {
		case a.Name.Space == "xmlns", a.Name.Space == "" && a.Name.Local == "xmlns":
			continue
		case a.Name.Space == "http://www.w3.org/2001/XMLSchema-instance" && a.Name.Local == "schemaLocation":
			continue
		}
		ok := false
		for _, k := range known {
			ok = ok || a.Name.Space == "" && a.Name.Local == k
		}
		for _, b := range start.Attr[:i] {
			ok = ok && a.Name != b.Name
		}
		if !ok {
			return a.Name.Local
		}
	}
	return ""
}

// children decodes the elements below the one under way, which must come in the order of the definition.
func (d *decoder) children(t *fhir.Type, p unsafe.Pointer) bool {
	last, count := -1, 0
	for {
		start, ok := d.next(false)
		if !ok {
			return false
		}
		if start == nil {
			return true
		}
		i, ct := find(t, start.Name.Local)
		if i < 0 {
			d.fail("structure", "unknown element %q", clip(start.Name.Local))
			return d.in(clip(start.Name.Local))
		}
		f := &t.Fields[i]
		switch {
		case i < last:
			d.fail("structure", "%s stands behind elements that follow it in the definition", f.Name)
			return d.in(f.Name)
		case i > last:
			last, count = i, 0
		case !f.List:
			d.fail("structure", "%s is given twice", f.Name)
			return d.in(f.Name)
		default:
			count++
		}
		if !d.child(f, ct, unsafe.Add(p, f.Offset), start) {
			if f.List {
				return d.in(f.Name + "[" + strconv.Itoa(count) + "]")
			}
			return d.in(f.Name)
		}
	}
}

// find returns the field of t that an element of the name belongs to and the type of its value; -1 if there is none.
func find(t *fhir.Type, name string) (int, *fhir.Type) {
	for i := range t.Fields {
		f := &t.Fields[i]
		switch {
		case f.Kind == fhir.KindRaw:
		case f.Kind != fhir.KindChoice:
			if f.Name == name {
				return i, f.Type
			}
		case strings.HasPrefix(name, f.Name):
			rest := name[len(f.Name):]
			for _, c := range f.Choices {
				if len(rest) == len(c.Name) && strings.ToUpper(c.Name[:1])+c.Name[1:] == rest {
					return i, c
				}
			}
		}
	}
	return -1, nil
}

// child decodes the element start as a value of type t of the element f, which is kept at address at.
func (d *decoder) child(f *fhir.Field, t *fhir.Type, at unsafe.Pointer, start *stdxml.StartElement) bool {
	if f.Kind == fhir.KindResource {
		r, ok := d.inner(start)
		if !ok {
			return false
		}
		if f.List {
			list := (*[]fhir.Resource)(at)
			*list = append(*list, r)
		} else {
			*(*fhir.Resource)(at) = r
		}
		return true
	}
	p := at
	switch {
	case f.List:
		p = t.Append(at)
	case f.Kind == fhir.KindChoice:
		p = t.New()
		*(*fhir.Value)(at) = t.AsValue(p)
	case f.Kind == fhir.KindComplex:
		p = t.New()
		*(*unsafe.Pointer)(at) = p
	}
	switch {
	case t.Name == "xhtml":
		return d.narrative((*fhir.XHTML)(p), start)
	case start.Name.Space != Namespace:
		return d.fail("structure", "the element is not in the namespace of FHIR")
	case t.Kind != fhir.KindComplex:
		return d.primitive(t, p, start)
	}
	if !d.object(t, p, start) {
		return false
	}
	if !hasContent(t, p) {
		return d.fail("structure", "an element must not be empty")
	}
	return true
}

// hasContent reports whether anything was decoded into the struct at p.
func hasContent(t *fhir.Type, p unsafe.Pointer) bool {
	n := fhir.NodeAt(t, p)
	for i := range t.Fields {
		if n.Len(&t.Fields[i]) > 0 {
			return true
		}
	}
	return false
}

// primitive decodes value, id and extensions of a primitive.
func (d *decoder) primitive(t *fhir.Type, p unsafe.Pointer, start *stdxml.StartElement) bool {
	if name := d.unknownAttribute(start, []string{"id", "value"}); name != "" {
		return d.fail("structure", "unknown attribute %q", clip(name))
	}
	value, hasValue := attribute(start, "value")
	if hasValue && !fhir.Set(t, p, value) {
		return d.fail("value", "not of the form of the type %s", t.Name)
	}
	x := &fhir.Element{}
	id, hasID := attribute(start, "id")
	if hasID && id == "" {
		return d.fail("value", "an id must not be empty")
	}
	x.ID = id
	extension := d.schema.TypeByName("Extension")
	for i := 0; ; i++ {
		child, ok := d.next(false)
		if !ok {
			return false
		}
		if child == nil {
			break
		}
		if child.Name.Local != "extension" || child.Name.Space != Namespace {
			d.fail("structure", "unknown element %q", clip(child.Name.Local))
			return d.in(clip(child.Name.Local))
		}
		x.Extension = append(x.Extension, fhir.Extension{})
		if !d.object(extension, unsafe.Pointer(&x.Extension[i]), child) {
			return d.in("extension[" + strconv.Itoa(i) + "]")
		}
	}
	if hasID || len(x.Extension) > 0 {
		*fhir.TwinAt(t, p) = x
	} else if !hasValue {
		return d.fail("structure", "an element must not be empty")
	}
	return true
}

// narrative takes the div as it is written or, if that leans on namespaces which are declared around it, as it is without them.
func (d *decoder) narrative(to *fhir.XHTML, start *stdxml.StartElement) bool {
	if start.Name.Space != XHTML {
		return d.fail("structure", "the div is not in the namespace of XHTML")
	}
	from := bytes.LastIndexByte(d.data[:d.x.InputOffset()], '<')
	alone, all, err := standingAlone(d.x, start)
	if err != nil {
		return d.fail("structure", "the XML is broken in the narrative")
	}
	div := string(d.data[from:d.x.InputOffset()])
	if prefixed(div) || wellFormed(div) != "" {
		if div = alone; !all {
			return d.fail("structure", "the narrative has elements that are not in the namespace of XHTML")
		}
	}
	if why := wellFormed(div); why != "" {
		return d.fail("structure", "the narrative does not stand on its own: %s", why)
	}
	to.V = div
	return true
}
