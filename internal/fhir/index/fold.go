package index

import (
	"unicode"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s as string search compares it: without case and accents, white space trimmed and runs of it as one space,
// compatibility forms (ﬁ, full width) as their plain letters. Punctuation stays. Fold(Fold(s)) is Fold(s).
//
// https://hl7.org/fhir/R4/search.html#string
func Fold(s string) string {
	if folded(s) {
		return s
	}
	return string(appendFold(nil, s))
}

// fold is Fold without an allocation for each string: texts share chunks of memory. A chunk is only ever appended to, so the
// strings stay good as long as anyone holds them, beyond Reset.
func (x *Rows) fold(s string) string {
	if folded(s) {
		return s
	}
	x.room(len(s))
	return x.written(appendFold(x.text, s))
}

// join writes a, a bar and b, in the same way.
func (x *Rows) join(a, b string) string {
	x.room(len(a) + 1 + len(b))
	return x.written(append(append(append(x.text, a...), '|'), b...))
}

// room makes sure that n bytes fit into the chunk, which spares appending a copy of what is there.
func (x *Rows) room(n int) {
	const chunk = 1024
	if cap(x.text)-len(x.text) < n {
		x.text = make([]byte, 0, max(chunk, n))
	}
}

// written takes over the grown chunk and returns what is new in it.
func (x *Rows) written(grown []byte) string {
	out := grown[len(x.text):]
	x.text = grown
	if len(out) == 0 {
		return ""
	}
	return unsafe.String(&out[0], len(out))
}

// folded reports whether s is plain ASCII that Fold leaves alone.
func folded(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ':
			if space {
				return false
			}
			space = true
			continue
		case c < ' ', c >= utf8.RuneSelf, 'A' <= c && c <= 'Z':
			return false
		}
		space = false
	}
	return !space || s == ""
}

func appendFold(dst []byte, s string) []byte {
	start := len(dst)
	space := false // white space seen and not yet written
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			return foldRunes(dst[:start], s, start)
		case c <= ' ' || c == 0x7f:
			space = true
			continue
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		if space && len(dst) > start {
			dst = append(dst, ' ')
		}
		space = false
		dst = append(dst, c)
	}
	return dst
}

func foldRunes(dst []byte, s string, start int) []byte {
	space := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = true
			continue
		case diacritic(r):
			continue
		}
		if space && len(dst) > start {
			dst = append(dst, ' ')
		}
		space = false
		if plain, ok := plainLetter[r]; ok {
			dst = append(dst, plain...)
			continue
		}
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
	}
	return dst
}

// diacritic reports whether r is an accent. Vowel signs of Indic and other scripts are combining marks too, but carry the
// word; they stay.
func diacritic(r rune) bool {
	return 0x0300 <= r && r <= 0x036f || 0x1ab0 <= r && r <= 0x1aff || 0x1dc0 <= r && r <= 0x1dff || 0x20d0 <= r && r <= 0x20ff
}

// plainLetter maps the letters that do not come apart into a base letter and an accent.
var plainLetter = map[rune]string{
	'Æ': "ae", 'æ': "ae", 'Œ': "oe", 'œ': "oe", 'Ø': "o", 'ø': "o", 'ß': "ss", 'ẞ': "ss", 'Đ': "d", 'đ': "d", 'Ð': "d", 'ð': "d",
	'Ł': "l", 'ł': "l", 'Þ': "th", 'þ': "th", 'ı': "i", 'Ħ': "h", 'ħ': "h", 'Ŧ': "t", 'ŧ': "t", 'ς': "σ",
	'‘': "'", '’': "'", 'ʼ': "'", '“': "\"", '”': "\"", '‐': "-", '–': "-", '—': "-",
}
