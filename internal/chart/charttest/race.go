package charttest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// parallel runs fn so many times at once, split over the sites.
func parallel(n int, sites []chart.Site, fn func(i int, s chart.Site)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i, sites[i%len(sites)])
		})
	}
	close(start)
	wg.Wait()
}

const racers = 64

// testConditionalRace creates one patient from 64 callers of two replicas, each only if none has the identifier.
func testConditionalRace(t *testing.T, open Open) {
	sites := replicas(t, open)
	ctx := context.Background()
	var mu sync.Mutex
	created := map[string]int{}
	parallel(racers, sites, func(i int, s chart.Site) {
		mrn := fmt.Sprint("mrn|", i%4) // four patients
		err := s.Write(ctx, nil, func(tx chart.Tx) error {
			got, err := tryFind(ctx, tx, "Patient", "identifier", mrn)
			if err != nil {
				return err
			}
			if len(got) > 0 {
				return nil
			}
			_, err = tx.Put(ctx, create(patient(fmt.Sprint("p", i)), values{"identifier": {mrn}}))
			mu.Lock()
			defer mu.Unlock()
			created[mrn]++ // of attempts; the store tells below what was kept
			return err
		})
		if err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
	})
	for i := range 4 {
		mrn := fmt.Sprint("mrn|", i)
		for _, s := range sites {
			if got := find(t, s, "Patient", "identifier", mrn); len(got) != 1 {
				t.Errorf("%s: %v (tried %d times), want one patient", mrn, got, created[mrn])
			}
		}
	}
	if got := scanned(t, sites[0]); len(got) != 4 {
		t.Errorf("the store has %v, want four patients", got)
	}
}

// testUpdateRace updates one resource from 64 callers: every update is a version, none is lost.
func testUpdateRace(t *testing.T, open Open) {
	sites := replicas(t, open)
	ctx := context.Background()
	key := patient("a")
	parallel(racers, sites, func(i int, s chart.Site) {
		if _, err := tryPut(ctx, s, update(key, values{"name": {fmt.Sprint("n", i)}})); err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
	})
	seen := map[string]bool{}
	var vid, seq int64 = racers + 1, 1 << 62
	updated := time.Now().Add(time.Hour)
	err := sites[0].History(ctx, chart.HistoryQuery{Key: key}, func(v *chart.Version) bool {
		if v.VID != vid-1 || v.Seq >= seq || v.Updated.After(updated) {
			t.Errorf("version %d, sequence %d, %v follows version %d, sequence %d, %v", v.VID, v.Seq, v.Updated, vid, seq, updated)
		}
		vid, seq, updated = v.VID, v.Seq, v.Updated
		seen[string(v.Body)] = true
		return true
	})
	if err != nil || vid != 1 || len(seen) != racers {
		t.Errorf("%d different bodies down to version %d, %v; want %d", len(seen), vid, err, racers)
	}
	found := 0
	for i := range racers {
		found += len(find(t, sites[1], "Patient", "name:exact", fmt.Sprint("n", i)))
	}
	if found != 1 {
		t.Errorf("%d names are found, want only that of the last version", found)
	}
}

// testOptimisticRace lets all callers update the version that they have read: one of them wins.
func testOptimisticRace(t *testing.T, open Open) {
	sites := replicas(t, open)
	key := patient("a")
	put(t, sites[0], create(key, nil))
	var mu sync.Mutex
	won := 0
	parallel(racers, sites, func(i int, s chart.Site) {
		w := update(key, nil)
		w.Expect.Version = 1
		_, err := tryPut(context.Background(), s, w)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			won++
		} else if !fault.Is(err, fault.PreconditionFailed) {
			t.Errorf("writer %d: %v", i, err)
		}
	})
	if won != 1 || read(t, sites[1], key).VID != 2 {
		t.Errorf("%d writers won", won)
	}
}

// replicas opens one site twice, as two processes would.
func replicas(t *testing.T, open Open) []chart.Site {
	t.Helper()
	store := open(t, time.Now)
	one := addSite(t, store.Sites, "default")
	two, err := store.Another(t).Open(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	return []chart.Site{one, two}
}

// testReplicas writes from two replicas at once: one sequence, one order, and each sees at once what the other has
// acknowledged.
func testReplicas(t *testing.T, open Open) {
	sites := replicas(t, open)
	ctx := context.Background()
	const n = 40
	parallel(2*n, sites, func(i int, s chart.Site) {
		key := patient(fmt.Sprint("p", i))
		if _, err := tryPut(ctx, s, create(key, values{"identifier": {fmt.Sprint("sys", i%7, "|", i)}})); err != nil {
			t.Errorf("writer %d: %v", i, err)
			return
		}
		other := sites[(i+1)%2]
		if _, err := other.Read(ctx, key); err != nil {
			t.Errorf("the other replica does not see %s: %v", key, err)
		}
	})
	seqs, numbers := map[int64]bool{}, map[int64]bool{}
	for _, s := range sites {
		var last int64
		count := 0
		if err := s.Scan(ctx, nil, func(v *chart.Version) bool {
			if v.Seq <= last {
				t.Errorf("sequence %d after %d", v.Seq, last)
			}
			last = v.Seq
			seqs[v.Seq], numbers[v.Number] = true, true
			count++
			return true
		}); err != nil || count != 2*n {
			t.Errorf("%d resources, %v", count, err)
		}
	}
	if len(seqs) != 2*n || len(numbers) != 2*n {
		t.Errorf("%d sequence numbers and %d resource numbers for %d resources", len(seqs), len(numbers), 2*n)
	}
	for i := range 2 * n {
		wantIDs(t, find(t, sites[i%2], "Patient", "identifier", fmt.Sprint("sys", i%7, "|", i)), fmt.Sprint("p", i))
	}
}

// testReplicaReferences refers from both replicas to the same resources, some of which only come later.
func testReplicaReferences(t *testing.T, open Open) {
	sites := replicas(t, open)
	ctx := context.Background()
	const targets = 5
	parallel(racers, sites, func(i int, s chart.Site) {
		key := fmt.Sprint("p", i%targets)
		w := create(observation(fmt.Sprint("o", i)), values{"subject": {"Patient/" + key}, "code": {"http://new|c"}})
		if _, err := tryPut(ctx, s, w); err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
		w = create(patient(key), nil)
		w.Expect.Absent = true
		if _, err := tryPut(ctx, s, w); err != nil && !fault.Is(err, fault.Conflict) {
			t.Errorf("writer %d: %v", i, err)
		}
	})
	total := 0
	for i := range targets {
		total += len(find(t, sites[i%2], "Observation", "subject", fmt.Sprint("Patient/p", i)))
	}
	if total != racers {
		t.Errorf("%d references found, want %d", total, racers)
	}
	if got := find(t, sites[0], "Observation", "code", "http://new|c"); len(got) != racers {
		t.Errorf("%d codes found, want %d", len(got), racers)
	}
}

// testReadsTogether reads from many callers at once what is there, what is not, what can't be, and with a context that has
// ended: each gets its own answer, whatever the store asks together, and sees what was acknowledged before it asked.
func testReadsTogether(t *testing.T, open Open) {
	sites := replicas(t, open)
	const there = 20
	for i := range there {
		put(t, sites[i%2], create(patient(fmt.Sprint("p", i)), values{"name": {fmt.Sprint("n", i)}}))
	}
	left, cancel := context.WithCancel(context.Background())
	cancel()
	ctx := context.Background()
	parallel(6*racers, sites, func(i int, s chart.Site) {
		key := patient(fmt.Sprint("p", i%there))
		switch i % 6 {
		case 0, 1, 2:
			v, err := s.Read(ctx, key)
			if err != nil {
				t.Errorf("read %s: %v", key, err)
			} else if v.Key != key || v.VID != 1 || string(v.Body) != string(create(key, values{"name": {fmt.Sprint("n", i%there)}}).Body) {
				t.Errorf("read %s: got %s, version %d, %s", key, v.Key, v.VID, v.Body)
			}
		case 3:
			for _, id := range []string{"missing", "\x00", "p\xff"} {
				if _, err := s.Read(ctx, patient(id)); !fault.Is(err, fault.NotFound) {
					t.Errorf("read of %q: %v", id, err)
				}
			}
		case 4:
			if v, err := s.Read(left, key); err == nil && v.Key != key || err != nil && !fault.Is(err, fault.Unavailable) {
				t.Errorf("a caller that had left got %v", err)
			}
		case 5:
			own := patient(fmt.Sprint("own", i))
			for vid := int64(1); vid <= 3; vid++ {
				if _, err := tryPut(ctx, s, update(own, values{"name": {fmt.Sprint(vid)}})); err != nil {
					t.Errorf("write %s: %v", own, err)
				} else if v, err := sites[(i/6+int(vid))%2].Read(ctx, own); err != nil || v.VID != vid {
					t.Errorf("read of %s after its version %d was acknowledged: %+v, %v", own, vid, v, err)
				}
			}
		}
	})
}

// testFresh creates resources under fresh ids, one after the other and from two replicas at once: the store takes them without
// a look, and nothing is lost or numbered twice. An id that is not fresh after all fails and changes nothing.
func testFresh(t *testing.T, open Open) {
	sites := replicas(t, open)
	ctx := context.Background()
	fresh := func(s chart.Site, id string) error {
		return s.Write(ctx, nil, func(tx chart.Tx) error {
			w := create(patient(id), values{"identifier": {"sys|" + id}})
			w.Expect = chart.Expect{Absent: true, Fresh: true}
			tx.Record(event(id))
			_, err := tx.Put(ctx, w)
			return err
		})
	}
	const alone, together = 6, 60
	for i := range alone { // by turns of three, so that each replica believes itself alone and then is not
		if err := fresh(sites[i/3%2], fmt.Sprint("a", i)); err != nil {
			t.Fatal(err)
		}
	}
	parallel(together, sites, func(i int, s chart.Site) {
		if err := fresh(s, fmt.Sprint("t", i)); err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
	})
	if err := fresh(sites[0], "a0"); err == nil {
		t.Error("a second resource was created under one id")
	}
	if err := fresh(sites[0], "last"); err != nil {
		t.Errorf("after one that failed: %v", err)
	}
	const all = alone + together + 1
	seqs, numbers := map[int64]bool{}, map[int64]bool{}
	if err := sites[1].Scan(ctx, nil, func(v *chart.Version) bool {
		seqs[v.Seq], numbers[v.Number] = true, true
		if v.VID != 1 {
			t.Errorf("%s has version %d", v.Key, v.VID)
		}
		return true
	}); err != nil || len(seqs) != all || len(numbers) != all {
		t.Errorf("%d sequence numbers and %d resource numbers, %v; want %d of each", len(seqs), len(numbers), err, all)
	}
	wantIDs(t, find(t, sites[1], "Patient", "identifier", "sys|a0"), "a0")
	wantWhole(t, sites[1], all)
}
