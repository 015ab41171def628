package fhir_test

import (
	"bytes"
	"encoding/json"
	"testing"
)

// tree parses JSON with numbers as they are written, to compare content without order and white space.
func tree(t testing.TB, body []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
