package standard

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// A transaction is a ServiceRequest of category patient referral.
const referral = "3457005"

func isReferral(x *r4.ServiceRequest) bool { return hasCode(x.Category, systemSNOMED, referral) }

// ListTransactions answers a page of a patient's referrals, in a list of their own.
func (s *Server) ListTransactions(ctx context.Context, r api.ListTransactionsRequestObject) (api.ListTransactionsResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listTransactions"), "/api/patient/"+r.Pid+"/transaction", "ServiceRequest", &r.Params)
	if err != nil {
		return nil, err
	}
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, err
	}
	l.by("patient", "Patient/"+p.ID).by("category", systemSNOMED+"|"+referral)
	rows, links, err := collect(ctx, d, l, func(ctx context.Context, r r4.Resource, v *chart.Version) (*api.Transaction, error) {
		return d.transactionRow(ctx, r.(*r4.ServiceRequest), v)
	})
	data := [][]api.Transaction{}
	if len(rows) > 0 {
		data = append(data, rows)
	}
	return api.ListTransactions200JSONResponse{Data: data, Links: links}, err
}

// CreateTransaction adds a referral.
func (s *Server) CreateTransaction(ctx context.Context, r api.CreateTransactionRequestObject) (api.CreateTransactionResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, err
	}
	x := &r4.ServiceRequest{
		Status: fhir.NewCode("active"), Intent: fhir.NewCode("order"), Subject: reference("Patient", p.ID), AuthoredOn: instant(d.now()),
		Category: []r4.CodeableConcept{concept(systemSNOMED, referral, "Patient referral")},
	}
	if err := d.applyTransaction(ctx, x, r.Body); err != nil {
		return nil, err
	}
	v, err := d.create(ctx, x)
	if err != nil {
		return nil, err
	}
	return api.CreateTransaction201JSONResponse{Data: []api.TransactionIDs{{ID: v.Number, FormID: v.Number}}}, nil
}

// UpdateTransaction changes the fields of a referral that are sent with a value.
func (s *Server) UpdateTransaction(ctx context.Context, r api.UpdateTransactionRequestObject) (api.UpdateTransactionResponseObject, error) {
	d := s.Desk(ctx)
	x, v, err := fetch[*r4.ServiceRequest](ctx, d, "ServiceRequest", r.Tid)
	if err != nil {
		return nil, err
	}
	if !isReferral(x) {
		return nil, fault.New(fault.NotFound, "standard.transaction", "there is no such transaction")
	}
	if err := d.applyTransaction(ctx, x, r.Body); err != nil {
		return nil, err
	}
	if v, err = d.update(ctx, x, v); err != nil {
		return nil, err
	}
	out, err := d.transactionRow(ctx, x, v)
	if err != nil {
		return nil, err
	}
	return api.UpdateTransaction200JSONResponse{Data: []api.Transaction{*out}}, nil
}

var transactionHome = fields("body referralDate referByNpi referToNpi validFrom validThrough message riskLevel")

// applyTransaction changes a referral as a body says; an empty value says nothing.
func (d *Desk) applyTransaction(ctx context.Context, x *r4.ServiceRequest, in *api.TransactionInput) error {
	x.Extension = carry(x.Extension, said(in), transactionHome)
	if v := some(in.RiskLevel); v != "" {
		x.Extension = keep(x.Extension, "riskLevel", strings.ToLower(v))
	}
	if v := some(in.Body); v != "" {
		x.ReasonCode = []r4.CodeableConcept{{Text: fhir.NewString(v)}}
	}
	if v := some(in.ReferralDate); v != "" {
		m, ok := moment(v)
		if !ok {
			return invalidDate("referralDate")
		}
		x.AuthoredOn = m
	}
	if some(in.ValidFrom)+some(in.ValidThrough) != "" {
		var period r4.Period
		if old, ok := x.Occurrence.(*r4.Period); ok {
			period = *old
		}
		for _, v := range []struct {
			field string
			from  *string
			to    *fhir.DateTime
		}{{"validFrom", in.ValidFrom, &period.Start}, {"validThrough", in.ValidThrough, &period.End}} {
			if some(v.from) == "" {
				continue
			}
			m, ok := moment(*v.from)
			if !ok {
				return invalidDate(v.field)
			}
			*v.to = m
		}
		x.Occurrence = &period
	}
	for _, who := range []struct {
		field string
		npi   *string
		set   func(*r4.Reference)
	}{
		{"referByNpi", in.ReferByNpi, func(ref *r4.Reference) { x.Requester = ref }},
		{"referToNpi", in.ReferToNpi, func(ref *r4.Reference) { x.Performer = []r4.Reference{*ref} }},
	} {
		if some(who.npi) == "" {
			continue
		}
		ref, err := d.byNPI(ctx, *who.npi)
		if err != nil {
			return err
		}
		who.set(ref)
	}
	return nil
}

// said returns a body without its empty values.
func said(in *api.TransactionInput) *api.TransactionInput {
	out := *in
	for _, p := range []**string{&out.Type, &out.Groupname, &out.ReferDiagnosis, &out.IncludeVitals, &out.Authorization, &out.Visits} {
		if some(*p) == "" {
			*p = nil
		}
	}
	return &out
}

// byNPI refers to the practitioner with a national provider identifier, or to the identifier if nobody has it.
func (d *Desk) byNPI(ctx context.Context, npi string) (*r4.Reference, error) {
	found, err := d.book.Find(ctx, "Practitioner", url.Values{"identifier": {systemNPI + "|" + searchEscaper.Replace(npi)}, "_count": {"1"}})
	if err != nil {
		return nil, err
	}
	id := &r4.Identifier{System: fhir.NewURI(systemNPI), Value: fhir.NewString(npi)}
	if len(found.Versions) == 0 {
		return &r4.Reference{Type_: fhir.NewURI("Practitioner"), Identifier: id}, nil
	}
	ref := reference("Practitioner", found.Versions[0].ID)
	ref.Identifier = id
	return ref, nil
}

// transactionRow writes a referral as the Standard API has it.
func (d *Desk) transactionRow(ctx context.Context, x *r4.ServiceRequest, v *chart.Version) (*api.Transaction, error) {
	authorized := int64(1)
	kept := func(name string) string { return carriedText(x.Extension, name) }
	out := &api.Transaction{
		FormID: &v.Number, Authorized: &authorized, Title: orElse(kept("type"), "LBTref"), Groupname: kept("groupname"), ReferDate: day(x.AuthoredOn.V),
		ReferDiag: kept("referDiagnosis"), ReferRiskLevel: kept("riskLevel"), ReferVitals: kept("includeVitals"), ReferAuthorization: kept("authorization"), ReferVisits: kept("visits"),
	}
	if len(x.ReasonCode) > 0 {
		out.Body = wording(&x.ReasonCode[0])
	}
	if p, ok := x.Occurrence.(*r4.Period); ok {
		out.ReferValidFrom, out.ReferValidThrough = day(p.Start.V), day(p.End.V)
	}
	var to *r4.Reference
	if len(x.Performer) > 0 {
		to = &x.Performer[0]
	}
	for _, who := range []struct {
		ref *r4.Reference
		out *string
	}{{x.Requester, &out.ReferFrom}, {to, &out.ReferTo}} {
		e, err := d.follow(ctx, who.ref)
		if err != nil {
			return nil, err
		}
		if e != nil {
			*who.out = strconv.FormatInt(e.version.Number, 10)
		}
	}
	return out, nil
}
