package httpd_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir/validate"
)

func TestAuditEvents(t *testing.T) { onEachStore(t, testAuditEvents) }

// testAuditEvents reads the trail as an administrator does: through FHIR, by patient, by who, by time, a page at a time.
func testAuditEvents(t *testing.T, w *world) {
	w.twoPatients()
	asAnn := ask{method: "GET", path: "Observation/bob-laboratory", token: "ann"}
	w.do(asAnn) // refused
	w.do(ask{method: "GET", path: "Patient/ann", token: "admin"})
	last := w.do(ask{method: "GET", path: "Patient/bob", token: "admin"})
	w.lastEvent(last.Header().Get("X-Request-Id"))

	events := func(query string) []map[string]any {
		t.Helper()
		bundle := w.must(200, ask{method: "GET", path: "AuditEvent?" + query, token: "admin"})
		var list []map[string]any
		entries, _ := bundle["entry"].([]any)
		for _, e := range entries {
			list = append(list, e.(map[string]any)["resource"].(map[string]any))
		}
		return list
	}
	what := func(list []map[string]any) (out []string) {
		for _, e := range list {
			sub := e["subtype"].([]any)[0].(map[string]any)
			out = append(out, fmt.Sprint(sub["code"], " ", e["action"], " ", e["outcome"]))
		}
		return out
	}
	for _, tt := range []struct {
		query string
		want  string // one of the events; "" = none at all
	}{
		{"patient=ann&action=R", "read R 0"},
		{"patient=Patient/bob&subtype=read&outcome=0", "read R 0"},
		{"entity=Observation/bob-laboratory&outcome=4", "read R 4"},
		{"agent=Practitioner/admin", "read R 0"},
		{"agent-name=adm", "read R 0"},
		{"agent-name:exact=adm", ""},
		{"type=http://terminology.hl7.org/CodeSystem/audit-event-type|rest&action=C,U", "update C 0"},
		{"type:not=http://terminology.hl7.org/CodeSystem/audit-event-type|rest&action=C", ""},
		{"date=ge2020-01-01&patient=ann&action=R", "read R 0"},
		{"date=lt2020-01-01", ""},
		{"patient=nobody", ""},
		{"_sort=-date&patient=ann&action=R", "read R 0"},
		{"policy=urn:x", ""},
	} {
		got := what(events(tt.query + "&_count=50"))
		if tt.want == "" && len(got) > 0 || tt.want != "" && !slices.Contains(got, tt.want) {
			t.Errorf("%s: %v, want %q", tt.query, got, tt.want)
		}
	}

	one := events("patient=ann&action=R&_count=1")[0]
	alone := w.must(200, ask{method: "GET", path: "AuditEvent/" + one["id"].(string), token: "admin"})
	if alone["recorded"] != one["recorded"] || alone["id"] != one["id"] {
		t.Errorf("read %v, searched %v", alone, one)
	}
	rec := w.do(ask{method: "GET", path: "AuditEvent/" + one["id"].(string), token: "admin"})
	r, err := r4.Unmarshal(rec.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range validate.Resource(r, validate.Full) {
		t.Errorf("not valid: %s %s", i.Expression, i.Detail)
	}

	// Page by page nothing is left out and nothing comes twice, while every page adds an event.
	seen := map[string]bool{}
	bundle := w.must(200, ask{method: "GET", path: "AuditEvent?_count=2&date=le" + url.QueryEscape(alone["recorded"].(string)), token: "admin"})
	for pages := 0; ; pages++ {
		entries, _ := bundle["entry"].([]any)
		for _, e := range entries {
			id := e.(map[string]any)["resource"].(map[string]any)["id"].(string)
			if seen[id] {
				t.Fatalf("%s comes twice", id)
			}
			seen[id] = true
		}
		next := linkOf(bundle, "next")
		if next == "" || pages > 100 {
			break
		}
		bundle = w.must(200, ask{method: "GET", path: strings.TrimPrefix(next, base), token: "admin"})
	}
	total := w.must(200, ask{method: "GET", path: "AuditEvent?_summary=count&date=le" + url.QueryEscape(alone["recorded"].(string)), token: "admin"})["total"]
	if fmt.Sprint(total) != fmt.Sprint(len(seen)) {
		t.Errorf("%v counted, %d seen", total, len(seen))
	}

	w.play(t, []scenario{
		{"an event that never was", ask{method: "GET", path: "AuditEvent/trail-999999999", token: "admin"}, 404, nil, nil},
		{"a chain", ask{method: "GET", path: "AuditEvent?patient.name=x", token: "admin"}, 400, []string{"patient"}, nil},
		{"another order", ask{method: "GET", path: "AuditEvent?_sort=date", token: "admin"}, 400, []string{"newest first"}, nil},
		{"a patient", ask{method: "GET", path: "AuditEvent?patient=ann", token: "ann"}, 403, nil, nil},
		{"a patient, by id", ask{method: "GET", path: "AuditEvent/" + one["id"].(string), token: "ann"}, 403, nil, nil},
		{"nobody writes one", ask{method: "POST", path: "AuditEvent", body: `{"resourceType":"AuditEvent"}`, token: "admin"}, 405, []string{"AuditEvent does not offer create", "Allow: GET, HEAD"}, nil},
		{"nor changes one", ask{method: "PUT", path: "AuditEvent/" + one["id"].(string), body: `{"resourceType":"AuditEvent"}`, token: "admin"}, 405, []string{"OperationOutcome"}, nil},
		{"nor deletes one", ask{method: "DELETE", path: "AuditEvent/" + one["id"].(string), token: "admin"}, 405, []string{"OperationOutcome"}, nil},
		{"nor labels one", ask{method: "POST", path: "AuditEvent/" + one["id"].(string) + "/$meta-add", body: `{"resourceType":"Parameters"}`, token: "admin"}, 404, []string{"not offered"}, nil},
		{"nor in a batch", ask{method: "POST", body: entries("batch", entry("", `{"resourceType":"AuditEvent"}`, "POST", "AuditEvent", ""), entry("", "", "DELETE", "AuditEvent/x", "")), token: "admin"}, 200, []string{`"status":"405 Method Not Allowed"`}, []string{`"status":"403`, `"status":"204`}},
		{"the version of one", ask{method: "GET", path: "AuditEvent/" + one["id"].(string) + "/_history/1", token: "admin"}, 200, []string{one["id"].(string)}, nil},
		{"the history of one", ask{method: "GET", path: "AuditEvent/" + one["id"].(string) + "/_history", token: "admin"}, 200, []string{one["id"].(string)}, nil},
		{"a version that never was", ask{method: "GET", path: "AuditEvent/" + one["id"].(string) + "/_history/2", token: "admin"}, 404, nil, nil},
		{"the history of one, before it was", ask{method: "GET", path: "AuditEvent/" + one["id"].(string) + "/_history?_at=2020", token: "admin"}, 200, []string{`"type":"history"`}, []string{`"entry"`}},
		{"a patient asks for the version of one", ask{method: "GET", path: "AuditEvent/" + one["id"].(string) + "/_history/1", token: "ann"}, 403, nil, nil},
	})
}

func linkOf(bundle map[string]any, relation string) string {
	links, _ := bundle["link"].([]any)
	for _, l := range links {
		if m := l.(map[string]any); m["relation"] == relation {
			return m["url"].(string)
		}
	}
	return ""
}
