package httpd_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestMalformedInputNeverWidens(t *testing.T) { onEachStore(t, testMalformedInputNeverWidens) }

// malformed are search parameters whose value does not have the form of their type, with the type that is searched. Each must
// be refused with a word on the parameter: a condition that is passed over is a larger result, or more that is deleted.
var malformed = []struct{ typ, name, value string }{
	{"Patient", "birthdate", "yesterday"},
	{"Patient", "birthdate", "14-01-2013"},
	{"Patient", "birthdate", "2013-13"},
	{"Patient", "birthdate", "2013-02-30"},
	{"Patient", "birthdate", "2013-1-4"},
	{"Patient", "birthdate", "20130114"},
	{"Patient", "birthdate", "0"},
	{"Patient", "birthdate", "ge"},
	{"Patient", "birthdate", "xx2013-01-14"},
	{"Patient", "birthdate", "GE2013-01-14"},
	{"Patient", "birthdate", "gege2013"},
	{"Patient", "birthdate", ">2013-01-14"},
	{"Patient", "birthdate", "2013-01-14T25:00:00Z"},
	{"Patient", "birthdate", "2013-01-14T10"},
	{"Patient", "birthdate", "2013-01-14T10:00:00+25:00"},
	{"Patient", "birthdate", "2013-01-14 OR 1=1"},
	{"Patient", "birthdate", "2013-01-14,"},
	{"Patient", "birthdate", ",2013-01-14"},
	{"Patient", "birthdate", "2013-01-14,,2014"},
	{"Patient", "birthdate", ""},
	{"Patient", "birthdate", "2013\x00"},
	{"Patient", "birthdate:exact", "2013"},
	{"Patient", "birthdate:missing", "yes"},
	{"Patient", "birthdate:missing", ""},
	{"Patient", "birthdate:missing", "true,false"},
	{"Patient", "birthdate:", "2013"},
	{"Patient", "_lastUpdated", "now"},
	{"Patient", "_lastUpdated", ""},
	{"Patient", "_id", ""},
	{"Patient", "_id", "*"},
	{"Patient", "_id", "a b"},
	{"Patient", "_id", "urn:x|ann"},
	{"Patient", "_id", strings.Repeat("a", 65)},
	{"Patient", "_id:exact", "ann"},
	{"Patient", "family", ""},
	{"Patient", "family", " "},
	{"Patient", "family", ","},
	{"Patient", "family", "Ash,"},
	{"Patient", "family", `Ash\`},
	{"Patient", "family", `\Ash`},
	{"Patient", "family", "\u0301"},
	{"Patient", "family:exact", ""},
	{"Patient", "family:contains", ""},
	{"Patient", "family:contains", " "},
	{"Patient", "family:below", "Ash"},
	{"Patient", "family:EXACT", "Ash"},
	{"Patient", "identifier", ""},
	{"Patient", "identifier", "|"},
	{"Patient", "identifier", "a|b|c"},
	{"Patient", "identifier", `urn:mrn|1\x`},
	{"Patient", "identifier", "urn:mrn|1,"},
	{"Patient", "identifier:of-type", "a|b"},
	{"Patient", "identifier:of-type", "||1"},
	{"Patient", "identifier:of-type", "|MR|1"},
	{"Patient", "_has", "x"},
	{"Patient", "general-practitioner._has", "x"},
	{"Patient", "identifier:not", ""},
	{"Patient", "identifier:not", "|"},
	{"Patient", "identifier:text", ""},
	{"Patient", "identifier:in", "pets"},
	{"Patient", "identifier:not-in", ""},
	{"Patient", "gender:below", "female"},
	{"Patient", "gender:contains", "f"},
	{"Patient", "general-practitioner", ""},
	{"Patient", "general-practitioner", "/"},
	{"Patient", "general-practitioner", "Practitioner/"},
	{"Patient", "general-practitioner", "/doc"},
	{"Patient", "general-practitioner", "Nobody/doc"},
	{"Patient", "general-practitioner", "Patient/ann"},
	{"Patient", "general-practitioner", "Practitioner/doc/_history"},
	{"Patient", "general-practitioner", "Practitioner/doc/_history/"},
	{"Patient", "general-practitioner", "Practitioner/doc/x/1"},
	{"Patient", "general-practitioner", "Practitioner/*"},
	{"Patient", "general-practitioner:Practitioner", "Organization/doc"},
	{"Patient", "general-practitioner:Patient", "ann"},
	{"Patient", "general-practitioner:Nobody", "doc"},
	{"Patient", "general-practitioner:identifier", "|"},
	{"Patient", "general-practitioner.name", ""},
	{"Patient", "general-practitioner.nothing", "x"},
	{"Patient", "general-practitioner:Practitioner.name", " "},
	{"Patient", "_has:Observation:patient:date", "soon"},
	{"Patient", "_has:Observation:patient:code", ""},
	{"Patient", "_has:Observation:patient", "x"},
	{"Patient", "_has:Observation:code:code", "x"},
	{"Patient", "_has:Nothing:patient:code", "x"},
	{"Patient", "_list", "no id"},
	{"Patient", "_list", ""},
	{"Patient", "_filter", "family eq"},
	{"Patient", "_filter", ""},
	{"Patient", "_filter", "birthdate gt tomorrow"},
	{"Patient", "_count", "-1"},
	{"Patient", "_count", "all"},
	{"Patient", "_sort", "nothing"},
	{"Patient", "_sort", ""},
	{"Patient", "_total", "many"},
	{"Patient", "_include", "Patient"},
	{"Patient", "_nothing", "x"},
	{"Patient", "Family", "Ash"},
	{"RiskAssessment", "probability", "much"},
	{"RiskAssessment", "probability", "1,5e"},
	{"RiskAssessment", "probability", "NaN"},
	{"RiskAssessment", "probability", "Inf"},
	{"RiskAssessment", "probability", "0x10"},
	{"RiskAssessment", "probability", "1_000"},
	{"RiskAssessment", "probability", "1e999"},
	{"RiskAssessment", "probability", "gt"},
	{"RiskAssessment", "probability", ".5"},
	{"RiskAssessment", "probability", "5."},
	{"RiskAssessment", "probability", "--5"},
	{"RiskAssessment", "probability", "1|mg"},
	{"RiskAssessment", "probability:not", "1"},
	{"Observation", "value-quantity", "5.4 mg"},
	{"Observation", "value-quantity", "5.4|mg"},
	{"Observation", "value-quantity", "5.4|http://unitsofmeasure.org|mg|x"},
	{"Observation", "value-quantity", "|http://unitsofmeasure.org|mg"},
	{"Observation", "value-quantity", "lt|http://unitsofmeasure.org|mg"},
	{"Observation", "value-quantity", "<5"},
	{"Observation", "value-quantity:above", "5"},
	{"Observation", "code-value-quantity", "8480-6"},
	{"Observation", "code-value-quantity", "8480-6$"},
	{"Observation", "code-value-quantity", "$5"},
	{"Observation", "code-value-quantity", "8480-6$5$6"},
	{"Observation", "code-value-quantity", "8480-6$much"},
	{"Observation", "code-value-quantity", "|$5"},
	{"Observation", "code-value-quantity:missing", "true"},
	{"ValueSet", "url", ""},
	{"ValueSet", "url", `http://a.example/\x`},
	{"ValueSet", "url:below", ""},
	{"ValueSet", "url:below", "urn:oid:1.2"},
	{"ValueSet", "url:above", "urn:oid:1.2"},
	{"ValueSet", "url:contains", "a"},
	{"Location", "near", "here"},
	{"Location", "near", "1"},
	{"Location", "near", "91|0"},
	{"Location", "near", "0|181"},
	{"Location", "near", "0|0|-1"},
	{"Location", "near", "0|0|Inf"},
	{"Location", "near", "0|0|NaN"},
	{"Location", "near", "0|0|0x1p20"},
	{"Location", "near", "0|0|1|parsec"},
	{"Location", "near", "0|0|1|km|x"},
}

func testMalformedInputNeverWidens(t *testing.T, w *world) {
	for _, body := range []string{
		ann, `{"resourceType":"RiskAssessment","id":"r","status":"final","subject":{"reference":"Patient/ann"},"prediction":[{"probabilityDecimal":0.5}]}`,
		`{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"subject":{"reference":"Patient/ann"},"valueQuantity":{"value":5}}`,
		`{"resourceType":"ValueSet","id":"v","url":"http://a.example/x","status":"active"}`,
		`{"resourceType":"Location","id":"l","position":{"latitude":0,"longitude":0}}`,
	} {
		typ, id := field(body, "resourceType"), field(body, "id")
		w.must(201, ask{method: "PUT", path: typ + "/" + id, body: body})
	}
	lenient := map[string]string{"Prefer": "handling=lenient"}
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for _, m := range malformed {
		query := url.QueryEscape(m.name) + "=" + url.QueryEscape(m.value)
		code, _, _ := strings.Cut(m.name[strings.LastIndexByte(m.name, '.')+1:], ":")
		if f := strings.Split(m.name, ":"); len(f) == 4 { // of _has, the message is about what is asked of the other type
			code = f[3]
		}
		if f := strings.Fields(m.value); m.name == "_filter" && len(f) == 3 { // of _filter, about the condition, once there is one
			code = f[0]
		}
		asks := map[string]ask{
			"search":      {method: "GET", path: m.typ + "?" + query},
			"with others": {method: "GET", path: m.typ + "?_id=nobody&" + query},
			"form":        {method: "POST", path: m.typ + "/_search", body: query, header: form},
			"compartment": {method: "GET", path: "Patient/ann/" + m.typ + "?" + query},
			"deletion":    {method: "DELETE", path: m.typ + "?" + query},
		}
		if m.typ == "ValueSet" || m.typ == "Location" {
			delete(asks, "compartment") // they belong to no patient
		}
		if code != "Family" && code != "_sort" && !strings.Contains(m.name+m.value, "nothing") { // what is unknown, lenient passes over and says so
			asks["lenient"] = ask{method: "GET", path: m.typ + "?" + query, header: lenient}
		}
		for how, a := range asks {
			rec := w.do(a)
			text := rec.Body.String()
			if rec.Code < 400 || rec.Code > 499 || strings.Contains(text, `"entry"`) {
				t.Errorf("%s %s=%q, %s: status %d, want a refusal\n%s", m.typ, m.name, m.value, how, rec.Code, text)
			} else if how != "deletion" && !strings.Contains(text, code) {
				t.Errorf("%s %s=%q, %s: the answer does not name the parameter\n%s", m.typ, m.name, m.value, how, text)
			}
		}
	}
	for _, typ := range []string{"Patient", "RiskAssessment", "Observation", "ValueSet", "Location"} {
		if got := w.ids(ask{method: "GET", path: typ}); len(got) != 1 {
			t.Errorf("%s: %v are left after deletions that were refused", typ, got)
		}
	}
}

// field returns a text of the outermost object of a body that has none of the same name before.
func field(body, name string) string {
	_, rest, _ := strings.Cut(body, fmt.Sprintf("%q:\"", name))
	value, _, _ := strings.Cut(rest, `"`)
	return value
}
