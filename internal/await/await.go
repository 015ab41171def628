// Package await lets tests wait for what comes by itself: a signal of another process, a job, a restart. How soon it comes is for the
// benchmark to measure; a test fails only if it never does, however busy its machine is.
package await

import (
	"context"
	"testing"
	"time"
)

// never is when a test gives up.
const never = 5 * time.Minute

// True asks until ok says yes. It fails the test when that does not happen.
func True(t testing.TB, what string, ok func() bool) {
	t.Helper()
	patience, cancel := context.WithTimeout(t.Context(), never)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-patience.Done():
			t.Fatalf("not within %v: %s", never, what)
		case <-again.C:
		}
	}
}
