package drill_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"chartwright/internal/await"
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
			await.True(t, "writes are acknowledged", func() bool { return l.acknowledged() >= before+40+7*n })
			p.kill()
			end()
			begun := time.Now()
			p.start()
			t.Logf("it serves again after %v", time.Since(begun))
		}
		l.check(t)
		p.sound()
	})
}

// TestDrillKilledAtEachPoint kills the process at one write or sync of SQLite's log after the other. All of the transaction that was
// under way is there then or nothing, and who asks again is served.
func TestDrillKilledAtEachPoint(t *testing.T) {
	t.Parallel()
	needStrace(t)
	p := serve(t, onSQLite(t))
	l := newLedger(p)
	for _, call := range []string{"pwrite64", "fsync,fdatasync"} {
		for n := range rounds(2, 8) {
			heal := p.tamper([]string{fmt.Sprintf("%s:signal=SIGKILL:when=%d", call, n+1)}, p.files()[1:])
			killedAt(t, p, l, fmt.Sprint(call[:5], n), heal)
		}
	}
	l.check(t)
	p.sound()
}

// killedAt sends transactions until the process, which something is about to kill, has ended, and starts it again.
func killedAt(t *testing.T, p *program, l *ledger, key string, heal func()) {
	t.Helper()
	tries := 0
	await.True(t, "the process is killed", func() bool {
		if p.alive() {
			l.transaction(t.Context(), p.client, fmt.Sprint(key, "-", tries), 5)
			tries++
		}
		return !p.alive()
	})
	heal()
	p.start()
	if a := l.transaction(t.Context(), p.client, key+"-again", 5); a.status != http.StatusOK {
		t.Errorf("after the restart: %v", a)
	}
}
