//go:build unix && !linux

package drill_test

import "syscall"

func withParent(*syscall.SysProcAttr) {}
