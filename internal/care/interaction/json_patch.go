package interaction

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sort"
	"strconv"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"chartwright/internal/fault"
)

// applyJSONPatch applies the operations in order to a resource of type typ. A test compares numbers by value, as RFC 6902 §4.6
// asks, so 1.10 is 1.1.
//
// Errors: Unprocessable if an operation does not apply or a test does not hold; TooLarge.
func applyJSONPatch(p jsonpatch.Patch, typ string, body []byte) ([]byte, error) {
	const op = "interaction.patch"
	for start := 0; start < len(p); {
		if p[start].Kind() == "test" {
			if err := holds(p[start], body); err != nil {
				return nil, refusedPatch(op, typ, p, start, err)
			}
			start++
			continue
		}
		end := start
		for end < len(p) && p[end].Kind() != "test" {
			end++
		}
		patched, err := p[start:end].ApplyWithOptions(body, patchOptions)
		if err != nil {
			// The first operation that does not apply is the last of the shortest run that fails.
			failing := start + sort.Search(end-start-1, func(i int) bool {
				_, err := p[start:start+i+1].ApplyWithOptions(body, patchOptions)
				return err != nil
			})
			return nil, refusedPatch(op, typ, p, failing, err)
		}
		body, start = patched, end
	}
	return body, nil
}

// refusedPatch says which operation of a patch does not apply, where and why, without quoting the resource.
func refusedPatch(op, typ string, p jsonpatch.Patch, i int, err error) error {
	var size *jsonpatch.AccumulatedCopySizeError
	kind, why := fault.Unprocessable, "does not apply"
	switch {
	case fault.KindOf(err) == fault.Invalid:
		return err
	case errors.Is(err, jsonpatch.ErrTestFailed):
		why = "does not hold"
	case errors.Is(err, jsonpatch.ErrMissing), errors.Is(err, jsonpatch.ErrInvalidIndex):
		why = "leads nowhere"
	case errors.As(err, &size):
		kind, why = fault.TooLarge, "copies too much"
	}
	path, _ := p[i].Path()
	detail := fmt.Sprintf("operation %d of the patch (%s) %s", i+1, fault.Shown(p[i].Kind()), why)
	return &fault.Error{Kind: kind, Op: op, Detail: detail, Issues: []fault.Issue{{Expression: elementAt(typ, path), Detail: detail}}}
}

// elementAt is the FHIRPath of the element that a JSON Pointer names: Patient.name[0].family for /name/0/family.
func elementAt(typ, pointer string) string {
	var b strings.Builder
	b.WriteString(typ)
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch n, err := strconv.ParseUint(token, 10, 31); {
		case err == nil:
			fmt.Fprintf(&b, "[%d]", n)
		case !isName(token): // the end of a list, or nothing that an element is called
			return b.String()
		default:
			b.WriteString("." + strings.TrimPrefix(token, "_"))
		}
	}
	return b.String()
}

// isName reports whether token can be the name of a member of a resource.
func isName(token string) bool {
	if token == "" || len(token) > 64 {
		return false
	}
	for i := range len(token) {
		if c := token[i] | 0x20; (c < 'a' || c > 'z') && (token[i] < '0' || token[i] > '9') && token[i] != '_' {
			return false
		}
	}
	return true
}

var errNowhere = errors.New("no such place")

// holds looks whether a test operation holds for the document. Errors: Invalid; those of jsonpatch.
func holds(o jsonpatch.Operation, body []byte) error {
	const op = "interaction.patch"
	path, err := o.Path()
	wanted, given := o["value"]
	if err != nil || !given {
		return fault.New(fault.Invalid, op, "a test operation needs path and value")
	}
	var want any
	if wanted != nil { // null
		if want, err = decodeJSON(*wanted); err != nil {
			return fault.New(fault.Invalid, op, "the value of a test operation is not JSON")
		}
	}
	have, err := decodeJSON(body)
	if err == nil {
		have, err = follow(have, path)
	}
	switch {
	case errors.Is(err, errNowhere):
		return jsonpatch.ErrMissing
	case err != nil:
		return fault.Wrap(fault.Internal, op, err)
	case !sameJSON(have, want):
		return jsonpatch.ErrTestFailed
	}
	return nil
}

func decodeJSON(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err = d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return v, nil
}

// follow returns what a JSON Pointer leads to. RFC 6901
func follow(v any, pointer string) (any, error) {
	if pointer == "" {
		return v, nil
	}
	if pointer[0] != '/' {
		return nil, errNowhere
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		switch at := v.(type) {
		case map[string]any:
			child, ok := at[token]
			if !ok {
				return nil, errNowhere
			}
			v = child
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) || strconv.Itoa(i) != token {
				return nil, errNowhere
			}
			v = at[i]
		default:
			return nil, errNowhere
		}
	}
	return v, nil
}

// sameJSON compares as RFC 6902 §4.6 says: objects by members, lists by order, numbers by value.
func sameJSON(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		return ok && valueOf(string(a)) == valueOf(string(b))
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameJSON(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key, x := range a {
			if y, ok := b[key]; !ok || !sameJSON(x, y) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

// number is the value of a JSON number: 0.digits × 10^exponent, without zeros at either end of the digits. Two numbers are
// equal if their values are, however long they are written.
type number struct {
	negative bool
	digits   string
	exponent int64
}

func valueOf(literal string) number {
	var n number
	literal, n.negative = strings.CutPrefix(literal, "-")
	mantissa, power, _ := strings.Cut(strings.ToLower(literal), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if power != "" {
		e, err := strconv.ParseInt(power, 10, 32)
		if err != nil { // beyond any number that FHIR knows: only the same text is the same
			return number{digits: literal}
		}
		n.exponent = e
	}
	n.exponent += int64(len(whole))
	n.digits = whole + fraction
	trimmed := strings.TrimLeft(n.digits, "0")
	n.exponent -= int64(len(n.digits) - len(trimmed))
	if n.digits = strings.TrimRight(trimmed, "0"); n.digits == "" {
		return number{} // zero has no sign and no size
	}
	return n
}
