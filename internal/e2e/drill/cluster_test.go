package drill_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/config"
)

// cluster is a PostgreSQL server of the drill's own, which may be killed, starved and promoted.
type cluster struct {
	t      *testing.T
	dir    string
	port   string
	server *exec.Cmd
	ended  chan struct{}
	said   record
}

// needPostgreSQL returns the path of a program of PostgreSQL's. Where there is none, the drill is skipped.
func needPostgreSQL(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && exists(filepath.Join(filepath.Dir(path), name)) {
			return filepath.Join(filepath.Dir(path), name)
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		t.Skipf("%s is not here: the drill needs a PostgreSQL of its own", name)
	}
	return found[len(found)-1]
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// postgres is one of PostgreSQL's programs as a user that is not root, which it refuses to serve.
func postgres(ctx context.Context, t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(ctx, needPostgreSQL(t, name), args...)
	apart(c)
	c.Dir = "/"
	if os.Getuid() == 0 {
		uid, gid := nobodyElse(t)
		as(c, uid, gid)
	}
	return c
}

// nobodyElse is the user that PostgreSQL runs as when the drill is root.
func nobodyElse(t *testing.T) (uid, gid uint32) {
	t.Helper()
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Skip("there is no user postgres to run the server as")
	}
	id, _ := strconv.ParseUint(u.Uid, 10, 32)
	group, _ := strconv.ParseUint(u.Gid, 10, 32)
	return uint32(id), uint32(group)
}

// folder makes one that the server may use below place, which others may pass.
func folder(t *testing.T, place string) string {
	t.Helper()
	dir, err := os.MkdirTemp(place, "chartwright-drill-") //nolint:usetesting // a test's own folder is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if os.Getuid() == 0 {
		uid, gid := nobodyElse(t)
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// newCluster makes an empty database server in a folder below place.
func newCluster(t *testing.T, place string) *cluster {
	t.Helper()
	c := &cluster{t: t, dir: filepath.Join(folder(t, place), "data")}
	said, err := postgres(t.Context(), t, "initdb", "-D", c.dir, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync",
		"--wal-segsize=1").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v: %s", err, said)
	}
	return c
}

// standby makes a server that follows c.
func (c *cluster) standby(name string) *cluster {
	c.t.Helper()
	s := &cluster{t: c.t, dir: filepath.Join(folder(c.t, ""), "data")}
	said, err := postgres(c.t.Context(), c.t, "pg_basebackup", "-D", s.dir, "-R", "-X", "stream", "-c", "fast", "--no-sync",
		"-d", "host=127.0.0.1 port="+c.port+" user=postgres application_name="+name).CombinedOutput()
	if err != nil {
		c.t.Fatalf("pg_basebackup: %v: %s", err, said)
	}
	return s
}

// start starts the server with settings beside its defaults and returns when it takes connections.
func (c *cluster) start(settings ...string) {
	c.t.Helper()
	if c.port == "" {
		_, c.port, _ = net.SplitHostPort(freeAddress(c.t))
	}
	args := []string{"-D", c.dir}
	for _, s := range append([]string{"port=" + c.port, "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100",
		"shared_buffers=16MB"}, settings...) {
		args = append(args, "-c", s)
	}
	server := postgres(context.Background(), c.t, "postgres", args...) // killed by the cleanup, not by the end of the test's context
	server.Stderr, server.Stdout = &c.said, &c.said
	if err := server.Start(); err != nil {
		c.t.Fatal(err)
	}
	ended := make(chan struct{})
	c.server, c.ended = server, ended
	go func() {
		_ = server.Wait()
		close(ended)
	}()
	c.t.Cleanup(func() { stopServer(server, ended) })
	await.True(c.t, "PostgreSQL starts", func() bool {
		select {
		case <-ended:
			c.t.Fatalf("PostgreSQL ended at its start: %s", c.said.String())
		default:
		}
		return postgres(c.t.Context(), c.t, "pg_isready", "-q", "-h", "127.0.0.1", "-p", c.port).Run() == nil
	})
}

// stopServer ends a server with all that it has started, whose process groups are their own.
func stopServer(server *exec.Cmd, ended chan struct{}) {
	_ = server.Process.Signal(syscall.SIGQUIT) // an immediate shutdown: the server ends its processes
	select {
	case <-ended:
	case <-time.After(await.Patience): // itself it waits five seconds for its processes, and kills them
		_ = server.Process.Kill()
		<-ended
	}
}

// kill ends the server without a word to anybody: what it knows is in its log alone.
func (c *cluster) kill() { stopServer(c.server, c.ended) }

// stop ends the server with all that it knows in its files.
func (c *cluster) stop() {
	c.t.Helper()
	_ = c.server.Process.Signal(syscall.SIGINT)
	select {
	case <-c.ended:
	case <-time.After(await.Patience):
		c.t.Fatalf("PostgreSQL does not stop: %s", c.said.String())
	}
}

// promote makes a standby the primary.
func (c *cluster) promote() {
	c.t.Helper()
	if said, err := postgres(c.t.Context(), c.t, "pg_ctl", "promote", "-w", "-D", c.dir).CombinedOutput(); err != nil {
		c.t.Fatalf("promote: %v: %s", err, said)
	}
}

// store is where a program keeps its records on this server.
func (c *cluster) store(data string) config.Store {
	return config.Store{Data: data, Database: config.Secret(fmt.Sprintf("postgres://postgres@127.0.0.1:%s/postgres?sslmode=disable", c.port))}
}

// down reports whether the server has ended.
func (c *cluster) down() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// freePorts are the ports that drills have asked for: between two uses of one nobody listens on it, and another drill must not get it.
var freePorts sync.Map

// freeAddress is one of loopback that nobody listens on, and that the system gives to nobody who asks for any: it is still free when it is
// used, and when it is used again. Nothing here listens on it to find out: a process that is started at that moment has the listener, too,
// until it runs its own program, and the address would be in use after it has been closed.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := 20_000 + rand.IntN(12_000)
		if _, given := freePorts.LoadOrStore(port, true); given {
			continue
		}
		at := fmt.Sprint("127.0.0.1:", port)
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", at)
		if err != nil {
			return at
		}
		_ = conn.Close()
	}
	t.Fatal("somebody listens on each of 100 ports")
	return ""
}
