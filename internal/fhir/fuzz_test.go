package fhir_test

import (
	"bytes"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
)

// FuzzDecode proves that no input makes the decoder panic, that every refusal is Invalid with one issue, and that what is
// accepted has a canonical form that reads back as itself.
func FuzzDecode(f *testing.F) {
	for _, tt := range refused {
		f.Add([]byte(tt.body))
	}
	for _, tt := range accepted {
		f.Add([]byte(tt.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := r4.Unmarshal(body)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("not Invalid: %v", err)
			}
			return
		}
		out, err := r4.Marshal(r)
		if err != nil {
			t.Fatalf("accepted and not encoded: %v", err)
		}
		again, err := r4.Unmarshal(out)
		if err != nil {
			t.Fatalf("the canonical form is refused: %v\n%s", err, out)
		}
		twice, err := r4.Marshal(again)
		if err != nil || !bytes.Equal(out, twice) {
			t.Fatalf("the canonical form is not stable (%v):\n%s\n%s", err, out, twice)
		}
	})
}
