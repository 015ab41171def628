package matrix_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"chartwright/internal/access"
	"chartwright/internal/app"
	"chartwright/internal/care/interaction"
	"chartwright/internal/care/portal"
	"chartwright/internal/care/record"
	"chartwright/internal/care/standard"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/identity"
	"chartwright/internal/setting"
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

	remembers func(then, now *memory) bool // a token that was good is good while this holds
	settings  bool                         // settings are read once
	policy    bool                         // roles and switches are read once
	links     func(*access.Subject)        // leaves out whom page links are for
	oneSite   bool                         // page links are not bound to a site
	frozen    bool                         // page links do not grow old
}

// memory is what a broken cache of tokens looks at.
type memory struct {
	subject *access.Subject
	epoch   uint64
	at      time.Time
}

// program is the program's handler with something changed.
func program(a *app.App, change func(*httpd.Config)) http.Handler {
	std := standard.NewServer(standard.Config{
		Now:     time.Now,
		Address: func(ctx context.Context) string { return a.BaseURL + "/apis/" + record.BookFrom(ctx).Site().Name() },
		Holds:   func(context.Context, string) bool { return true },
		Login:   func(context.Context, string) (bool, error) { return true, nil },
	})
	c := httpd.Config{
		BaseURL: a.BaseURL, DefaultSite: home, Sites: a.Sites, Settings: a.Settings, Policy: a.Policy, Authenticator: a.Identity, Records: a.Records,
		FHIR: a.FHIR, Standard: std, Portal: portal.NewServer(std), Identity: a.Identity.Handler(), Times: unhurried, Log: slog.New(slog.DiscardHandler), Now: time.Now, NewID: uuid.NewString,
	}
	change(&c)
	return httpd.New(c)
}

// handler is the program's handler with the rule broken.
func (m mutant) handler(a *app.App) http.Handler {
	handler := program(a, func(c *httpd.Config) {
		c.Sites, c.Authenticator = &mutantSites{a.Sites, m}, &mutantAuthenticator{Server: a.Identity, m: m, app: a}
		if m.frozen {
			begin := time.Now()
			c.FHIR, _ = interaction.New(interaction.Config{
				Records: a.Records, Parameters: a.Parameters, PageKey: make([]byte, 32), Now: func() time.Time { return begin },
			})
		}
		if m.settings {
			c.Settings = &rememberedSettings{Source: c.Settings}
		}
		if m.policy {
			c.Policy = remembered(c.Policy)
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/apis/"), "/")
		handler.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), siteKey{}, site)))
	})
}

// siteKey is where the site of a request is kept, for mutants that call it by another name.
type siteKey struct{}

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

// Name is the site's, or the same for all.
func (s *mutantSite) Name() string {
	if s.m.oneSite {
		return home
	}
	return s.Site.Name()
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

// CountHistory widens the view.
func (s *mutantSite) CountHistory(ctx context.Context, q chart.HistoryQuery) (int64, error) {
	if s.m.history {
		q.Narrow = access.Narrow{}
	}
	return s.Site.CountHistory(ctx, q)
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
	m   mutant
	app *app.App

	known sync.Map // by site and token
}

// Authenticate takes more tokens than it should.
func (s *mutantAuthenticator) Authenticate(ctx context.Context, site, bearer string) (*access.Subject, error) {
	if s.m.remembers != nil {
		return s.remembered(ctx, site, bearer)
	}
	if s.m.oneSite {
		site, _ = ctx.Value(siteKey{}).(string)
	}
	subject, err := s.Server.Authenticate(ctx, site, bearer)
	if err == nil && s.m.links != nil {
		c := *subject
		s.m.links(&c)
		subject = &c
	}
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

// remembered answers from a cache that forgets too little.
func (s *mutantAuthenticator) remembered(ctx context.Context, site, bearer string) (*access.Subject, error) {
	store, err := s.app.Admin.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	now := &memory{epoch: store.Epoch(), at: time.Now()}
	if then, ok := s.known.Load(site + bearer); ok && s.m.remembers(then.(*memory), now) {
		return then.(*memory).subject, nil
	}
	if now.subject, err = s.Server.Authenticate(ctx, site, bearer); err == nil {
		s.known.Store(site+bearer, now)
	}
	return now.subject, err
}

// rememberedSettings are those of the first time that somebody asked.
type rememberedSettings struct {
	setting.Source
	known sync.Map
}

// Settings returns the settings of a site.
func (r *rememberedSettings) Settings(ctx context.Context, site string) (*setting.Values, error) {
	if v, ok := r.known.Load(site); ok {
		return v.(*setting.Values), nil
	}
	v, err := r.Source.Settings(ctx, site)
	if err == nil {
		r.known.Store(site, v)
	}
	return v, err
}

type policyOf = func(ctx context.Context, site string, v *setting.Values) (access.Policy, error)

// remembered is a policy that is read once.
func remembered(policy policyOf) policyOf {
	var known sync.Map
	return func(ctx context.Context, site string, v *setting.Values) (access.Policy, error) {
		if p, ok := known.Load(site); ok {
			return p.(access.Policy), nil
		}
		p, err := policy(ctx, site, v)
		if err == nil {
			known.Store(site, p)
		}
		return p, err
	}
}

// TestEndingsNoticeMutants lets the program remember for too long, one thing at a time.
func TestEndingsNoticeMutants(t *testing.T) {
	t.Parallel()
	noticed(t, (*world).endings, map[string]mutant{
		"a token is remembered for good":            {remembers: func(*memory, *memory) bool { return true }},
		"a token is remembered beyond what ends it": {remembers: func(then, now *memory) bool { return now.at.Sub(then.at) < time.Hour }},
		"a token is remembered beyond its expiry":   {remembers: func(then, now *memory) bool { return then.epoch == now.epoch }},
		"the settings of a site are read once":      {settings: true},
		"what a site allows is read once":           {policy: true},
	})
}

// TestPageLinksNoticeMutants takes what page links are bound to away, one thing at a time.
func TestPageLinksNoticeMutants(t *testing.T) {
	t.Parallel()
	noticed(t, (*world).pageLinks, map[string]mutant{
		"page links are for every user":    {links: func(s *access.Subject) { s.UserID = "" }},
		"page links are for every app":     {links: func(s *access.Subject) { s.ClientID = "" }},
		"page links are for every scope":   {links: func(s *access.Subject) { s.Scopes.Raw = nil }},
		"page links are for every patient": {links: func(s *access.Subject) { s.Patient = "" }},
		"page links are for every site":    {oneSite: true},
		"page links do not grow old":       {frozen: true},
	})
}

// noticed runs a test over each mutant, and over the program as it is.
func noticed(t *testing.T, test func(*world) []string, mutants map[string]mutant) {
	t.Helper()
	if testing.Short() {
		t.Skip("each mutant is a program with a record of its own")
	}
	const unbroken = "nothing is broken"
	mutants[unbroken] = mutant{}
	for name, m := range mutants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong := test(newWorldOf(t, setup{handler: m.handler, clock: &clock{}}))
			if name == unbroken && len(wrong) > 0 {
				t.Error("the program as it is was found to break a rule:", wrong[0])
			} else if name != unbroken && len(wrong) == 0 {
				t.Error("nobody noticed")
			}
		})
	}
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
