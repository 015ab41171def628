// Package attack keeps account of the attacks that the test suite tries: every one is tried by a test that exists, or has a
// reason why it is not.
package attack_test

import (
	_ "embed"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

//go:embed attacks.txt
var table string

var (
	function = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	named    = regexp.MustCompile(`\b(?:AUTHZ|PKCE|CODE|REF|CAUTH|TOK|INT|OIDC|DCR|SES|SMART|SITE|COMP|STD|BULK|PARSE|INJ|SSRF|FILE|WEB|RACE|AUD|TLS)-[0-9]{2}\b`)
)

func TestEveryAttackIsTriedOrHasAReason(t *testing.T) {
	t.Parallel()
	exists, mentioned := map[string]bool{}, map[string]bool{}
	root := os.DirFS("../../..")
	for _, folder := range []string{"internal", "swagger", "tools"} {
		err := fs.WalkDir(root, folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && d.Name() == "node_modules" {
				return fs.SkipDir
			}
			if !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			source, err := fs.ReadFile(root, path)
			for _, m := range function.FindAllSubmatch(source, -1) {
				exists[string(m[1])] = true
			}
			for _, m := range named.FindAll(source, -1) {
				mentioned[string(m)] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	listed, tried := map[string]bool{}, 0
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		id, rest, _ := strings.Cut(line, " ")
		if listed[id] {
			t.Errorf("%s is listed twice", id)
		}
		listed[id] = true
		if reason, ok := strings.CutPrefix(rest, "- "); ok {
			if len(reason) < 8 || mentioned[id] {
				t.Errorf("%s has no good reason, or a test after all: %s", id, reason)
			}
			continue
		}
		tests := strings.Fields(rest)
		if len(tests) == 0 {
			t.Errorf("%s has neither a test nor a reason", id)
		}
		for _, name := range tests {
			if !exists[name] {
				t.Errorf("%s: there is no test %s", id, name)
			}
		}
		tried++
	}
	for id := range mentioned {
		if !listed[id] {
			t.Errorf("a test tries %s, which is not listed", id)
		}
	}
	t.Logf("%d of %d attacks are tried", tried, len(listed))
}
