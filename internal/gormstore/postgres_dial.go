package gormstore

import (
	"net"
	"time"
)

// unheard is how long the network may lose all that is sent to the database before a connection counts as broken. The system's own
// bound is a quarter of an hour.
const unheard = 10 * time.Second

// dialer makes connections that notice when the other end is out of reach, also while nothing is sent.
func dialer(timeout time.Duration) *net.Dialer {
	return &net.Dialer{
		Timeout:         timeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: unheard, Interval: unheard / 4, Count: 4},
		Control:         boundUnacknowledged,
	}
}
