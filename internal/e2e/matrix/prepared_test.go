package matrix_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// prepared is what the worlds over an empty data folder begin with: the record is the same in all of them, so it is made once, and
// each of them has a copy.
var prepared master

func TestMain(m *testing.M) {
	code := m.Run()
	if prepared.folder != "" {
		_ = os.RemoveAll(prepared.folder)
	}
	os.Exit(code)
}

// master is a data folder with the sites and their records, on which no program is open, and a token of the loader at each site.
type master struct {
	once   sync.Once
	folder string
	keys   map[string]string
}

// copyTo puts a copy into an empty data folder and returns the loader's tokens.
func (m *master) copyTo(t testing.TB, data string) map[string]string {
	t.Helper()
	m.once.Do(func() {
		m.folder = lasting(t)
		w := openWorld(t, setup{}, m.folder)
		w.fillSites()
		for _, site := range sites {
			w.catchUp(site) // so that not each copy has to
		}
		w.close()
		m.keys = w.keys
	})
	if m.keys == nil {
		t.Fatal("the record was not made")
	}
	if said, err := exec.CommandContext(t.Context(), "cp", "-a", m.folder+"/.", data).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return maps.Clone(m.keys)
}

// catchUp returns when all words of a site are indexed.
func (w *world) catchUp(site string) {
	w.t.Helper()
	s, err := w.app.Sites.Open(w.t.Context(), site)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := s.(interface {
		CatchUp(ctx context.Context) error
	}).CatchUp(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}
