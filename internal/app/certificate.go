package app

import (
	"crypto/tls"
	"os"
	"sync"
	"time"
)

// certificateFiles is a certificate that lies in two files and is renewed there while the server runs. Safe for concurrent use.
type certificateFiles struct {
	cert, key string
	now       func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	stamp   [2]time.Time // of the files as they were loaded
	looked  time.Time
}

// lookEvery is how often the files are looked at, so that a new certificate is in use within a minute.
const lookEvery = 20 * time.Second

// get returns the certificate for a handshake: the one in the files, or the last good one while they cannot be read or do not
// belong together, as between the renewal of the one and of the other.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); now.Sub(f.looked) >= lookEvery {
		f.looked = now
		if stamp, err := f.stamps(); err == nil && stamp != f.stamp {
			_ = f.read(stamp)
		}
	}
	return f.current, nil
}

// load reads the files for the first time. Errors: they cannot be read, or hold no certificate with its key.
func (f *certificateFiles) load() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looked = f.now()
	stamp, err := f.stamps()
	if err != nil {
		return err
	}
	return f.read(stamp)
}

func (f *certificateFiles) read(stamp [2]time.Time) error {
	cert, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return err
	}
	f.current, f.stamp = &cert, stamp
	return nil
}

func (f *certificateFiles) stamps() (stamp [2]time.Time, err error) {
	for i, name := range []string{f.cert, f.key} {
		info, err := os.Stat(name)
		if err != nil {
			return stamp, err
		}
		stamp[i] = info.ModTime()
	}
	return stamp, nil
}
