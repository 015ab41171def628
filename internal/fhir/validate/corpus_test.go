package validate_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/validate"
)

// faulty are the examples with faults of their own: the first finding of each.
var faulty = map[string]string{
	"examples/ActivityDefinition-blood-tubes-supply.json":                  "invariant ActivityDefinition.text.div",             // an empty div
	"examples/DeviceMetric-example.json":                                   "value DeviceMetric.parent",                         // names a DeviceDefinition
	"examples/DeviceUseStatement-example.json":                             "value DeviceUseStatement.reasonReference[0]",       // names a Procedure
	"examples/EventDefinition-example.json":                                "invariant EventDefinition.text.div",                // an empty div
	"examples/MedicationRequest-medrx0301.json":                            "value MedicationRequest.dispenseRequest.performer", // names a Practitioner
	"examples/Observation-clinical-gender.json":                            "value Observation.performer[0]",                    // names an Encounter
	"examples/Questionnaire-qs1.json":                                      "required Questionnaire.item[0].item[0].linkId",     // has only an extension on items
	"examples/Questionnaire-zika-virus-exposure-assessment.json":           "invariant Questionnaire.text.div",                  // an empty div
	"examples/ig-r4.json":                                                  "required ImplementationGuide.name",                 // as it is published
	"us-core-examples/us_core_311/DiagnosticReport-cardiology-report.json": "value DiagnosticReport.presentedForm[0].hash",      // no base64
}

// TestCorpus validates every example: whoever publishes examples of the standard has them right, but for those.
func TestCorpus(t *testing.T) {
	t.Parallel()
	root := "../../../../shared/data"
	if _, err := os.Stat(root); err != nil {
		t.Skipf("test data not installed: %v", err)
	}
	checked := 0
	met := map[string]bool{}
	for _, folder := range []string{"examples", "us-core-examples", "synthea"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(p string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			rel, err := filepath.Rel(root, p)
			if err != nil {
				return err
			}
			checked++
			got := ""
			if issues := check(t, p); len(issues) > 0 {
				got = issues[0].Code + " " + issues[0].Expression
			}
			want, known := faulty[filepath.ToSlash(rel)]
			met[filepath.ToSlash(rel)] = known
			if got != want {
				t.Errorf("%s: got %q, want %q", rel, got, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for file := range faulty {
		if !met[file] {
			t.Errorf("%s is listed as faulty and was not met", file)
		}
	}
	if checked != 1670 {
		t.Errorf("%d files checked, want 1670", checked)
	}
}

func check(t *testing.T, file string) []fault.Issue {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".gz") {
		zr, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body, err = io.ReadAll(zr); err != nil {
			t.Fatal(err)
		}
	}
	r, err := r4.Unmarshal(body)
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Issues
	}
	return validate.Resource(r, validate.Full)
}
