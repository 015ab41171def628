package openapi

import (
	"slices"
	"strings"

	"chartwright/generator/internal/model"
)

// illustrating are the elements that an example has beside the required ones, where a type has them.
var illustrating = []string{"identifier", "active", "status", "name", "title", "gender", "birthDate", "code", "subject", "patient", "beneficiary"}

// fitting are the elements of examples whose values must fit each other, or that a rule of the type demands beside the required ones. A
// search parameter that is active takes effect, and its name is then taken: the example is a draft, so that it can be tried out more than
// once.
var fitting = map[string]object{
	"AllergyIntolerance": {{"clinicalStatus", object{{"coding", list{object{
		{"system", "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"}, {"code", "active"},
	}}}}}},
	"Appointment":         {{"status", "proposed"}, {"participant", list{object{{"type", list{plain}}, {"status", "accepted"}}}}},
	"AppointmentResponse": {{"participantType", list{plain}}},
	"CapabilityStatement": {
		{"kind", "instance"}, {"implementation", described}, {"fhirVersion", "4.0.1"}, {"format", list{"json"}}, {"rest", list{object{{"mode", "server"}}}},
	},
	"Consent":                    {{"policyRule", plain}},
	"EventDefinition":            {{"trigger", list{object{{"type", "named-event"}, {"name", tried}}}}},
	"ImmunizationRecommendation": {{"recommendation", list{object{{"vaccineCode", list{plain}}, {"forecastStatus", plain}}}}},
	"Linkage": {{"item", list{
		object{{"type", "source"}, {"resource", object{{"display", "Example"}}}}, object{{"type", "alternate"}, {"resource", object{{"display", "Example"}}}},
	}}},
	"NutritionOrder":  {{"oralDiet", object{{"type", list{plain}}}}},
	"SearchParameter": {{"status", "draft"}, {"base", list{"Patient"}}, {"type", "string"}, {"expression", "Patient.name.text"}},
	"StructureDefinition": {
		{"kind", "resource"}, {"abstract", false}, {"type", "Patient"}, {"baseDefinition", "http://hl7.org/fhir/StructureDefinition/Patient"},
		{"derivation", "constraint"}, {"differential", object{{"element", list{object{{"id", "Patient"}, {"path", "Patient"}}}}}},
	},
	"TerminologyCapabilities": {{"kind", "instance"}, {"implementation", described}},
}

// plain is a CodeableConcept, described what is told of an implementation.
var (
	plain     = object{{"text", "Example"}}
	described = object{{"description", "Example"}}
)

// example is a small resource of the type that the server takes: every required element, and some that show what it is about.
// Its id is the one that updates propose; a create disregards it.
func (d *document) example(t *model.Type) object {
	out := object{{"resourceType", t.Name}, {"id", tried}}
	for _, f := range t.Fields {
		fit := slices.IndexFunc(fitting[t.Name], func(m member) bool { return m.name == f.Name })
		switch {
		case fit >= 0:
			out.set(f.Name, fitting[t.Name][fit].value)
		case f.Min > 0 || !f.Inherited && slices.Contains(illustrating, f.Name):
			d.element(&out, f)
		}
	}
	return out
}

// element adds an example of an element.
func (d *document) element(out *object, f *model.Field) {
	key, t, targets := f.Name, f.Type, f.Targets
	if f.Kind == model.KindChoice {
		c := choice(f)
		key, t, targets = c.Key, c.Type, c.Targets
	}
	if t == nil || f.Kind == model.KindResource {
		return
	}
	v := d.value(f, t, targets)
	if v == nil {
		return
	}
	if f.List() {
		items := list{v}
		for len(items) < f.Min {
			items = append(items, v)
		}
		v = items
	}
	out.set(key, v)
}

// preferred are the alternatives of choice elements that are quickest to read.
var preferred = []string{"CodeableConcept", "dateTime", "boolean", "string", "date", "Reference", "code", "uri", "integer", "decimal"}

func choice(f *model.Field) *model.Choice {
	for _, name := range preferred {
		for _, c := range f.Choices {
			if c.Type.Name == name {
				return c
			}
		}
	}
	return f.Choices[0]
}

// value is an example of one value of an element.
func (d *document) value(f *model.Field, t *model.Type, targets []string) any {
	if t.Kind == model.Primitive {
		return d.primitive(f, t, targets)
	}
	switch t.Name {
	case "CodeableConcept":
		if c := coded(f.Binding); c != nil {
			return object{{"coding", list{c}}}
		}
		return object{{"text", "Example"}}
	case "Coding":
		if c := coded(f.Binding); c != nil {
			return c
		}
		return object{{"system", "https://example.org/codes"}, {"code", tried}, {"display", "Example"}}
	case "Identifier":
		return object{{"system", "https://example.org/numbers"}, {"value", tried}}
	case "HumanName":
		return object{{"family", "Example"}, {"given", list{"Eva"}}}
	case "Period":
		return object{{"start", day}}
	case "Reference":
		return object{{"reference", d.target(targets)}}
	case "Meta", "Extension", "Narrative":
		return nil
	}
	if t.Name == "Quantity" || t.AliasOf != nil && t.AliasOf.Name == "Quantity" {
		return quantityOf(t)
	}
	return d.complex(t)
}

func quantityOf(t *model.Type) object {
	switch t.Name {
	case "Age", "Duration":
		return object{{"value", 1}, {"unit", "year"}, {"system", "http://unitsofmeasure.org"}, {"code", "a"}}
	}
	return object{{"value", 1}, {"unit", "1"}, {"system", "http://unitsofmeasure.org"}, {"code", "1"}}
}

// complex is an example of a data type or backbone element: its required elements or, if there are none, its first one.
func (d *document) complex(t *model.Type) any {
	var out object
	for _, f := range t.Fields {
		if f.Min > 0 {
			d.element(&out, f)
		}
	}
	for _, f := range t.Fields {
		if len(out) > 0 {
			break
		}
		if f.Name != "id" && f.Name != "extension" && f.Name != "modifierExtension" {
			d.element(&out, f)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

const day = "2024-03-01"

func (d *document) primitive(f *model.Field, t *model.Type, targets []string) any {
	switch t.Name {
	case "boolean":
		return true
	case "decimal", "integer", "positiveInt":
		return 1
	case "unsignedInt":
		return 0
	case "date", "dateTime":
		if f.Name == "birthDate" {
			return "1980-04-12"
		}
		return day
	case "instant":
		return day + "T09:30:00Z"
	case "time":
		return "09:30:00"
	case "base64Binary":
		return "RXhhbXBsZQ=="
	case "code":
		return codeOf(f.Binding)
	case "id":
		return tried
	case "oid":
		return "urn:oid:2.16.840.1.113883.19"
	case "uuid":
		return "urn:uuid:5b0d0d83-2f2b-4d2c-9a6e-0d5f7f1c0a01"
	case "canonical":
		typ := "ValueSet"
		if len(targets) > 0 {
			typ = targets[0]
		}
		return "https://example.org/fhir/" + typ + "/" + tried
	case "uri", "url":
		return "https://example.org/" + strings.ToLower(f.Name)
	}
	return "Example"
}

// target names a resource that an element may refer to: the demonstration's patient if possible.
func (d *document) target(targets []string) string {
	for _, typ := range []string{"Patient", "Practitioner", "Organization", "Location"} {
		if len(targets) == 0 || slices.Contains(targets, typ) || slices.Contains(targets, "Resource") {
			return typ + "/" + d.m.Documents.Example(typ)
		}
	}
	return targets[0] + "/" + d.m.Documents.Example(targets[0])
}

// usual are the codes that examples take where a value set has them.
var usual = []string{"active", "final", "completed", "order", "female", "en", "text/plain", "application/json"}

func pick(set *model.ValueSet) *model.Code {
	for _, u := range usual {
		for i := range set.Codes {
			if set.Codes[i].Code == u {
				return &set.Codes[i]
			}
		}
	}
	if len(set.Codes) == 0 {
		return nil
	}
	return &set.Codes[0]
}

func codeOf(b *model.Binding) string {
	if b == nil || b.Set == nil {
		return tried
	}
	switch b.Set.Open {
	case "mimetype":
		return "text/plain"
	case "currency":
		return "USD"
	}
	if c := pick(b.Set); c != nil {
		return c.Code
	}
	return tried
}

// coded is a Coding of a required binding, nil if the element is free to say what it likes.
func coded(b *model.Binding) any {
	if b == nil || b.Set == nil {
		return nil
	}
	c := pick(b.Set)
	if c == nil {
		return nil
	}
	return object{{"system", c.System}, {"code", c.Code}}
}
