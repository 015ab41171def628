package standard

import (
	"context"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/chart"
)

// ListAllergies answers a page of the allergies of all patients.
func (s *Server) ListAllergies(ctx context.Context, r api.ListAllergiesRequestObject) (api.ListAllergiesResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listAllergies"), "/api/allergy", "AllergyIntolerance", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, links, err := d.allergies(ctx, l)
	return api.ListAllergies200JSONResponse{Data: rows, Links: links}, err
}

// GetAllergy answers one allergy.
func (s *Server) GetAllergy(ctx context.Context, r api.GetAllergyRequestObject) (api.GetAllergyResponseObject, error) {
	d := s.Desk(ctx)
	a, v, err := fetch[*r4.AllergyIntolerance](ctx, d, "AllergyIntolerance", r.UUID)
	if err != nil {
		return nil, err
	}
	row, err := d.allergyRow(ctx, a, v)
	if err != nil {
		return nil, err
	}
	return api.GetAllergy200JSONResponse{Data: *row}, nil
}

// ListPatientAllergies answers a page of a patient's allergies.
func (s *Server) ListPatientAllergies(ctx context.Context, r api.ListPatientAllergiesRequestObject) (api.ListPatientAllergiesResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, unknown(r.Pid))
	}
	l, err := list(operation("listPatientAllergies"), "/api/patient/"+r.Pid+"/allergy", "AllergyIntolerance", &r.Params)
	if err != nil {
		return nil, err
	}
	rows, links, err := d.allergies(ctx, l.by("patient", "Patient/"+p.ID))
	return api.ListPatientAllergies200JSONResponse{Data: rows, Links: links}, err
}

// GetPatientAllergy answers one allergy of a patient, as a list of one.
func (s *Server) GetPatientAllergy(ctx context.Context, r api.GetPatientAllergyRequestObject) (api.GetPatientAllergyResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, unknown(r.Pid))
	}
	a, v, err := within[*r4.AllergyIntolerance](ctx, d, "AllergyIntolerance", r.UUID, p.ID)
	if err != nil {
		return nil, err
	}
	row, err := d.allergyRow(ctx, a, v)
	if err != nil {
		return nil, err
	}
	return api.GetPatientAllergy200JSONResponse{Data: []api.Allergy{*row}, Links: alone(ctx, d, "/api/patient/"+r.Pid+"/allergy/"+r.UUID)}, nil
}

// CreatePatientAllergy adds an allergy to the chart of a patient.
func (s *Server) CreatePatientAllergy(ctx context.Context, r api.CreatePatientAllergyRequestObject) (api.CreatePatientAllergyResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, invalid("puuid", "Patient UUID"))
	}
	a := &r4.AllergyIntolerance{
		VerificationStatus: conceptPointer(systemAllergyVerification, "unconfirmed", ""),
		Patient:            reference("Patient", p.ID), RecordedDate: instant(d.now()),
	}
	if a.Recorder, err = d.performer(ctx); err != nil {
		return nil, err
	}
	d.applyAllergy(a, r.Body)
	v, err := d.create(ctx, a)
	if err != nil {
		return nil, err
	}
	return api.CreatePatientAllergy201JSONResponse{Data: api.NumberedRecord{ID: v.Number, UUID: v.ID}}, nil
}

// UpdatePatientAllergy changes the fields of an allergy that are sent.
func (s *Server) UpdatePatientAllergy(ctx context.Context, r api.UpdatePatientAllergyRequestObject) (api.UpdatePatientAllergyResponseObject, error) {
	d := s.Desk(ctx)
	a, v, err := d.patientAllergy(ctx, r.Pid, r.UUID)
	if err != nil {
		return nil, err
	}
	d.applyAllergy(a, r.Body)
	if v, err = d.update(ctx, a, v); err != nil {
		return nil, err
	}
	row, err := d.allergyRow(ctx, a, v)
	if err != nil {
		return nil, err
	}
	return api.UpdatePatientAllergy200JSONResponse{Data: *row}, nil
}

// DeletePatientAllergy deletes an allergy of a patient.
func (s *Server) DeletePatientAllergy(ctx context.Context, r api.DeletePatientAllergyRequestObject) (api.DeletePatientAllergyResponseObject, error) {
	d := s.Desk(ctx)
	_, v, err := d.patientAllergy(ctx, r.Pid, r.UUID)
	if err != nil {
		return nil, undeletable(err)
	}
	if err := d.remove(ctx, v); err != nil {
		return nil, err
	}
	return api.DeletePatientAllergy200JSONResponse{Data: api.Deleted{UUID: v.ID}}, nil
}

// patientAllergy finds an allergy of a patient for a change.
func (d *Desk) patientAllergy(ctx context.Context, pid, ref string) (*r4.AllergyIntolerance, *chart.Version, error) {
	_, p, err := d.patient(ctx, pid)
	if err != nil {
		return nil, nil, exists(err, invalid("puuid", "Patient UUID"))
	}
	a, v, err := within[*r4.AllergyIntolerance](ctx, d, "AllergyIntolerance", ref, p.ID)
	return a, v, exists(err, invalid("uuid", "Allergy UUID"))
}

func (d *Desk) allergies(ctx context.Context, l *listing) ([]api.Allergy, api.Links, error) {
	return collect(ctx, d, l, func(ctx context.Context, r r4.Resource, v *chart.Version) (*api.Allergy, error) {
		return d.allergyRow(ctx, r.(*r4.AllergyIntolerance), v)
	})
}

const (
	systemAllergyClinical     = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
	systemAllergyVerification = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
)

var allergyHome = fields("title begdate diagnosis comments")

// applyAllergy changes an allergy as a body says. Its end has no element in FHIR and is kept as a field; it shows in the status.
func (d *Desk) applyAllergy(a *r4.AllergyIntolerance, in *api.AllergyInput) {
	title, codes := "", codeString(a.Code)
	if a.Code != nil {
		title = a.Code.Text.V
	}
	if in.Title != nil {
		title = *in.Title
	}
	if in.Diagnosis != nil {
		codes = *in.Diagnosis
	}
	if in.Title != nil || in.Diagnosis != nil {
		a.Code = titled(a.Code, title, codes)
	}
	if in.Begdate != nil {
		a.Onset = dateTimeValue(*in.Begdate)
	}
	if in.Comments != nil {
		a.Note = withNote(a.Note, *in.Comments)
	}
	a.Extension = carry(a.Extension, in, allergyHome)
	if in.Enddate != nil || a.ClinicalStatus == nil {
		status := "active"
		if past(dateTimeOf(dateTimeValue(some(in.Enddate))), d.now()) {
			status = "inactive"
		}
		a.ClinicalStatus = conceptPointer(systemAllergyClinical, status, "")
	}
}

// allergyRow writes an allergy as the Standard API has it.
func (d *Desk) allergyRow(ctx context.Context, a *r4.AllergyIntolerance, v *chart.Version) (*api.Allergy, error) {
	p, err := d.patientOf(ctx, a.Patient)
	if err != nil {
		return nil, err
	}
	out := &api.Allergy{Diagnosis: codeMap(a.Code)}
	active := a.ClinicalStatus == nil || hasCode([]r4.CodeableConcept{*a.ClinicalStatus}, systemAllergyClinical, "active")
	i := &issue{
		kind: "allergy", title: wording(a.Code), begin: dateTimeOf(a.Onset), recorded: a.RecordedDate.V,
		comments: noteText(a.Note), extensions: a.Extension, active: active,
	}
	i.write(out, v, p)
	if a.VerificationStatus != nil && len(a.VerificationStatus.Coding) > 0 {
		out.Verification = a.VerificationStatus.Coding[0].Code.V
		o, err := d.option(ctx, "allergyintolerance-verification", out.Verification)
		if err != nil {
			return nil, err
		}
		out.VerificationTitle = maybe(o.title)
	}
	if err := d.reactionRow(ctx, a, out); err != nil {
		return nil, err
	}
	who, err := d.follow(ctx, a.Recorder)
	if err != nil {
		return nil, err
	}
	if who != nil && who.version.Type == "Practitioner" {
		out.Practitioner, out.PractitionerUUID = &who.version.ID, &who.version.ID
		out.PractitionerNpi = maybe(identified(who.resource.(*r4.Practitioner).Identifier, systemNPI))
	}
	return out, nil
}

// reactionRow writes the first reaction and how severe it is.
func (d *Desk) reactionRow(ctx context.Context, a *r4.AllergyIntolerance, out *api.Allergy) error {
	severity := map[string]string{"low": "mild", "high": "severe", "unable-to-assess": "unassigned"}[a.Criticality.V]
	if len(a.Reaction) > 0 {
		r := &a.Reaction[0]
		if r.Severity.V != "" {
			severity = r.Severity.V
		}
		if len(r.Manifestation) > 0 {
			m := &r.Manifestation[0]
			out.ReactionTitle, out.ReactionCodes = maybe(wording(m)), maybe(codeString(m))
			all, err := d.options(ctx, "reaction")
			if err != nil {
				return err
			}
			for _, o := range all {
				if o.codes != "" && o.codes == codeString(m) || o.title == wording(m) {
					out.Reaction, out.ReactionTitle = o.id, &o.title
				}
			}
		}
	}
	if out.SeverityAl == nil {
		out.SeverityAl = maybe(severity)
	}
	return nil
}
