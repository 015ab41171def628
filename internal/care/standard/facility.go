package standard

import (
	"context"
	"net/url"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/record"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// ListFacilities answers a page of facilities: organizations of type prov.
func (s *Server) ListFacilities(ctx context.Context, r api.ListFacilitiesRequestObject) (api.ListFacilitiesResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listFacilities"), "/api/facility", "Organization", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, links, err := collect(ctx, d, l.by("type", systemOrgType+"|prov"), func(_ context.Context, r r4.Resource, v *chart.Version) (*api.Facility, error) {
		return facilityRow(r.(*r4.Organization), v), nil
	})
	return api.ListFacilities200JSONResponse{Data: rows, Links: links}, err
}

// GetFacility answers one facility.
func (s *Server) GetFacility(ctx context.Context, r api.GetFacilityRequestObject) (api.GetFacilityResponseObject, error) {
	d := s.Desk(ctx)
	o, v, err := facility(ctx, d, r.UUID)
	if err != nil {
		return nil, exists(err, unknown(r.UUID))
	}
	return api.GetFacility200JSONResponse{Data: *facilityRow(o, v)}, nil
}

// CreateFacility makes an organization and its location.
func (s *Server) CreateFacility(ctx context.Context, r api.CreateFacilityRequestObject) (api.CreateFacilityResponseObject, error) {
	d := s.Desk(ctx)
	o := &r4.Organization{Active: fhir.NewBoolean(true), Type_: []r4.CodeableConcept{concept(systemOrgType, "prov", "Healthcare Provider")}}
	applyFacility(o, r.Body)
	var v *chart.Version
	err := d.write(ctx, nil, func(u *record.Unit) error {
		var err error
		if v, err = u.Create(o); err != nil {
			return err
		}
		_, err = u.Create(locationOf(&r4.Location{Status: fhir.NewCode("active")}, o, v.ID))
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.CreateFacility201JSONResponse{Data: api.NumberedRecord{ID: v.Number, UUID: v.ID}}, nil
}

// UpdateFacility changes an organization and, if it has one, its location.
func (s *Server) UpdateFacility(ctx context.Context, r api.UpdateFacilityRequestObject) (api.UpdateFacilityResponseObject, error) {
	d := s.Desk(ctx)
	o, v, err := facility(ctx, d, r.UUID)
	if err != nil {
		return nil, exists(err, invalid("uuid", "Facility UUID"))
	}
	applyFacility(o, r.Body)
	place, err := d.locationAt(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	err = d.write(ctx, []chart.Key{v.Key}, func(u *record.Unit) error {
		next, err := u.Update(o, chart.Expect{Version: v.VID})
		if err != nil || place == nil {
			v = next
			return err
		}
		_, err = u.Update(locationOf(place.resource.(*r4.Location), o, v.ID), chart.Expect{Version: place.version.VID})
		v = next
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.UpdateFacility200JSONResponse{Data: *facilityRow(o, v)}, nil
}

// facility finds an organization that is no insurance company.
func facility(ctx context.Context, d *Desk, ref string) (*r4.Organization, *chart.Version, error) {
	o, v, err := fetch[*r4.Organization](ctx, d, "Organization", ref)
	if err == nil && hasCode(o.Type_, systemOrgType, "ins") {
		err = fault.New(fault.NotFound, "standard.facility", "there is no such facility")
	}
	return o, v, err
}

// locationAt returns the location that an organization manages; nil if there is none.
func (d *Desk) locationAt(ctx context.Context, organization string) (*entry, error) {
	if organization == "" {
		return nil, nil
	}
	key := chart.Key{Type: "Location", ID: "of " + organization} // no resource has such an id
	if e, known := d.memo[key]; known {
		return e, nil
	}
	found, err := d.book.Find(ctx, "Location", url.Values{"organization": {"Organization/" + organization}, "_count": {"1"}})
	if err != nil {
		return nil, err
	}
	d.memo[key] = nil
	if len(found.Resources) > 0 {
		d.memo[key] = d.keep(found.Resources[0], found.Versions[0])
	}
	return d.memo[key], nil
}

var facilityHome = fields("name facility_npi domain_identifier phone fax email website street city state postal_code country_code")

// applyFacility changes an organization as a body says.
func applyFacility(o *r4.Organization, in *api.FacilityInput) {
	if in.Name != nil {
		o.Name = fhir.NewString(*in.Name)
	}
	if in.FacilityNpi != nil {
		o.Identifier = identify(o.Identifier, systemNPI, "NPI", *in.FacilityNpi)
	}
	if in.DomainIdentifier != nil {
		o.Identifier = identify(o.Identifier, systemCLIA, "", *in.DomainIdentifier)
	}
	for _, x := range []struct {
		system string
		value  *string
	}{{"phone", in.Phone}, {"fax", in.Fax}, {"email", in.Email}, {"url", in.Website}} {
		if x.value != nil {
			o.Telecom = reach(o.Telecom, x.system, "work", *x.value)
		}
	}
	o.Address = settleFirst(o.Address, place{street: in.Street, city: in.City, state: in.State, postal: in.PostalCode, country: in.CountryCode})
	o.Extension = carry(o.Extension, in, facilityHome)
}

// locationOf makes a location say what its organization says.
func locationOf(l *r4.Location, o *r4.Organization, id string) *r4.Location {
	l.Name, l.Telecom, l.ManagingOrganization = o.Name, o.Telecom, reference("Organization", id)
	l.Address = nil
	if len(o.Address) > 0 {
		a := o.Address[0]
		l.Address = &a
	}
	return l
}

// facilityRow writes an organization as a facility.
func facilityRow(o *r4.Organization, v *chart.Version) *api.Facility {
	f := &api.Facility{ServiceLocation: 1, BillingLocation: 1, AcceptsAssignment: 1, PrimaryBusinessEntity: 1, ExtraValidation: 1, Color: "#99FFFF"}
	carried(o.Extension, f)
	f.ID, f.UUID, f.LastUpdated = v.Number, v.ID, stampOf(v.Updated)
	if f.DateCreated == "" {
		f.DateCreated = f.LastUpdated
	}
	if o.Active.Set && !o.Active.V {
		f.Inactive = 1
	}
	var a *r4.Address
	if len(o.Address) > 0 {
		a = &o.Address[0]
		f.City, f.State, f.PostalCode, f.CountryCode = maybe(a.City.V), maybe(a.State.V), maybe(a.PostalCode.V), a.Country.V
	}
	f.Name, f.Street = maybe(o.Name.V), maybe(line(a, 0))
	f.FacilityNpi, f.DomainIdentifier = maybe(identified(o.Identifier, systemNPI)), maybe(identified(o.Identifier, systemCLIA))
	for name, system := range map[string]string{"phone": "phone", "fax": "fax", "email": "email", "website": "url"} {
		if value := anyContact(o.Telecom, system); value != "" {
			row.Set(f, name, value)
		}
	}
	return f
}

// anyContact returns the contact point of a system for work, or else the first one.
func anyContact(points []r4.ContactPoint, system string) string {
	if v := contact(points, system, "work"); v != "" {
		return v
	}
	for _, p := range points {
		if p.System.V == system {
			return p.Value.V
		}
	}
	return ""
}
