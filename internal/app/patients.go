package app

import (
	"context"
	"net/url"
	"strings"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
)

// patients shows the authorization server the patients of a site, in the view of the member of staff who picks one: the same
// access decision, the same audit trail.
type patients struct{ app *App }

var _ identity.Patients = (*patients)(nil)

const (
	pickerPage       = "20"
	pickerEncounters = "30"
)

func (p *patients) FindPatients(ctx context.Context, site string, by *account.Account, text, after string) (*identity.PatientPage, error) {
	book, err := p.book(ctx, site, by, access.Search, "Patient")
	if err != nil {
		return nil, err
	}
	var found *record.Found
	for _, q := range pickerQueries(text) {
		q.Set("_count", pickerPage)
		q.Set("_sort", "family,given")
		if after != "" {
			q.Set(record.After, after)
		}
		if found, err = book.Find(ctx, "Patient", q); err != nil {
			return nil, err
		}
		if len(found.Resources) > 0 {
			break
		}
	}
	page := &identity.PatientPage{Next: found.Next}
	for _, r := range found.Resources {
		page.Patients = append(page.Patients, summary(r.(*r4.Patient))) // a search of Patient
	}
	return page, nil
}

// pickerQueries are the searches that a text may mean, the likeliest first: a birth date, names, a record number.
func pickerQueries(text string) []url.Values {
	text = strings.TrimSpace(text)
	if text == "" {
		return []url.Values{{}}
	}
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		return []url.Values{{"birthdate": {text}}}
	}
	escape := strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`)
	names := url.Values{}
	for word := range strings.FieldsSeq(text) {
		names.Add("name", escape.Replace(word))
	}
	return []url.Values{names, {"identifier": {escape.Replace(text)}}}
}

func (p *patients) Patient(ctx context.Context, site string, by *account.Account, id string) (*identity.PatientSummary, error) {
	book, err := p.book(ctx, site, by, access.Read, "Patient")
	if err != nil {
		return nil, err
	}
	r, _, err := book.Get(ctx, chart.Key{Type: "Patient", ID: id})
	if err != nil {
		return nil, err
	}
	s := summary(r.(*r4.Patient)) // the key says Patient
	return &s, nil
}

func (p *patients) Encounters(ctx context.Context, site string, by *account.Account, patient string) ([]identity.EncounterSummary, error) {
	book, err := p.book(ctx, site, by, access.Search, "Encounter")
	if err != nil {
		return nil, err
	}
	found, err := book.Find(ctx, "Encounter", url.Values{"subject": {"Patient/" + patient}, "_sort": {"-date"}, "_count": {pickerEncounters}})
	if err != nil {
		return nil, err
	}
	var out []identity.EncounterSummary
	for _, r := range found.Resources {
		e := r.(*r4.Encounter) // a search of Encounter
		s := identity.EncounterSummary{ID: e.ID.V, Title: "Encounter"}
		if e.Period != nil {
			s.When = e.Period.Start.V
		}
		for _, reason := range append(e.ReasonCode, e.Type_...) {
			if t := conceptText(&reason); t != "" {
				s.Title = t
				break
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// book is the record as the account may see it: what its ACL groups allow, as if it had asked for user/ scopes.
func (p *patients) book(ctx context.Context, site string, by *account.Account, action access.Action, typ string) (*record.Book, error) {
	s, err := p.app.Sites.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	subject := &access.Subject{
		Site: site, Actor: access.User, UserID: by.ID, UserName: by.Login, FHIRUser: by.FHIRUser, Groups: by.Groups,
		Scopes: access.ParseScopes("api:fhir user/Patient.rs user/Encounter.rs"),
	}
	grant, err := access.Authorize(subject, access.Request{API: access.FHIR, Action: action, Type: typ}, access.Policy{FHIR: true})
	if err != nil {
		return nil, err
	}
	return p.app.Records.Book(s, grant), nil
}

func summary(p *r4.Patient) identity.PatientSummary {
	s := identity.PatientSummary{ID: p.ID.V, BirthDate: p.BirthDate.V, Sex: p.Gender.V}
	if len(p.Name) > 0 {
		s.Name = nameText(&p.Name[0])
	}
	if len(p.Identifier) > 0 {
		s.Identifier = p.Identifier[0].Value.V
	}
	return s
}

func nameText(n *r4.HumanName) string {
	if n.Text.V != "" {
		return n.Text.V
	}
	var parts []string
	for _, g := range n.Given {
		parts = append(parts, g.V)
	}
	return strings.TrimSpace(strings.Join(append(parts, n.Family.V), " "))
}

func conceptText(c *r4.CodeableConcept) string {
	if c.Text.V != "" {
		return c.Text.V
	}
	for _, coding := range c.Coding {
		if coding.Display.V != "" {
			return coding.Display.V
		}
	}
	return ""
}
