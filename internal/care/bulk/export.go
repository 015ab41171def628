package bulk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"chartwright/internal/chart"
	"chartwright/internal/durable"
)

// Export writes every current resource of the site to dir, one NDJSON file per resource type, and returns how many of each
// type. The files show the site as of one instant. They appear whole or not at all: each is written beside its place and
// renamed when everything is on disk. Files of that name are replaced; others are left alone.
func Export(ctx context.Context, site chart.Site, dir string) (map[string]int64, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	x := &exporter{dir: dir, files: map[string]*exportFile{}}
	var failed error
	err := site.Scan(ctx, nil, func(v *chart.Version) bool {
		failed = x.write(v)
		return failed == nil
	})
	if err = errors.Join(err, failed); err != nil {
		x.discard()
		return nil, fmt.Errorf("export: %w", err)
	}
	return x.finish()
}

type exporter struct {
	dir   string
	files map[string]*exportFile
	line  []byte
}

type exportFile struct {
	file  *os.File
	out   *bufio.Writer
	count int64
}

func (x *exporter) write(v *chart.Version) error {
	f := x.files[v.Type]
	if f == nil {
		file, err := os.CreateTemp(x.dir, "."+v.Type+"-*.part")
		if err != nil {
			return err
		}
		f = &exportFile{file: file, out: bufio.NewWriterSize(file, 1<<18)}
		x.files[v.Type] = f
	}
	f.count++
	x.line = append(v.AppendJSON(x.line[:0]), '\n')
	_, err := f.out.Write(x.line)
	return err
}

func (x *exporter) finish() (map[string]int64, error) {
	counts := make(map[string]int64, len(x.files))
	for typ, f := range x.files {
		if err := errors.Join(f.out.Flush(), f.file.Sync(), f.file.Close()); err != nil {
			x.discard()
			return nil, err
		}
		counts[typ] = f.count
	}
	for typ, f := range x.files {
		if err := os.Rename(f.file.Name(), filepath.Join(x.dir, typ+".ndjson")); err != nil {
			x.discard()
			return nil, err
		}
	}
	if err := durable.SyncDir(x.dir); err != nil {
		return nil, err
	}
	return counts, nil
}

func (x *exporter) discard() {
	for _, f := range x.files {
		_ = f.file.Close()
		_ = os.Remove(f.file.Name())
	}
}
