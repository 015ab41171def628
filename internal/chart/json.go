package chart

import "strconv"

// lastUpdated is the form of meta.lastUpdated: an instant to the millisecond, in UTC.
// https://hl7.org/fhir/R4/datatypes.html#instant
const lastUpdated = "2006-01-02T15:04:05.000Z"

// AppendJSON appends the resource as a client sees it: Body with meta.versionId and meta.lastUpdated put in. Nothing is
// decoded: a canonical body begins with resourceType, id and, if it has one, meta. A deletion has no body and appends nothing.
func (v *Version) AppendJSON(dst []byte) []byte {
	if v.Body == nil {
		return dst
	}
	at := len(`{"resourceType":"","id":""`) + len(v.Type) + len(v.ID)
	rest := v.Body[at:]
	const meta = `,"meta":{`
	hasMeta := len(rest) > len(meta) && string(rest[:len(meta)]) == meta

	dst = append(dst, v.Body[:at]...)
	dst = append(dst, `,"meta":{"versionId":"`...)
	dst = strconv.AppendInt(dst, v.VID, 10)
	dst = append(dst, `","lastUpdated":"`...)
	dst = v.Updated.UTC().AppendFormat(dst, lastUpdated)
	dst = append(dst, '"')
	switch {
	case !hasMeta:
		dst = append(dst, '}')
		return append(dst, rest...)
	case rest[len(meta)] != '}':
		dst = append(dst, ',')
	}
	return append(dst, rest[len(meta):]...)
}

// CanonicalPrefix reports whether body begins as the canonical JSON of key does, which is what AppendJSON relies on.
func CanonicalPrefix(key Key, body []byte) bool {
	for _, part := range [...]string{`{"resourceType":"`, key.Type, `","id":"`, key.ID, `"`} {
		if len(body) < len(part) || string(body[:len(part)]) != part {
			return false
		}
		body = body[len(part):]
	}
	return len(body) > 0 && (body[0] == ',' || body[0] == '}')
}
