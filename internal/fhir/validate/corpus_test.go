package validate_test

import (
	"errors"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/fhirtest"
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
	checked := 0
	met := map[string]bool{}
	for _, folder := range []string{"examples", "us-core-examples", "synthea"} {
		fhirtest.Each(t, folder, func(file string, body []byte) {
			file = folder + "/" + file
			checked++
			got := ""
			if issues := check(body); len(issues) > 0 {
				got = issues[0].Code + " " + issues[0].Expression
			}
			want, known := faulty[file]
			met[file] = known
			if got != want {
				t.Errorf("%s: got %q, want %q", file, got, want)
			}
		})
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

func check(body []byte) []fault.Issue {
	r, err := r4.Unmarshal(body)
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Issues
	}
	return validate.Resource(r, validate.Full)
}
