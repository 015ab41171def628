// Package bundle reads a Bundle without decoding the resources in it, so that the entries of a batch or transaction can be
// decoded side by side and a fault in one does not hide the others.
// https://hl7.org/fhir/R4/bundle.html
package bundle

import (
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/go-faster/jx"

	"chartwright/internal/fault"
)

// Bundle is a Bundle whose resources are still JSON.
type Bundle struct {
	Type    string
	Entries []Entry
}

// Entry is one Bundle.entry.
type Entry struct {
	FullURL  string
	Resource []byte // JSON as sent, a part of the input; nil if the entry has none
	Request  *Request
}

// Request is Bundle.entry.request.
type Request struct {
	Method          string
	URL             string
	IfNoneMatch     string
	IfModifiedSince string
	IfMatch         string
	IfNoneExist     string
}

const op = "bundle.scan"

// Scan reads the Bundle in data, which must stay as it is while the entries are in use. It refuses what the decoder of
// resources refuses: unknown elements, members given twice, invalid UTF-8, anything behind the Bundle. Elements that a
// batch or transaction has no use for (identifier, link, search …) must be well-formed JSON and are passed over. The
// resources themselves are only bounded; whoever decodes them checks them.
//
// Errors: Invalid with the expression of the element at fault; TooLarge for more than maxEntries entries.
func Scan(data []byte, maxEntries int) (*Bundle, error) {
	if !utf8.Valid(data) {
		return nil, fault.New(fault.Invalid, op, "the body is not valid UTF-8")
	}
	s := scanner{max: maxEntries, top: members{names: bundleMembers}}
	d := jx.DecodeBytes(data)
	if d.Next() != jx.Object {
		return nil, fault.New(fault.Invalid, op, "a Bundle is a JSON object")
	}
	err := d.ObjBytes(s.bundle)
	switch {
	case s.err != nil:
		return nil, s.err
	case err != nil:
		return nil, fault.At(op, s.path(), "this is not well-formed JSON")
	case !ended(d):
		return nil, fault.New(fault.Invalid, op, "there is more behind the Bundle")
	case s.resourceType != "Bundle":
		return nil, fault.At(op, "resourceType", "a Bundle is expected here")
	}
	return &s.Bundle, nil
}

// ended reports whether nothing but white space is left.
func ended(d *jx.Decoder) bool {
	err := d.Skip()
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// scanner keeps what was read and what went wrong. Errors of jx speak of bytes; err speaks of elements.
type scanner struct {
	Bundle
	resourceType string
	max          int
	top          members
	in           place
	err          error
}

// place is where in the Bundle the scanner is.
type place struct {
	entry   bool
	request bool
	member  string
}

func (s *scanner) path() string {
	p := "Bundle"
	if s.in.entry {
		p += ".entry[" + strconv.Itoa(len(s.Entries)-1) + "]"
	}
	if s.in.request {
		p += ".request"
	}
	if s.in.member != "" {
		p += "." + s.in.member
	}
	return p
}

// fail notes a fault at the current element and stops jx.
func (s *scanner) fail(format string, args ...any) error {
	if s.err == nil {
		s.err = fault.At(op, s.path(), format, args...)
	}
	return s.err
}

// members tells the members of one object apart and notices those that come twice.
type members struct {
	names []string
	seen  uint32
}

// find returns the name of key, "" if the object has no such member, and whether it was there before.
func (m *members) find(key []byte) (name string, again bool) {
	for i, n := range m.names {
		if n == string(key) {
			again = m.seen&(1<<i) != 0
			m.seen |= 1 << i
			return n, again
		}
	}
	return "", false
}

var (
	bundleMembers = []string{
		"resourceType", "id", "meta", "implicitRules", "language", "identifier", "type", "timestamp", "total", "link", "entry",
		"signature", "_id", "_implicitRules", "_language", "_type", "_timestamp", "_total",
	}
	entryMembers   = []string{"id", "extension", "modifierExtension", "link", "fullUrl", "_fullUrl", "resource", "search", "request", "response"}
	requestMembers = []string{
		"id", "extension", "modifierExtension", "method", "url", "ifNoneMatch", "ifModifiedSince", "ifMatch", "ifNoneExist",
		"_method", "_url", "_ifNoneMatch", "_ifModifiedSince", "_ifMatch", "_ifNoneExist",
	}
)

// enter finds the member key and fails for one that is unknown or comes twice.
func (s *scanner) enter(m *members, key []byte) (string, error) {
	name, again := m.find(key)
	if name == "" {
		s.in.member = ""
		return "", s.fail("%s has no element %q", s.path(), clip(key))
	}
	s.in.member = name
	if again {
		return "", s.fail("this element is given twice")
	}
	return name, nil
}

func (s *scanner) bundle(d *jx.Decoder, key []byte) error {
	name, err := s.enter(&s.top, key)
	if err != nil {
		return err
	}
	switch name {
	case "resourceType":
		return s.text(d, &s.resourceType)
	case "type":
		return s.text(d, &s.Type)
	case "entry":
		if d.Next() != jx.Array {
			return s.fail("a list of entries is expected")
		}
		return d.Arr(s.entry)
	}
	return d.Skip()
}

func (s *scanner) entry(d *jx.Decoder) error {
	if len(s.Entries) == s.max {
		s.err = fault.New(fault.TooLarge, op, "a Bundle has at most %d entries", s.max)
		return s.err
	}
	s.Entries = append(s.Entries, Entry{})
	e := &s.Entries[len(s.Entries)-1]
	s.in = place{entry: true}
	if d.Next() != jx.Object {
		return s.fail("an entry is an object")
	}
	m := members{names: entryMembers}
	err := d.ObjBytes(func(d *jx.Decoder, key []byte) error {
		name, err := s.enter(&m, key)
		if err != nil {
			return err
		}
		switch name {
		case "fullUrl":
			return s.text(d, &e.FullURL)
		case "resource":
			if d.Next() != jx.Object {
				return s.fail("a resource is an object")
			}
			raw, err := d.Raw()
			e.Resource = raw
			return err
		case "request":
			return s.request(d, e)
		}
		return d.Skip()
	})
	if err == nil {
		s.in = place{} // after a fault it stays, to say where
	}
	return err
}

func (s *scanner) request(d *jx.Decoder, e *Entry) error {
	if d.Next() != jx.Object {
		return s.fail("a request is an object")
	}
	r := &Request{}
	e.Request = r
	s.in.request, s.in.member = true, ""
	m := members{names: requestMembers}
	err := d.ObjBytes(func(d *jx.Decoder, key []byte) error {
		name, err := s.enter(&m, key)
		if err != nil {
			return err
		}
		switch name {
		case "method":
			return s.text(d, &r.Method)
		case "url":
			return s.text(d, &r.URL)
		case "ifNoneMatch":
			return s.text(d, &r.IfNoneMatch)
		case "ifModifiedSince":
			return s.text(d, &r.IfModifiedSince)
		case "ifMatch":
			return s.text(d, &r.IfMatch)
		case "ifNoneExist":
			return s.text(d, &r.IfNoneExist)
		}
		return d.Skip()
	})
	if err == nil {
		s.in.request = false
	}
	return err
}

func (s *scanner) text(d *jx.Decoder, to *string) error {
	if d.Next() != jx.String {
		return s.fail("a string is expected")
	}
	v, err := d.Str()
	*to = v
	return err
}

// clip bounds what a message repeats of a name that the client chose.
func clip(name []byte) string {
	const limit = 40
	if len(name) > limit {
		return string([]rune(string(name[:limit]))) + "…"
	}
	return string(name)
}
