package standard

import (
	"context"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// ListMedicalProblems answers a page of the problems of all patients.
func (s *Server) ListMedicalProblems(ctx context.Context, r api.ListMedicalProblemsRequestObject) (api.ListMedicalProblemsResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listMedicalProblems"), "/api/medical_problem", "Condition", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, links, err := d.problems(ctx, l)
	return api.ListMedicalProblems200JSONResponse{Data: rows, Links: links}, err
}

// GetMedicalProblem answers one problem.
func (s *Server) GetMedicalProblem(ctx context.Context, r api.GetMedicalProblemRequestObject) (api.GetMedicalProblemResponseObject, error) {
	d := s.Desk(ctx)
	c, v, err := fetch[*r4.Condition](ctx, d, "Condition", r.UUID)
	if err != nil {
		return nil, err
	}
	row, err := d.problemRow(ctx, c, v)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, fault.New(fault.NotFound, "standard.problem", "there is no such problem")
	}
	return api.GetMedicalProblem200JSONResponse{Data: *row}, nil
}

// ListPatientMedicalProblems answers a page of a patient's problems.
func (s *Server) ListPatientMedicalProblems(ctx context.Context, r api.ListPatientMedicalProblemsRequestObject) (api.ListPatientMedicalProblemsResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, unknown(r.Pid))
	}
	l, err := list(operation("listPatientMedicalProblems"), "/api/patient/"+r.Pid+"/medical_problem", "Condition", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, links, err := d.problems(ctx, l.by("patient", "Patient/"+p.ID))
	return api.ListPatientMedicalProblems200JSONResponse{Data: rows, Links: links}, err
}

// GetPatientMedicalProblem answers one problem of a patient, as a list of one.
func (s *Server) GetPatientMedicalProblem(ctx context.Context, r api.GetPatientMedicalProblemRequestObject) (api.GetPatientMedicalProblemResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, unknown(r.Pid))
	}
	c, v, err := within[*r4.Condition](ctx, d, "Condition", r.UUID, p.ID)
	if err != nil {
		return nil, err
	}
	row, err := d.problemRow(ctx, c, v)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, fault.New(fault.NotFound, "standard.problem", "there is no such problem")
	}
	return api.GetPatientMedicalProblem200JSONResponse{Data: []api.MedicalProblem{*row}, Links: alone(ctx, d, "/api/patient/"+r.Pid+"/medical_problem/"+r.UUID)}, nil
}

// CreatePatientMedicalProblem adds a problem to a patient's problem list.
func (s *Server) CreatePatientMedicalProblem(ctx context.Context, r api.CreatePatientMedicalProblemRequestObject) (api.CreatePatientMedicalProblemResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, invalid("puuid", "Patient UUID"))
	}
	c := &r4.Condition{
		Category:           []r4.CodeableConcept{concept(systemConditionCategory, "problem-list-item", "Problem List Item")},
		VerificationStatus: conceptPointer(systemConditionVerification, "unconfirmed", ""),
		Subject:            reference("Patient", p.ID), RecordedDate: instant(d.now()),
	}
	d.applyProblem(c, r.Body)
	v, err := d.create(ctx, c)
	if err != nil {
		return nil, err
	}
	return api.CreatePatientMedicalProblem201JSONResponse{Data: api.NumberedRecord{ID: v.Number, UUID: v.ID}}, nil
}

// UpdatePatientMedicalProblem changes the fields of a problem that are sent.
func (s *Server) UpdatePatientMedicalProblem(ctx context.Context, r api.UpdatePatientMedicalProblemRequestObject) (api.UpdatePatientMedicalProblemResponseObject, error) {
	d := s.Desk(ctx)
	c, v, err := d.patientProblem(ctx, r.Pid, r.UUID)
	if err != nil {
		return nil, err
	}
	d.applyProblem(c, r.Body)
	if v, err = d.update(ctx, c, v); err != nil {
		return nil, err
	}
	row, err := d.problemRow(ctx, c, v)
	if err != nil {
		return nil, err
	}
	return api.UpdatePatientMedicalProblem200JSONResponse{Data: *row}, nil
}

// DeletePatientMedicalProblem deletes a problem of a patient.
func (s *Server) DeletePatientMedicalProblem(ctx context.Context, r api.DeletePatientMedicalProblemRequestObject) (api.DeletePatientMedicalProblemResponseObject, error) {
	d := s.Desk(ctx)
	_, v, err := d.patientProblem(ctx, r.Pid, r.UUID)
	if err != nil {
		return nil, undeletable(err)
	}
	if err := d.remove(ctx, v); err != nil {
		return nil, err
	}
	return api.DeletePatientMedicalProblem200JSONResponse{Data: api.Deleted{UUID: v.ID}}, nil
}

// undeletable is the answer about a problem or an allergy that cannot be deleted since the patient has none of that id. It is
// 400: for these two, and for a change of them, that a record exists is a rule of validation. The lists whose ids are numbers
// (medication, surgery, dental_issue) answer 404.
func undeletable(err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	var p form.Problems
	p.Put("UUID", []string{"invalid or nonexisting value"})
	return &p
}

// patientProblem finds a problem of a patient for a change.
func (d *Desk) patientProblem(ctx context.Context, pid, ref string) (*r4.Condition, *chart.Version, error) {
	_, p, err := d.patient(ctx, pid)
	if err != nil {
		return nil, nil, exists(err, invalid("puuid", "Patient UUID"))
	}
	c, v, err := within[*r4.Condition](ctx, d, "Condition", ref, p.ID)
	if err == nil && isDental(c) {
		err = invalid("uuid", "Condition UUID")
	}
	return c, v, exists(err, invalid("uuid", "Condition UUID"))
}

func (d *Desk) problems(ctx context.Context, l *listing) ([]api.MedicalProblem, api.Links, error) {
	return collect(ctx, d, l, func(ctx context.Context, r r4.Resource, v *chart.Version) (*api.MedicalProblem, error) {
		return d.problemRow(ctx, r.(*r4.Condition), v)
	})
}

const (
	systemConditionCategory     = "http://terminology.hl7.org/CodeSystem/condition-category"
	systemConditionClinical     = "http://terminology.hl7.org/CodeSystem/condition-clinical"
	systemConditionVerification = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
)

// applyProblem changes a condition as a body says.
func (d *Desk) applyProblem(c *r4.Condition, in *api.MedicalProblemInput) {
	d.applyCondition(c, conditionBody{title: in.Title, begin: in.Begdate, end: in.Enddate, diagnosis: in.Diagnosis})
}

// conditionBody is what the bodies of problems and dental issues say about a condition; nil leaves a thing as it is.
type conditionBody struct{ title, begin, end, diagnosis *string }

func (d *Desk) applyCondition(c *r4.Condition, in conditionBody) {
	title, codes := "", codeString(c.Code)
	if c.Code != nil {
		title = c.Code.Text.V
	}
	if in.title != nil {
		title = *in.title
	}
	if in.diagnosis != nil {
		codes = *in.diagnosis
	}
	if in.title != nil || in.diagnosis != nil {
		c.Code = titled(c.Code, title, codes)
	}
	if in.begin != nil {
		c.Onset = dateTimeValue(*in.begin)
	}
	if in.end == nil && c.ClinicalStatus != nil {
		return
	}
	// FHIR lets only a condition that is over have an end (con-4); an end to come is kept as a field.
	status, end := "active", dateTimeValue(some(in.end))
	if past(dateTimeOf(end), d.now()) {
		status, c.Abatement = "inactive", end
		c.Extension = keep(c.Extension, "enddate", "")
	} else {
		c.Abatement = nil
		c.Extension = keep(c.Extension, "enddate", stamp(dateTimeOf(end)))
	}
	c.ClinicalStatus = conceptPointer(systemConditionClinical, status, "")
}

// problemRow writes a condition as a medical problem; nil if it is none.
func (d *Desk) problemRow(ctx context.Context, c *r4.Condition, v *chart.Version) (*api.MedicalProblem, error) {
	if isDental(c) {
		return nil, nil
	}
	p, err := d.patientOf(ctx, c.Subject)
	if err != nil {
		return nil, err
	}
	out := &api.MedicalProblem{Diagnosis: codeMap(c.Code)}
	conditionIssue(c, "medical_problem").write(out, v, p)
	out.ConditionUUID, out.EncounterUUID = maybe(v.ID), maybe(idOf(c.Encounter, "Encounter"))
	if c.VerificationStatus != nil && len(c.VerificationStatus.Coding) > 0 {
		out.Verification = c.VerificationStatus.Coding[0].Code.V
		o, err := d.option(ctx, "condition-verification", out.Verification)
		if err != nil {
			return nil, err
		}
		out.VerificationTitle = maybe(o.title)
	}
	who, err := d.follow(ctx, c.Recorder)
	if err != nil {
		return nil, err
	}
	if who != nil && who.version.Type == "Practitioner" {
		x := who.resource.(*r4.Practitioner)
		out.ProviderID, out.ProviderUUID = &who.version.Number, &who.version.ID
		out.ProviderNpi, out.ProviderUsername = maybe(identified(x.Identifier, systemNPI)), maybe(username(x))
	}
	return out, nil
}

func conditionIssue(c *r4.Condition, kind string) *issue {
	over := c.ClinicalStatus != nil && (hasCode([]r4.CodeableConcept{*c.ClinicalStatus}, systemConditionClinical, "inactive") ||
		hasCode([]r4.CodeableConcept{*c.ClinicalStatus}, systemConditionClinical, "resolved"))
	return &issue{
		kind: kind, title: wording(c.Code), begin: dateTimeOf(c.Onset), end: dateTimeOf(c.Abatement), recorded: c.RecordedDate.V,
		comments: noteText(c.Note), extensions: c.Extension, active: !over,
	}
}

// dentalCategory marks the conditions that are dental issues.
const dentalCategory = codeSystemOfOur + "issue-type"

func isDental(c *r4.Condition) bool { return hasCode(c.Category, dentalCategory, "dental") }
