package httpd

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/web/admission"
)

// crowded is a server with one place of each kind, whose authorization server waits until it is let go on.
type crowded struct {
	url      string
	arrived  atomic.Int64  // requests that have found a place
	busy     chan struct{} // those of them that have brought their body
	goOn     chan struct{}
	stopping atomic.Bool
}

func newCrowded(t *testing.T) *crowded {
	t.Helper()
	c := &crowded{busy: make(chan struct{}, 10), goOn: make(chan struct{})}
	s := httptest.NewServer(New(Config{
		Places: 1, Bodies: admission.NewMemory(100 << 10), Stopping: c.stopping.Load,
		Identity: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.arrived.Add(1)
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			c.busy <- struct{}{}
			<-c.goOn
		}),
		Log: slog.New(slog.DiscardHandler), Now: time.Now, NewID: func() string { return "id" },
	}))
	t.Cleanup(s.Close)
	c.url = s.URL
	return c
}

// TestTurnedAway is F-42: what finds no place is told to come back in the form of its API, probes are answered, and another kind of
// requests has places of its own.
func TestTurnedAway(t *testing.T) {
	t.Parallel()
	c := newCrowded(t)
	first := make(chan int, 1)
	go func() { first <- status(t, http.MethodGet, c.url+"/oauth2/default/x", nil) }()
	<-c.busy
	a, err := http.Get(c.url + "/oauth2/default/x")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(a.Body)
	a.Body.Close()
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || !strings.Contains(string(body), "temporarily_unavailable") {
		t.Errorf("%s %v %s", a.Status, a.Header, body)
	}
	if got := status(t, http.MethodGet, c.url+"/health/live", nil); got != http.StatusOK {
		t.Errorf("the probe gets %d", got)
	}
	if got := status(t, http.MethodGet, c.url+"/nothing", nil); got != http.StatusNotFound {
		t.Errorf("another kind of request gets %d", got)
	}
	close(c.goOn)
	if got := <-first; got != http.StatusOK {
		t.Errorf("who had the place gets %d", got)
	}
}

// A body that arrives slowly keeps no place from others, and large ones share their room.
func TestBodiesArrive(t *testing.T) {
	t.Parallel()
	c := newCrowded(t)
	body, send := io.Pipe()
	slow := make(chan int, 1)
	go func() { slow <- status(t, http.MethodPost, c.url+"/oauth2/default/x", body) }()
	if _, err := send.Write(make([]byte, 80<<10)); err != nil {
		t.Fatal(err)
	}
	await.True(t, "the slow one has found a place", func() bool { return c.arrived.Load() == 1 })
	other := make(chan int, 1)
	go func() {
		got := http.StatusServiceUnavailable
		for got == http.StatusServiceUnavailable { // the slow one keeps its place until the server asks for the body
			got = status(t, http.MethodGet, c.url+"/oauth2/default/x", nil)
		}
		other <- got
	}()
	<-c.busy // though the first has come before it
	if got := status(t, http.MethodPost, c.url+"/oauth2/default/y", strings.NewReader(strings.Repeat("x", 90<<10))); got != http.StatusServiceUnavailable {
		t.Errorf("without a place: %d", got)
	}
	close(c.goOn)
	if got := <-other; got != http.StatusOK {
		t.Errorf("beside a slow body: %d", got)
	}
	// What the client has sent takes room once the server has read it.
	for got := 0; got != http.StatusTooManyRequests; {
		if got = status(t, http.MethodPost, c.url+"/oauth2/default/y", strings.NewReader(strings.Repeat("x", 90<<10))); got != http.StatusOK && got != http.StatusTooManyRequests {
			t.Fatalf("without room for its body: %d", got)
		}
	}
	_ = send.Close()
	if got := <-slow; got != http.StatusOK {
		t.Errorf("the slow body: %d", got)
	}
	if got := status(t, http.MethodPost, c.url+"/oauth2/default/y", strings.NewReader(strings.Repeat("x", 90<<10))); got != http.StatusOK {
		t.Errorf("with the room given back: %d", got)
	}
}

func TestStoppingIsSaid(t *testing.T) {
	t.Parallel()
	c := newCrowded(t)
	if got := status(t, http.MethodGet, c.url+"/health/ready", nil); got != http.StatusOK {
		t.Errorf("ready: %d", got)
	}
	c.stopping.Store(true)
	a, err := http.Get(c.url + "/health/ready")
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if a.StatusCode != http.StatusServiceUnavailable || !a.Close {
		t.Errorf("%s, the connection closes: %t", a.Status, a.Close)
	}
	if got := status(t, http.MethodGet, c.url+"/health/live", nil); got != http.StatusOK {
		t.Errorf("live: %d", got)
	}
}

func status(t *testing.T, method, url string, body io.Reader) int {
	t.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Error(err)
		return 0
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	_ = a.Body.Close()
	return a.StatusCode
}
