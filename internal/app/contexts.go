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

// contexts shows the authorization server what a launch context of a site can hold, in the view of the person who picks it: the
// same access decision, the same audit trail.
type contexts struct{ app *App }

var _ identity.Contexts = (*contexts)(nil)

const pickerPage = "20"

func (p *contexts) FindPatients(ctx context.Context, site string, by *account.Account, text, after string) (*identity.PatientPage, error) {
	found, err := p.find(ctx, site, by, "Patient", "family,given", after, pickerQueries(text))
	if err != nil {
		return nil, err
	}
	page := &identity.PatientPage{Next: found.Next}
	for _, r := range found.Resources {
		page.Patients = append(page.Patients, summary(r.(*r4.Patient))) // a search of Patient
	}
	return page, nil
}

// find runs the first of the searches that finds something.
func (p *contexts) find(
	ctx context.Context, site string, by *account.Account, typ, sort, after string, queries []url.Values,
) (*record.Found, error) {
	book, err := p.book(ctx, site, by, access.Search, typ)
	if err != nil {
		return nil, err
	}
	var found *record.Found
	for _, q := range queries {
		q.Set("_count", pickerPage)
		q.Set("_sort", sort)
		if after != "" {
			q.Set(record.After, after)
		}
		if found, err = book.Find(ctx, typ, q); err != nil {
			return nil, err
		}
		if len(found.Resources) > 0 {
			break
		}
	}
	return found, nil
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
	return []url.Values{words("name", text), {"identifier": {searchEscape.Replace(text)}}}
}

// searchEscape makes a text mean itself in a search. https://hl7.org/fhir/R4/search.html#escaping
var searchEscape = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`)

// words searches for all words of a text.
func words(parameter, text string) url.Values {
	q := url.Values{}
	for word := range strings.FieldsSeq(text) {
		q.Add(parameter, searchEscape.Replace(word))
	}
	return q
}

func (p *contexts) Patient(ctx context.Context, site string, by *account.Account, id string) (*identity.PatientSummary, error) {
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

// book is the record as the account may see it: for staff what the ACL groups allow, as if user/ scopes had been asked for; for a
// patient the own record.
func (p *contexts) book(ctx context.Context, site string, by *account.Account, action access.Action, typ string) (*record.Book, error) {
	scopes := "api:fhir user/Patient.rs user/Encounter.rs user/Location.rs"
	if by.Kind == account.Portal {
		scopes = "api:fhir patient/Patient.rs patient/Encounter.rs patient/Location.rs"
	}
	return p.bookOf(ctx, site, by, "", scopes, access.Request{API: access.FHIR, Action: action, Type: typ})
}

// bookOf is the record as the account may see it with these scopes. Client is the app that is told what is seen; empty = none.
func (p *contexts) bookOf(
	ctx context.Context, site string, by *account.Account, client, scopes string, request access.Request,
) (*record.Book, error) {
	s, err := p.app.Sites.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	policy, err := p.app.sitePolicy(ctx, site)
	if err != nil {
		return nil, err
	}
	policy.FHIR = true // the pickers are there for the other APIs, too
	subject := &access.Subject{
		Site: site, Actor: by.Kind.Actor(), UserID: by.ID, UserName: by.Login, ClientID: client, FHIRUser: by.FHIRUser, Groups: by.Groups,
		Patient: by.PatientID, Scopes: access.ParseScopes(scopes),
	}
	grant, err := access.Authorize(subject, request, policy)
	if err != nil {
		return nil, err
	}
	return p.app.Records.Book(s, grant), nil
}

func summary(p *r4.Patient) identity.PatientSummary {
	s := identity.PatientSummary{ID: p.ID.V, BirthDate: p.BirthDate.V, Sex: p.Gender.V}
	if len(p.Name) > 0 {
		n := &p.Name[0]
		s.Name, s.Family = nameText(n), n.Family.V
		if len(n.Given) > 0 {
			s.Given = n.Given[0].V
		}
	}
	for i := range p.Telecom {
		if t := &p.Telecom[i]; t.System.V == "email" && t.Use.V != "old" && t.Value.V != "" {
			s.Email = t.Value.V
			break
		}
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
