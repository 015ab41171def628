package form

import (
	"slices"
	"strings"

	"chartwright/internal/fault"
)

// Problems are the broken rules of one request, by field. As an error it is of kind fault.Invalid.
type Problems struct {
	Fields map[string]any // field → rule key → message; a few fields have a message or a list of messages instead
}

// Add notes that field breaks rule.
func (p *Problems) Add(field, rule, message string) {
	rules, ok := p.Fields[field].(map[string]string)
	if !ok {
		rules = map[string]string{}
		p.Put(field, rules)
	}
	rules[rule] = message
}

// Put notes what to say about field in a form of its own.
func (p *Problems) Put(field string, value any) {
	if p.Fields == nil {
		p.Fields = map[string]any{}
	}
	p.Fields[field] = value
}

// Err returns p as an error, nil if no rule is broken.
func (p *Problems) Err() error {
	if p == nil || len(p.Fields) == 0 {
		return nil
	}
	return p
}

// Error names the fields; values are not repeated, since they are a patient's.
func (p *Problems) Error() string {
	names := make([]string, 0, len(p.Fields))
	for n := range p.Fields {
		names = append(names, n)
	}
	slices.Sort(names)
	return "form: rules broken: " + strings.Join(names, " ")
}

// Unwrap makes fault.KindOf see what kind of error this is.
func (p *Problems) Unwrap() error {
	return fault.New(fault.Invalid, "form.check", "the input breaks rules")
}

// Refuse returns an error about one field and one rule.
func Refuse(field, rule, message string) error {
	var p Problems
	p.Add(field, rule, message)
	return &p
}
