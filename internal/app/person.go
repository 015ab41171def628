package app

import (
	"context"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
)

// persons tells the authorization server what the record says about the person who signs in.
type persons struct{ contexts *contexts }

var _ identity.Persons = (*persons)(nil)

// Person implements identity.Persons. Whatever the roles allow, a person reads the own resource: that is what the scope fhirUser is for.
func (p *persons) Person(ctx context.Context, site string, a *account.Account, client string) (*identity.Person, error) {
	typ, id, _ := strings.Cut(a.FHIRUser, "/")
	if typ != "Patient" && typ != "Practitioner" {
		return nil, fault.New(fault.NotFound, "app.person", "a %s tells nothing of the sort", typ)
	}
	book, err := p.contexts.bookOf(ctx, site, a, client, "openid fhirUser api:fhir", access.Request{API: access.FHIR, Action: access.Read, Type: typ})
	if err != nil {
		return nil, err
	}
	origin := *record.OriginFrom(ctx)
	origin.Operation = "claims"
	r, v, err := book.Get(record.WithOrigin(ctx, &origin), chart.Key{Type: typ, ID: id})
	if err != nil {
		return nil, err
	}
	found := &identity.Person{Updated: v.Updated}
	switch r := r.(type) {
	case *r4.Patient:
		facts(found, r.Name, r.Telecom, r.Address, r.Gender, r.BirthDate)
	case *r4.Practitioner:
		facts(found, r.Name, r.Telecom, r.Address, r.Gender, r.BirthDate)
	}
	return found, nil
}

func facts(p *identity.Person, names []r4.HumanName, telecom []r4.ContactPoint, addresses []r4.Address, gender fhir.Code, born fhir.Date) {
	for i := range names {
		n := &names[i]
		if n.Use.V == "nickname" && p.Nickname == "" {
			p.Nickname = nameText(n)
		}
		if i == 0 && len(n.Given) > 1 {
			var middle []string
			for _, g := range n.Given[1:] {
				middle = append(middle, g.V)
			}
			p.Middle = strings.Join(middle, " ")
		}
	}
	for i := range telecom {
		if t := &telecom[i]; t.System.V == "phone" && t.Use.V != "old" && p.Phone == "" {
			p.Phone = t.Value.V
		}
	}
	for i := range addresses {
		if a := &addresses[i]; a.Use.V != "old" {
			p.Address = claimOf(a)
			break
		}
	}
	if gender.V != "unknown" {
		p.Gender = gender.V
	}
	// OpenID Connect knows whole dates and years.
	if p.Birthdate = born.V; len(born.V) == len("2006-01") {
		p.Birthdate = born.V[:len("2006")]
	}
}

func claimOf(a *r4.Address) identity.Address {
	var lines []string
	for _, l := range a.Line {
		if l.V != "" {
			lines = append(lines, l.V)
		}
	}
	c := identity.Address{
		Formatted: a.Text.V, Street: strings.Join(lines, "\n"), Locality: a.City.V, Region: a.State.V, PostalCode: a.PostalCode.V, Country: a.Country.V,
	}
	if c.Formatted == "" {
		place := strings.Join(strings.Fields(strings.Join([]string{c.Locality, c.Region, c.PostalCode}, " ")), " ")
		for _, l := range []string{place, c.Country} {
			if l != "" {
				lines = append(lines, l)
			}
		}
		c.Formatted = strings.Join(lines, "\n")
	}
	return c
}
