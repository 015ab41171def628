package interaction

import (
	"errors"
	"strconv"
	"strings"

	"chartwright/internal/fault"
)

// What is wrong with an entry of a Bundle is named as if the entry were a request of its own:
//
//	Patient.name[0].family  an element of the resource that it carries
//	http.If-Match           a parameter or header of its request
//	entry.request.url       an element of the entry, which no request of its own has
//
// A transaction that fails has one outcome, about the Bundle, so there all of them become Bundle.entry[3].…; see [atEntry]. In a batch each
// entry has an outcome of its own, and what is wrong with its resource or request stays as it is; see [ofEntry].
//
// https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.expression: "The root of the FHIRPath is the resource or
// bundle that generated OperationOutcome"
const entryItself = "entry"

// placeOfEntry is the expression of entry i.
func placeOfEntry(i int) string { return "Bundle.entry[" + strconv.Itoa(i) + "]" }

// withinEntry returns what of the entry itself an expression is about, such as .request.url; ok is false if it is not about the entry.
func withinEntry(expression string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(expression, entryItself)
	return rest, ok && (rest == "" || rest[0] == '.')
}

// atEntry says in which entry of the Bundle, and where in it, an error lies.
func atEntry(i int, err error) error {
	place := placeOfEntry(i)
	return mapIssues(err, func(expression string) string {
		rest, itself := withinEntry(expression)
		switch {
		case expression == "":
			return place
		case itself:
			return place + rest
		case strings.HasPrefix(expression, fault.ParamExpression("")): // what would have been the request line or a header
			return place + ".request"
		}
		if _, rest, _ = strings.Cut(expression, "."); rest == "" {
			return place + ".resource"
		}
		return place + ".resource." + rest
	})
}

// ofEntry is the error of entry i of a batch, for an outcome of its own. Only what a request of its own does not have is named by the Bundle.
func ofEntry(i int, err error) error {
	place := placeOfEntry(i)
	if f, ok := errors.AsType[*fault.Error](err); ok && len(f.Issues) > 0 {
		err = mapIssues(err, func(expression string) string {
			if rest, itself := withinEntry(expression); itself {
				return place + rest
			}
			return expression
		})
	}
	return Placed(err, place)
}

// ofPatched says that an error of a patch is about the entry's resource, the patch, where it names an element of what is patched, which
// is no part of the Bundle.
func ofPatched(err error) error {
	return mapIssues(err, func(expression string) string {
		if expression == "" || strings.HasPrefix(expression, "Parameters") || strings.HasPrefix(expression, fault.ParamExpression("")) {
			return expression
		}
		return entryItself + ".resource"
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
