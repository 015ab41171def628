package charttest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

var errOwn = errors.New("the closure's own error")

// testPrepared holds writes that were prepared against those that were not. The index rows of a prepared write are not read any
// more, and a transaction that runs twice uses it twice.
func testPrepared(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	prepared := func(w *chart.Write) *chart.Write {
		s.Prepare(w)
		w.Rows.Reset()
		return w
	}
	put(t, s, create(patient("plain"), values{"name": {"Ann"}, "identifier": {"http://a|1"}}))
	w := prepared(create(patient("ready"), values{"name": {"Ann"}, "identifier": {"http://a|2"}}))
	err := s.Write(ctx, nil, func(tx chart.Tx) error {
		if _, err := tx.Put(ctx, w); err != nil {
			return err
		}
		return errOwn
	})
	if !errors.Is(err, errOwn) {
		t.Fatalf("got %v, want the closure's own error", err)
	}
	v := put(t, s, w)
	if got := read(t, s, patient("ready")); v.VID != 1 || string(got.Body) != string(w.Body) {
		t.Errorf("version %d holds %s, want 1 with %s", v.VID, got.Body, w.Body)
	}
	wantIDs(t, find(t, s, "Patient", "name", "ann"), "plain", "ready")

	put(t, s, prepared(update(patient("ready"), values{"name": {"Bea"}})))
	wantIDs(t, find(t, s, "Patient", "name", "ann"), "plain")
	wantIDs(t, find(t, s, "Patient", "name", "bea"), "ready")
	wantIDs(t, find(t, s, "Patient", "identifier", "http://a|2"))

	gone := remove(patient("ready"))
	s.Prepare(gone)
	put(t, s, gone)
	wantIDs(t, find(t, s, "Patient", "name", "bea"))
}

func testAtomic(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	put(t, s, create(patient("old"), values{"name": {"Old"}}))
	err := s.Write(ctx, nil, func(tx chart.Tx) error {
		for i := range 50 {
			if _, err := tx.Put(ctx, create(patient(fmt.Sprint("p", i)), values{"name": {"New"}})); err != nil {
				return err
			}
		}
		if _, err := tx.Put(ctx, update(patient("old"), values{"name": {"New"}})); err != nil {
			return err
		}
		tx.Record(&chart.AuditEvent{Kind: "rest"})
		return errOwn
	})
	if !errors.Is(err, errOwn) {
		t.Errorf("got %v, want the closure's own error", err)
	}
	wantIDs(t, scanned(t, s), "Patient/old")
	wantIDs(t, find(t, s, "Patient", "name", "new"))
	if v := read(t, s, patient("old")); v.VID != 1 {
		t.Errorf("version %d", v.VID)
	}

	var seqs []int64
	err = s.Write(ctx, nil, func(tx chart.Tx) error {
		for i := range 50 {
			v, err := tx.Put(ctx, create(patient(fmt.Sprint("p", i)), values{"name": {"New"}}))
			if err != nil {
				return err
			}
			if !v.Updated.Equal(tx.Now()) {
				t.Errorf("version updated %v in a transaction of %v", v.Updated, tx.Now())
			}
			seqs = append(seqs, v.Seq)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(seqs); i++ {
		if seqs[i] <= seqs[i-1] {
			t.Fatalf("sequence %v does not rise", seqs)
		}
	}
	if got := find(t, s, "Patient", "name", "new"); len(got) != 50 {
		t.Errorf("found %d, want 50", len(got))
	}
}

func testOwnWrites(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	put(t, s, create(patient("b"), values{"name": {"Before"}}))
	err := s.Write(ctx, []chart.Key{patient("a"), patient("b")}, func(tx chart.Tx) error {
		_, err := tx.Read(ctx, patient("a"))
		wantKind(t, err, fault.NotFound)
		_, err = tx.Read(ctx, patient("untouched"))
		wantKind(t, err, fault.NotFound)
		first, err := tx.Put(ctx, create(patient("a"), values{"name": {"One"}}))
		if err != nil {
			return err
		}
		second, err := tx.Put(ctx, update(patient("a"), values{"name": {"Two"}}))
		if err != nil {
			return err
		}
		if first.VID != 1 || second.VID != 2 || first.Number != second.Number {
			t.Errorf("first %+v, second %+v", first, second)
		}
		got, err := tx.Read(ctx, patient("a"))
		if err != nil {
			return err
		}
		wantSame(t, got, second)
		if _, err := tx.Put(ctx, remove(patient("b"))); err != nil {
			return err
		}
		gone, err := tx.Read(ctx, patient("b"))
		if err != nil || !gone.Deleted() {
			t.Errorf("read after the deletion: %+v, %v", gone, err)
		}
		_, err = tx.Put(ctx, create(patient("b"), values{"name": {"After"}}))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantIDs(t, listed(t, s, chart.HistoryQuery{}), "Patient/b/3", "Patient/b/2", "Patient/a/2", "Patient/a/1", "Patient/b/1")
	wantIDs(t, find(t, s, "Patient", "name", "one"))
	wantIDs(t, find(t, s, "Patient", "name", "before"))
	wantIDs(t, find(t, s, "Patient", "name", "two"), "a")
	wantIDs(t, find(t, s, "Patient", "name", "after"), "b")
}

// together makes the writes of fns wait behind one that is running, so that the store may put them into one group, and
// returns their errors.
func together(t *testing.T, s chart.Site, fns ...func(chart.Tx) error) []error {
	t.Helper()
	started, release, first := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		first <- s.Write(context.Background(), nil, func(chart.Tx) error {
			close(started)
			<-release
			return nil
		})
	}()
	<-started
	type answer struct {
		i   int
		err error
	}
	answers := make(chan answer, len(fns))
	for i, fn := range fns {
		go func() { answers <- answer{i, s.Write(context.Background(), nil, fn)} }()
	}
	close(release)
	errs := make([]error, len(fns))
	for range fns {
		a := <-answers
		errs[a.i] = a.err
	}
	if err := <-first; err != nil {
		t.Errorf("the write before: %v", err)
	}
	return errs
}

func testGroupFailures(t *testing.T, open Open) {
	s := site(t, open)
	ctx := context.Background()
	putting := func(id string, after func(chart.Tx) error) func(chart.Tx) error {
		return func(tx chart.Tx) error {
			if _, err := tx.Put(ctx, create(patient(id), values{"name": {id}, "organization": {"Organization/o-" + id}})); err != nil {
				return err
			}
			tx.Record(&chart.AuditEvent{Kind: "rest", ID: id})
			return after(tx)
		}
	}
	fine := func(chart.Tx) error { return nil }
	var kept chart.Tx
	errs := together(t, s,
		putting("good1", fine),
		putting("bad", func(chart.Tx) error { return errOwn }),
		putting("good2", fine),
		putting("panics", func(chart.Tx) error { panic("by intent") }),
		putting("good3", func(tx chart.Tx) error { kept = tx; return nil }),
		putting("conflicts", func(tx chart.Tx) error {
			_, err := tx.Put(ctx, &chart.Write{Key: patient("nobody"), Method: chart.Delete})
			return err
		}),
		putting("good4", fine),
	)
	for i, want := range []bool{true, false, true, false, true, false, true} {
		if (errs[i] == nil) != want {
			t.Errorf("write %d: %v", i, errs[i])
		}
	}
	if !errors.Is(errs[1], errOwn) {
		t.Errorf("the closure's own error became %v", errs[1])
	}
	wantKind(t, errs[3], fault.Internal)
	wantKind(t, errs[5], fault.NotFound)
	for _, id := range []string{"good1", "good2", "good3", "good4"} {
		read(t, s, patient(id))
		wantIDs(t, find(t, s, "Patient", "name", id), id)
	}
	for _, id := range []string{"bad", "panics", "conflicts"} {
		_, err := s.Read(t.Context(), patient(id))
		wantKind(t, err, fault.NotFound)
		wantIDs(t, find(t, s, "Patient", "name", id))
	}
	if check, err := s.VerifyAudit(t.Context()); err != nil || check.Events != 4 || check.BrokenAt != 0 {
		t.Errorf("trail: %+v, %v; want the 4 events of the writes that succeeded", check, err)
	}
	if _, err := kept.Put(ctx, create(patient("late"), nil)); err == nil {
		t.Error("a transaction that is over took a write")
	}
}

func testCanceled(t *testing.T, open Open) {
	s := site(t, open)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Write(ctx, nil, func(chart.Tx) error {
		t.Error("the closure of a caller that has left ran")
		return nil
	})
	wantKind(t, err, fault.Unavailable)

	// A caller that leaves while its closure runs spoils nothing for the others.
	ctx, cancel = context.WithCancel(t.Context())
	errs := together(t, s,
		func(tx chart.Tx) error {
			_, err := tx.Put(t.Context(), create(patient("a"), nil))
			return err
		},
		func(tx chart.Tx) error {
			cancel()
			_, err := tx.Read(ctx, patient("x"))
			wantKind(t, err, fault.Unavailable)
			return err
		},
		func(tx chart.Tx) error {
			_, err := tx.Put(t.Context(), create(patient("b"), nil))
			return err
		},
	)
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("%v", errs)
	}
	wantIDs(t, find(t, s, "Patient", "_id", "a"), "a")
	wantIDs(t, find(t, s, "Patient", "_id", "b"), "b")
}

func testSearchInTx(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	put(t, s, create(patient("a"), values{"identifier": {"mrn|1"}}))
	put(t, s, create(patient("b"), values{"identifier": {"mrn|2"}}))
	errs := together(t, s,
		func(tx chart.Tx) error {
			wantIDs(t, find(t, tx, "Patient", "identifier", "mrn|1"), "a")
			if _, err := tx.Put(ctx, update(patient("a"), values{"identifier": {"mrn|9"}, "organization": {"Organization/o"}})); err != nil {
				return err
			}
			if _, err := tx.Put(ctx, remove(patient("b"))); err != nil {
				return err
			}
			if _, err := tx.Put(ctx, create(observation("o"), values{"subject": {"Patient/c"}})); err != nil {
				return err
			}
			wantIDs(t, find(t, tx, "Patient", "identifier", "mrn|1"))
			wantIDs(t, find(t, tx, "Patient", "identifier", "mrn|2"))
			wantIDs(t, find(t, tx, "Patient", "identifier", "mrn|9"), "a")
			wantIDs(t, find(t, tx, "Patient", "organization", "Organization/o"), "a")
			// Again after more writes to what was searched.
			for _, id := range []string{"c", "d"} {
				if _, err := tx.Put(ctx, create(patient(id), values{"identifier": {"mrn|" + id}})); err != nil {
					return err
				}
			}
			wantIDs(t, find(t, tx, "Patient", "identifier", "mrn|d"), "d")
			wantIDs(t, find(t, tx, "Observation", "subject:Patient.identifier", "mrn|c"), "o")
			_, err := tx.Put(ctx, update(patient("d"), values{"identifier": {"mrn|dd"}}))
			return err
		},
	)
	if errs[0] != nil {
		t.Fatal(errs[0])
	}
	wantIDs(t, find(t, s, "Patient", "identifier", "mrn|d"))
	wantIDs(t, find(t, s, "Patient", "identifier", "mrn|dd"), "d")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Key: patient("d")}), "Patient/d/2", "Patient/d/1")
	wantIDs(t, find(t, s, "Observation", "subject", "Patient/c"), "o")

	// A search that is wrong is the closure's own trouble: the transaction goes on.
	err := s.Write(ctx, nil, func(tx chart.Tx) error {
		q, err := search.Parse(Table, "Patient", []search.Parameter{{Name: "name", Value: "x"}}, search.Options{})
		if err != nil {
			return err
		}
		if _, err := tx.Search(ctx, q, access.Narrow{}, chart.Page{Count: 1, After: "no such cursor"}); err == nil {
			t.Error("a broken cursor was taken")
		}
		_, err = tx.Put(ctx, create(patient("e"), nil))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read(t, s, patient("e"))
}

// testSearchThenFail lets closures fail after a search has made the store write what they had so far.
func testSearchThenFail(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	put(t, s, create(patient("old"), values{"identifier": {"mrn|old"}}))
	failing := func(id string) func(chart.Tx) error {
		return func(tx chart.Tx) error {
			if _, err := tx.Put(ctx, create(patient(id), values{"identifier": {"sys-" + id + "|" + id}, "organization": {"Organization/org-" + id}})); err != nil {
				return err
			}
			if _, err := tx.Put(ctx, update(patient("old"), values{"identifier": {"mrn|changed"}})); err != nil {
				return err
			}
			if got := find(t, tx, "Patient", "identifier", "mrn|changed"); len(got) != 1 {
				t.Errorf("own update not found: %v", got)
			}
			return errOwn
		}
	}
	good := func(id string) func(chart.Tx) error {
		return func(tx chart.Tx) error {
			wantIDs(t, find(t, tx, "Patient", "identifier", "mrn|changed"))
			_, err := tx.Put(ctx, create(patient(id), values{"identifier": {"sys-f1|" + id}, "organization": {"Organization/org-f1"}}))
			return err
		}
	}
	errs := together(t, s, good("g1"), failing("f1"), good("g2"), failing("f2"), good("g3"))
	for i, err := range errs {
		if failed := i%2 == 1; failed != (err != nil) {
			t.Errorf("write %d: %v", i, err)
		}
	}
	if v := read(t, s, patient("old")); v.VID != 1 {
		t.Errorf("version %d of a resource whose updates all failed", v.VID)
	}
	wantIDs(t, find(t, s, "Patient", "identifier", "mrn|old"), "old")
	if got := find(t, s, "Patient", "organization", "Organization/org-f1"); len(got) != 3 {
		t.Errorf("found %v, want the three that succeeded", got)
	}
	for _, id := range []string{"g1", "g2", "g3"} {
		wantIDs(t, find(t, s, "Patient", "identifier", "sys-f1|"+id), id)
	}
	wantIDs(t, find(t, s, "Patient", "identifier", "sys-f2|f2"))
	if n := len(listed(t, s, chart.HistoryQuery{})); n != 4 {
		t.Errorf("%d versions in the history, want 4", n)
	}
}

// testIndexFollows updates every kind of value: what was is found no more, what is and what stayed is.
func testIndexFollows(t *testing.T, open Open) {
	s := site(t, open)
	type pair struct{ typ, name, old, new, stays string }
	var cases = []pair{
		{"Observation", "code", "s|old", "s|new", "s|stays"},
		{"Patient", "name", "Old", "New", "Stays"},
		{"Observation", "performer", "Practitioner/old", "Practitioner/new", "Practitioner/stays"},
		{"Questionnaire", "derived-from", "http://x/old", "http://x/new", "http://x/stays"},
		{"ValueSet", "url", "http://x/old", "http://x/new", "http://x/stays"},
		{"Observation", "date", "2020-01-01", "2021-01-01", "2022-01-01"},
		{"RiskAssessment", "probability", "10", "20", "30"},
		{"Observation", "component-value-quantity", "10|u|mg", "20|u|mg", "30|u|mg"},
		{"Observation", "code-value-quantity", "s|old$10|u|mg", "s|new$20|u|mg", "s|stays$30|u|mg"},
		{"Observation", "code-value-string", "s|old$a", "s|new$b", "s|stays$c"},
	}
	for i, c := range cases {
		key := chart.Key{Type: c.typ, ID: fmt.Sprint("r", i)}
		put(t, s, create(key, values{c.name: {c.old, c.stays, c.stays}}))
		wantIDs(t, find(t, s, c.typ, c.name, c.old), key.ID)
		put(t, s, update(key, values{c.name: {c.new, c.stays}}))
		for value, want := range map[string][]string{c.old: nil, c.new: {key.ID}, c.stays: {key.ID}} {
			if got := find(t, s, c.typ, c.name, value); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s?%s=%s finds %v, want %v", c.typ, c.name, value, got, want)
			}
		}
		put(t, s, remove(key))
		wantIDs(t, find(t, s, c.typ, c.name, c.new))
		wantIDs(t, find(t, s, c.typ, c.name, c.stays))
	}
}

// testAwkward stores values that a database may dislike; each lives or fails alone, and what it becomes is found.
func testAwkward(t *testing.T, open Open) {
	s := site(t, open)
	long := "head " + fmt.Sprintf("%05000d", 7)
	for i, v := range []values{
		{"name": {long}, "identifier": {long + "|" + long}},
		{"name": {"nul\x00inside"}, "identifier": {"a\x00b|c\x00d"}},
		{"name": {"quote ' \" ; -- ? $1 % _ \\"}, "identifier": {"'|\""}},
		{"name": {"日本語 ñ 🙂"}, "identifier": {"ü|é"}},
		{"name": {""}, "identifier": {"|"}},
		{"organization": {"Organization/" + long}},
	} {
		id := fmt.Sprint("p", i)
		put(t, s, create(patient(id), v))
		put(t, s, update(patient(id), v))
		put(t, s, update(patient(id), values{"identifier": {"mrn|" + id}}))
		wantIDs(t, find(t, s, "Patient", "identifier", "mrn|"+id), id)
		put(t, s, update(patient(id), v))
	}
	wantIDs(t, find(t, s, "Patient", "identifier", long+"|"+long), "p0")
	wantIDs(t, find(t, s, "Patient", "identifier", long+"|"+long[:len(long)-1]))
	wantIDs(t, find(t, s, "Patient", "identifier", "ü|é"), "p3")
}
