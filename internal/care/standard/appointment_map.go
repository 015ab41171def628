package standard

import (
	"context"
	"strconv"
	"time"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
)

// appointmentStatus are the options of list apptstat and their status in FHIR.
var appointmentStatus = map[string]string{
	"-": "proposed", "#": "pending", "^": "pending", ">": "fulfilled", "$": "fulfilled", "AVM": "booked", "SMS": "booked", "EMAIL": "booked",
	"*": "booked", "%": "cancelled", "!": "cancelled", "x": "cancelled", "?": "noshow", "~": "arrived", "@": "arrived", "<": "checked-in",
	"+": "checked-in", "CALL": "waitlist",
}

// statusOption are the options that stand for a status of FHIR when it was not written through this API.
var statusOption = map[string]string{
	"proposed": "-", "pending": "^", "booked": "*", "arrived": "@", "fulfilled": ">", "cancelled": "x", "noshow": "?", "checked-in": "<",
	"waitlist": "CALL", "entered-in-error": "x",
}

func statusOf(option string) string {
	if s := appointmentStatus[option]; s != "" {
		return s
	}
	return "pending"
}

const calendarCategory = codeSystemOfOur + "calendar-category"

// newAppointment makes an appointment of what a body says.
func (d *Desk) newAppointment(ctx context.Context, patient string, in *api.AppointmentInput) (*r4.Appointment, error) {
	var problems form.Problems
	start, err := time.Parse("2006-01-02 15:04", some(in.PcEventDate)+" "+some(in.PcStartTime))
	if err != nil {
		problems.Add("pc_startTime", "DateTime::INVALID_VALUE", "pc startTime must be a valid date")
	}
	seconds, _ := strconv.ParseFloat(some(in.PcDuration), 64)
	if seconds < 0 || seconds > 10*365*24*3600 {
		problems.Add("pc_duration", "Numeric::NOT_NUMERIC", "pc duration must be numeric")
	}
	var provider *r4.Reference
	if some(in.PcAid) != "" {
		if provider, err = d.point(ctx, "Practitioner", *in.PcAid); err != nil {
			return nil, err
		}
		if provider == nil {
			problems.Add("pc_aid", "pc_aid", "pc_aid must be for a valid user")
		}
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	end := start.Add(time.Duration(seconds) * time.Second)
	const layout = "2006-01-02T15:04:05Z"
	category, _ := strconv.ParseInt(some(in.PcCatid), 10, 64)
	a := &r4.Appointment{
		Status: fhir.NewCode(statusOf(some(in.PcApptstatus))), Description: fhir.NewString(some(in.PcTitle)), Comment: fhir.NewString(some(in.PcHometext)),
		Start: fhir.NewInstant(start.Format(layout)), End: fhir.NewInstant(end.Format(layout)), Created: instant(d.now()),
		AppointmentType: conceptPointer(calendarCategory, some(in.PcCatid), categories[category]),
	}
	if minutes := int32(seconds / 60); minutes > 0 {
		a.MinutesDuration = fhir.NewPositiveInt(minutes)
	}
	for _, f := range [][2]string{{"pc_apptstatus", some(in.PcApptstatus)}, {"pc_facility", some(in.PcFacility)}, {"pc_billing_location", some(in.PcBillingLocation)}} {
		a.Extension = keep(a.Extension, f[0], f[1])
	}
	a.Participant = append(a.Participant, participant("PART", reference("Patient", patient)))
	if provider != nil {
		a.Participant = append(a.Participant, participant("PPRF", provider))
	}
	place, _, err := d.facilityAt(ctx, some(in.PcFacility))
	if err != nil {
		return nil, err
	}
	if place != nil {
		a.Participant = append(a.Participant, participant("LOC", reference("Location", place.version.ID)))
	}
	return a, nil
}

func participant(role string, who *r4.Reference) r4.AppointmentParticipant {
	return r4.AppointmentParticipant{
		Type_: []r4.CodeableConcept{concept(systemPartType, role, "")}, Actor: who, Status: fhir.NewCode("accepted"),
	}
}

// facilityAt returns the location and the organization of the facility with a number; nil where there is none.
func (d *Desk) facilityAt(ctx context.Context, n string) (location, organization *entry, err error) {
	ref, err := d.point(ctx, "Organization", n)
	if err != nil || ref == nil {
		return nil, nil, err
	}
	if organization, err = d.follow(ctx, ref); err != nil || organization == nil {
		return nil, nil, err
	}
	location, err = d.locationAt(ctx, organization.version.ID)
	return location, organization, err
}

// appointmentRow writes an appointment as the Standard API has it.
func (d *Desk) appointmentRow(ctx context.Context, a *r4.Appointment, v *chart.Version) (*api.AppointmentDetail, error) {
	out := &api.AppointmentDetail{PcCatid: officeVisit}
	carried(a.Extension, out)
	out.PcEid, out.PcUUID = v.Number, maybe(v.ID)
	if statusOf(out.PcApptstatus) != a.Status.V || out.PcApptstatus == "" {
		out.PcApptstatus = statusOption[a.Status.V]
	}
	out.PcTitle, out.PcHometext, out.PcTime = maybe(a.Description.V), maybe(a.Comment.V), maybe(stamp(a.Created.V))
	if a.AppointmentType != nil {
		row.Set(out, "pc_catid", codeIn([]r4.CodeableConcept{*a.AppointmentType}, calendarCategory))
		if out.PcTitle == nil {
			out.PcTitle = maybe(wording(a.AppointmentType))
		}
	}
	appointmentTimes(a, out)
	return out, d.participants(ctx, a, out)
}

func appointmentTimes(a *r4.Appointment, out *api.AppointmentDetail) {
	start, errStart := time.Parse(time.RFC3339Nano, a.Start.V)
	end, errEnd := time.Parse(time.RFC3339Nano, a.End.V)
	if errStart == nil {
		out.PcEventDate, out.PcStartTime = maybe(start.UTC().Format(time.DateOnly)), maybe(start.UTC().Format(time.TimeOnly))
	}
	if errEnd == nil {
		out.PcEndTime = maybe(end.UTC().Format(time.TimeOnly))
	}
	switch {
	case errStart == nil && errEnd == nil:
		out.PcDuration = int64(end.Sub(start) / time.Second)
	case a.MinutesDuration.Set:
		out.PcDuration = int64(a.MinutesDuration.V) * 60
	}
}

// participants writes patient, provider and places.
func (d *Desk) participants(ctx context.Context, a *r4.Appointment, out *api.AppointmentDetail) error {
	for i := range a.Participant {
		e, err := d.follow(ctx, a.Participant[i].Actor)
		if err != nil {
			return err
		}
		if e == nil {
			continue
		}
		switch x := e.resource.(type) {
		case *r4.Patient:
			p, err := d.patientRow(ctx, x, e.version)
			if err != nil {
				return err
			}
			out.Puuid, out.Pid, out.Fname, out.Lname, out.DOB = &p.UUID, &p.Pid, maybe(p.Fname), maybe(p.Lname), p.DOB
			out.PcPid = maybe(row.Text(p, "pid"))
		case *r4.Practitioner:
			out.PceAidUUID, out.PceAidNpi = &e.version.ID, maybe(identified(x.Identifier, systemNPI))
			out.PcAid = maybe(strconv.FormatInt(e.version.Number, 10))
		case *r4.Location:
			out.FacilityUUID, out.FacilityName = &e.version.ID, maybe(x.Name.V)
			o, err := d.follow(ctx, x.ManagingOrganization)
			if err != nil {
				return err
			}
			if o != nil {
				out.PcFacility = o.version.Number
			}
		}
	}
	if out.FacilityName == nil {
		_, o, err := d.facilityAt(ctx, row.Text(out, "pc_facility"))
		if err != nil {
			return err
		}
		if o != nil {
			out.FacilityName = maybe(o.resource.(*r4.Organization).Name.V)
		}
	}
	place, o, err := d.facilityAt(ctx, row.Text(out, "pc_billing_location"))
	if err != nil {
		return err
	}
	if o != nil {
		out.BillingLocationName = maybe(o.resource.(*r4.Organization).Name.V)
	}
	if place != nil {
		out.BillingLocationUUID = &place.version.ID
	}
	return nil
}
