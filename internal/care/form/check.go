package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Options are the options of the site's lists.
type Options interface {
	// HasOption reports whether option is one of list.
	HasOption(list, option string) (bool, error)
}

// Check holds a body to the rules of op and returns it in the form that the service binds: known fields only, numbers as
// text where the field is text, nothing for a value that says nothing. Every broken rule is reported at once.
//
// Errors: *Problems; those of options.
func Check(op *Operation, body []byte, options Options) ([]byte, error) {
	sent, err := decode(body)
	if err != nil {
		return nil, err
	}
	var p Problems
	out := make(map[string]json.RawMessage, len(sent))
	held := op.When.holds(sent)
	for i := range op.Fields {
		f := &op.Fields[i]
		if !held && f.Name != op.When.Field {
			f = &Field{Name: f.Name, Kind: f.Kind, Nullable: f.Nullable}
		}
		raw, there := sent[f.Name]
		if !there {
			if f.Required {
				p.missing(f.Name)
			}
			continue
		}
		if unprintable(raw) {
			p.Add(f.Name, "Text::INVALID_CHARACTER", f.label()+" must not contain control characters")
			continue
		}
		v, err := f.check(raw, options, &p)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out[f.Name] = v
		}
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// missing notes that there is nothing under a name that must be there.
func (p *Problems) missing(name string) {
	p.Add(name, "Required::NON_EXISTENT_KEY", name+" must be provided, but does not exist")
}

// CheckQuery reports every query parameter of op that a request must have and lacks.
//
// Errors: *Problems.
func CheckQuery(op *Operation, query url.Values) error {
	var p Problems
	for _, name := range op.Needs {
		if !query.Has(name) {
			p.missing(name)
		}
	}
	return p.Err()
}

// holds reports whether the rules are for a body.
func (w *When) holds(sent map[string]json.RawMessage) bool {
	if w == nil {
		return true
	}
	raw, there := sent[w.Field]
	if !there {
		return true
	}
	v, _ := scalar(bytes.TrimSpace(raw))
	return v == w.Value || v == ""
}

// decode reads an object. Its members stay as sent; a number keeps its digits.
func decode(body []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	var m map[string]json.RawMessage
	err := d.Decode(&m)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if err != nil || m == nil {
		return nil, Refuse("body", "Json::INVALID_VALUE", "body must be one JSON object")
	}
	return m, nil
}

// unprintable reports whether a value has control characters other than tab, line feed and carriage return in its strings, which no
// string of the record may have. JSON has them as escapes only. https://hl7.org/fhir/R4/datatypes.html#string
func unprintable(raw []byte) bool {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		switch raw[i] {
		case 'b', 'f':
			return true
		case 'u':
			code, err := strconv.ParseUint(string(raw[i+1:min(i+5, len(raw))]), 16, 16)
			if err == nil && code < ' ' && code != '\t' && code != '\n' && code != '\r' {
				return true
			}
		}
	}
	return false
}

// check holds one value to the rules of its field. It returns nil for a value that says nothing.
func (f *Field) check(raw json.RawMessage, options Options, p *Problems) (json.RawMessage, error) {
	raw = bytes.TrimSpace(raw)
	empty := false
	switch string(raw) {
	case "null", `""`, "[]":
		empty = true
	}
	if empty {
		if f.NotEmpty {
			p.Add(f.Name, "NotEmpty::EMPTY_VALUE", f.label()+" must not be empty")
			return nil, nil
		}
		if string(raw) == "null" && !f.Nullable || f.Kind != Text {
			return nil, nil
		}
		return json.RawMessage(`""`), nil
	}
	switch f.Kind {
	case Whole:
		text, ok := scalar(raw)
		if _, err := strconv.ParseInt(text, 10, 64); !ok || err != nil {
			p.Add(f.Name, "Numeric::NOT_NUMERIC", f.label()+" must be numeric")
			return nil, nil //nolint:nilerr // told through p
		}
		return json.RawMessage(text), nil
	case Other:
		return raw, nil
	}
	if string(raw) == "false" {
		return nil, nil // says nothing, as null does
	}
	text, ok := scalar(raw)
	if !ok {
		p.Add(f.Name, "IsString::NOT_A_STRING", f.label()+" must be a string")
		return nil, nil
	}
	if err := f.rules(text, options, p); err != nil {
		return nil, err
	}
	return json.Marshal(text)
}

// scalar returns a string, a number or true as text.
func scalar(raw json.RawMessage) (string, bool) {
	if raw[0] != '"' {
		return string(raw), raw[0] != '{' && raw[0] != '['
	}
	var s string
	return s, json.Unmarshal(raw, &s) == nil
}

// rules checks a value that is not empty.
func (f *Field) rules(v string, options Options, p *Problems) error {
	name := f.label()
	n := utf8.RuneCountInString(v)
	switch {
	case f.Min > 0 && f.Min == f.Max && n < f.Min:
		p.Add(f.Name, "Length::TOO_SHORT", fmt.Sprintf("%s is too short and must be %d characters long", name, f.Min))
	case f.Min > 0 && f.Min == f.Max && n > f.Max:
		p.Add(f.Name, "Length::TOO_LONG", fmt.Sprintf("%s is too long and must be %d characters long", name, f.Max))
	case n < f.Min:
		p.Add(f.Name, "LengthBetween::TOO_SHORT", fmt.Sprintf("%s must be %d characters or longer", name, f.Min))
	case f.Max > 0 && n > f.Max:
		p.Add(f.Name, "LengthBetween::TOO_LONG", fmt.Sprintf("%s must be %d characters or shorter", name, f.Max))
	}
	if !f.Format.holds(v) {
		switch f.Format {
		case Numeric:
			p.Add(f.Name, "Numeric::NOT_NUMERIC", name+" must be numeric")
		case Date, DateTime:
			p.Add(f.Name, "DateTime::INVALID_VALUE", name+" must be a valid date")
		case URL:
			p.Add(f.Name, "Url::INVALID_URL", name+" must be a valid URL")
		case Email:
			if f.BadEmail != "" {
				p.Add(f.Name, f.BadEmail, name+" "+v+" is not a valid email")
				break
			}
			p.Add(f.Name, "Email::INVALID_VALUE", name+" must be a valid email address")
		}
	}
	if len(f.Enum) > 0 && !contains(f.Enum, v) {
		p.Add(f.Name, "InArray::NOT_IN_ARRAY", name+" must be in the defined set of values")
	}
	if f.List == "" {
		return nil
	}
	ok, err := options.HasOption(f.List, v)
	if err != nil || ok {
		return err
	}
	if f.ListRule != "" {
		p.Add(f.Name, f.ListRule, name+" is invalid")
	} else {
		p.Add(f.Name, "ListOptionRule::INVALID_LIST_OPTION", fmt.Sprintf("%s does not have an option_id of \"%s\"", f.List, name))
	}
	return nil
}

func contains(list []string, v string) bool {
	return slices.Contains(list, v)
}

func (f *Field) label() string {
	if f.Label != "" {
		return f.Label
	}
	return strings.ReplaceAll(f.Name, "_", " ")
}

// holds reports whether v has the format. It must be a date that exists, written in full.
func (x Format) holds(v string) bool {
	switch x {
	case Numeric:
		n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) && !strings.ContainsAny(v, "xXpP_")
	case Date:
		_, err := time.Parse(time.DateOnly, v)
		return err == nil
	case DateTime:
		_, err := time.Parse(time.DateTime, v)
		return err == nil
	case Email:
		a, err := mail.ParseAddress(v)
		return err == nil && a.Address == v && strings.Contains(v, ".")
	case URL:
		u, err := url.Parse(v)
		return err == nil && u.Scheme != "" && u.Host != ""
	}
	return true
}
