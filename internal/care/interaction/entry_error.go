package interaction

import (
	"errors"
	"strconv"
	"strings"

	"chartwright/internal/fault"
)

// inEntry makes the expressions of an error about a resource relative to the entry that holds it: Patient.name[0] becomes
// resource.name[0]. What is about the request stays so.
func inEntry(err error) error {
	return mapIssues(err, func(expression string) string {
		if strings.HasPrefix(expression, fault.ParamExpression("")) {
			return expression
		}
		_, rest, _ := strings.Cut(expression, ".")
		if rest == "" {
			return "resource"
		}
		return "resource." + rest
	})
}

// atEntry says in which entry of the Bundle an error lies.
func atEntry(i int, err error) error {
	place := "Bundle.entry[" + strconv.Itoa(i) + "]"
	return mapIssues(err, func(expression string) string {
		switch {
		case expression == "":
			return place
		case strings.HasPrefix(expression, fault.ParamExpression("")): // what would have been the request line or a header
			return place + ".request"
		}
		return place + "." + expression
	})
}

// Placed says of what err finds wrong with a request, and says nowhere, that it lies at expression.
func Placed(err error, expression string) error {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Unprocessable, fault.TooLarge:
		return mapIssues(err, func(at string) string { return or(at, expression) })
	default: // the kind says what it is about, or nothing of the request is at fault
		return err
	}
}

// allAt says that what err finds wrong with a request lies at expression, all of it.
func allAt(expression string, err error) error {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.PreconditionFailed:
		return mapIssues(err, func(string) string { return expression })
	default: // a right is lacking, or something of ours
		return err
	}
}

// mapIssues returns err with the expression of each issue changed; an error without issues gets one.
func mapIssues(err error, change func(string) string) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	c := *f
	c.Issues = make([]fault.Issue, 0, len(f.Issues)+1)
	for _, issue := range f.Issues {
		issue.Expression = change(issue.Expression)
		c.Issues = append(c.Issues, issue)
	}
	if len(c.Issues) == 0 {
		c.Issues = append(c.Issues, fault.Issue{Expression: change(""), Detail: f.Detail})
	}
	return &c
}
