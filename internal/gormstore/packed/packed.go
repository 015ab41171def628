// Package packed is the form in which the databases hold the bodies of resources: compressed against a dictionary of what
// FHIR resources have in common, or as they are where that is no shorter. Only the store's own packages know of it; whoever
// reads a chart.Version sees canonical JSON.
//
// The first byte tells the form. Canonical JSON begins with '{' and stands for itself. Any other first byte is the number of a
// dictionary, and what follows is one S2 block made with it. See spec/decisions/0009-packed-bodies.md.
package packed

import (
	_ "embed"
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"
)

// dictionary1 is never edited: rows name it by its number. A better one gets the next number, and both are kept.
//
//go:embed dictionary1.ndjson
var dictionary1 []byte

// dictionaries by the byte that names them; 0 names none. Those of new rows are made with the last.
var dictionaries = [...]*s2.Dict{1: s2.MakeDict(dictionary1, []byte(`,"status":"final"`))}

const (
	newest = len(dictionaries) - 1
	// minPacked is the length in bytes below which packing is not worth the look.
	minPacked = 100
	// maxUnpacked bounds what a row may claim to hold: more than any request can bring.
	maxUnpacked = 64 << 20
)

// errUnknown tells of bytes in none of the forms.
var errUnknown = errors.New("a stored body is in no known form")

// Pack returns the form in which body, which is canonical JSON, is stored; body itself where no other is shorter. Nil stays nil.
func Pack(body []byte) []byte {
	if len(body) < minPacked || body[0] != '{' {
		return body
	}
	// The number takes the place of nothing: the encoder writes behind it.
	out := make([]byte, 1+s2.MaxEncodedLen(len(body)))
	out[0] = byte(newest)
	block := dictionaries[newest].Encode(out[1:], body)
	if 1+len(block) >= len(body) {
		return body
	}
	return append(make([]byte, 0, 1+len(block)), out[:1+len(block)]...)
}

// Unpack returns the body that Pack was given. It may share memory with stored. Nil stays nil.
//
// Errors: the bytes are in no known form, or broken.
func Unpack(stored []byte) ([]byte, error) {
	switch {
	case len(stored) == 0 || stored[0] == '{':
		return stored, nil
	case int(stored[0]) > newest || dictionaries[stored[0]] == nil:
		return nil, errUnknown
	}
	n, err := s2.DecodedLen(stored[1:])
	if err == nil && n > maxUnpacked {
		err = errUnknown
	}
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	body, err := dictionaries[stored[0]].Decode(make([]byte, 0, n), stored[1:])
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return body, nil
}

// Body is a column that holds a stored body; scanned, it is what was packed. It takes over the bytes of the driver: both drivers
// make a copy for each row, and database/sql would make another.
type Body []byte

// Scan implements sql.Scanner.
func (b *Body) Scan(src any) error {
	switch x := src.(type) {
	case []byte:
		body, err := Unpack(x)
		*b = body
		return err
	case nil:
		*b = nil
		return nil
	}
	return errors.New("Scan: a body is not bytes")
}
