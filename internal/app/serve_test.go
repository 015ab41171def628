package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/web/httpd"
)

// TestStoppingAnswersWhatIsUnderWay is F-03: a server that is told to stop takes nothing new and cuts nothing off.
func TestStoppingAnswersWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const clients = 20
	var under sync.WaitGroup
	under.Add(clients)
	goOn := make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		under.Done()
		<-goOn
		_, _ = io.WriteString(w, "the whole answer")
	})
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() {
		stopped <- run(ctx, []*serving{{server: httpd.Server(handler, slog.New(slog.DiscardHandler)), listener: l}}, 0, func() {})
	}()
	var whole atomic.Int64
	var wait sync.WaitGroup
	url := "http://" + l.Addr().String()
	for range clients {
		wait.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			answer, err := client.Get(url)
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			if body, err := io.ReadAll(answer.Body); err == nil && string(body) == "the whole answer" {
				whole.Add(1)
			}
		})
	}
	under.Wait()
	stop()
	for { // until the door is shut
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	close(goOn)
	wait.Wait()
	if err := <-stopped; err != nil || whole.Load() != clients {
		t.Errorf("%d of %d answers are whole, %v", whole.Load(), clients, err)
	}
}

// TestSlowClientsAreShownOut is F-27: connections that say nothing, or not all of it, are closed in time and keep nobody waiting.
func TestSlowClientsAreShownOut(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a connection has five seconds for its header")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	go func() {
		_ = run(ctx, []*serving{{server: httpd.Server(handler, slog.New(slog.DiscardHandler)), listener: l}}, 0, func() {})
	}()
	var wait sync.WaitGroup
	for i := range 200 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i%2 == 0 {
			_, _ = fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nX-Drip: ")
		}
		wait.Go(func() {
			_ = conn.SetReadDeadline(time.Now().Add(await.Patience))
			if _, err := io.Copy(io.Discard, conn); err != nil {
				if timeout, ok := err.(net.Error); ok && timeout.Timeout() { //nolint:errorlint // net gives it as it is
					t.Error("a slow client is kept")
				}
			}
		})
	}
	for range 20 {
		answer, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	wait.Wait()
}
