package record_test

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/care/record"
	"chartwright/internal/fhir/index"
)

//go:embed testdata/form.ndjson
var formResources []byte

// The rows that testdata/form.ndjson becomes in index.Form, as a sum.
const (
	summedForm = 3
	formSum    = "6f2c183986ef4fd0d8d048198c4230f5e05d15576e68a1b5d2d1ab7cafbd7001"
)

// TestFormOfIndex makes resources with values of every kind into index rows. Other rows than before are another form of the index,
// which whoever operates a site must be told of: raise index.Form, once in a release, and put the sum of the new rows here.
func TestFormOfIndex(t *testing.T) {
	t.Parallel()
	sum := sha256.New()
	kinds := index.Rows{}
	for line := range bytes.Lines(formResources) {
		r, err := r4.Unmarshal(line)
		if err != nil {
			t.Fatal(err)
		}
		var rows index.Rows
		record.Extract(r, &rows)
		rows.Sort()
		rows.Siblings = nil // no rows
		for i := range rows.Within {
			rows.Within[i].Rows.Siblings = nil
		}
		text, err := json.Marshal(rows)
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(text)
		kinds.Tokens, kinds.Strings, kinds.References = append(kinds.Tokens, rows.Tokens...), append(kinds.Strings, rows.Strings...), append(kinds.References, rows.References...)
		kinds.URIs, kinds.Dates, kinds.Numbers = append(kinds.URIs, rows.URIs...), append(kinds.Dates, rows.Dates...), append(kinds.Numbers, rows.Numbers...)
		kinds.Quantities, kinds.Composites, kinds.Within = append(kinds.Quantities, rows.Quantities...), append(kinds.Composites, rows.Composites...), append(kinds.Within, rows.Within...)
	}
	for name, n := range map[string]int{
		"tokens": len(kinds.Tokens), "strings": len(kinds.Strings), "references": len(kinds.References), "uris": len(kinds.URIs), "dates": len(kinds.Dates),
		"numbers": len(kinds.Numbers), "quantities": len(kinds.Quantities), "composites": len(kinds.Composites), "contained": len(kinds.Within),
	} {
		if n == 0 {
			t.Errorf("the resources have no %s", name)
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != formSum || index.Form != summedForm {
		t.Errorf("the rows of form %d have the sum %s; those of form %d had %s", index.Form, got, summedForm, formSum)
	}
}
