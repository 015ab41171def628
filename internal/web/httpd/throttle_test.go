package httpd_test

import (
	"strings"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/web/httpd"
)

func TestRequestsAreLimited(t *testing.T) { onEachStore(t, testRequestsAreLimited) }

func testRequestsAreLimited(t *testing.T, w *world) {
	w.twoPatients()
	w.settings.APIStandard, w.settings.RateLimit = true, "10"
	w.subject("staff", &access.Subject{Actor: access.User, UserID: "u", UserName: "u", FHIRUser: "Practitioner/doc", Groups: []string{"admin"}}, "api:oemr user/patient.read")
	now := time.Now()
	w.config.Now = func() time.Time { return now }
	w.handler = httpd.New(w.config)

	answers := map[int]int{}
	for range 30 {
		answers[w.do(ask{method: "GET", path: "Patient/ann"}).Code]++
	}
	if answers[200] != 20 || answers[429] != 10 {
		t.Errorf("answers to 30 requests at once: %v", answers)
	}
	refused := w.do(ask{method: "GET", path: "Patient/ann"})
	if body := refused.Body.String(); refused.Header().Get("Retry-After") != "1" || !strings.Contains(body, `"OperationOutcome"`) || !strings.Contains(body, `"throttled"`) || strings.Contains(body, "Ofann") {
		t.Errorf("the answer: %v %s", refused.Header(), body)
	}
	var noted int
	// A durable event is on disk together with all before it.
	err := w.site.Record(t.Context(), &chart.AuditEvent{Time: now, Kind: "rest", Operation: "test"}, true)
	if err == nil {
		err = w.site.AuditTrail(t.Context(), chart.AuditQuery{Limit: 100}, func(e *chart.AuditEvent) bool {
			if strings.Contains(e.Reason, "requests a second") {
				noted++
			}
			return true
		})
	}
	if err != nil || noted != 1 {
		t.Errorf("%d audit records of the refusals, %v; want one", noted, err)
	}

	// Somebody else is served, and pays for the own requests in the other API.
	for i := range 21 {
		a := w.do(ask{method: "GET", path: "/apis/default/api/patient", token: "staff"})
		if i < 20 && a.Code != 200 {
			t.Fatalf("request %d of another caller: %d %s", i, a.Code, a.Body)
		}
		if i == 20 && (a.Code != 429 || a.Header().Get("Retry-After") == "" || strings.Contains(a.Body.String(), "OperationOutcome")) {
			t.Errorf("the Standard API answers %d %s", a.Code, a.Body)
		}
	}
	if a := w.do(ask{method: "GET", path: "metadata", token: "-"}); a.Code != 200 {
		t.Errorf("what needs no token answers %d", a.Code)
	}
	now = now.Add(100 * time.Millisecond)
	for i, want := range []int{200, 429} {
		if a := w.do(ask{method: "GET", path: "Patient/ann"}); a.Code != want {
			t.Errorf("request %d after a tenth of a second: %d", i, a.Code)
		}
	}
	w.settings.RateLimit = "off"
	if a := w.do(ask{method: "GET", path: "Patient/ann"}); a.Code != 200 {
		t.Errorf("without a limit: %d", a.Code)
	}
}

// A Bundle is no way around the limit: its entries count. None is too large for it, either; they are paid before the next request.
func TestEntriesAreLimited(t *testing.T) { onEachStore(t, testEntriesAreLimited) }

func testEntriesAreLimited(t *testing.T, w *world) {
	w.twoPatients()
	w.settings.RateLimit = "10"
	now := time.Now()
	w.config.Now = func() time.Time { return now }
	w.handler = httpd.New(w.config)
	entry := `{"request":{"method":"GET","url":"Patient/ann"}}`
	for _, typ := range []string{"batch", "transaction"} {
		bundle := `{"resourceType":"Bundle","type":"` + typ + `","entry":[` + strings.Repeat(entry+",", 49) + entry + `]}`
		if a := w.do(ask{method: "POST", path: "", body: bundle}); a.Code != 200 || strings.Count(a.Body.String(), `"200`) < 50 {
			t.Fatalf("%s: %d %.300s", typ, a.Code, a.Body)
		}
		for _, again := range []ask{{method: "GET", path: "Patient/ann"}, {method: "POST", path: "", body: bundle}} {
			if a := w.do(again); a.Code != 429 || a.Header().Get("Retry-After") != "4" {
				t.Errorf("after a %s of 50 entries: %d, Retry-After %q", typ, a.Code, a.Header().Get("Retry-After"))
			}
		}
		now = now.Add(5 * time.Second)
		if a := w.do(ask{method: "GET", path: "Patient/ann"}); a.Code != 200 {
			t.Errorf("five seconds later: %d", a.Code)
		}
		now = now.Add(time.Second)
	}
}
