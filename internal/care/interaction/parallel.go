package interaction

import (
	"sync"
	"sync/atomic"
)

// parallel calls do for 0 to n-1 on up to workers goroutines and returns when all are done. A panic in one of them becomes a
// panic of the caller, where the door recovers.
func parallel(n, workers int, do func(i int)) {
	if workers = min(workers, n); workers < 2 {
		for i := range n {
			do(i)
		}
		return
	}
	var (
		next     atomic.Int64
		wg       sync.WaitGroup
		once     sync.Once
		panicked any
	)
	for range workers {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					once.Do(func() { panicked = p })
				}
			}()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
	if panicked != nil {
		panic(panicked)
	}
}
