// Package durable puts files in their places so that they are still there after a power cut: whole, or not at all. A rename is only safe
// when the folder that it happened in has been synced as well, which the well-known libraries for atomic writes leave out.
package durable

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// WriteFile makes a file that holds text, in the place of whatever has that name. It can be read by its owner alone.
func WriteFile(path string, text []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncDir(dir)
}

// SyncDir makes what was renamed into dir, or made there, last.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there; the file system's journal orders the rename
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
