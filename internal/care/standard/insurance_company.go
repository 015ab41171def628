package standard

import (
	"context"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// insuranceTypes are the types of insurance by their number.
var insuranceTypes = map[string]string{
	"1": "Other HCFA", "2": "Medicare Part B", "3": "Medicaid", "4": "ChampUSVA", "5": "ChampUS", "6": "Blue Cross Blue Shield", "7": "FECA",
	"8": "Self Pay", "9": "Central Certification", "10": "Other Non-Federal Programs", "11": "Preferred Provider Organization (PPO)",
	"12": "Point of Service (POS)", "13": "Exclusive Provider Organization (EPO)", "14": "Indemnity Insurance",
	"15": "Health Maintenance Organization (HMO) Medicare Risk", "16": "Automobile Medical", "17": "Commercial Insurance Co.", "18": "Disability",
	"19": "Health Maintenance Organization", "20": "Liability", "21": "Liability Medical", "22": "Other Federal Program", "23": "Title V",
	"24": "Veterans Administration Plan", "25": "Workers Compensation Health Plan", "26": "Mutually Defined",
}

// ListInsuranceTypes answers the types of insurance.
func (s *Server) ListInsuranceTypes(context.Context, api.ListInsuranceTypesRequestObject) (api.ListInsuranceTypesResponseObject, error) {
	return api.ListInsuranceTypes200JSONResponse(insuranceTypes), nil
}

// ListInsuranceCompanies answers a page of insurance companies: organizations of type ins.
func (s *Server) ListInsuranceCompanies(ctx context.Context, r api.ListInsuranceCompaniesRequestObject) (api.ListInsuranceCompaniesResponseObject, error) {
	l, err := list(operation("listInsuranceCompanies"), "/api/insurance_company", "Organization", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, _, err := collect(ctx, s.Desk(ctx), l.by("type", systemOrgType+"|ins"), func(_ context.Context, r r4.Resource, v *chart.Version) (*api.InsuranceCompany, error) {
		var out api.InsuranceCompany
		insurerRow(&out, r.(*r4.Organization), v)
		return &out, nil
	})
	return api.ListInsuranceCompanies200JSONResponse(rows), err
}

// GetInsuranceCompany answers one insurance company.
func (s *Server) GetInsuranceCompany(ctx context.Context, r api.GetInsuranceCompanyRequestObject) (api.GetInsuranceCompanyResponseObject, error) {
	o, v, err := s.Desk(ctx).insurer(ctx, r.Iid)
	if err != nil {
		return nil, err
	}
	var out api.InsuranceCompanyDetail
	insurerRow(&out, o, v)
	return api.GetInsuranceCompany200JSONResponse(out), nil
}

// CreateInsuranceCompany adds an insurance company.
func (s *Server) CreateInsuranceCompany(ctx context.Context, r api.CreateInsuranceCompanyRequestObject) (api.CreateInsuranceCompanyResponseObject, error) {
	o := &r4.Organization{Active: fhir.NewBoolean(true), Type_: []r4.CodeableConcept{concept(systemOrgType, "ins", "Insurance Company")}}
	applyInsurer(o, r.Body)
	v, err := s.Desk(ctx).create(ctx, o)
	if err != nil {
		return nil, err
	}
	return api.CreateInsuranceCompany201JSONResponse{Iid: v.Number}, nil
}

// UpdateInsuranceCompany replaces the fields of an insurance company.
func (s *Server) UpdateInsuranceCompany(ctx context.Context, r api.UpdateInsuranceCompanyRequestObject) (api.UpdateInsuranceCompanyResponseObject, error) {
	d := s.Desk(ctx)
	o, v, err := d.insurer(ctx, r.Iid)
	if err != nil {
		return nil, err
	}
	applyInsurer(o, r.Body)
	if _, err := d.update(ctx, o, v); err != nil {
		return nil, err
	}
	return api.UpdateInsuranceCompany200JSONResponse{Iid: r.Iid}, nil
}

// insurer finds an insurance company. Errors: NotFound.
func (d *Desk) insurer(ctx context.Context, ref string) (*r4.Organization, *chart.Version, error) {
	o, v, err := fetch[*r4.Organization](ctx, d, "Organization", ref)
	if err == nil && !hasCode(o.Type_, systemOrgType, "ins") {
		err = fault.New(fault.NotFound, "standard.insurance_company", "there is no such insurance company")
	}
	return o, v, err
}

var insurerHome = fields("name line1 line2 city state zip plus_four country phone cms_id alt_cms_id")

// Identifiers of an insurance company.
const (
	systemPayer    = "https://chartwright.example/fhir/NamingSystem/cms-payer"
	systemAltPayer = "https://chartwright.example/fhir/NamingSystem/alternative-cms-payer"
)

// applyInsurer replaces what a body can say about an insurance company. The name stays when it is not sent.
func applyInsurer(o *r4.Organization, in *api.InsuranceCompanyInput) {
	if in.Name != nil {
		o.Name = fhir.NewString(*in.Name)
	}
	o.Identifier = identify(o.Identifier, systemPayer, "", some(in.CmsID))
	o.Identifier = identify(o.Identifier, systemAltPayer, "", some(in.AltCmsID))
	o.Telecom = reach(o.Telecom, "phone", "work", some(in.Phone))
	text := func(p *string) *string { s := some(p); return &s }
	zip := some(in.Zip)
	if four := some(in.PlusFour); four != "" {
		zip += "-" + four
	}
	o.Address = settleFirst(o.Address, place{street: text(in.Line1), street2: text(in.Line2), city: text(in.City), state: text(in.State), postal: &zip, country: text(in.Country)})
	o.Extension = recarry(o.Extension, in, insurerHome)
}

// insurerRow fills the struct that out points to, one of the forms of an insurance company.
func insurerRow(out any, o *r4.Organization, v *chart.Version) {
	carried(o.Extension, out)
	inactive := int64(0)
	if o.Active.Set && !o.Active.V {
		inactive = 1
	}
	for name, value := range map[string]any{"id": v.Number, "uuid": v.ID, "inactive": inactive, "last_updated": stampOf(v.Updated), "date_created": stampOf(v.Updated)} {
		row.Set(out, name, value)
	}
	values := map[string]string{"name": o.Name.V, "cms_id": identified(o.Identifier, systemPayer), "alt_cms_id": identified(o.Identifier, systemAltPayer)}
	if len(o.Address) > 0 {
		a := &o.Address[0]
		values["line1"], values["line2"], values["city"], values["state"] = line(a, 0), line(a, 1), a.City.V, a.State.V
		values["zip"], values["country"] = a.PostalCode.V, a.Country.V
	}
	for name, value := range values {
		if value != "" {
			row.Set(out, name, value)
		}
	}
}
