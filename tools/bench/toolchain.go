package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// toolchain measures what developers wait for: the generator, and a build with nothing in the cache.
func (s *suite) toolchain(ctx context.Context) error {
	generator := filepath.Join(s.work, "generator")
	if _, err := once(ctx, []string{"go"}, "build", "-o", generator, "./generator"); err != nil {
		return err
	}
	if _, err := os.Stat("spec/fhir/node_modules"); err != nil {
		s.report.Skipped = append(s.report.Skipped, "the definitions are not installed: the generator was not measured (make definitions)")
	} else {
		// Comparing costs what writing costs, and leaves the tree alone.
		u, err := usageOf(exec.CommandContext(ctx, generator, "-check"))
		if err != nil {
			return err
		}
		s.add(figureOf("build", "generate", "", "s", one(u.wall.Seconds()), &Goal{Gate: 30, Target: 30, Less: true}, u.String()))
	}

	cache := filepath.Join(s.work, "gocache")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", filepath.Join(s.work, "cold"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOCACHE="+cache)
	u, err := usageOf(build)
	if err != nil {
		return err
	}
	s.add(figureOf("build", "cold build", "", "s", one(u.wall.Seconds()), &Goal{Gate: 240, Target: 240, Less: true}, u.String()))
	if u.peak > 0 {
		s.add(figureOf("build", "cold build memory", "", "MB", one(float64(u.peak)/mb), &Goal{Gate: 2000, Target: 2000, Less: true},
			"all compilers that run at a time, together"))
	}
	return nil
}

func one(v float64) Spread { return Spread{v, v, v} }

// usage is what a command and all its children took.
type usage struct {
	wall, cpu time.Duration
	peak      int64 // bytes of all of them at a time; 0 = not known
}

// String is for people.
func (u usage) String() string {
	return fmt.Sprintf("%s of processor time, %.0f MB at most", u.cpu.Round(10*time.Millisecond), float64(u.peak)/mb)
}

func usageOf(cmd *exec.Cmd) (u usage, err error) {
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return u, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-done:
			u.wall, u.cpu = time.Since(start), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
			if err != nil {
				return u, fmt.Errorf("%s: %w", cmd, err)
			}
			return u, nil
		case <-look.C:
			var now int64
			for _, pid := range descendants(cmd.Process.Pid) {
				now += residentBytes(pid)
			}
			u.peak = max(u.peak, now)
		}
	}
}
