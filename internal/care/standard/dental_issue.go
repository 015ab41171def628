package standard

import (
	"context"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
)

// dentalIssues are conditions in a category of their own.
var dentalIssues = &issueKind{
	name: "dental", typ: "Condition", word: "dental_issue", order: "-recorded-date",
	read: func(r r4.Resource) *issueEntry {
		c := r.(*r4.Condition)
		if !isDental(c) {
			return nil
		}
		return &issueEntry{*conditionIssue(c, "dental"), c.Code}
	},
	fresh: func(d *Desk, patient string) r4.Resource {
		return &r4.Condition{
			Category: []r4.CodeableConcept{
				concept(systemConditionCategory, "problem-list-item", "Problem List Item"), concept(dentalCategory, "dental", "Dental issue"),
			},
			VerificationStatus: conceptPointer(systemConditionVerification, "unconfirmed", ""),
			Subject:            reference("Patient", patient), RecordedDate: instant(d.now()),
		}
	},
	apply: func(d *Desk, r r4.Resource, in conditionBody) { d.applyCondition(r.(*r4.Condition), in) },
}

// ListDentalIssues answers a page of a patient's dental issues.
func (s *Server) ListDentalIssues(ctx context.Context, r api.ListDentalIssuesRequestObject) (api.ListDentalIssuesResponseObject, error) {
	rows, err := dentalIssues.list(ctx, s.Desk(ctx), r.Pid, "listDentalIssues", &r.Params)
	return api.ListDentalIssues200JSONResponse(rows), err
}

// GetDentalIssue answers one dental issue.
func (s *Server) GetDentalIssue(ctx context.Context, r api.GetDentalIssueRequestObject) (api.GetDentalIssueResponseObject, error) {
	row, err := dentalIssues.get(ctx, s.Desk(ctx), r.Pid, r.Did)
	if err != nil {
		return nil, err
	}
	return api.GetDentalIssue200JSONResponse(*row), nil
}

// CreateDentalIssue adds a dental issue.
func (s *Server) CreateDentalIssue(ctx context.Context, r api.CreateDentalIssueRequestObject) (api.CreateDentalIssueResponseObject, error) {
	n, err := dentalIssues.add(ctx, s.Desk(ctx), r.Pid, conditionBody{r.Body.Title, r.Body.Begdate, r.Body.Enddate, r.Body.Diagnosis})
	return api.CreateDentalIssue201JSONResponse{ID: n}, err
}

// UpdateDentalIssue replaces a dental issue.
func (s *Server) UpdateDentalIssue(ctx context.Context, r api.UpdateDentalIssueRequestObject) (api.UpdateDentalIssueResponseObject, error) {
	err := dentalIssues.change(ctx, s.Desk(ctx), r.Pid, r.Did, replacement(r.Body.Title, r.Body.Begdate, r.Body.Enddate, r.Body.Diagnosis))
	return api.UpdateDentalIssue200JSONResponse{ID: r.Did}, err
}

// DeleteDentalIssue deletes a dental issue.
func (s *Server) DeleteDentalIssue(ctx context.Context, r api.DeleteDentalIssueRequestObject) (api.DeleteDentalIssueResponseObject, error) {
	return api.DeleteDentalIssue200JSONResponse(true), dentalIssues.remove(ctx, s.Desk(ctx), r.Pid, r.Did)
}
