package standard

import (
	"context"
	"slices"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// ListPractitioners answers a page of practitioners: those with a national provider identifier.
func (s *Server) ListPractitioners(ctx context.Context, r api.ListPractitionersRequestObject) (api.ListPractitionersResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listPractitioners"), "/api/practitioner", "Practitioner", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, links, err := collect(ctx, d, l.by("identifier", systemNPI+"|"), func(ctx context.Context, r r4.Resource, v *chart.Version) (*api.Practitioner, error) {
		return d.practitionerRow(ctx, r.(*r4.Practitioner), v)
	})
	return api.ListPractitioners200JSONResponse{Data: rows, Links: links}, err
}

// GetPractitioner answers one practitioner.
func (s *Server) GetPractitioner(ctx context.Context, r api.GetPractitionerRequestObject) (api.GetPractitionerResponseObject, error) {
	d := s.Desk(ctx)
	p, v, err := fetch[*r4.Practitioner](ctx, d, "Practitioner", r.UUID)
	if err != nil {
		return nil, exists(err, form.Refuse("uuid", "invalid or nonexisting value", " value "+r.UUID))
	}
	if identified(p.Identifier, systemNPI) == "" {
		return nil, fault.New(fault.NotFound, "standard.practitioner", "the user is no practitioner")
	}
	out, err := d.practitionerRow(ctx, p, v)
	if err != nil {
		return nil, err
	}
	return api.GetPractitioner200JSONResponse{Data: *out}, nil
}

// CreatePractitioner adds a practitioner. No login is made.
func (s *Server) CreatePractitioner(ctx context.Context, r api.CreatePractitionerRequestObject) (api.CreatePractitionerResponseObject, error) {
	d := s.Desk(ctx)
	p := &r4.Practitioner{Active: fhir.NewBoolean(true)}
	if err := d.applyPractitioner(ctx, p, r.Body); err != nil {
		return nil, err
	}
	v, err := d.create(ctx, p)
	if err != nil {
		return nil, err
	}
	return api.CreatePractitioner201JSONResponse{Data: api.NumberedRecord{ID: v.Number, UUID: v.ID}}, nil
}

// UpdatePractitioner changes the fields of a practitioner that are sent.
func (s *Server) UpdatePractitioner(ctx context.Context, r api.UpdatePractitionerRequestObject) (api.UpdatePractitionerResponseObject, error) {
	d := s.Desk(ctx)
	p, v, err := fetch[*r4.Practitioner](ctx, d, "Practitioner", r.UUID)
	if err != nil {
		return nil, exists(err, invalid("uuid", "Practitioner UUID"))
	}
	if err := d.applyPractitioner(ctx, p, r.Body); err != nil {
		return nil, err
	}
	if v, err = d.update(ctx, p, v); err != nil {
		return nil, err
	}
	out, err := d.practitionerRow(ctx, p, v)
	if err != nil {
		return nil, err
	}
	return api.UpdatePractitioner200JSONResponse{Data: *out}, nil
}

// ListUsers answers a page of users and entries of the address book: all practitioners of the record.
func (s *Server) ListUsers(ctx context.Context, r api.ListUsersRequestObject) (api.ListUsersResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listUsers"), "/api/user", "Practitioner", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, links, err := collect(ctx, d, l, func(ctx context.Context, r r4.Resource, v *chart.Version) (*api.User, error) {
		p, err := d.practitionerRow(ctx, r.(*r4.Practitioner), v)
		if err != nil {
			return nil, err
		}
		var out api.User
		row.Copy(&out, p)
		return &out, nil
	})
	return api.ListUsers200JSONResponse{Data: rows, Links: links}, err
}

// GetUser answers one user.
func (s *Server) GetUser(ctx context.Context, r api.GetUserRequestObject) (api.GetUserResponseObject, error) {
	d := s.Desk(ctx)
	p, v, err := fetch[*r4.Practitioner](ctx, d, "Practitioner", r.UUID)
	if err != nil {
		return nil, err
	}
	out, err := d.practitionerRow(ctx, p, v)
	if err != nil {
		return nil, err
	}
	return api.GetUser200JSONResponse{Data: *out}, nil
}

var practitionerHome = fields("title fname mname lname npi street streetb city state zip phone phonew1 phonecell fax email url state_license_number upin federaldrugid")

// Identifiers of a practitioner beside the NPI.
const (
	systemUPIN = "http://hl7.org/fhir/sid/us-upin"
	systemDEA  = "urn:oid:2.16.840.1.113883.4.814"
)

// applyPractitioner changes a practitioner as a body says.
func (d *Desk) applyPractitioner(ctx context.Context, p *r4.Practitioner, in *api.PractitionerInput) error {
	if n := some(in.FacilityID); n != "" {
		ref, err := d.point(ctx, "Organization", n)
		if err != nil {
			return err
		}
		if ref == nil {
			return invalid("facility_id", "Facility Id")
		}
	}
	nameOf(&p.Name, "official", nameParts{in.Title, in.Fname, in.Mname, in.Lname, nil})
	for _, x := range []struct {
		system, typ string
		value       *string
	}{{systemNPI, "NPI", in.Npi}, {systemUPIN, "UPIN", in.Upin}, {systemDEA, "DEA", in.Federaldrugid}, {systemLicence, "MD", in.StateLicenseNumber}} {
		if x.value != nil {
			p.Identifier = identify(p.Identifier, x.system, x.typ, *x.value)
		}
	}
	for _, x := range []struct {
		system, use string
		value       *string
	}{{"phone", "home", in.Phone}, {"phone", "work", in.Phonew1}, {"phone", "mobile", in.Phonecell}, {"fax", "work", in.Fax}, {"email", "work", in.Email}, {"url", "work", in.URL}} {
		if x.value != nil {
			p.Telecom = reach(p.Telecom, x.system, x.use, *x.value)
		}
	}
	p.Address = settleFirst(p.Address, place{street: in.Street, street2: in.Streetb, city: in.City, state: in.State, postal: in.Zip})
	p.Extension = carry(p.Extension, in, practitionerHome)
	return nil
}

// settleFirst changes the first of some addresses.
func settleFirst(list []r4.Address, in place) []r4.Address {
	var first *r4.Address
	if len(list) > 0 {
		first = &list[0]
	}
	a := settle(first, in)
	switch {
	case a == nil && first != nil:
		return slices.Delete(list, 0, 1)
	case a != nil && first == nil:
		return []r4.Address{*a}
	}
	return list
}

// practitionerRow writes a practitioner as the Standard API has him.
func (d *Desk) practitionerRow(ctx context.Context, p *r4.Practitioner, v *chart.Version) (*api.Practitioner, error) {
	var zero int64
	out := &api.Practitioner{Authorized: &zero, Source: &zero, CalUI: 1, Taxonomy: "207Q00000X"}
	carried(p.Extension, out)
	out.ID, out.UUID, out.LastUpdated = v.Number, v.ID, stampOf(v.Updated)
	if out.DateCreated == "" {
		out.DateCreated = out.LastUpdated
	}
	if out.Active = 1; p.Active.Set && !p.Active.V {
		out.Active = 0
	}
	if i := currentName(p.Name); i >= 0 {
		n := &p.Name[i]
		first, middle := givenNames(n)
		out.Title, out.Fname, out.Mname, out.Lname, out.Suffix = maybe(words(n.Prefix)), maybe(first), maybe(middle), maybe(n.Family.V), maybe(words(n.Suffix))
	}
	out.Npi, out.Upin = maybe(identified(p.Identifier, systemNPI)), maybe(identified(p.Identifier, systemUPIN))
	out.Federaldrugid, out.StateLicenseNumber = maybe(identified(p.Identifier, systemDEA)), maybe(identified(p.Identifier, systemLicence))
	out.Phone, out.Phonew1, out.Phonecell = maybe(contact(p.Telecom, "phone", "home")), maybe(contact(p.Telecom, "phone", "work")), maybe(contact(p.Telecom, "phone", "mobile"))
	out.Fax, out.Email, out.URL = maybe(anyContact(p.Telecom, "fax")), maybe(anyContact(p.Telecom, "email")), maybe(anyContact(p.Telecom, "url"))
	if len(p.Address) > 0 {
		a := &p.Address[0]
		out.Street, out.Streetb, out.City, out.State, out.Zip = maybe(line(a, 0)), maybe(line(a, 1)), maybe(a.City.V), maybe(a.State.V), maybe(a.PostalCode.V)
	}
	if out.FacilityID != 0 && out.Facility == nil {
		ref, err := d.point(ctx, "Organization", row.Text(out, "facility_id"))
		if err != nil {
			return nil, err
		}
		e, err := d.follow(ctx, ref)
		if err != nil {
			return nil, err
		}
		if e != nil {
			out.Facility = maybe(e.resource.(*r4.Organization).Name.V)
		}
	}
	for _, x := range []struct {
		list, value string
		title       **string
	}{{"abook_type", out.AbookType, &out.AbookTitle}, {"physician_type", some(out.PhysicianType), &out.PhysicianTitle}} {
		o, err := d.option(ctx, x.list, x.value)
		if err != nil {
			return nil, err
		}
		*x.title = maybe(o.title)
		if x.list == "physician_type" {
			out.PhysicianCode = maybe(o.codes)
		}
	}
	return out, nil
}

// currentName returns the place of the name to show: the official one, else one of no special use; -1 if there is none.
func currentName(names []r4.HumanName) int {
	if i := slices.IndexFunc(names, func(n r4.HumanName) bool { return n.Use.V == "official" }); i >= 0 {
		return i
	}
	return slices.IndexFunc(names, func(n r4.HumanName) bool { return n.Use.V == "" || n.Use.V == "usual" })
}
