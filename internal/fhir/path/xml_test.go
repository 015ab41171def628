package path_test

import (
	"encoding/json"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

func resourceJSON(n *node) map[string]any {
	out := objectJSON(n, r4.TypeByName(n.XMLName.Local))
	out["resourceType"] = n.XMLName.Local
	return out
}

func objectJSON(n *node, typ *fhir.Type) map[string]any {
	out := map[string]any{}
	if id := n.attr("id"); id != "" {
		out["id"] = id
	}
	if url := n.attr("url"); url != "" {
		out["url"] = url
	}
	for i := range n.Children {
		c := &n.Children[i]
		name := c.XMLName.Local
		f, t := fieldOf(typ, name)
		if f == nil {
			continue
		}
		if f.Kind == fhir.KindResource {
			put(out, name, f.List, resourceJSON(&c.Children[0]))
			continue
		}
		if t.Kind == fhir.KindComplex {
			put(out, name, f.List, objectJSON(c, t))
			continue
		}
		v, twin := primitiveJSON(c, t)
		if v != nil || f.List {
			put(out, name, f.List, v)
		}
		if twin != nil || f.List {
			put(out, "_"+name, f.List, twin)
		}
	}
	for name, v := range out { // a list of nothing is none
		list, ok := v.([]any)
		if !ok {
			continue
		}
		some := false
		for _, i := range list {
			some = some || i != nil
		}
		if !some {
			delete(out, name)
		}
	}
	return out
}

func put(out map[string]any, name string, list bool, v any) {
	if m, ok := v.(map[string]any); ok && m == nil {
		v = nil
	}
	if !list {
		out[name] = v
		return
	}
	have, _ := out[name].([]any)
	out[name] = append(have, v)
}

func primitiveJSON(n *node, t *fhir.Type) (any, map[string]any) {
	var twin map[string]any
	if len(n.Children) > 0 && t.Name != "xhtml" || n.attr("id") != "" {
		twin = objectJSON(n, r4.TypeByName("Period")) // any type with id and extension
	}
	value := n.attr("value")
	switch {
	case t.Name == "xhtml":
		return `<div xmlns="http://www.w3.org/1999/xhtml">` + n.Inner + "</div>", nil
	case value == "":
		return nil, twin
	case t.Kind == fhir.KindBoolean:
		return value == "true", twin
	case t.Kind == fhir.KindInteger, t.Kind == fhir.KindDecimal:
		return json.Number(value), twin
	}
	return value, twin
}

// fieldOf finds an element by its XML name, which for a choice ends in its type.
func fieldOf(typ *fhir.Type, name string) (*fhir.Field, *fhir.Type) {
	for i := range typ.Fields {
		f := &typ.Fields[i]
		if f.Name == name && f.Kind != fhir.KindChoice {
			return f, f.Type
		}
		for _, c := range f.Choices {
			if name == f.Name+string(c.Name[0]&^0x20)+c.Name[1:] {
				return f, c
			}
		}
	}
	return nil, nil
}
