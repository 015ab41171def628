//go:build unix

package app

import (
	"math"
	"syscall"
)

// openFiles is how many files the system lets this process have open; false if it does not say, or more than matter.
func openFiles() (files int, bounded bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > math.MaxInt32 {
		return 0, false
	}
	return int(limit.Cur), true
}
