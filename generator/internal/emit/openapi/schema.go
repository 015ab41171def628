package openapi

import (
	"fmt"
	"slices"

	"chartwright/generator/internal/model"
)

// schema describes a resource type: its elements with their types, and an example. It is for the reader of the document; what
// a resource must be like is checked by the server, and said in its OperationOutcome.
func (d *document) schema(t *model.Type) object {
	properties := object{{"resourceType", object{{"type", "string"}, {"enum", words(t.Name)}}}}
	required := list{"resourceType"}
	for _, f := range t.Fields {
		if f.Inherited && f.Name != "id" && f.Name != "meta" {
			continue
		}
		if f.Kind != model.KindChoice {
			properties.set(f.Name, property(f, f.Type))
			if f.Min > 0 {
				required = append(required, f.Name)
			}
			continue
		}
		for _, c := range f.Choices {
			properties.set(c.Key, property(f, c.Type))
		}
	}
	return object{
		{"type", "object"},
		{"externalDocs", object{{"url", t.Doc}}},
		{"required", required},
		{"properties", properties},
		{"example", d.example(t)},
	}
}

// property describes one element by its cardinality and type.
func property(f *model.Field, t *model.Type) object {
	name := "Resource"
	if t != nil {
		name = t.Name
	}
	limit := "*"
	if !f.List() {
		limit = fmt.Sprint(f.Max)
	}
	text := fmt.Sprintf("%d..%s %s", f.Min, limit, name)
	s := object{{"type", jsonType(t)}}
	if set := f.Binding; set != nil && set.Strength == "required" && set.Set != nil && set.Set.Open == "" && t.Name == "code" && len(set.Set.Codes) <= 12 {
		var codes []string
		for _, c := range set.Set.Codes {
			if !slices.Contains(codes, c.Code) {
				codes = append(codes, c.Code)
			}
		}
		s.set("enum", words(codes...))
	}
	if f.List() {
		s = object{{"type", "array"}, {"items", s}}
	}
	return append(s, member{"description", text})
}

func jsonType(t *model.Type) string {
	if t == nil || t.Kind != model.Primitive {
		return "object"
	}
	switch t.Shape {
	case "boolean", "integer":
		return t.Shape
	case "decimal":
		return "number"
	}
	return "string"
}
