// Package fault holds the closed set of error kinds that cross package borders, and nothing else.
//
// Inside the program an error says what kind it is and, for bad input, which elements are at fault. The doors (internal/web)
// turn a kind into a status and a body in one place; nobody else writes an error body.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind classifies an error. The zero value is Internal, so an unclassified error never looks like the caller's fault.
type Kind uint8

// The kinds, from the most to the least surprising.
const (
	Internal             Kind = iota // our own broken promise: 500
	Invalid                          // malformed or structurally wrong input: 400
	Unprocessable                    // well formed, but against a rule: 422
	Unauthenticated                  // who are you: 401
	Forbidden                        // you may not: 403
	NotFound                         // never existed, or outside the caller's view: 404
	MethodNotAllowed                 // the interaction does not exist here: 405
	NotAcceptable                    // no representation that the caller accepts: 406
	Conflict                         // another write was faster, or the state forbids it: 409
	Gone                             // deleted: 410
	PreconditionFailed               // If-Match or a conditional criterion does not hold: 412
	PreconditionRequired             // a change must say which version it changes, and does not: 428
	TooLarge                         // the input passes a limit: 413
	URITooLong                       // the URL passes a limit: 414
	Unsupported                      // a media type that is not understood: 415
	TooCostly                        // the query passes a budget: 403 with code too-costly
	Throttled                        // too many requests: 429
	Unavailable                      // the store cannot answer now, or the outcome is unknown: 503
)

// Issue is one finding about an input.
type Issue struct {
	Severity   string // error when empty; or fatal, warning, information
	Code       string // a code of http://hl7.org/fhir/issue-type; the kind's own when empty
	Expression string // FHIRPath of the element at fault, such as Patient.name[0].family, or http. and a parameter; empty if there is none
	Detail     string // one sentence for the caller; never a value of a patient
}

// Refuses reports whether what the issue is about can't be accepted; a warning or a piece of information refuses nothing.
func (i Issue) Refuses() bool {
	return i.Severity == "" || i.Severity == "error" || i.Severity == "fatal"
}

// Error is an error with a kind.
type Error struct {
	Kind   Kind
	Op     string // where it happened, such as interaction.read; for the log
	Detail string // one sentence for the caller
	Issues []Issue
	Scope  string // of a Forbidden: the scope that was missing, if a scope would have helped
	// Wait says when to ask again: of an Unavailable that somebody wants to be so, where 0 means that something is wrong, and soon; of a
	// TooLarge for which there is room later, where 0 means never.
	Wait time.Duration
	Err  error // cause, for the log only
}

// New returns an error of kind whose formatted text is shown to the caller.
func New(kind Kind, op, format string, args ...any) *Error {
	return &Error{Kind: kind, Op: op, Detail: fmt.Sprintf(format, args...)}
}

// Wrap gives err a kind and keeps it as cause. The cause is logged and never shown. Wrap(…, nil) is nil.
func Wrap(kind Kind, op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: kind, Op: op, Err: err}
}

// At returns an Invalid error about one element.
func At(op, expression, format string, args ...any) *Error {
	d := fmt.Sprintf(format, args...)
	return &Error{Kind: Invalid, Op: op, Detail: d, Issues: []Issue{{Expression: expression, Detail: d}}}
}

// AtParam returns an Invalid error about a parameter or a header of the request, which an OperationOutcome names as http. and
// the name. https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.location
func AtParam(op, name, format string, args ...any) *Error {
	return At(op, ParamExpression(name), format, args...)
}

// Naming says which parameter or header of the request e is about, and returns e.
func (e *Error) Naming(name string) *Error {
	e.Issues = []Issue{{Expression: ParamExpression(name), Detail: e.Detail}}
	return e
}

// ParamExpression is the expression of a parameter or a header.
func ParamExpression(name string) string { return "http." + Shown(name) }

// Shown is a name from the request as it may stand in a message: short, and without control characters.
func Shown(name string) string {
	const limit = 64
	clean := strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == 0xfffd {
			return -1
		}
		return r
	}, name)
	if len(clean) > limit {
		clean = strings.ToValidUTF8(clean[:limit], "") + "…"
	}
	return clean
}

// Denied returns the Forbidden error of an access decision. Scope is the scope that was missing, empty if none would have
// helped; reason is kept for the log and the audit trail.
func Denied(op, scope, reason string) *Error {
	detail := "you may not do this"
	if scope != "" {
		detail = "the access token lacks the scope " + scope
	}
	return &Error{Kind: Forbidden, Op: op, Detail: detail, Scope: scope, Err: errors.New(reason)}
}

// Error implements error for the log.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	for _, i := range e.Issues {
		if i.Detail != e.Detail || i.Expression != "" {
			fmt.Fprintf(&b, " [%s: %s]", i.Expression, i.Detail)
		}
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the outermost [Error] in err's chain, Internal if there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is reports whether err carries kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// Wanted reports whether err is an Unavailable that somebody wants to be so, which is nothing for the log.
func Wanted(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Wait > 0
}
