package interaction

import (
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

// input reads what the operation is called with. Errors: Invalid with the element at fault.
func (c *Call) input() (*input, error) {
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
