package drill_test

import "syscall"

// withParent ends the process with the one that starts it: who kills a drill from outside leaves no server behind.
func withParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
