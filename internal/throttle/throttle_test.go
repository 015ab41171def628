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
