// Package matrix compares what the running server answers with what a model of the access rules says it should, over HTTP and
// with real tokens: who asks, with which scopes, in which launch context, for which operation of the three APIs, by which path to
// the data, at which site.
//
// The operations and the resource types come from the generated tables, so that a new one is covered at once. A normal run takes
// the first case of each class: each actor, each form of scopes and each type with each path and each outcome. With
// CHARTWRIGHT_MATRIX set to a duration, which is what make matrix does, it goes on for about so long: first the finer classes, in
// which no type stands for another, then the whole product of some tens of millions of cases, part by part, each part on a fresh
// record. A page of figures is kept up to date meanwhile.
package matrix_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"chartwright/gen/r4route"
	table "chartwright/gen/scope"
)

// parts is how many parts the whole product is cut into. They are small, so that a run ends near to its time.
const parts = 256

func TestMatrix(t *testing.T) {
	t.Parallel()
	if text := os.Getenv("CHARTWRIGHT_MATRIX"); text != "" {
		length, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		testWhole(t, length)
		return
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		testMatrix(t, newWorld(t, "", nil), &plan{})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		testMatrix(t, newWorld(t, database(t), nil), &plan{slim: true})
	})
}

func testMatrix(t *testing.T, w *world, p *plan) {
	t.Helper()
	tally := newTally(0)
	w.matrix(p, tally)
	tally.fail(t)
}

// testWhole runs the fine classes, and then as many parts of the whole product as the time allows. An interrupt ends it early,
// like the end of the time, with its report.
func testWhole(t *testing.T, length time.Duration) {
	t.Helper()
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	tally := newTally(0)
	tally.ctx = ctx
	defer tally.fail(t)
	defer tally.watch(t)()
	tally.begin("the fine classes")
	t.Run("classes", func(t *testing.T) { newWorld(t, "", nil).matrix(&plan{full: true}, tally) })
	tally.product = tally.considered
	limited, cancel := context.WithTimeout(ctx, length-time.Since(tally.started))
	defer cancel()
	tally.ctx = limited
	for part := 0; part < parts && !tally.over(); part++ {
		tally.begin(fmt.Sprintf("part %d of %d of the whole product", part+1, parts))
		t.Run(fmt.Sprint("part ", part+1), func(t *testing.T) { newWorld(t, "", nil).matrix(&plan{part: part, parts: parts}, tally) })
	}
	if ctx.Err() != nil {
		t.Error("the run was interrupted")
	}
}

// phases are what is asked about a type: what changes nothing first, what makes and removes something last.
var phases = []func([]*fact, string) []probe{fhirReads, fhirOperations, fhirWrites, fhirDeletes, fhirCreates}

// matrix asks for everything of a plan that the three APIs offer.
func (w *world) matrix(p *plan, t *tally) {
	w.t.Helper()
	p.seen = map[class]bool{}
	w.pass(p, t, w.fhirTopics(p))
	if t.over() {
		return
	}
	for _, site := range sites {
		if policies[site].Standard {
			w.fillStandard(site)
		}
	}
	w.pass(p, t, func(yield func(topic) bool) {
		_ = yield(topic{probes: w.standardProbes(true)}) && yield(topic{probes: w.standardProbes(false)})
	})
}

// fhirTopics are the types, in every phase.
func (w *world) fhirTopics(p *plan) iter.Seq[topic] {
	return func(yield func(topic) bool) {
		for n, phase := range phases {
			classes := map[string]bool{}
			for i, typ := range r4route.Types {
				row := table.TypeOf(typ.Name)
				if row == nil {
					continue
				}
				class := fmt.Sprint(row.Sight, row.Patient, row.Self, row.Needs)
				like := classes[class] && typ.Name != "Observation" && typ.Name != "Patient"
				classes[class] = true
				if like && p.slim {
					continue
				}
				if !yield(topic{number: i, like: like, probes: phase(w.facts, typ.Name)}) {
					return
				}
			}
			if n == 0 && !yield(topic{probes: append(visitReads(w.facts), wholeReads()...)}) {
				return
			}
		}
	}
}
