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

// maxPatchOperations bounds the work of one patch.
const maxPatchOperations = 1000

// parseJSONPatch reads a JSON Patch. Errors: Invalid, which tells the operation at fault; TooLarge. RFC 6902
func parseJSONPatch(body []byte) (p jsonpatch.Patch, err error) {
	const op = "interaction.patch"
	if err := json.Unmarshal(body, &p); err != nil || p == nil {
		return nil, fault.New(fault.Invalid, op, "a JSON Patch is a list of operations, each of them an object")
	}
	if len(p) > maxPatchOperations {
		return nil, fault.New(fault.TooLarge, op, "a patch has at most %d operations", maxPatchOperations)
	}
	for i, o := range p {
		if why := wrongOperation(o); why != "" {
			return nil, fault.New(fault.Invalid, op, "operation %d of the patch: %s", i+1, why)
		}
	}
	return p, nil
}

// wrongOperation says what an operation of a JSON Patch lacks or has wrong; nothing, if it may be tried. RFC 6902 §4, RFC 6901 §3
func wrongOperation(o jsonpatch.Operation) string {
	needs := "path"
	switch kind, _ := textIn(o, "op"); kind {
	case "add", "replace", "test":
		if _, given := o["value"]; !given {
			return kind + " needs a value"
		}
	case "move", "copy":
		needs = "from"
	case "remove":
	default:
		return "op is one of add, remove, replace, move, copy and test"
	}
	for _, name := range []string{needs, "path"} {
		if pointer, given := textIn(o, name); !given {
			return name + " is missing"
		} else if !isPointer(pointer) {
			return name + " is no JSON Pointer"
		}
	}
	return ""
}

// textIn reads a member of an operation that is a text.
func textIn(o jsonpatch.Operation, name string) (text string, ok bool) {
	raw := o[name]
	return text, raw != nil && json.Unmarshal(*raw, &text) == nil
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
