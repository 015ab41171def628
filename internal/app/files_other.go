//go:build !unix

package app

// openFiles is false: the system has no such bound.
func openFiles() (files int, bounded bool) { return 0, false }
