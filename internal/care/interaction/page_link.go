package interaction

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"chartwright/internal/fault"
)

// pageLink is what the link to another page holds. It is sealed: search values are personal data and stay out of URLs and
// logs, nobody can change a cursor, and a link works only for the site, user, client and scopes that it was made for.
type pageLink struct {
	path   string // what is paged, relative to the base
	params string // the search, form-encoded
	after  string // cursor
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
	for _, field := range []string{l.path, l.params, l.after} {
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
	for _, field := range []*string{&l.path, &l.params, &l.after} {
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
