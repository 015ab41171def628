package gormstore

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"os"
	"sync/atomic"
)

// fileEpoch is the change signal of a SQLite site: eight bytes in a file beside the database, replaced by random ones at
// each bump. Processes that share a SQLite file share its folder; reading eight bytes costs less than asking SQLite, and
// unlike its data_version the value moves only when somebody says so.
type fileEpoch struct {
	file   *os.File
	broken atomic.Uint64
}

func openFileEpoch(path string) (*fileEpoch, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &fileEpoch{file: f}, nil
}

func (e *fileEpoch) value() uint64 {
	var b [8]byte
	n, err := e.file.ReadAt(b[:], 0)
	if n == 0 && err != nil && n != len(b) {
		if info, statErr := e.file.Stat(); statErr == nil && info.Size() == 0 {
			return 0 // nobody has bumped yet
		}
	}
	if n != len(b) {
		return e.broken.Add(1)
	}
	return binary.LittleEndian.Uint64(b[:])
}

func (e *fileEpoch) bump(context.Context) error {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return err
	}
	_, err := e.file.WriteAt(b[:], 0)
	return err
}

// Value implements [chartstore.Mark].
func (e *fileEpoch) Value() uint64 { return e.value() }

// Lift implements [chartstore.Mark].
func (e *fileEpoch) Lift() error {
	var none [8]byte
	_, err := e.file.WriteAt(none[:], 0)
	return err
}

// Set implements [chartstore.Mark].
func (e *fileEpoch) Set() error { return e.bump(context.Background()) }

func (e *fileEpoch) close() error { return e.file.Close() }
