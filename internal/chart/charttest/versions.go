package charttest

import (
	"bytes"
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

func testVersions(t *testing.T, open Open) {
	c := newClock()
	s := addSite(t, open(t, c.now).Sites, "default")
	ctx := t.Context()
	key := patient("a")
	_, err := s.Read(ctx, key)
	wantKind(t, err, fault.NotFound)

	w := create(key, values{"name": {"Ann"}})
	w.Owner = "a"
	first := put(t, s, w)
	c.advance(time.Second)
	w = update(key, values{"name": {"Bea"}})
	w.Owner = chart.ManyOwners
	second := put(t, s, w)

	if first.VID != 1 || second.VID != 2 || first.Number == 0 || second.Number != first.Number || second.Seq <= first.Seq {
		t.Errorf("first %+v, second %+v", first, second)
	}
	if want := c.now().UTC(); !second.Updated.Equal(want) || second.Updated.Location() != time.UTC {
		t.Errorf("updated %v, want %v", second.Updated, want)
	}
	wantSame(t, read(t, s, key), second)
	for vid, want := range map[int64]*chart.Version{1: first, 2: second} {
		got, err := s.ReadVersion(ctx, key, vid)
		if err != nil {
			t.Fatalf("version %d: %v", vid, err)
		}
		wantSame(t, got, want)
	}
	for _, vid := range []int64{-1, 0, 3} {
		_, err := s.ReadVersion(ctx, key, vid)
		wantKind(t, err, fault.NotFound)
	}
	_, err = s.ReadVersion(ctx, patient("b"), 1)
	wantKind(t, err, fault.NotFound)

	got, err := s.ReadNumber(ctx, "Patient", first.Number)
	if err != nil {
		t.Fatalf("by number: %v", err)
	}
	wantSame(t, got, second)
	_, err = s.ReadNumber(ctx, "Observation", first.Number)
	wantKind(t, err, fault.NotFound)
	_, err = s.ReadNumber(ctx, "Patient", 1<<40)
	wantKind(t, err, fault.NotFound)

	// Ids are case-sensitive, and the same id on two types is two resources.
	_, err = s.Read(ctx, patient("A"))
	wantKind(t, err, fault.NotFound)
	other := put(t, s, create(observation("a"), nil))
	if other.VID != 1 || other.Number == first.Number {
		t.Errorf("another type with the same id: %+v", other)
	}
}

func wantSame(t *testing.T, got, want *chart.Version) {
	t.Helper()
	if got.Key != want.Key || got.Number != want.Number || got.VID != want.VID || got.Seq != want.Seq ||
		!got.Updated.Equal(want.Updated) || got.Method != want.Method || got.Owner != want.Owner || !bytes.Equal(got.Body, want.Body) {
		t.Errorf("got  %+v %s\nwant %+v %s", got, got.Body, want, want.Body)
	}
	if got.Deleted() != (got.Body == nil) {
		t.Errorf("%s version %d: deleted %v with body %q", got.Key, got.VID, got.Deleted(), got.Body)
	}
}

// testImmutable holds two results of reading at once: nothing may be shared between them or with the store.
func testImmutable(t *testing.T, open Open) {
	s := site(t, open)
	big := string(bytes.Repeat([]byte("x"), 100_000))
	for _, id := range []string{"a", "b"} {
		put(t, s, create(patient(id), values{"address": {id + big}}))
	}
	a := read(t, s, patient("a"))
	before := bytes.Clone(a.Body)
	for range 20 {
		read(t, s, patient("b"))
		put(t, s, update(patient("b"), values{"address": {"short"}}))
	}
	if !bytes.Equal(a.Body, before) {
		t.Error("a body that was read has changed")
	}
}

func testExpect(t *testing.T, open Open) {
	s := site(t, open)
	key := patient("a")
	expecting := func(w *chart.Write, e chart.Expect) *chart.Write {
		w.Expect = e
		return w
	}
	fails := func(w *chart.Write, kind fault.Kind) {
		t.Helper()
		_, err := tryPut(t.Context(), s, w)
		wantKind(t, err, kind)
	}
	fails(expecting(update(key, nil), chart.Expect{Version: 1}), fault.PreconditionFailed)
	fails(remove(key), fault.NotFound)
	put(t, s, expecting(create(key, nil), chart.Expect{Absent: true}))
	fails(expecting(create(key, nil), chart.Expect{Absent: true}), fault.Conflict)
	fails(expecting(update(key, nil), chart.Expect{Version: 2}), fault.PreconditionFailed)
	put(t, s, expecting(update(key, nil), chart.Expect{Version: 1}))
	fails(expecting(remove(key), chart.Expect{Version: 1}), fault.PreconditionFailed)
	put(t, s, expecting(remove(key), chart.Expect{Version: 2}))
	if v := put(t, s, expecting(create(key, nil), chart.Expect{Absent: true})); v.VID != 4 {
		t.Errorf("created again as version %d, want 4", v.VID)
	}
	// A body that is not the canonical JSON of its key would come out as a broken document.
	w := create(patient("b"), nil)
	w.ID = "c"
	fails(w, fault.Internal)
}

func testClock(t *testing.T, open Open) {
	c := newClock()
	s := addSite(t, open(t, c.now).Sites, "default")
	first := put(t, s, create(patient("a"), nil))
	c.advance(-time.Hour)
	second := put(t, s, update(patient("a"), nil))
	other := put(t, s, create(patient("b"), nil))
	if second.Updated.Before(first.Updated) || other.Updated.Before(second.Updated) {
		t.Errorf("updated goes back: %v, %v, %v", first.Updated, second.Updated, other.Updated)
	}
	c.advance(3 * time.Hour)
	if third := put(t, s, update(patient("a"), nil)); !third.Updated.Equal(c.now()) {
		t.Errorf("updated %v, want the clock's %v again", third.Updated, c.now())
	}
}

func testDeletion(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	key := observation("a")
	w := create(key, values{"code": {"s|c"}, "subject": {"Patient/p"}})
	w.Owner = "p"
	put(t, s, w)
	wantIDs(t, find(t, s, "Observation", "code", "c"), "a")

	gone := put(t, s, remove(key))
	if gone.VID != 2 || !gone.Deleted() || gone.Owner != "p" {
		t.Errorf("deletion: %+v", gone)
	}
	wantSame(t, read(t, s, key), gone)
	got, err := s.ReadVersion(ctx, key, 2)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, got, gone)
	if old, err := s.ReadVersion(ctx, key, 1); err != nil || old.Deleted() {
		t.Errorf("version 1 after the deletion: %+v, %v", old, err)
	}
	wantIDs(t, find(t, s, "Observation", "code", "c"))
	wantIDs(t, find(t, s, "Observation", "_id", "a"))

	if again := put(t, s, remove(key)); again.VID != 2 {
		t.Errorf("deleting twice made version %d", again.VID)
	}
	back := put(t, s, update(key, values{"code": {"s|d"}}))
	if back.VID != 3 || back.Number != gone.Number {
		t.Errorf("undeleted: %+v", back)
	}
	wantIDs(t, find(t, s, "Observation", "code", "c"))
	wantIDs(t, find(t, s, "Observation", "code", "d"), "a")
}
