package check

import (
	"strings"

	"chartwright/internal/care/form"
)

// Breach is a value that breaks a rule of its field, and the key under which the answer says so.
type Breach struct {
	Value any
	Rule  string
}

// Missing is the key of the message about a required field that is not there.
const Missing = "Required::NON_EXISTENT_KEY"

// Breaches returns values that each break a rule of a field, at least one for every rule.
func Breaches(f form.Field) []Breach {
	var out []Breach
	if f.NotEmpty {
		out = append(out, Breach{"", "NotEmpty::EMPTY_VALUE"}, Breach{nil, "NotEmpty::EMPTY_VALUE"})
	}
	switch f.Kind {
	case form.Whole:
		return append(out, Breach{"many", "Numeric::NOT_NUMERIC"})
	case form.Other:
		return out
	}
	out = append(out, Breach{map[string]any{"a": 1}, "IsString::NOT_A_STRING"})
	out = append(out, formats(f)...)
	out = append(out, lengths(f)...)
	if f.Enum != nil {
		out = append(out, Breach{"none of them", "InArray::NOT_IN_ARRAY"})
	}
	if f.List != "" {
		out = append(out, Breach{"none of them", or(f.ListRule, "ListOptionRule::INVALID_LIST_OPTION")})
	}
	return out
}

func formats(f form.Field) []Breach {
	const badDate = "DateTime::INVALID_VALUE"
	switch f.Format {
	case form.Numeric:
		return []Breach{{"many", "Numeric::NOT_NUMERIC"}}
	case form.Date:
		return []Breach{{"2020-02-30", badDate}, {"2020-02-03 00:00:00", badDate}}
	case form.DateTime:
		return []Breach{{"2020-02-03", badDate}}
	case form.URL:
		return []Breach{{"example", "Url::INVALID_URL"}}
	case form.Email:
		return []Breach{{"nobody", or(f.BadEmail, "Email::INVALID_VALUE")}}
	}
	return nil
}

func lengths(f form.Field) []Breach {
	text := func(n int) string { return strings.Repeat("1", n) }
	if f.Min > 0 && f.Min == f.Max {
		return []Breach{{text(f.Max + 1), "Length::TOO_LONG"}, {text(f.Min - 1), "Length::TOO_SHORT"}}
	}
	var out []Breach
	if f.Max > 0 {
		out = append(out, Breach{text(f.Max + 1), "LengthBetween::TOO_LONG"})
	}
	if f.Min > 1 {
		out = append(out, Breach{text(f.Min - 1), "LengthBetween::TOO_SHORT"})
	}
	return out
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
