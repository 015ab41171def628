package parameter

import (
	"context"
	"time"
)

// Store keeps the registry and the jobs of one site. Safe for concurrent use.
type Store interface {
	// Epoch changes whenever something that may be cached has changed, through whichever process. It runs no query.
	Epoch() uint64
	// Registry returns the definitions, and their generation, as of one instant.
	Registry(ctx context.Context) (generation int64, list []Registered, err error)
	// Change lets decide say what must change, while nobody writes to the site, and does it; then it moves the epoch. It
	// returns the numbers of the new jobs.
	Change(ctx context.Context, decide func(Before) Change) (jobs []int64, err error)
	// Types returns the types of all resources that there are or were.
	Types(ctx context.Context) ([]string, error)

	// Jobs returns the newest jobs first, at most limit of them, those that have not ended before all others.
	Jobs(ctx context.Context, limit int) ([]Job, error)
	// Job returns one job. Errors: NotFound.
	Job(ctx context.Context, id int64) (*Job, error)
	// Claim leases the oldest job that is due to owner until the given time; nil if there is none, or if another is at work.
	Claim(ctx context.Context, owner string, now, until time.Time) (*Job, error)
	// Step does one step of the job's current part and notes the progress in j, in one transaction, with the lease until the
	// given time.
	//
	// Errors: Conflict if the lease was lost.
	Step(ctx context.Context, j *Job, about About, until time.Time) error
	// Total counts what a part will go through.
	Total(ctx context.Context, p *Part) (int64, error)
	// Release gives a job back, to be claimed by anybody from the given time on.
	Release(ctx context.Context, j *Job, at time.Time) error
	// Finish ends a job: definitions that it has built become active, those that it has swept are forgotten, and the site has the
	// job's form. Then it moves the epoch. Errors: Conflict if the lease was lost.
	Finish(ctx context.Context, j *Job) error
}

// Before is what a change begins from.
type Before struct {
	Generation int64
	Registry   []Registered
	// SearchParameters are the bodies of those resources that may be active, oldest first.
	SearchParameters [][]byte
	LastNumber       int64 // of all resources
}

// About is what a step needs to know of the site's parameters: the row numbers that it is about, and the generation that they
// were read in; of a step for which that matters, one in which they have changed does nothing.
type About struct {
	Numbers    []int32
	Generation int64
}

// Change is what becomes of the registry. The generation is raised by one if any definition comes or goes.
type Change struct {
	Added   []Registered
	Kept    []Registered // of which only the source or URL has changed
	Retired []int32
	Jobs    []Job
}

// Empty reports whether nothing changes.
func (c *Change) Empty() bool { return len(c.Added)+len(c.Kept)+len(c.Retired)+len(c.Jobs) == 0 }
