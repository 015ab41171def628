package interaction

import (
	"slices"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// input is what an operation is called with: the parameters of the URL, or a Parameters resource, or for operations that take
// one resource, that resource alone.
//
// https://hl7.org/fhir/R4/operations.html#request
type input struct {
	text     map[string][]string // primitive parameters, as text
	complex  map[string]fhir.Value
	resource r4.Resource // the parameter named resource
}

// input reads what the operation is called with. It takes the parameters that are named, and those that shape any answer;
// without names it takes all.
//
// Errors: Invalid with the element at fault.
func (c *Call) input(names ...string) (*input, error) {
	in, err := c.anyInput()
	if err != nil || len(names) == 0 {
		return in, err
	}
	return in, c.only(in, names...)
}

// only makes sure that an operation is called with no other parameters than those named. Errors: Invalid.
func (c *Call) only(in *input, names ...string) error {
	for name := range in.text {
		if !slices.Contains(names, name) && !slices.Contains(shaping[:], name) {
			return fault.AtParam("interaction.parameters", name, "%s is not a parameter of $%s; there are %s", name, c.Operation, strings.Join(names, ", "))
		}
	}
	return nil
}

// shaping are the parameters that bear on the form of an answer, whatever the interaction.
var shaping = [...]string{"_format", "_pretty", "_summary", "_elements"}

func (c *Call) anyInput() (*input, error) {
	in := &input{text: map[string][]string{}, complex: map[string]fhir.Value{}}
	for _, p := range c.Params {
		in.text[p.Name] = append(in.text[p.Name], p.Value)
	}
	if len(c.Body) == 0 {
		return in, nil
	}
	r, err := r4.Unmarshal(c.Body)
	if err != nil {
		return nil, err
	}
	ps, ok := r.(*r4.Parameters)
	if !ok {
		in.resource = r
		return in, nil
	}
	for i := range ps.Parameter {
		p := &ps.Parameter[i]
		name := p.Name.V
		switch text, isText := textOf(p.Value); {
		case isText:
			in.text[name] = append(in.text[name], text)
		case p.Value != nil:
			in.complex[name] = p.Value
		case p.Resource != nil:
			res, ok := p.Resource.(r4.Resource)
			if !ok || name != "resource" {
				return nil, fault.At("interaction.parameters", "Parameters.parameter", "the parameter %q takes no resource", name)
			}
			in.resource = res
		}
	}
	return in, nil
}

// textOf returns the value of a primitive as it would stand in a URL.
func textOf(v fhir.Value) (string, bool) {
	switch v := v.(type) {
	case *fhir.String:
		return v.V, true
	case *fhir.Code:
		return v.V, true
	case *fhir.URI:
		return v.V, true
	case *fhir.Canonical:
		return v.V, true
	case *fhir.ID:
		return v.V, true
	case *fhir.URL:
		return v.V, true
	case *fhir.Boolean:
		return strconv.FormatBool(v.V), true
	case *fhir.Instant:
		return v.V, true
	case *fhir.Date:
		return v.V, true
	case *fhir.DateTime:
		return v.V, true
	case *fhir.Integer:
		return itoa(int64(v.V)), true
	case *fhir.PositiveInt:
		return itoa(int64(v.V)), true
	}
	return "", false
}

// first returns the first value of a parameter, empty if it is not given.
func (in *input) first(name string) string {
	if list := in.text[name]; len(list) > 0 {
		return list[0]
	}
	return ""
}

// flag returns a parameter that is true or false; false if it is not given. Errors: Invalid for anything else.
func (in *input) flag(name string) (bool, error) {
	switch in.first(name) {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, fault.AtParam("interaction.parameters", name, "%s is true or false", name)
}
