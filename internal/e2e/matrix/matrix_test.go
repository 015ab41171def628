// Package matrix compares what the running server answers with what a model of the access rules says it should, over HTTP and
// with real tokens: who asks, with which scopes, in which launch context, for which operation of the three APIs, by which path to
// the data, at which site.
//
// The operations and the resource types come from the generated tables, so that a new one is covered at once. A normal run takes
// the first case of each class: each actor, each form of scopes and each type with each path and each outcome. With
// CHARTWRIGHT_MATRIX=all, which is what make matrix does, it asks everything: first the finer classes, in which no type stands for
// another, then the whole product of some tens of millions of cases in parts, each on a fresh record. Set to a duration,
// it ends after about so long. A page of figures is kept up to date meanwhile. CHARTWRIGHT_MATRIX_PARTS names parts of the product by their
// numbers, such as 3,17: then these alone are asked, and no classes.
//
// The classes are sent over HTTP. So is one of [overHTTP] cases of the whole product; the others are handed to the handler that
// answers HTTP, which spares most of what a request costs that is not ours. No case stands for another there, and in the end as
// many have been asked as there are.
package matrix_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"chartwright/gen/r4route"
	table "chartwright/gen/scope"
	"chartwright/internal/gormstore/storetest"
)

// parts is how many parts the whole product is cut into. They are small enough for the trail of one to be kept in memory, and big
// enough for a fresh record each to cost little.
const parts = 32

// everything is what CHARTWRIGHT_MATRIX is for a run without an end before the end.
const everything = "all"

func TestMatrix(t *testing.T) {
	t.Parallel()
	if text := os.Getenv("CHARTWRIGHT_MATRIX"); text != "" {
		ctx := t.Context()
		if text != everything {
			length, err := time.ParseDuration(text)
			if err != nil {
				t.Fatal(err)
			}
			var stop context.CancelFunc
			ctx, stop = context.WithTimeout(ctx, length)
			defer stop()
		}
		testWhole(ctx, t)
		return
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		testMatrix(t, newWorld(t, "", nil), &plan{})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		testMatrix(t, newWorld(t, storetest.PostgreSQL(t), nil), &plan{slim: true})
	})
}

func testMatrix(t *testing.T, w *world, p *plan) {
	t.Helper()
	tally := newTally(0)
	w.matrix(p, tally)
	tally.fail(t)
}

// testWhole runs the fine classes, and then the parts of the whole product until limit is over. An interrupt ends it early, like the
// end of the time, with its report.
func testWhole(limit context.Context, t *testing.T) {
	t.Helper()
	ctx, stop := signal.NotifyContext(limit, os.Interrupt, syscall.SIGTERM)
	defer stop()
	tally := newTally(0)
	tally.ctx = ctx
	defer tally.fail(t)
	defer tally.watch(t)()
	chosen := chosenParts(t)
	if len(chosen) == parts {
		tally.begin("the fine classes")
		t.Run("classes", func(t *testing.T) { newWorld(t, "", nil).matrix(&plan{full: true}, tally) })
	}
	classes := tally.sent
	var ended atomic.Int32
	if len(chosen) == parts && !tally.over() {
		if tally.product = tally.considered; tally.product+tally.senseless != tally.factors {
			t.Errorf("%d cases and %d that make no sense are not the %d that there are", tally.product, tally.senseless, tally.factors)
		}
	}
	tally.begin("the whole product")
	t.Run("parts", func(t *testing.T) { // several at a time: one of them alone often waits for its database
		for _, part := range chosen {
			t.Run(fmt.Sprint("part ", part+1), func(t *testing.T) {
				t.Parallel()
				if tally.over() {
					return
				}
				newWorld(t, "", nil).matrix(&plan{part: part, parts: parts}, tally)
				tally.begin(fmt.Sprintf("%d of %d parts of the whole product", ended.Add(1), len(chosen)))
			})
		}
	})
	switch asked := tally.sent - classes; {
	case len(chosen) < parts:
		t.Logf("asked %d cases, all of %d parts", asked, ended.Load())
	case tally.over():
		t.Logf("ended early, after %d of %d cases", asked, tally.product)
	case asked != tally.product || tally.considered != 2*tally.product:
		t.Errorf("%d of %d cases were asked", asked, tally.product)
	default:
		tally.begin("the whole product, to its end")
	}
	if ctx.Err() != nil && limit.Err() == nil {
		t.Error("the run was interrupted")
	}
}

// chosenParts are the parts that CHARTWRIGHT_MATRIX_PARTS names, counted from 0; all where it names none.
func chosenParts(t *testing.T) []int {
	t.Helper()
	var list []int
	for name := range strings.SplitSeq(os.Getenv("CHARTWRIGHT_MATRIX_PARTS"), ",") {
		if name == "" {
			continue
		}
		number, err := strconv.Atoi(name)
		if err != nil || number < 1 || number > parts {
			t.Fatalf("CHARTWRIGHT_MATRIX_PARTS: %q is no number from 1 to %d", name, parts)
		}
		list = append(list, number-1)
	}
	if list == nil {
		for part := range parts {
			list = append(list, part)
		}
	}
	return list
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
