package drill_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"chartwright/internal/config"
	"chartwright/internal/gormstore/storetest"
)

// onEach runs a drill on SQLite and on PostgreSQL, beside each other and beside other drills.
func onEach(t *testing.T, drill func(t *testing.T, on config.Store)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		drill(t, onSQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		drill(t, onPostgreSQL(t))
	})
}

// onSQLite gives a drill databases of its own, which hold the demonstration.
func onSQLite(t *testing.T) config.Store {
	t.Helper()
	return onSQLiteIn(t, t.TempDir())
}

// onSQLiteIn is [onSQLite] in an empty folder of the drill's choice.
func onSQLiteIn(t *testing.T, data string) config.Store {
	t.Helper()
	master := prepared.sqlite(t)
	copyFolder(t, data, master.on.Data)
	return config.Store{Data: data}
}

// onPostgreSQL is [onSQLite] on PostgreSQL. Without a server the drill is skipped.
func onPostgreSQL(t *testing.T) config.Store {
	t.Helper()
	master := prepared.postgres(t)
	data := t.TempDir()
	copyFolder(t, data, master.on.Data)
	return config.Store{Data: data, Database: config.Secret(storetest.Copy(t, string(master.on.Database)))}
}

// copyFolder copies the files of a folder whose process has ended. They are for their owner alone, as the program wants them.
func copyFolder(t *testing.T, to, from string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		place := filepath.Join(to, strings.TrimPrefix(path, from))
		if d.IsDir() {
			return os.MkdirAll(place, 0o700)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(place, content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// prepared are databases that the program has filled with its demonstration and in which somebody has signed in. Each drill works
// on a copy, which is made in a fraction of the time.
var prepared masters

type masters struct {
	mu           sync.Mutex
	lite, server *master
	undo         []func() error
}

// master is one of them, and the token that its copies know.
type master struct {
	on    config.Store
	token string
}

func (m *masters) sqlite(t *testing.T) *master {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lite == nil {
		m.lite = m.fill(t, "")
	}
	return m.lite
}

func (m *masters) postgres(t *testing.T) *master {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.server == nil {
		storetest.Need(t)
		dsn, drop, err := storetest.Make(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		m.undo = append(m.undo, drop)
		m.server = m.fill(t, dsn)
	}
	return m.server
}

// fill has the program make its demonstration.
func (m *masters) fill(t *testing.T, dsn string) *master {
	t.Helper()
	folder, err := os.MkdirTemp("", "chartwright-drill-") //nolint:usetesting // it outlives the test
	if err != nil {
		t.Fatal(err)
	}
	m.undo = append(m.undo, func() error { return os.RemoveAll(folder) })
	p := &program{t: t, on: config.Store{Data: filepath.Join(folder, "data"), Database: config.Secret(dsn)}}
	p.client = p.caller()
	p.start()
	token, err := p.signIn()
	if err != nil {
		t.Fatalf("%v\n%s", err, p.said.String())
	}
	p.stop()
	return &master{on: p.on, token: token}
}

// token is what the copies of a database know.
func (m *masters) token(on config.Store) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if on.Database == "" {
		return m.lite.token
	}
	return m.server.token
}

// remove leaves nothing of them.
func (m *masters) remove() error {
	var errs []error
	for _, undo := range m.undo {
		errs = append(errs, undo())
	}
	return errors.Join(errs...)
}
