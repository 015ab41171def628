package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"chartwright/tools/bench/shape"
)

// The clients of the searches: few while a shape is held against the floor, many in the mixes.
const (
	shapeSearchers  = 4
	familySearchers = 30
	mixSearchers    = 64
)

// searching asks one of the shapes, by its number, of the server or of the floor.
func (e *environment) searching(samples shape.Samples, numbers []int, floor bool) request {
	return func(r *rand.Rand, dst []byte) ([]byte, int) {
		return e.searchRequest(r, dst, samples, numbers[r.IntN(len(numbers))], floor), 1
	}
}

func (e *environment) searchRequest(r *rand.Rand, dst []byte, samples shape.Samples, n int, floor bool) []byte {
	path, args := shape.All[n].Ask(r, samples)
	path = fhirBase + "/" + path
	if floor {
		path = "/search/" + strconv.Itoa(n)
		for i, a := range args {
			path += map[bool]string{true: "?", false: "&"}[i == 0] + "a=" + url.QueryEscape(a)
		}
	}
	return append(e.header(dst, http.MethodGet, path), "\r\n"...)
}

// searchFloor is the floor of the searches. What it answers from memory is as long as the CapabilityStatement.
func (e *environment) searchFloor(ctx context.Context) (*process, error) {
	body, status, err := e.fetch(ctx, e.server.url+fhirBase+"/metadata")
	if err != nil || status != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("metadata answers %d", status), err)
	}
	return e.other("floor", "-search", "-memory", strconv.Itoa(len(body)))
}

// thirtyShapes is W7: each of the thirty searches, and of ours through references, beside the bare SQL that answers it, and the
// thirty in turn.
func (s *suite) thirtyShapes(ctx context.Context, e *environment) error {
	good, err := s.eachShape(ctx, e, "W7", s.named(0, shape.Single), shapeSearchers)
	if err != nil {
		return err
	}
	return s.mix(ctx, e, "W7", "all shapes", thirty(good), mixSearchers, nil)
}

// thirty leaves of numbers those of the published thirty.
func thirty(numbers []int) []int {
	return slices.DeleteFunc(slices.Clone(numbers), func(n int) bool { return n >= len(shape.MockHealth) })
}

// named are the numbers of the shapes from first to end that are to be measured.
func (s *suite) named(first, end int) (numbers []int) {
	for n := first; n < end; n++ {
		if strings.Contains(shape.All[n].Name, s.shapes) {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// sixFamilies is W6: each family of searches beside bare SQL, its parameters, modifiers, prefixes and values in turn.
func (s *suite) sixFamilies(ctx context.Context, e *environment) error {
	var all []int
	for _, family := range shape.Families {
		numbers := slices.DeleteFunc(s.named(shape.Single, len(shape.All)), func(n int) bool {
			return !strings.HasPrefix(shape.All[n].Name, family+":")
		})
		good, err := s.answered(ctx, e, "W6", numbers)
		if err != nil {
			return err
		}
		if err := s.mix(ctx, e, "W6", family, good, familySearchers, &Goal{Gate: 3, Target: 2, Less: true}); err != nil {
			return err
		}
		all = append(all, good...)
	}
	return s.mix(ctx, e, "W6", "all families", all, familySearchers, nil)
}

// eachShape measures each shape by itself: the median of its time must be within three times the floor's.
func (s *suite) eachShape(ctx context.Context, e *environment, w string, numbers []int, clients int) (good []int, err error) {
	good, err = s.answered(ctx, e, w, numbers)
	if err != nil {
		return nil, err
	}
	floor, err := e.searchFloor(ctx)
	if err != nil {
		return nil, err
	}
	samples := e.samples()
	for _, n := range good {
		one := []int{n}
		res, err := s.compareTimes(ctx, clients, e.contender("chartwright", e.server, e.searching(samples, one, false)), e.contender("bare SQL", floor, e.searching(samples, one, true)))
		if err != nil {
			return nil, err
		}
		res.Workload, res.Name, res.Store, res.Unit, res.Patients = w, shape.All[n].Name, e.name, "requests/s", e.patients
		res.Goal = &Goal{Gate: 3, Target: 2, Less: true}
		s.add(res)
	}
	return good, nil
}

// mix asks all of numbers, each as often as the others.
func (s *suite) mix(ctx context.Context, e *environment, w, name string, numbers []int, clients int, goal *Goal) error {
	if len(numbers) == 0 {
		return nil
	}
	floor, err := e.searchFloor(ctx)
	if err != nil {
		return err
	}
	samples := e.samples()
	ours, theirs := e.contender("chartwright", e.server, e.searching(samples, numbers, false)), e.contender("bare SQL", floor, e.searching(samples, numbers, true))
	compare := s.compare
	if goal != nil {
		compare = s.compareTimes
	}
	res, err := compare(ctx, clients, ours, theirs)
	if err != nil {
		return err
	}
	res.Workload, res.Name, res.Store, res.Unit, res.Patients, res.Goal = w, name, e.name, "requests/s", e.patients, goal
	res.Note = fmt.Sprintf("%d clients", s.clients(clients))
	s.add(res)
	return nil
}

// ladder lets the shapes run over the largest and the smallest population in turn: what the search gives must not cost more
// because there is more that it does not give.
func (s *suite) ladder(ctx context.Context, large, small *environment) error {
	numbers, err := s.answered(ctx, large, "", s.named(0, shape.Single))
	if err != nil {
		return err
	}
	measure := func(name string, numbers []int, clients int) error {
		res, err := s.compare(ctx, clients, large.contender(fmt.Sprint(large.patients, " patients"), large.server, large.searching(large.samples(), numbers, false)),
			small.contender(fmt.Sprint(small.patients, " patients"), small.server, small.searching(small.samples(), numbers, false)))
		if err != nil {
			return err
		}
		res.Workload, res.Name, res.Store, res.Unit, res.Patients = "W7", name, large.name, "requests/s", large.patients
		res.Goal = &Goal{Gate: 0.8, Target: 1}
		res.Note = fmt.Sprintf("%d clients; in place of the floor, the same shapes over %d patients", s.clients(clients), small.patients)
		s.add(res)
		return nil
	}
	if all := thirty(numbers); len(all) > 0 {
		if err := measure("all shapes, growth", all, mixSearchers); err != nil {
			return err
		}
	}
	for _, n := range numbers {
		if err := measure(shape.All[n].Name+", growth", []int{n}, shapeSearchers); err != nil {
			return err
		}
	}
	return nil
}

// searchset is what an answer is compared by.
type searchset struct {
	Total *int `json:"total"`
	Entry []struct {
		Resource struct {
			Type string `json:"resourceType"`
			ID   string `json:"id"`
		} `json:"resource"`
	} `json:"entry"`
	Link []struct {
		Relation string `json:"relation"`
		URL      string `json:"url"`
	} `json:"link"`
}

func (b *searchset) ids() (all []string) {
	for _, e := range b.Entry {
		all = append(all, e.Resource.Type+"/"+e.Resource.ID)
	}
	slices.Sort(all)
	return all
}

// answered asks each shape once, of both, and returns those that the server answers. One that it does not answer, or answers
// otherwise than the floor, is reported: a faster wrong answer is a failure. An empty workload reports nothing.
func (s *suite) answered(ctx context.Context, e *environment, w string, numbers []int) (good []int, err error) {
	floor, err := e.searchFloor(ctx)
	if err != nil {
		return nil, err
	}
	samples := e.samples()
	for _, n := range numbers {
		why, err := e.differs(ctx, n, floor, samples)
		if err != nil {
			return nil, err
		}
		if why == "" {
			good = append(good, n)
			continue
		}
		if w == "" {
			continue
		}
		r := figureOf(w, shape.All[n].Name, e.name, "requests/s", Spread{}, &Goal{Gate: 3, Target: 2, Less: true}, why)
		r.Patients, r.Verdict, r.Ours.Errors = e.patients, verdictMissed, 1
		s.report.Results = append(s.report.Results, r)
		fmt.Fprintf(s.out, "%s %s: %s\n", r.title(), r.Store, why)
	}
	return good, nil
}

// differs says in what the server's answer to a shape is not the floor's; empty = they agree.
func (e *environment) differs(ctx context.Context, n int, floor *process, samples shape.Samples) (string, error) {
	sh := &shape.All[n]
	r := func() *rand.Rand { return rand.New(rand.NewPCG(uint64(n), 1)) }
	line := string(e.searchRequest(r(), nil, samples, n, false))
	ours, status, err := e.fetch(ctx, e.server.url+strings.Fields(line)[1])
	if err != nil {
		return "", err
	}
	if status != http.StatusOK {
		return fmt.Sprintf("answers %d: %.300s", status, ours), nil
	}
	if sh.SQL == "" || !strings.Contains(sh.Path, "?") {
		return "", nil
	}
	line = string(e.searchRequest(r(), nil, samples, n, true))
	theirs, status, err := e.fetch(ctx, floor.url+strings.Fields(line)[1])
	if err != nil || status != http.StatusOK {
		return "", fmt.Errorf("the floor answers %s with %d: %.300s: %w", sh.Name, status, theirs, err)
	}
	var a, b searchset
	if err := json.Unmarshal(ours, &a); err != nil {
		return "", err
	}
	if err := json.Unmarshal(theirs, &b); err != nil {
		return "", err
	}
	next := slices.ContainsFunc(a.Link, func(l struct {
		Relation string `json:"relation"`
		URL      string `json:"url"`
	}) bool {
		return l.Relation == "next"
	})
	have, want := a.ids(), b.ids()
	switch {
	case sh.Count != "" && (a.Total == nil || b.Total == nil || *a.Total != *b.Total):
		return fmt.Sprintf("has another total than the floor: %s, %s", number(a.Total), number(b.Total)), nil
	case sh.Loose && len(have) > 0, next && len(want) > len(have), !next && slices.Equal(have, want):
		return "", nil
	}
	return fmt.Sprintf("has %d hits where the floor has %d: %s", len(have), len(want), sh.Path), nil
}

func number(n *int) string {
	if n == nil {
		return "none"
	}
	return strconv.Itoa(*n)
}
