package framing

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// handshakeTime is how long a client may take to agree on TLS.
const handshakeTime = 10 * time.Second

// Listener returns a listener of the requests that come in at l, over TLS where conf is not nil. It is for [net/http.Server.Serve], of
// a server with the same conf, which says whether there is HTTP/2.
func Listener(l net.Listener, conf *tls.Config) net.Listener {
	if conf == nil {
		return plain{l}
	}
	s := &secure{Listener: l, conf: conf, ready: make(chan net.Conn), failed: make(chan error), done: make(chan struct{})}
	go s.run()
	return s
}

type plain struct{ net.Listener }

// Accept implements [net.Listener].
func (l plain) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// secure agrees on TLS before a connection is accepted, because it is then that it is known whether it will be HTTP/2.
type secure struct {
	net.Listener
	conf   *tls.Config
	ready  chan net.Conn
	failed chan error
	done   chan struct{}
	once   sync.Once
}

// Accept implements [net.Listener].
func (l *secure) Accept() (net.Conn, error) {
	select {
	case c := <-l.ready:
		return c, nil
	case err := <-l.failed:
		return nil, err
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (l *secure) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

func (l *secure) run() {
	for {
		c, err := l.Listener.Accept()
		if err == nil {
			go l.handshake(c)
			continue
		}
		select {
		case l.failed <- err: // the server waits a little and asks again, or gives up and closes
		case <-l.done:
			return
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

// handshake agrees on TLS. A connection of HTTP/2, or one that failed, is the server's as it is: it finds the handshake done, with its
// error, and says what it would have said.
func (l *secure) handshake(c net.Conn) {
	t := tls.Server(c, l.conf)
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	defer cancel()
	err := t.HandshakeContext(ctx)
	var accepted net.Conn = t
	if err == nil && t.ConnectionState().NegotiatedProtocol != "h2" {
		accepted = &tlsConn{conn{Conn: t}, t}
	}
	select {
	case l.ready <- accepted:
	case <-l.done:
		_ = c.Close()
	}
}

// conn is a connection of HTTP/1.
type conn struct {
	net.Conn
	scanner scanner
}

// Read implements [net.Conn].
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.scanner.pass(p[:n])
	return n, err
}

// CloseWrite ends what is sent, so that a client may read the last answer before the connection goes.
func (c *conn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}

// tlsConn is a connection of HTTP/1 over TLS.
type tlsConn struct {
	conn
	tls *tls.Conn
}

// ConnectionState is where [net/http] finds what [net/http.Request.TLS] says.
func (c *tlsConn) ConnectionState() tls.ConnectionState { return c.tls.ConnectionState() }
