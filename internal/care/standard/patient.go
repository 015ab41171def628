package standard

import (
	"context"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
)

// ListPatients answers a page of patients.
func (s *Server) ListPatients(ctx context.Context, r api.ListPatientsRequestObject) (api.ListPatientsResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listPatients"), "/api/patient", "Patient", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, links, err := collectStored(ctx, d, l, d.renderedPatient)
	if err != nil {
		return nil, err
	}
	return patientPage{rows, links}, nil
}

// GetPatient answers one patient.
func (s *Server) GetPatient(ctx context.Context, r api.GetPatientRequestObject) (api.GetPatientResponseObject, error) {
	d := s.Desk(ctx)
	row, err := d.patientNamed(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, form.Refuse("uuid", "invalid or nonexisting value", " value "+r.Pid))
	}
	return patientRecord(*row), nil
}

// Patient returns the patient that ref, an identifier or a number, names; it must not be changed. Errors: NotFound.
func (d *Desk) Patient(ctx context.Context, ref string) (*api.Patient, error) {
	r, err := d.patientNamed(ctx, ref)
	if err != nil {
		return nil, err
	}
	return r.row, nil
}

func (d *Desk) patientNamed(ctx context.Context, ref string) (*rendered[api.Patient], error) {
	v, err := d.stored(ctx, "Patient", ref)
	if err != nil {
		return nil, err
	}
	return d.renderedPatient(ctx, v)
}

// renderedPatient is [Desk.patientRow], encoded.
func (d *Desk) renderedPatient(ctx context.Context, v *chart.Version) (*rendered[api.Patient], error) {
	return remember(ctx, d, "patient", []*chart.Version{v}, func() (*rendered[api.Patient], int, error) {
		e, err := d.open(v)
		if err != nil {
			return nil, 0, err
		}
		out, err := d.patientRow(ctx, e.resource.(*r4.Patient), v)
		if err != nil {
			return nil, 0, err
		}
		r, err := render(out)
		return &r, r.size(), err
	})
}

// CreatePatient registers a patient.
func (s *Server) CreatePatient(ctx context.Context, r api.CreatePatientRequestObject) (api.CreatePatientResponseObject, error) {
	d := s.Desk(ctx)
	p := &r4.Patient{Active: fhir.NewBoolean(true)}
	if err := d.applyPatient(ctx, p, r.Body); err != nil {
		return nil, err
	}
	p.Extension = keep(p.Extension, "regdate", stampOf(d.now()))
	p.Extension = keep(p.Extension, "date", stampOf(d.now()))
	v, err := d.create(ctx, p)
	if err != nil {
		return nil, err
	}
	return api.CreatePatient201JSONResponse{Data: api.PatientIDs{Pid: v.Number, UUID: v.ID}}, nil
}

// UpdatePatient changes the fields of a patient that are sent.
func (s *Server) UpdatePatient(ctx context.Context, r api.UpdatePatientRequestObject) (api.UpdatePatientResponseObject, error) {
	d := s.Desk(ctx)
	p, v, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, form.Refuse("uuid", r.Pid, "UUID "+r.Pid+" does not exist"))
	}
	if err := d.applyPatient(ctx, p, r.Body); err != nil {
		return nil, err
	}
	p.Extension = keep(p.Extension, "date", stampOf(d.now()))
	if v, err = d.update(ctx, p, v); err != nil {
		return nil, err
	}
	row, err := d.patientRow(ctx, p, v)
	if err != nil {
		return nil, err
	}
	return api.UpdatePatient200JSONResponse{Data: *row}, nil
}
