package standard

import (
	"context"
	"net/url"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// Procedures of this API are orders with their results. Underneath they are ServiceRequests, and, for what came without an
// order, DiagnosticReports and Procedures.
const procedureTypes = "ServiceRequest DiagnosticReport Procedure"

// ListProcedures answers a page of procedures.
func (s *Server) ListProcedures(ctx context.Context, r api.ListProceduresRequestObject) (api.ListProceduresResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listProcedures"), "/api/procedure", procedureTypes, &r.Params) // _sort names a parameter for each type
	if err != nil {
		return nil, err
	}
	rows, links, err := collect(ctx, d, l, d.procedureRow)
	return api.ListProcedures200JSONResponse{Data: rows, Links: links}, err
}

// GetProcedure answers one procedure.
func (s *Server) GetProcedure(ctx context.Context, r api.GetProcedureRequestObject) (api.GetProcedureResponseObject, error) {
	d := s.Desk(ctx)
	for _, typ := range []string{"ServiceRequest", "DiagnosticReport", "Procedure"} {
		e, err := d.read(ctx, typ, r.UUID)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out, err := d.procedureRow(ctx, e.resource, e.version)
		if err != nil {
			return nil, err
		}
		if out != nil {
			return api.GetProcedure200JSONResponse{Data: *out}, nil
		}
	}
	return nil, form.Refuse("uuid", "invalid or nonexisting value", " value "+r.UUID)
}

// procedureRow writes a resource as a procedure; nil if it is something else: a referral, a surgery, or a report on an order
// that is itself on the list.
func (d *Desk) procedureRow(ctx context.Context, r r4.Resource, v *chart.Version) (*api.Procedure, error) {
	out := &api.Procedure{ProcedureOrderID: v.Number, UUID: v.ID, Activity: 1, OrderPriority: "normal", ProcedureOrderType: "procedure"}
	var err error
	switch x := r.(type) {
	case *r4.ServiceRequest:
		if isReferral(x) {
			return nil, nil
		}
		err = d.orderedRow(ctx, x, out)
	case *r4.DiagnosticReport:
		if len(x.BasedOn) > 0 {
			return nil, nil
		}
		err = d.reportedRow(ctx, x, out)
	case *r4.Procedure:
		if x.Category != nil && hasCode([]r4.CodeableConcept{*x.Category}, systemSNOMED, surgicalProcedure) {
			return nil, nil
		}
		err = d.performedRow(ctx, x, out)
	}
	return out, err
}

// orderStatus are the options of list ord_status for the statuses of requests, reports and procedures.
var orderStatus = map[string]string{
	"completed": "complete", "final": "complete", "amended": "complete", "corrected": "complete", "appended": "complete",
	"revoked": "canceled", "cancelled": "canceled", "not-done": "canceled", "entered-in-error": "canceled", "stopped": "canceled",
	"active": "routed", "in-progress": "routed", "partial": "routed", "preliminary": "routed",
}

func statusOfOrder(status string) string { return orElse(orderStatus[status], "pending") }

func (d *Desk) orderedRow(ctx context.Context, x *r4.ServiceRequest, out *api.Procedure) error {
	carried(x.Extension, out)
	out.OrderStatus, out.DateOrdered, out.DateCollected = statusOfOrder(x.Status.V), maybe(stamp(x.AuthoredOn.V)), maybe(stamp(dateTimeOf(x.Occurrence)))
	if x.Priority.V != "" && x.Priority.V != "routine" {
		out.OrderPriority = "high"
	}
	if hasCode(x.Category, systemSNOMED, "108252007") || hasCode(x.Category, systemObservationCategory, "laboratory") {
		out.ProcedureOrderType = "laboratory_test"
	}
	out.PatientInstructions = maybe(x.PatientInstruction.V)
	if err := d.procedureParties(ctx, out, x.Code, x.Subject, x.Encounter, x.Requester, x.ReasonCode); err != nil {
		return err
	}
	found, err := d.book.Find(ctx, "Observation", url.Values{"based-on": {"ServiceRequest/" + out.UUID}, "_count": {"1"}})
	if err != nil || len(found.Resources) == 0 {
		return err
	}
	resultRow(found.Resources[0].(*r4.Observation), out)
	return nil
}

func (d *Desk) reportedRow(ctx context.Context, x *r4.DiagnosticReport, out *api.Procedure) error {
	carried(x.Extension, out)
	out.OrderStatus, out.DateOrdered, out.DateCollected = statusOfOrder(x.Status.V), maybe(stamp(x.Issued.V)), maybe(stamp(dateTimeOf(x.Effective)))
	out.ProcedureOrderType, out.Date = "laboratory_test", maybe(stamp(x.Issued.V))
	var performer *r4.Reference
	if len(x.Performer) > 0 {
		performer = &x.Performer[0]
	}
	if err := d.procedureParties(ctx, out, x.Code, x.Subject, x.Encounter, performer, nil); err != nil || len(x.Result) == 0 {
		return err
	}
	e, err := d.follow(ctx, &x.Result[0])
	if err != nil || e == nil {
		return err
	}
	if o, ok := e.resource.(*r4.Observation); ok {
		resultRow(o, out)
	}
	return nil
}

func (d *Desk) performedRow(ctx context.Context, x *r4.Procedure, out *api.Procedure) error {
	carried(x.Extension, out)
	at := stamp(dateTimeOf(x.Performed))
	out.OrderStatus, out.DateOrdered, out.DateCollected = statusOfOrder(x.Status.V), maybe(at), maybe(at)
	var performer *r4.Reference
	if len(x.Performer) > 0 {
		performer = x.Performer[0].Actor
	}
	return d.procedureParties(ctx, out, x.Code, x.Subject, x.Encounter, performer, x.ReasonCode)
}

// procedureParties writes what was done to whom, where and by whom.
func (d *Desk) procedureParties(ctx context.Context, out *api.Procedure, code *r4.CodeableConcept, subject, encounter, provider *r4.Reference, reasons []r4.CodeableConcept) error {
	title, err := d.option(ctx, "order_type", out.ProcedureOrderType)
	if err != nil {
		return err
	}
	out.ProcedureOrderTitle, out.ProcedureName, out.ProcedureCode = maybe(title.title), maybe(wording(code)), maybe(codeString(code))
	for _, x := range []struct {
		ref    *r4.Reference
		typ    string
		number *int64
		id     **string
	}{{subject, "Patient", &out.PatientID, &out.Puuid}, {encounter, "Encounter", &out.EncounterID, &out.Euuid}, {provider, "Practitioner", &out.ProviderID, &out.Pruuid}} {
		e, err := d.follow(ctx, x.ref)
		if err != nil {
			return err
		}
		if e != nil && e.version.Type == x.typ {
			*x.number, *x.id = e.version.Number, &e.version.ID
		}
	}
	var pairs [][]string
	for _, r := range reasons {
		for _, c := range r.Coding {
			pairs = append(pairs, []string{codeType(c.System.V), c.Code.V})
		}
	}
	if pairs != nil {
		out.OrderDiagnosis, out.Diagnoses = &pairs, &pairs
	}
	return nil
}

// resultRow writes a result.
func resultRow(o *r4.Observation, out *api.Procedure) {
	out.ResultStatus, out.ResultText, out.Date = maybe(o.Status.V), maybe(wording(o.Code)), maybe(stamp(dateTimeOf(o.Effective)))
	if o.Code != nil {
		out.ResultCode = maybe(codeIn([]r4.CodeableConcept{*o.Code}, systemLOINC))
	}
	switch x := o.Value.(type) {
	case *r4.Quantity:
		out.Result, out.Units = maybe(x.Value.V), maybe(orElse(x.Unit.V, x.Code.V))
	case *r4.CodeableConcept:
		out.Result = maybe(wording(x))
	case *fhir.String:
		out.Result = maybe(x.V)
	}
}
