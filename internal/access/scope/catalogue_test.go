package scope_test

import (
	"slices"
	"strings"
	"testing"

	table "chartwright/gen/scope"
	"chartwright/internal/access/scope"
)

func TestPublishedScopesOfOpenEMR(t *testing.T) {
	t.Parallel()
	list := lines(t, "testdata/openemr.txt")
	if len(list) < 140 {
		t.Fatalf("only %d scopes", len(list))
	}
	for _, text := range list {
		e, ok := scope.Find(text)
		if s := parse(t, text); !ok && !s.FHIR() && s.Type != "" && table.WordOf(s.Type) == nil {
			continue // a resource of the Standard API without operations
		}
		if !ok {
			t.Errorf("%s is not offered", text)
			continue
		}
		if e.Text == "" || e.Wildcard() && e.Value.Kind == scope.Data {
			t.Errorf("%s: text %q, wildcard %v", text, e.Text, e.Wildcard())
		}
	}
}

func TestOtherPublishedScopesParse(t *testing.T) {
	t.Parallel()
	for _, text := range lines(t, "testdata/others.txt") {
		s := parse(t, text)
		if scope.Describe(s) == "" {
			t.Errorf("%s has no text", text)
		}
	}
}

func TestSupported(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range scope.Supported() {
		if seen[e.Scope] {
			t.Errorf("%s is listed twice", e.Scope)
		}
		seen[e.Scope] = true
		if s := parse(t, e.Scope); s != e.Value {
			t.Errorf("%s holds the value of %s", e.Scope, e.Value)
		}
		if e.Text == "" || strings.Contains(e.Text, "  ") || strings.ToUpper(e.Text[:1]) != e.Text[:1] {
			t.Errorf("%s has the text %q", e.Scope, e.Text)
		}
	}
	for _, text := range []string{
		"patient/Observation.cruds", "user/VisionPrescription.cud", "system/Basic.rs", "launch/location", "cdr_all_user_authorities",
		"user/vital.crus", "patient/*.rs", "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
	} {
		if !seen[text] {
			t.Errorf("%s is not offered", text)
		}
	}
	for _, text := range []string{
		"patient/Group.read", "patient/AuditEvent.rs", "system/patient.read", "patient/vital.read", "user/AuditEvent.write", "patient/Patient.cud",
	} {
		if seen[text] {
			t.Errorf("%s is offered, though nobody could use it", text)
		}
	}
}

// TestAllPairs compares Covers over all pairs of offered scopes with sets of (context, type, letter).
func TestAllPairs(t *testing.T) {
	t.Parallel()
	entries := scope.Supported()
	var types []string
	for _, e := range entries {
		if e.Value.Kind == scope.Data && e.Value.Type != scope.Any && !slices.Contains(types, e.Value.Type) {
			types = append(types, e.Value.Type)
		}
	}
	type set [64]uint64
	sets := make([]set, len(entries))
	for i, e := range entries {
		v := e.Value
		if v.Kind != scope.Data {
			continue
		}
		for n, typ := range types {
			if v.Type == typ || v.Type == "*" && typ[0] >= 'A' && typ[0] <= 'Z' {
				for letter := range 5 {
					if v.Letters&(1<<letter) != 0 {
						bit := (int(v.Context)*len(types)+n)*5 + letter
						sets[i][bit/64] |= 1 << (bit % 64)
					}
				}
			}
		}
	}
	for i, a := range entries {
		for j, b := range entries {
			want := a.Value == b.Value
			if a.Value.Kind == scope.Data && b.Value.Kind == scope.Data && (a.Value.Query == "" || a.Value.Query == b.Value.Query) {
				want = true
				for k := range sets[j] {
					want = want && sets[j][k]&^sets[i][k] == 0
				}
			}
			if got := a.Value.Covers(b.Value); got != want {
				t.Fatalf("%s covers %s: %v", a.Scope, b.Scope, got)
			}
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"patient/Observation.rs": "See laboratory results, vital signs and other observations of this one patient",
		"user/Encounter.cruds":   "See, add, change and delete visits and stays of all patients whom you may see",
		"user/encounter.write":   "Add and change visits of all patients whom you may see",
		"system/Patient.s":       "Find names, addresses and other personal data of all patients, without anybody signed in",
		"patient/Practitioner.r": "See doctors and other practitioners of the site",
		"patient/*.read":         "See all kinds of records of this one patient",
		"patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs": "See vital signs of this one patient",
		"user/Observation.r?code=8867-4&status=final":                                                            "See laboratory results, vital signs and other observations (only where code is 8867-4 and status is final) of all patients whom you may see",
		"launch/questionnaire":   "Learn which questionnaire you have open",
		"site:default":           "Be used at the site default",
		"offline_access":         "Stay connected for up to three months, also while you don't use it",
		"system/Patient.$export": "Export the records of all patients, without anybody signed in",
	} {
		if got := scope.Describe(parse(t, text)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}
