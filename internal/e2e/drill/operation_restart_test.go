package drill_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/config"
)

// stopDelay is how long a replica of these drills is not ready before it closes: many looks of the balancer.
const stopDelay = 2 * time.Second

// TestDrillRollingRestart is F-04: three replicas behind a balancer are stopped and started one after the other while clients read and write. Not
// one request fails: a replica says that it is not ready before it closes, and answers what it has taken on.
//
// Where the machine is so busy that the balancer hears of it too late, or a request is under way to the replica for that long, a failure says
// nothing of the replica. The round is made again then, with more time.
func TestDrillRollingRestart(t *testing.T) {
	t.Parallel()
	on := onPostgreSQL(t)
	b := balance(t, on, 3, stopDelay)
	l := newLedger(b.front)
	delay := stopDelay
	for round := 0; round < rounds(1, 15); {
		failed, late := b.restart(t, l, delay)
		if len(failed) > 0 && late && delay < await.Patience/4 {
			delay *= 2
			t.Logf("the machine is too busy for the balancer: %d requests failed, the next round has %v", len(failed), delay)
			continue
		}
		for _, a := range failed {
			t.Errorf("a request through the balancer: %v", a)
		}
		round++
	}
	l.check(t)
	b.front.sound()
}

// restart is one round: every replica ends as its operator wants and starts again, to be not ready for delay when it ends the next time.
// Late says that what failed may have failed for want of time.
func (b *balancer) restart(t *testing.T, l *ledger, delay time.Duration) (failed []answer, late bool) {
	t.Helper()
	var mu sync.Mutex
	seen := func(a answer) {
		if a.status == 0 || a.status >= 400 {
			mu.Lock()
			defer mu.Unlock()
			failed = append(failed, a)
		}
	}
	end := l.load(4, seen)
	reading, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 2 {
		client := b.front.caller()
		readers.Go(func() {
			for reading.Err() == nil {
				seen(b.front.send(t.Context(), client, http.MethodGet, "Patient?_count=5", nil))
			}
		})
	}
	enough := delay / 2
	for _, r := range b.replicas {
		enough = min(enough, r.delay/2)
		told := time.Now()
		r.stop()
		if turned := r.turned.Load(); turned == nil || turned.Before(told) || turned.Sub(told) > enough {
			late = true
		}
		r.delay = delay
		r.start(flags("--stop-delay", delay.String()))
		await.True(t, "the balancer sends requests to it", r.taken)
	}
	stop()
	readers.Wait()
	end()
	for _, a := range failed {
		late = late || a.took > enough
	}
	return failed, late
}

// balancer spreads requests over replicas that are ready.
type balancer struct {
	front    *program // the replicas, as clients see them
	replicas []*replica
	next     atomic.Int64
}

// replica is one of several processes on the same databases.
type replica struct {
	*program
	delay  time.Duration // between the signal that ends its process and the end of its door
	way    *way          // to the process that was looked at last
	ready  atomic.Pointer[way]
	turned atomic.Pointer[time.Time] // when the balancer has turned away from it
}

// way leads to one process of a replica. A process started anew has another port, so that the readiness of one is never taken for
// that of the next.
type way struct {
	address string
	http.Handler
}

func newWay(address string) *way {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 64}
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	return &way{address, proxy}
}

// ready reports whether the process at the end of the way says so.
func (w *way) ready(ctx context.Context) bool {
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, "/health/ready", nil))
	return answer.Code == http.StatusOK
}

// taken reports whether the balancer sends requests to the replica's process.
func (r *replica) taken() bool {
	w := r.ready.Load()
	return w != nil && w.address == *r.address.Load()
}

// balance starts replicas and a balancer in front of them, which asks each ten times a second whether it is ready.
func balance(t *testing.T, on config.Store, replicas int, delay time.Duration) *balancer {
	t.Helper()
	b := &balancer{}
	for range replicas {
		b.replicas = append(b.replicas, &replica{program: serve(t, on, flags("--stop-delay", delay.String())), delay: delay})
	}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "http://")
	b.front = &program{t: t, on: on, token: prepared.token(on)}
	b.front.address.Store(&address)
	b.front.client = b.front.caller()
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	for _, r := range b.replicas {
		r.look()
		watching.Go(func() {
			for ctx.Err() == nil {
				r.look()
				pause(ctx, 100*time.Millisecond)
			}
		})
	}
	t.Cleanup(func() { cancel(); watching.Wait() })
	return b
}

// look asks the replica whether it is ready.
func (r *replica) look() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if address := *r.address.Load(); r.way == nil || r.way.address != address {
		r.way = newWay(address)
	}
	if r.way.ready(ctx) {
		r.ready.Store(r.way)
	} else if r.ready.Swap(nil) != nil {
		now := time.Now()
		r.turned.Store(&now)
	}
}

// ServeHTTP implements http.Handler. A request goes to one replica; what comes of it the client sees. While none is ready, it waits.
func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for first := int(b.next.Add(1)); r.Context().Err() == nil; pause(r.Context(), 10*time.Millisecond) {
		for i := range b.replicas {
			if to := b.replicas[(first+i)%len(b.replicas)].ready.Load(); to != nil {
				to.ServeHTTP(w, r)
				return
			}
		}
	}
}
