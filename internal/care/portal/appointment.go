package portal

import (
	"context"

	api "chartwright/gen/api/portal"
)

// ListOwnAppointments answers a page of the patient's appointments.
func (s *Server) ListOwnAppointments(ctx context.Context, r api.ListOwnAppointmentsRequestObject) (api.ListOwnAppointmentsResponseObject, error) {
	d, patient, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := d.Appointments(ctx, patient, operation("listOwnAppointments"), "/portal/patient/appointment", &r.Params)
	return api.ListOwnAppointments200JSONResponse(rows), err
}

// GetOwnAppointment answers one of the patient's appointments.
func (s *Server) GetOwnAppointment(ctx context.Context, r api.GetOwnAppointmentRequestObject) (api.GetOwnAppointmentResponseObject, error) {
	d, patient, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	row, err := d.Appointment(ctx, r.Auuid, patient)
	if err != nil {
		return nil, err
	}
	return api.GetOwnAppointment200JSONResponse(*row), nil
}
