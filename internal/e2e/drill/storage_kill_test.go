package drill_test

import (
	"testing"
	"time"

	"chartwright/internal/config"
)

// TestDrillKilledWhileWriting kills the process that serves at any instant while clients write to it, several times on the same
// databases, so that recovery starts from what a kill left: it serves again within seconds, and the ledger is in order.
func TestDrillKilledWhileWriting(t *testing.T) {
	onEach(t, func(t *testing.T, on config.Store) {
		p := serve(t, on)
		l := newLedger(p)
		for n := range rounds(1, 20) {
			before := l.acknowledged()
			end := l.load(8, nil)
			eventually(t, within, "writes are acknowledged", func() bool { return l.acknowledged() >= before+40+7*n })
			p.kill()
			end()
			begun := time.Now()
			p.start()
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("it serves again after %v", took)
			}
		}
		l.check(t)
		p.sound()
	})
}
