package httpd_test

import (
	"strings"
	"testing"
)

func TestReadWhatWasCreated(t *testing.T) { onEachStore(t, testReadWhatWasCreated) }

func testReadWhatWasCreated(t *testing.T, w *world) {
	rec := w.do(ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient","name":[{"family":"Doe"}],"birthDate":"1980-01"}`})
	if rec.Code != 201 {
		t.Fatalf("status %d: %s", rec.Code, rec.Body)
	}
	if got := rec.Header().Get("ETag"); got != `W/"1"` {
		t.Errorf("ETag %s", got)
	}
	location := rec.Header().Get("Location")
	if !strings.HasPrefix(location, base+"/apis/default/fhir/Patient/") || !strings.HasSuffix(location, "/_history/1") {
		t.Errorf("Location %s", location)
	}
	for _, path := range []string{location[len(base):], strings.TrimSuffix(location[len(base):], "/_history/1")} {
		v := w.must(200, ask{method: "GET", path: path})
		if v["birthDate"] != "1980-01" || v["meta"].(map[string]any)["versionId"] != "1" {
			t.Errorf("%s: %v", path, v)
		}
	}
}
