package matrix_test

import (
	"net/http"
	"net/url"
	"strings"
)

// parseAttacks send what is hard or ambiguous to read.
func parseAttacks() []attack {
	const get, post, put = http.MethodGet, http.MethodPost, http.MethodPut
	return []attack{
		{"PARSE-01", "AD", post, "Patient", strings.Repeat(`{"a":`, 10_001), "", []int{400}},
		{"PARSE-01", "AD", post, "Patient", strings.Repeat(`[`, 1_000_000), "", []int{400}},
		{"PARSE-05", "AD", post, "Observation", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":NaN}}`, "", []int{400}},
		{"PARSE-06", "AD", post, "Patient", `{"resourceType":"Patient"}{"resourceType":"Patient"}`, "", []int{400}},
		{"PARSE-06", "AD", post, "Patient", `{"resourceType":"Patient" /* x */}`, "", []int{400}},
		{"PARSE-07", "AD", post, "Patient", `{"resourceType":"Patient","name":{}}`, "", []int{400, 422}},
		{"PARSE-07", "AD", post, "Patient", `{"resourceType":"Patient","name":[null]}`, "", []int{400, 422}},
		{"PARSE-17", "AD", get, "Patient?_id=" + strings.Repeat("a,", 3_000), "", "", []int{400, 403, 414}},
		{"PARSE-17", "AD", get, "Patient?x=" + strings.Repeat("a", 64<<10), "", "", []int{413, 414, 431}},
		{"PARSE-18", "AD", get, "Observation?" + strings.Repeat("has-member:Observation.", 10) + "_id=x", "", "", []int{400, 403}},
		{"PARSE-18", "AD", get, "Patient?" + strings.Repeat("_has:Observation:patient:", 10) + "_id=x", "", "", []int{400, 403}},
		{"PARSE-22", "AD", get, "Patient?birthdate=9999-99-99", "", "", []int{400}},
		{"PARSE-22", "AD", get, "Patient?birthdate=2020-02-30", "", "", []int{400}},
		{"PARSE-23", "AD", get, "Observation?value-quantity=" + url.QueryEscape("gegege5"), "", "", []int{400}},
		{"PARSE-23", "AD", get, "Observation?value-quantity=" + url.QueryEscape("1||||"), "", "", []int{400}},
		{"PARSE-25", "AD", get, "Patient?_format=../../x", "", "", []int{400, 406}},
		{"PARSE-29", "AD", get, "Patient", "", "X-Long: " + strings.Repeat("x", 900<<10), []int{431}},
		{"PARSE-35", "AD", put, "Basic/deep", `{"resourceType":"Basic","id":"deep","code":{"text":"x"},"text":{"status":"generated","div":"` + strings.Repeat("<div>", 100_000) + `"}}`, "", []int{201, 400, 413, 422}},
		{"PARSE-35", "AD", get, "Basic/deep?_format=xml", "", "", []int{200, 404}},
		{"PARSE-35", "AD", put, "Basic/deep", `{"resourceType":"Basic","id":"deep","code":{"text":"x"},"text":{"status":"generated","div":"` + strings.Repeat("x", 10<<20) + `"}}`, "", []int{413}},
	}
}
