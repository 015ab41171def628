package standard

import (
	"context"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/chart"
)

// ListDrugs answers a page of the drugs of the site.
func (s *Server) ListDrugs(ctx context.Context, r api.ListDrugsRequestObject) (api.ListDrugsResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listDrugs"), "/api/drug", "Medication", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, links, err := collect(ctx, d, l, func(ctx context.Context, r r4.Resource, v *chart.Version) (*api.Drug, error) {
		return d.drugRow(ctx, r.(*r4.Medication), v)
	})
	return api.ListDrugs200JSONResponse{Data: rows, Links: links}, err
}

// GetDrug answers one drug.
func (s *Server) GetDrug(ctx context.Context, r api.GetDrugRequestObject) (api.GetDrugResponseObject, error) {
	d := s.Desk(ctx)
	m, v, err := fetch[*r4.Medication](ctx, d, "Medication", r.UUID)
	if err != nil {
		return nil, err
	}
	out, err := d.drugRow(ctx, m, v)
	if err != nil {
		return nil, err
	}
	return api.GetDrug200JSONResponse{Data: *out}, nil
}

const systemNDC = "http://hl7.org/fhir/sid/ndc"

// drugRow writes a medication as the Standard API has it.
func (d *Desk) drugRow(ctx context.Context, m *r4.Medication, v *chart.Version) (*api.Drug, error) {
	out := &api.Drug{}
	carried(m.Extension, out)
	changed := stampOf(v.Updated)
	out.DrugID, out.UUID, out.DrugLastUpdated = v.Number, v.ID, &changed
	if out.DrugDateCreated == nil {
		out.DrugDateCreated = &changed
	}
	active := int64(1)
	if m.Status.V != "" && m.Status.V != "active" {
		active = 0
	}
	out.Active, out.Name = &active, wording(m.Code)
	if m.Code != nil {
		codes := []r4.CodeableConcept{*m.Code}
		out.NdcNumber, out.RxnormDrugcode, out.RelatedCode = codeIn(codes, systemNDC), codeIn(codes, systemRxNorm), codeString(m.Code)
		if out.RxnormDrugcode != "" {
			out.DrugCode = codeMap(m.Code)
		}
	}
	if m.Form != nil {
		form, err := d.optionFor(ctx, "drug_form", m.Form, "")
		if err != nil {
			return nil, err
		}
		out.Form = form
	}
	if m.Batch != nil {
		out.LotNumber, out.Expiration = maybe(m.Batch.LotNumber.V), maybe(day(m.Batch.ExpirationDate.V))
	}
	if m.Amount != nil && m.Amount.Numerator != nil && out.Size == "" {
		out.Size = m.Amount.Numerator.Value.V
		unit, err := d.optionFor(ctx, "drug_units", &r4.CodeableConcept{Text: m.Amount.Numerator.Unit}, "")
		if err != nil {
			return nil, err
		}
		out.Unit = unit
	}
	maker, err := d.follow(ctx, m.Manufacturer)
	if err != nil {
		return nil, err
	}
	if maker != nil {
		if o, ok := maker.resource.(*r4.Organization); ok {
			out.Manufacturer = maybe(o.Name.V)
		}
	}
	return out, nil
}
