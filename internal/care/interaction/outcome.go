package interaction

import (
	"errors"

	"chartwright/internal/fault"
)

// OutcomeOf returns the OperationOutcome that tells a caller about err. An Internal error shows nothing but reference, the id
// under which the log has it; so does any error that was never classified.
//
// https://hl7.org/fhir/R4/operationoutcome.html
func OutcomeOf(err error, reference string) JSON {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		return Outcome(fault.Issue{Severity: "fatal", Code: fault.Internal.IssueCode(), Detail: "an error on our side; it is logged under " + reference})
	}
	if len(f.Issues) == 0 {
		detail := f.Detail
		if detail == "" {
			detail = f.Kind.String()
		}
		return Outcome(fault.Issue{Code: f.Kind.IssueCode(), Expression: f.Kind.Expression(), Detail: detail})
	}
	issues := make([]fault.Issue, len(f.Issues))
	for i, issue := range f.Issues {
		if issue.Code == "" {
			issue.Code = f.Kind.IssueCode()
		}
		issues[i] = issue
	}
	return Outcome(issues...)
}

// Outcome returns an OperationOutcome of issues. A severity that is empty is an error, a code that is empty is processing.
func Outcome(issues ...fault.Issue) JSON {
	b := append(make([]byte, 0, 256), `{"resourceType":"OperationOutcome","issue":[`...)
	for i, issue := range issues {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(append(b, `{"severity":`...), or(issue.Severity, "error"))
		b = appendQuoted(append(b, `,"code":`...), or(issue.Code, "processing"))
		if issue.Detail != "" {
			b = append(appendQuoted(append(b, `,"details":{"text":`...), issue.Detail), '}')
		}
		if issue.Expression != "" {
			b = append(appendQuoted(append(b, `,"expression":[`...), issue.Expression), ']')
		}
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// allRight is the OperationOutcome of a write that succeeded, for callers that prefer one.
func allRight(text string) JSON {
	return Outcome(fault.Issue{Severity: "information", Code: "informational", Detail: text})
}
