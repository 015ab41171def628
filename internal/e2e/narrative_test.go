package e2e

import (
	"io"
	"mime"
	"net/http"
	"strings"
	"testing"

	"chartwright/internal/e2e/demoserver"
)

// TestNarrativesAreNoPages is WEB-13: a narrative whose anchors are called as what scripts of a page look for, and a file that is a page,
// leave the server as data in every way there is: whatever a browser is asked to show, it gets no HTML, does not guess at any, and
// shows what it gets apart from everything of this origin.
func TestNarrativesAreNoPages(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	who := signIn(t, s, demoserver.Admin, "openid", "api:fhir", "api:oemr", "user/Patient.cruds", "user/Binary.cruds", "user/patient.read")
	const div = `<div xmlns="http://www.w3.org/1999/xhtml"><a name="getElementById" id="cookie">clobbers</a><p id="forms">body</p></div>`
	var patient, page struct{ ID string }
	who.want(201, "POST", fhirAPI+"/Patient", object{"resourceType": "Patient", "name": []object{{"family": "Clobber"}}, "text": object{"status": "additional", "div": div}}, &patient)
	who.want(201, "POST", fhirAPI+"/Binary", object{"resourceType": "Binary", "contentType": "text/html", "data": "PGZvcm0gaWQ9ImNvb2tpZSI+PC9mb3JtPg=="}, &page)

	ways := []string{
		"/Patient/" + patient.ID, "/Patient/" + patient.ID + "/_history", "/Patient/" + patient.ID + "/_history/1", "/Patient?family=Clobber", "/Patient?family=Clobber&_summary=text",
		"/Patient/" + patient.ID + "/$everything", "/_history?_type=Patient&_count=5", "/Binary/" + page.ID, "/Binary/" + page.ID + "/_history/1", "/Patient/" + patient.ID + "?_elements=text",
	}
	shown := 0
	for _, way := range ways {
		for _, accept := range []string{"", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html", "application/xhtml+xml", "application/fhir+xml", "text/xml", "*/*"} {
			for _, format := range []string{"", "json", "xml", "html", "text/html", "application/xhtml+xml"} {
				r, err := http.NewRequest(http.MethodGet, s.URL+fhirAPI+way, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				if q := r.URL.Query(); format != "" {
					q.Set("_format", format)
					r.URL.RawQuery = q.Encode()
				}
				r.Header.Set("Authorization", "Bearer "+who.token)
				if accept != "" {
					r.Header.Set("Accept", accept)
				}
				resp, err := s.Client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(body), "cookie") {
					shown++
				}
				data(t, r.URL.RequestURI()+" as "+accept, resp)
			}
		}
	}
	if shown < len(ways) {
		t.Errorf("the narrative was in %d answers", shown)
	}
	r, err := http.NewRequest(http.MethodGet, s.URL+"/apis/default/api/patient/"+patient.ID, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+who.token)
	r.Header.Set("Accept", "text/html")
	resp, err := s.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	data(t, "the Standard API", resp)
}

// data checks that no browser takes an answer for a page.
func data(t *testing.T, what string, resp *http.Response) {
	t.Helper()
	h := resp.Header
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	attached := strings.HasPrefix(h.Get("Content-Disposition"), "attachment")
	switch {
	case resp.StatusCode >= 500:
		t.Errorf("%s: %d", what, resp.StatusCode)
	case resp.StatusCode != http.StatusNoContent && err != nil:
		t.Errorf("%s: the media type is %q", what, h.Get("Content-Type"))
	case strings.Contains(media, "html") && !attached, strings.Contains(media, "svg") && !attached:
		t.Errorf("%s: a page comes back as %s", what, media)
	}
	policy := h.Get("Content-Security-Policy")
	if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox") {
		t.Errorf("%s: %q, %q", what, h.Get("X-Content-Type-Options"), policy)
	}
}

// TestNoListIsCSV is INJ-14 and BULK-20: there is no output in which a cell could be a formula. Whoever asks for one gets JSON or nothing.
func TestNoListIsCSV(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	who := signIn(t, s, demoserver.Admin, "openid", "api:fhir", "api:oemr", "user/Patient.cruds", "user/patient.read")
	who.want(201, "POST", fhirAPI+"/Patient", object{"resourceType": "Patient", "name": []object{{"family": `=HYPERLINK("http://evil.example")`}}}, nil)
	for _, path := range []string{fhirAPI + "/Patient?_count=5", fhirAPI + "/Patient?_format=csv", fhirAPI + "/Patient?_format=text/csv", "/apis/default/api/patient", "/apis/default/api/patient?_format=csv"} {
		for _, accept := range []string{"text/csv", "text/tab-separated-values", "application/vnd.ms-excel", "text/csv, */*;q=0.1"} {
			r, err := http.NewRequest(http.MethodGet, s.URL+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+who.token)
			r.Header.Set("Accept", accept)
			resp, err := s.Client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || media != "application/json" && media != "application/fhir+json" {
				t.Errorf("%s as %s: %d, %q", path, accept, resp.StatusCode, resp.Header.Get("Content-Type"))
			}
		}
	}
}
