package standard

import (
	"context"
	"strconv"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
)

// categories are the calendar categories (pc_catid).
var categories = map[int64]string{
	1: "No Show", 2: "In Office", 3: "Out Of Office", 4: "Vacation", 5: "Office Visit", 6: "Holidays", 7: "Closed", 8: "Lunch",
	9: "Established Patient", 10: "New Patient", 11: "Reserved", 12: "Health and Behavioral Assessment",
	13: "Preventive Care Services", 14: "Ophthalmological Services", 15: "Group Therapy",
}

const officeVisit = 5

// encounterRow writes an encounter as the Standard API has it.
func (d *Desk) encounterRow(ctx context.Context, e *r4.Encounter, v *chart.Version) (*api.Encounter, error) {
	out := &api.Encounter{PcCatid: officeVisit}
	carried(e.Extension, out)
	out.Eid, out.Euuid, out.LastUpdate = v.Number, v.ID, stampOf(v.Updated)
	if e.Period != nil {
		out.Date = maybe(stamp(e.Period.Start.V))
	}
	if onset := carriedText(e.Extension, "onset_date"); onset != "" {
		if m, ok := moment(onset); ok {
			out.OnsetDate = maybe(stamp(m.V))
		}
	}
	if len(e.ReasonCode) > 0 {
		out.Reason = maybe(wording(&e.ReasonCode[0]))
	}
	out.PcCatname = maybe(categories[out.PcCatid])
	out.ExternalID = maybe(identified(e.Identifier, systemEncounterNumber))
	if e.Class != nil {
		o, err := d.option(ctx, "_ActEncounterCode", e.Class.Code.V)
		if err != nil {
			return nil, err
		}
		out.ClassCode, out.ClassTitle = e.Class.Code.V, maybe(o.notes)
		if o.notes == "" {
			out.ClassTitle = maybe(e.Class.Display.V)
		}
	}
	if h := e.Hospitalization; h != nil && h.DischargeDisposition != nil {
		c := h.DischargeDisposition
		code := codeIn([]r4.CodeableConcept{*c}, systemDischarge)
		if code == "" && len(c.Coding) > 0 {
			code = c.Coding[0].Code.V
		}
		out.DischargeDisposition, out.DischargeDispositionText = maybe(code), maybe(wording(c))
	}
	p, err := d.follow(ctx, e.Subject)
	if err != nil {
		return nil, err
	}
	if p != nil {
		out.Pid, out.Puuid = &p.version.Number, &p.version.ID
	}
	if err := d.encounterFacilities(ctx, e, out); err != nil {
		return nil, err
	}
	return out, d.encounterProviders(ctx, e, out)
}

func (d *Desk) encounterFacilities(ctx context.Context, e *r4.Encounter, out *api.Encounter) error {
	out.FacilityName = maybe(carriedText(e.Extension, "facility"))
	f, err := d.follow(ctx, e.ServiceProvider)
	if err != nil {
		return err
	}
	if f != nil {
		if o, ok := f.resource.(*r4.Organization); ok {
			out.FacilityID, out.FacilityUUID, out.FacilityName = &f.version.Number, &f.version.ID, maybe(o.Name.V)
		}
	}
	if len(e.Location) > 0 {
		out.FacilityLocationUUID = maybe(idOf(e.Location[0].Location, "Location"))
	}
	billing := carriedText(e.Extension, "billing_facility")
	ref, err := d.point(ctx, "Organization", billing)
	if err != nil || ref == nil {
		return err
	}
	b, err := d.follow(ctx, ref)
	if err != nil || b == nil {
		return err
	}
	if o, ok := b.resource.(*r4.Organization); ok {
		out.BillingFacility, out.BillingFacilityID = b.version.Number, &b.version.Number
		out.BillingFacilityUUID, out.BillingFacilityName = &b.version.ID, maybe(o.Name.V)
	}
	place, err := d.locationAt(ctx, b.version.ID)
	if err == nil && place != nil {
		out.BillingLocationUUID = &place.version.ID
	}
	return err
}

func (d *Desk) encounterProviders(ctx context.Context, e *r4.Encounter, out *api.Encounter) error {
	for i := range e.Participant {
		p := &e.Participant[i]
		who, err := d.follow(ctx, p.Individual)
		if err != nil {
			return err
		}
		if who == nil || who.version.Type != "Practitioner" {
			continue
		}
		name := maybe(username(who.resource.(*r4.Practitioner)))
		switch {
		case hasCode(p.Type_, systemPartType, "REF"):
			out.ReferringProviderID, out.ReferrerUUID, out.ReferrerUsername = &who.version.Number, &who.version.ID, name
		case out.ProviderUUID == nil:
			out.ProviderID, out.ProviderUUID, out.ProviderUsername = &who.version.Number, &who.version.ID, name
		}
	}
	return nil
}

// username is the login name of a practitioner, empty if he has none.
func username(p *r4.Practitioner) string { return carriedText(p.Extension, "username") }

// createdEncounter is the answer to a new encounter: the record and its number once more.
func createdEncounter(e *api.Encounter) api.EncounterCreated {
	var out api.EncounterCreated
	row.Copy(&out, e)
	row.Set(&out, "encounter", strconv.FormatInt(e.Eid, 10))
	return out
}
