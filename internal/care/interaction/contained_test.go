package interaction

import "testing"

// TestContainedAt asks for places that a container has and has not.
func TestContainedAt(t *testing.T) {
	t.Parallel()
	const two = `{"resourceType":"Patient","id":"p","contained":[{"id":"a","x":["]"]},{"id":"b"}],"active":true}`
	for _, tt := range []struct {
		name, body string
		place      int
		want       string
	}{
		{"the first", two, 1, `{"id":"a","x":["]"]}`},
		{"the last", two, 2, `{"id":"b"}`},
		{"behind the last", two, 3, ""},
		{"far behind it", two, 4095, ""},
		{"an empty list", `{"resourceType":"Patient","id":"p","contained":[]}`, 1, ""},
		{"no list", `{"resourceType":"Patient","id":"p"}`, 1, ""},
		{"no list of resources", `{"resourceType":"Patient","id":"p","contained":[1]}`, 1, ""},
	} {
		if got := string(containedAt([]byte(tt.body), tt.place)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
