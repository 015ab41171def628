package standard

import (
	"context"
	"strings"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// ListEncounters answers a page of a patient's encounters, the newest first.
func (s *Server) ListEncounters(ctx context.Context, r api.ListEncountersRequestObject) (api.ListEncountersResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, unknown(r.Pid))
	}
	rows, links, err := d.Encounters(ctx, p.ID, operation("listEncounters"), "/api/patient/"+r.Pid+"/encounter", &r.Params)
	return api.ListEncounters200JSONResponse{Data: rows, Links: links}, err
}

// Encounters returns a page of a patient's encounters, the newest first, for the operation op at path.
func (d *Desk) Encounters(ctx context.Context, patient string, op *form.Operation, path string, params any) ([]api.Encounter, api.Links, error) {
	l, err := list(op, path, "Encounter", params)
	if err != nil {
		return nil, api.Links{}, err
	}
	return collect(ctx, d, l.by("patient", "Patient/"+patient).otherwise("-date"), func(ctx context.Context, r r4.Resource, v *chart.Version) (*api.Encounter, error) {
		return d.encounterRow(ctx, r.(*r4.Encounter), v)
	})
}

// GetEncounter answers one encounter of a patient.
func (s *Server) GetEncounter(ctx context.Context, r api.GetEncounterRequestObject) (api.GetEncounterResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, unknown(r.Pid))
	}
	row, err := d.Encounter(ctx, r.Eid, p.ID)
	if err != nil {
		return nil, err
	}
	return api.GetEncounter200JSONResponse{Data: *row}, nil
}

// Encounter returns the encounter of a patient that ref, an identifier or a number, names. Errors: NotFound.
func (d *Desk) Encounter(ctx context.Context, ref, patient string) (*api.Encounter, error) {
	e, v, err := within[*r4.Encounter](ctx, d, "Encounter", ref, patient)
	if err != nil {
		return nil, err
	}
	return d.encounterRow(ctx, e, v)
}

// CreateEncounter opens an encounter. Its author is the caller, whatever the body says.
func (s *Server) CreateEncounter(ctx context.Context, r api.CreateEncounterRequestObject) (api.CreateEncounterResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, invalid("puuid", "Patient UUID"))
	}
	in := *r.Body
	in.User, in.Group = maybe(caller(ctx).UserName), maybe("Default")
	if some(in.Date) == "" {
		in.Date = maybe(d.now().Format("2006-01-02"))
	}
	e := &r4.Encounter{
		Status: fhir.NewCode("finished"), Subject: reference("Patient", p.ID),
		Type_: []r4.CodeableConcept{concept(systemSNOMED, "185349003", "Encounter for check up (procedure)")},
	}
	if err := d.applyEncounter(ctx, e, &in); err != nil {
		return nil, err
	}
	v, err := d.create(ctx, e)
	if err != nil {
		return nil, err
	}
	out, err := d.encounterRow(ctx, e, v)
	if err != nil {
		return nil, err
	}
	return api.CreateEncounter201JSONResponse{Data: createdEncounter(out)}, nil
}

// UpdateEncounter changes the fields of an encounter that are sent.
func (s *Server) UpdateEncounter(ctx context.Context, r api.UpdateEncounterRequestObject) (api.UpdateEncounterResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, exists(err, invalid("puuid", "Patient UUID"))
	}
	e, v, err := within[*r4.Encounter](ctx, d, "Encounter", r.Eid, p.ID)
	if err != nil {
		return nil, err
	}
	if level := carriedText(e.Extension, "sensitivity"); level != "" && !d.cfg.Holds(ctx, "sensitivities/"+level) {
		return nil, fault.New(fault.Forbidden, "standard.encounter", "the encounter is marked %s", level)
	}
	in := *r.Body
	known, err := d.cfg.Login(ctx, some(in.User))
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, invalid("user", "Encounter Author")
	}
	if !d.cfg.Holds(ctx, "encounters/date_a") {
		in.Date = nil
	}
	if err := d.applyEncounter(ctx, e, &in); err != nil {
		return nil, err
	}
	if v, err = d.update(ctx, e, v); err != nil {
		return nil, err
	}
	row, err := d.encounterRow(ctx, e, v)
	if err != nil {
		return nil, err
	}
	return api.UpdateEncounter200JSONResponse{Data: *row}, nil
}

// encounterIn returns the encounter of a patient that a path of numbers or identifiers names. Errors: NotFound.
func (d *Desk) encounterIn(ctx context.Context, pid, eid string) (encounter, patient *chart.Version, err error) {
	if patient, err = d.stored(ctx, "Patient", pid); err != nil {
		return nil, nil, err
	}
	encounter, err = d.storedWithin(ctx, "Encounter", eid, patient.ID)
	return encounter, patient, err
}

var encounterHome = fields(`date date_end reason facility_id provider_id referring_provider_id class_code discharge_disposition
	external_id encounter_type_code encounter_type_description`)

const (
	systemEncounterNumber = "https://chartwright.example/fhir/NamingSystem/external-encounter"
	systemDischarge       = "http://terminology.hl7.org/CodeSystem/discharge-disposition"
)

// applyEncounter changes an encounter as a body says.
func (d *Desk) applyEncounter(ctx context.Context, e *r4.Encounter, in *api.EncounterInput) error {
	var problems form.Problems
	e.Extension = carry(e.Extension, in, encounterHome)
	for _, x := range []struct {
		field string
		value *string
		end   bool
	}{{"date", in.Date, false}, {"date_end", in.DateEnd, true}} {
		if x.value == nil {
			continue
		}
		m, ok := moment(*x.value)
		if !ok {
			problems.Add(x.field, "DateTime::INVALID_VALUE", strings.ReplaceAll(x.field, "_", " ")+" must be a valid date")
			continue
		}
		if e.Period == nil {
			e.Period = &r4.Period{}
		}
		if x.end {
			e.Period.End = m
		} else {
			e.Period.Start = m
		}
	}
	if err := problems.Err(); err != nil {
		return err
	}
	if in.ClassCode != nil {
		o, err := d.option(ctx, "_ActEncounterCode", *in.ClassCode)
		if err != nil {
			return err
		}
		e.Class = &r4.Coding{System: fhir.NewURI(systemActCode), Code: fhir.NewCode(*in.ClassCode), Display: fhir.NewString(o.notes)}
	}
	if in.Reason != nil {
		e.ReasonCode = nil
		if *in.Reason != "" {
			e.ReasonCode = []r4.CodeableConcept{{Text: fhir.NewString(*in.Reason)}}
		}
	}
	if some(in.EncounterTypeCode) != "" || some(in.EncounterTypeDescription) != "" {
		e.Type_ = []r4.CodeableConcept{*titled(nil, some(in.EncounterTypeDescription), some(in.EncounterTypeCode))}
	}
	if in.DischargeDisposition != nil {
		if err := d.applyDischarge(ctx, e, *in.DischargeDisposition); err != nil {
			return err
		}
	}
	if in.ExternalID != nil {
		e.Identifier = identify(e.Identifier, systemEncounterNumber, "", *in.ExternalID)
	}
	return d.applyEncounterParties(ctx, e, in)
}

func (d *Desk) applyDischarge(ctx context.Context, e *r4.Encounter, code string) error {
	if e.Hospitalization == nil {
		e.Hospitalization = &r4.EncounterHospitalization{}
	}
	e.Hospitalization.DischargeDisposition = nil
	if code != "" {
		o, err := d.option(ctx, "discharge-disposition", code)
		if err != nil {
			return err
		}
		e.Hospitalization.DischargeDisposition = conceptPointer(systemDischarge, code, o.title)
		return nil
	}
	if h := e.Hospitalization; h.Origin == nil && h.Destination == nil && h.AdmitSource == nil && h.ReAdmission == nil && h.PreAdmissionIdentifier == nil {
		e.Hospitalization = nil
	}
	return nil
}

// applyEncounterParties sets facility and providers. A number that names nothing is kept as a field.
func (d *Desk) applyEncounterParties(ctx context.Context, e *r4.Encounter, in *api.EncounterInput) error {
	if in.FacilityID != nil {
		ref, err := d.point(ctx, "Organization", *in.FacilityID)
		if err != nil {
			return err
		}
		e.ServiceProvider, e.Location = ref, nil
		own := *in.FacilityID
		if ref != nil {
			own = ""
			place, err := d.locationAt(ctx, idOf(ref, "Organization"))
			if err != nil {
				return err
			}
			if place != nil {
				e.Location = []r4.EncounterLocation{{Location: reference("Location", place.version.ID)}}
			}
		}
		e.Extension = keep(e.Extension, "facility_id", own)
	}
	for _, x := range []struct {
		field, role string
		value       *string
	}{{"provider_id", "PPRF", in.ProviderID}, {"referring_provider_id", "REF", in.ReferringProviderID}} {
		if x.value == nil {
			continue
		}
		ref, err := d.point(ctx, "Practitioner", *x.value)
		if err != nil {
			return err
		}
		e.Participant = withParticipant(e.Participant, x.role, ref)
		own := ""
		if ref == nil {
			own = *x.value
		}
		e.Extension = keep(e.Extension, x.field, own)
	}
	return nil
}

// withParticipant replaces the participant of a role; a nil reference removes it.
func withParticipant(list []r4.EncounterParticipant, role string, ref *r4.Reference) []r4.EncounterParticipant {
	var out []r4.EncounterParticipant
	for _, p := range list {
		if !hasCode(p.Type_, systemPartType, role) {
			out = append(out, p)
		}
	}
	if ref != nil {
		out = append(out, r4.EncounterParticipant{Type_: []r4.CodeableConcept{concept(systemPartType, role, "")}, Individual: ref})
	}
	return out
}
