package throttle

import (
	"fmt"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := New(3, time.Minute, 100, func() time.Time { return now })
	for i := range 5 {
		if got := l.Allow("a"); got != (i < 3) {
			t.Errorf("request %d: %v", i, got)
		}
	}
	if !l.Left("b") || !l.Allow("b") {
		t.Error("one key uses up another's")
	}
	now = now.Add(time.Minute)
	if !l.Allow("a") || l.Allow("a") {
		t.Error("a minute brings one request")
	}
	for i := range 10_000 {
		l.Allow(fmt.Sprint(i))
	}
	if n := len(l.buckets); n > 100 {
		t.Errorf("%d keys are remembered", n)
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := New(100, time.Second, 10, func() time.Time { return now })
	if wait := l.Take("a", 100); wait != 0 {
		t.Errorf("a whole burst has to wait %v", wait)
	}
	if wait := l.Take("a", 30); wait != 30*time.Second {
		t.Errorf("30 more have to wait %v, want 30s", wait)
	}
	l.Give("a", 20)
	if wait := l.Take("a", 30); wait != 10*time.Second {
		t.Errorf("with 20 given back they have to wait %v, want 10s", wait)
	}
	if l.Take("a", 20) != 0 {
		t.Error("what was given back cannot be taken")
	}
	now = now.Add(-time.Hour)
	if wait := l.Take("a", 1); wait != time.Second {
		t.Errorf("with the clock put back one has to wait %v, want 1s", wait)
	}
	now = now.Add(time.Second)
	if l.Take("a", 1) != 0 {
		t.Error("a second after the clock was put back one is not there")
	}
	l.Give("nobody", 5)
	if l.Take("nobody", 101) == 0 {
		t.Error("more than a burst is taken")
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.1:1234": "192.0.2.1", "192.0.2.1": "192.0.2.1", "[2001:db8::1]:1": "2001:db8::/64", "[2001:db8::ffff]:2": "2001:db8::/64",
		"[::ffff:192.0.2.1]:1": "192.0.2.1", "[fe80::1%eth0]:1": "fe80::/64", "nonsense": "nonsense",
	} {
		if got := Source(address); got != want {
			t.Errorf("Source(%s) = %s, want %s", address, got, want)
		}
	}
}
