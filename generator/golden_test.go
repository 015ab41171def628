package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"math/rand/v2"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/emit/r4"
	"chartwright/generator/internal/emit/r4invariant"
	"chartwright/generator/internal/goldentest"
	"chartwright/generator/internal/load"
	"chartwright/generator/internal/resolve"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestGolden makes everything of small definitions (in/*.json) and an optional policy.yaml. The definitions of base.txtar are part of
// every case.
func TestGolden(t *testing.T) {
	t.Parallel()
	goldentest.Run(t, func(t *testing.T, c *txtar.Archive) (map[string][]byte, error) {
		t.Helper()
		files, err := generate(input(t, c))
		if err == nil {
			typeCheck(t, files)
		}
		return files, err
	})
}

// TestDeterministic generates a case from input in many orders.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	in := input(t, goldentest.Parse(t, "testdata/resource.txtar"))
	want, err := generate(in)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		mixed := *in
		mixed.Structures = shuffled(rnd, in.Structures)
		mixed.ValueSets = shuffled(rnd, in.ValueSets)
		mixed.CodeSystems = shuffled(rnd, in.CodeSystems)
		mixed.Searches = shuffled(rnd, in.Searches)
		mixed.Compartments = shuffled(rnd, in.Compartments)
		mixed.Operations = shuffled(rnd, in.Operations)
		got, err := generate(&mixed)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%d files, then %d", len(want), len(got))
		}
		for name, data := range want {
			if !bytes.Equal(got[name], data) {
				t.Errorf("%s depends on the order of the input", name)
			}
		}
	}
}

func shuffled[T any](rnd *rand.Rand, list []T) []T {
	out := slices.Clone(list)
	rnd.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// input reads the definitions of a case, with those of base.txtar, by way of a FHIR package.
func input(t *testing.T, c *txtar.Archive) *load.Input {
	t.Helper()
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	tw := tar.NewWriter(zw)
	var policy []byte
	for _, f := range slices.Concat(goldentest.Parse(t, "testdata/base.txtar").Files, c.Files) {
		if f.Name == "policy.yaml" {
			policy = f.Data
		}
		file, ok := strings.CutPrefix(f.Name, "in/")
		if !ok {
			continue
		}
		if err := tw.WriteHeader(&tar.Header{Name: "package/" + file, Mode: 0o644, Size: int64(len(f.Data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write(f.Data); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	in, err := load.Package("case", &buf)
	if err != nil {
		t.Fatal(err)
	}
	if policy != nil {
		fsys := fstest.MapFS{"policy.yaml": {Data: policy}}
		if in.Policy, err = load.ReadPolicy(fsys, "policy.yaml"); err != nil {
			t.Fatal(err)
		}
	}
	return in
}

func generate(in *load.Input) (map[string][]byte, error) {
	m, err := resolve.Model(in)
	if err != nil {
		return nil, err
	}
	set, err := emit.All(m, []emit.Emitter{r4.Emitter{}, r4invariant.Emitter{}})
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, f := range set.Files() {
		files[f.Path] = f.Data
	}
	return files, nil
}

// typeCheck compiles the emitted packages in memory.
func typeCheck(t *testing.T, files map[string][]byte) {
	t.Helper()
	fset := token.NewFileSet()
	parsed := map[string][]*ast.File{}
	for name, data := range files {
		f, err := parser.ParseFile(fset, name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if !ast.IsGenerated(f) {
			t.Errorf("%s: Go does not see that it is generated", name)
		}
		parsed[path.Dir(name)] = append(parsed[path.Dir(name)], f)
	}
	// A test binary that was built with -trimpath does not know where Go's own packages lie.
	if build.Default.GOROOT == "" {
		root, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			t.Fatal(err)
		}
		build.Default.GOROOT = strings.TrimSpace(string(root))
	}
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil), Error: func(err error) { t.Error(err) }}
	for dir, files := range parsed {
		_, _ = conf.Check("chartwright/gen/"+dir, fset, files, nil)
	}
}
