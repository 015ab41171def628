package httpd_test

import (
	"encoding/json"
	"strings"
	"testing"

	"chartwright/internal/access"
)

// What reads lies in a transaction as well as what writes, and sees what was written.
func TestTransactionReads(t *testing.T) { onEachStore(t, testTransactionReads) }

func testTransactionReads(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	obs := `{"resourceType":"Observation","status":"final","category":[{"coding":[{"code":"vital-signs"}]}],"code":{"text":"pulse"},"subject":{"reference":"Patient/ann"}}`
	v := w.must(200, ask{method: "POST", path: "", body: entries("transaction",
		entry("", "", "GET", "Patient/ann", ""),
		entry("", "", "GET", "Patient/ann/_history/1", ""),
		entry("", "", "GET", "Patient/ann/_history", ""),
		entry("", "", "GET", "Observation?code:text=pulse", ""),
		entry("", "", "GET", "Patient/ann/Observation?code:text=pulse", ""),
		entry("", "", "GET", "Patient/ann/*", ""),
		entry("", "", "GET", "?_type=Observation", ""),
		entry("", "", "GET", "_history?_count=1", ""),
		entry("", "", "GET", "metadata", ""),
		entry("", "", "GET", "Patient/ann/$everything", ""),
		entry("", `{"resourceType":"Parameters","parameter":[{"name":"patient","valueString":"ann"},{"name":"category","valueString":"vital-signs"}]}`, "POST", "Observation/$lastn", ""),
		entry("", obs, "POST", "Observation", ""),
		entry("", "", "HEAD", "Patient/ann", ""),
	)})
	if got := statuses(v); got != "200 200 200 200 200 200 200 200 200 200 200 201 200" {
		t.Fatalf("statuses %s", got)
	}
	for i, want := range []string{"Ash", "Ash", `"history"`, "pulse", "pulse", "pulse", "pulse", `"history"`, "CapabilityStatement", "pulse", "pulse"} {
		text, err := json.Marshal(v["entry"].([]any)[i].(map[string]any)["resource"])
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("entry %d shows no %s: %s", i, want, text)
		}
	}

	w.subject("writer", &access.Subject{Actor: access.System, UserID: "writer"}, "system/Observation.cruds")
	for name, c := range map[string]struct {
		status int
		want   string
		entry  string
	}{
		"a search that is not understood":     {400, "Bundle.entry[1]", entry("", "", "GET", "Observation?colour=green", "")},
		"a compartment that is not there":     {404, "Bundle.entry[1]", entry("", "", "GET", "Observation/x/Patient", "")},
		"a search that is not allowed":        {403, "Bundle.entry[1]", entry("", "", "GET", "Patient?family=Ash", "")},
		"a compartment that is not allowed":   {403, "Bundle.entry[1]", entry("", "", "GET", "Patient/ann/Condition", "")},
		"types that are not allowed":          {403, "Bundle.entry[1]", entry("", "", "GET", "?_type=Patient", "")},
		"a version that is not allowed":       {403, "Bundle.entry[1]", entry("", "", "GET", "Patient/ann/_history/1", "")},
		"an operation that is not allowed":    {403, "Bundle.entry[1]", entry("", "", "GET", "Patient/ann/$everything", "")},
		"an operation that does not exist":    {404, "Bundle.entry[1]", entry("", "", "GET", "Observation/$fly", "")},
		"an operation that changes something": {400, "Bundle.entry[1].request.url", entry("", `{"resourceType":"Parameters"}`, "POST", "Observation/x/$meta-add", "")},
		"a history with a bad parameter":      {400, "Bundle.entry[1]", entry("", "", "GET", "Observation/_history?_since=soon", "")},
	} {
		rec := w.do(ask{method: "POST", path: "", token: "writer", body: entries("transaction", entry("", obs, "POST", "Observation", ""), c.entry)})
		if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.want) {
			t.Errorf("%s: status %d, want %d and %s: %s", name, rec.Code, c.status, c.want, rec.Body)
		}
	}
	if v := w.must(200, ask{method: "GET", path: "Observation?_summary=count"}); v["total"] != 1.0 {
		t.Errorf("%v observations after refused transactions, want the one from before", v["total"])
	}
}
