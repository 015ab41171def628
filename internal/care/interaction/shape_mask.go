package interaction

import (
	"slices"
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
	asked := wanted{}
	for _, path := range s.Elements {
		if path, ok := below(name, path); ok {
			asked.add(path)
		}
	}
	b := maskBuilder{summary: s.Summary, made: map[part]mask{}}
	m := b.mask(part{r4.TypeByName(name), &asked})
	m["resourceType"], m["id"], m["meta"] = visible{}, visible{}, visible{meta: true}
	bytes := len(key.elements)
	for _, of := range b.made {
		bytes += 64 * len(of)
	}
	masks.Put(key, m, bytes)
	return m
}

// maskBuilder makes the masks of one shape. Types nest in themselves, and a choice leads to many types that lead on alike: so each
// mask is made once and used wherever it is needed.
type maskBuilder struct {
	summary string
	made    map[part]mask // those that were begun
}

// part is what is to be shown of a type.
type part struct {
	typ   *fhir.Type
	asked *wanted // of _elements
}

func (b *maskBuilder) mask(p part) mask {
	if m, begun := b.made[p]; begun {
		return m
	}
	m := mask{}
	b.made[p] = m
	for i := range p.typ.Fields {
		f := &p.typ.Fields[i]
		if b.summary != "" {
			b.summarize(m, f)
			continue
		}
		// What a resource must have, or can't be understood without, comes with what was asked for.
		in, ok := (*p.asked)[f.Name]
		switch {
		case !ok && f.Min == 0 && !f.Modifier:
		case in == nil:
			m.show(f, nil)
		default:
			m.show(f, func(t *fhir.Type) mask { return b.mask(part{t, in}) })
		}
	}
	return m
}

// summarize shows f if it is in the summary. What is in the summary of a resource is there whole, but for elements that the resource
// itself defines, whose own elements are marked one by one.
func (b *maskBuilder) summarize(m mask, f *fhir.Field) {
	switch {
	case b.summary == "text" && f.Name != "text" && f.Min == 0:
	case b.summary == "data" && f.Name == "text":
	case b.summary == "true" && !f.Summary:
	case b.summary == "true" && f.Type != nil && strings.Contains(f.Type.Name, "."):
		m.show(f, func(t *fhir.Type) mask { return b.mask(part{typ: t}) })
	default:
		m.show(f, nil)
	}
}

// wanted are elements that were asked for, each whole (nil) or some of its own.
type wanted map[string]*wanted

// add adds the element at path.
func (w *wanted) add(path string) {
	name, rest, more := strings.Cut(path, ".")
	in, known := (*w)[name]
	switch {
	case !more:
		(*w)[name] = nil
	case !known:
		in = &wanted{}
		(*w)[name] = in
		in.add(rest)
	case in != nil: // otherwise the whole was asked for
		in.add(rest)
	}
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

// leads reports whether path leads to an element below typ, in a choice by way of any of its types. All of them are followed
// together, each once a step.
func leads(typ *fhir.Type, path string) bool {
	types := []*fhir.Type{typ}
	for name := range strings.SplitSeq(path, ".") {
		var next []*fhir.Type
		found := false
		for _, t := range types {
			i := slices.IndexFunc(t.Fields, func(f fhir.Field) bool { return f.Name == name })
			if i < 0 {
				continue
			}
			found = true
			within := t.Fields[i].Choices
			if t.Fields[i].Type != nil {
				within = []*fhir.Type{t.Fields[i].Type}
			}
			for _, t := range within {
				if !slices.Contains(next, t) {
					next = append(next, t)
				}
			}
		}
		if !found {
			return false
		}
		types = next
	}
	return true
}
