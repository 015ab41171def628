package fhir_test

import (
	"slices"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"

	"github.com/google/go-cmp/cmp"
)

const linked = `{"resourceType":"Bundle","meta":{"profile":["c:1"]},"entry":[{"fullUrl":"u:1","resource":{"resourceType":"Observation",
"contained":[{"resourceType":"Patient","id":"p","managingOrganization":{"reference":"r:1"}}],
"extension":[{"url":"x","valueReference":{"reference":"r:2","_reference":{"extension":[{"url":"x","valueReference":{"reference":"r:3"}}]}}}],
"_status":{"extension":[{"url":"x","extension":[{"url":"y","valueReference":{"reference":"r:4"}},{"url":"z","valueUuid":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}]}]},
"subject":{"reference":"r:5","identifier":{"system":"u:2","assigner":{"reference":"r:6"}}},
"performer":[{"reference":"r:7"},{"display":"nobody"}],
"component":[{"code":{"coding":[{"system":"u:3"}]}}]}},
{"resource":{"resourceType":"Questionnaire","derivedFrom":["c:2"]}}]}`

func TestWalk(t *testing.T) {
	t.Parallel()
	r, err := r4.Unmarshal([]byte(linked))
	if err != nil {
		t.Fatal(err)
	}
	var refs, links, inner []string
	fhir.WalkReferences(r, func(s *string) { refs = append(refs, *s) })
	fhir.WalkLinks(r, func(s *string) { links = append(links, *s) })
	fhir.WalkInner(r, func(r fhir.Resource) { inner = append(inner, r.Type().Name) })
	slices.Sort(refs)
	slices.Sort(links)
	if diff := cmp.Diff([]string{"r:1", "r:2", "r:3", "r:4", "r:5", "r:6", "r:7"}, refs); diff != "" {
		t.Error("references", diff)
	}
	if diff := cmp.Diff([]string{
		"c:1", "c:2", "r:1", "r:2", "r:3", "r:4", "r:5", "r:6", "r:7", "u:1", "u:2", "u:3",
		"urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
	}, links); diff != "" {
		t.Error("links", diff)
	}
	if diff := cmp.Diff([]string{"Observation", "Patient", "Questionnaire"}, inner); diff != "" {
		t.Error("inner", diff)
	}
	fhir.WalkReferences(r, func(s *string) { *s = "Patient/1" })
	out, err := r4.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(out), "Patient/1"); n != 7 || strings.Contains(string(out), "r:") {
		t.Errorf("%d references rewritten, want 7:\n%s", n, out)
	}
}
