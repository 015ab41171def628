package listing

import (
	"strings"
	"testing"

	"chartwright/internal/fault"
)

func TestPlace(t *testing.T) {
	t.Parallel()
	for _, p := range []Place{{}, {"growth chart", "id-1"}, {"", "id-2"}, {"ä \"quoted\" <b>", "x"}} {
		if got, err := Parse(p.String()); err != nil || got != p {
			t.Errorf("%+v comes back as %+v, %v", p, got, err)
		}
	}
	for _, text := range []string{"?", "bm90IGpzb24", "WyIiLCIiXQ", strings.Repeat("A", 5000)} {
		if _, err := Parse(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("Parse(%.20q) = %v", text, err)
		}
	}
}
