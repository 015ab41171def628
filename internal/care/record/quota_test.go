package record

import (
	"fmt"
	"testing"
	"time"

	"chartwright/internal/fault"
)

func TestQuota(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	q := newQuotas(func() time.Time { return now })
	ann, bob := quotaKey{"default", "app", "ann"}, quotaKey{"default", "app", "bob"}
	const quota = 1000
	take := func(k quotaKey, n int64) time.Duration {
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
	if take(ann, 600) != 0 || take(ann, 400) != 0 {
		t.Error("a whole quota can't be written at once")
	}
	if wait := take(ann, 1); wait < time.Minute || wait > 2*time.Minute {
		t.Errorf("the first byte beyond it has to wait %v", wait)
	}
	if take(bob, 1000) != 0 {
		t.Error("what one person writes counts for another")
	}
	if take(bob, 1001) != 1 {
		t.Error("more than a quota at once is let in, or told to wait")
	}
	now = now.Add(12 * time.Hour)
	if take(ann, 500) != 0 || take(ann, 1) == 0 {
		t.Error("half a day does not bring half a quota back")
	}
	q.giveBack(ann, 100, quota)
	if take(ann, 100) != 0 || take(ann, 1) == 0 {
		t.Error("what was given back can't be taken")
	}
	now = now.Add(-48 * time.Hour)
	if take(ann, 1000) != 0 {
		t.Error("a clock that is put back takes the quota away")
	}
	for i := range 2 * maxQuotas {
		take(quotaKey{"default", "app", fmt.Sprint(i)}, 1)
	}
	if len(q.whole) > maxQuotas {
		t.Errorf("%d callers are remembered", len(q.whole))
	}
}
