package matrix_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"chartwright/internal/chart"
)

// TestClocksThatJump is AUD-10 and F-24: however the clock goes, versions count up, the history and the trail keep their order, and the
// chain of the trail holds.
func TestClocksThatJump(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, setup{clock: &clock{}})
	who := w.holder(home, "user/Basic.cruds")
	const where = "/apis/" + home + "/fhir/Basic/jump"
	var last int64
	for i, jump := range []time.Duration{0, 10 * time.Minute, -20 * time.Minute, -time.Hour, 2 * time.Hour, -10 * time.Minute} {
		w.clock.advance(jump)
		a := w.must(w.send(call{method: http.MethodPut, path: where, token: who, body: []byte(basic("jump", strconv.Itoa(i)))}))
		version, err := strconv.ParseInt(strings.Trim(a.header.Get("ETag"), `W/"`), 10, 64)
		if err != nil || version != last+1 {
			t.Errorf("after %v version %d follows %d", jump, version, last)
		}
		last = version
	}
	history := w.must(w.send(call{method: http.MethodGet, path: where + "/_history", token: who}))
	var b struct {
		Entry []struct {
			Resource struct {
				Meta struct{ VersionID, LastUpdated string }
			}
		}
	}
	if err := json.Unmarshal(history.body, &b); err != nil || int64(len(b.Entry)) != last {
		t.Fatalf("%v in %.300s", err, history.body)
	}
	for i, e := range b.Entry {
		if e.Resource.Meta.VersionID != strconv.FormatInt(last-int64(i), 10) {
			t.Errorf("the history has version %s at place %d", e.Resource.Meta.VersionID, i)
		}
	}
	s, err := w.app.Sites.Open(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	var before int64
	err = s.AuditTrail(t.Context(), chart.AuditQuery{}, func(e *chart.AuditEvent) bool {
		if before != 0 && e.Seq >= before {
			t.Errorf("event %d stands behind event %d", e.Seq, before)
		}
		before = e.Seq
		return true
	})
	if err != nil || before == 0 {
		t.Errorf("the trail ends at %d, %v", before, err)
	}
	if check, err := s.VerifyAudit(t.Context()); err != nil || check.BrokenAt != 0 {
		t.Errorf("the trail is broken at %d, %v", check.BrokenAt, err)
	}
}
