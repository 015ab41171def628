package httpd_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Sixty-four clients send the same conditional writes at once: the criteria are looked up in the transaction that depends on
// them, so there is one resource for each key afterwards.
func TestConditionalWritesDoNotRace(t *testing.T) { onEachStore(t, testConditionalWritesDoNotRace) }

func testConditionalWritesDoNotRace(t *testing.T, w *world) {
	const clients, keys = 64, 4
	patiently := func(a ask) *httptest.ResponseRecorder { // who is told to come back does
		rec := w.do(a)
		for tries := 0; rec.Code == http.StatusServiceUnavailable && tries < 20; tries++ {
			rec = w.do(a)
		}
		return rec
	}
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			value := fmt.Sprintf("k%d", i%keys)
			body := strings.Replace(strings.Replace(ann, `"id":"ann",`, "", 1), `"value":"1"`, `"value":"`+value+`"`, 1)
			rec := patiently(ask{method: "POST", path: "Patient", body: body, header: map[string]string{"If-None-Exist": "identifier=urn:mrn|" + value}})
			if rec.Code != 201 && rec.Code != 200 {
				t.Errorf("conditional create: %d %s", rec.Code, rec.Body)
			}
			rec = patiently(ask{method: "PUT", path: "Patient?identifier=urn:mrn|u" + value, body: strings.Replace(body, value, "u"+value, 1)})
			if rec.Code != 201 && rec.Code != 200 {
				t.Errorf("conditional update: %d %s", rec.Code, rec.Body)
			}
			rec = patiently(ask{method: "POST", path: "", body: entries("transaction",
				entry(urnAnn, strings.Replace(body, value, "t"+value, 1), "POST", "Patient", `,"ifNoneExist":"identifier=urn:mrn|t`+value+`"`))})
			if rec.Code != 200 {
				t.Errorf("transaction: %d %s", rec.Code, rec.Body)
			}
			rec = patiently(ask{method: "PATCH", path: "Patient?identifier=urn:mrn|u" + value, body: `[{"op":"add","path":"/name/0/given/-","value":"x"}]`, header: map[string]string{"Content-Type": "application/json-patch+json"}})
			if rec.Code != 200 {
				t.Errorf("patch: %d %s", rec.Code, rec.Body)
			}
		})
	}
	wg.Wait()
	if v := w.must(200, ask{method: "GET", path: "Patient?_summary=count"}); v["total"] != float64(3*keys) {
		t.Errorf("%v patients, want %d", v["total"], 3*keys)
	}
}
