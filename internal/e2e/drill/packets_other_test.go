//go:build !linux

package drill_test

import "syscall"

type packetFilter []struct{}

var noPackets, allPackets, somePackets packetFilter

const packetsCanBeLost = false

func (packetFilter) attach(syscall.Conn) error { return nil }
