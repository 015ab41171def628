package drill_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"chartwright/internal/config"
)

// TestDrillStandby is F-45: beside the primary there is a standby that is far behind, and the address of the database names it first. Nothing is
// ever read from it: what was written is there at once, what was revoked is refused; and on the standby alone the program does not start.
func TestDrillStandby(t *testing.T) {
	t.Parallel()
	primary := newCluster(t)
	primary.start(t)
	p := &program{t: t, on: config.Store{Data: t.TempDir(), Database: primary.dsn()}}
	p.client = p.caller()
	p.start()
	token, err := p.signIn()
	if err != nil {
		t.Fatal(err)
	}
	p.token = token
	p.stop()
	primary.stop()
	behind := primary.copyAsStandby(t)
	primary.start(t)
	behind.start(t)

	p.on.Database = config.Secret("postgres://postgres@" + behind.address + "," + primary.address + "/postgres?sslmode=disable")
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
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if said, err := p.command(ctx, "user", "disable", "admin").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	eventually(t, within, "the token of a disabled account is refused", func() bool {
		return p.ask(http.MethodGet, "Patient?_count=1", nil).status == http.StatusUnauthorized
	})
	p.stop()

	p.on.Database = behind.dsn()
	said, err := p.command(ctx, "serve", "--tls", "off", "--listen", "127.0.0.1:0").CombinedOutput()
	if err == nil || !strings.Contains(string(said), "standby mode") {
		t.Errorf("on the standby alone: %v, %s", err, said)
	}
}

// cluster is a PostgreSQL of the drill's own.
type cluster struct {
	bin, data, address string
	owner              *syscall.Credential // nil = whoever runs the drill
	process            *exec.Cmd
}

// newCluster makes an empty one, as the user postgres where the drill is root's: PostgreSQL refuses to be.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{data: filepath.Join(t.TempDir(), "postgres")}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		c.bin = filepath.Dir(initdb)
	} else if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		c.bin = filepath.Dir(slices.Max(found))
	} else {
		t.Skip("there is no initdb: no PostgreSQL of the drill's own can be made")
	}
	if err := os.Mkdir(c.data, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		who, err := user.Lookup("postgres")
		if err != nil {
			t.Skip("there is no user postgres, and root cannot run PostgreSQL")
		}
		uid, _ := strconv.ParseUint(who.Uid, 10, 32)
		gid, _ := strconv.ParseUint(who.Gid, 10, 32)
		c.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	c.own(t)
	initdb := c.command("initdb", "-N", "-D", c.data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C")
	if said, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, said)
	}
	c.address = freeAddress(t)
	return c
}

// own gives the files to whoever runs the server, who must find them.
func (c *cluster) own(t *testing.T) {
	t.Helper()
	if c.owner == nil {
		return
	}
	for dir := filepath.Dir(c.data); dir != os.TempDir() && len(dir) > 1; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // to be passed through, not to be read
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(c.data, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(c.owner.Uid), int(c.owner.Gid))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.data
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: c.owner}
	return cmd
}

// start starts the server and returns when it answers.
func (c *cluster) start(t *testing.T) {
	t.Helper()
	_, port, _ := net.SplitHostPort(c.address)
	var said record
	c.process = c.command("postgres", "-D", c.data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off")
	c.process.Stderr = &said
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	running := c.process
	t.Cleanup(func() {
		if running.ProcessState == nil { // nobody has stopped it
			_ = running.Process.Signal(syscall.SIGQUIT)
			_ = running.Wait()
		}
	})
	eventually(t, time.Minute, "PostgreSQL accepts connections", func() bool {
		return strings.Contains(said.String(), "ready to accept")
	})
}

// stop ends the server with all that it knows in its files.
func (c *cluster) stop() {
	_ = c.process.Process.Signal(syscall.SIGINT)
	_ = c.process.Wait()
}

// copyAsStandby is a server with the same content, which waits for more from nowhere.
func (c *cluster) copyAsStandby(t *testing.T) *cluster {
	t.Helper()
	other := &cluster{bin: c.bin, data: filepath.Join(t.TempDir(), "standby"), owner: c.owner, address: freeAddress(t)}
	if said, err := exec.Command("cp", "-a", c.data, other.data).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if err := os.WriteFile(filepath.Join(other.data, "standby.signal"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	other.own(t)
	return other
}

func (c *cluster) dsn() config.Secret {
	return config.Secret("postgres://postgres@" + c.address + "/postgres?sslmode=disable&target_session_attrs=any")
}

// freeAddress is one of loopback that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
