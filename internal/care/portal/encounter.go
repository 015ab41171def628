package portal

import (
	"context"

	api "chartwright/gen/api/portal"
)

// ListOwnEncounters answers a page of the patient's encounters, the newest first.
func (s *Server) ListOwnEncounters(ctx context.Context, r api.ListOwnEncountersRequestObject) (api.ListOwnEncountersResponseObject, error) {
	d, patient, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	rows, links, err := d.Encounters(ctx, patient, operation("listOwnEncounters"), "/portal/patient/encounter", &r.Params)
	return api.ListOwnEncounters200JSONResponse{Data: rows, Links: links}, err
}

// GetOwnEncounter answers one of the patient's encounters.
func (s *Server) GetOwnEncounter(ctx context.Context, r api.GetOwnEncounterRequestObject) (api.GetOwnEncounterResponseObject, error) {
	d, patient, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	row, err := d.Encounter(ctx, r.Eid, patient)
	if err != nil {
		return nil, err
	}
	return api.GetOwnEncounter200JSONResponse{Data: *row}, nil
}
