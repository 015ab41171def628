package interaction

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"chartwright/internal/fault"
)

// document is the body of an answer that is no record but a part of this program, such as the CapabilityStatement, seen through a
// shape.
type document struct {
	typ   string
	whole []byte
	shape Shape
}

// Write implements [Body].
func (d document) Write(s *Sink) {
	if d.shape.whole() {
		s.whole(d.whole)
		return
	}
	body := d.whole
	if first, rest, _ := bytes.Cut(body, []byte(`,`)); !bytes.HasPrefix(rest, []byte(`"meta":`)) { // for the tag that elements are missing
		body = append(append(append(make([]byte, 0, len(body)+12), first...), `,"meta":{},`...), rest...)
	}
	s.Buf = d.shape.filter(s.Buf, d.typ, body)
	s.Spill()
}

// document answers with a part of this program as the caller wants to see it, or with 304 if he has it already. The tag names its
// content: under one tag it is the same, whatever the site.
//
// Errors: Invalid for elements that it does not have; PreconditionFailed.
func (c *Call) document(typ string, whole []byte, tag string) (*Answer, error) {
	if err := c.fitting(&c.Shape, typ); err != nil {
		return nil, err
	}
	if !c.Shape.whole() {
		tag += "-" + contentTag([]byte(c.Shape.Summary+"\n"+strings.Join(c.Shape.Elements, "\n")))
	}
	match, ok := parseTags(c.Header.IfMatch)
	if !ok || match.given && !match.has(tag) {
		return nil, fault.New(fault.PreconditionFailed, "interaction.document", "If-Match names another content than this").Naming("If-Match")
	}
	a := &Answer{Status: 200, Tag: `W/"` + tag + `"`, Body: document{typ, whole, c.Shape}}
	if have, ok := parseTags(c.Header.IfNoneMatch); ok && have.given && have.has(tag) {
		a.Status, a.Body = 304, nil
	}
	return a, nil
}

// contentTag makes a tag of a content.
func contentTag(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8])
}
