package drill_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/config"
)

// TestDrillSlowProcessor is F-29: the program has a fifth of a processor, beside clients who want more. It is slower, and that is all: what it
// takes on it answers, what it does not it says at once, and probes get their answer.
func TestDrillSlowProcessor(t *testing.T) {
	onEach(t, func(t *testing.T, on config.Store) {
		var p *program
		if all() {
			p = serve(t, on, inGroup(t, "cpu", map[string]string{"cpu.cfs_quota_us": "20000", "cpu.cfs_period_us": "100000"}, map[string]string{"cpu.max": "20000 100000"}))
		} else { // stopped four fifths of the time, which needs no right
			p = serve(t, on)
			ctx, cancel := context.WithCancel(context.Background())
			var throttle sync.WaitGroup
			throttle.Go(func() {
				for ctx.Err() == nil {
					freeze(p.process)
					pause(ctx, 80*time.Millisecond)
					thaw(p.process)
					pause(ctx, 20*time.Millisecond)
				}
			})
			t.Cleanup(func() { cancel(); throttle.Wait() })
		}
		l := newLedger(p)
		end := l.load(4, func(a answer) {
			if a.status == 0 {
				t.Errorf("a writer: %v", a)
			}
		})
		var c crowd
		await.True(t, "somebody is served", func() bool {
			c = p.crowd(t, 16, time.Duration(rounds(1, 60))*time.Second)
			return c.served > 0
		})
		end()
		for line := range strings.Lines(p.said.String()) {
			if strings.Contains(line, `"level":"ERROR"`) {
				t.Log(line)
			}
		}
		t.Logf("%d are served, %d turned away, the slowest answer took %v", c.served, c.away, c.slowest)
		await.True(t, "it is ready", p.serves)
		l.check(t)
	})
}
