package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// population is an environment over n made-up patients. With -keep its data folder and database outlive the run, and where an
// earlier run left them nothing is loaded. drop does nothing to what is kept.
func (s *suite) population(ctx context.Context, kind store, n int) (e *environment, drop func() error, err error) {
	name := fmt.Sprint("-", n)
	// A throw-away database server takes what it holds along.
	if s.keep == "" || kind.dsn != "" && s.postgres == "" {
		st, drop, err := kind.fresh(ctx)
		if err != nil {
			return nil, drop, err
		}
		e = s.environment(ctx, st, filepath.Join(s.work, st.name+name))
		e.patients = n
		if err = e.make(ctx, s.populate); err == nil {
			err = e.settled(ctx, name)
		}
		return e, drop, err
	}
	drop = func() error { return nil }
	st, data, err := s.kept(ctx, kind, n)
	if err != nil {
		return nil, drop, err
	}
	e = s.environment(ctx, st, data)
	e.patients = n
	return e, drop, e.settled(ctx, name)
}

// settleTime bounds how long a server may take to index the words of what was loaded.
const settleTime = 10 * time.Minute

// settled starts the server over the record and waits until it has indexed the words of what was loaded: a search for one knows
// of every write before it. The server does so behind the writes, and would do it beside the first turns.
func (e *environment) settled(ctx context.Context, name string) error {
	if err := e.begin(ctx, name); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for {
		answer, status, err := e.fetch(ctx, e.server.url+fhirBase+"/Patient?_content=settled&_count=1")
		switch {
		case err == nil && status == http.StatusOK:
			return nil
		case err == nil && status != http.StatusServiceUnavailable: // a server that is behind has waited a while before it says so
			err = fmt.Errorf("a search for a word answers %d: %.300s", status, answer)
		}
		if err != nil {
			e.close()
			return err
		}
	}
}

// kept is where the population of n patients lies. Beside its data folder a file says that loading came to its end, and on
// PostgreSQL in which database; without that file it is loaded anew.
func (s *suite) kept(ctx context.Context, kind store, n int) (st store, data string, err error) {
	data = filepath.Join(s.keep, fmt.Sprint(kind.name, "-", n))
	mark := data + ".loaded"
	text, err := os.ReadFile(mark)
	if err == nil {
		if s.wants("W18") {
			s.report.Skipped = append(s.report.Skipped, fmt.Sprintf("%s holds what earlier runs left, their audit trail too: W18 was not measured on it", data))
		}
		st = kind
		if kind.dsn != "" {
			st, err = kind.database(strings.TrimSpace(string(text)))
		}
		return st, data, err
	}
	if !errors.Is(err, os.ErrNotExist) {
		return st, data, err
	}
	if err = errors.Join(os.RemoveAll(data), os.MkdirAll(data, 0o700)); err != nil {
		return st, data, err
	}
	st, drop, err := kind.fresh(ctx)
	if err != nil {
		return st, data, err
	}
	e := s.environment(ctx, st, data)
	e.patients = n
	if err = e.make(ctx, s.populate); err != nil {
		return st, data, errors.Join(err, drop())
	}
	name := ""
	if st.dsn != "" {
		config, err := pgx.ParseConfig(st.dsn)
		if err != nil {
			return st, data, err
		}
		name = config.Database
	}
	return st, data, os.WriteFile(mark, []byte(name+"\n"), 0o600)
}
