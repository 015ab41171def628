package matrix_test

import (
	"net/http"
	"net/url"
)

// siteAttacks try to reach another site, or another API, by what a path or a method says.
func siteAttacks() []attack {
	const get, post = http.MethodGet, http.MethodPost
	list := []attack{
		{"SITE-06", "UC", get, "/apis/Abroad/fhir/Patient/mx-a", "", "", []int{404}},
		{"SITE-06", "UC", get, "/apis/abroad%00/fhir/Patient/mx-a", "", "", []int{400, 404}},
		{"SITE-06", "UC", get, "/apis/abroad;x/fhir/Patient/mx-a", "", "", []int{404}},
		{"SITE-06", "UC", get, "/apis/../apis/home/fhir/Patient/mx-a", "", "", []int{401, 404}},
		{"SITE-06", "UC", get, "/apis/abroad%2f..%2fhome/fhir/Patient/mx-a", "", "", []int{404}},
		{"SITE-06", "UC", get, "/apis/%EF%BD%81broad/fhir/Patient/mx-a", "", "", []int{404}},
		{"STD-01", "PP", get, "/apis/abroad/api/patient", "", "", []int{401, 403}},
		{"STD-01", "UC", get, "/apis/abroad/portal/patient", "", "", []int{401, 403}},
		{"STD-01", "PA", get, "/apis/abroad/portal/patient", "", "", []int{401, 403}},
		{"STD-01", "PA", get, "/apis/abroad/api/patient", "", "", []int{401, 403}},
		{"STD-10", "ST", get, "/apis/abroad/api/list/" + url.PathEscape("'; drop table resource; --"), "", "", []int{200, 400, 404}},
		{"STD-12", "UC", get, "Observation/mx-b-vital", "", "X-HTTP-Method-Override: DELETE", []int{200}},
		{"STD-14", "UC", http.MethodTrace, "Patient/mx-a", "", "", []int{404, 405}},
		{"STD-15", "AD", post, "Patient", `{"resourceType":"Patient"}`, "Content-Type: text/plain", []int{400, 415}},
		{"STD-15", "AD", post, "Patient", `{"resourceType":"Patient"}`, "Content-Type: multipart/form-data; boundary=x", []int{400, 415}},
		{"STD-16", "", get, "/apis/abroad/api/patient", "", "Cookie: chartwright-abroad=x", []int{401}},
	}
	list = append(list, attack{"SITE-08", "PAw", post, "Observation", observationOf("http://127.0.0.1/apis/home/fhir/Patient/mx-a"), "", []int{400, 403, 422}})
	for _, pid := range []string{"0", "-1", "1e3", "1 OR 1=1", "%", "9223372036854775808", "1,2", "mx-x"} {
		list = append(list, attack{"STD-06", "ST", get, "/apis/abroad/api/patient/" + url.PathEscape(pid), "", "", []int{400, 404}})
	}
	for _, query := range []string{"_sort=password", "_sort=" + url.QueryEscape("(select 1)"), "_offset=-1"} {
		list = append(list, attack{"STD-09", "ST", get, "/apis/abroad/api/patient?" + query, "", "", []int{400}})
	}
	return list
}
