package drill_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/config"
)

// TestDrillSoak is F-43: hours of clients who read and write, with a fault a minute. CHARTWRIGHT_SOAK says how long, such as 150m; make drills takes
// five minutes. In no minute fail more than a twentieth of the requests, at the end nothing is lost, and the process needs no
// more memory, goroutines and files than at its beginning.
func TestDrillSoak(t *testing.T) {
	if !all() {
		t.Skip("a soak takes minutes: make drills")
	}
	lasts := 5 * time.Minute
	if text := os.Getenv("CHARTWRIGHT_SOAK"); text != "" {
		var err error
		if lasts, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	onEach(t, func(t *testing.T, on config.Store) { soak(t, on, lasts) })
}

func soak(t *testing.T, on config.Store, lasts time.Duration) {
	metrics := freeAddress(t)
	p := serve(t, on, flags("--metrics", metrics))
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	l := newLedger(p)
	var asked, failed atomic.Int64
	count := func(a answer) {
		if asked.Add(1); a.status == 0 || a.status >= 500 {
			failed.Add(1)
		}
	}
	end := l.load(4, count)
	reading, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 4 {
		client := p.caller()
		readers.Go(func() {
			for reading.Err() == nil {
				a := p.send(t.Context(), client, http.MethodGet, "Patient?_count=10&_sort=-_lastUpdated", nil)
				if count(a); a.status == 0 || a.status >= 500 {
					pause(reading, 20*time.Millisecond)
				}
			}
		})
	}
	faults := []struct {
		name   string
		anew   bool // another process serves afterwards
		inject func()
	}{
		{"killed", true, func() { p.kill(); p.start(flags("--metrics", metrics)) }},
		{"stopped by its operator", true, func() { p.stop(); p.start(flags("--metrics", metrics)) }},
		{"frozen", false, func() {
			freeze(p.process)
			pause(t.Context(), 2*time.Second)
			thaw(p.process)
		}},
		{"beset by silent connections", false, func() {
			for range 300 {
				if c, err := net.DialTimeout("tcp", *p.address.Load(), time.Second); err == nil {
					defer c.Close()
				}
			}
			pause(t.Context(), 3*time.Second)
		}},
		{"crowded", false, func() { p.crowd(t, 60, 3*time.Second) }},
	}
	begun := gauges(t, metrics)
	for until := time.Now().Add(lasts); time.Now().Before(until); {
		minute := time.Now().Add(time.Minute)
		asked.Store(0)
		failed.Store(0)
		f := faults[random.IntN(len(faults))]
		for f.anew && time.Until(until) < lasts/2 { // the second half belongs to one process, whose needs are compared
			f = faults[random.IntN(len(faults))]
		}
		f.inject()
		if f.anew {
			begun = gauges(t, metrics)
		}
		pause(t.Context(), time.Until(minute))
		all, bad := asked.Load(), failed.Load()
		t.Logf("%s: %d of %d requests failed", f.name, bad, all)
		if all < 100 || bad*20 > all {
			t.Errorf("the minute in which it was %s: %d of %d requests failed", f.name, bad, all)
		}
	}
	stop()
	readers.Wait()
	end()
	l.check(t)
	p.sound()
	await.True(t, "the process needs what it needed at the beginning", func() bool {
		now := gauges(t, metrics)
		return now["go_goroutines"] <= begun["go_goroutines"]+100 && now["process_open_fds"] <= begun["process_open_fds"]+64 &&
			now["process_resident_memory_bytes"] <= begun["process_resident_memory_bytes"]+384<<20
	})
	t.Logf("at the beginning %v, at the end %v", begun, gauges(t, metrics))
}

// gauges are what the program says of its needs.
func gauges(t *testing.T, address string) map[string]float64 {
	t.Helper()
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch name {
		case "go_goroutines", "process_open_fds", "process_resident_memory_bytes":
			if found[name], err = strconv.ParseFloat(value, 64); err != nil {
				t.Fatal(fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	return found
}
