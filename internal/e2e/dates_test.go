package e2e

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
)

// TestTokensEndOnTime is F-25: whatever day it is, a token is good for its hour and not longer, and what is written carries the day.
func TestTokensEndOnTime(t *testing.T) {
	t.Parallel()
	var c standing
	c.set(time.Now())
	s := demoserver.StartOn(t, config.Store{Data: t.TempDir()}, c.now)
	for _, at := range []string{
		"2026-12-31T23:30:00Z", // into another year
		"2027-02-28T23:30:00Z", // into a month, in a year without the 29th
		"2027-03-14T06:30:00Z", // New York puts its clocks on,
		"2027-11-07T05:30:00Z", // and back
		"2028-02-28T23:30:00Z", "2028-02-29T23:30:00Z",
		"2038-01-19T02:30:00Z", // beyond 31 bits of seconds
		"2106-02-07T06:00:00Z", // and 32
		"9999-12-31T20:00:00Z",
	} {
		begins, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		c.set(begins)
		admin := administrator(t, s)
		var patient struct{ Meta struct{ LastUpdated string } }
		admin.want(http.StatusCreated, http.MethodPost, fhirAPI+"/Patient", object{"resourceType": "Patient", "birthDate": begins.Format(time.DateOnly)}, &patient)
		if updated, err := time.Parse(time.RFC3339Nano, patient.Meta.LastUpdated); err != nil || updated.Before(begins) || updated.After(begins.Add(10*time.Minute)) {
			t.Errorf("%s: written at %q", at, patient.Meta.LastUpdated)
		}
		c.set(begins.Add(50 * time.Minute))
		if got := reads(t, s, admin.token); got != http.StatusOK {
			t.Errorf("%s: after 50 minutes the token gets %d", at, got)
		}
		c.set(begins.Add(61 * time.Minute))
		if got := reads(t, s, admin.token); got != http.StatusUnauthorized {
			t.Errorf("%s: after an hour the token gets %d", at, got)
		}
	}
}

// standing is a clock that stands where a test has put it, further from today than a Duration reaches.
type standing struct{ at atomic.Pointer[time.Time] }

func (c *standing) set(at time.Time) { c.at.Store(&at) }
func (c *standing) now() time.Time   { return *c.at.Load() }
