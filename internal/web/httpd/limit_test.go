package httpd

import (
	"fmt"
	"strconv"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	l, now := newLimiter(), time.Unix(1_700_000_000, 0)
	ann, bob := rateKey{"default", "app", "ann"}, rateKey{"default", "app", "bob"}
	taken, notes := 0, 0
	for range 500 {
		ok, note := l.allow(ann, 100, now)
		if ok {
			taken++
		}
		if note {
			notes++
		}
	}
	if taken != 200 || notes != 1 {
		t.Errorf("%d of 500 requests at once are taken, with %d notes; want two seconds' worth and one", taken, notes)
	}
	for _, other := range []rateKey{bob, {"other", "app", "ann"}, {"default", "another", "ann"}} {
		if ok, _ := l.allow(other, 100, now); !ok {
			t.Errorf("%v pays for another caller", other)
		}
	}
	now = now.Add(time.Second)
	taken = 0
	for range 500 {
		if ok, _ := l.allow(ann, 100, now); ok {
			taken++
		}
	}
	if taken != 100 {
		t.Errorf("a second later %d are taken, want 100", taken)
	}
}

// TestLimiterAndAClockThatIsPutBack is about requests that come before one that was counted, by the clock: they are few, or all
// until the clock is there again.
func TestLimiterAndAClockThatIsPutBack(t *testing.T) {
	t.Parallel()
	l, now := newLimiter(), time.Unix(1_700_000_000, 0)
	ann := rateKey{"default", "app", "ann"}
	l.allow(ann, 100, now)
	now = now.Add(-time.Hour)
	if ok, _ := l.allow(ann, 100, now); !ok {
		t.Error("the first request after the clock was put back is refused")
	}
	taken := 1
	for range 500 {
		if ok, _ := l.allow(ann, 100, now); ok {
			taken++
		}
	}
	if taken != 200 {
		t.Errorf("%d requests are taken after the clock was put back, want the usual 200", taken)
	}
}

func TestLimiterIsBounded(t *testing.T) {
	t.Parallel()
	l, now := newLimiter(), time.Unix(1_700_000_000, 0)
	held := func() (n int) {
		for i := range l.shards {
			n += len(l.shards[i].callers)
		}
		return n
	}
	for i := range 3 * rateShards * ratePerShard {
		l.allow(rateKey{"default", "app", strconv.Itoa(i)}, 10, now)
	}
	if n := held(); n > rateShards*ratePerShard {
		t.Errorf("%d callers are remembered", n)
	}
}

func TestLimiterAllocatesNothing(t *testing.T) {
	l, now := newLimiter(), time.Unix(1_700_000_000, 0)
	k := rateKey{"default", "app", "ann"}
	l.allow(k, 50_000, now)
	if n := testing.AllocsPerRun(100, func() { l.allow(k, 50_000, now) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkLimiter(b *testing.B) {
	for _, callers := range []int{1, 1000} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			l := newLimiter()
			keys := make([]rateKey, callers)
			for i := range keys {
				keys[i] = rateKey{"default", "app", strconv.Itoa(i)}
			}
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					l.allow(keys[i%callers], 50_000, time.Now())
				}
			})
		})
	}
}

func TestLimiterCountsEntries(t *testing.T) {
	t.Parallel()
	l, now := newLimiter(), time.Unix(1_700_000_000, 0)
	ann := rateKey{"default", "app", "ann"}
	allowed := func() bool { ok, _ := l.allow(ann, 10, now); return ok }
	if !allowed() {
		t.Fatal("the Bundle is not let in")
	}
	l.charge(ann, 119, 10, now) // 12 seconds' worth, of which two are there
	if wait := l.wait(ann, 10, now); allowed() || wait != 10100*time.Millisecond {
		t.Errorf("after a Bundle of 120 entries the next request waits %s", wait)
	}
	now = now.Add(10 * time.Second)
	if allowed() {
		t.Error("a request is let in before the entries are paid")
	}
	now = now.Add(100 * time.Millisecond)
	if !allowed() || allowed() {
		t.Error("when the entries are paid, not one request is let in")
	}
	l.charge(ann, 1_000_000, 10, now)
	if wait := l.wait(ann, 10, now); wait > rateOwed {
		t.Errorf("whoever sent much waits %s", wait)
	}
	now = now.Add(-time.Hour)
	if !allowed() {
		t.Error("after the clock was put back the debt is that of another time")
	}
}
