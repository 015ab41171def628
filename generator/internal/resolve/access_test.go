package resolve

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"chartwright/generator/internal/load"
)

// accessFiles reads the policy of the repository, for tests to spoil.
func accessFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	spec := os.DirFS(filepath.Join("..", "..", "..", "spec"))
	files := fstest.MapFS{}
	for _, name := range []string{load.ScopesFile, load.RightsFile, load.CompartmentFile, load.StandardFile, load.PortalFile} {
		data, err := fs.ReadFile(spec, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

// resolveAccess resolves the files over the types that the given policy gives a phrase.
func resolveAccess(t *testing.T, files fs.FS, types []string) error {
	t.Helper()
	in, err := load.ReadAccess(files)
	if err != nil {
		return err
	}
	_, err = Access(in, types)
	return err
}

func TestAccessFindings(t *testing.T) {
	t.Parallel()
	files := accessFiles(t)
	in, err := load.ReadAccess(files)
	if err != nil {
		t.Fatal(err)
	}
	types := sortedKeys(in.Scopes.FHIR)
	if err := resolveAccess(t, files, types); err != nil {
		t.Fatal("the policy of the repository:", err)
	}
	for _, c := range []struct{ name, file, old, new, want string }{
		{"a type without a compartment", load.CompartmentFile, "  - types: [Consent]\n", "  - types: []\n", "type Consent is not mentioned (spec/policy/compartment.yaml)"},
		{"a type without needs", load.RightsFile, "types: [Medication]", "types: []", "type Medication is not mentioned (spec/policy/acl.yaml)"},
		{"a type without a phrase", load.ScopesFile, "  Slot: free and busy times\n", "", "type Slot has no phrase"},
		{"a type that does not exist", load.RightsFile, "[Task]", "[Task, Chore]", "type Chore does not exist (spec/policy/acl.yaml)"},
		{"a type in two compartments", load.CompartmentFile, "[Group]", "[Group, Patient]", "type Patient is mentioned twice"},
		{"a compartment rule without reason", load.CompartmentFile, "    reason: Names several patients.\n", "", "denied Group: no reason"},
		{"an open type that can be written", load.CompartmentFile, "    reason: Terminology.", "    letters: rus\n    reason: Terminology.", "letters of \"rs\""},
		{"a patient who can do more than the context", load.CompartmentFile, "    letters: rus\n", "    letters: r\n    self: rs\n", "self must be a part of letters"},
		{"letters out of order", load.CompartmentFile, "    letters: rus\n", "    letters: sur\n", "not a subset of cruds in order"},
		{"a right that does not exist", load.RightsFile, "read: patients/lab", "read: patients/laboratory", `needs the right "patients/laboratory"`},
		{"a grant that does not exist", load.RightsFile, "view: [patients/alert]", "view: [patients/alarm]", "group front: right patients/alarm does not exist"},
		{"a group with everything at a strange level", load.RightsFile, "everything: write", "everything: all", `group admin: everything at level "all"`},
		{"an operation that asks for nothing", load.RightsFile, "  - name: $stats\n    types: [Observation]\n    letters: s\n", "  - name: $stats\n    types: [Observation]\n", "operation $stats must have exactly one of"},
		{"an operation twice", load.RightsFile, "  - name: $stats", "  - name: $lastn", "operation $lastn is mentioned twice"},
		{"a key that nobody knows", load.RightsFile, "    entries: true", "    entry: true", "field entry not found"},
		{"an operation whose scope does not fit", load.StandardFile, "x-scope: user/patient.read", "x-scope: user/patient.write", "scope user/patient.write does not fit the audited action"},
		{"an operation of a foreign context", load.PortalFile, "x-scope: patient/patient.read", "x-scope: user/patient.read", "scope user/patient.read is not one of patient/"},
		{"an operation with a right that does not exist", load.StandardFile, "x-acl: {section: patients, value: demo}", "x-acl: {section: patients, value: demography}", `needs the right "patients/demography"`},
		{"a word that is not listed", load.ScopesFile, "  - { word: vital, text: vital signs }\n", "", "the word vital, which operations ask for, is not listed"},
		{"a word without text", load.ScopesFile, "word: vital, text: vital signs", "word: vital", `word "vital" lacks a text`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spoiled := fstest.MapFS{}
			maps.Copy(spoiled, files)
			before := string(files[c.file].Data)
			after := strings.Replace(before, c.old, c.new, 1)
			if after == before {
				t.Fatalf("%s does not hold %q", c.file, c.old)
			}
			spoiled[c.file] = &fstest.MapFile{Data: []byte(after)}
			err := resolveAccess(t, spoiled, types)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the finding is %v, want %q", err, c.want)
			}
		})
	}
}
