package app

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
)

func (p *contexts) FindEncounters(
	ctx context.Context, site string, by *account.Account, patient, text, after string,
) (*identity.EncounterPage, error) {
	queries := visitQueries(text)
	for _, q := range queries {
		q.Set("subject", "Patient/"+patient)
	}
	found, err := p.find(ctx, site, by, "Encounter", "-date", after, queries)
	if err != nil {
		return nil, err
	}
	page := &identity.EncounterPage{Next: found.Next}
	for _, r := range found.Resources {
		page.Encounters = append(page.Encounters, visit(r.(*r4.Encounter))) // a search of Encounter
	}
	return page, nil
}

// partialDate is a year, a month or a day.
var partialDate = regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$`)

// visitQueries are the searches that a text may mean: a date, the reason, the type of the visit.
func visitQueries(text string) []url.Values {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return []url.Values{{}}
	case partialDate.MatchString(text):
		return []url.Values{{"date": {text}}}
	}
	return []url.Values{words("reason-code:text", text), words("type:text", text)}
}

func (p *contexts) Encounter(ctx context.Context, site string, by *account.Account, patient, id string) (*identity.EncounterSummary, error) {
	book, err := p.book(ctx, site, by, access.Read, "Encounter")
	if err != nil {
		return nil, err
	}
	r, _, err := book.Get(ctx, chart.Key{Type: "Encounter", ID: id})
	if err != nil {
		return nil, err
	}
	e := r.(*r4.Encounter) // the key says Encounter
	if e.Subject == nil || e.Subject.Reference.V != "Patient/"+patient {
		return nil, fault.New(fault.NotFound, "app.encounter", "the encounter is not one of this patient")
	}
	s := visit(e)
	return &s, nil
}

func visit(e *r4.Encounter) identity.EncounterSummary {
	s := identity.EncounterSummary{ID: e.ID.V, Title: "Encounter"}
	if e.Period != nil {
		s.When = strings.Replace(e.Period.Start.V, "T", " ", 1)
		if len(s.When) > len("2006-01-02 15:04") {
			s.When = s.When[:len("2006-01-02 15:04")]
		}
	}
	for _, reason := range append(e.ReasonCode, e.Type_...) {
		if t := conceptText(&reason); t != "" {
			s.Title = t
			break
		}
	}
	return s
}

func (p *contexts) FindLocations(ctx context.Context, site string, by *account.Account, text, after string) (*identity.LocationPage, error) {
	found, err := p.find(ctx, site, by, "Location", "name", after, []url.Values{words("name:contains", text)})
	if err != nil {
		return nil, err
	}
	page := &identity.LocationPage{Next: found.Next}
	for _, r := range found.Resources {
		page.Locations = append(page.Locations, place(r.(*r4.Location))) // a search of Location
	}
	return page, nil
}

func (p *contexts) Location(ctx context.Context, site string, by *account.Account, id string) (*identity.LocationSummary, error) {
	book, err := p.book(ctx, site, by, access.Read, "Location")
	if err != nil {
		return nil, err
	}
	r, _, err := book.Get(ctx, chart.Key{Type: "Location", ID: id})
	if err != nil {
		return nil, err
	}
	s := place(r.(*r4.Location)) // the key says Location
	return &s, nil
}

func place(l *r4.Location) identity.LocationSummary {
	s := identity.LocationSummary{ID: l.ID.V, Name: l.Name.V}
	if s.Name == "" {
		s.Name = "Location " + l.ID.V
	}
	if a := l.Address; a != nil {
		var parts []string
		for _, line := range a.Line {
			parts = append(parts, line.V)
		}
		for _, part := range []string{a.City.V, a.State.V} {
			if part != "" {
				parts = append(parts, part)
			}
		}
		s.Address = strings.Join(parts, ", ")
	}
	return s
}
