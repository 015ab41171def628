package record_test

import (
	"testing"

	"chartwright/internal/care/record"
)

func TestNarrows(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"category=laboratory":                     true,
		"code:in=http://example.org/ValueSet/x":   true,
		"code:not-in=http://example.org/vs":       true,
		"code:below=http://snomed.info/sct|73211": true,
		"status:not=final":                        true,
		"value-quantity=gt100||mg":                true,
		"date=ge2024-01-01&category=laboratory":   true,
		"_id=a,b":                                 true,
		"subject=Patient/a":                       true,
		"nothing=x":                               false,
		"subject.name=x":                          false,
		"subject:below=Patient/a":                 false,
		"code:text=sugar":                         false,
		"_list=a":                                 false,
		"date=yesterday":                          false,
		"_count=1":                                false,
		"":                                        false,
	} {
		if got := record.Narrows("Observation", query); got != want {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
	for _, typ := range []string{"vital", "*", ""} {
		if record.Narrows(typ, "category=laboratory") {
			t.Errorf("%q can be narrowed", typ)
		}
	}
}
