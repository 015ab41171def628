package index_test

import (
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/index/indextest"
	"chartwright/internal/fhir/path"
)

// TestTakesSaysWhatValuesDo fills Task.input with a value of every data type and asks that the methods for values of any type
// make rows of it exactly where Takes says so.
func TestTakesSaysWhatValuesDo(t *testing.T) {
	t.Parallel()
	into := map[string]func(x *index.Rows, v fhir.Value){
		"token":     func(x *index.Rows, v fhir.Value) { x.TokenValue(1, 0, v) },
		"string":    func(x *index.Rows, v fhir.Value) { x.StringValue(1, v) },
		"reference": func(x *index.Rows, v fhir.Value) { x.ReferenceValue(1, 0, v) },
		"uri":       func(x *index.Rows, v fhir.Value) { x.URIValue(1, v) },
		"date":      func(x *index.Rows, v fhir.Value) { x.DateValue(1, v) },
		"number":    func(x *index.Rows, v fhir.Value) { x.NumberValue(1, v) },
		"quantity":  func(x *index.Rows, v fhir.Value) { x.QuantityValue(1, v) },
	}
	e, err := path.Parse("input.value")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for variant := range 60 { // more than there are data types
		items, err := path.Eval(t.Context(), e, path.Collection{path.Root(indextest.Filled(t, r4.TypeByName("Task"), variant))}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range items {
			v := i.(*path.Element).Node.Value() // Task.input.value is an element
			seen[v.Type().Name] = true
			if v.Type().Name == "SampledData" {
				continue // what the filler writes for its samples is a word
			}
			for kind, add := range into {
				var x index.Rows
				add(&x, v)
				if got, want := x.Len() > 0, index.Takes(kind, v.Type().Name); got != want {
					t.Errorf("%s as %s: rows %v, want %v", v.Type().Name, kind, got, want)
				}
			}
		}
	}
	if len(seen) < 45 {
		t.Errorf("only %d data types were tried", len(seen))
	}
}
