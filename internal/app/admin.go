package app

import (
	"context"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
)

// commandLineID stands for the operator in the audit trail.
const commandLineID = "command-line"

// CommandLine is the subject of what the operator does with the program itself: it holds the database and may do everything in
// the record of a site, which the audit trail says under this name.
func CommandLine(site string) *access.Subject {
	return &access.Subject{
		Site: site, Actor: access.System, UserID: commandLineID, UserName: "command line", ClientID: commandLineID,
		Scopes: access.ParseScopes("api:fhir system/*.cruds"),
	}
}

// commandLinePolicy lets [CommandLine] work whatever the site offers to clients.
func commandLinePolicy() access.Policy {
	return access.Policy{FHIR: true, System: true, Wildcards: true, Operator: true}
}

// Operator is the record of a site as the operator sees it.
func (a *App) Operator(ctx context.Context, site string, action access.Action, typ string) (*record.Book, error) {
	s, err := a.Sites.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	grant, err := access.Authorize(CommandLine(site), access.Request{API: access.FHIR, Action: action, Type: typ}, commandLinePolicy())
	if err != nil {
		return nil, err
	}
	return a.Records.Book(s, grant), nil
}

// AddUser makes an account and, for staff, the Practitioner that stands for the person in the record. It returns the password,
// which is made up when n has none.
func (a *App) AddUser(ctx context.Context, site string, n identity.NewUser) (string, error) {
	c, password, err := a.Admin.AddUser(ctx, site, n)
	if err != nil {
		return "", err
	}
	return password, a.practitionerOf(ctx, site, c)
}

// practitionerOf makes sure that the Practitioner of a staff account exists: what the account writes names it as author.
func (a *App) practitionerOf(ctx context.Context, site string, c *account.Account) error {
	if c.Kind != account.Staff || c.FHIRUser != "Practitioner/"+c.ID {
		return nil
	}
	book, err := a.Operator(ctx, site, access.Create, "Practitioner")
	if err != nil {
		return err
	}
	p := &r4.Practitioner{
		Active: fhir.NewBoolean(true),
		Name:   []r4.HumanName{{Use: fhir.NewCode("usual"), Text: fhir.NewString(c.Name())}},
	}
	if c.Family != "" {
		p.Name[0].Family = fhir.NewString(c.Family)
	}
	if c.Given != "" {
		p.Name[0].Given = []fhir.String{fhir.NewString(c.Given)}
	}
	if c.Email != "" {
		p.Telecom = []r4.ContactPoint{{System: fhir.NewCode("email"), Value: fhir.NewString(c.Email)}}
	}
	ctx = record.WithOrigin(ctx, &record.Origin{Operation: "user add"})
	d, err := book.Draft(ctx, p, c.ID)
	if err != nil {
		return err
	}
	err = book.Write(ctx, []chart.Key{d.Key}, func(u *record.Unit) error {
		_, err := u.Put(d, chart.Update, chart.Expect{Absent: true})
		return err
	})
	if fault.Is(err, fault.Conflict) {
		return nil // it is there already
	}
	return err
}
