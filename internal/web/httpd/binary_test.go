package httpd_test

import (
	"maps"
	"strings"
	"testing"

	"chartwright/internal/access"
)

// TestBinaryIsAFile is https://hl7.org/fhir/R4/binary.html#rest: what is sent as a file comes back as that file, and as a resource
// to those who ask for one.
func TestBinaryIsAFile(t *testing.T) { onEachStore(t, testBinaryIsAFile) }

func testBinaryIsAFile(t *testing.T, w *world) {
	const fhirJSON, fhirXML = "application/fhir+json", "application/fhir+xml"
	h := func(pairs ...string) map[string]string {
		out := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			out[pairs[i]] = pairs[i+1]
		}
		return out
	}
	send := func(method, path, media, body string, more ...string) ask {
		header := h("Content-Type", media)
		maps.Copy(header, h(more...))
		return ask{method: method, path: path, body: body, header: header}
	}
	get := func(path string, more ...string) ask { return ask{method: "GET", path: path, header: h(more...)} }
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	w.subject("ann", &access.Subject{Actor: access.Patient, UserID: "u-ann", FHIRUser: "Patient/ann", Patient: "ann"}, "patient/Binary.rs")
	w.subject("nobody", &access.Subject{Actor: access.Patient, UserID: "u-bob", FHIRUser: "Patient/bob", Patient: "bob"}, "patient/Binary.rs")
	w.play(t, []scenario{
		{"a file under an id", send("PUT", "Binary/pdf", "application/pdf", "%PDF-\x00\x01\xff", "X-Security-Context", "Patient/ann"), 201, []string{`"contentType":"application/pdf"`, `"securityContext":{"reference":"Patient/ann"}`, `"data":"JVBERi0AAf8="`}, nil},
		{"it comes back", get("Binary/pdf"), 200, []string{"Content-Type: application/pdf\r\n", "%PDF-\x00\x01\xff", `Etag: W/"1"`, "X-Security-Context: Patient/ann", "Content-Disposition: attachment", "Content-Length: 8", "nosniff"}, []string{"resourceType"}},
		{"to who takes anything", get("Binary/pdf", "Accept", "*/*"), 200, []string{"%PDF-"}, []string{"resourceType"}},
		{"to who takes it", get("Binary/pdf", "Accept", "application/pdf"), 200, []string{"%PDF-"}, []string{"resourceType"}},
		{"to a browser", get("Binary/pdf", "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), 200, []string{"%PDF-", "attachment"}, nil},
		{"not to who takes another", get("Binary/pdf", "Accept", "image/png"), 406, []string{"OperationOutcome"}, []string{"%PDF"}},
		{"nor to who takes all but it", get("Binary/pdf", "Accept", "application/*, application/pdf;q=0"), 200, []string{`"resourceType":"Binary"`}, []string{"%PDF"}},
		{"a version of it", get("Binary/pdf/_history/1", "Accept", "application/pdf"), 200, []string{"%PDF-"}, nil},
		{"known already", get("Binary/pdf", "Accept", "application/pdf", "If-None-Match", `W/"1"`), 304, nil, []string{"%PDF-"}},
		{"HEAD", ask{method: "HEAD", path: "Binary/pdf"}, 200, []string{"Content-Type: application/pdf", "Content-Length: 8"}, nil},
		{"the resource", get("Binary/pdf", "Accept", fhirJSON), 200, []string{`"resourceType":"Binary"`, "Content-Type: application/fhir+json"}, []string{"%PDF", "attachment"}},
		{"the resource in XML", get("Binary/pdf", "Accept", fhirXML), 200, []string{`<contentType value="application/pdf"/>`}, nil},
		{"the resource by _format", get("Binary/pdf?_format=json"), 200, []string{`"resourceType":"Binary"`}, nil},
		{"parts of it", get("Binary/pdf?_elements=contentType"), 200, []string{"SUBSETTED"}, []string{"JVBERi0AAf8="}},
		{"a list of them", get("Binary"), 200, []string{`"resourceType":"Bundle"`, "JVBERi0AAf8="}, nil},
		{"by who it is about", ask{method: "GET", path: "Binary/pdf", token: "ann"}, 200, []string{"%PDF-"}, nil},
		{"not by others", ask{method: "GET", path: "Binary/pdf", token: "nobody"}, 404, []string{"OperationOutcome"}, []string{"%PDF"}},
		{"what is not there", get("Binary/none", "Accept", "application/pdf"), 404, []string{"OperationOutcome"}, nil},

		{"the next version", send("PUT", "Binary/pdf", "text/plain; charset=iso-8859-1", "a\xe9", "If-Match", `W/"1"`), 200, []string{`"contentType":"text/plain; charset=iso-8859-1"`, `"data":"Yek="`}, []string{"securityContext"}},
		{"its own charset", get("Binary/pdf"), 200, []string{"Content-Type: text/plain; charset=iso-8859-1", "a\xe9"}, []string{"X-Security-Context:"}},
		{"a version that passed", send("PUT", "Binary/pdf", "text/plain", "b", "If-Match", `W/"1"`), 412, nil, nil},
		{"no answer wanted", send("POST", "Binary", "image/png", "png", "Prefer", "return=minimal"), 201, []string{"/Binary/"}, []string{"cG5n"}},
		{"JSON that is no resource", send("PUT", "Binary/json", "application/json", `{"a":1}`), 201, []string{`"contentType":"application/json"`}, nil},
		{"XML that is none", send("PUT", "Binary/x", "application/xml", `<ClinicalDocument xmlns="urn:hl7-org:v3"/>`), 201, []string{`"contentType":"application/xml"`}, nil},
		{"it comes back as XML", get("Binary/x", "Accept", "application/xml"), 200, []string{`<ClinicalDocument`}, nil},
		{"another resource", send("PUT", "Binary/r", fhirJSON, ann), 201, []string{`"contentType":"application/fhir+json"`}, nil},
		{"another resource in XML", send("PUT", "Binary/rx", fhirXML, `<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>`), 201, []string{`"contentType":"application/fhir+xml"`}, nil},
		{"a page", send("PUT", "Binary/page", "text/html", "<script>1</script>"), 201, nil, nil},
		{"is none of this origin", get("Binary/page"), 200, []string{"<script>", "Content-Disposition: attachment", "sandbox", "nosniff"}, nil},

		{"a Binary", send("PUT", "Binary/b", fhirJSON, `{"resourceType":"Binary","id":"b","contentType":"text/plain","data":"aGk="}`, "X-Security-Context", "Patient/bob"), 201, []string{`"data":"aGk="`}, []string{"bob"}},
		{"a Binary as plain JSON", send("PUT", "Binary/b", "application/json", `{"resourceType":"Binary","id":"b","contentType":"text/plain","data":"aGU="}`), 200, []string{`"data":"aGU="`}, nil},
		{"a Binary in XML", send("PUT", "Binary/b", fhirXML, `<Binary xmlns="http://hl7.org/fhir"><id value="b"/><contentType value="text/plain"/><data value="aGE="/></Binary>`), 200, []string{`"data":"aGE="`}, nil},
		{"a Binary that is none", send("POST", "Binary", fhirJSON, `{"resourceType":"Binary","contentType":"text/plain","colour":"green"}`), 400, []string{"Binary.colour"}, nil},
		{"FHIR that is none", send("POST", "Binary", fhirJSON, `{"contentType":`), 400, []string{"OperationOutcome"}, nil},
		{"nothing", send("POST", "Binary", "text/plain", ""), 400, nil, nil},
		{"too much", send("POST", "Binary", "text/plain", strings.Repeat("x", 4<<20)), 413, []string{"OperationOutcome"}, nil},
		{"a file of another type", send("POST", "Patient", "application/pdf", "%PDF-"), 415, nil, nil},
		{"a file for criteria", send("PUT", "Binary?_id=pdf", "text/plain", "c"), 200, []string{`"data":"Yw=="`}, nil},
	})
}
