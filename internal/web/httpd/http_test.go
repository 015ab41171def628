package httpd_test

import (
	"strings"
	"testing"
)

// TestHTTP goes through https://hl7.org/fhir/R4/http.html: what each interaction answers to each condition and header.
func TestHTTP(t *testing.T) { onEachStore(t, testHTTP) }

func testHTTP(t *testing.T, w *world) {
	h := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	merge := func(more ...string) map[string]string {
		return h(append([]string{"Content-Type", "application/merge-patch+json"}, more...)...)
	}
	const (
		past, future = "Mon, 01 Jan 2001 00:00:00 GMT", "Thu, 01 Jan 2099 00:00:00 GMT"
		patientXML   = `<Patient xmlns="http://hl7.org/fhir"><id value="xml"/><name><family value="Yew"/></name></Patient>`
	)
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	w.must(201, ask{method: "PUT", path: "Patient/gone", body: strings.Replace(ann, `"id":"ann"`, `"id":"gone"`, 1)})
	w.must(204, ask{method: "DELETE", path: "Patient/gone"})
	w.play(t, []scenario{
		// 3.1.0.1.3 to 3.1.0.1.11: the general parameters and headers.
		{"_format beats Accept", ask{method: "GET", path: "Patient/ann?_format=xml", header: h("Accept", "application/fhir+json")}, 200, []string{"application/fhir+xml", `<family value="Ash"/>`}, nil},
		{"_format by media type", ask{method: "GET", path: "Patient/ann?_format=application/fhir%2Bxml"}, 200, []string{"<Patient"}, nil},
		{"_format that does not exist", ask{method: "GET", path: "Patient/ann?_format=ttl"}, 406, []string{"OperationOutcome"}, nil},
		{"Accept that does not exist", ask{method: "GET", path: "Patient/ann", header: h("Accept", "text/turtle")}, 406, nil, nil},
		{"_pretty", ask{method: "GET", path: "Patient/ann?_pretty=true"}, 200, []string{"\n  \"id\": \"ann\""}, nil},
		{"_summary", ask{method: "GET", path: "Patient/ann?_summary=true"}, 200, []string{"SUBSETTED", "Ash"}, nil},
		{"_summary=text", ask{method: "GET", path: "Patient/ann?_summary=text"}, 200, []string{"SUBSETTED"}, []string{"Ash"}},
		{"_elements", ask{method: "GET", path: "Patient/ann?_elements=name"}, 200, []string{"SUBSETTED", "Ash"}, []string{"birthDate"}},
		{"_elements in XML", ask{method: "GET", path: "Patient/ann?_elements=name&_format=xml"}, 200, []string{`<code value="SUBSETTED"/>`, `<family value="Ash"/>`}, []string{"birthDate"}},
		{"_summary of a search in XML", ask{method: "GET", path: "Patient?_summary=text&_format=xml"}, 200, []string{"SUBSETTED"}, []string{"Ash"}},
		{"_elements of a search in XML", ask{method: "GET", path: "Patient?_elements=identifier&_format=xml"}, 200, []string{"SUBSETTED", "<identifier>"}, []string{"Ash"}},
		{"_summary that does not exist", ask{method: "GET", path: "Patient/ann?_summary=most"}, 400, []string{"_summary"}, nil},
		{"errors in XML", ask{method: "GET", path: "Patient/bob?_format=xml"}, 404, []string{"<OperationOutcome"}, nil},

		// read, vread, HEAD, conditional read
		{"read", ask{method: "GET", path: "Patient/ann"}, 200, []string{`Etag: W/"1"`, "Last-Modified: "}, nil},
		{"head", ask{method: "HEAD", path: "Patient/ann"}, 200, []string{`Etag: W/"1"`, "Last-Modified: ", "Content-Type: application/fhir+json"}, nil},
		{"head of nothing", ask{method: "HEAD", path: "Patient/bob"}, 404, nil, nil},
		{"unchanged", ask{method: "GET", path: "Patient/ann", header: h("If-None-Match", `W/"1"`)}, 304, []string{`Etag: W/"1"`}, []string{"Ash"}},
		{"unchanged, one of several", ask{method: "GET", path: "Patient/ann", header: h("If-None-Match", `W/"7", W/"1"`)}, 304, nil, nil},
		{"unchanged, whatever it is", ask{method: "GET", path: "Patient/ann", header: h("If-None-Match", `*`)}, 304, nil, nil},
		{"changed", ask{method: "GET", path: "Patient/ann", header: h("If-None-Match", `W/"7"`)}, 200, []string{"Ash"}, nil},
		{"unchanged since", ask{method: "GET", path: "Patient/ann", header: h("If-Modified-Since", future)}, 304, nil, []string{"Ash"}},
		{"changed since", ask{method: "GET", path: "Patient/ann", header: h("If-Modified-Since", past)}, 200, []string{"Ash"}, nil},
		{"no time at all", ask{method: "GET", path: "Patient/ann", header: h("If-Modified-Since", "soon")}, 200, nil, nil},
		{"the tag goes first", ask{method: "GET", path: "Patient/ann", header: h("If-None-Match", `W/"7"`, "If-Modified-Since", future)}, 200, nil, nil},
		{"unchanged version", ask{method: "GET", path: "Patient/ann/_history/1", header: h("If-None-Match", `W/"1"`)}, 304, nil, nil},
		{"vread", ask{method: "GET", path: "Patient/ann/_history/1"}, 200, []string{`Etag: W/"1"`}, nil},
		{"vread of nothing", ask{method: "GET", path: "Patient/ann/_history/2"}, 404, nil, nil},
		{"vread of what is no version", ask{method: "GET", path: "Patient/ann/_history/x"}, 404, nil, nil},
		{"read of what is deleted", ask{method: "GET", path: "Patient/gone"}, 410, []string{"OperationOutcome", `"deleted"`}, nil},
		{"vread of a deletion", ask{method: "GET", path: "Patient/gone/_history/2"}, 410, nil, nil},
		{"vread before it", ask{method: "GET", path: "Patient/gone/_history/1"}, 200, []string{"Ash"}, nil},

		// update
		{"the version is another", ask{method: "PUT", path: "Patient/ann", body: ann, header: h("If-Match", `W/"7"`)}, 412, nil, nil},
		{"there is one", ask{method: "PUT", path: "Patient/ann", body: ann, header: h("If-None-Match", `*`)}, 412, nil, nil},
		{"there is none", ask{method: "PUT", path: "Patient/bob", body: strings.Replace(ann, `"id":"ann"`, `"id":"bob"`, 1), header: h("If-Match", `*`)}, 412, nil, nil},
		{"no tag at all", ask{method: "PUT", path: "Patient/ann", body: ann, header: h("If-Match", `one`)}, 400, []string{"If-Match"}, nil},
		{"the version is this", ask{method: "PUT", path: "Patient/ann", body: ann, header: h("If-Match", `W/"1"`)}, 200, []string{`Etag: W/"2"`, "Last-Modified: "}, nil},
		{"minimal", ask{method: "PUT", path: "Patient/ann", body: ann, header: h("Prefer", "return=minimal")}, 200, []string{`Etag: W/"3"`}, []string{"Ash"}},
		{"an outcome", ask{method: "PUT", path: "Patient/ann", body: ann, header: h("Prefer", "return=OperationOutcome")}, 200, []string{"OperationOutcome", "information"}, []string{"Ash"}},
		{"no id", ask{method: "PUT", path: "Patient/ann", body: strings.Replace(ann, `"id":"ann",`, "", 1)}, 400, []string{"Patient.id"}, nil},
		{"another id", ask{method: "PUT", path: "Patient/bob", body: ann}, 400, []string{"Patient.id"}, nil},
		{"another type", ask{method: "PUT", path: "Group/ann", body: ann}, 400, []string{"resourceType"}, nil},
		{"a rule is broken", ask{method: "PUT", path: "Observation/o", body: `{"resourceType":"Observation","id":"o"}`}, 422, []string{`"expression":["Observation.status"]`}, nil},
		{"malformed", ask{method: "PUT", path: "Patient/ann", body: `{"resourceType":"Patient","id":"ann","name":{}}`}, 400, []string{"Patient.name"}, nil},
		{"half a body", ask{method: "PUT", path: "Patient/ann", body: `{"resourceType":`}, 400, []string{"OperationOutcome"}, nil},
		{"no body", ask{method: "PUT", path: "Patient/ann"}, 400, nil, nil},
		{"another media type", ask{method: "PUT", path: "Patient/ann", body: ann, header: h("Content-Type", "text/plain")}, 415, nil, nil},
		{"in XML", ask{method: "PUT", path: "Patient/xml", body: patientXML, header: h("Content-Type", "application/fhir+xml", "Accept", "application/fhir+xml")}, 201, []string{`<family value="Yew"/>`, "Location: " + base + "/apis/default/fhir/Patient/xml/_history/1"}, nil},
		{"an id that is none", ask{method: "PUT", path: "Patient/a_b", body: strings.Replace(ann, `"id":"ann"`, `"id":"a_b"`, 1)}, 404, nil, nil},
		{"undelete", ask{method: "PUT", path: "Patient/gone", body: strings.Replace(ann, `"id":"ann"`, `"id":"gone"`, 1)}, 201, []string{`Etag: W/"3"`, "Location: "}, nil},

		// create
		{"create", ask{method: "POST", path: "Patient", body: ann}, 201, []string{"Location: " + base + "/apis/default/fhir/Patient/", "/_history/1", `Etag: W/"1"`, "Last-Modified: "}, []string{`"id":"ann"`}},
		{"create under a condition that several meet", ask{method: "POST", path: "Patient", body: ann, header: h("If-None-Exist", "family=Ash")}, 412, nil, nil},
		{"create under a condition that one meets", ask{method: "POST", path: "Patient", body: ann, header: h("If-None-Exist", "family=Yew")}, 200, []string{"Yew", `Etag: W/"1"`}, nil},
		{"create under a condition that none meets", ask{method: "POST", path: "Patient", body: strings.Replace(ann, "Ash", "Fir", 1), header: h("If-None-Exist", "family=Fir")}, 201, []string{"Fir"}, nil},
		{"create under a condition that is not understood", ask{method: "POST", path: "Patient", body: ann, header: h("If-None-Exist", "colour=green", "Prefer", "handling=lenient")}, 400, []string{"colour"}, nil},

		// patch
		{"patch of another version", ask{method: "PATCH", path: "Patient/xml", body: `{"gender":"male"}`, header: merge("If-Match", `W/"7"`)}, 412, nil, nil},
		{"patch", ask{method: "PATCH", path: "Patient/xml", body: `{"gender":"male"}`, header: merge("If-Match", `W/"1"`)}, 200, []string{`Etag: W/"2"`, "male"}, nil},
		{"patch, minimal", ask{method: "PATCH", path: "Patient/xml", body: `{"gender":"female"}`, header: merge("Prefer", "return=minimal")}, 200, []string{`Etag: W/"3"`}, []string{"female"}},
		{"conditional patch", ask{method: "PATCH", path: "Patient?family=Yew", body: `{"gender":"other"}`, header: merge()}, 200, []string{`Etag: W/"4"`, "other"}, nil},
		{"conditional patch of several", ask{method: "PATCH", path: "Patient?family=Ash", body: `{"gender":"other"}`, header: merge()}, 412, nil, nil},
		{"conditional patch of none", ask{method: "PATCH", path: "Patient?family=Oak", body: `{"gender":"other"}`, header: merge()}, 404, nil, nil},
		{"patch of what is not there", ask{method: "PATCH", path: "Patient/bob", body: `{"gender":"other"}`, header: merge()}, 404, nil, nil},
		{"patch to what is invalid", ask{method: "PATCH", path: "Patient/xml", body: `{"gender":"tall"}`, header: merge()}, 422, []string{"Patient.gender"}, nil},

		// history
		{"history", ask{method: "GET", path: "Patient/xml/_history"}, 200, []string{`"type":"history"`, `"method":"PUT"`, "201", "200"}, nil},
		{"history by count", ask{method: "GET", path: "Patient/xml/_history?_count=1"}, 200, []string{`"relation":"next"`, "other"}, []string{"female"}},
		{"history since", ask{method: "GET", path: "Patient/xml/_history?_since=2999-01-01T00:00:00Z"}, 200, nil, []string{"entry"}},
		{"history at", ask{method: "GET", path: "Patient/xml/_history?_at=2999-01-01T00:00:00Z"}, 200, []string{"other"}, []string{"female"}},
		{"history at no time", ask{method: "GET", path: "Patient/xml/_history?_at=soon"}, 400, []string{"_at"}, nil},
		{"history of a deletion", ask{method: "GET", path: "Patient/gone/_history"}, 200, []string{`"method":"DELETE"`, "204"}, nil},
		{"history of nothing", ask{method: "GET", path: "Patient/bob/_history"}, 404, nil, nil},
		{"history with another parameter", ask{method: "GET", path: "Patient/xml/_history?name=x"}, 400, []string{"name"}, nil},

		// delete
		{"delete of another version", ask{method: "DELETE", path: "Patient/xml", header: h("If-Match", `W/"7"`)}, 412, nil, nil},
		{"delete of this version", ask{method: "DELETE", path: "Patient/xml", header: h("If-Match", `W/"4"`)}, 204, []string{`Etag: W/"5"`}, nil},
		{"delete again", ask{method: "DELETE", path: "Patient/xml"}, 204, nil, nil},
		{"delete of what never was", ask{method: "DELETE", path: "Patient/never"}, 204, nil, nil},
		{"delete with an outcome", ask{method: "DELETE", path: "Patient/xml", header: h("Prefer", "return=OperationOutcome")}, 200, []string{"OperationOutcome"}, nil},
		{"patch of what is deleted", ask{method: "PATCH", path: "Patient/xml", body: `{"gender":"other"}`, header: merge()}, 410, nil, nil},

		// search, methods, OPTIONS
		{"what is not understood", ask{method: "GET", path: "Patient?colour=green"}, 400, []string{"colour"}, nil},
		{"passed over", ask{method: "GET", path: "Patient?colour=green", header: h("Prefer", "handling=lenient")}, 200, []string{`"mode":"outcome"`, "colour"}, nil},
		{"by POST", ask{method: "POST", path: "Patient/_search", body: "family=Fir", header: h("Content-Type", "application/x-www-form-urlencoded")}, 200, []string{"Fir"}, []string{"Ash"}},
		{"by POST and URL", ask{method: "POST", path: "Patient/_search?family=Fir", body: "gender=male", header: h("Content-Type", "application/x-www-form-urlencoded")}, 200, []string{"family=Fir"}, []string{"Ash"}},
		{"a method that is not possible", ask{method: "DELETE", path: "metadata"}, 405, []string{"Allow: GET, HEAD"}, nil},
		{"a type that does not exist", ask{method: "GET", path: "Nobody/x"}, 404, nil, nil},
		{"options", ask{method: "OPTIONS", path: "Patient/ann", token: "-"}, 204, []string{"Allow: ", "PATCH", "Accept-Patch: application/json-patch+json", "Access-Control-Allow-Origin: *", "Access-Control-Allow-Headers: "}, nil},
		{"another origin", ask{method: "GET", path: "Patient/ann", header: h("Origin", "https://app.example.org")}, 200, []string{"Access-Control-Allow-Origin: *", "Access-Control-Expose-Headers: ETag"}, []string{"Allow-Credentials"}},
	})
	w.settings.UpdateAsCreate = false
	w.play(t, []scenario{
		{"no ids of clients", ask{method: "PUT", path: "Patient/new", body: strings.Replace(ann, `"id":"ann"`, `"id":"new"`, 1)}, 405, []string{"may not choose ids"}, nil},
		{"but undelete", ask{method: "PUT", path: "Patient/xml", body: strings.Replace(ann, `"id":"ann"`, `"id":"xml"`, 1)}, 201, nil, nil},
	})
}
