package standard

import (
	"strings"

	"chartwright/gen/r4"
)

// AppsAllowed reports whether a patient may sign in and let apps reach the record. Two fields of a patient of the Standard API say
// otherwise, wherever they were set, also in the extension of the FHIR Patient that keeps them: prevent_portal_apps, by which a
// patient opts out of access by third-party apps, and allow_patient_portal, which has to be answered with no to keep the patient out.
func AppsAllowed(p *r4.Patient) bool {
	return !yes(carriedText(p.Extension, "prevent_portal_apps")) && !no(carriedText(p.Extension, "allow_patient_portal"))
}

func yes(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "yes", "y", "1", "true", "on":
		return true
	}
	return false
}

func no(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "no", "n", "0", "false", "off":
		return true
	}
	return false
}
