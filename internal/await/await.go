// Package await lets tests wait for what comes by itself: a signal of another process, a job, a restart. How soon it comes is for the
// benchmark to measure; a test fails only if it never does, however busy its machine is.
package await

import (
	"context"
	"testing"
	"time"
)

// Patience is when a test gives up on what it waits for. It bounds a connection or a command as [True] bounds a question.
const Patience = 5 * time.Minute

// True asks until ok says yes. It fails the test when that does not happen.
func True(t testing.TB, what string, ok func() bool) {
	t.Helper()
	patience, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-patience.Done():
			t.Fatalf("not within %v: %s", Patience, what)
		case <-again.C:
		}
	}
}

// Fast fails the test if do takes longer than bound each time that it is done. Once says enough: what else the machine does makes it
// slower, and nothing makes it faster than it is.
func Fast(t testing.TB, what string, bound time.Duration, do func()) {
	t.Helper()
	const tries = 20
	fastest := time.Duration(1<<63 - 1)
	for range tries {
		begun := time.Now()
		do()
		if fastest = min(fastest, time.Since(begun)); fastest <= bound {
			return
		}
	}
	t.Errorf("%s takes %v at best, and may take %v", what, fastest, bound)
}
