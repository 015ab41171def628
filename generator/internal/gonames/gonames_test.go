package gonames_test

import (
	"testing"

	"chartwright/generator/internal/gonames"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ fhir, field string }{
		{"birthDate", "BirthDate"},
		{"id", "ID"},
		{"versionId", "VersionID"},
		{"url", "URL"},
		{"fullUrl", "FullURL"},
		{"fhirVersion", "FHIRVersion"},
		{"carrierHRF", "CarrierHRF"},
		{"type", "Type_"},
		{"identity", "Identity"},
		{"foo_bar-baz", "FooBarBaz"},
	} {
		if got := gonames.Field(tt.fhir); got != tt.field {
			t.Errorf("%s: got %s, want %s", tt.fhir, got, tt.field)
		}
	}
	for _, tt := range []struct{ fhir, typ string }{
		{"Patient", "Patient"},
		{"Patient.contact", "PatientContact"},
		{"base64Binary", "Base64Binary"},
		{"uri", "URI"},
		{"Bundle.entry.request", "BundleEntryRequest"},
	} {
		if got := gonames.Type(tt.fhir); got != tt.typ {
			t.Errorf("%s: got %s, want %s", tt.fhir, got, tt.typ)
		}
	}
	u := gonames.Unique{}
	if err := u.Add("A", "a"); err != nil {
		t.Error(err)
	}
	if err := u.Add("A", "a"); err != nil {
		t.Error("the same name twice is no collision:", err)
	}
	if err := u.Add("A", "_a"); err == nil {
		t.Error("a collision went unnoticed")
	}
}
