package parameter

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Job is a re-index job: parts that are done one after another, each in steps. Ended jobs stay as a record.
type Job struct {
	ID      int64     `json:"-"`
	State   JobState  `json:"-"`
	Owner   string    `json:"-"` // the process at work
	Due     time.Time `json:"-"` // not before; of a running job the end of its lease
	Created time.Time `json:"-"`
	Ended   time.Time `json:"-"`

	Reason string  `json:"reason"`           // what asked for it: SearchParameter, $reindex, command line
	Builds []int32 `json:"builds,omitempty"` // definitions that become active at the end
	Sweeps []int32 `json:"sweeps,omitempty"` // retired definitions that are forgotten at the end
	Parts  []Part  `json:"parts"`
	// Form is what the whole index of the site has at the end (index.Form); 0 if the job concerns only some of it, or if programs
	// that write another form have worked on it.
	Form  int    `json:"form,omitempty"`
	Error string `json:"error,omitempty"`
}

// JobState is how far a job is.
type JobState string

// The states of a job.
const (
	Waiting JobState = "waiting"
	Running JobState = "running"
	Done    JobState = "done"
	Failed  JobState = "failed"
)

// Part is one part of a job.
type Part struct {
	Kind    Kind    `json:"kind"`
	Type    string  `json:"type,omitempty"`
	Numbers []int32 `json:"numbers,omitempty"`
	Until   int64   `json:"until,omitempty"` // the last resource number that it concerns
	Cursor  Cursor  `json:"cursor"`
	Done    int64   `json:"done"`
	Failed  int64   `json:"failed,omitempty"` // resources whose body could not be read
	Total   int64   `json:"total"`
	Began   bool    `json:"began,omitempty"`
	Ended   bool    `json:"ended,omitempty"`
}

// Kind says what a part does.
type Kind string

// The kinds of parts.
const (
	Build Kind = "build" // makes the rows of new parameters
	// BuildContained makes the rows of new parameters on what other resources contain, whatever the types of these
	BuildContained Kind = "build-contained"
	Rebuild        Kind = "rebuild" // makes all rows of a type anew
	Verify         Kind = "verify"  // drops tokens and URIs that their resources don't have
	// Contained drops tokens and URIs of contained resources that their containers don't have
	Contained Kind = "contained"
	Dead      Kind = "dead"    // drops the rows of deleted resources
	Sweep     Kind = "sweep"   // drops the rows of retired parameters
	Unknown   Kind = "unknown" // drops rows that belong to no parameter
	Words     Kind = "words"   // has the words and the pieces of texts made anew, those of all types
)

// Cursor is where the next step of a part begins.
type Cursor struct {
	RID    int64  `json:"rid,omitempty"`
	Table  int    `json:"table,omitempty"`
	Number int32  `json:"number,omitempty"`
	Value  string `json:"value,omitempty"`
	System int64  `json:"system,omitempty"`
}

// Current returns the part that is at work, nil if all have ended.
func (j *Job) Current() *Part {
	for i := range j.Parts {
		if !j.Parts[i].Ended {
			return &j.Parts[i]
		}
	}
	return nil
}

// add gives the job the building of one more definition.
func (j *Job) add(r *Registered, until int64) {
	j.Builds = append(j.Builds, r.Number())
	for _, kind := range [...]Kind{Build, BuildContained} {
		i := slices.IndexFunc(j.Parts, func(p Part) bool { return p.Type == r.Base && p.Kind == kind })
		if i < 0 {
			j.Parts = append(j.Parts, Part{Kind: kind, Type: r.Base, Until: until})
			i = len(j.Parts) - 1
		}
		j.Parts[i].Numbers = append(j.Parts[i].Numbers, r.numbers()...)
	}
}

// Counts sums up what has been done of how much, over the parts that go through resources.
func (j *Job) Counts() (done, total int64) {
	for i := range j.Parts {
		if p := &j.Parts[i]; p.Counted() {
			done, total = done+p.Done, total+p.Total
		}
	}
	return done, total
}

// Counted reports whether the part goes through the resources of a type, so that its total is known.
func (p *Part) Counted() bool { return p.Kind == Build || p.Kind == Rebuild }

// failed reports whether a resource could not be read, so that its rows are as they were.
func (j *Job) failed() bool {
	return slices.ContainsFunc(j.Parts, func(p Part) bool { return p.Failed > 0 })
}

// Progress is one line about the job: done/total for each type that has begun and not ended, and over all.
func (j *Job) Progress() string {
	done, total := j.Counts()
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d/%d resources", j.State, done, total)
	if p := j.Current(); p != nil && p.Began {
		switch {
		case p.Counted():
			fmt.Fprintf(&b, ", %s %d/%d", p.Type, p.Done, p.Total)
		case p.Type != "":
			fmt.Fprintf(&b, ", %s %s: %d rows", p.Kind, p.Type, p.Done)
		default:
			fmt.Fprintf(&b, ", %s: %d rows", p.Kind, p.Done)
		}
	}
	return b.String()
}
