// Package charttest proves an implementation of the ports of internal/chart: what callers of [chart.Sites], [chart.Site] and
// [chart.Tx] rely on, whatever the database. An implementation's own tests call [Run].
//
// The resources here are made up: a body holds the values of its search parameters by name, so that [Extract] can compute
// index rows without the generated tables.
package charttest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/search/searchtest"
)

// Store is one database with an implementation opened on it.
type Store struct {
	Sites chart.Sites
	// Another opens the same database once more, as another process or replica would.
	Another func(t *testing.T) chart.Sites
	// Tamper changes the reason of the audit event with this number in the database, past the implementation.
	Tamper func(t *testing.T, site string, seq int64)
	// Cut removes the audit events from this number on.
	Cut func(t *testing.T, site string, from int64)
}

// Open makes an empty store whose clock is now and which extracts index rows with [Extract]. The table of parameters is
// [Table]. It is closed by the test's clean-up.
type Open func(t *testing.T, now func() time.Time) Store

// Table is the parameter table of the made-up resources.
var Table = searchtest.New()

// OpenType is the policy of the tests: these belong to no patient and are seen by every patient.
func OpenType(typ string) bool { return typ == "Organization" || typ == "Practitioner" }

// Run runs the suite. Every test has a store of its own.
func Run(t *testing.T, open Open) {
	for _, test := range []struct {
		name string
		fn   func(t *testing.T, open Open)
	}{
		{"Sites", testSites},
		{"Versions", testVersions},
		{"VersionsStayAsWritten", testImmutable},
		{"Expectations", testExpect},
		{"ClockStepsBack", testClock},
		{"Deletion", testDeletion},
		{"History", testHistory},
		{"HistoryAt", testHistoryAt},
		{"HistoryOfAPatient", testHistoryNarrow},
		{"Scan", testScan},
		{"ScanIsASnapshot", testScanSnapshot},
		{"TransactionIsAtomic", testAtomic},
		{"TransactionSeesItself", testOwnWrites},
		{"FailuresInOneGroup", testGroupFailures},
		{"CallerHasLeft", testCanceled},
		{"SearchInTransaction", testSearchInTx},
		{"SearchThenFail", testSearchThenFail},
		{"SearchedOnBehalfOfOthers", testSearchAcross},
		{"Removal", testRemoval},
		{"RemovalInATransaction", testRemovalInTx},
		{"RemovalIsUndone", testRemovalUndone},
		{"Remnants", testRemnants},
		{"Values", testValues},
		{"PreparedWrites", testPrepared},
		{"IndexFollowsUpdates", testIndexFollows},
		{"TotalsFollowWrites", testTotals},
		{"AwkwardValues", testAwkward},
		{"ReferencesAhead", testReferencesAhead},
		{"ReferencesAcrossAGroup", testReferencesAcross},
		{"ConditionalCreateRace", testConditionalRace},
		{"UpdateRace", testUpdateRace},
		{"OptimisticRace", testOptimisticRace},
		{"State", testState},
		{"Replicas", testReplicas},
		{"ReadsTogether", testReadsTogether},
		{"FreshIDs", testFresh},
		{"ReplicasShareReferences", testReplicaReferences},
		{"SitesShareNothing", testTenancy},
		{"AuditWithWrites", testAuditWithWrites},
		{"AuditOfReads", testAuditOfReads},
		{"AuditTrail", testAuditTrail},
		{"LongTrail", testLongTrail},
		{"AuditTampering", testTamper},
		{"AuditChainOfReplicas", testAuditReplicas},
		{"AfterClose", testAfterClose},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.fn(t, open)
		})
	}
}

// clock is a clock that a test sets.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.set(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) set(at time.Time)        { c.ms.Store(at.UnixMilli()) }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// site returns a new site on a new store with a real clock.
func site(t *testing.T, open Open) chart.Site {
	t.Helper()
	return addSite(t, open(t, time.Now).Sites, "default")
}

func addSite(t *testing.T, sites chart.Sites, name string) chart.Site {
	t.Helper()
	s, err := sites.Add(t.Context(), name)
	if err != nil {
		t.Fatalf("add site %s: %v", name, err)
	}
	return s
}

// put writes one version and returns it.
func put(t *testing.T, s chart.Site, w *chart.Write) *chart.Version {
	t.Helper()
	v, err := tryPut(t.Context(), s, w)
	if err != nil {
		t.Fatalf("put %s: %v", w.Key, err)
	}
	return v
}

func tryPut(ctx context.Context, s chart.Site, w *chart.Write) (*chart.Version, error) {
	var v *chart.Version
	err := s.Write(ctx, []chart.Key{w.Key}, func(tx chart.Tx) error {
		var err error
		v, err = tx.Put(ctx, w)
		return err
	})
	return v, err
}

func read(t *testing.T, s chart.Site, key chart.Key) *chart.Version {
	t.Helper()
	v, err := s.Read(t.Context(), key)
	if err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	return v
}

// wantKind fails unless err is of kind.
func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("got error %v, want kind %d", err, kind)
	}
}

// searcher is what a site and a transaction share.
type searcher interface {
	Search(ctx context.Context, q *search.Query, narrow access.Narrow, page chart.Page) (*chart.Result, error)
}

// find searches with one parameter and returns the ids found, in the order of the result. It may be called in a closure, so
// it does not end the test.
func find(t *testing.T, s searcher, typ, name, value string) []string {
	t.Helper()
	ids, err := tryFind(t.Context(), s, typ, name, value)
	if err != nil {
		t.Errorf("search %s?%s=%s: %v", typ, name, value, err)
	}
	return ids
}

func tryFind(ctx context.Context, s searcher, typ, name, value string) ([]string, error) {
	q, err := search.Parse(Table, typ, []search.Parameter{{Name: name, Value: value}}, search.Options{})
	if err != nil {
		return nil, err
	}
	result, err := s.Search(ctx, q, access.Narrow{}, chart.Page{Count: 100})
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, v := range result.Matches {
		ids = append(ids, v.ID)
	}
	return ids, nil
}

func wantIDs(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("found %v, want %v", got, want)
	}
}
