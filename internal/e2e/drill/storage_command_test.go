package drill_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"chartwright/internal/await"
	"chartwright/internal/config"
)

// TestDrillFailingFiles is F-34: what the commands need of the system for the files that they write fails, one call after the other, and the
// disk that they write to is full. A command that fails says so, and leaves no file that looks whole and is not; what it was to write is
// written when it is asked again.
func TestDrillFailingFiles(t *testing.T) {
	onEach(t, func(t *testing.T, on config.Store) {
		needStrace(t)
		if on.Database != "" && !all() {
			t.Skip("the quick form writes files from SQLite")
		}
		p := &program{t: t, on: on}
		whole := filepath.Join(t.TempDir(), "whole")
		p.succeeds("export", "--out", whole)
		reference := ndjson(t, whole)
		if len(reference) < 5 {
			t.Fatalf("the export has %d files", len(reference))
		}
		t.Run("export", func(t *testing.T) {
			eachFailure(t, []string{"openat", "mkdirat", "renameat", "fsync"}, func(t *testing.T, fault option) {
				out := filepath.Join(t.TempDir(), "out")
				said, err := p.try(fault, "export", "--out", out)
				exported(t, out, reference, said, err)
			})
			out := filepath.Join(smallDisk(t, "64k"), "out")
			said, err := p.try(nil, "export", "--out", out)
			if err == nil || !strings.Contains(said, "no space left") {
				t.Errorf("on a full disk: %v: %s", err, said)
			}
			exported(t, out, reference, said, err)
		})
		t.Run("backup", func(t *testing.T) {
			eachFailure(t, []string{"openat", "mkdirat", "renameat", "fsync"}, func(t *testing.T, fault option) {
				out := filepath.Join(t.TempDir(), "out")
				said, err := p.try(fault, "backup", "--out", out)
				p.backedUp(t, out, said, err)
			})
			out := filepath.Join(smallDisk(t, "64k"), "out")
			said, err := p.try(nil, "backup", "--out", out)
			if err == nil {
				t.Errorf("on a full disk: %s", said)
			}
			p.backedUp(t, out, said, err)
		})
	})
}

// TestDrillFailingFirstStart is F-34 for what a first start writes: the folders, the key that seals secrets, the databases of a site. It fails
// whole: the site is there or not, and the next start finds nothing that is in its way.
func TestDrillFailingFirstStart(t *testing.T) {
	t.Parallel()
	needStrace(t)
	eachFailure(t, []string{"openat", "mkdirat", "renameat", "linkat", "fsync,fdatasync"}, func(t *testing.T, fault option) {
		p := &program{t: t, on: config.Store{Data: filepath.Join(t.TempDir(), "data")}}
		_, err := p.try(fault, "site", "add", "north")
		if listed := p.succeeds("site", "list"); strings.Contains(listed, "north") {
			p.succeeds("check", "--site", "north")
		} else if err == nil {
			t.Errorf("the site that was added is not listed: %s", listed)
		} else {
			p.succeeds("site", "add", "north")
		}
		p.succeeds("key", "rotate", "--site", "north") // what seals it is whole
	})
}

// eachFailure has each of the calls fail at its first, its second … time, in the quick form at its first, fourth, sixteenth …, until none is
// left to fail.
func eachFailure(t *testing.T, calls []string, attempt func(t *testing.T, fault option)) {
	t.Helper()
	for _, call := range calls {
		for n := 1; ; n += rounds(3*n, 1) {
			noted := filepath.Join(t.TempDir(), "calls")
			if !t.Run(fmt.Sprintf("%s %d", strings.Split(call, ",")[0], n), func(t *testing.T) {
				attempt(t, under("strace", "-f", "-qq", "-o", noted, "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:error=EIO:when=%d", call, n)))
			}) {
				return
			}
			if text, err := os.ReadFile(noted); err != nil || !bytes.Contains(text, []byte("(INJECTED)")) {
				if err != nil || n == 1 {
					t.Errorf("%s: nothing has failed: %v", call, err)
				}
				break
			}
		}
	}
}

// try runs a command of the program to its end.
func (p *program) try(fault option, args ...string) (said string, err error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), await.Patience)
	defer cancel()
	c := p.command(ctx, args...)
	if fault != nil {
		fault(c)
	}
	out, err := c.CombinedOutput()
	if end := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &end) || end.ExitCode() < 0 || len(out) == 0 || bytes.Contains(out, []byte("goroutine "))) {
		p.t.Errorf("%s ends without a word, or in a crash: %v: %s", args[0], err, out)
	}
	return string(out), err
}

func (p *program) succeeds(args ...string) string {
	p.t.Helper()
	said, err := p.try(nil, args...)
	if err != nil {
		p.t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, said)
	}
	return said
}

// ndjson are the files of an export that one finds by their names.
func ndjson(t *testing.T, dir string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range names {
		if strings.HasPrefix(filepath.Base(name), ".") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(text)
	}
	return files
}

// exported looks at what an export has left, which may have failed.
func exported(t *testing.T, dir string, reference map[string]string, said string, failed error) {
	t.Helper()
	files := ndjson(t, dir)
	for name, text := range files {
		if text != reference[name] {
			t.Errorf("%s has %d bytes and should have %d: %s", name, len(text), len(reference[name]), said)
		}
	}
	if failed == nil && len(files) != len(reference) {
		t.Errorf("there are %d files of %d, and nothing is said of it: %s", len(files), len(reference), said)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*.part")); len(left) > 0 {
		t.Errorf("it leaves %d files behind: %s", len(left), said)
	}
}

// backedUp looks at what a backup has left, which may have failed: one that can be restored whole, or none.
func (p *program) backedUp(t *testing.T, dir, said string, failed error) {
	t.Helper()
	other := &program{t: t, on: config.Store{Data: filepath.Join(t.TempDir(), "data")}}
	if failed == nil {
		key, err := os.ReadFile(filepath.Join(p.on.Data, "master.key"))
		if err == nil {
			err = errors.Join(os.Mkdir(other.on.Data, 0o700), os.WriteFile(filepath.Join(other.on.Data, "master.key"), key, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
		other.succeeds("restore", "--verify", dir)
		return
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return
	}
	if restored, err := other.try(nil, "restore", dir); err == nil {
		t.Errorf("half a backup is taken for a whole one: %s: %s", said, restored)
	}
}
