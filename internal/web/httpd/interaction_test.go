package httpd_test

import (
	"strings"
	"testing"
)

// scenario is one request of a table: what is asked, by whom, and what must and must not come of it.
type scenario struct {
	name   string
	ask    ask
	status int
	want   []string // in the headers or the body
	never  []string
}

func (w *world) play(t *testing.T, table []scenario) {
	t.Helper()
	for _, s := range table {
		rec := w.do(s.ask)
		var all strings.Builder
		_ = rec.Header().Write(&all)
		all.WriteString(rec.Body.String())
		text := all.String()
		if rec.Code != s.status {
			t.Errorf("%s: %s %s: status %d, want %d\n%s", s.name, s.ask.method, s.ask.path, rec.Code, s.status, text)
			continue
		}
		for _, want := range s.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s %s: no %q in\n%s", s.name, s.ask.method, s.ask.path, want, text)
			}
		}
		for _, never := range s.never {
			if strings.Contains(text, never) {
				t.Errorf("%s: %s %s: %q in\n%s", s.name, s.ask.method, s.ask.path, never, text)
			}
		}
	}
}

const ann = `{"resourceType":"Patient","id":"ann","identifier":[{"system":"urn:mrn","value":"1"}],"name":[{"family":"Ash","given":["Ann"]}],"gender":"female"}`

func TestUpdate(t *testing.T) { onEachStore(t, testUpdate) }

func testUpdate(t *testing.T, w *world) {
	bob := strings.NewReplacer("ann", "bob", "Ash", "Birch").Replace(ann)
	w.play(t, []scenario{
		{"an unknown id creates where clients may choose ids", ask{method: "PUT", path: "Patient/ann", body: ann}, 201, []string{`Etag: W/"1"`, "/Patient/ann/_history/1"}, nil},
		{"the next one updates", ask{method: "PUT", path: "Patient/ann", body: strings.Replace(ann, "Ash", "Elm", 1)}, 200, []string{`Etag: W/"2"`, "Elm"}, []string{"Location:"}},
		{"If-Match of another version fails", ask{method: "PUT", path: "Patient/ann", body: ann, header: map[string]string{"If-Match": `W/"1"`}}, 412, []string{"OperationOutcome"}, nil},
		{"If-Match of this version holds", ask{method: "PUT", path: "Patient/ann", body: ann, header: map[string]string{"If-Match": `W/"2"`}}, 200, []string{`Etag: W/"3"`}, nil},
		{"If-Match that is no version is malformed", ask{method: "PUT", path: "Patient/ann", body: ann, header: map[string]string{"If-Match": `3`}}, 400, []string{"If-Match"}, nil},
		{"If-Match needs something to match", ask{method: "PUT", path: "Patient/bob", body: bob, header: map[string]string{"If-Match": `W/"1"`}}, 412, nil, nil},
		{"If-None-Match: * never replaces", ask{method: "PUT", path: "Patient/ann", body: ann, header: map[string]string{"If-None-Match": "*"}}, 412, nil, nil},
		{"the body names the id of the URL", ask{method: "PUT", path: "Patient/bob", body: ann}, 400, []string{`"expression":["Patient.id"]`}, nil},
		{"the body has an id", ask{method: "PUT", path: "Patient/bob", body: `{"resourceType":"Patient"}`}, 400, []string{`"expression":["Patient.id"]`}, nil},
		{"the body is of the URL's type", ask{method: "PUT", path: "Patient/bob", body: `{"resourceType":"Group","id":"bob"}`}, 400, []string{"resourceType"}, nil},
		{"return=minimal has no body", ask{method: "PUT", path: "Patient/ann", body: ann, header: map[string]string{"Prefer": "return=minimal"}}, 200, []string{`Etag: W/"4"`}, []string{"resourceType"}},
		{"return=OperationOutcome", ask{method: "PUT", path: "Patient/ann", body: ann, header: map[string]string{"Prefer": "return=OperationOutcome"}}, 200, []string{"OperationOutcome", "information"}, nil},
		{"versionId and lastUpdated are the server's", ask{method: "PUT", path: "Patient/ann", body: strings.Replace(ann, `"id":"ann"`, `"id":"ann","meta":{"versionId":"77","lastUpdated":"2001-01-01T00:00:00Z","tag":[{"code":"x"}]}`, 1)}, 200, []string{`"versionId":"6"`, `"tag":[{"code":"x"}]`}, []string{`"77"`, "2001-01-01"}},
	})
	w.settings.UpdateAsCreate = false
	w.play(t, []scenario{
		{"clients may not choose ids", ask{method: "PUT", path: "Patient/bob", body: bob}, 405, []string{"OperationOutcome"}, nil},
	})
}

func TestDeleteAndUndelete(t *testing.T) { onEachStore(t, testDeleteAndUndelete) }

func testDeleteAndUndelete(t *testing.T, w *world) {
	w.play(t, []scenario{
		{"create", ask{method: "PUT", path: "Patient/ann", body: ann}, 201, nil, nil},
		{"If-Match holds for deletions", ask{method: "DELETE", path: "Patient/ann", header: map[string]string{"If-Match": `W/"9"`}}, 412, nil, nil},
		{"delete", ask{method: "DELETE", path: "Patient/ann"}, 204, []string{`Etag: W/"2"`}, nil},
		{"delete again", ask{method: "DELETE", path: "Patient/ann"}, 204, []string{`Etag: W/"2"`}, nil},
		{"delete what never was", ask{method: "DELETE", path: "Patient/nobody"}, 204, nil, []string{"Etag"}},
		{"deleted is gone", ask{method: "GET", path: "Patient/ann"}, 410, []string{`"code":"deleted"`}, nil},
		{"the version before stays", ask{method: "GET", path: "Patient/ann/_history/1"}, 200, []string{"Ash"}, nil},
		{"the deletion has no body", ask{method: "GET", path: "Patient/ann/_history/2"}, 410, nil, []string{"Ash"}},
		{"no search finds it", ask{method: "GET", path: "Patient?family=Ash"}, 200, nil, []string{`"entry"`}},
		{"PUT brings it back", ask{method: "PUT", path: "Patient/ann", body: ann}, 201, []string{`Etag: W/"3"`}, nil},
		{"history tells all of it", ask{method: "GET", path: "Patient/ann/_history"}, 200, []string{`"method":"DELETE"`, `"etag":"W/\"3\""`, `"etag":"W/\"1\""`, `"type":"history"`}, nil},
		{"a deletion can be told about", ask{method: "DELETE", path: "Patient/ann", header: map[string]string{"Prefer": "return=OperationOutcome"}}, 200, []string{"OperationOutcome"}, nil},
	})
}

func TestConditionalRead(t *testing.T) { onEachStore(t, testConditionalRead) }

func testConditionalRead(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	rec := w.do(ask{method: "GET", path: "Patient/ann"})
	modified := rec.Header().Get("Last-Modified")
	w.play(t, []scenario{
		{"If-None-Match of this version", ask{method: "GET", path: "Patient/ann", header: map[string]string{"If-None-Match": `W/"1"`}}, 304, []string{`Etag: W/"1"`}, []string{"Ash"}},
		{"If-None-Match of others", ask{method: "GET", path: "Patient/ann", header: map[string]string{"If-None-Match": `W/"2", W/"3"`}}, 200, []string{"Ash"}, nil},
		{"If-Modified-Since now", ask{method: "GET", path: "Patient/ann", header: map[string]string{"If-Modified-Since": modified}}, 304, nil, []string{"Ash"}},
		{"If-Modified-Since long ago", ask{method: "GET", path: "Patient/ann", header: map[string]string{"If-Modified-Since": "Mon, 02 Jan 2006 15:04:05 GMT"}}, 200, []string{"Ash"}, nil},
		{"HEAD has the headers", ask{method: "HEAD", path: "Patient/ann"}, 200, []string{`Etag: W/"1"`, "Content-Length: "}, nil},
	})
}

func TestShapes(t *testing.T) { onEachStore(t, testShapes) }

func testShapes(t *testing.T, w *world) {
	withText := strings.Replace(ann, `"identifier"`, `"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Ann</div>"},"contact":[{"name":{"family":"Oak"}}],"identifier"`, 1)
	withText = strings.Replace(withText, `"id":"ann"`, `"id":"ann","meta":{"tag":[{"code":"vip"}]}`, 1)
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: withText})
	const subsetted = `"code":"SUBSETTED"`
	w.play(t, []scenario{
		{"_elements", ask{method: "GET", path: "Patient/ann?_elements=gender"}, 200, []string{"female", subsetted, "vip", `"id":"ann"`}, []string{"Ash", "Oak"}},
		{"_summary=true", ask{method: "GET", path: "Patient/ann?_summary=true"}, 200, []string{"Ash", "female", subsetted}, []string{"Oak", "xhtml"}},
		{"_summary=text", ask{method: "GET", path: "Patient/ann?_summary=text"}, 200, []string{"xhtml", subsetted}, []string{"Ash", "female"}},
		{"_summary=data", ask{method: "GET", path: "Patient/ann?_summary=data"}, 200, []string{"Ash", "Oak", subsetted}, []string{"xhtml"}},
		{"_summary=false", ask{method: "GET", path: "Patient/ann?_summary=false"}, 200, []string{"Ash", "Oak", "xhtml"}, []string{subsetted}},
		{"a summary that does not exist", ask{method: "GET", path: "Patient/ann?_summary=all"}, 400, []string{"_summary"}, nil},
		{"in searches as well", ask{method: "GET", path: "Patient?_elements=gender"}, 200, []string{"female", subsetted}, []string{"Ash"}},
		{"_summary=count", ask{method: "GET", path: "Patient?_summary=count"}, 200, []string{`"total":1`}, []string{`"entry"`}},
		{"_pretty", ask{method: "GET", path: "Patient/ann?_pretty=true"}, 200, []string{"\n  \"id\": \"ann\""}, nil},
		{"_format=json", ask{method: "GET", path: "Patient/ann?_format=json"}, 200, []string{"Content-Type: application/fhir+json"}, nil},
		{"_format of another kind", ask{method: "GET", path: "Patient/ann?_format=application/rdf"}, 406, []string{"OperationOutcome"}, nil},
		{"Accept decides without _format", ask{method: "GET", path: "Patient/ann", header: map[string]string{"Accept": "text/turtle"}}, 406, nil, nil},
		{"a browser gets JSON", ask{method: "GET", path: "Patient/ann", header: map[string]string{"Accept": "text/html,*/*;q=0.8"}}, 200, nil, nil},
	})
}

func TestXML(t *testing.T) { onEachStore(t, testXML) }

func testXML(t *testing.T, w *world) {
	xml := map[string]string{"Content-Type": "application/fhir+xml", "Accept": "application/fhir+xml"}
	const body = `<Patient xmlns="http://hl7.org/fhir"><id value="ann"/><name><family value="Ash"/></name></Patient>`
	w.play(t, []scenario{
		{"in and out", ask{method: "PUT", path: "Patient/ann", body: body, header: xml}, 201, []string{"Content-Type: application/fhir+xml", `<family value="Ash"`, `<versionId value="1"`}, []string{"{"}},
		{"it is the same resource", ask{method: "GET", path: "Patient/ann"}, 200, []string{`"family":"Ash"`}, nil},
		{"a search", ask{method: "GET", path: "Patient?family=Ash&_format=xml"}, 200, []string{"<Bundle", `<family value="Ash"`, `<mode value="match"`}, nil},
		{"a history", ask{method: "GET", path: "Patient/ann/_history", header: xml}, 200, []string{"<Bundle", `<type value="history"`}, nil},
		{"an error", ask{method: "GET", path: "Patient/bob", header: xml}, 404, []string{"<OperationOutcome", `<code value="not-found"`}, nil},
		{"metadata", ask{method: "GET", path: "metadata?_format=xml", token: "-"}, 200, []string{"<CapabilityStatement"}, nil},
		{"malformed", ask{method: "POST", path: "Patient", body: `<Patient xmlns="http://hl7.org/fhir"><colour/></Patient>`, header: xml}, 400, []string{"colour"}, nil},
		{"what is preferred", ask{method: "GET", path: "Patient/ann", header: map[string]string{"Accept": "application/fhir+xml;q=0.5, application/fhir+json"}}, 200, []string{"application/fhir+json"}, nil},
		{"by a FHIRPath Patch", ask{method: "PATCH", path: "Patient/ann", header: xml, body: `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/><part><name value="type"/><valueCode value="delete"/></part><part><name value="path"/><valueString value="Patient.name"/></part></parameter></Parameters>`}, 200, []string{`<versionId value="2"`}, []string{"Ash"}},
	})
}

func TestConditionalWrites(t *testing.T) { onEachStore(t, testConditionalWrites) }

func testConditionalWrites(t *testing.T, w *world) {
	fresh := strings.Replace(ann, `"id":"ann",`, "", 1)
	exist := map[string]string{"If-None-Exist": "identifier=urn:mrn|1"}
	w.play(t, []scenario{
		{"nothing matches: create", ask{method: "POST", path: "Patient", body: fresh, header: exist}, 201, nil, nil},
		{"one matches: it is the answer", ask{method: "POST", path: "Patient", body: fresh, header: exist}, 200, []string{`Etag: W/"1"`}, nil},
		{"one matches: update", ask{method: "PUT", path: "Patient?identifier=urn:mrn|1", body: strings.Replace(fresh, "Ash", "Elm", 1)}, 200, []string{`Etag: W/"2"`, "Elm"}, nil},
		{"none matches: create", ask{method: "PUT", path: "Patient?identifier=urn:mrn|2", body: strings.Replace(fresh, `"1"`, `"2"`, 1)}, 201, nil, nil},
		{"none matches and an id is asked for", ask{method: "PUT", path: "Patient?identifier=urn:mrn|3", body: strings.NewReplacer(`"1"`, `"3"`, `"ann"`, `"cid"`).Replace(ann)}, 201, []string{"/Patient/cid/"}, nil},
		{"the body names another", ask{method: "PUT", path: "Patient?identifier=urn:mrn|1", body: ann}, 400, []string{"Patient.id"}, nil},
		{"several match", ask{method: "PUT", path: "Patient?gender=female", body: fresh}, 412, nil, nil},
		{"no criteria", ask{method: "PUT", path: "Patient", body: fresh}, 412, nil, nil},
		{"unknown criteria never widen", ask{method: "DELETE", path: "Patient?colour=green", header: map[string]string{"Prefer": "handling=lenient"}}, 400, nil, nil},
		{"several match a deletion", ask{method: "DELETE", path: "Patient?gender=female"}, 412, nil, nil},
		{"one matches a deletion", ask{method: "DELETE", path: "Patient?identifier=urn:mrn|2"}, 204, nil, nil},
		{"none matches a deletion", ask{method: "DELETE", path: "Patient?identifier=urn:mrn|2"}, 204, nil, nil},
		{"patch one", ask{method: "PATCH", path: "Patient?identifier=urn:mrn|1", body: `[{"op":"replace","path":"/gender","value":"other"}]`, header: map[string]string{"Content-Type": "application/json-patch+json"}}, 200, []string{"other"}, nil},
	})
}

func TestPatch(t *testing.T) { onEachStore(t, testPatch) }

func testPatch(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	jsonPatch := map[string]string{"Content-Type": "application/json-patch+json"}
	merge := map[string]string{"Content-Type": "application/merge-patch+json"}
	w.play(t, []scenario{
		{"add", ask{method: "PATCH", path: "Patient/ann", body: `[{"op":"test","path":"/meta/versionId","value":"1"},{"op":"add","path":"/name/0/given/-","value":"Bee"}]`, header: jsonPatch}, 200, []string{`["Ann","Bee"]`, `Etag: W/"2"`}, nil},
		{"merge", ask{method: "PATCH", path: "Patient/ann", body: `{"gender":null,"birthDate":"1980"}`, header: merge}, 200, []string{"1980"}, []string{"female"}},
		{"merge, null where FHIR knows none", ask{method: "PATCH", path: "Patient/ann", body: `{"contact":[{"name":{"text":"x"},"gender":null}]}`, header: merge}, 422, []string{`"expression":["Patient.contact[0].gender"]`}, nil},
		{"merge of no object", ask{method: "PATCH", path: "Patient/ann", body: `[]`, header: merge}, 400, nil, nil},
		{"by FHIRPath", ask{method: "PATCH", path: "Patient/ann", body: `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Patient.birthDate"},{"name":"value","valueDate":"1980-02"}]}]}`}, 200, []string{`"1980-02"`, `Etag: W/"4"`}, nil},
		{"merge, null beside an extension", ask{method: "PATCH", path: "Patient/ann", body: `{"name":[{"given":["Ann",null],"_given":[null,{"extension":[{"url":"urn:x","valueCode":"y"}]}]}]}`, header: merge}, 200, []string{`"given":["Ann",null],"_given":[null,{"extension":`}, nil},
		{"by FHIRPath, which finds nothing", ask{method: "PATCH", path: "Patient/ann", body: `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Patient.gender"},{"name":"value","valueCode":"male"}]}]}`}, 422, []string{"Parameters.parameter[0]"}, nil},
		{"a resource that is no patch", ask{method: "PATCH", path: "Patient/ann", body: ann}, 400, []string{"Parameters"}, nil},
		{"a test that fails", ask{method: "PATCH", path: "Patient/ann", body: `[{"op":"test","path":"/gender","value":"male"}]`, header: jsonPatch}, 422, nil, []string{"1980"}},
		{"a path that leads nowhere", ask{method: "PATCH", path: "Patient/ann", body: `[{"op":"replace","path":"/photo/3","value":1}]`, header: jsonPatch}, 422, nil, nil},
		{"a result that is no Patient", ask{method: "PATCH", path: "Patient/ann", body: `{"colour":"green"}`, header: merge}, 422, []string{"colour"}, nil},
		{"the id stays", ask{method: "PATCH", path: "Patient/ann", body: `{"id":"bob"}`, header: merge}, 422, nil, nil},
		{"nothing is no patch", ask{method: "PATCH", path: "Patient/ann", body: `null`, header: jsonPatch}, 400, nil, nil},
		{"what is no patch", ask{method: "PATCH", path: "Patient/ann", body: `{"op":"add"}`, header: jsonPatch}, 400, nil, nil},
		{"another media type", ask{method: "PATCH", path: "Patient/ann", body: `{}`, header: map[string]string{"Content-Type": "text/plain"}}, 415, nil, nil},
		{"If-Match", ask{method: "PATCH", path: "Patient/ann", body: `{}`, header: map[string]string{"Content-Type": "application/merge-patch+json", "If-Match": `W/"1"`}}, 412, nil, nil},
		{"nothing there", ask{method: "PATCH", path: "Patient/bob", body: `{}`, header: merge}, 404, nil, nil},
	})
}

func TestConditionalDeleteOfSeveral(t *testing.T) { onEachStore(t, testConditionalDeleteOfSeveral) }

func testConditionalDeleteOfSeveral(t *testing.T, w *world) {
	for _, family := range []string{"Ash", "Ash", "Elm"} {
		w.create(`{"resourceType":"Patient","name":[{"family":"` + family + `"}]}`)
	}
	w.play(t, []scenario{
		{"one match is the rule", ask{method: "DELETE", path: "Patient?family=Ash"}, 412, nil, nil},
		{"as the CapabilityStatement says", ask{method: "GET", path: "metadata"}, 200, []string{`"conditionalDelete":"single"`}, []string{`"conditionalDelete":"multiple"`}},
		{"nothing went", ask{method: "GET", path: "Patient?_summary=count"}, 200, []string{`"total":3`}, nil},
	})
	w.settings.ConditionalDelete = "multiple"
	w.play(t, []scenario{
		{"several", ask{method: "DELETE", path: "Patient?family=Ash"}, 204, nil, nil},
		{"as the CapabilityStatement says", ask{method: "GET", path: "metadata"}, 200, []string{`"conditionalDelete":"multiple"`}, nil},
		{"the other stays", ask{method: "GET", path: "Patient"}, 200, []string{"Elm"}, []string{"Ash"}},
		{"none is left", ask{method: "DELETE", path: "Patient?family=Ash"}, 204, nil, nil},
		{"no criteria", ask{method: "DELETE", path: "Patient"}, 412, nil, nil},
		{"criteria that are not understood", ask{method: "DELETE", path: "Patient?colour=green"}, 400, nil, nil},
	})
	for range 6 {
		var list []string
		for range 20 {
			list = append(list, entry("", `{"resourceType":"Patient","name":[{"family":"Oak"}]}`, "POST", "Patient", ""))
		}
		w.must(200, ask{method: "POST", path: "", body: entries("transaction", list...)})
	}
	if rec := w.do(ask{method: "DELETE", path: "Patient?family=Oak"}); rec.Code < 400 || !strings.Contains(rec.Body.String(), "more than 100") {
		t.Errorf("120 at once: %d %s", rec.Code, rec.Body)
	}
	if v := w.must(200, ask{method: "GET", path: "Patient?family=Oak&_summary=count"}); v["total"] != 120.0 {
		t.Errorf("%v are left, want all 120", v["total"])
	}
}
