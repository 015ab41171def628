package fhir_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/fhirtest"

	"github.com/google/go-cmp/cmp"
)

// faulty are the examples that are refused for a fault of their own: file → element and what is wrong there.
var faulty = map[string]struct{ expression, fault string }{
	"us_core_311/DiagnosticReport-cardiology-report.json": {
		"DiagnosticReport.presentedForm[0].hash", "full stops in base64 and a length that is no multiple of four",
	},
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, set := range []struct {
		folder string
		want   int // files that are compared
	}{
		{"examples", 684},
		{"us-core-examples", 949},
		{"synthea", 36},
	} {
		if testing.Short() && set.folder != "examples" {
			for file := range faulty {
				used[file] = true
			}
			continue
		}
		compared := 0
		fhirtest.Each(t, set.folder, func(file string, body []byte) {
			r, err := r4.Unmarshal(body)
			if f, known := faulty[file]; known {
				used[file] = true
				var e *fault.Error
				if !errors.As(err, &e) || e.Issues[0].Expression != f.expression {
					t.Errorf("%s: want a fault at %s (%s), got %v", file, f.expression, f.fault, err)
				}
				return
			}
			if err != nil {
				t.Errorf("%s: %v", file, err)
				return
			}
			compared++
			out, err := r4.Marshal(r)
			if err != nil {
				t.Errorf("%s: %v", file, err)
				return
			}
			if in, back := tree(t, body), tree(t, out); !reflect.DeepEqual(in, back) {
				t.Errorf("%s changes in a round trip:\n%s", file, cmp.Diff(in, back))
			}
			again, err := r4.Unmarshal(out)
			if err != nil {
				t.Errorf("%s: canonical form: %v", file, err)
				return
			}
			if twice, err := r4.Marshal(again); err != nil || !bytes.Equal(out, twice) {
				t.Errorf("%s: the canonical form is not stable (%v)", file, err)
			}
		})
		if compared != set.want {
			t.Errorf("%s: %d files compared, want %d", set.folder, compared, set.want)
		}
	}
	for file := range faulty {
		if !used[file] {
			t.Errorf("%s is listed as faulty and was not met", file)
		}
	}
}

// TestCorpusTypes makes sure that the examples reach every resource type that has one.
func TestCorpusTypes(t *testing.T) {
	t.Parallel()
	met := map[string]bool{}
	fhirtest.Each(t, "examples", func(file string, _ []byte) {
		name, _, _ := strings.Cut(file, "-")
		met[name] = true
	})
	n := 0
	for _, typ := range r4.Types {
		if met[typ.Name] {
			n++
		}
	}
	if len(r4.Types) != 146 || n < 100 {
		t.Errorf("%d of %d resource types have examples", n, len(r4.Types))
	}
}
