// Package bulk moves whole files of resources in and out of a site: what the commands load and export do.
package bulk

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// A File is one input of Load. Size is what lies on disk, for the progress bar.
type File struct {
	Path string
	Size int64
}

// Files lists the loadable files behind paths: the files themselves, and below folders everything that ends in .json, .ndjson
// or either with .gz. Order is by name, so that 0-organizations.json comes before what refers to it.
func Files(paths []string) ([]File, error) {
	var files []File
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			if !loadable(p) {
				return nil, fmt.Errorf("%s: want a .json, .json.gz, .ndjson or .ndjson.gz file", p)
			}
			files = append(files, File{p, info.Size()})
			continue
		}
		var below []File
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !loadable(path) {
				return err
			}
			info, err := d.Info()
			below = append(below, File{path, info.Size()})
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(below) == 0 {
			return nil, fmt.Errorf("%s: no .json or .ndjson file (or .gz of one) in this folder", p)
		}
		sort.Slice(below, func(i, j int) bool { return below[i].Path < below[j].Path })
		files = append(files, below...)
	}
	return files, nil
}

func loadable(path string) bool {
	p := strings.TrimSuffix(strings.ToLower(path), ".gz")
	return strings.HasSuffix(p, ".json") || strings.HasSuffix(p, ".ndjson")
}

// lines reports whether the file holds one resource a line.
func (f File) lines() bool {
	return strings.HasSuffix(strings.TrimSuffix(strings.ToLower(f.Path), ".gz"), ".ndjson")
}

// open returns the uncompressed content; read counts the bytes taken from disk.
func (f File) open(read func(n int64)) (io.ReadCloser, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, err
	}
	counted := &countingReader{r: file, read: read}
	if !strings.HasSuffix(strings.ToLower(f.Path), ".gz") {
		return struct {
			io.Reader
			io.Closer
		}{bufio.NewReaderSize(counted, 1<<16), file}, nil
	}
	z, err := gzip.NewReader(bufio.NewReaderSize(counted, 1<<16))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", f.Path, err), file.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{z, file}, nil
}

type countingReader struct {
	r    io.Reader
	read func(int64)
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.read(int64(n))
	return n, err
}
