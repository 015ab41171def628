package charttest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// versionsOf writes n versions of a resource that others can find and refer to, and deletes it if asked.
func versionsOf(t *testing.T, s chart.Site, id string, n int, deleted bool) {
	t.Helper()
	for i := range n {
		put(t, s, update(patient(id), values{
			"name": {fmt.Sprint("Name", i, " ", id)}, "identifier": {"mrn|" + id}, "organization": {"Organization/org"}, "birthdate": {"2020-01-02"},
		}))
	}
	if deleted {
		put(t, s, remove(patient(id)))
	}
}

func takeAway(t *testing.T, s chart.Site, key chart.Key, what chart.Removal, limit int) (n int) {
	t.Helper()
	err := s.Write(t.Context(), []chart.Key{key}, func(tx chart.Tx) (err error) {
		n, err = tx.Remove(t.Context(), key, what, limit)
		return err
	})
	if err != nil {
		t.Fatalf("remove %s: %v", key, err)
	}
	return n
}

func testRemoval(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	versionsOf(t, s, "a", 4, false)
	versionsOf(t, s, "b", 3, true)
	put(t, s, create(observation("o"), values{"subject": {"Patient/a"}}))
	other := put(t, s, create(patient("c"), values{"name": {"Other"}, "organization": {"Organization/org"}}))

	if n := takeAway(t, s, patient("a"), chart.Previous, 2); n != 2 {
		t.Errorf("%d versions went, want 2", n)
	}
	wantIDs(t, listed(t, s, chart.HistoryQuery{Key: patient("a")}), "Patient/a/4", "Patient/a/3")
	if n := takeAway(t, s, patient("a"), chart.Previous, 100); n != 1 {
		t.Errorf("%d versions went, want the one before the current", n)
	}
	if n := takeAway(t, s, patient("a"), chart.Previous, 100); n != 0 {
		t.Errorf("%d versions went, but none is left", n)
	}
	if v := read(t, s, patient("a")); v.VID != 4 {
		t.Errorf("the current version is %d", v.VID)
	}
	_, err := s.ReadVersion(ctx, patient("a"), 3)
	wantKind(t, err, fault.NotFound)
	wantIDs(t, find(t, s, "Patient", "identifier", "mrn|a"), "a")
	wantIDs(t, find(t, s, "Observation", "subject:Patient.identifier", "mrn|a"), "o")

	if n := takeAway(t, s, patient("b"), chart.Whole, 100); n != 4 {
		t.Errorf("%d versions went, want 4 with the deletion", n)
	}
	_, err = s.Read(ctx, patient("b"))
	wantKind(t, err, fault.NotFound)
	wantIDs(t, listed(t, s, chart.HistoryQuery{Key: patient("b")}))

	if n := takeAway(t, s, patient("a"), chart.Whole, 100); n != 1 {
		t.Errorf("%d versions went, want 1", n)
	}
	_, err = s.Read(ctx, patient("a"))
	wantKind(t, err, fault.NotFound)
	for name, value := range map[string]string{"identifier": "mrn|a", "name": "name3", "birthdate": "2020-01-02", "_id": "a"} {
		wantIDs(t, find(t, s, "Patient", name, value))
	}
	wantIDs(t, find(t, s, "Patient", "organization", "Organization/org"), "c")
	wantIDs(t, find(t, s, "Observation", "subject", "Patient/a"), "o") // the reference stays
	wantIDs(t, find(t, s, "Observation", "subject:Patient.identifier", "mrn|a"))
	wantIDs(t, scanned(t, s, "Patient"), "Patient/c")
	wantSame(t, read(t, s, patient("c")), other)

	_, err = tryRemove(ctx, s, patient("a"))
	wantKind(t, err, fault.NotFound)
	if v := put(t, s, create(patient("a"), values{"identifier": {"mrn|again"}})); v.VID != 1 || v.Seq <= other.Seq {
		t.Errorf("the key begins anew with %+v", v)
	}
	wantIDs(t, find(t, s, "Observation", "subject:Patient.identifier", "mrn|again"), "o")
}

func tryRemove(ctx context.Context, s chart.Site, key chart.Key) (n int, err error) {
	err = s.Write(ctx, nil, func(tx chart.Tx) error {
		n, err = tx.Remove(ctx, key, chart.Whole, 1)
		return err
	})
	return n, err
}

// testRemovalInTx removes what the same transaction, and others of its group, have just written, in whichever order they come.
func testRemovalInTx(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	versionsOf(t, s, "a", 2, false)
	last, since := "", 0 // the newest identifier, and the writes since the removal
	put := func(value string) func(chart.Tx) error {
		return func(tx chart.Tx) error {
			last, since = value, since+1
			_, err := tx.Put(ctx, update(patient("a"), values{"identifier": {"mrn|" + value}}))
			return err
		}
	}
	errs := together(t, s,
		put("new"),
		func(tx chart.Tx) error {
			v, err := tx.Put(ctx, update(patient("a"), values{"identifier": {"mrn|newer"}}))
			if err != nil {
				return err
			}
			if n, err := tx.Remove(ctx, patient("a"), chart.Previous, 100); err != nil || int64(n) != v.VID-1 {
				t.Errorf("%d versions went, want %d: %v", n, v.VID-1, err)
			}
			wantIDs(t, find(t, tx, "Patient", "identifier", "mrn|newer"), "a")
			if n, err := tx.Remove(ctx, patient("a"), chart.Whole, 100); err != nil || n != 1 {
				t.Errorf("%d versions went, want 1: %v", n, err)
			}
			_, err = tx.Read(ctx, patient("a"))
			wantKind(t, err, fault.NotFound)
			wantIDs(t, find(t, tx, "Patient", "identifier", "mrn|newer"))
			last, since = "reborn", 0
			v, err = tx.Put(ctx, create(patient("a"), values{"identifier": {"mrn|reborn"}}))
			if err == nil && v.VID != 1 {
				t.Errorf("version %d", v.VID)
			}
			return err
		},
		put("other"),
	)
	for i, err := range errs {
		if err != nil {
			t.Errorf("write %d: %v", i, err)
		}
	}
	var want []string
	for vid := since + 1; vid >= 1; vid-- {
		want = append(want, fmt.Sprint("Patient/a/", vid))
	}
	wantIDs(t, listed(t, s, chart.HistoryQuery{}), want...)
	for _, value := range []string{"new", "newer", "other", "reborn"} {
		if value == last {
			wantIDs(t, find(t, s, "Patient", "identifier", "mrn|"+value), "a")
		} else {
			wantIDs(t, find(t, s, "Patient", "identifier", "mrn|"+value))
		}
	}
}

func testRemovalUndone(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	versionsOf(t, s, "a", 3, false)
	before := read(t, s, patient("a"))
	errs := together(t, s,
		func(tx chart.Tx) error {
			_, err := tx.Put(ctx, create(patient("b"), values{"identifier": {"mrn|b"}}))
			return err
		},
		func(tx chart.Tx) error {
			if _, err := tx.Remove(ctx, patient("a"), chart.Whole, 100); err != nil {
				return err
			}
			return errOwn
		},
		func(tx chart.Tx) error {
			_, err := tx.Put(ctx, create(patient("c"), values{"identifier": {"mrn|c"}}))
			return err
		},
	)
	if errs[0] != nil || !errors.Is(errs[1], errOwn) || errs[2] != nil {
		t.Fatal(errs)
	}
	wantSame(t, read(t, s, patient("a")), before)
	wantIDs(t, listed(t, s, chart.HistoryQuery{Key: patient("a")}), "Patient/a/3", "Patient/a/2", "Patient/a/1")
	for _, id := range []string{"a", "b", "c"} {
		wantIDs(t, find(t, s, "Patient", "identifier", "mrn|"+id), id)
	}
	if v := put(t, s, update(patient("a"), values{"identifier": {"mrn|a4"}})); v.VID != 4 {
		t.Errorf("version %d", v.VID)
	}
	wantIDs(t, find(t, s, "Patient", "identifier", "mrn|a"))
}

// testSearchAcross lets a closure search its own writes first and those of its group next, and then fail: what the others
// have written stays.
func testSearchAcross(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	errs := together(t, s,
		func(tx chart.Tx) error {
			_, err := tx.Put(ctx, create(observation("o"), values{"subject": {"Patient/x"}}))
			return err
		},
		func(tx chart.Tx) error {
			if _, err := tx.Put(ctx, create(patient("a"), values{"identifier": {"mrn|a"}})); err != nil {
				return err
			}
			wantIDs(t, find(t, tx, "Patient", "identifier", "mrn|a"), "a")
			find(t, tx, "Observation", "subject", "Patient/x") // whether the other is of the same group is the store's business
			return errOwn
		},
	)
	if errs[0] != nil || !errors.Is(errs[1], errOwn) {
		t.Fatal(errs)
	}
	read(t, s, observation("o"))
	wantIDs(t, find(t, s, "Observation", "subject", "Patient/x"), "o")
}

func testRemnants(t *testing.T, open Open) {
	s := site(t, open)
	versionsOf(t, s, "one", 1, false)
	versionsOf(t, s, "two", 2, false)
	versionsOf(t, s, "gone", 1, true)
	put(t, s, create(observation("o"), values{"subject": {"Patient/nobody"}}))
	for name, c := range map[string]struct {
		q    chart.RemnantQuery
		want []string
	}{
		"superseded":           {chart.RemnantQuery{Of: chart.Superseded, Limit: 10}, []string{"Patient/two", "Patient/gone"}},
		"deleted":              {chart.RemnantQuery{Of: chart.Deleted, Limit: 10}, []string{"Patient/gone"}},
		"deleted of a type":    {chart.RemnantQuery{Of: chart.Deleted, Type: "Observation", Limit: 10}, nil},
		"any of a type":        {chart.RemnantQuery{Of: chart.Any, Type: "Patient", Limit: 10}, []string{"Patient/one", "Patient/two", "Patient/gone"}},
		"any, placeholders no": {chart.RemnantQuery{Of: chart.Any, Limit: 10}, []string{"Patient/one", "Patient/two", "Patient/gone", "Observation/o"}},
		"the first":            {chart.RemnantQuery{Of: chart.Any, Limit: 1}, []string{"Patient/one"}},
	} {
		list, err := s.Remnants(t.Context(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range list {
			got = append(got, v.Key.String())
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	list, err := s.Remnants(t.Context(), chart.RemnantQuery{Of: chart.Any, Limit: 2})
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	if rest, err := s.Remnants(t.Context(), chart.RemnantQuery{Of: chart.Any, Limit: 10, After: list[1].Number}); err != nil || len(rest) != 2 {
		t.Errorf("after the second: %v, %v", rest, err)
	}
}

func testValues(t *testing.T, open Open) {
	s := site(t, open)
	for _, id := range []string{"a", "b"} {
		put(t, s, create(patient(id), values{"identifier": {"mrn|same", "npi|same", "mrn|" + id}}))
	}
	put(t, s, update(patient("b"), values{"identifier": {"mrn|same"}}))
	put(t, s, create(observation("o"), values{"subject": {"Patient/a"}}))
	param := Table.Lookup("Patient", "identifier").ID
	got, err := s.Values(t.Context(), []int32{param, param + 1}, nil, 10)
	want := []chart.Value{{Param: param, System: "mrn", Code: "a"}, {Param: param, System: "mrn", Code: "same"}, {Param: param, System: "npi", Code: "same"}}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if got, err := s.Values(t.Context(), []int32{param}, []int32{param}, 1); err != nil || len(got) != 1 {
		t.Errorf("%v, %v; want one", got, err)
	}
	if got, err := s.Values(t.Context(), nil, nil, 1); err != nil || len(got) != 0 {
		t.Errorf("%v, %v; want none", got, err)
	}
}
