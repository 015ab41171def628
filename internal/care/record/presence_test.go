package record_test

import (
	"testing"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/fhir/search"
)

// TestPresenceRows makes sure that the rows by which the index tells what a resource has are no others' as well: numbers are hashes.
func TestPresenceRows(t *testing.T) {
	t.Parallel()
	taken := map[int32]string{}
	for p := range r4search.Params {
		for _, n := range append([]int32{p.ID, p.IdentifierRow(), p.OfTypeRow()}, p.Rows...) {
			taken[n] = p.Base + "." + p.Code
		}
	}
	for _, typ := range r4.Types {
		n := search.PresenceOf(typ.Name, r4search.Of(typ.Name)).Row
		if other := taken[n]; other != "" {
			t.Errorf("the rows of %s have the number of those of %s", typ.Name, other)
		}
		taken[n] = typ.Name
	}
}
