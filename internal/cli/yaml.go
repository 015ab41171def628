package cli

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// fileOptions are the options of chartwright.yaml: flat, by the names of the flags (listen: 127.0.0.1:9300).
type fileOptions map[string]any

func loadYAML(r io.Reader) (kong.Resolver, error) {
	o := fileOptions{}
	if err := yaml.NewDecoder(r).Decode(&o); err != nil && err != io.EOF { //nolint:errorlint // yaml returns io.EOF itself for an empty file
		return nil, fmt.Errorf("chartwright.yaml: %w", err)
	}
	return o, nil
}

// Validate refuses keys that no command knows, all at once.
func (o fileOptions) Validate(app *kong.Application) error {
	known := map[string]bool{}
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if f, ok := node.(*kong.Flag); ok {
			known[f.Name] = true
		}
		return next(nil)
	})
	var unknown []string
	for k := range o {
		if !known[k] {
			unknown = append(unknown, k)
		}
	}
	if len(unknown) > 0 {
		sort.Strings(unknown)
		return fmt.Errorf("chartwright.yaml: unknown option %s; the names are those of the flags", strings.Join(unknown, ", "))
	}
	return nil
}

// Resolve returns the file's value of a flag.
func (o fileOptions) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	v, ok := o[flag.Name]
	if !ok {
		return nil, nil
	}
	return v, nil
}
