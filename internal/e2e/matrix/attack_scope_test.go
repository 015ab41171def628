package matrix_test

import (
	"net/http"
	"net/url"
)

// scopeAttacks try to do more than the scopes of a token and the role of its user.
func scopeAttacks() []attack {
	const get, post = http.MethodGet, http.MethodPost
	return []attack{
		{"SMART-03", "R", get, "Observation", "", "", []int{403}},
		{"SMART-03", "R", get, "Observation?_id=mx-a-Observation", "", "", []int{403}},
		{"SMART-03", "S", get, "Observation/mx-a-Observation", "", "", []int{403}},
		{"SMART-09", "LAB", get, "Observation?category=" + url.QueryEscape(vitalSigns), "", "", []int{200}},
		{"SMART-13", "TN", get, "Observation", "", "", []int{403}},
		{"SMART-13", "TN", get, "Patient/mx-a", "", "", []int{403}},
		{"SMART-13", "TN", post, "", entryOf("GET", "Patient/mx-a", ""), "", []int{403}},
		{"SMART-14", "UO", get, "Patient/mx-a", "", "", []int{403}},
		{"SMART-20", "UR", get, "Observation/mx-a-Observation", "", "", []int{403}},
		{"SMART-20", "UR", get, "Composition", "", "", []int{403}},
		{"SMART-25", "AD", get, "$export", "", "", []int{403, 404}},
		{"SMART-25", "AD", get, "Group/mx-both-Group/$export", "", "", []int{403, 404}},
		{"AUD-07", "UC", get, "AuditEvent", "", "", []int{403}},
		{"AUD-07", "PA", get, "AuditEvent", "", "", []int{403}},
	}
}
