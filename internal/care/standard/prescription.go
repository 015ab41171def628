package standard

import (
	"context"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/chart"
)

// ListPrescriptions answers a page of prescriptions and entries of medication lists.
func (s *Server) ListPrescriptions(ctx context.Context, r api.ListPrescriptionsRequestObject) (api.ListPrescriptionsResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listPrescriptions"), "/api/prescription", "MedicationRequest", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, links, err := collect(ctx, d, l, func(ctx context.Context, r r4.Resource, v *chart.Version) (*api.Prescription, error) {
		return d.prescriptionRow(ctx, r.(*r4.MedicationRequest), v)
	})
	return api.ListPrescriptions200JSONResponse{Data: rows, Links: links}, err
}

// GetPrescription answers one prescription.
func (s *Server) GetPrescription(ctx context.Context, r api.GetPrescriptionRequestObject) (api.GetPrescriptionResponseObject, error) {
	d := s.Desk(ctx)
	m, v, err := fetch[*r4.MedicationRequest](ctx, d, "MedicationRequest", r.UUID)
	if err != nil {
		return nil, err
	}
	out, err := d.prescriptionRow(ctx, m, v)
	if err != nil {
		return nil, err
	}
	return api.GetPrescription200JSONResponse{Data: *out}, nil
}

// prescriptionRow writes a medication request as the Standard API has it.
func (d *Desk) prescriptionRow(ctx context.Context, m *r4.MedicationRequest, v *chart.Version) (*api.Prescription, error) {
	out := &api.Prescription{SourceTable: "prescriptions", Status: m.Status.V, CategoryText: "Home/Community", Intent: maybe(m.Intent.V)}
	if m.Intent.V == "plan" || m.Intent.V == "proposal" {
		out.SourceTable = "lists"
	}
	carried(m.Extension, out)
	active := int64(0)
	if m.Status.V == "active" {
		active = 1
	}
	out.UUID, out.Active, out.DateAdded, out.DateModified = v.ID, &active, maybe(stamp(m.AuthoredOn.V)), maybe(stampOf(v.Updated))
	intent, err := d.option(ctx, "medication-request-intent", m.Intent.V)
	if err != nil {
		return nil, err
	}
	out.IntentTitle = maybe(intent.title)
	if len(m.Category) > 0 {
		code := codeIn(m.Category, systemMedicationCategory)
		category, err := d.option(ctx, "medication-usage-category", code)
		if err != nil {
			return nil, err
		}
		out.Category, out.CategoryTitle = maybe(code), maybe(category.title)
		if category.title != "" {
			out.CategoryText = category.title
		}
	}
	if err := d.prescribed(ctx, m, out); err != nil {
		return nil, err
	}
	out.Note = maybe(noteText(m.Note))
	if len(m.DosageInstruction) > 0 {
		if err := d.dosage(ctx, &m.DosageInstruction[0], out); err != nil {
			return nil, err
		}
	}
	out.Puuid, out.Euuid, out.Pruuid = maybe(idOf(m.Subject, "Patient")), maybe(idOf(m.Encounter, "Encounter")), maybe(idOf(m.Requester, "Practitioner"))
	return out, nil
}

// prescribed writes which drug it is.
func (d *Desk) prescribed(ctx context.Context, m *r4.MedicationRequest, out *api.Prescription) error {
	code := medicationOf(m)
	if ref, ok := m.Medication.(*r4.Reference); ok {
		out.Drug = maybe(ref.Display.V)
		e, err := d.follow(ctx, ref)
		if err != nil {
			return err
		}
		if e != nil {
			if x, ok := e.resource.(*r4.Medication); ok {
				code, out.DrugUUID = x.Code, &e.version.ID
			}
		}
	}
	if code != nil {
		out.Drug, out.Drugcode, out.RxnormDrugcode = maybe(wording(code)), codeMap(code), maybe(codeIn([]r4.CodeableConcept{*code}, systemRxNorm))
	}
	return nil
}

// dosage writes how it is taken.
func (d *Desk) dosage(ctx context.Context, dose *r4.Dosage, out *api.Prescription) error {
	out.DrugDosageInstructions = maybe(orElse(dose.Text.V, dose.PatientInstruction.V))
	for _, x := range []struct {
		list             string
		concept          *r4.CodeableConcept
		value, id, title **string
		codes            **string
	}{
		{"drug_route", dose.Route, &out.Route, &out.RouteID, &out.RouteTitle, &out.RouteCodes},
		{"drug_interval", timingCode(dose), &out.Interval, &out.IntervalID, &out.IntervalTitle, &out.IntervalCodes},
	} {
		if x.concept == nil {
			continue
		}
		id, err := d.optionFor(ctx, x.list, x.concept, "")
		if err != nil {
			return err
		}
		o, err := d.option(ctx, x.list, id)
		if err != nil {
			return err
		}
		*x.value, *x.id, *x.title, *x.codes = maybe(id), maybe(o.id), maybe(orElse(o.title, wording(x.concept))), maybe(o.codes)
	}
	return nil
}

func timingCode(dose *r4.Dosage) *r4.CodeableConcept {
	if dose.Timing == nil {
		return nil
	}
	return dose.Timing.Code
}
