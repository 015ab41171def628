package interaction

import (
	"bytes"
	"context"
	"slices"

	"chartwright/internal/chart"
)

// contained writes a match that is contained in v, at a place in its list from 1. Its address is a fragment of the container's.
//
// https://hl7.org/fhir/R4/search.html#contained
func (b *searchset) contained(s *Sink, v *chart.Version, place int) {
	body := containedAt(v.Body, place)
	typ, id := textMember(body, "resourceType"), textMember(body, "id")
	s.string(`{"fullUrl":"`)
	s.string(b.base + "/" + v.Key.String() + "#")
	s.string(id)
	s.string(`","resource":`)
	if b.shape.whole() {
		s.Buf = append(s.Buf, body...)
	} else {
		s.Buf = b.shape.filter(s.Buf, typ, body)
	}
	s.string(`,"search":{"mode":"match"}}`)
	s.Spill()
}

// withoutDamaged takes out of a result what the index finds contained at a place where the container has nothing: the index is
// damaged then, which is the operator's to mend (chartwright check tells, chartwright reindex mends), and what is not there is not found.
func (e *Engine) withoutDamaged(ctx context.Context, result *chart.Result) {
	for i, place := range slices.Backward(result.Places) {
		v := result.Matches[i]
		if place == 0 || containedAt(v.Body, place) != nil {
			continue
		}
		e.log.WarnContext(ctx, "the index names a contained resource that is not there", "type", v.Type, "id", v.ID, "place", place)
		result.Matches, result.Places = slices.Delete(result.Matches, i, i+1), slices.Delete(result.Places, i, i+1)
		if result.Total > 0 {
			result.Total--
		}
	}
}

// containedAt cuts the resource at a place, from 1, out of the list of those that the resource in body contains; nil if there is none.
func containedAt(body []byte, place int) []byte {
	list := member(body, "contained")
	for pos, n := 1, 1; pos < len(list) && list[pos] == '{'; n++ {
		end := skipValue(list, pos)
		if n == place {
			return list[pos:end]
		}
		pos = end + 1 // behind the comma
	}
	return nil
}

// member returns the value of a member of a JSON object of the store; nil if there is none.
func member(src []byte, name string) []byte {
	for pos := 1; src[pos] != '}'; {
		if src[pos] == ',' {
			pos++
		}
		start := pos
		pos = skipString(src, pos)
		key := src[start+1 : pos-1]
		value := pos + 1
		pos = skipValue(src, value)
		if string(key) == name {
			return src[value:pos]
		}
	}
	return nil
}

// textMember returns a member that is a string without escapes, as ids and names of types are.
func textMember(src []byte, name string) string {
	return string(bytes.Trim(member(src, name), `"`))
}
