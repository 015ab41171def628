package fhir_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// TestText puts what is special in a string at every position of strings of every length around the words in which text is
// read and written, and compares with encoding/json both ways.
func TestText(t *testing.T) {
	t.Parallel()
	specials := []string{"", `"`, `\`, "\n", "\t", "\r", "\n\t\t\"", "é", "😀", "\u2028", "<", "\x7f"}
	for n := range 34 {
		for at := range n + 1 {
			for _, special := range specials {
				s := strings.Repeat("x", at) + special + strings.Repeat("y", n-at)
				if s == "" {
					continue
				}
				text(t, s)
			}
		}
	}
	text(t, strings.Repeat("\t", 1000))
	text(t, strings.Repeat("\"a", 1000))
}

func text(t *testing.T, s string) {
	t.Helper()
	out, err := r4.AppendJSON(make([]byte, 0, 40), &r4.Patient{Name: []r4.HumanName{{Text: fhir.NewString(s)}}})
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	var std struct{ Name []struct{ Text string } }
	if err := json.Unmarshal(out, &std); err != nil || std.Name[0].Text != s {
		t.Fatalf("%q is written as %s (%v)", s, out, err)
	}
	lit, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		fmt.Sprintf(`{"resourceType":"Patient","name":[{"text":%s}]}`, lit),
		string(out),
	} {
		r, err := r4.Unmarshal([]byte(body))
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if got := r.(*r4.Patient).Name[0].Text.V; got != s {
			t.Fatalf("%s is read as %q", body, got)
		}
	}
}
