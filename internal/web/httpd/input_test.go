package httpd_test

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"chartwright/internal/access"
)

// endless is a body of n spaces.
type endless struct{ n, read int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.read >= e.n {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = ' '
	}
	n := min(int64(len(p)), e.n-e.read)
	e.read += n
	return int(n), nil
}

func TestBadInput(t *testing.T) { onEachStore(t, testBadInput) }

func testBadInput(t *testing.T, w *world) {
	deep := strings.Repeat(`{"extension":[`, 50_000)
	w.play(t, []scenario{
		{"malformed JSON", ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient",`}, 400, []string{"OperationOutcome"}, nil},
		{"no resource", ask{method: "POST", path: "Patient", body: `[]`}, 400, nil, nil},
		{"empty body", ask{method: "POST", path: "Patient", header: map[string]string{"Content-Type": "application/fhir+json"}}, 400, nil, nil},
		{"unknown element", ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient","name":[{"familie":"x"}]}`}, 400, []string{"Patient.name[0].familie"}, nil},
		{"wrong type", ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient","active":"yes"}`}, 400, []string{"Patient.active"}, nil},
		{"duplicate key", ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient","active":true,"active":false}`}, 400, []string{"Patient.active"}, nil},
		{"invalid UTF-8", ask{method: "POST", path: "Patient", body: "{\"resourceType\":\"Patient\",\"id\":\"\xff\"}"}, 400, []string{"UTF-8"}, nil},
		{"100,000 levels", ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient","extension":[` + deep}, 400, []string{"OperationOutcome"}, nil},
		{"100,000 levels in a Bundle", ask{method: "POST", path: "", body: `{"resourceType":"Bundle","type":"batch","entry":[{"resource":` + deep}, 400, []string{"OperationOutcome"}, nil},
		{"a missing element", ask{method: "POST", path: "Observation", body: `{"resourceType":"Observation","code":{"text":"x"}}`}, 422, []string{`"expression":["Observation.status"]`}, nil},
		{"a code that does not exist", ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient","gender":"purple"}`}, 422, []string{"Patient.gender"}, []string{"purple"}},
		{"wrong Content-Type", ask{method: "POST", path: "Patient", body: ann, header: map[string]string{"Content-Type": "text/plain"}}, 415, nil, nil},
		{"compressed in another way", ask{method: "POST", path: "Patient", body: ann, header: map[string]string{"Content-Encoding": "deflate"}}, 415, nil, nil},
		{"a type that does not exist", ask{method: "GET", path: "Person2/1"}, 404, nil, nil},
		{"a method that does not fit", ask{method: "PUT", path: "Patient/ann/_history/1", body: ann}, 405, []string{"Allow: GET, HEAD"}, nil},
		{"an operation that is not offered", ask{method: "GET", path: "Patient/ann/$fly"}, 404, []string{"$fly"}, nil},
		{"a path that is too long", ask{method: "GET", path: "a/b/c/d/e/f/g/h/i/j/k"}, 404, nil, nil},
		{"an id that is none", ask{method: "GET", path: "Patient/a%20b"}, 404, nil, nil},
		{"a version that is none", ask{method: "GET", path: "Patient/ann/_history/x"}, 404, nil, nil},
		{"parameters that are no text", ask{method: "GET", path: "Patient?family=%ff"}, 400, []string{"UTF-8"}, nil},
		{"parameters that are badly encoded", ask{method: "GET", path: "Patient?family=%zz"}, 400, nil, nil},
		{"a URL of 10 KB", ask{method: "GET", path: "Patient?family=" + strings.Repeat("x", 10_000)}, 414, []string{"OperationOutcome"}, nil},
	})
}

// TestFaultsNameTheirPlace sends requests whose parameters or headers are at fault: the outcome names which.
func TestFaultsNameTheirPlace(t *testing.T) { onEachStore(t, testFaultsNameTheirPlace) }

func testFaultsNameTheirPlace(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	at := func(name string) []string { return []string{`"expression":["` + name + `"]`} }
	w.play(t, []scenario{
		{"a parameter that does not exist", ask{method: "GET", path: "Patient?familie=x"}, 400, at("http.familie"), nil},
		{"a modifier that does not exist", ask{method: "GET", path: "Patient?active=true&name:of-type=x"}, 400, at("http.name:of-type"), nil},
		{"the value of a chain", ask{method: "GET", path: "Observation?subject:Patient.birthdate=never"}, 400, at("http.subject:Patient.birthdate"), nil},
		{"the value of a reverse chain", ask{method: "GET", path: "Patient?_has:Observation:subject:date=never"}, 400, at("http._has:Observation:subject:date"), nil},
		{"a filter", ask{method: "GET", path: "Patient?_filter=name%20zz%20a"}, 400, at("http._filter"), nil},
		{"a count", ask{method: "GET", path: "Patient?_count=-1"}, 400, at("http._count"), nil},
		{"an element", ask{method: "GET", path: "Patient?_elements=nickname"}, 400, at("http._elements"), nil},
		{"an element of an element", ask{method: "GET", path: "Patient/ann?_elements=name.familie"}, 400, at("http._elements"), nil},
		{"an element of another type", ask{method: "GET", path: "Patient/_history?_elements=Observation.code"}, 400, at("http._elements"), nil},
		{"a value set", ask{method: "GET", path: "Patient?active=true&gender:in=http://nothing.example/vs"}, 400, at("http.gender:in"), nil},
		{"a value set that can't be expanded", ask{method: "GET", path: "Observation?code:in=http://hl7.org/fhir/ValueSet/condition-code"}, 400, at("http.code:in"), nil},
		{"a hierarchy at the end of a chain", ask{method: "GET", path: "Patient?_has:Observation:patient:code:below=http://snomed.info/sct%7C1"}, 400, at("http._has:Observation:patient:code:below"), nil},
		{"a value set in a filter", ask{method: "GET", path: "Patient?_filter=gender%20in%20http://nothing.example/vs"}, 400, at("http._filter"), nil},
		{"the encoding of a value", ask{method: "GET", path: "Patient?family=%zz"}, 400, at("http.family"), nil},
		{"the encoding of a name", ask{method: "GET", path: "Patient?fam%zz=x"}, 400, at("http.url"), nil},
		{"a parameter without a name", ask{method: "GET", path: "Patient?=x"}, 400, at("http.url"), nil},
		{"a chain that many types know in part", ask{method: "GET", path: "Observation?has-member.subject.gender=male"}, 200, nil, nil},
		{"a list of one patient", ask{method: "GET", path: "Condition?_list=$current-problems"}, 400, at("http._list"), nil},
		{"a sort", ask{method: "GET", path: "Patient?_sort=nothing"}, 400, at("http._sort"), nil},
		{"an include", ask{method: "GET", path: "Patient?_include=Patient:nothing"}, 400, at("http._include"), nil},
		{"a type", ask{method: "GET", path: "?_type=Patent"}, 400, at("http._type"), nil},
		{"a page link", ask{method: "GET", path: "Patient?_page=abc"}, 400, at("http._page"), nil},
		{"the time of a history", ask{method: "GET", path: "Patient/ann/_history?_since=never"}, 400, at("http._since"), nil},
		{"two times of a history", ask{method: "GET", path: "Patient/ann/_history?_since=2020&_since=2021"}, 400, append(at("http._since"), "more than once"), nil},
		{"two instants of a history", ask{method: "GET", path: "_history?_at=2020&_at=2021"}, 400, at("http._at"), nil},
		{"an hour that there is not", ask{method: "GET", path: "Patient?birthdate=2020-01-01T24:00:00Z"}, 400, at("http.birthdate"), nil},
		{"a body that is not there", ask{method: "POST", path: "Patient", header: map[string]string{"Content-Type": "application/fhir+json"}}, 400, at("http.body"), nil},
		{"nothing to validate", ask{method: "POST", path: "Patient/$validate"}, 400, at("http.body"), nil},
		{"a patch of an entry", ask{method: "POST", path: "", body: entries("transaction", entry("", `{"resourceType":"Binary","contentType":"application/json-patch+json","data":"?"}`, "PATCH", "Patient/ann", ""))}, 400, at("Bundle.entry[0].resource.data"), nil},
		{"a parameter of an operation", ask{method: "GET", path: "Observation/$lastn?patient=ann&category=x&max=0"}, 400, at("http.max"), nil},
		{"a version to match", ask{method: "PUT", path: "Patient/ann", body: ann, header: map[string]string{"If-Match": "3"}}, 400, at("http.If-Match"), nil},
		{"an operation of a patch", ask{method: "PATCH", path: "Patient/ann", header: map[string]string{"Content-Type": "application/json-patch+json"},
			body: `[{"op":"test","path":"/gender","value":"female"},{"op":"add","path":"/active","value":true},{"op":"remove","path":"/name/7/family"},{"op":"remove","path":"/nothing"}]`},
			422, append(at("Patient.name[7].family"), "operation 3 of the patch (remove) leads nowhere"), nil},
		{"a test of a patch", ask{method: "PATCH", path: "Patient/ann", header: map[string]string{"Content-Type": "application/json-patch+json"},
			body: `[{"op":"test","path":"/gender","value":"other"}]`}, 422, append(at("Patient.gender"), "operation 1 of the patch (test) does not hold"), nil},
		{"the start of everything", ask{method: "GET", path: "Patient/ann/$everything?start=never"}, 400, at("http.start"), nil},
		{"the request of an entry", ask{method: "POST", path: "", body: entries("transaction", entry("", "", "GET", "Patient?familie=x", ""))}, 400, at("Bundle.entry[0].request"), nil},
		{"a conditional reference", ask{method: "POST", path: "", body: entries("transaction", entry("", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient?familie=x"}}`, "POST", "Observation", ""))}, 400, at("Bundle.entry[0].resource.subject.reference"), nil},
		{"a conditional reference that nothing matches", ask{method: "POST", path: "", body: entries("transaction", entry("", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient?family=nobody"}}`, "POST", "Observation", ""))}, 412, at("Bundle.entry[0].resource.subject.reference"), nil},
		{"a reference to no entry", ask{method: "POST", path: "", body: entries("transaction", entry("", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"performer":[{"reference":"Patient/ann"},{"reference":"urn:uuid:6c3d1a52-0000-4000-8000-00000000000f"}]}`, "POST", "Observation", ""))}, 400,
			append(at("Bundle.entry[0].resource.performer[1].reference"), "6c3d1a52-0000-4000-8000-00000000000f"), nil},
		{"a search parameter that not every type has", ask{method: "GET", path: "?name=x"}, 400, append(at("http.name"), "not a search parameter of every resource type", "_type"), []string{"of Account", "of AdverseEvent"}},
		{"an operation of a patch that there is not", ask{method: "PATCH", path: "Patient/ann", header: map[string]string{"Content-Type": "application/json-patch+json"},
			body: `[{"op":"test","path":"/gender","value":"female"},{"op":"set","path":"/gender","value":"male"}]`}, 400, append(at("http.body"), "operation 2 of the patch"), nil},
		{"a patch that changes the id", ask{method: "PATCH", path: "Patient/ann", header: map[string]string{"Content-Type": "application/merge-patch+json"}, body: `{"id":"bob"}`}, 422, at("Patient.id"), nil},
		{"a patch that changes the type", ask{method: "PATCH", path: "Patient/ann", header: map[string]string{"Content-Type": "application/merge-patch+json"}, body: `{"resourceType":"Observation"}`}, 422, at("resourceType"), nil},
		{"a body that is cut off", ask{method: "POST", path: "Patient", body: `{`}, 400, at("http.body"), nil},
		{"a body of no type", ask{method: "POST", path: "Patient", body: `{"active":true}`}, 400, at("http.body"), nil},
		{"the body of an entry", ask{method: "POST", path: "", body: entries("batch", entry("", `{"active":true}`, "POST", "Patient", ""))}, 200, at("Bundle.entry[0]"), nil},
		{"a mode of validation", ask{method: "POST", path: "Patient/$validate?mode=fly", body: ann}, 200, at("http.mode"), nil},
	})
}

// TestRefusalsNameTheirPlace sends requests that can't be carried out as they are: the outcome names the header, the URL or the method at
// fault.
func TestRefusalsNameTheirPlace(t *testing.T) { onEachStore(t, testRefusalsNameTheirPlace) }

func testRefusalsNameTheirPlace(t *testing.T, w *world) {
	for _, id := range []string{"ann", "bea"} {
		w.must(201, ask{method: "PUT", path: "Patient/" + id, body: `{"resourceType":"Patient","id":"` + id + `","active":true}`})
	}
	w.must(201, ask{method: "PUT", path: "Patient/left", body: `{"resourceType":"Patient","id":"left"}`})
	w.must(204, ask{method: "DELETE", path: "Patient/left"})
	w.subject("observer", &access.Subject{Actor: access.System, UserID: "observer"}, "system/Observation.rs")
	at := func(name string) []string { return []string{`"expression":["http.` + name + `"]`} }
	with := func(method, path, name, value string) ask {
		a := ask{method: method, path: path, header: map[string]string{name: value}}
		if method == "POST" {
			a.body = `{"resourceType":"Patient"}`
		}
		if method == "PUT" {
			a.body = `{"resourceType":"Patient","id":"ann"}`
		}
		return a
	}
	w.play(t, []scenario{
		{"no token", ask{method: "GET", path: "Patient/ann", token: "-"}, 401, at("Authorization"), nil},
		{"no right", ask{method: "GET", path: "Patient/ann", token: "observer"}, 403, at("Authorization"), nil},
		{"nothing there", ask{method: "GET", path: "Patient/nobody"}, 404, at("url"), nil},
		{"no such type", ask{method: "GET", path: "Patent/ann"}, 404, at("url"), nil},
		{"no such version", ask{method: "GET", path: "Patient/ann/_history/9"}, 404, at("url"), nil},
		{"deleted", ask{method: "GET", path: "Patient/left"}, 410, at("url"), nil},
		{"a method that does not fit", ask{method: "PATCH", path: "Patient/ann/_history"}, 405, at("method"), nil},
		{"a media type that is not spoken", with("GET", "Patient/ann", "Accept", "text/plain"), 406, at("Accept"), nil},
		{"another version of FHIR", with("GET", "Patient/ann", "Accept", "application/fhir+json; fhirVersion=3.0"), 406, append(at("Accept"), "fhirVersion=4.0"), nil},
		{"a format that is not spoken", ask{method: "GET", path: "Patient/ann?_format=turtle"}, 406, at("_format"), nil},
		{"a version that is not the current one", with("PUT", "Patient/ann", "If-Match", `W/"9"`), 412, at("If-Match"), nil},
		{"what must not be there", with("PUT", "Patient/ann", "If-None-Match", "*"), 412, at("If-None-Match"), nil},
		{"changed since", with("PUT", "Patient/ann", "If-Unmodified-Since", "Mon, 02 Jan 2006 15:04:05 GMT"), 412, at("If-Unmodified-Since"), nil},
		{"criteria that choose several", ask{method: "PATCH", path: "Patient?active=true", header: map[string]string{"Content-Type": "application/json-patch+json"}, body: `[]`}, 412, at("url"), nil},
		{"criteria of a header that choose several", with("POST", "Patient", "If-None-Exist", "active=true"), 412, at("If-None-Exist"), nil},
		{"criteria of a header that are not understood", with("POST", "Patient", "If-None-Exist", "familie=x"), 400, at("If-None-Exist"), nil},
		{"criteria of a header about another type", with("POST", "Patient", "If-None-Exist", "Group?active=true"), 400, at("If-None-Exist"), nil},
		{"a body of no known type", with("POST", "Patient", "Content-Type", "text/plain"), 415, at("Content-Type"), nil},
		{"a patch of no known type", ask{method: "PATCH", path: "Patient/ann", body: `x`, header: map[string]string{"Content-Type": "text/plain"}}, 415, at("Content-Type"), nil},
		{"a body packed in another way", with("POST", "Patient", "Content-Encoding", "deflate"), 415, at("Content-Encoding"), nil},
	})
}

func TestLargeBodies(t *testing.T) { onEachStore(t, testLargeBodies) }

func testLargeBodies(t *testing.T, w *world) {
	const gigabyte = 1 << 30
	for _, announced := range []bool{true, false} {
		for path, limit := range map[string]int64{"Patient": 5 << 20, "": 50 << 20} {
			body := &endless{n: gigabyte}
			r := httptest.NewRequest("POST", "/apis/default/fhir/"+path, body)
			r.Header.Set("Authorization", "Bearer system")
			r.Header.Set("Content-Type", "application/fhir+json")
			if r.ContentLength = -1; announced {
				r.ContentLength = gigabyte
			}
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, r)
			if rec.Code != 413 || !strings.Contains(rec.Body.String(), "OperationOutcome") {
				t.Errorf("status %d: %s", rec.Code, rec.Body)
			}
			if body.read > 2*limit || announced && body.read > 0 {
				t.Errorf("%d bytes of the body were read", body.read)
			}
		}
	}
}

func TestTooManyEntries(t *testing.T) { onEachStore(t, testTooManyEntries) }

func testTooManyEntries(t *testing.T, w *world) {
	list := make([]string, 4501)
	for i := range list {
		list[i] = entry("", "", "GET", "metadata", "")
	}
	w.play(t, []scenario{
		{"4,501 entries", ask{method: "POST", path: "", body: entries("batch", list...)}, 413, []string{"4500"}, nil},
	})
}

func TestCrossOrigin(t *testing.T) { onEachStore(t, testCrossOrigin) }

func testCrossOrigin(t *testing.T, w *world) {
	w.play(t, []scenario{
		{"preflight", ask{method: "OPTIONS", path: "Patient/ann", token: "-"}, 204, []string{"Access-Control-Allow-Methods: DELETE, GET, HEAD, PATCH, PUT, OPTIONS", "Access-Control-Allow-Headers: Authorization", "Allow: "}, []string{"Allow-Credentials"}},
		{"preflight of another API", ask{method: "OPTIONS", path: "/apis/default/api/patient", token: "-"}, 204, []string{"Access-Control-Allow-Origin: *", "Access-Control-Allow-Headers: Authorization"}, []string{"Allow-Credentials"}},
		{"HEAD wherever GET is", ask{method: "HEAD", path: "metadata", token: "-"}, 200, nil, nil},
		{"errors can be read as well", ask{method: "GET", path: "Patient/ann", token: "-"}, 401, []string{"Access-Control-Allow-Origin: *"}, nil},
	})
}

func TestFrame(t *testing.T) { onEachStore(t, testFrame) }

func testFrame(t *testing.T, w *world) {
	w.play(t, []scenario{
		{"live", ask{method: "GET", path: "/health/live", token: "-"}, 200, []string{"live", "X-Content-Type-Options: nosniff"}, nil},
		{"ready", ask{method: "GET", path: "/health/ready", token: "-"}, 200, []string{"ready"}, nil},
		{"nothing there", ask{method: "GET", path: "/nothing", token: "-"}, 404, []string{`"internalErrors"`}, nil},
		{"a request id is kept", ask{method: "GET", path: "/health/live", token: "-", header: map[string]string{"X-Request-Id": "abc-1"}}, 200, []string{"X-Request-Id: abc-1"}, nil},
		{"unless it is no id", ask{method: "GET", path: "/health/live", token: "-", header: map[string]string{"X-Request-Id": "<script>"}}, 200, []string{"X-Request-Id: "}, []string{"script>"}},
	})
}
