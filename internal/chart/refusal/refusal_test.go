package refusal

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"chartwright/internal/chart"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func refused(address string) *chart.AuditEvent {
	return &chart.AuditEvent{Kind: "rest", API: "fhir", Action: "E", Address: address, Outcome: chart.MinorFailure, Status: 401, Reason: "the access token is unknown"}
}

// TestFloodOfRefusalsIsCounted is AUD-13: a million refusals of one address take some hundred records, none is left out of the count,
// and everybody else's are recorded meanwhile.
func TestFloodOfRefusalsIsCounted(t *testing.T) {
	t.Parallel()
	now := noon
	c := New(func() time.Time { return now })
	const flood = 1_000_000
	kept := 0
	for range flood {
		if c.Keep("default", refused("192.0.2.7")) {
			kept++
		}
	}
	if kept != strangerBurst {
		t.Errorf("%d refusals are recorded by themselves", kept)
	}
	for name, e := range map[string]*chart.AuditEvent{
		"another address":      refused("192.0.2.8"),
		"a success":            {Address: "192.0.2.7"},
		"a fault of ours":      {Address: "192.0.2.7", Outcome: chart.SeriousFailure},
		"somebody with tokens": {Address: "192.0.2.7", Outcome: chart.MinorFailure, TokenID: "t", ClientID: "c", UserID: "u"},
	} {
		if !c.Keep("default", e) {
			t.Errorf("%s is not recorded", name)
		}
	}
	if !c.Keep("other", refused("192.0.2.7")) {
		t.Error("another site's is not recorded")
	}
	now = now.Add(time.Minute)
	sums := c.Sums()
	if len(sums) != 1 {
		t.Fatalf("sums: %+v", sums)
	}
	e := sums[0].Event
	if want := fmt.Sprintf("%d more refusals from 2026-03-01T12:00:00Z to 2026-03-01T12:00:00Z", flood-kept); sums[0].Site != "default" || e.Address != "192.0.2.7" || e.Status != 401 ||
		e.Outcome != chart.MinorFailure || !strings.HasPrefix(e.Reason, want) || !strings.HasSuffix(e.Reason, "the access token is unknown") {
		t.Errorf("%+v", e)
	}
	if again := c.Sums(); len(again) != 0 {
		t.Errorf("a count is given out twice: %+v", again)
	}
	// After the flood the address is heard again, little by little.
	kept = 0
	for range 100 {
		if c.Keep("default", refused("192.0.2.7")) {
			kept++
		}
	}
	if kept != int(time.Minute/strangerEvery) {
		t.Errorf("a minute later %d are recorded", kept)
	}
}

// TestFloodFromManyAddresses is AUD-13 by somebody who has many addresses: memory and disk are bounded all the same.
func TestFloodFromManyAddresses(t *testing.T) {
	t.Parallel()
	c := New(func() time.Time { return noon })
	const addresses, each = 20_000, 3
	var mu sync.Mutex
	kept := 0
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := g; i < addresses*each; i += 4 {
				if c.Keep("default", refused(fmt.Sprintf("[2001:db8:%x::1]:4711", i%addresses))) {
					mu.Lock()
					kept++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	sums, total := c.Sums(), 0
	for _, s := range sums {
		n := 0
		if _, err := fmt.Sscanf(s.Event.Reason, "%d more", &n); err != nil {
			t.Fatal(err)
		}
		total += n
	}
	if kept != siteBurst || len(sums) > summed+1 || total != addresses*each-kept {
		t.Errorf("%d are recorded, %d counted in %d sums", kept, total, len(sums))
	}
}

// What a stranger says about itself is no caller of its own: who changes it with every request is counted as the one address that it is.
func TestStrangersAreTheirAddress(t *testing.T) {
	t.Parallel()
	c := New(func() time.Time { return noon })
	kept := 0
	for i := range 500 {
		e := refused(fmt.Sprintf("[2001:db8::%x]:%d", i, 1000+i)) // one /64
		e.ClientID, e.UserID = fmt.Sprint("client", i), fmt.Sprint("user", i)
		if c.Keep("default", e) {
			kept++
		}
	}
	if kept != strangerBurst {
		t.Errorf("%d are recorded", kept)
	}
	var nobody *Counter
	if !nobody.Keep("default", refused("192.0.2.7")) {
		t.Error("without a counter a refusal is not recorded")
	}
}
