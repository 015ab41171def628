package httpd_test

import (
	"testing"

	"chartwright/internal/access"
)

// TestOperationsTakeWhatTheyDefine: what an operation does not define, or defines otherwise, is refused and not passed over.
func TestOperationsTakeWhatTheyDefine(t *testing.T) { onEachStore(t, testOperationsTakeWhatTheyDefine) }

func testOperationsTakeWhatTheyDefine(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	at := func(name string) []string { return []string{`"expression":["http.` + name + `"]`} }
	post := func(path, parameters string) ask {
		return ask{method: "POST", path: path, body: parametersOf(parameters)}
	}
	w.subject("expunger", &access.Subject{Actor: access.User, UserID: "adams", UserName: "adams", FHIRUser: "Practitioner/adams", Groups: []string{"admin"}}, "user/*.cruds cdr_fhir_expunge")
	expunge := func(path, parameters string) ask {
		a := post(path, parameters)
		a.token = "expunger"
		return a
	}
	const tag = `{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}`
	w.play(t, []scenario{
		{"an unknown one", ask{method: "GET", path: "Patient/ann/$meta?foo=1"}, 400, at("foo"), nil},
		{"of a type", ask{method: "GET", path: "Patient/$meta?foo=1"}, 400, at("foo"), nil},
		{"beside a known one", post("Patient/ann/$meta-add", tag+`,{"name":"foo","valueString":"x"}`), 400, at("foo"), nil},
		{"of a data type", post("Patient/ann/$diff", `{"name":"foo","valuePeriod":{"start":"2020"}}`), 400, at("foo"), nil},
		{"where there is none", expunge("Patient/ann/$purge-history", `{"name":"limit","valueInteger":1}`), 400, at("limit"), nil},
		{"twice", post("Patient/ann/$meta-add", tag+","+tag), 400, at("meta"), nil},
		{"in the URL and the body", post("Patient/$validate?mode=create", `{"name":"mode","valueCode":"update"},{"name":"resource","resource":`+ann+`}`), 400, at("mode"), nil},
		{"two resources", post("Patient/$validate", `{"name":"resource","resource":`+ann+`},{"name":"resource","resource":`+ann+`}`), 400, nil, nil},
		{"a text for a data type", post("Patient/ann/$meta-add", `{"name":"meta","valueString":"x"}`), 400, at("meta"), nil},
		{"a data type in the URL", ask{method: "POST", path: "Patient/ann/$meta-add?meta=x"}, 400, at("meta"), nil},
		{"a data type for a number", expunge("$expunge", `{"name":"expungePreviousVersions","valueBoolean":true},{"name":"limit","valueQuantity":{"value":1}}`), 400, at("limit"), nil},
		{"another kind of number", expunge("$expunge", `{"name":"expungePreviousVersions","valueBoolean":true},{"name":"limit","valueUnsignedInt":0}`), 400, at("limit"), nil},
		{"parts for a value", post("Patient/ann/$everything", `{"name":"_since","part":[{"name":"x","valueString":"y"}]}`), 400, at("_since"), nil},
		{"a data type for a date", post("Patient/ann/$everything", `{"name":"start","valuePeriod":{"start":"2020"}}`), 400, at("start"), nil},
		{"a resource for parameters", ask{method: "POST", path: "Patient/ann/$everything", body: ann}, 400, []string{`"expression":["resourceType"]`}, nil},
		{"a date that is given twice", ask{method: "GET", path: "Patient/ann/$everything?start=2020&start=2021"}, 400, at("start"), nil},
		{"types that are given twice", ask{method: "GET", path: "Patient/ann/$everything?_type=Patient&_type=Observation"}, 200, []string{`"id":"ann"`}, nil},
		{"a number that is given twice", ask{method: "GET", path: "Observation/$lastn?patient=ann&code=pulse&max=1&max=2"}, 400, []string{`"expression":["http.max"]`}, nil},
		{"a number of another type", ask{method: "POST", path: "Observation/$lastn", body: parametersOf(`{"name":"patient","valueString":"ann"},{"name":"code","valueString":"pulse"},{"name":"max","valueQuantity":{"value":2}}`)},
			400, []string{`"expression":["http.max"]`}, nil},
		{"Parameters that are checked themselves", ask{method: "POST", path: "Parameters/$validate", body: parametersOf(`{"name":"x","part":[{"name":"y","valueString":"z"}]},{"name":"mode","valueString":"1"}`)}, 200, []string{"no error was found"}, nil},
	})
	if tag := w.do(ask{method: "GET", path: "Patient/ann"}).Header().Get("ETag"); tag != `W/"1"` {
		t.Errorf("what was refused has changed the patient: %s", tag)
	}
}

// parametersOf is a Parameters resource.
func parametersOf(list string) string {
	return `{"resourceType":"Parameters","parameter":[` + list + `]}`
}
