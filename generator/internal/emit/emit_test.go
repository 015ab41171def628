package emit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/model"

	"github.com/google/go-cmp/cmp"
)

type fixed struct {
	name  string
	files []emit.File
}

func (f fixed) Name() string                           { return f.name }
func (f fixed) Emit(*model.Model) ([]emit.File, error) { return f.files, nil }

func file(path, body string) emit.File {
	return emit.File{Path: path, Data: []byte(emit.Header("test", "spec") + body)}
}

func TestAllRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		emitters   []emit.Emitter
	}{
		{"two files with one path", "emit b: x/a.go comes from a too", []emit.Emitter{fixed{"a", []emit.File{file("x/a.go", "")}}, fixed{"b", []emit.File{file("x/a.go", "")}}}},
		{"a path outside", `emit a: bad path "../a.go"`, []emit.Emitter{fixed{"a", []emit.File{file("../a.go", "")}}}},
		{"an absolute path", `emit a: bad path "/a.go"`, []emit.Emitter{fixed{"a", []emit.File{file("/a.go", "")}}}},
		{"a file too large", "over the limit", []emit.Emitter{fixed{"a", []emit.File{file("a.go", strings.Repeat("x", emit.MaxFile))}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := emit.All(nil, tt.emitters); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestSync(t *testing.T) {
	t.Parallel()
	set, err := emit.All(nil, []emit.Emitter{fixed{"a", []emit.File{
		file("x/same.go", "package x\n"), file("x/changed.go", "package x\n"), file("y/new.go", "package y\n"),
		{Path: "z/doc.json", Data: []byte("{}")},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, body := range map[string]string{
		"x/same.go":    emit.Header("test", "spec") + "package x\n",
		"x/changed.go": emit.Header("test", "spec") + "package x // by hand\n",
		"x/stale.go":   emit.Header("other", "spec") + "package x\n",
		"x/foreign.go": "package x\n",
		"z/stale.json": "{}",
		"w/foreign.md": "notes",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.Stat(filepath.Join(dir, "x/same.go"))
	if err != nil {
		t.Fatal(err)
	}
	want := &emit.Report{
		Changed: []string{"x/changed.go", "y/new.go", "z/doc.json"},
		Stale:   []string{"x/stale.go", "z/stale.json"},
		Foreign: []string{"w/foreign.md", "x/foreign.go"},
	}
	for _, mode := range []emit.Mode{emit.Check, emit.Write} {
		got, err := set.Sync(dir, mode)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("mode %v: %s", mode, diff)
		}
	}
	got, err := set.Sync(dir, emit.Check)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&emit.Report{Foreign: want.Foreign}, got); diff != "" || got.Clean() {
		t.Errorf("after writing: %s", diff)
	}
	after, err := os.Stat(filepath.Join(dir, "x/same.go"))
	if err != nil || !os.SameFile(before, after) {
		t.Error("a file that did not change was written anew")
	}
}

func TestSyncIntoNothing(t *testing.T) {
	t.Parallel()
	set, err := emit.All(nil, []emit.Emitter{fixed{"a", []emit.File{file("a.go", "package a\n")}}})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "gen")
	if rep, err := set.Sync(dir, emit.Check); err != nil || len(rep.Changed) != 1 {
		t.Errorf("check: %v %v", rep, err)
	}
	if _, err := set.Sync(dir, emit.Write); err != nil {
		t.Error(err)
	}
	if rep, err := set.Sync(dir, emit.Check); err != nil || !rep.Clean() {
		t.Errorf("check after write: %v %v", rep, err)
	}
}

func TestGoKeepsBrokenSource(t *testing.T) {
	t.Parallel()
	_, err := emit.Go("x/a.go", []byte("package x\nfunc {"))
	if err == nil || !strings.Contains(err.Error(), "source kept in ") {
		t.Fatalf("got %v", err)
	}
	kept := strings.TrimSuffix(err.Error()[strings.LastIndex(err.Error(), "kept in ")+len("kept in "):], ")")
	defer os.Remove(kept)
	if body, err := os.ReadFile(kept); err != nil || !bytes.Contains(body, []byte("func {")) {
		t.Errorf("%s: %v", body, err)
	}
}

func TestComment(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	emit.Comment(&b, "\t", "Name is "+strings.Repeat("word ", 30)+"\n\nend.")
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, "\t// ") || len(line) > 122 {
			t.Errorf("%q", line)
		}
	}
}
