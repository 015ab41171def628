package admission

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

// TestGate is F-42 in small: so many are in at once, some wait in order, the rest is turned away at once, and who waits too long is, too.
func TestGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(2)
		ctx := t.Context()
		if !g.Enter(ctx) || !g.Enter(ctx) {
			t.Fatal("an empty gate has no place")
		}
		var order []int
		var mu sync.Mutex
		var refused atomic.Int64
		var wait sync.WaitGroup
		for i := range 2 * queued {
			wait.Go(func() {
				if !g.Enter(ctx) {
					refused.Add(1)
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
			})
			synctest.Wait()
		}
		begun := time.Now()
		if g.Enter(ctx) || time.Since(begun) != 0 {
			t.Error("one behind a full queue is kept waiting")
		}
		g.Leave()
		synctest.Wait()
		g.Leave()
		synctest.Wait()
		if fmt.Sprint(order) != "[0 1]" {
			t.Errorf("let in are %v, want the first two, in order", order)
		}
		time.Sleep(patience + time.Millisecond)
		wait.Wait()
		if refused.Load() != 2*queued-2 {
			t.Errorf("%d of those who waited too long were turned away, want %d", refused.Load(), 2*queued-2)
		}
		g.Leave()
		g.Leave()
		if !g.Enter(ctx) || !g.Enter(ctx) {
			t.Error("those who were turned away have taken places along")
		}
	})
}

// Whoever has been in comes before those who are new, and waits as long as it takes.
func TestGateReturn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(1)
		g.Enter(t.Context())
		entered, returned := make(chan bool, 1), make(chan bool, 1)
		go func() { returned <- g.Return(t.Context()) }()
		time.Sleep(10 * patience)
		synctest.Wait()
		go func() { entered <- g.Enter(t.Context()) }()
		synctest.Wait()
		g.Leave()
		if !<-returned {
			t.Error("who has been in is turned away")
		}
		if <-entered {
			t.Error("somebody new is let in beside")
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if g.Return(gone) {
			t.Error("somebody who has left is let in")
		}
		g.Leave()
		if !g.Enter(t.Context()) {
			t.Error("the place is lost")
		}
	})
}

// TestGateUnderLoad has many come, leave and give up at once: there are never more in than places, and at the end all places are free.
func TestGateUnderLoad(t *testing.T) {
	t.Parallel()
	const places = 3
	g := NewGate(places)
	var inside, most atomic.Int64
	var wait sync.WaitGroup
	for i := range 64 {
		wait.Go(func() {
			for range 200 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*50*time.Microsecond)
				if g.Enter(ctx) {
					most.Store(max(most.Load(), inside.Add(1)))
					inside.Add(-1)
					g.Leave()
					if i%4 == 0 && g.Return(ctx) {
						g.Leave()
					}
				}
				cancel()
			}
		})
	}
	wait.Wait()
	if most.Load() > places || g.inside != 0 || g.waiting.Len() != 0 || g.back.Len() != 0 {
		t.Errorf("%d were in at once; at the end %d are in, %d and %d wait", most.Load(), g.inside, g.waiting.Len(), g.back.Len())
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	m := NewMemory(100)
	for _, step := range []struct {
		take int64
		want bool
	}{{150, true}, {1, false}, {-150, true}, {60, true}, {50, false}, {40, true}, {-60, true}, {60, true}} {
		if step.take < 0 {
			m.Give(-step.take)
			continue
		}
		if got := m.Take(step.take); got != step.want {
			t.Errorf("%d more: %t", step.take, got)
		}
	}
}

func TestContainerLimit(t *testing.T) {
	t.Parallel()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  int64
	}{
		"no groups": {fstest.MapFS{}, unlimited},
		"version 2": {fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("1000\n")}, 1000},
		"version 2, a group around it": {fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("max\n"),
			"sys/fs/cgroup/a/memory.max": file("500\n")}, 500},
		"version 2 in a container":            {fstest.MapFS{"proc/self/cgroup": file("0::/../c\n"), "sys/fs/cgroup/memory.max": file("7\n")}, 7},
		"version 2 without":                   {fstest.MapFS{"proc/self/cgroup": file("0::/a\n"), "sys/fs/cgroup/a/memory.max": file("max\n")}, unlimited},
		"version 1":                           {fstest.MapFS{"proc/self/cgroup": file("5:cpu,cpuacct:/\n4:memory:/x\n"), "sys/fs/cgroup/memory/x/memory.limit_in_bytes": file("2000\n")}, 2000},
		"version 1 without":                   {fstest.MapFS{"proc/self/cgroup": file("4:memory:/\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, unlimited},
		"version 1, another group than of it": {fstest.MapFS{"proc/self/cgroup": file("5:cpu:/x\n"), "sys/fs/cgroup/memory/x/memory.limit_in_bytes": file("2000\n")}, unlimited},
		"nonsense":                            {fstest.MapFS{"proc/self/cgroup": file("what\n\n:\n")}, unlimited},
	} {
		if got := containerLimit(c.files); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
