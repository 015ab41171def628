package record

import (
	"testing"
	"time"

	"chartwright/internal/fault"
)

func TestQuota(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	q := newQuotas(func() time.Time { return now })
	const ann, bob = "app for ann", "app for bob"
	const quota = 1_000_000
	take := func(k string, n int64) time.Duration {
		t.Helper()
		err := q.take(k, n, quota)
		if err == nil {
			return 0
		}
		f, ok := err.(*fault.Error) //nolint:errorlint // ours, not wrapped
		if !ok || f.Kind != fault.TooLarge {
			t.Fatalf("take: %v", err)
		}
		return max(f.Wait, 1)
	}
	if take(ann, 600_000) != 0 || take(ann, 400_000) != 0 {
		t.Error("a whole quota can't be written at once")
	}
	if wait := take(ann, 1_000); wait < time.Minute || wait > 2*time.Minute {
		t.Errorf("the first byte beyond it has to wait %v", wait)
	}
	if take(bob, quota) != 0 {
		t.Error("what one person writes counts for another")
	}
	if take(bob, quota+1) != 1 {
		t.Error("more than a quota at once is let in, or told to wait")
	}
	now = now.Add(12 * time.Hour)
	if take(ann, 500_000) != 0 || take(ann, 1) == 0 {
		t.Error("half a day does not bring half a quota back")
	}
	q.giveBack(ann, 100_000, quota)
	if take(ann, 100_000) != 0 || take(ann, 1) == 0 {
		t.Error("what was given back can't be taken")
	}
	now = now.Add(-48 * time.Hour)
	if take(ann, 1) == 0 {
		t.Error("a clock that is put back gives a quota back")
	}
	now = now.Add(6 * time.Hour)
	if take(ann, 250_000) != 0 || take(ann, 1) == 0 {
		t.Error("a quarter of a day after the clock was put back a quarter of the quota is not back")
	}
	if err := q.take(ann, 2*quota, 2*quota); err != nil {
		t.Error("a larger quota is not felt at once:", err)
	}
}
