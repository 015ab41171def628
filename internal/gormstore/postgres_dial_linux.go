package gormstore

import (
	"strings"
	"syscall"
)

// userTimeout is TCP_USER_TIMEOUT of tcp(7), which package syscall lacks on some processors.
const userTimeout = 0x12

// boundUnacknowledged has a connection fail when what it sends is not acknowledged for a while.
// https://www.rfc-editor.org/rfc/rfc5482
func boundUnacknowledged(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var serr error
	err := c.Control(func(fd uintptr) {
		serr = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, int(unheard.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return serr
}
