package interaction

import (
	"slices"
	"testing"

	"chartwright/internal/fault"
)

func TestChangedCursor(t *testing.T) {
	t.Parallel()
	many := make([]int64, maxListed)
	for i := range many {
		many[i] = 1_000_000_000 + int64(i)*36*36
	}
	for name, c := range map[string]struct {
		numbers []int64
		last    int64
		more    bool
	}{
		"one":                {[]int64{7}, 7, false},
		"several":            {[]int64{7, 8, 1000}, 1000, false},
		"several and more":   {[]int64{7, 8, 1000}, 1000, true},
		"only those to find": {nil, 1000, true},
		"a whole list":       {many, many[len(many)-1], true},
	} {
		cursor := changedCursor(c.numbers, c.last, c.more)
		if len(cursor) > maxWay/3 || cursor[:1] != changedMark {
			t.Errorf("%s: %q", name, cursor)
		}
		numbers, behind, more, err := parseChanged(cursor[1:])
		if err != nil || !slices.Equal(numbers, c.numbers) || more != c.more || more && behind != c.last {
			t.Errorf("%s: %d %d %v %v, by %q", name, numbers, behind, more, err, cursor)
		}
		if s, ok := parseStand(stand{list: cursor, number: 7, within: begun}.String()); !ok || s.list != cursor {
			t.Errorf("%s: %v", name, s)
		}
	}
	if cursor := changedCursor(nil, 7, false); cursor != "" {
		t.Errorf("behind the last: %q", cursor)
	}
	for _, cursor := range []string{"x!", "7.-.", ">", ">!", "7.>", "7..8."} {
		if _, _, _, err := parseChanged(cursor); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}
