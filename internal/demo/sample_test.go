package demo_test

import (
	"bytes"
	"strings"
	"testing"

	"chartwright/gen/openapi"
	"chartwright/gen/r4"
	"chartwright/internal/demo"
	"chartwright/internal/fhir/invariant"
	"chartwright/internal/fhir/validate"
)

// Every example that a document proposes to create is a resource that the server takes.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for line := range bytes.Lines(openapi.Examples) {
		r, err := r4.Unmarshal(bytes.TrimSpace(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		seen[r.Type().Name] = true
		broken, err := invariant.Check(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, issue := range append(validate.Resource(r, validate.Full), broken...) {
			if !strings.HasPrefix(issue.Detail, "dom-6:") { // none has a narrative
				t.Errorf("%s: %s: %s", r.Type().Name, issue.Expression, issue.Detail)
			}
		}
	}
	for _, typ := range r4.Types {
		if !seen[typ.Name] {
			t.Errorf("%s has no example", typ.Name)
		}
	}
}

// The demonstration has a resource of every type that can be written.
func TestSamplesFillTheGaps(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	for _, list := range [][]r4.Resource{demo.Clinic(), demo.Chart(0), demo.Samples()} {
		for _, r := range list {
			have[r.Type().Name] = true
		}
	}
	for _, typ := range r4.Types {
		if !have[typ.Name] && typ.Name != "AuditEvent" {
			t.Errorf("there is no %s", typ.Name)
		}
	}
}
