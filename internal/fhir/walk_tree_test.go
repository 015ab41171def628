package fhir_test

import (
	"encoding/json"
	"slices"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"

	"github.com/google/go-cmp/cmp"
)

// What a walk of decoded JSON takes for links is what a walk of the resource does.
func TestReplaceLinks(t *testing.T) {
	t.Parallel()
	r, err := r4.Unmarshal([]byte(linked))
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	fhir.WalkLinks(r, func(s *string) { want = append(want, *s) })
	var tree any
	if err := json.Unmarshal([]byte(linked), &tree); err != nil {
		t.Fatal(err)
	}
	tree = r4.Schema.ReplaceLinks(r.Type(), nil, tree, func(kind fhir.Link, s string) string {
		if kind == fhir.LinkReference != (s[:2] == "r:") {
			t.Errorf("%s is taken for a link of kind %d", s, kind)
		}
		got = append(got, s)
		return "urn:uuid:00000000-0000-4000-8000-000000000001"
	})
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	out, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = r4.Unmarshal(out); err != nil {
		t.Fatal(err)
	}
	fhir.WalkLinks(r, func(s *string) {
		if *s != "urn:uuid:00000000-0000-4000-8000-000000000001" {
			t.Errorf("%s was not replaced", *s)
		}
	})
}

func TestReplaceLinksAtAPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path  []string
		value any
		want  any
	}{
		{[]string{"subject", "reference"}, "a", "new"},
		{[]string{"subject", "display"}, "a", "a"},
		{[]string{"valueString"}, "a", "a"},
		{[]string{"identifier", "system"}, "a", "new"},
		{[]string{"extension", "valueUri"}, "a", "new"},
		{[]string{"extension", "url"}, "a", "a"},
		{[]string{"_status", "extension", "valueReference", "reference"}, "a", "new"},
		{[]string{"contained", "subject", "reference"}, "a", "new"},
		{[]string{"contained", "url"}, "a", "a"},
		{[]string{"nothing", "reference"}, "a", "new"},
		{[]string{"instantiatesUri"}, []any{"a", nil, 1.0}, []any{"a", nil, 1.0}}, // no element of an Observation
		{[]string{"performer"}, []any{map[string]any{"reference": "a"}}, []any{map[string]any{"reference": "new"}}},
	} {
		got := r4.Schema.ReplaceLinks(r4.TypeByName("Observation"), c.path, c.value, func(fhir.Link, string) string { return "new" })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v: %s", c.path, diff)
		}
	}
}
