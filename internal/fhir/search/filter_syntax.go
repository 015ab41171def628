package search

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of one _filter.
const (
	maxFilter      = 8 << 10 // bytes
	maxFilterDepth = 16      // parentheses and brackets within one another
)

// filter is a _filter as written: a test, or filters joined by op.
type filter struct {
	op   Op // empty for a test
	args []*filter
	path []filterStep
	cmp  string // eq, ne, co …
	// value is the text of the value; quoted tells a JSON string from a token.
	value  string
	quoted bool
}

// filterStep is one name of a path: name[filter].name
type filterStep struct {
	name string
	typ  string // Patient in subject:Patient.name, which is how chains name a type elsewhere
	only *filter
}

// readFilter reads the grammar of _filter. "and" and "or" bind alike, from left to right.
//
//	filter    = test | filter ("and" | "or") filter … | ["not"] "(" filter ")"
//	test      = path operator value
//	path      = name [ ["[" filter "]"] "." path ]
//	value     = JSON string | characters other than white space, ")" and "]"
//
// Errors: Invalid, with the place at fault; TooCostly when a limit is passed.
//
// https://hl7.org/fhir/R4/search_filter.html
func readFilter(text string) (*filter, error) {
	if len(text) > maxFilter {
		return nil, costly("_filter: at most %d bytes are allowed", maxFilter)
	}
	if !utf8.ValidString(text) {
		return nil, invalid("_filter: the value is not valid text")
	}
	r := &filterReader{text: text}
	f, err := r.filter(0)
	if err == nil {
		if r.space(); r.at < len(r.text) {
			err = r.expected("and, or, or the end")
		}
	}
	return f, err
}

type filterReader struct {
	text string
	at   int
}

func (r *filterReader) filter(depth int) (*filter, error) {
	if depth > maxFilterDepth {
		return nil, costly("_filter: at most %d parentheses may lie within one another", maxFilterDepth)
	}
	f, err := r.operand(depth)
	if err != nil {
		return nil, err
	}
	for {
		start := r.at
		r.space()
		op := Op(r.word())
		if op != And && op != Or {
			r.at = start
			return f, nil
		}
		if !r.space() && !r.next('(') {
			return nil, r.expected("a space after " + string(op))
		}
		right, err := r.operand(depth)
		if err != nil {
			return nil, err
		}
		if f.op == op {
			f.args = append(f.args, right)
		} else {
			f = &filter{op: op, args: []*filter{f, right}}
		}
	}
}

// operand reads a test, or a filter in parentheses.
func (r *filterReader) operand(depth int) (*filter, error) {
	r.space()
	start := r.at
	not := r.word() == "not"
	if not {
		r.space()
	}
	if !r.next('(') {
		r.at = start
		return r.test(depth)
	}
	r.at++
	f, err := r.filter(depth + 1)
	if err != nil {
		return nil, err
	}
	if r.space(); !r.next(')') {
		return nil, r.expected(")")
	}
	r.at++
	// What stands in parentheses stays together, whatever it is joined to.
	if not {
		return &filter{op: Nor, args: []*filter{f}}, nil
	}
	return &filter{op: And, args: []*filter{f}}, nil
}

func (r *filterReader) test(depth int) (*filter, error) {
	f := &filter{}
	for {
		step, err := r.step(depth)
		if err != nil {
			return nil, err
		}
		f.path = append(f.path, step)
		if !r.next('.') {
			if step.only != nil {
				return nil, r.expected("a dot and a name after the bracket")
			}
			break
		}
		r.at++
	}
	if !r.space() {
		return nil, r.expected("a space and an operator such as eq")
	}
	if f.cmp = r.word(); len(f.cmp) != 2 {
		return nil, r.expected("an operator such as eq")
	}
	if !r.space() {
		return nil, r.expected("a space and a value")
	}
	var err error
	f.value, f.quoted, err = r.value()
	return f, err
}

func (r *filterReader) step(depth int) (filterStep, error) {
	s := filterStep{name: r.name()}
	if s.name == "" {
		return s, r.expected("the name of a search parameter")
	}
	if r.next(':') {
		r.at++
		if s.typ = r.name(); s.typ == "" || !r.next('.') && !r.next('[') {
			return s, r.expected("a resource type and a dot")
		}
	}
	if !r.next('[') {
		return s, nil
	}
	r.at++
	var err error
	if s.only, err = r.filter(depth + 1); err != nil {
		return s, err
	}
	if r.space(); !r.next(']') {
		return s, r.expected("]")
	}
	r.at++
	return s, nil
}

// value reads a JSON string, or a token: its only difference is that it holds no white space and no closing bracket.
func (r *filterReader) value() (string, bool, error) {
	rest := r.text[r.at:]
	if !strings.HasPrefix(rest, `"`) {
		end := strings.IndexFunc(rest, func(c rune) bool { return unicode.IsSpace(c) || c == ')' || c == ']' })
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			return "", false, r.expected("a value")
		}
		r.at += end
		return rest[:end], false, nil
	}
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			var s string
			if json.Unmarshal([]byte(rest[:i+1]), &s) != nil {
				return "", true, r.expected("a string as in JSON")
			}
			r.at += i + 1
			return s, true, nil
		}
	}
	return "", true, r.expected("a closing quotation mark")
}

// name reads the name of a search parameter or type.
func (r *filterReader) name() string {
	start := r.at
	for ; r.at < len(r.text); r.at++ {
		c := r.text[r.at]
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (r.at == start || c != '-' && (c < '0' || c > '9')) {
			break
		}
	}
	return r.text[start:r.at]
}

// word reads lower-case letters.
func (r *filterReader) word() string {
	start := r.at
	for r.at < len(r.text) && r.text[r.at] >= 'a' && r.text[r.at] <= 'z' {
		r.at++
	}
	return r.text[start:r.at]
}

// space passes over white space and reports whether there was any.
func (r *filterReader) space() bool {
	start := r.at
	for r.at < len(r.text) {
		c, size := utf8.DecodeRuneInString(r.text[r.at:])
		if !unicode.IsSpace(c) {
			break
		}
		r.at += size
	}
	return r.at > start
}

func (r *filterReader) next(c byte) bool { return r.at < len(r.text) && r.text[r.at] == c }

func (r *filterReader) expected(what string) error {
	return invalid("_filter: %s is expected at character %d", what, utf8.RuneCountInString(r.text[:r.at])+1)
}
