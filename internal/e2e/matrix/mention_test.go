package matrix_test

import (
	"slices"
	"strings"
	"testing"
)

func TestMentions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`mx-a`:                                     {"mx-a"},
		`"Patient/mx-a","Patient/mx-b-vital"`:      {"mx-a", "mx-b-vital"},
		`?subject=Patient%2Fmx-a&_id=x%7Cmx-b`:     {"mx-a", "mx-b"},
		`canary-home-mx-a. xmx-b _mx-c 4mx-d`:      nil,
		`canary-home-mx-open. at=/Type/mx-open-Xy`: {"mx-open-Xy"},
		// The neighbourhood of the first ends within the second.
		`canary-home-mx-a.` + strings.Repeat(" ", longest-20) + `/Patient/mx-a-long-name`: {"mx-a-long-name"},
	} {
		if got := mentions([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
