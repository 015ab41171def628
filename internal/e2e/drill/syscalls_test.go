package drill_test

import (
	"bufio"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"chartwright/internal/await"
)

// needStrace skips a drill where system calls cannot be made to fail.
func needStrace(t *testing.T) {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "strace", "-qq", "-o", "/dev/null", "true").Run(); err != nil {
		t.Skip("strace is not here, or may not trace: system calls cannot be made to fail")
	}
}

// tamper has system calls of the process that serves go wrong as rules of strace's --inject say, those on the given files only, until
// heal is called.
func (p *program) tamper(rules, files []string) (heal func()) {
	p.t.Helper()
	args := []string{"-f", "-o", "/dev/null"}
	for _, r := range rules {
		args = append(args, "-e", "inject="+r)
	}
	for _, f := range files {
		args = append(args, "-P", f)
	}
	tracer := exec.CommandContext(p.t.Context(), "strace", append(args, "-p", strconv.Itoa(p.process.Process.Pid))...)
	said, err := tracer.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := tracer.Start(); err != nil {
		p.t.Fatal(err)
	}
	heal = func() {
		_ = tracer.Process.Signal(syscall.SIGINT) // it lets go of the process
		_ = tracer.Wait()
	}
	attached := make(chan bool, 1)
	go func() {
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if strings.Contains(lines.Text(), "attached") {
				attached <- true
				break
			}
		}
		_, _ = io.Copy(io.Discard, said)
	}()
	select {
	case <-attached:
	case <-time.After(await.Patience):
		heal()
		p.t.Fatal("strace does not get hold of the process")
	}
	return heal
}
