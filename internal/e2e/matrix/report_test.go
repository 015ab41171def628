package matrix_test

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// tally counts what the trials came to. Safe for concurrent use.
type tally struct {
	mu         sync.Mutex
	ctx        context.Context // when it is over, nothing more is asked
	started    time.Time
	stage      string
	counts     map[cell]map[string]int // by outcome
	wrong      []mismatch
	mismatches int
	sent       int
	considered int // cases that the model was asked about
	senseless  int // cases that cannot be asked: see [trial.sensible]
	factors    int // cases that there are by multiplication, of the topics so far
	product    int // cases that can be asked, once all were considered
	limit      int // of mismatches, after which nothing more is asked; 0 = none
}

// cell is one row of a table of the report.
type cell struct{ table, name string }

// mismatch is an answer that the model did not expect, with the request that shows it.
type mismatch struct{ Site, Actor, Scopes, Path, Request, Body, Bad, Answer string }

func (m *mismatch) String() string {
	return fmt.Sprintf("at %s, %s with [%s], by %s: %s %s: %s (answer %s)", m.Site, m.Actor, m.Scopes, m.Path, m.Request, m.Body, m.Bad, m.Answer)
}

// kept is how many mismatches are kept in full.
const kept = 500

func newTally(limit int) *tally {
	return &tally{ctx: context.Background(), started: time.Now(), counts: map[cell]map[string]int{}, limit: limit}
}

// tables are the tables of the report: what each counts by.
var tables = []struct {
	title string
	name  func(c *trial) string
}{
	{"actor", func(c *trial) string { return c.actor.name }},
	{"scopes", func(c *trial) string { return c.probe.formName(c.scopes) }},
	{"operation", func(c *trial) string { return c.probe.operationName() }},
	{"path to the data", func(c *trial) string { return c.probe.path }},
	{"site", func(c *trial) string { return c.site }},
	{"way to the program", (*trial).way},
	{"type", func(c *trial) string { return c.probe.asks.Type }},
	{"actor and operation", func(c *trial) string { return c.actor.name + ": " + c.probe.operationName() }},
}

// formName is the scopes of a case without the names of what they are asked for.
func (p *probe) formName(scopes []string) string {
	if p.asks.Type == "" || len(scopes) == 0 {
		return strings.Join(scopes, " ")
	}
	return strings.ReplaceAll(strings.Join(scopes, " "), p.asks.Type, "{type}")
}

// operationName is what a probe asks for.
func (p *probe) operationName() string {
	if p.asks.Operation != "" {
		return string(p.asks.API) + " " + p.asks.Operation
	}
	return string(p.asks.API) + " " + map[byte]string{'c': "create", 'r': "read", 'u': "update", 'd': "delete", 's': "search"}[byte(p.asks.Action)]
}

// add takes one answer; bad says what is wrong with it.
func (t *tally) add(c *trial, a *answer, bad string) {
	outcome := c.outcome()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent++
	for _, of := range tables {
		k := cell{of.title, of.name(c)}
		if t.counts[k] == nil {
			t.counts[k] = map[string]int{}
		}
		t.counts[k][outcome]++
	}
	if bad == "" {
		return
	}
	t.mismatches++
	if len(t.wrong) == kept {
		return
	}
	m := mismatch{
		Site: c.site, Actor: c.actor.name, Scopes: strings.Join(c.scopes, " "), Path: c.probe.path, Bad: bad,
		Request: c.probe.call.method + " /apis/" + c.site + strings.ReplaceAll(c.probe.call.path, siteMark, c.site),
		Body:    string(bytes.ReplaceAll(c.probe.call.body, []byte(siteMark), []byte(c.site))),
	}
	for name, value := range c.probe.call.header {
		m.Request += " " + name + ": " + value
	}
	if a != nil {
		m.Answer = fmt.Sprintf("%d: %.2000s", a.status, a.body)
	}
	t.wrong = append(t.wrong, m)
}

// consider counts cases that the model was asked about, and those that cannot be asked.
func (t *tally) consider(cases, senseless int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.considered += cases
	t.senseless += senseless
}

// size counts cases of which a topic is the product.
func (t *tally) size(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.factors += n
}

// begin says what is done from now on.
func (t *tally) begin(stage string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stage = stage
}

// over reports whether nothing more is to be asked.
func (t *tally) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.limit > 0 && t.mismatches >= t.limit || t.ctx.Err() != nil
}

// fail fails the test for every mismatch.
func (t *tally) fail(tb testing.TB) {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, bad := range t.wrong[:min(len(t.wrong), 20)] {
		tb.Errorf("%.1500s", bad.String())
	}
	tb.Logf("%d requests for %d cases, %d of them answered otherwise than the model says", t.sent, t.considered, t.mismatches)
}

// progressEvery is how often a long run tells how far it is.
const progressEvery = 10 * time.Second

// watch tells the progress and keeps the report up to date until the returned function is called, which writes it a last time.
func (t *tally) watch(tb testing.TB) (stop func()) {
	tb.Helper()
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			t.report(tb)
			select {
			case <-tick.C:
			case <-done:
				t.report(tb)
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// reportFolder is where the report goes: below the root of the repository, in a folder that is not kept.
const reportFolder = "../../../tmp/matrix"

//go:embed report.html
var reportText string

var reportPage = template.Must(template.New("report").Parse(reportText))

type reportTable struct {
	Title string
	Rows  []reportRow
}

type reportRow struct {
	Name   string
	Sum    int
	Counts []int
}

// report writes the figures so far as a page, and a line of them to the log.
func (t *tally) report(tb testing.TB) {
	t.mu.Lock()
	defer t.mu.Unlock()
	age := time.Since(t.started).Round(time.Second)
	tb.Logf("%s: %s; %d cases, %d requests (%d a second), %d wrong", age, t.stage, t.considered, t.sent, int(float64(t.sent)/max(age.Seconds(), 1)), t.mismatches)
	page := struct {
		Stage, Age                            string
		Sent, Considered, Product, Mismatches int
		Wrong                                 []mismatch
		Outcomes                              []string
		Tables                                []reportTable
	}{Stage: t.stage, Age: age.String(), Sent: t.sent, Considered: t.considered, Product: t.product, Mismatches: t.mismatches, Wrong: t.wrong}
	outcomes := map[string]bool{}
	for _, of := range t.counts {
		for o := range of {
			outcomes[o] = true
		}
	}
	page.Outcomes = slices.Sorted(maps.Keys(outcomes))
	for _, of := range tables {
		page.Tables = append(page.Tables, reportTable{of.title, t.rows(of.title, page.Outcomes)})
	}
	var text bytes.Buffer
	if err := reportPage.Execute(&text, page); err != nil {
		tb.Error(err)
		return
	}
	name := filepath.Join(reportFolder, "index.html")
	if err := os.MkdirAll(reportFolder, 0o755); err != nil {
		tb.Error(err)
		return
	}
	if err := os.WriteFile(name+".new", text.Bytes(), 0o600); err != nil {
		tb.Error(err)
		return
	}
	if err := os.Rename(name+".new", name); err != nil {
		tb.Error(err)
	}
}

// rows are the figures of one table. The lock is held.
func (t *tally) rows(title string, outcomes []string) []reportRow {
	var rows []reportRow
	for k, of := range t.counts {
		if k.table != title {
			continue
		}
		r := reportRow{Name: k.name}
		for _, o := range outcomes {
			r.Counts = append(r.Counts, of[o])
			r.Sum += of[o]
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b reportRow) int { return cmp.Compare(a.Name, b.Name) })
	return rows
}
