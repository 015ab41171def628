package index

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// MaxID is how many bytes a logical id has at most: a reference by a longer one names nothing here, and is kept as text.
// https://hl7.org/fhir/R4/datatypes.html#id
const MaxID = 64

// MaxKey is the most bytes that a text in a b-tree key has. PostgreSQL refuses index entries of more than a third of a
// page, and nobody looks up a longer text by its beginning.
const MaxKey = 512

// Key returns s as a code or URI is stored and looked up: unchanged up to [MaxKey] bytes, otherwise its beginning and a hash
// of all of it, so that equal texts keep equal keys and different ones different.
func Key(s string) string {
	if len(s) <= MaxKey {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	digest := hex.EncodeToString(sum[:16])
	head, _ := Head(s, MaxKey-1-len(digest))
	return head + "#" + digest
}

// Head cuts s after at most limit bytes, between characters.
func Head(s string, limit int) (head, rest string) {
	if len(s) <= limit {
		return s, ""
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit], s[limit:]
}

// Clean removes what PostgreSQL keeps in no text: NUL, and bytes that are no UTF-8. FHIR allows neither.
func Clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if utf8.ValidString(s) { // which looks at eight bytes at once
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
