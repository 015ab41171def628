package patch_test

import (
	stdxml "encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir/fhirtest"
	"chartwright/internal/fhir/patch"
	"chartwright/internal/fhir/xml"
)

// TestOfficialSuite applies the cases of the FHIR test suite.
func TestOfficialSuite(t *testing.T) {
	t.Parallel()
	var suite struct {
		Cases []struct {
			Name   string `xml:"name,attr"`
			Input  inner  `xml:"input"`
			Diff   inner  `xml:"diff"`
			Output inner  `xml:"output"`
			Error  *struct {
				Message string `xml:"msg,attr"`
			} `xml:"error"`
		} `xml:"case"`
	}
	if err := stdxml.Unmarshal(suiteFile(t), &suite); err != nil {
		t.Fatal(err)
	}
	const known = 33
	if len(suite.Cases) != known {
		t.Errorf("the suite has %d cases, want %d", len(suite.Cases), known)
	}
	for _, c := range suite.Cases {
		p, err := patch.Parse(resource(t, c.Diff).(*r4.Parameters))
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		in, err := r4.Marshal(resource(t, c.Input))
		if err != nil {
			t.Fatal(err)
		}
		out, err := p.Apply(t.Context(), in)
		if c.Error != nil {
			if err == nil {
				t.Errorf("%s: applies, want the error %q", c.Name, c.Error.Message)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		r, err := r4.Unmarshal(out)
		if err != nil {
			t.Errorf("%s: %v: %s", c.Name, err, out)
			continue
		}
		got, err := r4.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		want, err := r4.Marshal(resource(t, c.Output))
		if err != nil {
			t.Fatal(err)
		}
		if narrative.Replace(string(got)) != narrative.Replace(string(want)) {
			t.Errorf("%s:\n got %s\nwant %s", c.Name, got, want)
		}
	}
}

// narrative levels what the suite writes differently in a value and in the output: the line ends and quotes of XHTML.
var narrative = strings.NewReplacer(`\r`, "", "&quot;", `\"`)

type inner struct {
	XML []byte `xml:",innerxml"`
}

func resource(t *testing.T, x inner) r4.Resource {
	t.Helper()
	r, err := xml.Unmarshal(r4.Schema, x.XML)
	if err != nil {
		t.Fatalf("%v: %s", err, x.XML)
	}
	return r.(r4.Resource)
}

// suiteFile reads the suite beside the repository.
func suiteFile(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fhirtest.Folder(t, "patch-tests"), "fhir-patch-tests.xml"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
