package term_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/gen/r4term"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/term"
)

// TestStandardAgreesWithTheBindings expands every value set that an element must be bound to and compares the answer with the
// table that the validator checks codes against, which the generator worked out by itself.
func TestStandardAgreesWithTheBindings(t *testing.T) {
	t.Parallel()
	compared := map[string]bool{}
	var walk func(*fhir.Type, int)
	walk = func(typ *fhir.Type, depth int) {
		for i := range typ.Fields {
			f := &typ.Fields[i]
			if f.Type != nil && depth < 8 && strings.Contains(f.Type.Name, ".") {
				walk(f.Type, depth+1)
			}
			if f.Binding == nil || compared[f.Binding.URL] || strings.HasPrefix(f.Binding.URL, "http://loinc.org/") { // LOINC is not part of FHIR
				continue
			}
			compared[f.Binding.URL] = true
			set, err := term.Expand(context.Background(), term.Standard, f.Binding.URL)
			if err != nil {
				t.Errorf("%s: %v", f.Binding.URL, err)
				continue
			}
			for _, c := range set.Codes {
				if !f.Binding.Has(c.System, c.Code) {
					t.Errorf("%s: %s|%s is not in the table of the bindings", f.Binding.URL, c.System, c.Code)
				}
			}
		}
	}
	for _, typ := range r4.Types {
		walk(typ, 0)
	}
	if len(compared) < 150 {
		t.Errorf("only %d value sets were compared", len(compared))
	}
}

// TestStandardIsWhole expands every value set of the definitions. Those that can't be expanded need the codes of a system that
// is not part of FHIR; their number is fixed, so that a fault does not hide among them.
func TestStandardIsWhole(t *testing.T) {
	t.Parallel()
	var sets, systems, refused int
	files, err := fs.Glob(r4term.Definitions, "*.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := r4term.Definitions.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			var head struct{ ResourceType, URL, Version string }
			if err := json.Unmarshal(line, &head); err != nil {
				t.Fatal(err)
			}
			canonical := head.URL
			if head.Version != "" {
				canonical += "|" + head.Version
			}
			if head.ResourceType == "CodeSystem" {
				systems++
				if c, err := term.Standard.CodeSystem(context.Background(), canonical); err != nil || c == nil {
					t.Errorf("%s: %v", canonical, err)
				}
				continue
			}
			sets++
			if _, err := term.Expand(context.Background(), term.Standard, canonical); err != nil {
				refused++
				if !fault.Is(err, fault.Invalid) {
					t.Errorf("%s: %v", canonical, err)
				} else {
					t.Log(err)
				}
			}
		}
	}
	if sets != 1317 || systems != 1062 || refused != 58 {
		t.Errorf("%d code systems, %d value sets, %d of which can't be expanded", systems, sets, refused)
	}
}
