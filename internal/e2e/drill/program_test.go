package drill_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/config"
	"chartwright/internal/demo"
	"chartwright/internal/e2e/demoserver"
)

// baseURL is how clients reach the program, however often it is started anew and on whatever port.
const baseURL = "http://127.0.0.1"

// scopes are what the drills' token is for.
var scopes = []string{"openid", "api:fhir", "user/Patient.read", "user/Patient.write", "user/Observation.read", "user/Observation.write"}

// program is the real program on its databases, as a process of its own that a drill may do anything to.
type program struct {
	t       *testing.T
	on      config.Store
	client  *http.Client // reaches whichever process serves now
	token   string
	address atomic.Pointer[string]
	process *exec.Cmd // that serves; nil = none
	ended   chan struct{}
	said    record // what it has printed
}

// option changes how the program is started.
type option func(*exec.Cmd)

// under has another command start the program: the words before its name, such as strace and its flags.
func under(words ...string) option {
	return func(c *exec.Cmd) {
		path, err := exec.LookPath(words[0])
		if err == nil {
			c.Path, c.Args = path, append(words, c.Args...)
		}
	}
}

// environ adds to what the program finds in its environment.
func environ(pairs ...string) option {
	return func(c *exec.Cmd) { c.Env = append(c.Env, pairs...) }
}

// flags adds to the arguments.
func flags(more ...string) option {
	return func(c *exec.Cmd) { c.Args = append(c.Args, more...) }
}

// serve starts the program on databases that [onSQLite] or [onPostgreSQL] have given, with a token for them, and ends it with the
// drill.
func serve(t *testing.T, on config.Store, options ...option) *program {
	t.Helper()
	p := &program{t: t, on: on}
	p.client = p.caller()
	p.start(options...)
	p.token = prepared.token(on)
	return p
}

// launch is [serve] on databases that are empty.
func launch(t *testing.T, on config.Store, options ...option) *program {
	t.Helper()
	p := &program{t: t, on: on}
	p.client = p.caller()
	p.start(options...)
	var err error
	if p.token, err = p.signIn(); err != nil {
		t.Fatalf("%v\n%s", err, p.said.String())
	}
	return p
}

// caller is a client that keeps connections of its own.
func (p *program) caller() *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, *p.address.Load())
	}}
	p.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: await.Patience}
}

// signIn gets a token as a person does, by the pages.
func (p *program) signIn() (token string, err error) {
	return (&demoserver.Server{URL: baseURL, Client: p.client}).SignIn(demoserver.Admin, scopes)
}

// command is a command of the program on the same databases. It is the leader of a process group, so that it ends with whoever it
// has started.
func (p *program) command(ctx context.Context, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	c := exec.CommandContext(ctx, self, args...)
	c.Env = append(os.Environ(), asProgram+"=yes")
	apart(c)
	c.Cancel = func() error { return end(c) }
	c.Args = append(c.Args, "--data", p.on.Data)
	if p.on.Database != "" {
		c.Args = append(c.Args, "--database", string(p.on.Database))
	}
	return c
}

// start starts the process that serves and returns when it accepts requests.
func (p *program) start(options ...option) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background()) // killed by the cleanup, not by the end of the test's context
	c := p.command(ctx, "serve", "--demo", "--tls", "off", "--listen", "127.0.0.1:0", "--base-url", baseURL)
	for _, o := range options {
		o(c)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	c.Stderr = &p.said
	if err := c.Start(); err != nil {
		cancel()
		p.t.Fatal(err)
	}
	p.process, p.ended = c, make(chan struct{})
	ended, listening := p.ended, make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			fmt.Fprintln(&p.said, lines.Text())
			if at, ok := strings.CutPrefix(lines.Text(), "listening on http://"); ok {
				listening <- at
			}
		}
		_ = c.Wait()
		close(ended)
	}()
	p.t.Cleanup(func() {
		_ = end(c)
		cancel()
		<-ended
	})
	select {
	case at := <-listening:
		p.address.Store(&at)
	case <-ended:
		p.t.Fatalf("the program ended at its start: %s", p.said.String())
	case <-time.After(await.Patience):
		p.t.Fatalf("the program does not start: %s", p.said.String())
	}
}

// kill ends the process as a crash does, between two of its instructions.
func (p *program) kill() {
	_ = end(p.process)
	<-p.ended
}

// stop ends the process as an operator does.
func (p *program) stop() {
	p.t.Helper()
	_ = p.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(await.Patience):
		p.t.Fatalf("the program does not stop: %s", p.said.String())
	}
}

// alive reports whether the process still runs.
func (p *program) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// sound has the program compare its record with itself, and walk its audit trail, as an operator would after the fault.
func (p *program) sound() {
	p.t.Helper()
	for _, args := range [][]string{{"check"}, {"audit", "verify"}} {
		ctx, cancel := context.WithTimeout(p.t.Context(), await.Patience)
		if said, err := p.command(ctx, args...).CombinedOutput(); err != nil {
			p.t.Errorf("%s: %v: %s", strings.Join(args, " "), err, said)
		}
		cancel()
	}
}

// answer is what came back for a request. Status 0 means that nothing did, and err says why.
type answer struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
	err    error
}

func (a answer) String() string {
	if a.err != nil {
		return fmt.Sprintf("no answer after %v: %v", a.took, a.err)
	}
	return fmt.Sprintf("%d after %v: %.300s", a.status, a.took, a.body)
}

// turnedAway reports whether the answer asks the client to come back later, in the form that FHIR has for it.
func (a answer) turnedAway() bool {
	return a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" && bytes.Contains(a.body, []byte("OperationOutcome"))
}

// ask sends a request below the FHIR base of the default site with the drill's token. A path that begins with / is the server's.
func (p *program) ask(method, path string, body any, header ...string) answer {
	ctx, cancel := context.WithTimeout(context.Background(), await.Patience)
	defer cancel()
	return p.send(ctx, p.client, method, path, body, header...)
}

func (p *program) send(ctx context.Context, client *http.Client, method, path string, body any, header ...string) answer {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return answer{err: err}
		}
		content = bytes.NewReader(text)
	}
	target := baseURL + path
	if !strings.HasPrefix(path, "/") {
		target = baseURL + "/apis/default/fhir/" + path
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(target, "/"), content)
	if err != nil {
		return answer{err: err}
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/fhir+json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	begun := time.Now()
	resp, err := client.Do(r)
	if err != nil {
		return answer{err: err, took: time.Since(begun)}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{err: err, took: time.Since(begun)} // a cut answer tells nothing
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: text, took: time.Since(begun)}
}

// known is somebody of the demonstration.
const known = "Patient/" + demo.PortalPatient

// search goes through all pages of a search and calls each for every match. Where it is turned away, it comes back.
func (p *program) search(typ string, query url.Values, each func(resource json.RawMessage)) {
	p.t.Helper()
	for next := typ + "?" + query.Encode(); next != ""; {
		var a answer
		await.True(p.t, "the record can be searched", func() bool {
			a = p.ask(http.MethodGet, next, nil)
			return !a.turnedAway()
		})
		var page struct {
			Link  []struct{ Relation, URL string }
			Entry []struct{ Resource json.RawMessage }
		}
		if err := json.Unmarshal(a.body, &page); a.status != http.StatusOK || err != nil {
			p.t.Fatalf("GET %s: %v", next, a)
		}
		for _, e := range page.Entry {
			each(e.Resource)
		}
		next = ""
		for _, l := range page.Link {
			if l.Relation == "next" {
				next = strings.TrimPrefix(l.URL, baseURL)
			}
		}
	}
}

// serves reports whether the program says that it can be used.
func (p *program) serves() bool {
	return p.ask(http.MethodGet, "/health/ready", nil).status == http.StatusOK
}

// record keeps what several write, up to a size that a test's report can show.
type record struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (r *record) Write(b []byte) (int, error) {
	const most = 64 << 10
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text = append(r.text, b...)
	if over := len(r.text) - most; over > 0 {
		r.text = r.text[over:]
	}
	return len(b), nil
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(r.text)
}
