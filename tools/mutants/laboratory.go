package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// laboratory is a test with all mutants built in.
type laboratory struct {
	options *options
	program string // the test
	folder  string // where it runs: that of its package
	mutants []*mutant
}

// newLaboratory compiles the test with every mutant of the package.
func newLaboratory(ctx context.Context, o *options, folder string) (*laboratory, error) {
	source, err := packageAt(ctx, o.pkg)
	if err != nil {
		return nil, err
	}
	home, err := packageAt(ctx, o.test)
	if err != nil {
		return nil, err
	}
	l := &laboratory{options: o, program: filepath.Join(folder, "test"), folder: home.Dir}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	put := func(name string, text []byte) error {
		path := filepath.Join(folder, name)
		overlay.Replace[filepath.Join(source.Dir, name)] = path
		return os.WriteFile(path, text, 0o600)
	}
	number := 0
	for _, name := range source.GoFiles {
		text, err := os.ReadFile(filepath.Join(source.Dir, name))
		if err != nil {
			return nil, err
		}
		file, err := instrument(name, text, number)
		if err != nil {
			return nil, err
		}
		number += len(file.mutants)
		l.mutants = append(l.mutants, file.mutants...)
		if err := put(name, file.source); err != nil {
			return nil, err
		}
	}
	if err := put("mutant_forced.go", fmt.Appendf(nil, forced, source.Name, variable)); err != nil {
		return nil, err
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return nil, err
	}
	list := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(list, text, 0o600); err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", list, "-o", l.program, o.test).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	distinguish(l.mutants)
	if o.only != "" {
		var some []*mutant
		for _, m := range l.mutants {
			if strings.Contains(m.String(), o.only) {
				some = append(some, m)
			}
		}
		l.mutants = some
	}
	return l, nil
}

// distinguish numbers mutants of the same name.
func distinguish(mutants []*mutant) {
	seen := map[string]int{}
	for _, m := range mutants {
		name := m.name()
		if seen[name]++; seen[name] > 1 {
			m.where += fmt.Sprintf(" (%d)", seen[name])
		}
	}
}

// packageAt finds a package by what the go command calls it.
func packageAt(ctx context.Context, path string) (*build.Package, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", path, err)
	}
	return build.ImportDir(strings.TrimSpace(string(out)), 0)
}

// try runs the tests with the mutant of a number, 0 for none, and returns the first step that fails and what it says; nothing if
// all pass.
func (l *laboratory) try(ctx context.Context, number int) (by string, out []byte) {
	for _, run := range l.options.runs {
		out, err := l.step(ctx, number, run)
		if err != nil {
			return run, out
		}
	}
	return "", nil
}

func (l *laboratory) step(ctx context.Context, number int, run string) ([]byte, error) {
	limit, stop := context.WithTimeout(ctx, l.options.limit)
	defer stop()
	c := exec.CommandContext(limit, l.program, "-test.run", run, "-test.failfast")
	c.Dir, c.Env = l.folder, append(os.Environ(), fmt.Sprintf("%s=%d", variable, number))
	return c.CombinedOutput()
}

// each tries every mutant, several at once, and calls yield with one after the other: by is the
// step that noticed.
func (l *laboratory) each(ctx context.Context, yield func(m *mutant, by string)) {
	var (
		mu    sync.Mutex
		wait  sync.WaitGroup
		queue = make(chan *mutant)
	)
	for range l.options.workers {
		wait.Go(func() {
			for m := range queue {
				by, _ := l.try(ctx, m.number)
				mu.Lock()
				if ctx.Err() == nil {
					yield(m, by)
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range l.mutants {
		if ctx.Err() == nil {
			queue <- m
		}
	}
	close(queue)
	wait.Wait()
}

// readExcused reads which mutants nobody can tell from the program, with the reasons.
func readExcused(name string) (map[string]string, error) {
	list := map[string]string{}
	if name == "" {
		return list, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		mutant, reason, ok := strings.Cut(line, "\t")
		if !ok || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("%s:%d: no reason is given", name, n)
		}
		list[mutant] = strings.TrimSpace(reason)
	}
	return list, lines.Err()
}
