package portal

import (
	"context"

	api "chartwright/gen/api/portal"
)

// GetOwnPatient answers the patient who signed in.
func (s *Server) GetOwnPatient(ctx context.Context, _ api.GetOwnPatientRequestObject) (api.GetOwnPatientResponseObject, error) {
	d, patient, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	row, err := d.Patient(ctx, patient)
	if err != nil {
		return nil, err
	}
	return api.GetOwnPatient200JSONResponse{Data: *row}, nil
}
