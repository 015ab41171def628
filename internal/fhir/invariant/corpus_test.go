package invariant_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir/invariant"
)

// TestCorpus holds every example against the rules: whoever publishes examples of the standard keeps them, and each can be evaluated.
func TestCorpus(t *testing.T) {
	t.Parallel()
	root := "../../../../shared/data"
	if _, err := os.Stat(root); err != nil {
		t.Skipf("test data not installed: %v", err)
	}
	checked := 0
	for _, folder := range []string{"examples", "us-core-examples", "synthea"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(p string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			r, unread := r4.Unmarshal(content(t, p))
			if unread != nil {
				return nil //nolint:nilerr // the tests of package validate tell what can't be read at all
			}
			checked++
			issues, err := invariant.Check(t.Context(), r)
			if err != nil {
				return err
			}
			for _, i := range issues {
				if i.Code != "invariant" || i.Severity != "warning" {
					t.Errorf("%s: %s %s %s: %s", p, i.Severity, i.Code, i.Expression, i.Detail)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if checked < 1600 {
		t.Errorf("%d files checked", checked)
	}
}

func content(t *testing.T, file string) []byte {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(file, ".gz") {
		return body
	}
	zr, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body, err = io.ReadAll(zr); err != nil {
		t.Fatal(err)
	}
	return body
}
