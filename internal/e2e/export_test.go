package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"chartwright/internal/app"
	"chartwright/internal/e2e/demoserver"
)

// TestExportHasALineAResource is BULK-15: whatever breaks lines elsewhere is escaped or inside its line, and comes back as it was.
func TestExportHasALineAResource(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	texts := []string{"one\ntwo", "one\r\ntwo", "one\u2028two", "one\u2029two", "one\u0085two", "\"}\n{\"", "a\ttab"}
	var lines bytes.Buffer
	for i, text := range texts {
		line, err := json.Marshal(map[string]any{"resourceType": "Basic", "id": "line-" + string(rune('a'+i)), "code": map[string]any{"text": text}})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	loader, err := s.App.Loader(t.Context(), app.DefaultSite, func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	report, err := loader.Stream(t.Context(), "basic.ndjson", &lines)
	if err != nil || report.Loaded["Basic"] != int64(len(texts)) {
		t.Fatalf("%+v, %v", report, err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	if _, err := s.App.Export(t.Context(), app.DefaultSite, dir); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "Basic.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for line := range bytes.Lines(file) {
		var r struct{ Code struct{ Text string } }
		if err := json.Unmarshal(line, &r); err != nil {
			t.Errorf("%q is no resource: %v", line, err)
		}
		if bytes.ContainsAny(bytes.TrimSuffix(line, []byte("\n")), "\n\r") {
			t.Errorf("%q is two lines", line)
		}
		found[r.Code.Text] = true
	}
	for _, text := range texts {
		if !found[text] {
			t.Errorf("%q does not come back", text)
		}
	}
}
