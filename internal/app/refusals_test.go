package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/config"
)

// TestTrailHoldsAFlood is AUD-13 through the door: what a stranger sends without end is on the trail in some hundred records and one with
// the number of the others, whichever address of the server it is sent to, and what succeeds meanwhile is there by itself.
func TestTrailHoldsAFlood(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	now := time.Now() // and stays: an address is heard again as time passes
	a, err := Open(ctx, config.Store{Data: t.TempDir()}, Options{BaseURL: "https://ehr.example.org", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.FirstStart(ctx, true, io.Discard); err != nil {
		t.Fatal(err)
	}
	handler, err := a.Handler(nil)
	if err != nil {
		t.Fatal(err)
	}
	const flood = 600
	for i := range flood {
		r := httptest.NewRequest(http.MethodGet, "/apis/default/fhir/Patient/1", nil)
		want := http.StatusUnauthorized
		switch i % 3 {
		case 0:
			r.Header.Set("Authorization", "Bearer "+strings.Repeat("x", 43))
		case 1:
			r = httptest.NewRequest(http.MethodPost, "/oauth2/default/token", strings.NewReader("grant_type=authorization_code&code=x&client_id=nobody&client_secret=x"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		r.RemoteAddr = "192.0.2.7:4711"
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		if answer.Code != want && answer.Code != http.StatusTooManyRequests {
			t.Fatalf("request %d: %d %s", i, answer.Code, answer.Body)
		}
	}
	a.recordRefusals(ctx)
	site, err := a.Sites.Open(ctx, DefaultSite)
	if err != nil {
		t.Fatal(err)
	}
	byItself, sum := 0, ""
	err = site.AuditTrail(ctx, chart.AuditQuery{}, func(e *chart.AuditEvent) bool {
		switch {
		case e.Address != "192.0.2.7":
		case e.Operation == "refusals":
			sum = e.Reason
		default:
			byItself++
		}
		return true
	})
	if err != nil || byItself != 100 || !strings.HasPrefix(sum, "500 more refusals ") {
		t.Errorf("%d records, sum %q, %v", byItself, sum, err)
	}
}
