package admission

import (
	"container/list"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// silent is how long a connection may say nothing before it counts as one that is not in use.
	silent = time.Second
	// look is the time between two looks for such a connection while there is no room.
	look = 250 * time.Millisecond
)

// Connections bounds how many connections a server has, so that there are files left for its databases: a process has only so many. When
// there are as many as may be, one that is not in use is closed for a new one: first those that have never asked for anything, then those
// that have been quiet for the longest time. If all are in use, new ones wait in the kernel's queue. Safe for concurrent use.
type Connections struct {
	most int

	mu     sync.Mutex
	open   int
	unused list.List // of *unused, the oldest first
	at     map[net.Conn]*list.Element
	room   chan struct{} // told when a connection has gone
}

type unused struct {
	conn  net.Conn
	since time.Time
	fresh bool // it has not sent a request yet
}

// NewConnections returns a bound of at least one connection.
func NewConnections(most int) *Connections {
	return &Connections{most: max(1, most), at: map[net.Conn]*list.Element{}, room: make(chan struct{}, 1)}
}

// Listener returns l with the bound.
func (c *Connections) Listener(l net.Listener) net.Listener {
	return &bounded{Listener: l, connections: c, done: make(chan struct{})}
}

// Seen is the [http.Server.ConnState] of a server on such a listener.
func (c *Connections) Seen(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.at[conn]; e != nil {
		c.unused.Remove(e)
		delete(c.at, conn)
	}
	if state == http.StateIdle || state == http.StateNew {
		c.at[conn] = c.unused.PushBack(&unused{conn, time.Now(), state == http.StateNew})
	}
}

// enter takes room for a connection, and reports whether there is any.
func (c *Connections) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open < c.most {
		c.open++
		return true
	}
	return false
}

func (c *Connections) leave() {
	c.mu.Lock()
	c.open--
	c.mu.Unlock()
	select {
	case c.room <- struct{}{}:
	default: // it is told already
	}
}

// spare is the connection that can best be done without; nil = all are in use.
func (c *Connections) spare() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, fresh := range []bool{true, false} {
		for e := c.unused.Front(); e != nil; e = e.Next() {
			u := e.Value.(*unused) // the list holds nothing else
			if time.Since(u.since) <= silent {
				break // and so are all behind it
			}
			if u.fresh == fresh {
				c.unused.Remove(e)
				delete(c.at, u.conn)
				return u.conn
			}
		}
	}
	return nil
}

type bounded struct {
	net.Listener
	connections *Connections
	done        chan struct{}
	once        sync.Once
}

// Accept implements [net.Listener].
func (b *bounded) Accept() (net.Conn, error) {
	c := b.connections
	for !c.enter() {
		if spare := c.spare(); spare != nil {
			_ = spare.Close() // whoever has it finds it closed, as after a while anyway
			continue
		}
		again := time.NewTimer(look)
		select {
		case <-c.room:
		case <-again.C:
		case <-b.done:
			again.Stop()
			return nil, net.ErrClosed
		}
		again.Stop()
	}
	conn, err := b.Listener.Accept()
	if err != nil {
		c.leave()
		return nil, err
	}
	return &counted{Conn: conn, leave: sync.OnceFunc(c.leave)}, nil
}

// Close implements [net.Listener].
func (b *bounded) Close() error {
	b.once.Do(func() { close(b.done) })
	return b.Listener.Close()
}

// counted is a connection that makes room when it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close implements [net.Conn].
func (c *counted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite is for servers that let clients read the last answer.
func (c *counted) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}
