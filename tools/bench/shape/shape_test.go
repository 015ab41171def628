package shape

import (
	"math/rand/v2"
	"strings"
	"testing"

	"chartwright/gen/r4search"
)

// TestShapes makes sure that the published suites are whole and that what is asked and its SQL are the same search: with the
// same sample in both, over parameters that exist.
func TestShapes(t *testing.T) {
	t.Parallel()
	if n := len(MockHealth); n != 30 {
		t.Errorf("there are %d shapes, want 30", n)
	}
	samples := Samples{}
	for _, kind := range []string{"patient", "family", "folded family", "condition", "procedure", "practitioner", "location", "encounter"} {
		samples[kind] = []string{kind + " one", kind + " two"}
	}
	families := map[string]int{}
	for i := range All {
		s := &All[i]
		path, args := s.Ask(rand.New(rand.NewPCG(1, 1)), samples)
		if strings.ContainsAny(path, "{} ") {
			t.Errorf("%s asks %q", s.Name, path)
		}
		sql, count := s.Statements(true)
		for _, text := range []string{sql, count} {
			if strings.ContainsAny(text, "{}?") || strings.Count(text, "$") > len(args) {
				t.Errorf("%s: %s with %d args", s.Name, text, len(args))
			}
		}
		typ, query, found := strings.Cut(path, "?")
		if name, _, _ := strings.Cut(query, "="); found && !strings.HasPrefix(name, "_") {
			name, _, _ = strings.Cut(name, ":")
			name, _, _ = strings.Cut(name, ".")
			if r4search.Lookup(typ, name) == nil {
				t.Errorf("%s: %s has no parameter %s", s.Name, typ, name)
			}
		}
		if family, _, found := strings.Cut(s.Name, ":"); found {
			families[family]++
		}
	}
	for _, f := range Families {
		if families[f] < 8 {
			t.Errorf("the family %s has %d searches", f, families[f])
		}
	}
}
