package fhir_test

import (
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

func TestMarshal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		r    r4.Resource
		want string
	}{
		{"no content", &r4.Patient{}, `{"resourceType":"Patient"}`},
		{"id and meta first", &r4.Patient{Active: fhir.NewBoolean(false), ID: fhir.NewID("a"), Meta: &r4.Meta{Source: fhir.NewURI("urn:x")}}, `{"resourceType":"Patient","id":"a","meta":{"source":"urn:x"},"active":false}`},
		{"nothing empty", &r4.Patient{Meta: &r4.Meta{}, Name: []r4.HumanName{{}, {Family: fhir.NewString("a")}, {}}, Telecom: []r4.ContactPoint{{}}, Contained: []fhir.Resource{nil}}, `{"resourceType":"Patient","name":[{"family":"a"}]}`},
		{"absent items of a primitive list", &r4.Patient{Name: []r4.HumanName{{Given: []fhir.String{{}, {V: "a"}, {X: &fhir.Element{}}}}}}, `{"resourceType":"Patient","name":[{"given":["a"]}]}`},
		{"choice", &r4.Patient{Deceased: &fhir.DateTime{V: "2020"}, MultipleBirth: &fhir.Integer{V: 2, Set: true}}, `{"resourceType":"Patient","deceasedDateTime":"2020","multipleBirthInteger":2}`},
		{"nil in a choice", &r4.Patient{Deceased: (*fhir.DateTime)(nil)}, `{"resourceType":"Patient"}`},
		{"escapes", &r4.Patient{Name: []r4.HumanName{{Text: fhir.NewString("\"\\/\n\r\t\x01é😀<&>")}}}, `{"resourceType":"Patient","name":[{"text":"\"\\/\n\r\t\u0001é😀<&>"}]}`},
		{"resource in an entry", &r4.Bundle{Entry: []r4.BundleEntry{{Resource: &r4.Group{ID: fhir.NewID("g")}}, {Resource: (*r4.Patient)(nil)}}}, `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Group","id":"g"}}]}`},
		{"specialised quantity", &r4.Condition{Onset: &r4.Age{Value: fhir.NewDecimal("1.50")}}, `{"resourceType":"Condition","onsetAge":{"value":1.50}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := r4.AppendJSON([]byte("x"), tt.r)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != "x"+tt.want {
				t.Errorf("got  %s\nwant x%s", got, tt.want)
			}
		})
	}
}

func TestMarshalRefuses(t *testing.T) {
	t.Parallel()
	deep := fhir.Extension{URL: "x"}
	for range fhir.MaxDepth {
		deep = fhir.Extension{URL: "x", Extension: []fhir.Extension{deep}}
	}
	for _, tt := range []struct {
		name, want string
		r          r4.Resource
	}{
		{"type not in the choice", "Patient.deceased: the type Address is not one of the choice", &r4.Patient{Deceased: &r4.Address{City: fhir.NewString("x")}}},
		{"no decimal", "Observation.value.value: not a decimal", &r4.Observation{Value: &r4.Quantity{Value: fhir.NewDecimal("1,5")}}},
		{"no UTF-8", "Bundle.entry[1].resource.name[0].given[0]: text that is not UTF-8", &r4.Bundle{Entry: []r4.BundleEntry{{ID: "a"}, {Resource: &r4.Patient{Name: []r4.HumanName{{Given: []fhir.String{{V: "\xff"}}}}}}}}},
		{"too deep", "elements lie too deep", &r4.Patient{Extension: []fhir.Extension{deep}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := r4.Marshal(tt.r)
			if !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
