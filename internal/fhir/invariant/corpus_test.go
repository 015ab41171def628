package invariant_test

import (
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir/fhirtest"
	"chartwright/internal/fhir/invariant"
)

// TestCorpus holds every example against the rules: whoever publishes examples of the standard keeps them, and each can be evaluated.
func TestCorpus(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, folder := range []string{"examples", "us-core-examples", "synthea"} {
		fhirtest.Each(t, folder, func(file string, body []byte) {
			r, err := r4.Unmarshal(body)
			if err != nil {
				return // the tests of package validate tell what can't be read at all
			}
			checked++
			issues, err := invariant.Check(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range issues {
				if i.Code != "invariant" || i.Severity != "warning" {
					t.Errorf("%s/%s: %s %s %s: %s", folder, file, i.Severity, i.Code, i.Expression, i.Detail)
				}
			}
		})
	}
	if checked < 1600 {
		t.Errorf("%d files checked", checked)
	}
}
