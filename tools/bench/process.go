package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	startTime = 2 * time.Minute  // until a server must listen
	stopTime  = 30 * time.Second // until one that was told to stop is killed
)

// process is a server under test.
type process struct {
	url     string
	pid     int
	started time.Time

	cmd  *exec.Cmd
	log  *os.File
	done chan struct{}
}

// start starts a server and waits until it says where it listens. Its log goes to a file, as an operator's would.
func start(logFile string, command []string, args ...string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	p := &process{log: log, done: make(chan struct{})}
	p.cmd = exec.Command(command[0], append(command[1:len(command):len(command)], args...)...)
	p.cmd.Stderr = log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	p.pid = p.cmd.Process.Pid
	url := make(chan string, 1)
	go func() {
		defer close(p.done)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if u, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
				url <- u
				break
			}
		}
		close(url)
		_, _ = io.Copy(io.Discard, out)
	}()
	select {
	case p.url = <-url:
	case <-time.After(startTime):
	}
	if p.url == "" {
		p.stop()
		return nil, fmt.Errorf("%s does not start: %s", strings.Join(command, " "), tail(logFile))
	}
	return p, nil
}

// stop ends the server as an operator would, and in earnest when that does not help.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(stopTime, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	<-p.done
	_ = p.cmd.Wait()
	_ = p.log.Close()
}

// once runs a command to its end and returns what it printed.
func once(ctx context.Context, command []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], append(command[1:len(command):len(command)], args...)...)
	var errText strings.Builder
	cmd.Stderr = &errText
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", command[0], args[0], err, strings.TrimSpace(errText.String()))
	}
	return string(out), nil
}

// tail is the end of a log, for an error message.
func tail(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(data[max(0, len(data)-2000):]))
}
