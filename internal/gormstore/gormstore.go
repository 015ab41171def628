// Package gormstore keeps the sites of a server in SQLite files or PostgreSQL schemas.
//
// A site is one SQLite file, `<data>/sites/<name>/chart.db`, or one PostgreSQL schema, `site_<name>`: everything of the site
// is in there and nothing of another one, so no query can cross sites and a site is backed up, moved or dropped alone.
//
// [Open] gives a [Server], which is the [chart.Sites] of the program; [Server.DB] gives the same database as gorm handles to
// the packages beside chartstore that keep their tables in it. gorm serves models and everything off the hot path; the chart
// itself (chartstore, searchsql) runs prepared statements on the same pools, since gorm was measured to cost a fifth to a
// half of the reads and most of the batched writes.
//
// Several processes may use the same sites at once: replicas on one PostgreSQL, or the command line beside a running server
// on one SQLite file. Nothing here relies on being alone; [SiteDB.Epoch] tells a process that another one has changed
// something that it may have cached.
package gormstore

import (
	"context"
	"log/slog"
	"os"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/chartstore"
	"chartwright/internal/gormstore/searchsql"
)

// Config says where the sites are and how their records are read.
type Config struct {
	// DataDir is the folder of the SQLite files. Not used with DSN.
	DataDir string
	// DSN is a PostgreSQL connection string, URL or keywords; empty selects SQLite.
	DSN string
	// Extract computes the index rows of a stored body: gen/r4search through the codec. Updates find the rows to remove with
	// it, so it must give what the writer gave in chart.Write.Rows.
	Extract func(typ string, body []byte, rows *index.Rows) error
	// Own adds the index rows of the parameters that a site has of its own in one generation of them; nil = sites have none. It
	// is called inside write transactions: it may read the site's database, and not write to it.
	Own func(ctx context.Context, site string, generation int64, typ string, body []byte, rows *index.Rows) error
	// Search gives what searches of a site need beside the query.
	Search func(site string) searchsql.Env
	// Now is the clock; nil = time.Now.
	Now func() time.Time
	// Hot bounds what is kept of the rows that reads by key have found in SQLite files, in bytes as they are stored; 0 = nothing is.
	Hot int
	// Replica names this process in the audit trail; empty = the host's name.
	Replica string
	// Sent is told every statement; nil = nobody counts.
	Sent Sent
	// Log receives what happens in the background; nil = slog.Default().
	Log *slog.Logger
}

// Server opens and adds sites. Safe for concurrent use.
type Server struct {
	config  Config
	backend backend

	hot *chartstore.Hot

	mu     sync.Mutex
	open   map[string]*opened
	closed bool
}

var _ chart.Sites = (*Server)(nil)

// backend is a kind of database: what differs between SQLite and PostgreSQL when sites are made and opened.
type backend interface {
	list(ctx context.Context) ([]string, error)
	// add makes an empty, migrated site. Errors: Conflict.
	add(ctx context.Context, name string) error
	// connect opens an existing site and migrates it. Errors: NotFound.
	connect(ctx context.Context, name string) (*SiteDB, error)
	// drop removes a site with everything in it.
	drop(ctx context.Context, name string) error
	close() error
}

// opened is one site in use. It is filled under its own lock, so that a slow migration of one site holds up no other.
type opened struct {
	mu   sync.Mutex
	db   *SiteDB
	site *chartstore.Site
}

// Open connects to the database and checks that it answers. The sites are opened one by one when they are asked for.
//
// Errors: Unavailable when the database is out of reach, Invalid when the configuration names none.
func Open(ctx context.Context, config Config) (*Server, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.Replica == "" {
		config.Replica, _ = os.Hostname()
	}
	if config.Search == nil {
		config.Search = func(string) searchsql.Env { return searchsql.Env{} }
	}
	s := &Server{config: config, open: map[string]*opened{}}
	if config.Hot > 0 {
		s.hot = chartstore.NewHot(config.Hot)
	}
	var err error
	switch {
	case config.DSN != "":
		s.backend, err = openPostgres(ctx, config.DSN, config.Sent, config.Log)
	case config.DataDir != "":
		s.backend, err = openSQLite(config.DataDir, config.Sent, config.Log)
	default:
		err = fault.New(fault.Invalid, "gormstore.open", "neither a data directory nor a database is configured")
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// siteName is the form of a site's name: it is a path segment of every URL, a folder and part of a schema's name.
var siteName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$`)

func checkName(op, name string) error {
	if !siteName.MatchString(name) {
		return fault.New(fault.Invalid, op, "a site is named by 1 to 64 letters, digits, dots and hyphens, the first a letter or digit")
	}
	return nil
}

// Add makes a new empty site and opens it.
func (s *Server) Add(ctx context.Context, name string) (chart.Site, error) {
	if err := checkName("site.add", name); err != nil {
		return nil, err
	}
	if err := s.backend.add(ctx, name); err != nil {
		return nil, err
	}
	return s.Open(ctx, name)
}

// List returns the names of all sites, sorted.
func (s *Server) List(ctx context.Context) ([]string, error) {
	names, err := s.backend.list(ctx)
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	return names, nil
}

// Open returns the handle of an existing site.
func (s *Server) Open(ctx context.Context, name string) (chart.Site, error) {
	o, err := s.at(ctx, name)
	if err != nil {
		return nil, err
	}
	return o.site, nil
}

// DB returns the site's database for the packages that keep their own tables in it. Errors: NotFound.
func (s *Server) DB(ctx context.Context, site string) (*SiteDB, error) {
	o, err := s.at(ctx, site)
	if err != nil {
		return nil, err
	}
	return o.db, nil
}

// Check compares the record of a site with itself; see [chartstore.Site.Check]. Errors: NotFound.
func (s *Server) Check(ctx context.Context, site string) (resources int64, faults []string, err error) {
	o, err := s.at(ctx, site)
	if err != nil {
		return 0, nil, err
	}
	return o.site.Check(ctx)
}

// Index returns the site's record as re-index jobs work on it. Errors: NotFound.
func (s *Server) Index(ctx context.Context, site string) (*chartstore.Site, error) {
	o, err := s.at(ctx, site)
	if err != nil {
		return nil, err
	}
	return o.site, nil
}

// at returns the opened site, opening and migrating it first if this is the first use.
func (s *Server) at(ctx context.Context, name string) (*opened, error) {
	if checkName("site.open", name) != nil {
		return nil, fault.New(fault.NotFound, "site.open", "there is no such site")
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, fault.New(fault.Unavailable, "site.open", "the server is shutting down")
	}
	o, ok := s.open[name]
	if !ok {
		o = &opened{}
		s.open[name] = o
	}
	s.mu.Unlock()

	o.mu.Lock()
	defer o.mu.Unlock()
	if o.site != nil {
		return o, nil
	}
	db, err := s.backend.connect(ctx, name)
	if err != nil {
		s.forget(name, o)
		return nil, err
	}
	if err := db.beginIndex(ctx); err != nil {
		_ = db.close()
		s.forget(name, o)
		return nil, err
	}
	var own func(context.Context, int64, string, []byte, *index.Rows) error
	if s.config.Own != nil {
		own = func(ctx context.Context, generation int64, typ string, body []byte, rows *index.Rows) error {
			return s.config.Own(ctx, name, generation, typ, body, rows)
		}
	}
	env := s.config.Search(name)
	env.Extract = s.config.Extract
	o.site, err = chartstore.New(ctx, chartstore.Config{
		Name: name, Dialect: db.dialect, Reader: db.reader, Points: db.Points, Writer: db.writer, Hot: s.hot, Mark: db.mark, Committed: db.committed,
		Extract: s.config.Extract, Own: own, Search: env, Now: s.config.Now, Replica: s.config.Replica, Log: s.config.Log,
	})
	if err != nil {
		_ = db.close()
		s.forget(name, o)
		return nil, err
	}
	if db.dialect == searchsql.SQLite {
		db.join = o.site.Join
	}
	o.db = db
	return o, nil
}

// forget drops the entry of a site that could not be opened, so that names which somebody tried don't pile up.
func (s *Server) forget(name string, o *opened) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[name] == o {
		delete(s.open, name)
	}
}

// Close ends all sites: what is queued is written, then the connections are closed.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	sites := s.open
	s.open = nil
	s.mu.Unlock()

	var problems []string
	for name, o := range sites {
		o.mu.Lock()
		if o.site != nil {
			if err := o.site.Close(); err != nil {
				problems = append(problems, name+": "+err.Error())
			}
			if err := o.db.close(); err != nil {
				problems = append(problems, name+": "+err.Error())
			}
		}
		o.mu.Unlock()
	}
	if err := s.backend.close(); err != nil {
		problems = append(problems, err.Error())
	}
	if len(problems) > 0 {
		return fault.New(fault.Unavailable, "gormstore.close", "%s", strings.Join(problems, "; "))
	}
	return nil
}
