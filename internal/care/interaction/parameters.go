package interaction

import (
	"maps"
	"slices"
	"strings"

	"chartwright/gen/r4"
	"chartwright/gen/r4route"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/search"
)

// input is what an operation is called with: the parameters of the URL, or a Parameters resource, or for operations that take
// one resource, that resource alone.
//
// https://hl7.org/fhir/R4/operations.html#request
type input struct {
	text     map[string][]string // primitive parameters, as text
	order    []search.Parameter  // the same as they were given
	complex  map[string]fhir.Value
	resource r4.Resource // the parameter named resource
}

// input reads what the operation is called with. It takes the parameters that its definition names, and those that shape any answer.
//
// Errors: Invalid with the parameter or element at fault.
func (c *Call) input() (*input, error) {
	in, err := c.anyInput()
	if err != nil {
		return nil, err
	}
	return in, c.only(in)
}

// only makes sure that an operation is called with no other parameters than those of its definition. Errors: Invalid.
func (c *Call) only(in *input) error {
	var names []string
	if o := c.operation(); o != nil {
		for i := range o.Parameters {
			if o.Parameters[i].Use == "in" {
				names = append(names, o.Parameters[i].Name)
			}
		}
	}
	given := slices.Concat(slices.Sorted(maps.Keys(in.text)), slices.Sorted(maps.Keys(in.complex)))
	for _, name := range given {
		if slices.Contains(names, name) || slices.Contains(shaping[:], name) {
			continue
		}
		if len(names) == 0 {
			return fault.AtParam(opParameters, name, "%s is not a parameter of $%s, which has none", name, c.Operation)
		}
		return fault.AtParam(opParameters, name, "%s is not a parameter of $%s; there are %s", name, c.Operation, strings.Join(names, ", "))
	}
	return nil
}

const opParameters = "interaction.parameters"

// shaping are the parameters that bear on the form of an answer, whatever the interaction.
var shaping = [...]string{"_format", "_pretty", "_summary", "_elements"}

// anyInput reads what the operation is called with, and holds what its definition names against the definition: none is passed
// over because it is given in another form, and of none but one value is taken where there are several.
//
// Errors: Invalid with the parameter or element at fault.
func (c *Call) anyInput() (*input, error) {
	r, err := c.sent()
	if err != nil {
		return nil, err
	}
	return c.inputOf(r)
}

// sent is the resource of the body, nil if there is none. Errors: Invalid.
func (c *Call) sent() (r4.Resource, error) {
	if len(c.Body) == 0 {
		return nil, nil
	}
	return r4.Unmarshal(c.Body)
}

// inputOf is anyInput with r for what was sent.
func (c *Call) inputOf(r r4.Resource) (*input, error) {
	in := &input{text: map[string][]string{}, complex: map[string]fhir.Value{}}
	for _, p := range c.Params {
		if definedAs(c.operation(), p.Name).complex {
			return nil, fault.AtParam(opParameters, p.Name, "%s is sent in the body, in a Parameters resource", p.Name)
		}
		in.add(p.Name, p.Value)
	}
	if ps, ok := r.(*r4.Parameters); !ok {
		in.resource = r
	} else if err := in.read(c.operation(), ps); err != nil {
		return nil, err
	}
	for name, values := range in.text {
		if len(values) > 1 && definedAs(c.operation(), name).single {
			return nil, fault.AtParam(opParameters, name, "%s is given more than once", name)
		}
	}
	return in, nil
}

func (in *input) add(name, text string) {
	in.text[name] = append(in.text[name], text)
	in.order = append(in.order, search.Parameter{Name: name, Value: text})
}

// read takes the parameters of a Parameters resource. Errors: Invalid.
func (in *input) read(o *r4route.Operation, ps *r4.Parameters) error {
	for i := range ps.Parameter {
		p := &ps.Parameter[i]
		name := p.Name.V
		switch as := definedAs(o, name); {
		case p.Resource != nil:
			res, ok := p.Resource.(r4.Resource)
			if !ok || name != "resource" || in.resource != nil {
				return fault.At(opParameters, "Parameters.parameter", "the parameter %q takes no resource, or one alone", name)
			}
			in.resource = res
		case p.Value == nil:
			return fault.AtParam(opParameters, name, "%s has no value that could be taken", name)
		case p.Value.Type().Kind == fhir.KindComplex && !as.primitive:
			if in.complex[name] != nil {
				return fault.AtParam(opParameters, name, "%s is given more than once", name)
			}
			in.complex[name] = p.Value
		case p.Value.Type().Kind == fhir.KindComplex || as.complex:
			return fault.AtParam(opParameters, name, "%s can't be of the type %s", name, p.Value.Type().Name)
		default:
			in.add(name, fhir.NodeOfValue(p.Value).Literal())
		}
	}
	return nil
}

// form is what a definition says of a parameter that an operation takes; nothing of one that it does not name.
type form struct{ primitive, complex, single bool }

func definedAs(o *r4route.Operation, name string) form {
	if o != nil {
		for i := range o.Parameters {
			if p := &o.Parameters[i]; p.Use == "in" && p.Name == name {
				primitive := fhir.Primitive(p.Type) != nil
				return form{primitive: primitive, complex: !primitive, single: p.Max == "1"}
			}
		}
	}
	return form{}
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
	return false, fault.AtParam(opParameters, name, "%s is true or false", name)
}
