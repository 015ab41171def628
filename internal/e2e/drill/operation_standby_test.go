package drill_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"chartwright/internal/await"
	"chartwright/internal/config"
)

// TestDrillStandby is F-45: beside the primary there is a standby that is far behind, and the address of the database names it first. Nothing is
// ever read from it: what was written is there at once, what was revoked is refused; and on the standby alone the program does not start.
func TestDrillStandby(t *testing.T) {
	t.Parallel()
	primary := newCluster(t, "")
	primary.start()
	p := launch(t, primary.store(t.TempDir()))
	p.stop()
	primary.stop()
	behind := primary.copyAsStandby()
	primary.start()
	behind.start()

	p.on.Database = config.Secret("postgres://postgres@127.0.0.1:" + behind.port + ",127.0.0.1:" + primary.port + "/postgres?sslmode=disable")
	p.start()
	l := newLedger(p)
	for n := range rounds(5, 50) {
		key := fmt.Sprint("standby", n)
		for _, a := range []answer{
			l.create(t.Context(), p.client, key), l.update(t.Context(), p.client, key),
			l.transaction(t.Context(), p.client, "t"+key, 5), p.ask(http.MethodGet, "Patient?identifier="+key, nil),
		} {
			if a.status != http.StatusOK && a.status != http.StatusCreated {
				t.Fatal(a)
			}
		}
		if a := p.ask(http.MethodGet, "Patient?identifier="+key, nil); !strings.Contains(string(a.body), `"total":1`) {
			t.Errorf("what has just been written is not found: %v", a)
		}
	}
	l.check(t)
	ctx, cancel := context.WithTimeout(t.Context(), await.Patience)
	defer cancel()
	if said, err := p.command(ctx, "user", "disable", "admin").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	await.True(t, "the token of a disabled account is refused", func() bool {
		return p.ask(http.MethodGet, "Patient?_count=1", nil).status == http.StatusUnauthorized
	})
	p.stop()

	p.on = behind.store(p.on.Data)
	said, err := p.command(ctx, "serve", "--tls", "off", "--listen", "127.0.0.1:0").CombinedOutput()
	if err == nil || !strings.Contains(string(said), "standby mode") {
		t.Errorf("on the standby alone: %v, %s", err, said)
	}
}

// copyAsStandby is a server with the content of one that has stopped, which waits for more from nowhere.
func (c *cluster) copyAsStandby() *cluster {
	c.t.Helper()
	other := &cluster{t: c.t, dir: filepath.Join(folder(c.t, ""), "standby")}
	if said, err := exec.CommandContext(c.t.Context(), "cp", "-a", c.dir, other.dir).CombinedOutput(); err != nil {
		c.t.Fatalf("%v: %s", err, said)
	}
	if err := os.WriteFile(filepath.Join(other.dir, "standby.signal"), nil, 0o600); err != nil {
		c.t.Fatal(err)
	}
	if os.Getuid() == 0 {
		uid, gid := nobodyElse(c.t)
		if err := os.Chown(filepath.Join(other.dir, "standby.signal"), int(uid), int(gid)); err != nil {
			c.t.Fatal(err)
		}
	}
	return other
}
