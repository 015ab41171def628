package standard

import (
	"context"
	"reflect"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// medications are requests: entries of the medication list are plans, prescriptions are orders, and the list shows both.
var medications = &issueKind{
	name: "medication", typ: "MedicationRequest", word: "medication", order: "-authoredon",
	read: func(r r4.Resource) *issueEntry {
		m := r.(*r4.MedicationRequest)
		period, code := boundsOf(m), medicationOf(m)
		i := issue{
			title: wording(code), begin: period.Start.V, end: period.End.V, recorded: m.AuthoredOn.V, comments: noteText(m.Note),
			extensions: m.Extension, active: m.Status.V == "active",
		}
		if i.begin == "" {
			i.begin = m.AuthoredOn.V
		}
		return &issueEntry{i, code}
	},
	fresh: func(d *Desk, patient string) r4.Resource {
		return &r4.MedicationRequest{
			Intent: fhir.NewCode("plan"), Category: []r4.CodeableConcept{concept(systemMedicationCategory, "community", "Community")},
			Subject: reference("Patient", patient), AuthoredOn: instant(d.now()),
		}
	},
	apply: func(d *Desk, r r4.Resource, in conditionBody) {
		m := r.(*r4.MedicationRequest)
		old := medicationOf(m)
		if in.title == nil {
			title := ""
			if old != nil {
				title = old.Text.V
			}
			in.title = &title
		}
		if code := titled(old, *in.title, some(in.diagnosis)); code != nil {
			m.Medication = code
		}
		bound(m, some(in.begin), some(in.end))
		m.Status = fhir.NewCode("active")
		if past(boundsOf(m).End.V, d.now()) {
			m.Status = fhir.NewCode("completed")
		}
	},
}

const systemMedicationCategory = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"

// medicationOf returns the medication of a request as a concept; nil if it is a reference.
func medicationOf(m *r4.MedicationRequest) *r4.CodeableConcept {
	c, _ := m.Medication.(*r4.CodeableConcept)
	return c
}

// boundsOf returns when the medication is to be taken: the bounds of the first dosage.
func boundsOf(m *r4.MedicationRequest) r4.Period {
	if len(m.DosageInstruction) > 0 && m.DosageInstruction[0].Timing != nil && m.DosageInstruction[0].Timing.Repeat != nil {
		if p, ok := m.DosageInstruction[0].Timing.Repeat.Bounds.(*r4.Period); ok {
			return *p
		}
	}
	return r4.Period{}
}

// bound sets when the medication is to be taken.
func bound(m *r4.MedicationRequest, begin, end string) {
	start, _ := moment(begin)
	stop, _ := moment(end)
	if start.V == "" && stop.V == "" && len(m.DosageInstruction) == 0 {
		return
	}
	if len(m.DosageInstruction) == 0 {
		m.DosageInstruction = []r4.Dosage{{}}
	}
	dose := &m.DosageInstruction[0]
	if dose.Timing == nil {
		dose.Timing = &r4.Timing{}
	}
	if dose.Timing.Repeat == nil {
		dose.Timing.Repeat = &r4.TimingRepeat{}
	}
	dose.Timing.Repeat.Bounds = nil
	if start.V != "" || stop.V != "" {
		dose.Timing.Repeat.Bounds = &r4.Period{Start: start, End: stop}
		return
	}
	// What has nothing to say any more goes: FHIR has no empty elements.
	if reflect.ValueOf(*dose.Timing.Repeat).IsZero() {
		dose.Timing.Repeat = nil
	}
	if reflect.ValueOf(*dose.Timing).IsZero() {
		dose.Timing = nil
	}
	if reflect.ValueOf(*dose).IsZero() {
		m.DosageInstruction = m.DosageInstruction[1:]
	}
}

// ListMedications answers a page of a patient's medications.
func (s *Server) ListMedications(ctx context.Context, r api.ListMedicationsRequestObject) (api.ListMedicationsResponseObject, error) {
	rows, err := medications.list(ctx, s.Desk(ctx), r.Pid, "listMedications", &r.Params)
	return api.ListMedications200JSONResponse(rows), err
}

// GetMedication answers one medication.
func (s *Server) GetMedication(ctx context.Context, r api.GetMedicationRequestObject) (api.GetMedicationResponseObject, error) {
	row, err := medications.get(ctx, s.Desk(ctx), r.Pid, r.Mid)
	if err != nil {
		return nil, err
	}
	return api.GetMedication200JSONResponse(*row), nil
}

// CreateMedication adds a medication.
func (s *Server) CreateMedication(ctx context.Context, r api.CreateMedicationRequestObject) (api.CreateMedicationResponseObject, error) {
	n, err := medications.add(ctx, s.Desk(ctx), r.Pid, conditionBody{r.Body.Title, r.Body.Begdate, r.Body.Enddate, r.Body.Diagnosis})
	return api.CreateMedication201JSONResponse{ID: n}, err
}

// UpdateMedication replaces a medication.
func (s *Server) UpdateMedication(ctx context.Context, r api.UpdateMedicationRequestObject) (api.UpdateMedicationResponseObject, error) {
	err := medications.change(ctx, s.Desk(ctx), r.Pid, r.Mid, replacement(r.Body.Title, r.Body.Begdate, r.Body.Enddate, r.Body.Diagnosis))
	return api.UpdateMedication200JSONResponse{ID: r.Mid}, err
}

// DeleteMedication deletes a medication.
func (s *Server) DeleteMedication(ctx context.Context, r api.DeleteMedicationRequestObject) (api.DeleteMedicationResponseObject, error) {
	return api.DeleteMedication200JSONResponse(true), medications.remove(ctx, s.Desk(ctx), r.Pid, r.Mid)
}
