package patch

import (
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// value is what an operation puts somewhere: a value of a data type, or for an element that has no data type of its own (such
// as Patient.contact) the parts of it.
type value struct {
	typ   string // FHIR type of a whole value
	json  any    // of a whole value
	twin  any    // id and extensions of a primitive, under its underscored name
	parts []part
}

type part struct {
	name  string
	value *value
}

// maxParts bounds how deep parts lie in each other.
const maxParts = 16

func valueOf(p *r4.ParametersParameter, at string) (*value, error) { return valueAt(p, at, 0) }

func valueAt(p *r4.ParametersParameter, at string, depth int) (*value, error) {
	if depth > maxParts {
		return nil, fault.At(op, at, "parts lie too deep in each other")
	}
	if p.Value != nil {
		return whole(p, at)
	}
	if p.Resource != nil {
		return inner(p.Resource, at)
	}
	if len(p.Part) == 0 {
		return nil, fault.At(op, at, "a value is expected here")
	}
	v := &value{}
	for i := range p.Part {
		child, err := valueAt(&p.Part[i], at+".part["+strconv.Itoa(i)+"]", depth+1)
		if err != nil {
			return nil, err
		}
		v.parts = append(v.parts, part{name: p.Part[i].Name.V, value: child})
	}
	return v, nil
}

// whole takes a value out of the JSON of a parameter that holds it, whatever its type.
func whole(p *r4.ParametersParameter, at string) (*value, error) {
	body, err := r4.Marshal(&r4.Parameters{Parameter: []r4.ParametersParameter{{Name: fhir.NewString("value"), Value: p.Value}}})
	if err != nil {
		return nil, fault.At(op, at, "a value is expected here")
	}
	tree, err := decodeTree(body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, op, err)
	}
	v := &value{typ: p.Value.Type().Name}
	list, _ := tree["parameter"].([]any)
	only, _ := list[0].(map[string]any)
	v.json, v.twin = only["value"+capitalised(v.typ)], only["_value"+capitalised(v.typ)]
	return v, nil
}

// inner is a resource that lies in another: contained, or in an entry of a Bundle.
func inner(r fhir.Resource, at string) (*value, error) {
	own, ok := r.(r4.Resource)
	if !ok {
		return nil, fault.At(op, at, "a value is expected here")
	}
	body, err := r4.Marshal(own)
	if err != nil {
		return nil, fault.At(op, at, "a value is expected here")
	}
	tree, err := decodeTree(body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, op, err)
	}
	return &value{typ: r.Type().Name, json: tree}, nil
}

// tree returns the value as it stands in an element of type typ, which tells the lists among its parts.
//
// ok is false if the type has no such element.
func (v *value) tree(typ *fhir.Type) (tree any, ok bool) {
	if v.parts == nil {
		return v.json, true
	}
	if typ == nil {
		return nil, false
	}
	out := map[string]any{}
	for _, p := range v.parts {
		f := field(typ, p.name)
		if f == nil || !f.List && present(out, f) || !p.value.put(out, f) {
			return nil, false
		}
	}
	return out, true
}

// put adds the value to the element f of an object, at the end of a list.
func (v *value) put(object map[string]any, f *fhir.Field) bool {
	tree, ok := v.tree(f.Type)
	if !ok {
		return false
	}
	key := f.Name
	if f.Kind == fhir.KindChoice {
		if v.typ == "" {
			return false
		}
		dropChoice(object, f)
		key += capitalised(v.typ)
	}
	if !f.List {
		object[key] = tree
		if delete(object, "_"+key); v.twin != nil {
			object["_"+key] = v.twin
		}
		return true
	}
	list, _ := object[key].([]any)
	insert(object, key, len(list), tree, v.twin)
	return true
}

// present reports whether an object has the element f, a choice with whatever type.
func present(object map[string]any, f *fhir.Field) bool {
	keys := []string{f.Name}
	if f.Kind == fhir.KindChoice {
		keys = keys[:0]
		for _, c := range f.Choices {
			keys = append(keys, f.Name+capitalised(c.Name))
		}
	}
	for _, key := range keys {
		if object[key] != nil || object["_"+key] != nil {
			return true
		}
	}
	return false
}

// dropChoice takes the value of a choice out of an object, whatever its type.
func dropChoice(object map[string]any, f *fhir.Field) {
	for _, c := range f.Choices {
		delete(object, f.Name+capitalised(c.Name))
		delete(object, "_"+f.Name+capitalised(c.Name))
	}
}

// field finds an element by the name that patches use: that of the definition, for a choice with or without [x].
func field(typ *fhir.Type, name string) *fhir.Field {
	name = strings.TrimSuffix(name, "[x]")
	fields := typ.Elements()
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}

func textOf(p *r4.ParametersParameter, at string) (string, error) {
	switch v := p.Value.(type) {
	case *fhir.String:
		return v.V, nil
	case *fhir.Code:
		return v.V, nil
	}
	return "", fault.At(op, at, "a string or code is expected here")
}

func numberOf(p *r4.ParametersParameter, at string) (int, error) {
	if v, ok := p.Value.(*fhir.Integer); ok && v.Set && v.V >= 0 {
		return int(v.V), nil
	}
	return 0, fault.At(op, at, "a number from 0 is expected here")
}
