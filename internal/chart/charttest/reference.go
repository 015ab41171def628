package charttest

import (
	"fmt"
	"testing"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// testReferencesAhead references resources before they exist.
func testReferencesAhead(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	put(t, s, create(observation("o"), values{"subject": {"Patient/later"}}))
	wantIDs(t, find(t, s, "Observation", "subject", "Patient/later"), "o")

	// Nothing is there yet, whichever way one looks.
	_, err := s.Read(ctx, patient("later"))
	wantKind(t, err, fault.NotFound)
	_, err = s.ReadVersion(ctx, patient("later"), 0)
	wantKind(t, err, fault.NotFound)
	wantIDs(t, find(t, s, "Patient", "_id", "later"))
	wantIDs(t, scanned(t, s), "Observation/o")
	wantIDs(t, listed(t, s, chart.HistoryQuery{}), "Observation/o/1")
	for n := range int64(10) {
		if v, err := s.ReadNumber(ctx, "Patient", n); err == nil {
			t.Errorf("number %d is %s", n, v.Key)
		}
	}
	_, err = tryPut(ctx, s, remove(patient("later")))
	wantKind(t, err, fault.NotFound)
	w := update(patient("later"), nil)
	w.Expect.Version = 1
	_, err = tryPut(ctx, s, w)
	wantKind(t, err, fault.PreconditionFailed)

	w = create(patient("later"), values{"name": {"Ann"}})
	w.Expect.Absent = true
	v := put(t, s, w)
	if v.VID != 1 {
		t.Errorf("first version is %d", v.VID)
	}
	wantSame(t, read(t, s, patient("later")), v)
	wantIDs(t, find(t, s, "Observation", "subject", "Patient/later"), "o")
	wantIDs(t, find(t, s, "Observation", "subject:Patient.name", "ann"), "o")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Key: patient("later")}), "Patient/later/1")
}

// testReferencesAcross lets the writes of one group refer to each other in every order.
func testReferencesAcross(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	var fns []func(chart.Tx) error
	const n = 8
	for i := range n {
		fns = append(fns, func(tx chart.Tx) error {
			next := (i + 1) % n
			if _, err := tx.Put(ctx, create(observation(fmt.Sprint("o", i)), values{"subject": {fmt.Sprint("Patient/p", next)}, "performer": {"Organization/x"}})); err != nil {
				return err
			}
			if _, err := tx.Put(ctx, create(patient(fmt.Sprint("p", i)), values{"name": {fmt.Sprint("name", i)}, "link": {fmt.Sprint("Patient/p", i), fmt.Sprint("Patient/p", next)}})); err != nil {
				return err
			}
			if i%3 == 0 { // makes the store write the group so far, while this closure has resources that it refers to
				wantIDs(t, find(t, tx, "Observation", "subject", fmt.Sprint("Patient/p", next)), fmt.Sprint("o", i))
			}
			return nil
		})
	}
	for i, err := range together(t, s, fns...) {
		if err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
	}
	for i := range n {
		next := fmt.Sprint("p", (i+1)%n)
		wantIDs(t, find(t, s, "Observation", "subject", "Patient/"+next), fmt.Sprint("o", i))
		wantIDs(t, find(t, s, "Observation", "subject:Patient.name", fmt.Sprint("name", (i+1)%n)), fmt.Sprint("o", i))
		if got := find(t, s, "Patient", "link", "Patient/"+next); len(got) != 2 {
			t.Errorf("links to %s: %v", next, got)
		}
	}
	if got := find(t, s, "Observation", "performer", "Organization/x"); len(got) != n {
		t.Errorf("found %v", got)
	}
}
