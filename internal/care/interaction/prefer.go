package interaction

import (
	"strings"

	"chartwright/internal/setting"
)

// Return is what the caller wants back from a write. https://hl7.org/fhir/R4/http.html#ops
type Return uint8

// The values of Prefer: return=.
const (
	Representation Return = iota // the resource; the default
	Minimal                      // no body
	OutcomeOnly                  // an OperationOutcome
)

// Prefer is the Prefer header, as far as it is understood. RFC 7240
type Prefer struct {
	Return    Return
	HasReturn bool
	Strict    bool // handling=strict
	Lenient   bool // handling=lenient
}

// ParsePrefer reads the values of Prefer headers. What it does not know is passed over, and so is a preference that was given before,
// as RFC 7240 §2 asks.
func ParsePrefer(values []string) Prefer {
	var p Prefer
	returned, handled := false, false
	for _, v := range values {
		for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ',' || r == ';' }) {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			value = strings.Trim(strings.TrimSpace(value), `"`)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "return":
				if !returned {
					p.Return, p.HasReturn = returnOf(value)
				}
				returned = true
			case "handling":
				if !handled {
					p.Strict, p.Lenient = value == "strict", value == "lenient"
				}
				handled = true
			}
		}
	}
	return p
}

// returnOf reads the value of return=; ok is false if it is none.
func returnOf(value string) (r Return, ok bool) {
	switch value {
	case "minimal":
		return Minimal, true
	case "OperationOutcome":
		return OutcomeOnly, true
	}
	return Representation, value == "representation"
}

// lenient reports whether unknown search parameters are passed over: as the caller prefers, else as the site is set.
func (c *Call) lenient() bool {
	if c.Prefer.Strict || c.Prefer.Lenient {
		return c.Prefer.Lenient && !c.Prefer.Strict
	}
	return c.Settings.SearchHandling == setting.Lenient
}
