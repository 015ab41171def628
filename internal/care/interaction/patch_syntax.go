package interaction

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"chartwright/internal/fault"
)

// checkMembers makes sure that no object in text, which is JSON, has a member twice: of two nobody can tell which is meant.
//
// Errors: Invalid. RFC 6902 §A.13, RFC 8259 §4
func checkMembers(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	type object struct {
		members map[string]bool // nil: a list
		value   bool            // the next token is the value of a member
	}
	var open []object
	for {
		tok, err := d.Token()
		if err != nil {
			return nil //nolint:nilerr // the end, or what the patch's own reader complains about
		}
		top := len(open) - 1
		switch tok := tok.(type) {
		case json.Delim:
			switch tok {
			case '{':
				open = append(open, object{members: map[string]bool{}})
				continue
			case '[':
				open = append(open, object{})
				continue
			}
			open = open[:top]
		case string:
			if top >= 0 && open[top].members != nil && !open[top].value {
				if open[top].members[tok] {
					return fault.New(fault.Invalid, "interaction.patch", "the patch has a member %q twice in one object", fault.Shown(tok))
				}
				open[top].members[tok], open[top].value = true, true
				continue
			}
		}
		if top = len(open) - 1; top >= 0 {
			open[top].value = false
		}
	}
}

// checkPointers makes sure that what the operations of a JSON Patch call places are JSON Pointers.
//
// Errors: Invalid. RFC 6901 §3, §4
func checkPointers(p jsonpatch.Patch) error {
	for i, o := range p {
		for _, name := range []string{"path", "from"} {
			text, given := o[name]
			var pointer string
			if !given || text == nil || json.Unmarshal(*text, &pointer) != nil {
				continue // whoever needs it says that it is missing
			}
			if !isPointer(pointer) {
				return fault.New(fault.Invalid, "interaction.patch", "operation %d of the patch: %s is no JSON Pointer", i+1, name)
			}
		}
	}
	return nil
}

// isPointer reports whether text is a JSON Pointer into a resource, whose elements have no names that begin with a digit or sign.
func isPointer(text string) bool {
	if text == "" {
		return true
	}
	if text[0] != '/' {
		return false
	}
	for token := range strings.SplitSeq(text[1:], "/") {
		for rest := token; rest != ""; {
			_, after, found := strings.Cut(rest, "~")
			if found && !strings.HasPrefix(after, "0") && !strings.HasPrefix(after, "1") {
				return false
			}
			rest = after
		}
		if n, err := strconv.Atoi(token); err == nil && strconv.Itoa(n) != token {
			return false
		}
	}
	return true
}
