package drill_test

import "syscall"

// packetFilter is a program of the kernel's packet filter that says which packets reach a socket. What it throws away is never
// acknowledged: to the other end the network has lost it. https://www.kernel.org/doc/html/latest/networking/filter.html
type packetFilter []syscall.SockFilter

// What a filter can lose.
var (
	noPackets  packetFilter
	allPackets = packetFilter{{Code: syscall.BPF_RET | syscall.BPF_K, K: 0}}
	// one packet of a hundred, at random
	somePackets = packetFilter{
		{Code: syscall.BPF_LD | syscall.BPF_W | syscall.BPF_ABS, K: ancillary + randomNumber},
		{Code: syscall.BPF_JMP | syscall.BPF_JGE | syscall.BPF_K, K: 1 << 32 / 100, Jt: 1},
		{Code: syscall.BPF_RET | syscall.BPF_K, K: 0},
		{Code: syscall.BPF_RET | syscall.BPF_K, K: 1 << 18},
	}
)

// SKF_AD_OFF and SKF_AD_RANDOM of linux/filter.h.
const (
	ancillary    = 0xfffff000
	randomNumber = 56
)

// packetsCanBeLost reports whether this system has such filters.
const packetsCanBeLost = true

func (f packetFilter) attach(socket syscall.Conn) error {
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	var serr error
	err = raw.Control(func(fd uintptr) {
		if len(f) == 0 {
			serr = syscall.DetachLsf(int(fd)) //nolint:staticcheck // its successor is another module
			if serr == syscall.ENOENT {
				serr = nil // it had none
			}
			return
		}
		serr = syscall.AttachLsf(int(fd), f) //nolint:staticcheck // its successor is another module
	})
	if err != nil {
		return nil //nolint:nilerr // the socket is closed: nothing will be lost any more
	}
	return serr
}
