package load_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"testing/fstest"

	"chartwright/generator/internal/load"
)

func TestReadPolicyRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, yaml, want string }{
		{"unknown key", "dorp: []", "field dorp not found"},
		{"drop without a reason", "drop: [{type: A}]", "lacks type or reason"},
		{"correction without a reason", "elements: [{path: A.b, drop: true}]", `entry "A.b" of elements needs a reason`},
		{"correction that corrects nothing", "elements: [{path: A.b, reason: r}]", "one of drop, binding, strength, targets"},
		{"correction of two things", "elements: [{path: A.b, drop: true, binding: x, reason: r}]", "one of drop, binding, strength, targets"},
		{"search parameter without targets", "searches: [{url: u, reason: r}]", "lacks target or reason"},
		{"open value set without a reason", "openValueSets: [{url: u}]", "lacks url or reason"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := load.ReadPolicy(fstest.MapFS{"p.yaml": {Data: []byte(tt.yaml)}}, "p.yaml")
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "p.yaml") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestPackage(t *testing.T) {
	t.Parallel()
	in, err := load.Package("p", pack(t, map[string]string{
		"package/package.json": `{"name":"p"}`,
		"package/a.json": `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Basic"}},{"resource":{"resourceType":"StructureDefinition","id":"A",
			"differential":{"element":[{"path":"A"},{"path":"A.b"}]}}}]}`,
		"package/other/b.json": `{`,
		"package/c.txt":        `{`,
		"example/d.json":       `{`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Structures) != 1 {
		t.Fatalf("%d structures", len(in.Structures))
	}
	got := in.Structures[0].Differential.Element[1].Place.String()
	if want := "p/a.json#/entry/1/resource/differential/element/1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPackageRefuses(t *testing.T) {
	t.Parallel()
	whole := pack(t, map[string]string{"package/a.json": `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ValueSet","url":1}}]}`})
	for _, tt := range []struct {
		name, want string
		data       []byte
	}{
		{"no archive", "load package p", []byte("text")},
		{"cut off", "load package p", whole.Bytes()[:whole.Len()/2]},
		{"wrong type", "load p/a.json#/entry/0/resource", whole.Bytes()},
		{"no JSON", "load p/a.json#", pack(t, map[string]string{"package/a.json": `{`}).Bytes()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := load.Package("p", bytes.NewReader(tt.data)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func pack(t *testing.T, files map[string]string) *bytes.Buffer {
	t.Helper()
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	tw := tar.NewWriter(zw)
	for name, body := range files {
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(body))}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return &buf
}
