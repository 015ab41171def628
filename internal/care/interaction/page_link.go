package interaction

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// pageLink is what the link to another page holds. It is sealed: search values are personal data and stay out of URLs and
// logs, nobody can change a cursor, and a link works only for the site, user, client and scopes that it was made for.
type pageLink struct {
	path   string // what is paged, relative to the base
	params string // the search, form-encoded
	after  string // cursor; empty = the first page
	// way are the cursors of the pages before this one, the last of them last, each ended by a line feed; the first page has none. It
	// begins with a line feed where it was cut short.
	way string
	// handling is "lenient" where the first page was asked for so: what it passed over is passed over on the others.
	handling string
}

const lenientPages = "lenient"

// maxWay bounds the way that a link keeps, in bytes. It is part of a URL, in which a long search, as it comes by POST, leaves less room
// for it or none: maxRoom is for both.
const (
	maxWay  = 1024
	maxRoom = 4096
)

// next is the link to the page behind this one, which begins at a cursor.
func (l pageLink) next(after string) pageLink {
	if l.after != "" {
		l.way += l.after + "\n"
	}
	for limit := min(maxWay, max(1, maxRoom-len(l.params))); len(l.way) > limit; { // forget the pages that are farthest
		_, rest, _ := strings.Cut(strings.TrimPrefix(l.way, "\n"), "\n")
		l.way = "\n" + rest
	}
	l.after = after
	return l
}

// previous is the link to the page before this one; false if there is none, or its place was forgotten.
func (l pageLink) previous() (pageLink, bool) {
	if l.after == "" || l.way == "\n" {
		return l, false
	}
	way := strings.TrimSuffix(l.way, "\n")
	at := strings.LastIndexByte(way, '\n') + 1
	l.way, l.after = way[:at], way[at:]
	return l, true
}

// pageLinks are the links of a page to others of the same result, relative to the base; empty where there is none.
type pageLinks struct{ first, previous, next string }

// links makes the links of the page that link led to, of the result of params. after is the cursor of the next one, empty on the last.
func (e *Engine) links(c *Call, link pageLink, params []search.Parameter, after string) (list pageLinks) {
	if link.after == "" && after == "" {
		return list
	}
	link.params = applied(params)
	if c.lenient() {
		link.handling = lenientPages
	}
	var form []search.Applied // in which the caller wants this page, and so the others; the last of a name counts
	for _, p := range params {
		if ofForm(p) {
			form = append(slices.DeleteFunc(form, func(o search.Applied) bool { return o.Name == p.Name }), search.Applied(p))
		}
	}
	url := func(l pageLink) string {
		return l.path + "?" + search.EncodeForm(append([]search.Applied{{Name: pageParam, Value: e.pages.seal(c, l, e.now())}}, form...))
	}
	if link.after != "" {
		list.first = url(pageLink{path: link.path, params: link.params, handling: link.handling})
	}
	if before, ok := link.previous(); ok {
		list.previous = url(before)
	}
	if after != "" {
		list.next = url(link.next(after))
	}
	return list
}

// ofForm reports whether a parameter is about the form of the answer, not about what is in it.
func ofForm(p search.Parameter) bool { return p.Name == "_format" || p.Name == "_pretty" }

// write writes the links into the list of a Bundle whose link to the page itself was begun.
//
// https://hl7.org/fhir/R4/http.html#paging
func (l *pageLinks) write(s *Sink, base string) {
	for _, to := range [...]struct{ relation, url string }{{"first", l.first}, {"previous", l.previous}, {"next", l.next}} {
		if to.url != "" {
			s.string(`},{"relation":"` + to.relation + `","url":`)
			s.quote(base + "/" + to.url)
		}
	}
}

// pageLifetime is how long a page link works.
const pageLifetime = time.Hour

type pageSealer struct{ aead cipher.AEAD }

func newPageSealer(key []byte) (*pageSealer, error) {
	const op = "interaction.page-key"
	if len(key) != 32 {
		return nil, fault.New(fault.Internal, op, "the key for page links has 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, op, err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, op, err)
	}
	return &pageSealer{aead: aead}, nil
}

// seal returns the token of l for the caller of c.
func (p *pageSealer) seal(c *Call, l pageLink, now time.Time) string {
	plain := binary.AppendVarint(nil, now.Add(pageLifetime).Unix())
	for _, field := range []string{l.path, l.params, l.after, l.way, l.handling} {
		plain = append(binary.AppendUvarint(plain, uint64(len(field))), field...)
	}
	return base64.RawURLEncoding.EncodeToString(p.aead.Seal(nil, nil, plain, audience(c))) //nolint:gosec // an AEAD made with NewGCMWithRandomNonce
}

// open returns what seal put into a token. Errors: Invalid if it was made for somebody else or tampered with; Gone if it has
// expired.
func (p *pageSealer) open(c *Call, token string, now time.Time) (l pageLink, err error) {
	const op = "interaction.page"
	invalid := fault.AtParam(op, pageParam, "the page link is not valid for this request")
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return l, invalid
	}
	plain, err := p.aead.Open(nil, nil, sealed, audience(c))
	if err != nil {
		return l, invalid
	}
	expires, n := binary.Varint(plain)
	if n <= 0 {
		return l, invalid
	}
	if now.Unix() > expires {
		return l, fault.New(fault.Gone, op, "the page link has expired; repeat the search")
	}
	plain = plain[n:]
	for _, field := range []*string{&l.path, &l.params, &l.after, &l.way, &l.handling} {
		size, n := binary.Uvarint(plain)
		if n <= 0 || size > uint64(len(plain)-n) {
			return pageLink{}, invalid
		}
		*field = string(plain[n : n+int(size)])
		plain = plain[n+int(size):]
	}
	return l, nil
}

// audience is whom a page link is for.
func audience(c *Call) []byte {
	h := sha256.New()
	for _, part := range []string{c.Site.Name(), c.Subject.UserID, c.Subject.ClientID, c.Subject.Patient, strings.Join(c.Subject.Scopes.Raw, " ")} {
		h.Write(binary.AppendUvarint(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}
