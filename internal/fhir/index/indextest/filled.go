// Package indextest makes resources in which every search parameter finds something, for tests of the index and of searches.
package indextest

import (
	"encoding/json"
	"fmt"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// Variants is how often a resource type is filled: enough to meet every alternative of the largest choice that a parameter
// narrows, and every target and code that one asks for.
const Variants = 24

// Filled returns a resource in which every element has a value.
func Filled(t testing.TB, typ *fhir.Type, variant int) r4.Resource {
	t.Helper()
	body, err := json.Marshal(filler{variant}.object(typ, 0))
	if err != nil {
		t.Fatal(err)
	}
	r, err := r4.Unmarshal(body)
	if err != nil {
		t.Fatalf("variant %d: %v", variant, err)
	}
	return r
}

// filler makes resources in which every element has a value.
type filler struct{ variant int }

// object fills one struct. Below a depth where no search parameter looks, elements are left out.
func (f filler) object(t *fhir.Type, depth int) map[string]any {
	out := map[string]any{}
	if depth == 0 {
		out["resourceType"] = t.Name
	}
	for i := range t.Fields {
		field := &t.Fields[i]
		name := field.Name
		switch name {
		case "extension", "modifierExtension", "contained":
			continue
		}
		var v any
		switch field.Kind {
		case fhir.KindResource:
			v = map[string]any{"resourceType": []string{"Composition", "MessageHeader"}[f.variant%2], "id": "first"}
		case fhir.KindChoice:
			alt := field.Choices[f.variant%len(field.Choices)]
			name += fhirCapital(alt.Name)
			v = f.value(t, field, alt, depth)
		default:
			v = f.value(t, field, field.Type, depth)
		}
		if v == nil {
			continue
		}
		if field.List {
			v = []any{v}
		}
		out[name] = v
	}
	return out
}

func fhirCapital(s string) string { return string(s[0]&^0x20) + s[1:] }

func (f filler) value(t *fhir.Type, field *fhir.Field, typ *fhir.Type, depth int) any {
	switch typ.Name {
	case "Reference":
		return f.reference(field)
	case "boolean":
		return f.variant%2 == 0
	case "integer", "positiveInt", "unsignedInt":
		return 1 + f.variant
	case "decimal":
		return json.Number("1.50")
	case "code":
		return f.code(t, field)
	case "date":
		return "2020-02-29"
	case "dateTime", "instant":
		return "2020-02-29T10:00:00Z"
	case "time":
		return "10:00:00"
	case "base64Binary":
		return "AAAA"
	case "xhtml":
		return `<div xmlns="http://www.w3.org/1999/xhtml">text</div>`
	case "oid":
		return "urn:oid:1.2.3"
	case "uuid":
		return "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"
	case "uri", "url", "canonical":
		return "http://example.org/thing"
	case "id", "string", "markdown":
		return "text"
	}
	if depth > 6 || len(typ.Fields) == 0 {
		return nil
	}
	out := f.object(typ, depth+1)
	if len(out) == 0 {
		return nil
	}
	return out
}

func (f filler) reference(field *fhir.Field) any {
	targets := field.Targets
	if len(targets) == 0 {
		targets = []string{"Patient", "Practitioner", "Location", "RelatedPerson", "Observation"}
	}
	return map[string]any{"reference": fmt.Sprintf("%s/%d", targets[f.variant%len(targets)], f.variant)}
}

// code gives the codes that conditions of parameters ask for, and some code elsewhere.
func (f filler) code(t *fhir.Type, field *fhir.Field) string {
	list := []string{"some-code"}
	switch t.Name + "." + field.Name {
	case "ContactPoint.system":
		list = []string{"phone", "email", "fax"}
	case "RelatedArtifact.type":
		list = []string{"composed-of", "depends-on", "derived-from", "predecessor", "successor", "citation"}
	}
	return list[f.variant%len(list)]
}
