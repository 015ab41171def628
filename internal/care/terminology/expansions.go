package terminology

import (
	"context"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
	"chartwright/internal/kept"
)

// maxExpansions bounds the expansions that a process keeps, in bytes: some 100,000 codes.
const maxExpansions = 8 << 20

// Expansions says what the value sets and hierarchies mean that scopes name. A token is asked for its scopes with every request, so
// what they mean is kept: for good if the standard alone says it, else while the site is as it was. Safe for concurrent use.
type Expansions struct {
	store *kept.Store[expansionName, expansion]
}

// expansionName is what a scope asks for.
type expansionName struct {
	site     string
	modifier search.Modifier
	system   string
	code     string
	text     string
}

type expansion struct {
	codes []search.Coding
	state int64 // of the site, before it was asked; -1: it was not
}

// NewExpansions returns expansions of which none is known yet.
func NewExpansions() *Expansions {
	return &Expansions{store: kept.New[expansionName, expansion](maxExpansions)}
}

// Codes is [Codes] for what the site itself has to know, whoever asks: the value sets that scopes name. What the standard defines
// counts first here: whoever may write a ValueSet must not widen, by one under the standard's URL, what a scope was approved for. It
// fits record.Config.SiteCodes. The caller must not change what it gets.
func (x *Expansions) Codes(ctx context.Context, site chart.Site, m search.Modifier, v search.Value) ([]search.Coding, error) {
	name := expansionName{site.Name(), m, v.System, v.Code, v.Text}
	have, known := x.store.Get(name)
	if known && have.state < 0 {
		return have.codes, nil
	}
	// The state first: what is found afterwards is at least as new. A standard set has no need of it, which shows only now.
	made := expansion{state: -1}
	var unknown error
	d := &definitions{standardFirst: true, shelf: func(string) (shelf, error) {
		if made.state < 0 && unknown == nil {
			made.state, unknown = site.State(ctx)
		}
		return whole{site}, unknown
	}}
	if known {
		now, err := site.State(ctx)
		if err != nil {
			return nil, err
		}
		if now == have.state {
			return have.codes, nil
		}
		made.state = now
	}
	var err error
	if made.codes, err = codes(ctx, d, m, v); unknown != nil {
		err = unknown
	}
	if err != nil {
		return nil, err
	}
	bytes := len(name.text) + len(name.system) + len(name.code)
	for _, c := range made.codes {
		bytes += 32 + len(c.System) + len(c.Code)
	}
	x.store.Put(name, made, bytes)
	return made.codes, nil
}

// whole are all definitions of a site.
type whole struct{ site chart.Site }

// Match implements [shelf].
func (w whole) Match(ctx context.Context, q *search.Query) ([]*chart.Version, error) {
	r, err := w.site.Search(ctx, q, access.Narrow{}, chart.Page{Count: q.Count})
	if err != nil {
		return nil, err
	}
	return r.Matches, nil
}
