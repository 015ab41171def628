package searchsql

import (
	"strconv"
	"strings"
)

// expr is a piece of SQL whose values are bound: text holds one question mark for each of args, and none besides. Text is
// only ever written in this package; what comes from a request is always an arg.
type expr struct {
	text string
	args []any
}

// sq makes an expr from a pattern. Each question mark takes one of args: another expr is put in its place, everything else
// is bound.
func sq(pattern string, args ...any) expr {
	spliced := false
	for _, a := range args {
		if _, ok := a.(expr); ok {
			spliced = true
			break
		}
	}
	if !spliced {
		return expr{pattern, args}
	}
	var b strings.Builder
	var out []any
	for _, a := range args {
		before, after, _ := strings.Cut(pattern, "?")
		b.WriteString(before)
		pattern = after
		if e, ok := a.(expr); ok {
			b.WriteString(e.text)
			out = append(out, e.args...)
		} else {
			b.WriteByte('?')
			out = append(out, a)
		}
	}
	b.WriteString(pattern)
	return expr{b.String(), out}
}

// empty reports whether e says nothing: as a condition, that it always holds.
func (e expr) empty() bool { return e.text == "" }

// and joins the conditions that say something.
func and(list ...expr) expr { return join(list, " AND ") }

// or joins alternatives. An alternative that says nothing makes the whole say nothing.
func or(list ...expr) expr {
	for _, e := range list {
		if e.empty() {
			return expr{}
		}
	}
	joined := join(list, " OR ")
	if len(list) > 1 {
		joined.text = "(" + joined.text + ")"
	}
	return joined
}

func join(list []expr, sep string) expr {
	var parts []string
	var args []any
	for _, e := range list {
		if !e.empty() {
			parts = append(parts, e.text)
			args = append(args, e.args...)
		}
	}
	return expr{strings.Join(parts, sep), args}
}

// never is the condition that holds for no row.
var never = expr{text: "1 = 0"}

// finish turns e into the text of the dialect.
func (d Dialect) finish(e expr) (string, []any) {
	if d != PostgreSQL {
		return e.text, e.args
	}
	var b strings.Builder
	b.Grow(len(e.text) + 2*len(e.args))
	rest, n := e.text, 0
	for {
		before, after, found := strings.Cut(rest, "?")
		b.WriteString(before)
		if !found {
			return b.String(), e.args
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		rest = after
	}
}

// Rebind turns the ? of a statement into what the dialect calls its parameters. The statement has no ? in texts.
func (d Dialect) Rebind(text string) string {
	text, _ = d.finish(expr{text: text})
	return text
}
