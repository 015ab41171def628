package searchsql

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// rankNames are the ranks of drivers by number, in words.
var rankNames = map[int]string{
	rankID: "a logical id", rankReference: "a reference", rankPatient: "everything of one patient", rankIdentifier: "an identifier",
	rankToken: "a token", rankURI: "a URI", rankExact: "a whole string", rankComposite: "a composite", rankChain: "a chain",
	rankHas: "a reverse chain", rankPrefix: "the beginning of a string", rankWord: "a word", rankRange: "a range", rankFrom: "a range that is open above",
	rankTo: "a range that is open below", rankCommonToken: "a token that many have", rankContains: "a part of a string",
	rankText: "a text", rankMost: "more than half of the type", rankScan: "all resources of the type",
	rankWideChain: "a chain to many",
}

// modeNames are the orders of an answer, in words.
var modeNames = map[mode]string{
	byRID: "in the order in which resources were made", byKey: "in the order of the driver's index",
	byIndex: "in the order of the sort key's index", byGroup: "in the order of the sort keys' indexes, group by group of what is equal by the first ones", bySet: "sorted after all matches are found",
}

// explainer keeps what a search did, and asks the database how it went about each statement. The nil explainer keeps nothing.
type explainer struct {
	Querier
	d     Dialect
	lines []string
	ran   []statementRun
}

type statementRun struct {
	text string
	args []any
}

// QueryContext implements [Querier].
func (e *explainer) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	e.ran = append(e.ran, statementRun{text, args})
	return e.Querier.QueryContext(ctx, text, args...)
}

// counted notes how many rows each of several drivers was found to have: where these were counted, up to a limit.
func (e *explainer) counted(list []*driver, counts []int64, limit int) {
	if e == nil {
		return
	}
	for i, d := range list {
		n := strconv.FormatInt(counts[i], 10)
		switch {
		case counts[i] == uncounted:
			continue
		case d.kept == nil && counts[i] >= int64(limit):
			n = "at least " + n
		}
		e.lines = append(e.lines, fmt.Sprintf("counted: %s has %s rows", d.name(), n))
	}
}

// chosen notes the plan that was made out of drivers, which are in the order of rank; of a later page the one of its cursor.
func (e *explainer) chosen(p *plan, list []driver, again bool) {
	if e == nil {
		return
	}
	for i := range list {
		e.lines = append(e.lines, fmt.Sprintf("candidate: %s, rank %d (%s)", list[i].name(), list[i].rank, rankNames[list[i].rank]))
	}
	line := "driver: " + (&driver{clause: p.driver}).name()
	if again {
		line += ", as on the first page"
	}
	e.lines = append(e.lines, line, "order: "+modeNames[p.mode])
	if len(p.filters) > 0 {
		names := make([]string, len(p.filters))
		for i, n := range p.filters {
			names[i] = strconv.Itoa(n + 1)
		}
		e.lines = append(e.lines, "checked for each resource: condition "+strings.Join(names, ", "))
	}
}

// name is what a driver reads.
func (d *driver) name() string {
	switch d.clause {
	case driveScan:
		return "all resources of the type"
	case drivePatient:
		return "all resources of the patient"
	case driveSort:
		return "the index of the sort key"
	}
	return "condition " + strconv.Itoa(d.clause+1)
}

// explained returns everything that was kept, with the database's plan of each statement.
func (e *explainer) explained(ctx context.Context) ([]string, error) {
	list := e.lines
	for i, s := range e.ran {
		plan, err := e.planOf(ctx, s)
		if err != nil {
			return nil, err
		}
		n := strconv.Itoa(i + 1)
		list = append(list, "statement "+n+": "+s.text, "plan "+n+":\n"+strings.Join(plan, "\n"))
	}
	return list, nil
}

// planOf asks the database for the plan of a statement, line by line.
func (e *explainer) planOf(ctx context.Context, s statementRun) ([]string, error) {
	var lines []string
	if e.d == PostgreSQL {
		err := query(ctx, e.Querier, "EXPLAIN "+s.text, s.args, func(rows *sql.Rows) error {
			var line string
			err := rows.Scan(&line)
			lines = append(lines, line)
			return err
		})
		return lines, err
	}
	depth := map[int64]int{} // by the number of a step
	err := query(ctx, e.Querier, "EXPLAIN QUERY PLAN "+s.text, s.args, func(rows *sql.Rows) error {
		var id, parent, unused int64
		var line string
		err := rows.Scan(&id, &parent, &unused, &line)
		if parent != 0 {
			depth[id] = depth[parent] + 1
		}
		lines = append(lines, strings.Repeat("  ", depth[id])+line)
		return err
	})
	return lines, err
}
