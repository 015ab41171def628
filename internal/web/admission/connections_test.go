package admission

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"chartwright/internal/await"
)

// TestConnections is F-35: beyond the bound a new connection takes the place of one that is not in use, and never of one that is.
func TestConnections(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const most = 3
	c := NewConnections(most)
	working, goOn := make(chan struct{}), make(chan struct{})
	s := &http.Server{ConnState: c.Seen, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			close(working)
			<-goOn
		}
		_, _ = io.WriteString(w, "whole")
	})}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(c.Listener(l)) }()
	dial := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(await.Patience))
		return conn
	}
	ask := func(conn net.Conn, path string) { _, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path) }
	answered := func(conn net.Conn) error {
		a, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return err
		}
		defer a.Body.Close()
		if body, err := io.ReadAll(a.Body); err != nil || string(body) != "whole" {
			return fmt.Errorf("%q %w", body, err)
		}
		return nil
	}
	busy := dial()
	ask(busy, "/long")
	<-working
	idle := dial()
	ask(idle, "/")
	if err := answered(idle); err != nil {
		t.Fatal(err)
	}
	dial() // says nothing
	for i := range 4 {
		conn := dial()
		ask(conn, "/")
		if err := answered(conn); err != nil {
			t.Errorf("connection %d beyond the bound: %v", i, err)
		}
	}
	ask(idle, "/")
	if err := answered(idle); err == nil {
		t.Error("the connection that was not in use is still open")
	}
	close(goOn)
	if err := answered(busy); err != nil {
		t.Errorf("the connection in use: %v", err)
	}
	_ = s.Close()
	<-ended
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open > most || c.open < 0 {
		t.Errorf("%d are counted", c.open)
	}
}
