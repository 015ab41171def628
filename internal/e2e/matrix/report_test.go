package matrix_test

import (
	"fmt"
	"sync"
	"testing"
)

// tally counts what the trials came to.
type tally struct {
	mu     sync.Mutex
	counts map[cell]int
	wrong  []string
	sent   int
	limit  int // of mismatches, after which nothing more is asked; 0 = none
}

// cell is one figure of the report.
type cell struct{ actor, path, outcome string }

func newTally(limit int) *tally { return &tally{counts: map[cell]int{}, limit: limit} }

// add takes one answer; bad says what is wrong with it.
func (t *tally) add(c *trial, a *answer, bad string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent++
	t.counts[cell{c.actor.name, c.probe.path, c.outcome()}]++
	if bad == "" {
		return
	}
	text := c.String() + ": " + bad
	if a != nil {
		text += fmt.Sprintf(" (answer %d: %.600s)", a.status, a.body)
	}
	t.wrong = append(t.wrong, text)
}

func (t *tally) full() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.limit > 0 && len(t.wrong) >= t.limit
}

func (t *tally) report(tb testing.TB, w *world) {}
