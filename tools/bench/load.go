package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// request writes the bytes of one HTTP/1.1 request behind dst and says how much it counts.
type request func(r *rand.Rand, dst []byte) (raw []byte, count int)

// session is a client whose requests follow from the answers before.
type session interface {
	next(r *rand.Rand, dst []byte) (raw []byte, count int)
	// answered is given each answer's status line and headers.
	answered(resp *http.Response) error
}

// contender is a server with a way to ask it.
type contender struct {
	name  string
	url   string
	next  request
	start func() session // in place of next: what each client begins
	// status is what every answer must have; 0 = any 2xx.
	status int
	// redirects says that an answer may also send the client elsewhere, where it does not go: 3xx.
	redirects bool
	cpu       func() (server, database time.Duration, err error) // used so far; nil where it can't be told
}

// Cell is one turn of one contender.
type Cell struct {
	Seconds     float64 `json:"seconds"`
	Requests    int     `json:"requests"`
	Count       int     `json:"count"` // what the rate counts
	ServerCPU   float64 `json:"serverCPUSeconds"`
	DatabaseCPU float64 `json:"databaseCPUSeconds"`
	Latency     Latency `json:"latencyMilliseconds"`
	FirstByte   Latency `json:"firstByteMilliseconds"` // until the headers of the answer are there
	Pressure    float64 `json:"cpuPressure"`
}

func (c *Cell) rate() float64 { return float64(c.Count) / c.Seconds }

// perCPU is the count for each second of processor time; 0 when that is not known.
func (c *Cell) perCPU() float64 {
	if cpu := c.ServerCPU + c.DatabaseCPU; cpu > 0 {
		return float64(c.Count) / cpu
	}
	return 0
}

// turn lets clients ask one contender for a time, each over a connection of its own, which it keeps. An answer other than 2xx
// ends it with an error: a figure with errors in it is none.
func turn(ctx context.Context, c contender, clients int, d time.Duration) (*Cell, error) {
	ctx, cancel := context.WithTimeout(ctx, d+time.Minute)
	defer cancel()
	all := make([]*client, clients)
	for i := range all {
		k, err := dial(ctx, c)
		if err != nil {
			return nil, err
		}
		defer k.conn.Close()
		all[i] = k
	}
	if err := together(all, d/5); err != nil { // warm-up: caches, connections of the pool, the garbage collector's pace
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	for _, k := range all {
		k.times, k.firsts, k.count = k.times[:0], k.firsts[:0], 0
	}
	var before, beforeDB, after, afterDB time.Duration
	var err error
	if c.cpu != nil {
		if before, beforeDB, err = c.cpu(); err != nil {
			return nil, err
		}
	}
	start := time.Now()
	if err := together(all, d); err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	cell := &Cell{Seconds: time.Since(start).Seconds(), Pressure: pressure()}
	if c.cpu != nil {
		if after, afterDB, err = c.cpu(); err != nil {
			return nil, err
		}
		cell.ServerCPU, cell.DatabaseCPU = (after - before).Seconds(), (afterDB - beforeDB).Seconds()
	}
	var times, firsts []time.Duration
	for _, k := range all {
		times, firsts = append(times, k.times...), append(firsts, k.firsts...)
		cell.Count += k.count
	}
	cell.Requests, cell.Latency, cell.FirstByte = len(times), latencies(times), latencies(firsts)
	return cell, nil
}

// together runs all clients until the time is over and the last answer is in. Each does one whole thing at least, however short the
// time is or however busy the machine.
func together(all []*client, d time.Duration) error {
	end := time.Now().Add(d)
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, k := range all {
		wg.Go(func() {
			for begun := k.count; k.count == begun || time.Now().Before(end); {
				if errs[i] = k.ask(); errs[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// client asks over one connection, one request after the other. It costs less than net/http's, whose share of the machine
// would flatter the slower contender.
type client struct {
	next     request
	answered func(*http.Response) error // nil: nobody asks
	status   int                        // wanted; 0 = up to most
	most     int                        // the highest status that is an answer
	conn     net.Conn
	in       *bufio.Reader
	rand     *rand.Rand
	buf      []byte
	times    []time.Duration
	firsts   []time.Duration
	count    int
}

func dial(ctx context.Context, c contender) (*client, error) {
	u, err := url.Parse(c.url)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme != "http" || ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%s: load goes to loopback by plain HTTP alone", c.url)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	if end, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(end); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	k := &client{next: c.next, status: c.status, most: 299, conn: conn, in: bufio.NewReaderSize(conn, 32<<10), rand: rand.New(rand.NewPCG(rand.Uint64(), 1))}
	if c.redirects {
		k.most = 399
	}
	if c.start != nil {
		s := c.start()
		k.next, k.answered = s.next, s.answered
	}
	return k, nil
}

func (k *client) ask() error {
	var count int
	k.buf, count = k.next(k.rand, k.buf[:0])
	start := time.Now()
	if _, err := k.conn.Write(k.buf); err != nil {
		return err
	}
	resp, err := http.ReadResponse(k.in, nil)
	if err != nil {
		return err
	}
	if k.status != 0 && resp.StatusCode != k.status || k.status == 0 && (resp.StatusCode < 200 || resp.StatusCode > k.most) {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		line, _, _ := bytes.Cut(k.buf, []byte(" HTTP/"))
		return fmt.Errorf("answers %s with %s: %s", line, resp.Status, text)
	}
	k.firsts = append(k.firsts, time.Since(start))
	if k.answered != nil {
		if err := k.answered(resp); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	k.times = append(k.times, time.Since(start))
	k.count += count
	return resp.Body.Close()
}

func latencies(times []time.Duration) Latency {
	if len(times) == 0 {
		return Latency{}
	}
	slices.Sort(times)
	at := func(q float64) float64 { return times[int(q*float64(len(times)-1))].Seconds() * 1e3 }
	return Latency{P50: at(.5), P95: at(.95), P99: at(.99), Max: at(1)}
}
