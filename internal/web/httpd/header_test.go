package httpd_test

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// TestHeaders asks in the ways that RFC 9110 and https://hl7.org/fhir/R4/http.html#mime-type leave open to clients.
func TestHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	accept := func(v string) ask {
		return ask{method: "GET", path: "Patient/ann", header: map[string]string{"Accept": v}}
	}
	sent := func(v string) ask {
		return ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient"}`, header: map[string]string{"Content-Type": v}}
	}
	const asJSON, asXML = "Content-Type: application/fhir+json", "Content-Type: application/fhir+xml"
	w.play(t, []scenario{
		{"this version", accept("application/fhir+json; fhirVersion=4.0"), 200, []string{asJSON}, nil},
		{"another version", accept("application/fhir+json; fhirVersion=3.0"), 406, []string{"OperationOutcome"}, nil},
		{"another version, else XML", accept("application/fhir+json; fhirVersion=5.0, application/fhir+xml;q=0.1"), 200, []string{asXML}, nil},
		{"anything but JSON", accept("application/fhir+json;q=0, */*"), 200, []string{asXML}, nil},
		{"anything but XML", accept("*/*, application/fhir+xml;q=0"), 200, []string{asJSON}, nil},
		{"nothing at all", accept("*/*;q=0"), 406, nil, nil},
		{"a browser", accept("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), 200, []string{asJSON}, nil},
		{"a browser that asks for XML", ask{method: "GET", path: "Patient/ann?_format=xml", header: map[string]string{"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}}, 200, []string{asXML}, nil},
		{"XML by its general name", accept("application/xml"), 200, []string{asXML}, nil},
		{"another version by _format", ask{method: "GET", path: "Patient/ann?_format=application/fhir%2Bxml;fhirVersion=3.0"}, 406, nil, nil},
		{"this version by _format", ask{method: "GET", path: "Patient/ann?_format=application/fhir+xml;fhirVersion=4.0"}, 200, []string{asXML}, nil},
		{"sent in this version", sent("application/fhir+json; fhirVersion=4.0; charset=UTF-8"), 201, nil, nil},
		{"sent in another version", sent("application/fhir+json; fhirVersion=3.0"), 415, []string{"OperationOutcome"}, nil},
		{"sent in another charset", sent("application/fhir+json; charset=iso-8859-1"), 415, []string{"UTF-8"}, nil},
		{"a patch of another kind", ask{method: "PATCH", path: "Patient/ann", body: "x", header: map[string]string{"Content-Type": "text/plain"}}, 415, []string{"Accept-Patch: application/json-patch+json"}, nil},
		{"pretty XML", ask{method: "GET", path: "Patient/ann?_pretty=true&_format=xml"}, 200, []string{"\n  <gender value=\"female\"/>\n"}, nil},
		{"a pretty outcome", ask{method: "GET", path: "Patient/none?_pretty=true"}, 404, []string{"\n  \"issue\""}, nil},
		{"a method that nobody has", ask{method: "FROB", path: "Patient/ann"}, 405, []string{"Allow: DELETE, GET, HEAD, PATCH, PUT", "OperationOutcome"}, nil},
		{"an operation that changes something", ask{method: "GET", path: "Patient/ann/$meta-add"}, 405, []string{"Allow: POST\r\n"}, nil},
		{"what an operation takes", ask{method: "OPTIONS", path: "Patient/ann/$meta-add", token: "-"}, 204, []string{"Allow: POST, OPTIONS"}, []string{"Accept-Patch"}},
		{"labels of which there are none", ask{method: "GET", path: "Basic/$meta"}, 200, []string{`{"resourceType":"Parameters"}`}, nil},
		{"what is preferred first", ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient"}`, header: map[string]string{"Prefer": "return=minimal, return=representation"}}, 201, nil, []string{`"resourceType"`}},
		{"TRACE", ask{method: "TRACE", path: "metadata"}, 405, []string{"Allow: GET, HEAD"}, nil},
		{"a preflight of a compressed body", ask{method: "OPTIONS", path: "Patient", token: "-"}, 204, []string{"Content-Encoding"}, nil},
	})

	for name, c := range map[string]struct {
		method, path, header string
		values               []string
		status               int
		want                 string
	}{
		"a list in two lines":     {"GET", "Patient/ann", "If-None-Match", []string{`W/"2"`, `W/"1"`}, 304, ""},
		"two conditions":          {"POST", "Patient", "If-None-Exist", []string{"identifier=urn:mrn|1", "identifier=urn:mrn|2"}, 400, "http.If-None-Exist"},
		"two versions to replace": {"PUT", "Patient/ann", "If-Match", []string{`W/"9"`, `W/"1"`}, 200, ""},
		"two types of content":    {"PUT", "Patient/ann", "Content-Type", []string{"application/fhir+json", "application/fhir+xml"}, 400, "http.Content-Type"},
	} {
		r := httptest.NewRequest(c.method, "/apis/default/fhir/"+c.path, strings.NewReader(ann))
		r.Header.Set("Authorization", "Bearer system")
		r.Header.Set("Content-Type", "application/fhir+json")
		r.Header.Del(c.header)
		for _, v := range c.values {
			r.Header.Add(c.header, v)
		}
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.want) {
			t.Errorf("%s: status %d, want %d: %s", name, rec.Code, c.status, rec.Body)
		}
	}
}
