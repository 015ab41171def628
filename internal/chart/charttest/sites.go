package charttest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

func testSites(t *testing.T, open Open) {
	store := open(t, time.Now)
	ctx := t.Context()
	names, err := store.Sites.List(ctx)
	if err != nil || len(names) != 0 {
		t.Fatalf("an empty store lists %v, %v", names, err)
	}
	long := strings.Repeat("x", 64)
	for _, name := range []string{"default", "b.clinic-2", "B", long} {
		s := addSite(t, store.Sites, name)
		if s.Name() != name {
			t.Errorf("site %s calls itself %s", name, s.Name())
		}
	}
	_, err = store.Sites.Add(ctx, "default")
	wantKind(t, err, fault.Conflict)
	for _, bad := range []string{"", ".", "..", "-x", "a/b", "a b", "a_b", "ä", `a"b`, "a'b", strings.Repeat("x", 65)} {
		_, err := store.Sites.Add(ctx, bad)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("adding site %q: %v, want Invalid", bad, err)
		}
		_, err = store.Sites.Open(ctx, bad)
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("opening site %q: %v, want NotFound", bad, err)
		}
	}
	_, err = store.Sites.Open(ctx, "other")
	wantKind(t, err, fault.NotFound)

	for _, sites := range []chart.Sites{store.Sites, store.Another(t)} {
		names, err := sites.List(ctx)
		if want := []string{"B", "b.clinic-2", "default", long}; err != nil || !slices.Equal(names, want) {
			t.Errorf("listed %v, %v; want %v", names, err, want)
		}
		if _, err := sites.Open(ctx, long); err != nil {
			t.Errorf("open: %v", err)
		}
	}
}

func testAfterClose(t *testing.T, open Open) {
	store := open(t, time.Now)
	s := addSite(t, store.Sites, "default")
	put(t, s, create(patient("a"), nil))
	if err := s.Record(t.Context(), &chart.AuditEvent{Kind: "rest", Action: "R"}, false); err != nil {
		t.Fatal(err)
	}
	if err := store.Sites.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	_, err := tryPut(t.Context(), s, create(patient("b"), nil))
	wantKind(t, err, fault.Unavailable)
	wantKind(t, s.Record(t.Context(), &chart.AuditEvent{}, true), fault.Unavailable)
	_, err = s.Read(t.Context(), patient("a"))
	wantKind(t, err, fault.Unavailable)
	_, err = store.Sites.Open(t.Context(), "default")
	wantKind(t, err, fault.Unavailable)
	if err := store.Sites.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}

	// What was accepted before is there, the queued audit event too.
	again, err := store.Another(t).Open(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	read(t, again, patient("a"))
	if check, err := again.VerifyAudit(t.Context()); err != nil || check.Events != 1 || check.BrokenAt != 0 {
		t.Errorf("trail after reopening: %+v, %v", check, err)
	}
}
