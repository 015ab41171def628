package interaction

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"chartwright/gen/r4"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// Shape says which elements of a resource an answer shows. The zero value shows all.
//
// https://hl7.org/fhir/R4/search.html#summary, https://hl7.org/fhir/R4/search.html#elements
type Shape struct {
	Summary  string // "", true, text, data; false and count are "" here
	Elements []string
}

// ShapeOf reads _summary and _elements. Errors: Invalid for a _summary that does not exist, or for both at once.
func ShapeOf(summary string, elements []string) (Shape, error) {
	const op = "interaction.shape"
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
	dst = s.filter(dst, *whole, r4.TypeByName(v.Type), s.Summary == "true")
	if cap(*whole) <= maxWhole {
		wholes.Put(whole)
	}
	return dst
}

// shows reports whether the element f of a resource stays.
func (s *Shape) shows(f *fhir.Field) bool {
	switch s.Summary {
	case "true":
		return f.Summary
	case "text":
		return f.Name == "text" || f.Min > 0
	case "data":
		return f.Name != "text"
	}
	return f.Min > 0 || f.Modifier || slices.Contains(s.Elements, f.Name)
}

// filter copies the members of the JSON object src that the shape shows, and marks a resource as incomplete.
func (s *Shape) filter(dst, src []byte, typ *fhir.Type, deep bool) []byte {
	dst = append(dst, '{')
	empty := true
	for pos := 1; src[pos] != '}'; {
		if src[pos] == ',' {
			pos++
		}
		start := pos
		pos = skipString(src, pos)
		key := src[start+1 : pos-1]
		pos++ // the colon
		value := pos
		pos = skipValue(src, pos)
		f := fieldOf(typ, bytes.TrimPrefix(key, underscore))
		always := typ.Resource && (f == nil || f.Name == "id" || f.Name == "meta")
		if !always && (f == nil || !s.shows(f)) {
			continue
		}
		if !empty {
			dst = append(dst, ',')
		}
		empty = false
		dst = append(dst, src[start:value]...)
		switch {
		case typ.Resource && f != nil && f.Name == "meta":
			dst = appendSubsetted(dst, src[value:pos])
		case deep && f != nil && f.Type != nil && strings.Contains(f.Type.Name, "."):
			dst = s.filterAll(dst, src[value:pos], f.Type)
		default:
			dst = append(dst, src[value:pos]...)
		}
	}
	return append(dst, '}')
}

// filterAll filters a backbone element, or each of several.
func (s *Shape) filterAll(dst, src []byte, typ *fhir.Type) []byte {
	if src[0] != '[' {
		return s.filter(dst, src, typ, true)
	}
	dst = append(dst, '[')
	for pos := 1; src[pos] != ']'; {
		if src[pos] == ',' {
			dst = append(dst, ',')
			pos++
		}
		end := skipValue(src, pos)
		dst = s.filter(dst, src[pos:end], typ, true)
		pos = end
	}
	return append(dst, ']')
}

var underscore = []byte("_")

// fieldOf finds the field behind a JSON name: the element's own, or that of a choice with its type.
func fieldOf(typ *fhir.Type, key []byte) *fhir.Field {
	for i := range typ.Fields {
		f := &typ.Fields[i]
		if f.Name == string(key) {
			return f
		}
		if f.Kind == fhir.KindChoice && len(key) > len(f.Name) && string(key[:len(f.Name)]) == f.Name && key[len(f.Name)] < 'a' {
			return f
		}
	}
	return nil
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
