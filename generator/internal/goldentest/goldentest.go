// Package goldentest compares what a generator makes of small cases with what is wanted. Only tests import it.
//
// A case is a txtar archive of testdata: what goes in, in the generator's own form, and either the wanted files (want/…; only
// those that the archive lists are compared) or the wanted error. With -update the cases are rewritten.
package goldentest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the wanted files of the golden cases")

// base is the archive of testdata that is no case but part of every one.
const base = "base.txtar"

// Parse reads an archive.
func Parse(t *testing.T, name string) *txtar.Archive {
	t.Helper()
	c, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Run runs generate for each case of testdata, as a test of the case's name. It returns the files by name.
func Run(t *testing.T, generate func(t *testing.T, c *txtar.Archive) (map[string][]byte, error)) {
	t.Helper()
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) < 2 {
		t.Fatal("no cases", err)
	}
	for _, name := range cases {
		if filepath.Base(name) == base {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			c := Parse(t, name)
			files, err := generate(t, c)
			if !compare(t, c, files, err) && *update {
				if err := os.WriteFile(name, txtar.Format(c), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// compare reports whether a case came out as wanted. What is wanted becomes what was got.
func compare(t *testing.T, c *txtar.Archive, files map[string][]byte, err error) (same bool) {
	t.Helper()
	same = true
	for i := range c.Files {
		f := &c.Files[i]
		var got string
		switch name, wanted := strings.CutPrefix(f.Name, "want/"); {
		case f.Name == "error":
			if err == nil {
				t.Fatal("no error, want one")
			}
			got = err.Error() + "\n"
		case wanted:
			if err != nil {
				t.Fatal(err)
			}
			got = string(files[name])
		default:
			continue
		}
		if got == string(f.Data) {
			continue
		}
		if !*update {
			t.Errorf("%s differs; got:\n%s", f.Name, got)
		}
		f.Data, same = []byte(got), false
	}
	return same
}
