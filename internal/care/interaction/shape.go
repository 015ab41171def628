package interaction

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// Shape says which elements of a resource an answer shows. The zero value shows all. It is used for one answer at a time.
//
// https://hl7.org/fhir/R4/search.html#summary, https://hl7.org/fhir/R4/search.html#elements
type Shape struct {
	Summary  string   // "", true, text, data; false and count are "" here
	Elements []string // paths of elements, such as name, name.family or Patient.name

	typ  string // the type that mask is of
	mask mask
}

// What _elements may ask for.
const (
	maxElements = 100
	maxDepth    = 8 // names in a path
)

// ShapeOf reads _summary and _elements. Errors: Invalid for a _summary that does not exist, for both at once, and for more elements
// or longer paths than anybody needs.
func ShapeOf(summary string, elements []string) (Shape, error) {
	const op = "interaction.shape"
	if len(elements) > maxElements || slices.ContainsFunc(elements, func(path string) bool { return strings.Count(path, ".") >= maxDepth }) {
		return Shape{}, fault.AtParam(op, "_elements", "_elements: at most %d elements are allowed, each of at most %d names", maxElements, maxDepth)
	}
	switch summary {
	case "", "false", "count":
		return Shape{Elements: elements}, nil
	case "true", "text", "data":
		if len(elements) > 0 {
			return Shape{}, fault.AtParam(op, "_summary", "_summary and _elements exclude each other")
		}
		return Shape{Summary: summary}, nil
	}
	return Shape{}, fault.AtParam(op, "_summary", "_summary is one of true, text, data, count and false")
}

// ReadShape reads the parameters that shape the answer of other interactions than search: _summary and _elements.
//
// Errors: as [ShapeOf].
func (c *Call) ReadShape() error {
	summary, shaped := "", false
	var elements []string
	for _, p := range c.Params {
		switch p.Name {
		case "_summary":
			summary, shaped = p.Value, true
		case "_elements":
			elements, shaped = append(elements, strings.Split(p.Value, ",")...), true
		}
	}
	if !shaped {
		return nil
	}
	var err error
	c.Shape, err = ShapeOf(summary, elements)
	return err
}

// fits checks that each of the elements is one of a type that can be in the answer; no types = of any resource type.
//
// Errors: Invalid.
func (s *Shape) fits(types ...string) error {
	for _, path := range s.Elements {
		if !slices.ContainsFunc(types, func(t string) bool { return hasElement(t, path) }) &&
			(len(types) > 0 || !slices.ContainsFunc(typeNames, func(t string) bool { return hasElement(t, path) })) {
			return fault.AtParam("interaction.shape", "_elements", "_elements: %q is no element of %s", fault.Shown(path), cmp.Or(strings.Join(types, " or "), "any resource type"))
		}
	}
	return nil
}

// wholes are the bodies that shapes are cut from; maxWhole is the largest that is kept.
var wholes = sync.Pool{New: func() any { return new([]byte) }}

const maxWhole = 128 << 10

func (s *Shape) whole() bool { return s.Summary == "" && len(s.Elements) == 0 }

// append appends the body of v as the shape shows it.
func (s *Shape) append(dst []byte, v *chart.Version) []byte {
	if s.whole() {
		return v.AppendJSON(dst)
	}
	whole := wholes.Get().(*[]byte) // the pool holds nothing else
	*whole = v.AppendJSON((*whole)[:0])
	dst = s.filter(dst, v.Type, *whole)
	if cap(*whole) <= maxWhole {
		wholes.Put(whole)
	}
	return dst
}

// filter appends what a shape that is not whole shows of body, a resource of type typ.
func (s *Shape) filter(dst []byte, typ string, body []byte) []byte {
	if s.typ != typ {
		s.typ, s.mask = typ, maskOf(typ, s)
	}
	return s.mask.append(dst, body)
}

// fitting checks the elements that a caller asks for, unless it has asked for lenient handling. See [Shape.fits].
func (c *Call) fitting(s *Shape, types ...string) error {
	if c.lenient() {
		return nil
	}
	return s.fits(types...)
}

const subsetted = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}`

// appendSubsetted appends the meta of a resource with the tag that says that elements are missing.
func appendSubsetted(dst, meta []byte) []byte {
	for pos := 1; meta[pos] != '}'; {
		if meta[pos] == ',' {
			pos++
		}
		start := pos
		pos = skipString(meta, pos)
		key := meta[start:pos]
		pos = skipValue(meta, pos+1)
		if string(key) == `"tag"` {
			dst = append(dst, meta[:pos-1]...)
			return append(append(dst, ","+subsetted+"]"...), meta[pos:]...)
		}
	}
	dst = append(dst, meta[:len(meta)-1]...)
	if len(meta) > 2 {
		dst = append(dst, ',')
	}
	return append(dst, `"tag":[`+subsetted+`]}`...)
}

// The bodies of the store are compact and well formed: no white space, no surprises. The two functions below rely on it.

// skipString returns the position after the string that begins at pos.
func skipString(b []byte, pos int) int {
	for pos++; ; pos++ {
		pos += bytes.IndexByte(b[pos:], '"')
		// The quote ends the string unless an odd number of backslashes is before it.
		before := pos
		for b[before-1] == '\\' {
			before--
		}
		if (pos-before)%2 == 0 {
			return pos + 1
		}
	}
}

// skipValue returns the position after the value that begins at pos.
func skipValue(b []byte, pos int) int {
	switch b[pos] {
	case '"':
		return skipString(b, pos)
	case '{', '[':
	default:
		for pos < len(b) && b[pos] != ',' && b[pos] != '}' && b[pos] != ']' {
			pos++
		}
		return pos
	}
	for depth := 0; ; {
		switch b[pos] {
		case '"':
			pos = skipString(b, pos)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		pos++
		if depth == 0 {
			return pos
		}
	}
}
