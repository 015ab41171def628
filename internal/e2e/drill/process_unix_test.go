//go:build unix

package drill_test

import (
	"os/exec"
	"syscall"
)

// apart lets c and whatever it starts be a group of their own, which ends with the drill where the system can see to that.
func apart(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	withParent(c.SysProcAttr)
}

// as lets c run as another user.
func as(c *exec.Cmd, uid, gid uint32) {
	c.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
}

// end, freeze and thaw are what happens to a whole group from one instruction to the next.
func end(c *exec.Cmd) error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
func freeze(c *exec.Cmd)    { _ = syscall.Kill(-c.Process.Pid, syscall.SIGSTOP) }
func thaw(c *exec.Cmd)      { _ = syscall.Kill(-c.Process.Pid, syscall.SIGCONT) }

func makePipe(path string) error { return syscall.Mkfifo(path, 0o600) }
