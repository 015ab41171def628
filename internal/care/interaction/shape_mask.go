package interaction

import (
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
	"chartwright/internal/kept"
)

// mask is what a shape makes of one type: the members of its JSON that are shown, by name. A member that is not in it is left
// out.
type mask map[string]visible

// visible says how a member is shown.
type visible struct {
	within mask // of the object, or of each of several; nil = as it is
	meta   bool // of a resource, which gets the tag that says that elements are missing
}

// append copies the members of the JSON object src that the mask shows.
func (m mask) append(dst, src []byte) []byte {
	dst = append(dst, '{')
	empty := true
	for pos := 1; src[pos] != '}'; {
		if src[pos] == ',' {
			pos++
		}
		start := pos
		pos = skipString(src, pos)
		member, show := m[string(src[start+1:pos-1])]
		value := pos + 1 // behind the colon
		pos = skipValue(src, value)
		if !show {
			continue
		}
		if !empty {
			dst = append(dst, ',')
		}
		empty = false
		switch {
		case member.meta:
			dst = appendSubsetted(append(dst, src[start:value]...), src[value:pos])
		case member.within != nil:
			dst = member.within.appendAll(append(dst, src[start:value]...), src[value:pos])
		default:
			dst = append(dst, src[start:pos]...)
		}
	}
	return append(dst, '}')
}

// appendAll copies an object, or each of several.
func (m mask) appendAll(dst, src []byte) []byte {
	if src[0] != '[' {
		return m.append(dst, src)
	}
	dst = append(dst, '[')
	for pos := 1; src[pos] != ']'; {
		if src[pos] == ',' {
			dst = append(dst, ',')
			pos++
		}
		end := skipValue(src, pos)
		dst = m.append(dst, src[pos:end])
		pos = end
	}
	return append(dst, ']')
}

// masks keeps the masks that were made, up to some hundred: callers ask for the same elements again and again.
var masks = kept.New[maskName, mask](1 << 20)

type maskName struct{ typ, summary, elements string }

// maskOf returns the mask of s for a resource type. It must not be changed.
func maskOf(name string, s *Shape) mask {
	key := maskName{name, s.Summary, strings.Join(s.Elements, ",")}
	if m, ok := masks.Get(key); ok {
		return m
	}
	typ := r4.TypeByName(name)
	var m mask
	bytes := summaryBytes
	if s.Summary != "" {
		m = summaryMask(typ, s.Summary, map[*fhir.Type]mask{})
	} else {
		asked := wanted{}
		for _, path := range s.Elements {
			if path, ok := below(name, path); ok {
				asked.add(path)
			}
		}
		m = elementsMask(typ, asked)
		bytes = len(key.elements) + m.bytes()
	}
	m["resourceType"], m["id"], m["meta"] = visible{}, visible{}, visible{meta: true}
	masks.Put(key, m, bytes)
	return m
}

// summaryBytes is about what the mask of a summary takes in memory.
const summaryBytes = 2 << 10

// bytes is about what the mask of _elements takes in memory.
func (m mask) bytes() int {
	n := 64 * len(m)
	for _, member := range m {
		n += member.within.bytes()
	}
	return n
}

// summaryMask is the mask of a _summary. What is in the summary of a resource is there whole, but for elements that the resource
// itself defines, whose own elements are marked one by one. Those may nest in themselves, and so do their masks then: made has the
// ones that were begun.
func summaryMask(typ *fhir.Type, summary string, made map[*fhir.Type]mask) mask {
	if m, begun := made[typ]; begun {
		return m
	}
	m := mask{}
	made[typ] = m
	for i := range typ.Fields {
		f := &typ.Fields[i]
		switch summary {
		case "text":
			if f.Name == "text" || f.Min > 0 {
				m.show(f, nil)
			}
		case "data":
			if f.Name != "text" {
				m.show(f, nil)
			}
		default:
			if f.Summary {
				m.show(f, func(t *fhir.Type) mask {
					if !strings.Contains(t.Name, ".") {
						return nil
					}
					return summaryMask(t, summary, made)
				})
			}
		}
	}
	return m
}

// wanted are elements that were asked for, each whole (nil) or some of its own.
type wanted map[string]wanted

// add adds the element at path.
func (w wanted) add(path string) {
	name, rest, more := strings.Cut(path, ".")
	in, known := w[name]
	switch {
	case !more:
		w[name] = nil
	case !known:
		in = wanted{}
		w[name] = in
		in.add(rest)
	case in != nil: // otherwise the whole was asked for
		in.add(rest)
	}
}

// elementsMask is the mask of _elements: what was asked for, and what a resource must have or can't be understood without.
func elementsMask(typ *fhir.Type, asked wanted) mask {
	m := mask{}
	for i := range typ.Fields {
		f := &typ.Fields[i]
		in, ok := asked[f.Name]
		switch {
		case !ok && f.Min == 0 && !f.Modifier:
		case in == nil:
			m.show(f, nil)
		default:
			m.show(f, func(t *fhir.Type) mask { return elementsMask(t, in) })
		}
	}
	return m
}

// show adds the members of f: a choice has one for each type, a primitive a twin. within makes the mask of what lies in a type
// that has elements; nil shows everything.
func (m mask) show(f *fhir.Field, within func(*fhir.Type) mask) {
	add := func(name string, typ *fhir.Type) {
		var how visible
		switch {
		case typ == nil: // a resource
		case typ.Kind != fhir.KindComplex:
			m["_"+name] = how
		case within != nil:
			how.within = within(typ)
		}
		m[name] = how
	}
	if f.Kind != fhir.KindChoice {
		add(f.Name, f.Type)
		return
	}
	for _, typ := range f.Choices {
		add(f.Name+strings.ToUpper(typ.Name[:1])+typ.Name[1:], typ)
	}
}

// below returns path below the resource type called name; false if the path begins with another type.
func below(name, path string) (string, bool) {
	head, rest, more := strings.Cut(path, ".")
	if t := r4.TypeByName(head); t == nil || !t.Resource { // names of data types are names of elements, too
		return path, true
	}
	return rest, head == name && more
}

// hasElement reports whether path leads to an element of the resource type called name.
func hasElement(name, path string) bool {
	path, ok := below(name, path)
	return ok && leads(r4.TypeByName(name), path)
}

// leads reports whether path leads to an element below typ, in a choice by way of any of its types.
func leads(typ *fhir.Type, path string) bool {
	head, rest, more := strings.Cut(path, ".")
	for i := range typ.Fields {
		f := &typ.Fields[i]
		if f.Name != head {
			continue
		}
		if !more {
			return true
		}
		types := f.Choices
		if f.Type != nil {
			types = []*fhir.Type{f.Type}
		}
		for _, t := range types {
			if leads(t, rest) {
				return true
			}
		}
		return false
	}
	return false
}
