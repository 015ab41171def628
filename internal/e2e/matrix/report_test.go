package matrix_test

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// tally counts what the trials came to.
type tally struct {
	mu     sync.Mutex
	counts map[cell]int
	wrong  []string
	sent   int
	limit  int // of mismatches, after which nothing more is asked; 0 = none
}

// cell is one figure of the report.
type cell struct{ actor, path, outcome string }

func newTally(limit int) *tally { return &tally{counts: map[cell]int{}, limit: limit} }

// add takes one answer; bad says what is wrong with it.
func (t *tally) add(c *trial, a *answer, bad string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent++
	t.counts[cell{c.actor.name, c.probe.path, c.outcome()}]++
	if bad == "" {
		return
	}
	text := c.String() + ": " + bad
	if a != nil {
		text += fmt.Sprintf(" (answer %d: %.600s)", a.status, a.body)
	}
	t.wrong = append(t.wrong, text)
}

func (t *tally) full() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.limit > 0 && len(t.wrong) >= t.limit
}

// reportFolder is where the report goes: below the root of the repository, in a folder that is not kept.
const reportFolder = "../../../tmp/matrix"

// report writes the figures as a page and says where it is.
func (t *tally) report(tb testing.TB) {
	tb.Helper()
	type row struct {
		Name   string
		Counts []int
	}
	page := struct {
		Sent     int
		Wrong    []string
		Outcomes []string
		Actors   []row
		Paths    []row
		Cells    []row
	}{Sent: t.sent, Wrong: t.wrong}
	outcomes := map[string]bool{}
	for c := range t.counts {
		outcomes[c.outcome] = true
	}
	page.Outcomes = slices.Sorted(maps.Keys(outcomes))
	table := func(name func(cell) string) []row {
		counts := map[string]map[string]int{}
		for c, n := range t.counts {
			if counts[name(c)] == nil {
				counts[name(c)] = map[string]int{}
			}
			counts[name(c)][c.outcome] += n
		}
		var rows []row
		for name, of := range counts {
			r := row{Name: name}
			for _, o := range page.Outcomes {
				r.Counts = append(r.Counts, of[o])
			}
			rows = append(rows, r)
		}
		slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.Name, b.Name) })
		return rows
	}
	page.Actors = table(func(c cell) string { return c.actor })
	page.Paths = table(func(c cell) string { return c.path })
	page.Cells = table(func(c cell) string { return c.actor + ", " + c.path })
	if err := os.MkdirAll(reportFolder, 0o755); err != nil {
		tb.Fatal(err)
	}
	name, err := filepath.Abs(filepath.Join(reportFolder, "index.html"))
	if err != nil {
		tb.Fatal(err)
	}
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if err := reportPage.Execute(f, page); err != nil {
		tb.Fatal(err)
	}
	tb.Logf("the report is %s", name)
}

var reportPage = template.Must(template.New("report").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Access matrix</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #222 }
table { border-collapse: collapse; margin: 1em 0 }
th, td { border: 1px solid #ccc; padding: 2px 8px; text-align: right }
th:first-child, td:first-child { text-align: left }
thead th { position: sticky; top: 0; background: #f3f3f3 }
.zero { color: #bbb } .wrong { color: #a00; white-space: pre-wrap; font-family: monospace }
</style>
<h1>Access matrix</h1>
<p>{{.Sent}} requests, {{len .Wrong}} answered otherwise than the model says.</p>
{{range .Wrong}}<p class="wrong">{{.}}</p>{{end}}
{{define "rows"}}{{range .}}<tr><td>{{.Name}}</td>{{range .Counts}}<td{{if not .}} class="zero"{{end}}>{{.}}</td>{{end}}</tr>{{end}}{{end}}
{{define "head"}}<thead><tr><th></th>{{range .}}<th>{{.}}</th>{{end}}</tr></thead>{{end}}
<h2>By actor</h2><table>{{template "head" .Outcomes}}{{template "rows" .Actors}}</table>
<h2>By path</h2><table>{{template "head" .Outcomes}}{{template "rows" .Paths}}</table>
<h2>By actor and path</h2><table>{{template "head" .Outcomes}}{{template "rows" .Cells}}</table>
</html>
`))
