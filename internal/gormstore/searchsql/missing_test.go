package searchsql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestMissingCodes looks for what has a code, or none, where most have, and where few have: among few codes and among many.
func TestMissingCodes(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		want := map[string][]string{}
		for i := range 40 {
			r := &resource{typ: "Patient", id: fmt.Sprintf("p%02d", i)}
			for code, has := range map[string]bool{"gender": i%10 > 0, "active": i%10 == 0, "identifier": i%10 > 0} {
				if has {
					value := map[string]string{"active": "true", "identifier": fmt.Sprint(i)}[code]
					if value == "" {
						value = fmt.Sprint("c", i%3)
					}
					r.token(code, "", value).token(code, "urn:other", value)
				}
				key := fmt.Sprintf("%s:missing=%t", code, !has)
				want[key] = append(want[key], r.name())
			}
			list = append(list, r)
		}
		f.put(t, list...)
		for search, names := range want {
			if got := f.find(t, "Patient?"+search+"&_count=3"); !slices.Equal(got, names) {
				t.Errorf("%s finds %s, want %s", search, strings.Join(got, " "), strings.Join(names, " "))
			}
		}
	})
}
