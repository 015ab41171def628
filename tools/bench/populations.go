package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"chartwright/gen/r4"
	"chartwright/tools/bench/shape"
	"chartwright/tools/populate/population"
)

// populationSeed makes the patients of the searches.
const populationSeed = 1

// onPopulations runs the workloads over made-up populations, one size after the other; then the sizes take turns against each
// other, which shows what grows with the record.
func (s *suite) onPopulations(ctx context.Context, kind store) (err error) {
	var all []*environment
	defer func() {
		for _, e := range all {
			e.close()
		}
	}()
	for _, n := range s.patients {
		e, drop, failed := s.population(ctx, kind, n)
		defer func() { err = errors.Join(err, drop()) }()
		if failed != nil {
			return failed
		}
		all = append(all, e)
		if err := s.runAll(ctx, e, []workload{{"W7", s.thirtyShapes}, {"W6", s.sixFamilies}, {"W14", s.everything}, {"W16", s.deepPages}, {"W-EHR", s.ehr}}); err != nil {
			return err
		}
	}
	if first, last := all[0], all[len(all)-1]; first != last && s.wants("W7") {
		return s.ladder(ctx, last, first)
	}
	return nil
}

// populate loads the patients by the role of this program that makes them, and measures the disk that they take.
func (s *suite) populate(ctx context.Context, e *environment) error {
	out, err := once(ctx, []string{s.self, "populate"}, append([]string{
		"-patients", fmt.Sprint(e.patients), "-seed", fmt.Sprint(populationSeed),
	}, e.options(e.data)...)...)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: loaded %s", e.name, out)
	if e.dsn != "" {
		// As autovacuum does in time: a planner without statistics would be what is measured.
		if err := execute(ctx, e.dsn, "VACUUM ANALYZE"); err != nil {
			return err
		}
	}
	if !s.wants("W18") {
		return nil
	}
	return s.disk(ctx, e, strings.TrimSpace(out))
}

// samples are what the shapes are asked with: ids and values of the population's own patients.
func (e *environment) samples() shape.Samples {
	p := population.Population{Seed: populationSeed}
	out := shape.Samples{}
	r := rand.New(rand.NewPCG(7, 7))
	for range min(e.patients, 40) {
		n := r.IntN(e.patients)
		for _, res := range p.Record(n) {
			switch x := res.(type) {
			case *r4.Patient:
				family := x.Name[0].Family.V
				out["patient"], out["family"], out["folded family"] = append(out["patient"], x.ID.V), append(out["family"], family), append(out["folded family"], strings.ToLower(family))
			case *r4.Practitioner:
				out["practitioner"] = append(out["practitioner"], x.ID.V)
			case *r4.Location:
				out["location"] = append(out["location"], x.ID.V)
			case *r4.Encounter:
				out["encounter"] = append(out["encounter"], x.ID.V)
			case *r4.Condition:
				out["condition"] = append(out["condition"], x.Code.Coding[0].Code.V)
			case *r4.Procedure:
				out["procedure"] = append(out["procedure"], x.Code.Coding[0].Code.V)
			}
		}
	}
	return out
}

// disk is W18: what the whole store takes for each resource, indexes and audit trail included.
func (s *suite) disk(ctx context.Context, e *environment, loaded string) error {
	var size, count int64
	var err error
	if e.dsn != "" {
		size, count, err = postgresSize(ctx, e.dsn)
	} else {
		size, count, err = sqliteSize(ctx, filepath.Join(e.data, "sites", "default"))
	}
	if err != nil {
		return err
	}
	v := float64(size) / float64(count)
	r := figureOf("W18", "disk a resource", e.name, "bytes", Spread{v, v, v}, &Goal{Gate: 4500, Target: 1600, Less: true},
		fmt.Sprintf("%d resources in %.0f MB, indexes and audit trail included; %s", count, float64(size)/mb, loaded))
	if e.dsn != "" {
		r.Goal.Target = 3000
	}
	r.Patients = e.patients
	s.add(r)
	return nil
}

// folderSize adds up the files of a folder.
func folderSize(dir string) (size int64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, f := range entries {
		info, err := f.Info()
		if err != nil {
			return 0, err
		}
		size += info.Size()
	}
	return size, nil
}
