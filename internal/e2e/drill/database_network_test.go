package drill_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"chartwright/internal/await"
)

// How long a request may take when the database does not answer, and how much the machine may add.
const (
	readTime  = 10 * time.Second
	writeTime = 30 * time.Second
	slack     = 20 * time.Second
)

// TestDrillPartition takes the network between the program and its database away, in each way in which networks go: nobody waits
// for ever, everybody is told to come back, and when the network is there again the program is too.
func TestDrillPartition(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		begin, heal func(*proxy)
		passing     bool // requests may go through meanwhile
	}{
		{"refused", (*proxy).refuse, (*proxy).open, false},
		{"packets are lost", func(x *proxy) { x.lose(allPackets) }, func(x *proxy) { x.lose(noPackets) }, false},
		{"answers are lost", func(x *proxy) { x.mute.Store(true) }, func(x *proxy) { x.mute.Store(false); x.cut() }, false},
		{"one packet of a hundred is lost", func(x *proxy) { x.lose(somePackets) }, func(x *proxy) { x.lose(noPackets) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !packetsCanBeLost {
				t.Skip("this system has no packet filter")
			}
			on, x := behind(t, onPostgreSQL(t))
			p := serve(t, on)
			l := newLedger(p)
			for range rounds(1, 5) {
				before := l.acknowledged()
				end := l.load(4, func(a answer) {
					if a.took > writeTime+slack {
						t.Errorf("an answer took too long: %v", a)
					}
					if a.status >= 500 && !a.turnedAway() {
						t.Errorf("%v", a)
					}
				})
				await.True(t, "writes are acknowledged", func() bool { return l.acknowledged() >= before+20 })
				tt.begin(x)
				if tt.passing {
					until := l.acknowledged() + 20
					await.True(t, "writes go through", func() bool { return l.acknowledged() > until })
				} else {
					var reads sync.WaitGroup
					for _, path := range []string{known, "Patient?name=a", "/health/ready"} {
						reads.Go(func() {
							if a := p.ask(http.MethodGet, path, nil); a.status != http.StatusServiceUnavailable || a.took > readTime+slack {
								t.Errorf("%s: %v", path, a)
							}
						})
					}
					reads.Wait()
				}
				if a := p.ask(http.MethodGet, "/health/live", nil); a.status != http.StatusOK || a.took > slack {
					t.Errorf("alive: %v", a)
				}
				tt.heal(x)
				after := l.acknowledged()
				await.True(t, "writes are acknowledged again", func() bool { return l.acknowledged() >= after+20 && p.serves() })
				end()
			}
			l.check(t)
			p.sound()
		})
	}
}
