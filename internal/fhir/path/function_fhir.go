package path

import (
	"strings"

	"chartwright/internal/fhir"
)

// extension keeps the extensions with a URL.
func extension(c *call) (Collection, error) {
	url, ok, err := c.textArg(0)
	if err != nil || !ok {
		return nil, err
	}
	var out Collection
	for _, i := range c.focus {
		e, isElement := i.(*Element)
		if !isElement {
			continue
		}
		for _, x := range e.children(nil, "extension") {
			if x.(*Element).child("url") == url { // children are elements
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// hasValue reports whether the single item is a primitive with a value.
func hasValue(c *call) (Collection, error) {
	if len(c.focus) != 1 {
		return boolean(false), nil
	}
	e, ok := c.focus[0].(*Element)
	return boolean(!ok || e.isPrimitive() && e.Node.HasValue()), nil
}

// getValue is the value of the single primitive.
func getValue(c *call) (Collection, error) {
	if len(c.focus) != 1 {
		return nil, nil
	}
	if e, ok := c.focus[0].(*Element); ok && !e.isPrimitive() {
		return nil, nil
	}
	if v := value(c.focus[0]); v != nil {
		return Collection{v}, nil
	}
	return nil, nil
}

// unresolved stands for a resource that was not fetched, of which a reference tells the type.
type unresolved struct{ typ string }

func (unresolved) item() {}

// resolve finds what references, canonicals and uris name. What it can't find it leaves out; where nobody can find anything
// (Env.Resolve is nil), a reference still tells the type, which is all that where(resolve() is Patient) asks for.
func resolve(c *call) (Collection, error) {
	var out Collection
	for _, i := range c.focus {
		ref, typ := reference(i)
		if ref == "" {
			continue
		}
		e, _ := i.(*Element)
		if fragment, ok := strings.CutPrefix(ref, "#"); ok {
			if found := contained(e, fragment); found != nil {
				out = append(out, found)
			}
			continue
		}
		if c.ev.env.Resolve == nil {
			if typ == "" {
				typ = referencedType(ref)
			}
			if typ != "" {
				out = append(out, unresolved{typ})
			}
			continue
		}
		r, err := c.ev.env.Resolve(c.ev.ctx, ref)
		if err != nil {
			return nil, err
		}
		if r != nil {
			out = append(out, Root(r))
		}
	}
	return out, nil
}

// reference is the text of a reference and the type that it states.
func reference(i Item) (ref, typ string) {
	if e, ok := i.(*Element); ok && e.Node.Type.Name == "Reference" {
		return e.child("reference"), e.child("type")
	}
	if s, ok := value(i).(String); ok {
		return string(s), ""
	}
	return "", ""
}

// referencedType is the resource type in [base/]Type/id[/_history/version], empty if there is none.
func referencedType(ref string) string {
	if i := strings.Index(ref, "/_history/"); i >= 0 {
		ref = ref[:i]
	}
	i := strings.LastIndexByte(ref, '/')
	if i <= 0 {
		return ""
	}
	typ := ref[:i]
	typ = typ[strings.LastIndexByte(typ, '/')+1:]
	if typ == "" || typ[0] < 'A' || typ[0] > 'Z' || !plainName(typ) {
		return ""
	}
	return typ
}

// contained finds a contained resource from within its container; an empty fragment is the container itself.
func contained(e *Element, id string) Item {
	for ; e != nil; e = e.Parent {
		if !e.Node.Type.Resource {
			continue
		}
		if id == "" && e.Name != "contained" {
			return e
		}
		for _, r := range e.children(nil, "contained") {
			if r.(*Element).child("id") == id { // children are elements
				return r
			}
		}
	}
	return nil
}

const structurePrefix = "http://hl7.org/fhir/StructureDefinition/"

func conformsTo(c *call) (Collection, error) {
	profile, ok, err := c.textArg(0)
	if err != nil || !ok || len(c.focus) == 0 {
		return nil, err
	}
	if len(c.focus) > 1 {
		return nil, errorf(c.e, "conformsTo() of %d items", len(c.focus))
	}
	e, isElement := c.focus[0].(*Element)
	if !isElement {
		return nil, errorf(c.e, "conformsTo() of a %s", typeInfo(c.focus[0]).Name)
	}
	if c.ev.env.Conforms != nil {
		if conforms, known := c.ev.env.Conforms(c.ev.ctx, e, profile); known {
			return boolean(conforms), nil
		}
	}
	if name, ok := strings.CutPrefix(profile, structurePrefix); ok && plainName(name) {
		return boolean(isType(e, name)), nil
	}
	return nil, errorf(c.e, "profile %s is not known", profile)
}

// memberOf reports whether a code, Coding or CodeableConcept is in a value set.
func memberOf(c *call) (Collection, error) {
	set, ok, err := c.textArg(0)
	if err != nil || !ok || len(c.focus) != 1 {
		return nil, err
	}
	if c.ev.env.MemberOf == nil {
		return nil, errorf(c.e, "there are no value sets to look in")
	}
	for _, code := range codings(c.focus[0]) {
		member, known := c.ev.env.MemberOf(c.ev.ctx, code[0], code[1], set)
		if !known {
			return nil, nil
		}
		if member {
			return boolean(true), nil
		}
	}
	return boolean(false), nil
}

// codings are the systems and codes of an item.
func codings(i Item) [][2]string {
	e, ok := i.(*Element)
	switch {
	case !ok:
		s, _ := text(i)
		return [][2]string{{"", s}}
	case e.Node.Type.Name == "Coding":
		return [][2]string{{e.child("system"), e.child("code")}}
	case e.Node.Type.Name == "CodeableConcept":
		var out [][2]string
		for _, c := range e.children(nil, "coding") {
			out = append(out, codings(c)...)
		}
		return out
	case e.isPrimitive():
		return [][2]string{{"", e.Node.Text()}}
	}
	return nil
}

// primitiveName reports whether FHIR has a primitive type called name.
func primitiveName(name string) bool { return fhir.Primitive(name) != nil }
