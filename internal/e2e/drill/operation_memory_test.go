package drill_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/config"
)

// TestDrillMemory is F-28: many Bundles of the largest size at once, bodies without an end and bodies that unpack to gigabytes, in a process
// that may have half a gigabyte. They are stored, or refused with 413 or 429; nobody else notices, and the process stays within its limit.
func TestDrillMemory(t *testing.T) {
	onEachInTurn(t, func(t *testing.T, on config.Store) {
		const limit = 512 << 20
		options := []option{environ("GOMEMLIMIT=450MiB")}
		if all() { // the kernel looks after the limit, and the program finds it by itself
			options = []option{environ("GOMEMLIMIT="), inGroup(t, "memory", map[string]string{"memory.limit_in_bytes": fmt.Sprint(limit)}, map[string]string{"memory.max": fmt.Sprint(limit)})}
		}
		p := serve(t, on, options...)
		bundle := p.largeBundle(45 << 20)
		endless := func() io.Reader { return io.MultiReader(bytes.NewReader(bundle[:40<<20]), blanks(1<<30)) }
		bomb := zipped(t, 200<<20)
		ctx, cancel := context.WithTimeout(t.Context(), await.Patience)
		defer cancel()
		var senders, others sync.WaitGroup
		var mu sync.Mutex
		answers := map[string]int{}
		send := func(name string, body io.Reader, length int64, headers ...string) {
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, baseURL+"/apis/default/fhir", body)
			if err != nil {
				t.Error(err)
				return
			}
			r.ContentLength = length
			r.Header.Set("Authorization", "Bearer "+p.token)
			r.Header.Set("Content-Type", "application/fhir+json")
			for i := 0; i+1 < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			what := "cut" // the server need not read what it refuses
			if resp, err := p.caller().Do(r); err == nil {
				what = strconv.Itoa(resp.StatusCode)
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != 200 && resp.StatusCode != 413 && resp.StatusCode != 429 || resp.StatusCode == 429 && resp.Header.Get("Retry-After") == "" {
					t.Errorf("%s is answered %s", name, resp.Status)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			answers[name+" "+what]++
		}
		for range rounds(12, 100) {
			senders.Go(func() { send("large", bytes.NewReader(bundle), int64(len(bundle))) })
		}
		for range rounds(4, 20) {
			senders.Go(func() { send("endless", endless(), -1) })
			senders.Go(func() { send("announced", endless(), 1<<30) })
			senders.Go(func() { send("bomb", bytes.NewReader(bomb), int64(len(bomb)), "Content-Encoding", "gzip") })
		}
		done := make(chan struct{})
		others.Go(func() {
			for l := newLedger(p); ; {
				select {
				case <-done:
					return
				case <-time.After(20 * time.Millisecond):
				}
				if a := l.create(ctx, p.client, fmt.Sprint("small", l.size())); a.status != http.StatusCreated {
					t.Errorf("somebody else's resource: %v", a)
				}
			}
		})
		senders.Wait()
		close(done)
		others.Wait()
		t.Logf("%v; at most %d MB were resident", answers, p.mostResident(t)>>20)
		if answers["large 200"] == 0 {
			t.Error("not one large Bundle was stored")
		}
		if most := p.mostResident(t); most > limit {
			t.Errorf("%d MB were resident", most>>20)
		}
		if !p.alive() {
			t.Fatalf("the process has ended: %s", p.said.String())
		}
		if a := p.ask(http.MethodPost, "", nil); a.status != http.StatusBadRequest {
			t.Errorf("afterwards: %v", a)
		}
	})
}

// onEachInTurn is [onEach] for what does not depend on the database: the quick form is on SQLite alone.
func onEachInTurn(t *testing.T, drill func(t *testing.T, on config.Store)) {
	t.Helper()
	if all() {
		onEach(t, drill)
		return
	}
	t.Parallel()
	drill(t, onSQLite(t))
}

// largeBundle is a batch of about so many bytes.
func (p *program) largeBundle(size int) []byte {
	var b bytes.Buffer
	b.Grow(size + 1<<20)
	b.WriteString(`{"resourceType":"Bundle","type":"batch","entry":[`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient","name":[{"family":"Large%d"}],"contact":[{"name":{"text":"%s"}}]}}`,
			i, strings.Repeat("x", 30_000))
	}
	b.WriteString("]}")
	return b.Bytes()
}

// blanks is so much white space.
func blanks(n int64) io.Reader { return io.LimitReader(blank{}, n) }

type blank struct{}

// Read implements io.Reader.
func (blank) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// zipped is a body that becomes much longer.
func zipped(t *testing.T, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.Copy(w, blanks(n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// mostResident is the most memory that the process has had, in bytes.
func (p *program) mostResident(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.process.Process.Pid))
	if err != nil {
		t.Skipf("the system does not say what a process needs: %v", err)
	}
	m := highWater.FindSubmatch(status)
	if m == nil {
		t.Fatalf("no high water mark in %s", status)
	}
	kib, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// inGroup has the program start in a control group of its own with these files written, of version 1 or 2 as the system has. Where there
// are none, or no right to make one, the drill is skipped.
func inGroup(t *testing.T, controller string, v1, v2 map[string]string) option {
	t.Helper()
	const root = "/sys/fs/cgroup"
	parent, files := filepath.Join(root, controller), v1
	if _, err := os.Stat(filepath.Join(root, "cgroup.controllers")); err == nil {
		parent, files = root, v2
	}
	group, err := os.MkdirTemp(parent, "chartwright-drill-") //nolint:usetesting // it is a control group
	if err != nil {
		t.Skipf("no control group can be made: %v", err)
	}
	t.Cleanup(func() { // the processes have ended: the program's own cleanup comes first
		if err := os.Remove(group); err != nil {
			t.Log(err)
		}
	})
	for name, value := range files {
		if err := os.WriteFile(filepath.Join(group, name), []byte(value), 0o600); err != nil {
			t.Skipf("the control group takes no limit: %v", err)
		}
	}
	return under("sh", "-c", `echo $$ >"`+filepath.Join(group, "cgroup.procs")+`" && exec "$0" "$@"`)
}
