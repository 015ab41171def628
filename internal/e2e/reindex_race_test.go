package e2e

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/app"
	"chartwright/internal/care/parameter"
	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore/parameterstore"
)

// TestManyWorkersDoEachJobOnce is RACE-13: ten workers of three processes have the same jobs before them and are broken off and called back
// all the time. Every job is done once, each resource in it once, and nobody who has lost a lease gets anything in.
func TestManyWorkersDoEachJobOnce(t *testing.T) { onEachDatabase(t, testManyWorkers) }

func testManyWorkers(t *testing.T, on config.Store) {
	const patients, jobs, workers = 20, 5, 10
	ctx := t.Context()
	var c clock
	first := demoserver.StartOn(t, on, c.now)
	processes := []*demoserver.Server{first, first.Replica(t), first.Replica(t)}
	admin := administrator(t, first)
	var entries []object
	for i := range patients {
		id := fmt.Sprintf("p%d", i)
		entries = append(entries, object{"resource": coloured(id, "teal"), "request": object{"method": "PUT", "url": "Patient/" + id}})
	}
	admin.want(200, "POST", fhirAPI, object{"resourceType": "Bundle", "type": "transaction", "entry": entries}, nil)
	admin.want(201, "PUT", fhirAPI+"/SearchParameter/colour", parameterOf("colour", "colour", "token", "Patient.extension('"+colourURL+"').value", "Patient"), nil)
	work(t, first)
	var there struct{ Total int64 }
	admin.want(200, "GET", fhirAPI+"/Patient?_summary=count", nil, &there)

	var asking sync.WaitGroup
	for _, p := range processes {
		asking.Go(func() {
			for i := 0; i < jobs; i += len(processes) {
				if _, err := p.App.Parameters.Start(ctx, app.DefaultSite, parameter.Request{Param: "colour", By: "test"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	asking.Wait()

	// One worker stops in the middle of its first job, for longer than its lease, and another takes over.
	stores := [2]parameter.Store{jobStore(t, first), jobStore(t, processes[1])}
	lost := claim(t, stores[0], "lost", c.now())
	if j, err := stores[1].Claim(ctx, "early", c.now(), c.now().Add(time.Minute)); err != nil || j != nil {
		t.Fatalf("while somebody is at work another gets %+v, %v", j, err)
	}
	c.skip(time.Minute)
	taken := claim(t, stores[1], "taken", c.now())
	if taken.ID != lost.ID {
		t.Fatalf("job %d is taken over instead of %d", taken.ID, lost.ID)
	}
	tooLate := func() {
		t.Helper()
		late := *lost
		late.Parts = append([]parameter.Part{}, lost.Parts...)
		part := late.Current()
		if err := stores[0].Step(ctx, &late, parameter.About{Numbers: part.Numbers}, c.now().Add(time.Hour)); !fault.Is(err, fault.Conflict) {
			t.Errorf("a step without a lease: %v", err)
		}
		late.State = parameter.Done
		if err := stores[0].Finish(ctx, &late); !fault.Is(err, fault.Conflict) {
			t.Errorf("an end without a lease: %v", err)
		}
		if err := stores[0].Release(ctx, &late, c.now().Add(time.Hour)); err != nil {
			t.Errorf("giving back without a lease: %v", err)
		}
		now, err := stores[0].Job(ctx, lost.ID)
		if err != nil || now.Due.After(c.now().Add(2*time.Minute)) {
			t.Errorf("who has lost the lease keeps the job from others: %+v, %v", now, err)
		}
	}
	tooLate()
	if err := stores[1].Release(ctx, taken, c.now()); err != nil {
		t.Fatal(err)
	}

	var pending atomic.Bool
	pending.Store(true)
	var all sync.WaitGroup
	for w := range workers {
		service := processes[w%len(processes)].App.Parameters
		all.Go(func() {
			again := time.NewTicker(20 * time.Millisecond)
			defer again.Stop()
			for patience := time.Duration(5+w) * time.Millisecond; pending.Load() && ctx.Err() == nil; patience += patience / 4 { // the machine may be slow
				<-again.C
				short, cancel := context.WithTimeout(ctx, patience)
				_ = service.Work(short, app.DefaultSite) // broken off wherever it is
				cancel()
				waiting, err := service.Jobs(ctx, app.DefaultSite)
				if err != nil {
					t.Error(err)
				}
				if len(waiting) > 0 && !waiting[0].Ended.IsZero() { // those that have not ended come first
					pending.Store(false)
				}
			}
		})
	}
	all.Wait()
	tooLate()

	for id := lost.ID; id < lost.ID+jobs; id++ {
		j, err := stores[0].Job(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		done, total := j.Counts()
		if j.State != parameter.Done || j.Ended.IsZero() || done != there.Total || total != there.Total {
			t.Errorf("job %d: %s, %d of %d resources, there are %d", id, j.State, done, total, there.Total)
		}
	}
	if _, faults, err := first.App.Sites.Check(ctx, app.DefaultSite); err != nil || len(faults) > 0 {
		t.Errorf("the index is not what the parameters make of the bodies: %v, %v", faults, err)
	}
	if got := len(admin.ids("Patient?_count=1000&colour=teal")); got != patients {
		t.Errorf("%d patients are found, %d are", got, patients)
	}
}

// jobStore is the store of jobs as one process has it.
func jobStore(t *testing.T, s *demoserver.Server) parameter.Store {
	t.Helper()
	db, err := s.App.Sites.DB(t.Context(), app.DefaultSite)
	if err != nil {
		t.Fatal(err)
	}
	index, err := s.App.Sites.Index(t.Context(), app.DefaultSite)
	if err != nil {
		t.Fatal(err)
	}
	return parameterstore.New(db, index)
}

func claim(t *testing.T, store parameter.Store, owner string, now time.Time) *parameter.Job {
	t.Helper()
	j, err := store.Claim(t.Context(), owner, now, now.Add(15*time.Second))
	if err != nil || j == nil {
		t.Fatalf("%s gets no job: %+v, %v", owner, j, err)
	}
	return j
}
