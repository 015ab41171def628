package standard

import (
	"context"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
)

// ListAppointments answers a page of all appointments.
func (s *Server) ListAppointments(ctx context.Context, r api.ListAppointmentsRequestObject) (api.ListAppointmentsResponseObject, error) {
	l, err := list(operation("listAppointments"), "/api/appointment", "Appointment", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, err := s.Desk(ctx).appointments(ctx, l)
	return api.ListAppointments200JSONResponse(rows), err
}

// GetAppointment answers one appointment, as a list of one.
func (s *Server) GetAppointment(ctx context.Context, r api.GetAppointmentRequestObject) (api.GetAppointmentResponseObject, error) {
	d := s.Desk(ctx)
	a, v, err := fetch[*r4.Appointment](ctx, d, "Appointment", r.Eid)
	if err != nil {
		return nil, err
	}
	out, err := d.appointmentRow(ctx, a, v)
	if err != nil {
		return nil, err
	}
	return api.GetAppointment200JSONResponse{*out}, nil
}

// ListPatientAppointments answers a page of a patient's appointments.
func (s *Server) ListPatientAppointments(ctx context.Context, r api.ListPatientAppointmentsRequestObject) (api.ListPatientAppointmentsResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, err
	}
	rows, err := d.Appointments(ctx, p.ID, operation("listPatientAppointments"), "/api/patient/"+r.Pid+"/appointment", &r.Params)
	return api.ListPatientAppointments200JSONResponse(rows), err
}

// Appointments returns a page of a patient's appointments for the operation op at path.
func (d *Desk) Appointments(ctx context.Context, patient string, op *form.Operation, path string, params any) ([]api.Appointment, error) {
	l, err := list(op, path, "Appointment", params)
	if err != nil {
		return nil, err
	}
	return d.appointments(ctx, l.by("patient", "Patient/"+patient))
}

// GetPatientAppointment answers one appointment of a patient, as a list of one.
func (s *Server) GetPatientAppointment(ctx context.Context, r api.GetPatientAppointmentRequestObject) (api.GetPatientAppointmentResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, err
	}
	out, err := d.Appointment(ctx, r.Eid, p.ID)
	if err != nil {
		return nil, err
	}
	return api.GetPatientAppointment200JSONResponse{*out}, nil
}

// Appointment returns the appointment of a patient that ref, an identifier or a number, names. Errors: NotFound.
func (d *Desk) Appointment(ctx context.Context, ref, patient string) (*api.AppointmentDetail, error) {
	a, v, err := within[*r4.Appointment](ctx, d, "Appointment", ref, patient)
	if err != nil {
		return nil, err
	}
	return d.appointmentRow(ctx, a, v)
}

// CreatePatientAppointment makes an appointment.
func (s *Server) CreatePatientAppointment(ctx context.Context, r api.CreatePatientAppointmentRequestObject) (api.CreatePatientAppointmentResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, form.Refuse("pid", "pid", "pid must be for a valid patient"))
	}
	a, err := d.newAppointment(ctx, p.ID, r.Body)
	if err != nil {
		return nil, err
	}
	v, err := d.create(ctx, a)
	if err != nil {
		return nil, err
	}
	return api.CreatePatientAppointment200JSONResponse{ID: v.Number}, nil
}

// DeletePatientAppointment deletes an appointment of a patient.
func (s *Server) DeletePatientAppointment(ctx context.Context, r api.DeletePatientAppointmentRequestObject) (api.DeletePatientAppointmentResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, err
	}
	_, v, err := within[*r4.Appointment](ctx, d, "Appointment", r.Eid, p.ID)
	if err != nil {
		return nil, err
	}
	if err := d.remove(ctx, v); err != nil {
		return nil, err
	}
	return api.DeletePatientAppointment200JSONResponse{Message: "record deleted"}, nil
}

func (d *Desk) appointments(ctx context.Context, l *listing) ([]api.Appointment, error) {
	rows, _, err := collect(ctx, d, l.otherwise("date"), func(ctx context.Context, r r4.Resource, v *chart.Version) (*api.Appointment, error) {
		full, err := d.appointmentRow(ctx, r.(*r4.Appointment), v)
		if err != nil {
			return nil, err
		}
		var out api.Appointment
		row.Copy(&out, full)
		return &out, nil
	})
	return rows, err
}
