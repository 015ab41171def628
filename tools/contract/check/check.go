// Package check holds a running server to the documents of the Standard and Portal APIs.
//
// What is asked of each operation follows from its document alone: a valid call is answered as documented; a call without a
// token, with one that lacks the scope, with one of a role that lacks the right and with one of somebody else's kind is refused as
// documented; so is a body that lacks a required field or breaks a rule, under the key of that rule. The records that the calls need are made by the operations that
// make them, and only those are changed or deleted.
package check

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"chartwright/internal/care/form"
)

// Options say which server is checked, and as whom.
type Options struct {
	Base     string // address of a site's APIs, such as https://localhost:9300/apis/default
	Client   *http.Client
	Token    string            // of staff, with every scope of the Standard API
	Portal   string            // of a patient, with every scope of the Portal API; empty leaves the Portal API out
	Narrow   string            // valid, but without any scope for records; empty leaves those checks out
	Roles    map[string]string // of staff with every scope of the Standard API, by role; [NoRole] for staff without one
	ReadOnly bool              // call nothing that writes
	Each     func(Result)
}

// Result is the outcome of one check.
type Result struct {
	API, Operation, Check string
	Note                  string // what limits a check that passed, such as that there is no record to read
	Err                   error  // why it failed; nil if it passed
}

// Run checks every operation and returns how many checks passed and failed. An error means that the documents can't be read.
func Run(ctx context.Context, o Options) (passed, failed int, err error) {
	for _, x := range []struct {
		load         func() (*API, error)
		token, other string
	}{{Standard, o.Token, o.Portal}, {Portal, o.Portal, o.Token}} {
		api, err := x.load()
		if err != nil {
			return passed, failed, err
		}
		if x.token == "" {
			continue
		}
		r := &run{Options: o, ctx: ctx, api: api, token: x.token, other: x.other, answers: map[string]answer{}, records: map[string]string{}}
		r.all()
		passed, failed = passed+r.passed, failed+r.failed
	}
	return passed, failed, nil
}

// run is the check of one API.
type run struct {
	Options
	ctx            context.Context //nolint:containedctx // a run is one call of Run and ends with it
	api            *API
	token, other   string            // of those whom the API is for, and of the others
	answers        map[string]answer // to the valid calls, by operation
	records        map[string]string // identifiers, by collection and parameter
	passed, failed int
}

// all checks every operation; what deletes goes last, since the others need the records.
func (r *run) all() {
	for _, last := range []bool{false, true} {
		for i := range r.api.Operations {
			op := &r.api.Operations[i]
			if last == (op.Method == http.MethodDelete) && !(r.ReadOnly && writes(op)) {
				r.operation(op)
			}
		}
	}
}

// writes reports whether an operation changes records. A GET may do so, too.
func writes(op *form.Operation) bool {
	return op.Method != http.MethodGet || op.Audit.Action != "" && op.Audit.Action != "R"
}

func (r *run) operation(op *form.Operation) {
	path, _ := r.address(op)
	b, err := r.example(op)
	if err != nil {
		r.report(op, "example", "", err)
		return
	}
	r.refused(op, "without a token", r.send(op, path, b, ""), http.StatusUnauthorized)
	if r.Narrow != "" && len(op.Scopes) > 0 {
		r.refused(op, "without the scope", r.send(op, path, b, r.Narrow), http.StatusForbidden)
	}
	for _, role := range slices.Sorted(maps.Keys(r.Roles)) {
		if lacks(role, op) {
			r.refused(op, "with the role "+role, r.send(op, path, b, r.Roles[role]), http.StatusForbidden)
		}
	}
	if r.other != "" {
		r.refused(op, "as somebody of the other API", r.send(op, path, b, r.other), http.StatusForbidden)
	}
	r.valid(op)
	if op.Mode != form.NoBody && !r.ReadOnly {
		r.rules(op, path)
	}
}

// valid makes the valid call of an operation once and remembers the answer.
func (r *run) valid(op *form.Operation) answer {
	if a, done := r.answers[op.ID]; done {
		return a
	}
	path, found := r.address(op)
	b, err := r.example(op)
	a := answer{err: err}
	if err == nil {
		a = r.send(op, path, b, r.token)
	}
	note := ""
	if a.err == nil {
		a.err = r.api.Documented(op, a.status, a.body)
		note = fmt.Sprint(a.status)
		missing := !found && (a.status == http.StatusNotFound || a.status == http.StatusBadRequest)
		if missing {
			note += ", there is no record"
		}
		if a.err == nil && a.status >= 300 && !missing {
			a.err = fmt.Errorf("status %d: %.500s", a.status, a.body)
		}
	}
	r.answers[op.ID] = a
	r.report(op, "a valid call", note, a.err)
	return a
}

// refused wants one status, as documented.
func (r *run) refused(op *form.Operation, check string, a answer, status int) {
	err := a.err
	if err == nil && a.status != status {
		err = fmt.Errorf("status %d, want %d: %.500s", a.status, status, a.body)
	}
	if err == nil {
		err = r.api.Documented(op, a.status, a.body)
	}
	r.report(op, check, "", err)
}

// rules breaks each rule of a body by itself.
func (r *run) rules(op *form.Operation, path string) {
	for _, f := range op.Fields {
		if f.Required && op.Mode == form.Create {
			r.broken(op, path, "without "+f.Name, f.Name, Missing, func(m map[string]any) { delete(m, f.Name) })
		}
		for _, b := range Breaches(f) {
			r.broken(op, path, fmt.Sprintf("%s = %.24q", f.Name, fmt.Sprint(b.Value)), f.Name, b.Rule, func(m map[string]any) { m[f.Name] = b.Value })
		}
	}
}

// broken sends the example after spoil, and wants the answer to say which rule of the field that breaks.
func (r *run) broken(op *form.Operation, path, check, field, rule string, spoil func(map[string]any)) {
	m, err := r.api.Example(op)
	if err != nil {
		r.report(op, check, "", err)
		return
	}
	spoil(m)
	b, err := inJSON(m)
	if err != nil {
		r.report(op, check, "", err)
		return
	}
	a := r.send(op, path, b, r.token)
	if said := Messages(op, a.body, field); a.err == nil && a.status == http.StatusBadRequest && said[rule] == nil {
		a.err = fmt.Errorf("%s is missing among %v", rule, said)
	}
	r.refused(op, check, a, http.StatusBadRequest)
}

func (r *run) report(op *form.Operation, check, note string, err error) {
	if err != nil {
		r.failed++
	} else {
		r.passed++
	}
	r.Each(Result{API: r.api.Name, Operation: op.ID, Check: check, Note: note, Err: err})
}
