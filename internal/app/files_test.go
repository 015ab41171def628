package app

import "testing"

func TestConnectionsOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ files, sites, want int }{
		{64, 1, 16}, {256, 1, 192}, {1024, 1, 768}, {1024, 20, 440}, {1024, 1000, 256}, {1 << 20, 50, 3 << 18},
	} {
		if got := connectionsOf(c.files, c.sites); got != c.want {
			t.Errorf("%d files and %d sites leave %d connections, want %d", c.files, c.sites, got, c.want)
		}
	}
}
