package load

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// maxPackageFile bounds one file of a package, so that a broken archive can't fill the memory.
const maxPackageFile = 64 << 20

// Package reads a FHIR package, the .tgz form of an implementation guide or of the specification itself. Its examples and
// other folders are passed over.
// https://confluence.hl7.org/display/FHIR/NPM+Package+Specification
func Package(name string, r io.Reader) (*Input, error) {
	zr, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("load package %s: %w", name, err)
	}
	in := &Input{}
	tr := tar.NewReader(zr)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return in, nil
		}
		if err != nil {
			return nil, fmt.Errorf("load package %s: %w", name, err)
		}
		dir, file := path.Split(path.Clean(h.Name))
		if dir != "package/" || !strings.HasSuffix(file, ".json") || file == "package.json" || strings.HasPrefix(file, ".") {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(tr, maxPackageFile))
		if err != nil {
			return nil, fmt.Errorf("load package %s: %s: %w", name, h.Name, err)
		}
		if err := in.add(Place{File: name + "/" + file}, data); err != nil {
			return nil, err
		}
	}
}
