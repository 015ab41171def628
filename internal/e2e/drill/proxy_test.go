package drill_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/config"
)

// proxy stands between the program and PostgreSQL and does to what passes what networks do.
type proxy struct {
	t      *testing.T
	target atomic.Pointer[string]
	at     string

	delay atomic.Int64 // of each piece of an answer, in nanoseconds
	mute  atomic.Bool  // answers are taken from the database and not passed on
	most  atomic.Int64 // connections at the same time; 0 = any number

	mu       sync.Mutex
	listener *net.TCPListener
	pairs    map[*net.TCPConn]*net.TCPConn // of each caller, the connection to the database
	filter   packetFilter
	done     bool
}

// behind puts a proxy between the program and the database of on.
func behind(t *testing.T, on config.Store) (config.Store, *proxy) {
	t.Helper()
	u, err := url.Parse(string(on.Database))
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, pairs: map[*net.TCPConn]*net.TCPConn{}}
	p.aim(u.Host)
	p.listen(freeAddress(t))
	u.Host = p.at
	q := u.Query()
	q.Del("connect_timeout") // how long the program waits for a network that is gone is what is looked at
	u.RawQuery = q.Encode()
	on.Database = config.Secret(u.String())
	t.Cleanup(func() {
		p.mu.Lock()
		p.done = true
		p.mu.Unlock()
		p.refuse()
	})
	return on, p
}

// aim has new connections go to another database.
func (p *proxy) aim(target string) { p.target.Store(&target) }

func (p *proxy) listen(at string) {
	p.t.Helper()
	config := new(net.ListenConfig)
	config.SetMultipathTCP(false) // it knows no packet filters
	var l net.Listener
	await.True(p.t, "the address is free", func() (listens bool) { // a process that is being started may hold the listener that was closed
		var err error
		if l, err = config.Listen(context.Background(), "tcp", at); err != nil && !errors.Is(err, syscall.EADDRINUSE) {
			p.t.Fatal(err)
		}
		return err == nil
	})
	p.mu.Lock()
	p.listener, p.at = l.(*net.TCPListener), l.Addr().String()
	p.mu.Unlock()
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go p.carry(in.(*net.TCPConn))
		}
	}()
}

func (p *proxy) carry(in *net.TCPConn) {
	defer in.Close()
	if most := p.most.Load(); most > 0 && p.carried() >= int(most) {
		p.full(in)
		return
	}
	target := p.target.Load()
	to, err := new(net.Dialer).DialContext(context.Background(), "tcp", *target)
	if err != nil {
		_ = in.SetLinger(0)
		return
	}
	out := to.(*net.TCPConn)
	defer out.Close()
	p.mu.Lock()
	if p.done || p.target.Load() != target { // who has cut the connections since has not seen this one
		p.mu.Unlock()
		return
	}
	p.pairs[in] = out
	err = p.filter.attach(in)
	p.mu.Unlock()
	if err != nil {
		p.t.Error(err)
	}
	defer func() {
		p.mu.Lock()
		delete(p.pairs, in)
		p.mu.Unlock()
	}()
	go func() {
		p.requests(out, in)
		_ = out.CloseWrite()
	}()
	p.answers(in, out)
}

// carried is how many connections there are.
func (p *proxy) carried() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.pairs)
}

// full answers a caller as a server does that has as many clients as it may have.
// https://www.postgresql.org/docs/current/protocol-message-formats.html
func (p *proxy) full(in *net.TCPConn) {
	if _, err := in.Read(make([]byte, 1024)); err != nil { // the startup message
		return
	}
	const fields = "SFATAL\x00VFATAL\x00C53300\x00Msorry, too many clients already\x00\x00"
	_, _ = in.Write(append(binary.BigEndian.AppendUint32([]byte{'E'}, uint32(len(fields)+4)), fields...))
}

// requests passes on what the program says.
func (p *proxy) requests(to io.Writer, from io.Reader) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if _, werr := to.Write(buffer[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// answers passes on what the database says, as late as the drill wants.
func (p *proxy) answers(to io.Writer, from io.Reader) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !p.mute.Load() {
			if d := time.Duration(p.delay.Load()); d > 0 {
				time.Sleep(d) // the delay is the fault itself
			}
			if _, werr := to.Write(buffer[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cut resets every connection.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for in, out := range p.pairs {
		_ = in.SetLinger(0)
		_ = errors.Join(in.Close(), out.Close())
	}
}

// refuse resets every connection and takes no new one, as a database does that is down.
func (p *proxy) refuse() {
	p.mu.Lock()
	_ = p.listener.Close()
	p.mu.Unlock()
	p.cut()
}

// open takes connections again.
func (p *proxy) open() { p.listen(p.at) }

// lose has packets of the program get lost before anybody sees them, new connections included: filter says which.
func (p *proxy) lose(filter packetFilter) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.filter = filter
	err := filter.attach(p.listener)
	for in := range p.pairs {
		err = errors.Join(err, filter.attach(in))
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
