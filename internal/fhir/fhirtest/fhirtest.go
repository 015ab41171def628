// Package fhirtest reads the test data that lies beside the repository. Only tests import it.
package fhirtest

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Folder returns a folder of the test data. The test is skipped where there is none.
func Folder(tb testing.TB, name string) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		tb.Skipf("test data not installed: %v", err)
	}
	return dir
}

// Each calls fn for every file below a folder, with its path relative to the folder. What is packed is unpacked.
func Each(tb testing.TB, name string, fn func(file string, body []byte)) {
	tb.Helper()
	files := os.DirFS(Folder(tb, name))
	err := fs.WalkDir(files, ".", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		if strings.HasSuffix(file, ".gz") {
			zr, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				return err
			}
			if body, err = io.ReadAll(zr); err != nil {
				return err
			}
		}
		fn(file, body)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}
