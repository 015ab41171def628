// Package matrix compares what the running server answers with what a model of the access rules says it should, over HTTP and
// with real tokens: who asks, with which scopes, in which launch context, for which operation of the three APIs, by which path to
// the data, at which site.
//
// The operations and the resource types come from the generated tables, so that a new one is covered at once. A normal run takes
// the first case of each class: each actor, each form of scopes and each type with each path and each outcome. With
// CHARTWRIGHT_MATRIX=full, which is what make matrix sets, the classes are those of each actor with each form, and of each type
// with each actor, and a page of figures is written.
package matrix_test

import (
	"fmt"
	"os"
	"testing"

	"chartwright/gen/r4route"
	table "chartwright/gen/scope"
)

func TestMatrix(t *testing.T) {
	t.Parallel()
	full := os.Getenv("CHARTWRIGHT_MATRIX") == "full"
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		testMatrix(t, newWorld(t, "", nil), &plan{full: full})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		if full {
			t.Skip("the fine classes are run on SQLite, the coarse ones on both databases")
		}
		testMatrix(t, newWorld(t, database(t), nil), &plan{slim: true})
	})
}

func testMatrix(t *testing.T, w *world, p *plan) {
	t.Helper()
	tally := newTally(0)
	w.matrix(p, tally)
	for _, bad := range tally.wrong[:min(len(tally.wrong), 20)] {
		t.Error(bad)
	}
	t.Logf("%d requests, %d of them answered otherwise than the model says", tally.sent, len(tally.wrong))
	if p.full {
		tally.report(t)
	}
}

// matrix runs the phases: what changes nothing first, what makes and removes something last.
func (w *world) matrix(p *plan, t *tally) {
	w.t.Helper()
	p.seen = map[string]bool{}
	phases := []func([]*fact, string) []probe{fhirReads, fhirOperations, fhirWrites, fhirDeletes, fhirCreates}
	for n, phase := range phases {
		classes := map[string]bool{}
		for i, typ := range r4route.Types {
			row := table.TypeOf(typ.Name)
			if row == nil || t.full() {
				continue
			}
			class := fmt.Sprint(row.Sight, row.Patient, row.Self, row.Needs)
			like := classes[class] && typ.Name != "Observation" && typ.Name != "Patient"
			classes[class] = true
			if like && p.slim {
				continue
			}
			w.run(p, t, i, like, phase(w.facts, typ.Name))
		}
		if n == 0 {
			w.run(p, t, 0, false, append(visitReads(w.facts), wholeReads()...))
		}
	}
	for _, site := range sites {
		if policies[site].Standard && !t.full() {
			w.fillStandard(site)
		}
	}
	if !t.full() {
		w.run(p, t, 0, false, w.standardProbes(true))
		w.run(p, t, 0, false, w.standardProbes(false))
	}
}
