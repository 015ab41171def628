package fulltext

import (
	"context"
	"sync"
	"time"
)

const (
	// quiet is how long nothing was written before the work begins: an import is not slowed by it.
	quiet = 200 * time.Millisecond
	// backlog is how many versions may wait while the writing goes on, and look how often that is asked for.
	backlog = 100_000
	look    = 5 * time.Second
)

// worker indexes in the background what nobody has asked for yet.
type worker struct {
	index  *Index
	signal chan struct{}
	stop   context.CancelFunc
	done   sync.WaitGroup
}

func newWorker(x *Index) *worker {
	ctx, stop := context.WithCancel(context.Background())
	w := &worker{index: x, signal: make(chan struct{}, 1), stop: stop}
	w.done.Go(func() { w.run(ctx) })
	w.wake() // what an earlier process has left
	return w
}

func (w *worker) wake() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

func (w *worker) close() {
	w.stop()
	w.done.Wait()
}

func (w *worker) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.signal:
		}
		busy := w.settle(ctx)
		for ctx.Err() == nil {
			at, err := w.index.advance(ctx)
			if err != nil && ctx.Err() == nil {
				w.index.config.Log.Warn("full text", "error", err) // the next write or search tries again
			}
			if err != nil || at.indexed >= at.written || busy && at.written-at.indexed < backlog/2 {
				break
			}
			if !busy && (len(w.signal) > 0 || w.index.config.Writing()) { // it was quiet, and is not any more
				w.wake()
				break
			}
		}
	}
}

// settle waits until nothing was written for a while, or until too much waits although the writing goes on: then it returns
// true.
func (w *worker) settle(ctx context.Context) (busy bool) {
	since := time.Now()
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			if !w.index.config.Writing() {
				return false
			}
			timer.Reset(quiet) // a large transaction is under way
		case <-w.signal:
			timer.Reset(quiet)
		}
		if time.Since(since) < look {
			continue
		}
		since = time.Now()
		if at, err := w.index.position(ctx, w.index.config.Reader); err == nil && at.written-at.indexed > backlog {
			return true
		}
	}
}
