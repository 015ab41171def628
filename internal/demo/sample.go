package demo

import (
	"bytes"

	"chartwright/gen/openapi"
	"chartwright/gen/r4"
)

// Samples returns one resource of each type that the clinic and its charts have none of: the examples of the API documents, so
// that whatever the documents propose to read is there. Their id is example.
func Samples() []r4.Resource {
	have := map[string]bool{}
	for _, r := range append(Clinic(), Chart(0)...) {
		have[r.Type().Name] = true
	}
	var out []r4.Resource
	for line := range bytes.Lines(openapi.Examples) {
		r, err := r4.Unmarshal(bytes.TrimSpace(line))
		if err != nil {
			panic("demo: a generated example is no resource: " + err.Error())
		}
		if name := r.Type().Name; !have[name] && name != "AuditEvent" {
			out = append(out, r)
		}
	}
	return out
}
