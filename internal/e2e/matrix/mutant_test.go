package matrix_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"chartwright/internal/access"
	"chartwright/internal/app"
	"chartwright/internal/care/portal"
	"chartwright/internal/care/record"
	"chartwright/internal/care/standard"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/identity"
	"chartwright/internal/web/httpd"
)

// The rules of the decision have their own proof, in package access. These are rules that lie outside of it: each mutant breaks
// one, by what it puts around the rooms of the program, and the matrix must notice.

// mutant is a program with one rule broken.
type mutant struct {
	narrow   func(access.Narrow) access.Narrow // of searches
	narrowOf bool                              // other types are seen whole: includes, chains, _has
	history  bool                              // histories are seen whole
	owner    string                            // whose everything is that is read
	inWrites bool                              // within a write transaction everything is A's
	sites    bool                              // one site has the record of the other
	anySite  bool                              // a token of one site is one of the other
	undead   bool                              // a token that is worth nothing is the administrator's
}

// handler is the program's handler with the rule broken.
func (m mutant) handler(a *app.App) http.Handler {
	std := standard.NewServer(standard.Config{
		Now:     time.Now,
		Address: func(ctx context.Context) string { return a.BaseURL + "/apis/" + record.BookFrom(ctx).Site().Name() },
		Holds:   func(context.Context, string) bool { return true },
		Login:   func(context.Context, string) (bool, error) { return true, nil },
	})
	return httpd.New(httpd.Config{
		BaseURL: a.BaseURL, DefaultSite: home, Sites: &mutantSites{a.Sites, m}, Settings: a.Settings, Policy: a.Policy,
		Authenticator: &mutantAuthenticator{a.Identity, m}, Records: a.Records, FHIR: a.FHIR, Standard: std, Portal: portal.NewServer(std),
		Identity: a.Identity.Handler(), Log: slog.New(slog.DiscardHandler), Now: time.Now, NewID: uuid.NewString,
	})
}

type mutantSites struct {
	chart.Sites
	m mutant
}

// Open opens the site, or another.
func (s *mutantSites) Open(ctx context.Context, name string) (chart.Site, error) {
	if s.m.sites && name == home {
		name = abroad
	}
	site, err := s.Sites.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return &mutantSite{site, s.m}, nil
}

type mutantSite struct {
	chart.Site
	m mutant
}

// Search widens the view.
func (s *mutantSite) Search(ctx context.Context, q *search.Query, n access.Narrow, page chart.Page) (*chart.Result, error) {
	return s.m.search(ctx, s.Site.Search, q, n, page)
}

func (m mutant) search(ctx context.Context, find func(context.Context, *search.Query, access.Narrow, chart.Page) (*chart.Result, error), q *search.Query, n access.Narrow, page chart.Page) (*chart.Result, error) {
	if m.narrow != nil {
		n = m.narrow(n)
		if of := page.NarrowOf; of != nil {
			page.NarrowOf = func(typ string) (access.Narrow, bool) {
				n, ok := of(typ)
				return m.narrow(n), ok
			}
		}
	}
	if m.narrowOf {
		page.NarrowOf = func(string) (access.Narrow, bool) { return access.Narrow{}, true }
	}
	return find(ctx, q, n, page)
}

// History widens the view.
func (s *mutantSite) History(ctx context.Context, q chart.HistoryQuery, yield func(*chart.Version) bool) error {
	if s.m.history {
		q.Narrow = access.Narrow{}
	}
	return s.Site.History(ctx, q, yield)
}

// Read gives what it finds to somebody.
func (s *mutantSite) Read(ctx context.Context, key chart.Key) (*chart.Version, error) {
	return given(s.m.owner)(s.Site.Read(ctx, key))
}

// ReadVersion gives what it finds to somebody.
func (s *mutantSite) ReadVersion(ctx context.Context, key chart.Key, vid int64) (*chart.Version, error) {
	return given(s.m.owner)(s.Site.ReadVersion(ctx, key, vid))
}

func given(owner string) func(*chart.Version, error) (*chart.Version, error) {
	return func(v *chart.Version, err error) (*chart.Version, error) {
		if err != nil || owner == "" {
			return v, err
		}
		c := *v
		c.Owner = owner
		return &c, nil
	}
}

// Write runs in a transaction that breaks the rule.
func (s *mutantSite) Write(ctx context.Context, touch []chart.Key, fn func(chart.Tx) error) error {
	return s.Site.Write(ctx, touch, func(tx chart.Tx) error { return fn(&mutantTx{tx, s.m}) })
}

type mutantTx struct {
	chart.Tx
	m mutant
}

// Read gives what it finds to A.
func (t *mutantTx) Read(ctx context.Context, key chart.Key) (*chart.Version, error) {
	owner := ""
	if t.m.inWrites {
		owner = patientA
	}
	return given(owner)(t.Tx.Read(ctx, key))
}

// Search widens the view.
func (t *mutantTx) Search(ctx context.Context, q *search.Query, n access.Narrow, page chart.Page) (*chart.Result, error) {
	return t.m.search(ctx, t.Tx.Search, q, n, page)
}

type mutantAuthenticator struct {
	*identity.Server
	m mutant
}

// Authenticate takes more tokens than it should.
func (s *mutantAuthenticator) Authenticate(ctx context.Context, site, bearer string) (*access.Subject, error) {
	subject, err := s.Server.Authenticate(ctx, site, bearer)
	if !fault.Is(err, fault.Unauthenticated) {
		return subject, err
	}
	switch {
	case s.m.anySite:
		return s.Server.Authenticate(ctx, elsewhere[site], bearer)
	case s.m.undead && !strings.HasPrefix(bearer, "xx"):
		return &access.Subject{Site: site, Actor: access.User, FHIRUser: "Practitioner/admin", Groups: []string{"admin"}, Scopes: access.ParseScopes("cdr_all_user_authorities api:fhir")}, nil
	}
	return nil, err
}

// TestMatrixNoticesMutants breaks the rules one at a time.
func TestMatrixNoticesMutants(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("each mutant is a program with a record of its own")
	}
	const unbroken = "nothing is broken"
	for name, m := range map[string]mutant{
		unbroken:                                  {},
		"searches do not keep to one patient":     {narrow: func(n access.Narrow) access.Narrow { n.Patient = ""; return n }},
		"searches do not keep to granular scopes": {narrow: func(n access.Narrow) access.Narrow { n.Filters = nil; return n }},
		"other types are seen whole":              {narrowOf: true},
		"histories are seen whole":                {history: true},
		"a read does not judge the owner":         {owner: patientA},
		"a write does not judge the owner":        {inWrites: true},
		"a site shows the record of another":      {sites: true},
		"a token is good at another site":         {anySite: true},
		"a dead token lives":                      {undead: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", m.handler)
			tally := newTally(1)
			w.matrix(&plan{slim: true}, tally)
			if noticed := tally.mismatches > 0; name == unbroken && noticed {
				t.Error("the program as it is was found to break a rule:", tally.wrong[0].String())
			} else if name != unbroken && !noticed {
				t.Errorf("%d requests, and nobody noticed", tally.sent)
			}
		})
	}
}
