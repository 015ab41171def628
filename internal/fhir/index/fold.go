package index

import (
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s as string search compares it: without case, accents and punctuation, white space trimmed and runs of it as one
// space, compatibility forms (ﬁ, full width) as their plain letters. Apostrophes and full stops leave nothing behind (O'Brien is
// obrien, J.R. is jr), other punctuation separates as a space does (Smith-Jones is smith jones); a full stop between digits stays,
// as do symbols (+ % # &), and so does a text that is nothing but punctuation. Fold(Fold(s)) is Fold(s).
//
// https://hl7.org/fhir/R4/search.html#string
func Fold(s string) string {
	if folded(s) {
		return s
	}
	return string(appendFold(nil, s, false))
}

// fold is Fold without an allocation for each string: texts share chunks of memory. A chunk is only ever appended to, so the
// strings stay good as long as anyone holds them, beyond Reset.
func (x *Rows) fold(s string) string {
	if folded(s) {
		return s
	}
	x.room(len(s))
	return x.written(appendFold(x.text, s, false))
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
		case c < ' ', c >= utf8.RuneSelf, 'A' <= c && c <= 'Z', asciiRole[c] != letter:
			return false
		}
		space = false
	}
	return !space || s == ""
}

// appendFold appends s folded. Marked leaves punctuation where it is.
func appendFold(dst []byte, s string, marked bool) []byte {
	start := len(dst)
	if !marked {
		if dst = foldBytes(dst, s, false); len(dst) > start {
			return dst
		}
	}
	return foldBytes(dst, s, true)
}

func foldBytes(dst []byte, s string, marked bool) []byte {
	start := len(dst)
	space := false // white space seen and not yet written
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return foldRunes(dst[:start], s, start, marked)
		}
		switch r := asciiRole[c]; {
		case r == white || r == mark && !marked:
			space = true
			continue
		case r == silent && !marked && (space || !between(dst[start:], s, i)):
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

func foldRunes(dst []byte, s string, start int, marked bool) []byte {
	space := false
	s = norm.NFKD.String(strings.ReplaceAll(s, "´", "'")) // alone this accent is an apostrophe; NFKD knows it behind a space only
	for i, r := range s {
		if diacritic(r) {
			continue
		}
		switch k := role(r); {
		case k == white || k == mark && !marked:
			space = true
			continue
		case k == silent && !marked && (space || !between(dst[start:], s, i)):
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

// between reports whether s[i] is a full stop between digits, of which the first is the last byte written.
func between(written []byte, s string, i int) bool {
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	return s[i] == '.' && len(written) > 0 && digit(written[len(written)-1]) && i+1 < len(s) && digit(s[i+1])
}

// The roles of characters in a text.
const (
	letter uint8 = iota // and digits, symbols, marks of letters: what counts
	white
	mark   // punctuation
	silent // punctuation within words
)

// role says what r is in a text.
func role(r rune) uint8 {
	switch {
	case r < utf8.RuneSelf:
		return asciiRole[r]
	case unicode.IsSpace(r) || unicode.IsControl(r):
		return white
	case strings.ContainsRune("‘’‛ʼ′", r):
		return silent
	case unicode.IsPunct(r):
		return mark
	}
	return letter
}

var asciiRole = func() (roles [utf8.RuneSelf]uint8) {
	for r := range rune(utf8.RuneSelf) {
		switch {
		case r <= ' ' || r == 0x7f:
			roles[r] = white
		case strings.ContainsRune("'`.", r):
			roles[r] = silent
		case strings.ContainsRune("%#&@*", r): // Unicode calls them punctuation; they are read aloud
		case unicode.IsPunct(r):
			roles[r] = mark
		}
	}
	return roles
}()

// diacritic reports whether r is an accent. Vowel signs of Indic and other scripts are combining marks too, but carry the
// word; they stay.
func diacritic(r rune) bool {
	return 0x0300 <= r && r <= 0x036f || 0x1ab0 <= r && r <= 0x1aff || 0x1dc0 <= r && r <= 0x1dff || 0x20d0 <= r && r <= 0x20ff
}

// plainLetter maps the letters that do not come apart into a base letter and an accent.
var plainLetter = map[rune]string{
	'Æ': "ae", 'æ': "ae", 'Œ': "oe", 'œ': "oe", 'Ø': "o", 'ø': "o", 'ß': "ss", 'ẞ': "ss", 'Đ': "d", 'đ': "d", 'Ð': "d", 'ð': "d",
	'Ł': "l", 'ł': "l", 'Þ': "th", 'þ': "th", 'ı': "i", 'Ħ': "h", 'ħ': "h", 'Ŧ': "t", 'ŧ': "t", 'ς': "σ",
}
