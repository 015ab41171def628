package httpd_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"chartwright/gen/r4route"
)

func TestValidate(t *testing.T) { onEachStore(t, testValidate) }

func testValidate(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	parameters := `{"resourceType":"Parameters","parameter":[{"name":"mode","valueCode":"update"},{"name":"resource","resource":` + ann + `}]}`
	w.play(t, []scenario{
		{"good", ask{method: "POST", path: "Patient/$validate", body: ann}, 200, []string{`"severity":"information"`}, []string{`"error"`}},
		{"a rule is broken", ask{method: "POST", path: "Observation/$validate", body: `{"resourceType":"Observation"}`}, 200, []string{"Observation.status", "Observation.code"}, nil},
		{"malformed", ask{method: "POST", path: "Patient/$validate", body: `{"resourceType":"Patient","colour":1}`}, 200, []string{"Patient.colour"}, nil},
		{"another type", ask{method: "POST", path: "Group/$validate", body: ann}, 200, []string{"a Group is expected"}, nil},
		{"what is stored", ask{method: "GET", path: "Patient/ann/$validate"}, 200, []string{`"severity":"information"`}, nil},
		{"in Parameters", ask{method: "POST", path: "Patient/ann/$validate", body: parameters}, 200, []string{`"severity":"information"`}, nil},
		{"an update of another", ask{method: "POST", path: "Patient/bob/$validate", body: parameters}, 200, []string{"Patient.id"}, nil},
		{"a profile is no silent pass", ask{method: "POST", path: "Patient/$validate?profile=http://example.org/p", body: ann}, 200, []string{"not-supported"}, nil},
		{"nothing to check", ask{method: "GET", path: "Patient/$validate"}, 400, nil, nil},
		{"nothing is stored", ask{method: "GET", path: "Patient?_summary=count"}, 200, []string{`"total":1`}, nil},
	})
}

func TestMetaOperations(t *testing.T) { onEachStore(t, testMetaOperations) }

func testMetaOperations(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	change := `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"system":"urn:t","code":"vip"}],"profile":["http://example.org/p"]}}]}`
	w.play(t, []scenario{
		{"what there is", ask{method: "GET", path: "Patient/ann/$meta"}, 200, []string{`"name":"return"`, `"versionId":"1"`}, []string{"vip"}},
		{"add", ask{method: "POST", path: "Patient/ann/$meta-add", body: change}, 200, []string{"vip", `"versionId":"2"`}, nil},
		{"add again", ask{method: "POST", path: "Patient/ann/$meta-add", body: change}, 200, []string{`"tag":[{"system":"urn:t","code":"vip"}]`}, nil},
		{"it is in the resource", ask{method: "GET", path: "Patient?_tag=urn:t|vip"}, 200, []string{"Ash", "vip"}, nil},
		{"delete", ask{method: "POST", path: "Patient/ann/$meta-delete", body: change}, 200, []string{`"versionId":"4"`}, []string{"vip"}},
		{"by POST alone", ask{method: "GET", path: "Patient/ann/$meta-add"}, 405, nil, nil},
		{"without meta", ask{method: "POST", path: "Patient/ann/$meta-add", body: `{"resourceType":"Parameters"}`}, 400, nil, nil},
		{"of nothing", ask{method: "GET", path: "Patient/bob/$meta"}, 404, nil, nil},
	})
}

func TestEverything(t *testing.T) { onEachStore(t, testEverything) }

func testEverything(t *testing.T, w *world) {
	w.twoPatients()
	w.must(201, ask{method: "PUT", path: "Encounter/e", body: `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"},"participant":[{"individual":{"reference":"Practitioner/doc"}}]}`})
	seen := map[string]int{}
	for next := "Patient/ann/$everything?_count=2"; next != ""; {
		v := w.must(200, ask{method: "GET", path: next})
		for _, e := range v["entry"].([]any) {
			r := e.(map[string]any)["resource"].(map[string]any)
			seen[fmt.Sprint(r["resourceType"], "/", r["id"])]++
		}
		next = link(v, "next")
	}
	for _, want := range []string{"Patient/ann", "Observation/ann-laboratory", "Observation/ann-vital-signs", "Encounter/e", "Practitioner/doc"} {
		if seen[want] != 1 {
			t.Errorf("%s is there %d times", want, seen[want])
		}
	}
	for key := range seen {
		if strings.Contains(key, "bob") {
			t.Errorf("%s belongs to another patient", key)
		}
	}
	w.play(t, []scenario{
		{"some types", ask{method: "GET", path: "Patient/ann/$everything?_type=Encounter"}, 200, []string{"Encounter/e"}, []string{"secret", "Ofann", "Healer"}},
		{"since", ask{method: "GET", path: "Patient/ann/$everything?_since=2999-01-01T00:00:00Z"}, 200, []string{"Ofann"}, []string{"secret"}},
		{"her own", ask{method: "GET", path: "Patient/ann/$everything", token: "ann"}, 200, []string{"secret of ann"}, []string{"secret of bob"}},
		{"not another's", ask{method: "GET", path: "Patient/bob/$everything", token: "ann"}, 404, nil, []string{"secret"}},
		{"only what may be searched", ask{method: "GET", path: "Patient/ann/$everything", token: "observations"}, 403, nil, []string{"secret"}},
		{"of an encounter", ask{method: "GET", path: "Encounter/e/$everything"}, 200, []string{"Encounter/e", "Healer"}, []string{"secret"}},
		{"what is not offered", ask{method: "GET", path: "Patient/ann/$everything?start=2020-01-01"}, 400, []string{"start"}, nil},
	})
}

func TestLastN(t *testing.T) { onEachStore(t, testLastN) }

func testLastN(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	for i := range 4 {
		for _, code := range []string{"pulse", "weight"} {
			w.create(fmt.Sprintf(`{"resourceType":"Observation","status":"final","category":[{"coding":[{"code":"vital-signs"}]}],"code":{"coding":[{"code":%q}]},"subject":{"reference":"Patient/ann"},"effectiveDateTime":"2020-01-0%d"}`, code, i+1))
		}
	}
	w.play(t, []scenario{
		{"the newest of each", ask{method: "GET", path: "Observation/$lastn?patient=Patient/ann&category=vital-signs"}, 200, []string{`"total":2`, "2020-01-04"}, []string{"2020-01-03"}},
		{"the newest two", ask{method: "GET", path: "Observation/$lastn?patient=Patient/ann&category=vital-signs&max=2"}, 200, []string{`"total":4`, "2020-01-03"}, []string{"2020-01-02"}},
		{"of one code", ask{method: "GET", path: "Observation/$lastn?patient=Patient/ann&code=pulse"}, 200, []string{`"total":1`, "pulse"}, []string{"weight"}},
		{"up to a date", ask{method: "GET", path: "Observation/$lastn?patient=Patient/ann&code=pulse&date=lt2020-01-03"}, 200, []string{`"2020-01-02"`}, []string{`"2020-01-03"`, `"2020-01-01"`}},
		{"a patient is needed", ask{method: "GET", path: "Observation/$lastn?code=pulse"}, 400, nil, nil},
		{"a kind is needed", ask{method: "GET", path: "Observation/$lastn?patient=ann"}, 400, nil, nil},
	})
}

// The CapabilityStatement is the truth: what it declares works for every type, what it does not declare is refused.
func TestCapabilityStatementIsTrue(t *testing.T) { onEachStore(t, testCapabilityStatementIsTrue) }

func testCapabilityStatementIsTrue(t *testing.T, w *world) {
	v := w.must(200, ask{method: "GET", path: "metadata"})
	rest := v["rest"].([]any)[0].(map[string]any)
	paths := map[string][2]string{
		"read": {"GET", "/x"}, "vread": {"GET", "/x/_history/1"}, "update": {"PUT", "/x"}, "patch": {"PATCH", "/x"}, "delete": {"DELETE", "/x"},
		"history-instance": {"GET", "/x/_history"}, "history-type": {"GET", "/_history"}, "create": {"POST", ""}, "search-type": {"GET", ""},
	}
	for _, p := range rest["searchParam"].([]any) {
		query := p.(map[string]any)["name"].(string) + "=" + sample(p.(map[string]any))
		if query == "_has=" {
			query = "_has:Observation:patient:code=x"
		}
		if rec := w.do(ask{method: "GET", path: "Patient?" + query}); rec.Code != http.StatusOK {
			t.Errorf("every type: %s: status %d: %s", query, rec.Code, rec.Body)
		}
	}
	for _, r := range rest["resource"].([]any) {
		typ := r.(map[string]any)
		name := typ["type"].(string)
		var codes []string
		for _, i := range typ["interaction"].([]any) {
			codes = append(codes, i.(map[string]any)["code"].(string))
		}
		for code, p := range paths {
			rec := w.do(ask{method: p[0], path: name + p[1]})
			if declared := slices.Contains(codes, code); declared == (rec.Code == 405) || rec.Code >= 500 {
				t.Errorf("%s %s: declared %t, status %d: %s", code, name, declared, rec.Code, rec.Body)
			}
		}
		for _, p := range typ["searchParam"].([]any) {
			param := p.(map[string]any)["name"].(string)
			if rec := w.do(ask{method: "GET", path: name + "?" + param + "=" + sample(p.(map[string]any)) + "&_count=1"}); rec.Code != http.StatusOK {
				t.Errorf("%s?%s: status %d: %s", name, param, rec.Code, rec.Body)
			}
		}
		for _, o := range r4route.Operations {
			declared := strings.Contains(fmt.Sprint(typ["operation"]), "name:"+o.Code+"]") || strings.Contains(fmt.Sprint(typ["operation"]), "name:"+o.Code+" ")
			rec := w.do(ask{method: "POST", path: name + "/x/$" + o.Code})
			if rec2 := w.do(ask{method: "POST", path: name + "/$" + o.Code}); declared == (rec.Code == 404 && rec2.Code == 404 && strings.Contains(rec.Body.String(), "not offered") && strings.Contains(rec2.Body.String(), "not offered")) {
				t.Errorf("%s/$%s: declared %t, status %d and %d: %s", name, o.Code, declared, rec.Code, rec2.Code, rec.Body)
			}
		}
	}
}

// sample is a value that a search parameter understands.
func sample(p map[string]any) string {
	switch p["type"] {
	case "date":
		return "2020"
	case "number", "quantity":
		return "1"
	case "reference":
		return "x"
	case "composite":
		if strings.HasSuffix(p["name"].(string), "-coordinate") {
			return "a$1$1"
		}
		return "a$2020"
	case "special":
		return map[string]string{"near": "1|2", "_filter": "_id%20eq%20x", "_list": "x", "_has": ""}[p["name"].(string)]
	}
	return "a"
}
