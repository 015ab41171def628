//go:build !unix

package drill_test

import (
	"errors"
	"os/exec"
)

// Where processes have no groups and no signals, the one process is ended, and nothing stands still.
func apart(*exec.Cmd)              {}
func as(*exec.Cmd, uint32, uint32) {}
func end(c *exec.Cmd) error        { return c.Process.Kill() }
func freeze(*exec.Cmd)             {}
func thaw(*exec.Cmd)               {}

func makePipe(string) error { return errors.ErrUnsupported }
