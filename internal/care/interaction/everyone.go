package interaction

import (
	"context"
	"strconv"
	"strings"

	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// maxWholes bounds the patients that a page of everyone looks at: a page costs as much on a site of any size, and may be short where
// little of each record is wanted.
const maxWholes = 50

// everyone is the page after a cursor of $everything of all patients that the caller may read and find: one record after the other, in
// the order in which the chart came to know the patients, each as it is answered to a call of its own. A page has no more records than
// _count, the patients among them, and no total. With _since a patient who has not changed is left out, and what has changed of his record
// is not. What belongs to several records comes with each of them, and once on a page. The audit trail names whom the page shows.
//
// Errors: Invalid for a _count of 0: nobody counts everything; Forbidden for who may not search patients and has none in context.
func (e *Engine) everyone(ctx context.Context, c *Call, w *whole, after string) (*chart.Result, error) {
	const op = "interaction.everyone"
	if w.ask.Count == 0 {
		return nil, fault.AtParam(op, "_count", "_count: the records of all patients are not counted; ask for 1 or more a page")
	}
	at, ok := parseStand(after)
	if !ok {
		return nil, fault.AtParam(op, pageParam, "the page link is not valid for this request")
	}
	all, err := e.patients(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := w.look(ctx, e, c); err != nil {
		return nil, err
	}
	all = e.sinceThen(ctx, c, w, all)
	sheet := sheet{result: chart.Result{Total: -1}, there: map[chart.Key]bool{}}
	done := func(next string) (*chart.Result, error) {
		if !sheet.recorded { // that nothing was found is an access as well
			if err := c.book.FoundAgain(ctx, c.Type, &chart.Result{}); err != nil {
				return nil, err
			}
		}
		return sheet.done(next), nil
	}
	for range maxWholes {
		found, list, err := all.next(at.list)
		if err != nil {
			return nil, err
		}
		if found == nil {
			at.within = ""
		} else if at, err = e.oneOfAll(ctx, w, all, found, at, &sheet); err != nil {
			return nil, err
		}
		if at.within == "" { // he is through
			if list == "" {
				return done("")
			}
			at = stand{list: list}
		}
		if len(sheet.result.Matches) >= w.ask.Count {
			break
		}
	}
	return done(at.String())
}

// oneOfAll adds what there is room for of one patient's record, from where the page before ended, and returns where this one does.
func (e *Engine) oneOfAll(ctx context.Context, w *whole, all *roll, root *chart.Version, at stand, to *sheet) (stand, error) {
	if at.number != root.Number { // or he in whose record the page before ended is gone
		at.number, at.within = root.Number, ""
	}
	shown := w.roots(root.Type) && !root.Updated.Before(w.since)
	if shown && at.within == "" {
		switch err := all.shows(root); {
		case fault.Is(err, fault.NotFound): // he is no longer the caller's to see
			at.within = ""
			return at, nil
		case err != nil:
			return at, err
		}
		to.recorded = true
		to.match(root)
	}
	if len(w.members) == 0 {
		at.within = ""
		return at, nil
	}
	room := w.ask.Count - len(to.result.Matches)
	if room <= 0 {
		at.within = begun
		return at, nil
	}
	page := chart.Page{Count: room, After: at.within}
	fresh := at.within == "" || at.within == begun
	if fresh {
		page.After = ""
	}
	r, err := w.page(ctx, e, root, shown && fresh, page)
	if err != nil {
		return at, err
	}
	to.recorded = true
	to.add(r)
	at.within = r.Next
	return at, nil
}

// roll is how the caller goes through his patients.
type roll struct {
	// next leads from a cursor to one of them and the cursor behind him, which is empty behind the last. A patient whom he may find and not
	// read is nil. That leaves no audit event.
	next func(after string) (*chart.Version, string, error)
	// shows records that a patient is found and read, before he is shown.
	shows func(*chart.Version) error
	finds *record.Book // under the right to search patients; nil = there is one alone
}

// patients returns the roll of the caller's patients.
//
// Errors: Forbidden for who may not search patients and has none in context.
func (e *Engine) patients(ctx context.Context, c *Call) (*roll, error) {
	read := func(v *chart.Version) error {
		_, err := c.book.ReadAgain(ctx, v)
		return err
	}
	if own := c.book.Grant().Narrow.Patient; own != "" {
		return &roll{shows: read, next: func(string) (*chart.Version, string, error) {
			v, err := unseen(c.book.Glance(ctx, chart.Key{Type: c.Type, ID: own}))
			return v, "", err
		}}, nil
	}
	grant, err := e.grant(ctx, c, access.Search, c.Type)
	if err != nil {
		return nil, err
	}
	book := c.book.With(grant)
	q := &search.Query{Types: []string{c.Type}, Count: 1, Total: search.TotalNone}
	next := func(after string) (*chart.Version, string, error) {
		r, err := book.Survey(ctx, q, chart.Page{After: after, Count: 1})
		if err != nil || len(r.Matches) == 0 {
			return nil, "", err
		}
		v, err := unseen(c.book.GlanceAgain(ctx, r.Matches[0]))
		return v, r.Next, err
	}
	shows := func(v *chart.Version) error {
		if err := book.FoundAgain(ctx, c.Type, &chart.Result{Matches: []*chart.Version{v}}); err != nil {
			return err
		}
		return read(v)
	}
	return &roll{next, shows, book}, nil
}

// unseen is nil without an error for what a caller does not see, or not any more.
func unseen(v *chart.Version, err error) (*chart.Version, error) {
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		return nil, nil
	}
	return v, err
}

// stand is where a page of everyone ended.
type stand struct {
	list   string // cursor that leads to the patient
	number int64  // his in the chart
	within string // cursor in his record; empty = nothing of it is shown, begun = he alone
}

const begun = "."

// String is the stand as a cursor, of what cursors of the store are made of and two other characters.
func (s stand) String() string {
	return s.list + "~" + strconv.FormatInt(s.number, 10) + "~" + s.within
}

// parseStand reads a stand; an empty one is the start.
func parseStand(cursor string) (s stand, ok bool) {
	if cursor == "" {
		return s, true
	}
	parts := strings.Split(cursor, "~")
	if len(parts) != 3 {
		return s, false
	}
	number, err := strconv.ParseInt(parts[1], 10, 64)
	return stand{parts[0], number, parts[2]}, err == nil
}

// sheet is a page that several records fill. Nothing is on it twice.
type sheet struct {
	result   chart.Result
	there    map[chart.Key]bool
	recorded bool // the audit trail has an access
}

func (s *sheet) match(v *chart.Version) {
	if !s.there[v.Key] {
		s.there[v.Key] = true
		s.result.Matches = append(s.result.Matches, v)
	}
}

func (s *sheet) add(r *chart.Result) {
	for _, v := range r.Matches {
		s.match(v)
	}
	s.result.Included = append(s.result.Included, r.Included...)
	s.result.MoreIncluded = s.result.MoreIncluded || r.MoreIncluded
}

// done returns the page with the cursor behind it.
func (s *sheet) done(next string) *chart.Result {
	kept := s.result.Included[:0]
	for _, v := range s.result.Included {
		if !s.there[v.Key] {
			s.there[v.Key] = true
			kept = append(kept, v)
		}
	}
	s.result.Included, s.result.Next = kept, next
	return &s.result
}
