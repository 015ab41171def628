package standard

import (
	"context"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// surgeries are procedures of the category surgical procedure, or of no category at all.
var surgeries = &issueKind{
	name: "surgery", typ: "Procedure", word: "surgery", order: "-date",
	read: func(r r4.Resource) *issueEntry {
		p := r.(*r4.Procedure)
		if p.Category != nil && !hasCode([]r4.CodeableConcept{*p.Category}, systemSNOMED, surgicalProcedure) {
			return nil
		}
		i := issue{
			title: wording(p.Code), begin: dateTimeOf(p.Performed), recorded: carriedText(p.Extension, "date"), comments: noteText(p.Note),
			extensions: p.Extension, active: true,
		}
		if x, ok := p.Performed.(*r4.Period); ok {
			i.begin, i.end = x.Start.V, x.End.V
		}
		return &issueEntry{i, p.Code}
	},
	fresh: func(d *Desk, patient string) r4.Resource {
		p := &r4.Procedure{Category: conceptPointer(systemSNOMED, surgicalProcedure, "Surgical procedure"), Subject: reference("Patient", patient)}
		p.Extension = keep(p.Extension, "date", stampOf(d.now()))
		return p
	},
	apply: func(_ *Desk, r r4.Resource, in conditionBody) {
		p := r.(*r4.Procedure)
		if in.title == nil {
			title := ""
			if p.Code != nil {
				title = p.Code.Text.V
			}
			in.title = &title
		}
		if code := titled(p.Code, *in.title, some(in.diagnosis)); code != nil {
			p.Code = code
		}
		begin, _ := moment(some(in.begin))
		end, _ := moment(some(in.end))
		p.Performed, p.Status = nil, fhir.NewCode("in-progress")
		if begin.V != "" || end.V != "" {
			p.Performed = &r4.Period{Start: begin, End: end}
		}
		if end.V != "" {
			p.Status = fhir.NewCode("completed")
		}
	},
}

const surgicalProcedure = "387713003"

// ListSurgeries answers a page of a patient's surgeries.
func (s *Server) ListSurgeries(ctx context.Context, r api.ListSurgeriesRequestObject) (api.ListSurgeriesResponseObject, error) {
	rows, err := surgeries.list(ctx, s.Desk(ctx), r.Pid, "listSurgeries", &r.Params)
	return api.ListSurgeries200JSONResponse(rows), err
}

// GetSurgery answers one surgery.
func (s *Server) GetSurgery(ctx context.Context, r api.GetSurgeryRequestObject) (api.GetSurgeryResponseObject, error) {
	row, err := surgeries.get(ctx, s.Desk(ctx), r.Pid, r.Sid)
	if err != nil {
		return nil, err
	}
	return api.GetSurgery200JSONResponse(*row), nil
}

// CreateSurgery adds a surgery.
func (s *Server) CreateSurgery(ctx context.Context, r api.CreateSurgeryRequestObject) (api.CreateSurgeryResponseObject, error) {
	n, err := surgeries.add(ctx, s.Desk(ctx), r.Pid, conditionBody{r.Body.Title, r.Body.Begdate, r.Body.Enddate, r.Body.Diagnosis})
	return api.CreateSurgery201JSONResponse{ID: n}, err
}

// UpdateSurgery replaces a surgery.
func (s *Server) UpdateSurgery(ctx context.Context, r api.UpdateSurgeryRequestObject) (api.UpdateSurgeryResponseObject, error) {
	err := surgeries.change(ctx, s.Desk(ctx), r.Pid, r.Sid, replacement(r.Body.Title, r.Body.Begdate, r.Body.Enddate, r.Body.Diagnosis))
	return api.UpdateSurgery200JSONResponse{ID: r.Sid}, err
}

// DeleteSurgery deletes a surgery.
func (s *Server) DeleteSurgery(ctx context.Context, r api.DeleteSurgeryRequestObject) (api.DeleteSurgeryResponseObject, error) {
	return api.DeleteSurgery200JSONResponse(true), surgeries.remove(ctx, s.Desk(ctx), r.Pid, r.Sid)
}
