package standard

import (
	"context"
	"net/url"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/care/record"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// ListInsurances answers a page of a patient's policies.
func (s *Server) ListInsurances(ctx context.Context, r api.ListInsurancesRequestObject) (api.ListInsurancesResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listInsurances"), "/api/patient/"+r.Pid+"/insurance", "Coverage", &r.Params)
	if err != nil {
		return nil, err
	}
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, noPatient())
	}
	all, err := d.policies(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	rows := make([]api.Insurance, 0, len(all))
	for _, e := range all {
		out, err := d.insuranceRow(ctx, e.resource.(*r4.Coverage), e.version)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *out)
	}
	rows, links := cut(ctx, d, l, rows)
	return api.ListInsurances200JSONResponse{Data: rows, Links: links}, nil
}

// GetInsurance answers one policy of a patient.
func (s *Server) GetInsurance(ctx context.Context, r api.GetInsuranceRequestObject) (api.GetInsuranceResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, noPatient())
	}
	c, v, err := within[*r4.Coverage](ctx, d, "Coverage", r.UUID, p.ID)
	if err != nil {
		return nil, err
	}
	out, err := d.insuranceRow(ctx, c, v)
	if err != nil {
		return nil, err
	}
	return api.GetInsurance200JSONResponse{Data: *out}, nil
}

// CreateInsurance adds a policy.
func (s *Server) CreateInsurance(ctx context.Context, r api.CreateInsuranceRequestObject) (api.CreateInsuranceResponseObject, error) {
	d := s.Desk(ctx)
	p, pv, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, noPatient())
	}
	if err := d.checkPolicy(ctx, p, pv, r.Body, ""); err != nil {
		return nil, err
	}
	c := &r4.Coverage{Status: fhir.NewCode("active"), Beneficiary: reference("Patient", pv.ID)}
	if err := d.applyInsurance(ctx, c, r.Body); err != nil {
		return nil, err
	}
	v, err := d.create(ctx, c)
	if err != nil {
		return nil, err
	}
	out, err := d.insuranceRow(ctx, c, v)
	if err != nil {
		return nil, err
	}
	return api.CreateInsurance200JSONResponse{Data: *out}, nil
}

// UpdateInsurance replaces a policy of a patient.
func (s *Server) UpdateInsurance(ctx context.Context, r api.UpdateInsuranceRequestObject) (api.UpdateInsuranceResponseObject, error) {
	d := s.Desk(ctx)
	p, pv, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, noPatient())
	}
	c, v, err := within[*r4.Coverage](ctx, d, "Coverage", r.UUID, pv.ID)
	if err != nil {
		return nil, exists(err, invalid("uuid", "Coverage UUID"))
	}
	if err := d.checkPolicy(ctx, p, pv, r.Body, v.ID); err != nil {
		return nil, err
	}
	if err := d.applyInsurance(ctx, c, r.Body); err != nil {
		return nil, err
	}
	if v, err = d.update(ctx, c, v); err != nil {
		return nil, err
	}
	out, err := d.insuranceRow(ctx, c, v)
	if err != nil {
		return nil, err
	}
	return api.UpdateInsurance200JSONResponse{Data: *out}, nil
}

// SwapInsurance gives a policy a type, and the policy that had this type the former type of the other, in one transaction.
func (s *Server) SwapInsurance(ctx context.Context, r api.SwapInsuranceRequestObject) (api.SwapInsuranceResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, noPatient())
	}
	to := int32(0)
	for i, name := range policyTypes {
		if name == r.Params.Type {
			to = int32(i) + 1
		}
	}
	if to == 0 {
		return nil, form.Refuse("type", "InArray::NOT_IN_ARRAY", "type must be in the defined set of values")
	}
	src, sv, err := within[*r4.Coverage](ctx, d, "Coverage", r.Params.UUID, p.ID)
	if err != nil {
		return nil, exists(err, invalid("uuid", "Coverage UUID"))
	}
	all, err := d.policies(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	from := policyOrder(src)
	var target *entry // the latest policy of the type
	if from != to {
		for _, e := range all {
			c := e.resource.(*r4.Coverage)
			if policyOrder(c) == to && (target == nil || periodStart(c) >= periodStart(target.resource.(*r4.Coverage))) {
				target = e
			}
		}
	}
	if err := clash(all, src, target, from, to); err != nil {
		return nil, err
	}
	src.Order = fhir.NewPositiveInt(to)
	touch := []chart.Key{sv.Key}
	if target != nil {
		target.resource.(*r4.Coverage).Order = fhir.NewPositiveInt(from)
		touch = append(touch, target.version.Key)
	}
	var tv *chart.Version
	err = d.write(ctx, touch, func(u *record.Unit) error {
		next, err := u.Update(src, chart.Expect{Version: sv.VID})
		if err != nil {
			return err
		}
		sv = next
		if target != nil {
			tv, err = u.Update(target.resource, chart.Expect{Version: target.version.VID})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var out api.InsuranceSwap
	one, err := d.insuranceRow(ctx, src, sv)
	if err != nil {
		return nil, err
	}
	out.Src = *one
	if target != nil {
		if out.Target, err = d.insuranceRow(ctx, target.resource.(*r4.Coverage), tv); err != nil {
			return nil, err
		}
	}
	return api.SwapInsurance200JSONResponse{Data: out}, nil
}

// clash reports whether after a swap two policies of one type would begin on the same day.
func clash(all []*entry, src *r4.Coverage, target *entry, from, to int32) error {
	for _, e := range all {
		c := e.resource.(*r4.Coverage)
		if c.ID.V == src.ID.V || target != nil && e == target {
			continue
		}
		if policyOrder(c) == to && periodStart(c) == periodStart(src) {
			return form.Refuse("date", "Record::INVALID_TARGET_POLICY_DATE", "another policy of the target type begins on this day")
		}
		if target != nil && policyOrder(c) == from && periodStart(c) == periodStart(target.resource.(*r4.Coverage)) {
			return form.Refuse("date", "Record::INVALID_SOURCE_POLICY_DATE", "another policy of the source type begins on this day")
		}
	}
	return nil
}

// policies returns the policies of a patient, the oldest first.
func (d *Desk) policies(ctx context.Context, patient string) ([]*entry, error) {
	return d.every(ctx, "Coverage", url.Values{"beneficiary": {"Patient/" + patient}})
}

// noPatient is the message of these operations about a patient that does not exist.
func noPatient() error {
	var p form.Problems
	p.Put("puuid::INVALID_PUUID", "Patient uuid invalid")
	return &p
}

// checkPolicy holds a body to the rules between fields and between policies. own is the policy that changes, if one does.
func (d *Desk) checkPolicy(ctx context.Context, p *r4.Patient, pv *chart.Version, in *api.InsuranceInput, own string) error {
	var problems form.Problems
	values := row.Texts(in)
	if end := values["date_end"]; end != "" && values["date"] > end {
		problems.Add("date", "DateTime::INVALID_START_DATE", "date must not be after date end")
	}
	if date := values["date"]; date != "" {
		all, err := d.policies(ctx, pv.ID)
		if err != nil {
			return err
		}
		for _, e := range all {
			c := e.resource.(*r4.Coverage)
			if e.version.ID != own && policyOrder(c) == orderOf(values["type"]) && periodStart(c) == date {
				problems.Add("date", "Record::DUPLICATE_RECORD", "the patient has a policy of this type that begins on this day")
			}
		}
	}
	ssn := identified(p.Identifier, systemSSN)
	if given := values["subscriber_ss"]; given != "" && values["subscriber_relationship"] != "" {
		if self := values["subscriber_relationship"] == "self"; self != (given == ssn) {
			problems.Add("subscriber_ss", "Callback::INVALID_VALUE", "subscriber ss is invalid")
		}
	}
	return problems.Err()
}

// payer returns a reference to the insurance company with a number; nil if the number names nobody.
func (d *Desk) payer(ctx context.Context, number string) (*r4.Reference, error) {
	if number == "" {
		return nil, nil
	}
	o, v, err := d.insurer(ctx, number)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &r4.Reference{Reference: fhir.NewString("Organization/" + v.ID), Display: o.Name}, nil
}
