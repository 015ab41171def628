// Package archtest keeps the direction of imports: the folders are the architecture, and this test is what makes that true.
package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layers lists the rooms from the bottom up. A package may import packages of its own line and of the lines above it in this
// list (the rooms below it in the building). An entry covers the package and everything under it; the longest match counts.
// Change it in a commit of its own that says why.
var layers = [][]string{
	{"internal/await", "internal/durable", "internal/fault", "internal/setting", "internal/kept", "internal/throttle"},
	{"internal/fhir"}, // the values and the codec, and nothing that needs a resource type
	{"gen/r4", "gen/r4term", "gen/r4invariant"},
	{"internal/fhir/path", "internal/fhir/ucum", "internal/fhir/validate", "internal/fhir/invariant", "internal/fhir/index", "internal/fhir/search", "internal/fhir/xml", "internal/fhir/patch", "internal/fhir/term"},
	{"gen/r4search", "gen/scope"},
	{"internal/fhir/searchparam"}, // a site's own parameters beside the generated ones
	{"internal/access/scope", "internal/access/acl"},
	{"internal/access"},
	{"internal/chart"},
	{"internal/care/form"}, // the vocabulary of the generated servers: operations, rules, answers
	{"gen/r4route", "gen/api", "gen/client", "gen/openapi"},
	{"internal/care/record"},
	{"internal/care", "internal/identity"},
	{"internal/gormstore"},
	{"swagger", "internal/web"},
	{"internal/demo"},
	{"internal/config", "internal/app"},
	{"internal/cli"},
	{"."}, // main
	{"generator", "tools", "internal/e2e", "internal/archtest", "spec"},
}

// owners names the only packages that may import a library, so that its ways stay behind one door. The benchmark has them
// too: its floor is the bare libraries without us.
var owners = map[string][]string{
	"gorm.io/gorm":                  {"internal/gormstore"},
	"gorm.io/driver/":               {"internal/gormstore"},
	"modernc.org/libc":              {"internal/gormstore"},
	"modernc.org/sqlite":            {"internal/gormstore", "tools/bench"},
	"github.com/jackc/pgx/":         {"internal/gormstore", "tools/bench"},
	"github.com/pressly/goose/":     {"internal/gormstore"},
	"github.com/ory/fosite":         {"internal/identity/fositeglue"},
	"github.com/gin-gonic/gin":      {"internal/web/httpd", "gen/api", "tools/bench"},
	"github.com/alecthomas/kong":    {"internal/cli"},
	"github.com/klauspost/compress": {"internal/gormstore/packed", "internal/web/httpd"},
	"github.com/swaggo/":            {"swagger"},
	"github.com/getkin/kin-openapi": {"gen/api", "generator", "tools", "swagger"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "chartwright/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// folder turns an import path of ours into its folder, "." for main; ok is false for other modules.
func folder(path string) (string, bool) {
	if path == "chartwright" {
		return ".", true
	}
	return strings.CutPrefix(path, "chartwright/")
}

func layerOf(dir string) int {
	layer, longest := -1, -1
	for i, room := range layers {
		for _, r := range room {
			if (dir == r || strings.HasPrefix(dir, r+"/")) && len(r) > longest {
				layer, longest = i, len(r)
			}
		}
	}
	return layer
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		dir, _ := folder(p.ImportPath)
		from := layerOf(dir)
		if from < 0 {
			t.Errorf("%s lies in no room: add it to layers, or move it", dir)
			continue
		}
		for _, imp := range p.Imports {
			target, ours := folder(imp)
			if !ours {
				continue
			}
			if to := layerOf(target); to > from {
				t.Errorf("%s imports %s, which lies above it", dir, target)
			}
			if strings.HasPrefix(dir, "internal/care/") && strings.HasPrefix(target, "internal/identity") ||
				strings.HasPrefix(dir, "internal/identity") && strings.HasPrefix(target, "internal/care") {
				t.Errorf("%s imports %s: care and identity do not know each other", dir, target)
			}
		}
	}
}

func TestLibrariesHaveOneOwner(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		dir, _ := folder(p.ImportPath)
		for _, imp := range p.Imports {
			for library, allowed := range owners {
				if imp != strings.TrimSuffix(library, "/") && !strings.HasPrefix(imp, strings.TrimSuffix(library, "/")+"/") && !(strings.HasSuffix(library, "/") && strings.HasPrefix(imp, library)) {
					continue
				}
				if !slices.ContainsFunc(allowed, func(o string) bool { return dir == o || strings.HasPrefix(dir, o+"/") }) {
					t.Errorf("%s imports %s, which belongs to %s", dir, imp, strings.Join(allowed, ", "))
				}
			}
		}
	}
}

func TestNoPackageForEverything(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		name := p.ImportPath[strings.LastIndexByte(p.ImportPath, '/')+1:]
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc", "base", "types", "shared"}, name) {
			t.Errorf("%s: name the idea, not the drawer", p.ImportPath)
		}
	}
}
