package row_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/internal/care/standard/row"
)

type colour string

type thing struct {
	Name   string  `json:"name"`
	Shade  *colour `json:"shade,omitempty"`
	Size   int64   `json:"size"`
	Weight *int64  `json:"weight"`
	Parts  []int   `json:"parts"`
}

func TestFieldsByName(t *testing.T) {
	t.Parallel()
	red, four := colour("red"), int64(4)
	x := &thing{Name: "cup", Shade: &red, Size: 7}
	if diff := cmp.Diff(map[string]string{"name": "cup", "shade": "red", "size": "7"}, row.Texts(x)); diff != "" {
		t.Error(diff)
	}
	var y thing
	row.Copy(&y, x)
	if !row.Set(&y, "weight", "4") || !row.Set(&y, "name", int64(9)) {
		t.Error("a value that fits was not set")
	}
	if row.Set(&y, "size", "many") || row.Set(&y, "parts", "1") || row.Set(&y, "none", "1") {
		t.Error("a value that does not fit was set")
	}
	if diff := cmp.Diff(thing{Name: "9", Shade: &red, Size: 7, Weight: &four}, y); diff != "" {
		t.Error(diff)
	}
	if got := row.Text(&y, "weight") + row.Text(&y, "none") + row.Text(x, "weight"); got != "4" {
		t.Errorf("the texts are %q", got)
	}
}
