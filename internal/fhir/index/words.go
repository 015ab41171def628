package index

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"maps"
	"slices"
	"strings"
	"unicode"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// Words are the words of one resource, for _text and _content: those of its narrative, and those of every other value that is
// text (string, markdown) or a code. URIs, ids, references, dates, numbers and attachments have no words. The zero value is
// ready to use.
//
// https://hl7.org/fhir/R4/search.html#content
type Words struct{ narrative map[string]bool }

// Reset forgets all words and keeps the memory.
func (w *Words) Reset() { clear(w.narrative) }

// Add adds the words of a text, which need not be folded; narrative tells that they stand in the narrative.
func (w *Words) Add(text string, narrative bool) {
	if w.narrative == nil {
		w.narrative = map[string]bool{}
	}
	for word := range strings.SplitSeq(separate(string(appendFold(nil, text, true))), " ") {
		if word != "" {
			w.narrative[wordKey(word)] = narrative || w.narrative[wordKey(word)]
		}
	}
}

// All returns the words, sorted, and whether each stands in the narrative.
func (w *Words) All() ([]string, func(word string) bool) {
	return slices.Sorted(maps.Keys(w.narrative)), func(word string) bool { return w.narrative[word] }
}

// Have reports whether all of list, as [WordsOf] gives them, are among the words; of the narrative if narrative is set. Nil has
// no words.
func (w *Words) Have(list []string, narrative bool) bool {
	return w != nil && !slices.ContainsFunc(list, func(word string) bool {
		within, ok := w.narrative[word]
		return !ok || narrative && !within
	})
}

// WordsOf are the words of a text that is searched for, each once and sorted: as [Words] has them.
func WordsOf(text string) []string {
	var w Words
	w.Add(text, false)
	list, _ := w.All()
	return list
}

// AddWords adds the words of r to x.Words, if they are wanted.
func (x *Rows) AddWords(r r4.Resource) {
	if x.Words == nil {
		return
	}
	n := fhir.NodeOf(r)
	for i := range n.Type.Fields {
		f := &n.Type.Fields[i]
		for at := range n.Len(f) {
			x.words(n.Item(f, at), f.Name == "text")
		}
	}
}

// words adds the words below n. A Narrative has some in its div alone, and a Reference none in its address.
func (x *Rows) words(n fhir.Node, text bool) {
	if !n.Valid() {
		return
	}
	narrative := n.Type.Name == "Narrative"
	switch n.Type.Name {
	case "string", "markdown", "code":
		x.Words.Add(n.Text(), false)
	case "xhtml":
		x.Words.Add(Plain(n.Text()), text)
	}
	x.words(n.Twin(), false)
	for i := range n.Type.Fields {
		f := &n.Type.Fields[i]
		if f.Kind == fhir.KindRaw || narrative && f.Name != "div" || f.Name == "reference" && n.Type.Name == "Reference" { // raw: Element.id, Extension.url
			continue
		}
		for at := range n.Len(f) {
			x.words(n.Item(f, at), text && narrative)
		}
	}
}

// maxWord bounds a word in a key of the store; of a longer one its beginning and a hash stand for it.
const maxWord = 64

func wordKey(word string) string {
	if len(word) <= maxWord {
		return word
	}
	sum := sha256.Sum256([]byte(word))
	head, _ := Head(word, maxWord/2)
	return head + hex.EncodeToString(sum[:maxWord/4])
}

// separate puts one space between the words of a folded text and drops everything else. A word is a run of letters, digits and
// the marks that belong to them; a UUID is one word, since its parts name nothing.
func separate(folded string) string {
	var b strings.Builder
	b.Grow(len(folded))
	uuid := 0 // bytes of a UUID that are still to come
	word := false
	for i, r := range folded {
		switch {
		case uuid > 0:
			uuid--
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if !word && isUUID(folded[i:]) {
				uuid = uuidLength - 1
			}
		default:
			if word {
				b.WriteByte(' ')
			}
			word = false
			continue
		}
		word = true
		b.WriteRune(r)
	}
	return b.String()
}

const uuidLength = 36

// isUUID reports whether s begins with a UUID that is not part of a longer word.
func isUUID(s string) bool {
	if len(s) < uuidLength {
		return false
	}
	for i := range uuidLength {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f':
		default:
			return false
		}
	}
	for _, r := range s[uuidLength:] {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}
	return true
}

// inline are the elements of XHTML that stand within a word. https://hl7.org/fhir/R4/narrative.html
var inline = []string{"a", "abbr", "acronym", "b", "big", "code", "em", "i", "small", "span", "strong", "sub", "sup", "tt", "u"}

// Plain is the text of an XHTML fragment as a reader sees it: without tags, attributes and comments. A tag that begins or ends
// a block becomes a space.
func Plain(div string) string {
	var b strings.Builder
	b.Grow(len(div))
	for {
		text, rest, found := strings.Cut(div, "<")
		b.WriteString(html.UnescapeString(text))
		if !found {
			return b.String()
		}
		if comment, ok := strings.CutPrefix(rest, "!--"); ok {
			_, div, _ = strings.Cut(comment, "-->")
			continue
		}
		end := tagEnd(rest)
		name := strings.TrimLeft(rest[:end], "/")
		if at := strings.IndexAny(name, " \t\r\n/"); at >= 0 {
			name = name[:at]
		}
		if !slices.Contains(inline, name) {
			b.WriteByte(' ')
		}
		div = rest[min(end+1, len(rest)):]
	}
}

// tagEnd is the place of the > that ends a tag: one in an attribute's value does not.
func tagEnd(s string) int {
	quote := byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return len(s)
}
