package matrix_test

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	table "chartwright/gen/scope"
	"chartwright/internal/access"
	"chartwright/internal/access/accesstest"
)

// asker is somebody with a token at a site, as the model sees it: what the decision is comes from [accesstest.Model], which rows
// that means is worked out here, one fact after the other.
type asker struct {
	site    string
	subject *access.Subject
	policy  access.Policy
	facts   []*fact

	mu       sync.Mutex // several requests that the same asker sends may be under way at once
	verdicts map[access.Request]accesstest.Verdict
}

// may is the model's verdict about a FHIR action on a type.
func (q *asker) may(action access.Action, typ string) accesstest.Verdict {
	return q.verdict(access.Request{API: access.FHIR, Action: action, Type: typ})
}

func (q *asker) verdict(r access.Request) accesstest.Verdict {
	q.mu.Lock()
	defer q.mu.Unlock()
	v, ok := q.verdicts[r]
	if !ok {
		v = accesstest.Model(q.subject, r, q.policy)
		q.verdicts[r] = v
	}
	return v
}

// sees reports whether a verdict about the type of f shows f. What a granular query selects is told of live rows alone.
func (q *asker) sees(v accesstest.Verdict, f *fact) bool {
	if !v.Allowed || !owned(v.Patient, f) {
		return false
	}
	return len(v.Filters) == 0 || !f.deleted && slices.ContainsFunc(v.Filters, f.matches)
}

// owned reports whether f is within one patient's record, or shared with everybody.
func owned(patient string, f *fact) bool {
	row := table.TypeOf(f.Type)
	switch {
	case patient == "":
		return true
	case row.Sight == table.Denied, f.owner == several:
		return false
	case f.owner == "":
		return row.Sight == table.Open
	}
	return f.owner == patient
}

// matches reports whether f satisfies a query of a granular scope of this test.
func (f *fact) matches(query string) bool {
	name, value, _ := strings.Cut(query, "=")
	if text, err := url.QueryUnescape(value); err == nil {
		value = text
	}
	if name == "_id" {
		return f.ID == value
	}
	return f.category == value
}

// expectation is what the model says about an answer.
type expectation struct {
	status []int // one of them; none = any but a refusal
	entry  int   // status of the only entry of a batch; 0 = there is none
	rows   []*fact
	most   func() []*fact // what may be shown at most, instead of exactly rows

	free   bool     // what is shown is not compared with rows,
	secret []string // but has none of these texts
	// narrower tells that the rows have rules of their own, by which one who may can be refused.
	narrower bool

	trail   bool // the site's audit trail, which names everybody, may be in it
	counted bool // Bundle.total is total
	total   int
}

// may reports whether the request is allowed, even if what it asks for is not there.
func (e expectation) may() bool { return len(e.status) == 0 || e.status[0] < 400 }

// withTrail lets an answer hold the site's audit trail if the asker may search all AuditEvents. What it is about is tested where
// it is made.
func (q *asker) withTrail(e expectation) expectation {
	v := q.may(access.Search, "AuditEvent")
	e.trail = v.Allowed && v.Patient == "" && len(v.Filters) == 0
	return e
}

// refused is the answer to nobody, and to somebody who may not.
func (q *asker) refused() expectation {
	if q.subject.Actor == access.Anonymous {
		return expectation{status: []int{401}}
	}
	return expectation{status: []int{403}}
}

func shown(rows ...*fact) expectation { return expectation{status: []int{200}, rows: rows} }

func missing(status ...int) expectation { return expectation{status: status} }

// live are the facts of a type that a verdict shows, deleted ones aside.
func (q *asker) live(v accesstest.Verdict, typ string) []*fact {
	var list []*fact
	for _, f := range q.facts {
		if f.Type == typ && !f.deleted && q.sees(v, f) {
			list = append(list, f)
		}
	}
	return list
}

// patients are the Patients among the facts that the asker finds by reference, of those that others name.
func (q *asker) patients(of ...*fact) []*fact {
	v := q.may(access.Search, "Patient")
	var list []*fact
	for _, p := range q.live(v, "Patient") {
		if slices.ContainsFunc(of, func(f *fact) bool { return slices.Contains(f.about, p.ID) }) {
			list = append(list, p)
		}
	}
	return list
}

// search is the answer to a search of a type, with a condition on what is found.
func (q *asker) search(typ string, keep func(*fact) bool) expectation {
	v := q.may(access.Search, typ)
	if !v.Allowed {
		return q.refused()
	}
	rows := q.live(v, typ)
	if keep != nil {
		rows = slices.DeleteFunc(rows, func(f *fact) bool { return !keep(f) })
	}
	return shown(rows...)
}

// read is the answer to a read of one resource under a verdict.
func (q *asker) read(v accesstest.Verdict, f *fact) expectation {
	switch {
	case !v.Allowed:
		return q.refused()
	case !q.sees(v, f):
		return missing(404)
	case f.deleted:
		return missing(410)
	}
	return shown(f)
}

// history is the answer to a request for old versions: of the rows in the view.
func (q *asker) history(v accesstest.Verdict, keep func(*fact) bool) expectation {
	if !v.Allowed {
		return q.refused()
	}
	var rows []*fact
	for _, f := range q.facts {
		if keep(f) && q.sees(v, f) {
			rows = append(rows, f)
		}
	}
	return shown(rows...)
}

// inBatch is the answer to a batch with one entry, of which e is what the entry alone would get.
func (q *asker) inBatch(e expectation) expectation {
	if v := q.verdict(access.Request{API: access.FHIR, Operation: "batch"}); !v.Allowed {
		return q.refused()
	}
	e.entry, e.status = e.status[0], []int{200}
	return e
}

// inTransaction is the answer to a transaction with one entry that reads.
func (q *asker) inTransaction(e expectation) expectation {
	if v := q.verdict(access.Request{API: access.FHIR, Operation: "transaction"}); !v.Allowed {
		return q.refused()
	}
	if e.status[0] < 400 {
		e.entry = e.status[0]
	}
	return e
}
