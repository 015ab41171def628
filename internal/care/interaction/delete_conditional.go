package interaction

import (
	"context"
	"strings"

	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/setting"
)

// maxDeletions bounds what one conditional delete takes where the site allows several matches.
const maxDeletions = 100

// DeleteConditional deletes the one resource that matches the criteria in the URL or, where the site allows it (setting
// conditional_delete), all that match, together. No match is answered like a deletion.
//
// Errors: PreconditionFailed if several match and the site wants one; TooCostly if more match than one request may delete.
//
// https://hl7.org/fhir/R4/http.html#3.1.0.7.1
func (e *Engine) DeleteConditional(ctx context.Context, c *Call) (*Answer, error) {
	match, err := e.criteria(ctx, c, c.Type, c.Params)
	if err != nil {
		return nil, err
	}
	return e.write(ctx, c, func() (*step, error) {
		return deleteMatchStep(c, match, func(chart.Key) error { return nil }), nil
	})
}

// deleteMatchStep deletes what the criteria find, as many as the site allows together, unless may objects to one.
func deleteMatchStep(c *Call, match *criteria, may func(chart.Key) error) *step {
	// If-Match names one version, so that where it is demanded (setting if_match) one match is what can be deleted.
	if c.Settings.ConditionalDelete == setting.Multiple && c.Settings.IfMatch != setting.Required {
		return deleteAllStep(c, match, may)
	}
	return &step{book: c.book, apply: func(u *record.Unit) (outcome, error) {
		found, err := match.in(u)
		switch {
		case err != nil:
			return outcome{}, err
		case found == nil && strings.TrimSpace(c.Header.IfMatch) != "":
			return outcome{}, errNoMatch
		case found == nil:
			return outcome{status: 204}, nil
		}
		if err = may(found.Key); err != nil {
			return outcome{}, err
		}
		s, err := deleteStep(c, found.Key)
		if err != nil {
			return outcome{}, err
		}
		return s.apply(u)
	}}
}

// deleteAllStep deletes everything that the criteria find.
func deleteAllStep(c *Call, match *criteria, may func(chart.Key) error) *step {
	return &step{book: c.book, apply: func(u *record.Unit) (outcome, error) {
		conditions, err := c.Header.conditions()
		if err != nil {
			return outcome{}, err
		}
		found, err := match.all(u, maxDeletions)
		switch {
		case err != nil:
			return outcome{}, err
		case len(found) == 0 && conditions.match.given:
			return outcome{}, errNoMatch
		}
		for _, v := range found {
			if err := may(v.Key); err != nil {
				return outcome{}, err
			}
			if err := conditions.admit(v.Key, v); err != nil {
				return outcome{}, err
			}
			if _, err := u.As(c.book).Delete(v.Key, chart.Expect{}); err != nil {
				return outcome{}, err
			}
		}
		return outcome{status: 204}, nil
	}}
}

// all looks the criteria up inside a transaction. Errors: TooCostly for more than limit matches.
func (m *criteria) all(u *record.Unit, limit int) ([]*chart.Version, error) {
	q := *m.query
	q.Count = limit + 1
	found, err := u.As(m.book).Search(&q, chart.Page{Count: q.Count})
	if err != nil {
		return nil, err
	}
	if len(found.Matches) > limit {
		return nil, fault.New(fault.TooCostly, "interaction.criteria", "more than %d resources match the criteria; choose fewer", limit)
	}
	return found.Matches, nil
}
