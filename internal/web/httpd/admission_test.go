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

	"chartwright/internal/web/admission"
)

// crowded is a server with one place of each kind, whose authorization server waits until it is let go on.
func crowded(t *testing.T) (url string, busy, goOn chan struct{}, stopping *atomic.Bool) {
	t.Helper()
	busy, goOn, stopping = make(chan struct{}, 10), make(chan struct{}), &atomic.Bool{}
	s := httptest.NewServer(New(Config{
		Places: 1, Bodies: admission.NewMemory(100 << 10), Stopping: stopping.Load,
		Identity: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			busy <- struct{}{}
			<-goOn
		}),
		Log: slog.New(slog.DiscardHandler), Now: time.Now, NewID: func() string { return "id" },
	}))
	t.Cleanup(s.Close)
	return s.URL, busy, goOn, stopping
}

// TestTurnedAway is F-42: what finds no place is told to come back in the form of its API, probes are answered, and another kind of
// requests has places of its own.
func TestTurnedAway(t *testing.T) {
	t.Parallel()
	url, busy, goOn, _ := crowded(t)
	first := make(chan int, 1)
	go func() { first <- status(t, http.MethodGet, url+"/oauth2/default/x", nil) }()
	<-busy
	a, err := http.Get(url + "/oauth2/default/x")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(a.Body)
	a.Body.Close()
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || !strings.Contains(string(body), "temporarily_unavailable") {
		t.Errorf("%s %v %s", a.Status, a.Header, body)
	}
	if got := status(t, http.MethodGet, url+"/health/live", nil); got != http.StatusOK {
		t.Errorf("the probe gets %d", got)
	}
	if got := status(t, http.MethodGet, url+"/nothing", nil); got != http.StatusNotFound {
		t.Errorf("another kind of request gets %d", got)
	}
	close(goOn)
	if got := <-first; got != http.StatusOK {
		t.Errorf("who had the place gets %d", got)
	}
}

// A body that arrives slowly keeps no place from others, and large ones share their room.
func TestBodiesArrive(t *testing.T) {
	t.Parallel()
	url, busy, goOn, _ := crowded(t)
	body, send := io.Pipe()
	slow := make(chan int, 1)
	go func() { slow <- status(t, http.MethodPost, url+"/oauth2/default/x", body) }()
	if _, err := send.Write(make([]byte, 80<<10)); err != nil {
		t.Fatal(err)
	}
	other := make(chan int, 1)
	go func() { other <- status(t, http.MethodGet, url+"/oauth2/default/x", nil) }()
	<-busy // though the first has come before it
	if got := status(t, http.MethodPost, url+"/oauth2/default/y", strings.NewReader(strings.Repeat("x", 90<<10))); got != http.StatusServiceUnavailable {
		t.Errorf("without a place: %d", got)
	}
	close(goOn)
	if got := <-other; got != http.StatusOK {
		t.Errorf("beside a slow body: %d", got)
	}
	// What the client has sent takes room once the server has read it.
	for got := 0; got != http.StatusTooManyRequests; {
		if got = status(t, http.MethodPost, url+"/oauth2/default/y", strings.NewReader(strings.Repeat("x", 90<<10))); got != http.StatusOK && got != http.StatusTooManyRequests {
			t.Fatalf("without room for its body: %d", got)
		}
	}
	_ = send.Close()
	if got := <-slow; got != http.StatusOK {
		t.Errorf("the slow body: %d", got)
	}
	if got := status(t, http.MethodPost, url+"/oauth2/default/y", strings.NewReader(strings.Repeat("x", 90<<10))); got != http.StatusOK {
		t.Errorf("with the room given back: %d", got)
	}
}

func TestStoppingIsSaid(t *testing.T) {
	t.Parallel()
	url, _, _, stopping := crowded(t)
	if got := status(t, http.MethodGet, url+"/health/ready", nil); got != http.StatusOK {
		t.Errorf("ready: %d", got)
	}
	stopping.Store(true)
	a, err := http.Get(url + "/health/ready")
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if a.StatusCode != http.StatusServiceUnavailable || !a.Close {
		t.Errorf("%s, the connection closes: %t", a.Status, a.Close)
	}
	if got := status(t, http.MethodGet, url+"/health/live", nil); got != http.StatusOK {
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
