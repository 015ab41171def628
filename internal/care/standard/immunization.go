package standard

import (
	"context"
	"strings"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/chart"
)

// ListImmunizations answers a page of immunizations.
func (s *Server) ListImmunizations(ctx context.Context, r api.ListImmunizationsRequestObject) (api.ListImmunizationsResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listImmunizations"), "/api/immunization", "Immunization", &r.Params)
	if err != nil {
		return nil, err
	}
	if pid := some(r.Params.PatientID); pid != "" {
		_, p, err := d.patient(ctx, pid)
		if err != nil {
			return nil, exists(err, unknown(pid))
		}
		l.by("patient", "Patient/"+p.ID)
	}
	l.column = immunizationColumn
	rows, links, err := collect(ctx, d, l, func(ctx context.Context, r r4.Resource, v *chart.Version) (*api.Immunization, error) {
		return d.immunizationRow(ctx, r.(*r4.Immunization), v)
	})
	return api.ListImmunizations200JSONResponse{Data: rows, Links: links}, err
}

// immunizationColumn returns what an immunization says about a filter whose column is not among the fields of the record.
func immunizationColumn(r r4.Resource, name string) string {
	i := r.(*r4.Immunization)
	switch name {
	case "external_id":
		if len(i.Identifier) > 0 {
			return i.Identifier[0].Value.V
		}
	case "vis_date":
		if len(i.Education) > 0 {
			return i.Education[0].PublicationDate.V
		}
	case "information_source":
		if i.ReportOrigin != nil {
			return orElse(codeIn([]r4.CodeableConcept{*i.ReportOrigin}, systemReportOrigin), wording(i.ReportOrigin))
		}
	case "reason_description":
		if len(i.ReasonCode) > 0 {
			return wording(&i.ReasonCode[0])
		}
	}
	return carriedText(i.Extension, name)
}

// GetImmunization answers one immunization.
func (s *Server) GetImmunization(ctx context.Context, r api.GetImmunizationRequestObject) (api.GetImmunizationResponseObject, error) {
	d := s.Desk(ctx)
	i, v, err := fetch[*r4.Immunization](ctx, d, "Immunization", r.UUID)
	if err != nil {
		return nil, err
	}
	out, err := d.immunizationRow(ctx, i, v)
	if err != nil {
		return nil, err
	}
	return api.GetImmunization200JSONResponse{Data: *out}, nil
}

// completion are the options of list Immunization_Completion_Status for the statuses of FHIR.
var completion = map[string]string{"completed": "Completed", "not-done": "Not_Administered", "entered-in-error": ""}

const (
	systemActReason    = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	systemReportOrigin = codeSystemOfOur + "list/immunization_informationsource"
)

// immunizationRow writes an immunization as the Standard API has it.
func (d *Desk) immunizationRow(ctx context.Context, i *r4.Immunization, v *chart.Version) (*api.Immunization, error) {
	out := &api.Immunization{}
	carried(i.Extension, out)
	p, err := d.patientOf(ctx, i.Patient)
	if err != nil {
		return nil, err
	}
	out.ID, out.UUID, out.Puuid = v.Number, v.ID, maybe(p.id)
	out.AdministeredDate, out.CreateDate = maybe(dateTimeOf(i.Occurrence)), maybe(i.Recorded.V)
	out.UpdateDate = maybe(stampOf(v.Updated))
	if i.VaccineCode != nil {
		out.CvxCode, out.CvxCodeText = maybe(codeIn([]r4.CodeableConcept{*i.VaccineCode}, systemCVX)), maybe(wording(i.VaccineCode))
	}
	out.LotNumber, out.ExpirationDate, out.Note = maybe(i.LotNumber.V), maybe(i.ExpirationDate.V), maybe(noteText(i.Note))
	if out.CompletionStatus = maybe(completion[i.Status.V]); i.Status.V == "entered-in-error" {
		out.AddedErroneously = 1
	}
	if i.DoseQuantity != nil {
		if f, ok := i.DoseQuantity.Value.Float(); ok {
			out.AmountAdministered = int64(f)
		}
		out.AmountAdministeredUnit = maybe(orElse(i.DoseQuantity.Unit.V, i.DoseQuantity.Code.V))
	}
	if i.Site != nil {
		out.SiteDisplay = maybe(wording(i.Site))
		if len(i.Site.Coding) > 0 {
			out.SiteCode = maybe(i.Site.Coding[0].Code.V)
		}
		site, err := d.optionFor(ctx, "immunization_administered_site", i.Site, "")
		if err != nil {
			return nil, err
		}
		out.AdministrationSite = maybe(site)
	}
	if i.Route != nil {
		out.Route = maybe(wording(i.Route))
	}
	if len(i.Education) > 0 {
		out.EducationDate = maybe(i.Education[0].PresentationDate.V)
	}
	if len(i.ReasonCode) > 0 {
		out.ReasonCode = maybe(codeString(&i.ReasonCode[0]))
	}
	if r := i.StatusReason; r != nil {
		out.RefusalReason, out.RefusalReasonDescription, out.RefusalReasonCodes = maybe(codeIn([]r4.CodeableConcept{*r}, systemActReason)), maybe(wording(r)), maybe(codeString(r))
		if some(out.RefusalReason) != "" {
			out.CompletionStatus = maybe("Refused")
		}
	}
	out.PrimarySource = i.PrimarySource.V
	return out, d.immunizationParties(ctx, i, out)
}

func (d *Desk) immunizationParties(ctx context.Context, i *r4.Immunization, out *api.Immunization) error {
	maker, err := d.follow(ctx, i.Manufacturer)
	if err != nil {
		return err
	}
	if i.Manufacturer != nil {
		out.Manufacturer = maybe(i.Manufacturer.Display.V)
	}
	if maker != nil {
		if o, ok := maker.resource.(*r4.Organization); ok {
			out.Manufacturer = maybe(o.Name.V)
		}
	}
	for j := range i.Performer {
		actor := i.Performer[j].Actor
		who, err := d.follow(ctx, actor)
		if err != nil {
			return err
		}
		if who == nil {
			if out.AdministeredBy == nil && actor != nil {
				out.AdministeredBy = maybe(actor.Display.V)
			}
			continue
		}
		x, ok := who.resource.(*r4.Practitioner)
		if !ok {
			continue
		}
		out.ProviderUUID, out.ProviderNpi, out.ProviderUsername = &who.version.ID, maybe(identified(x.Identifier, systemNPI)), maybe(username(x))
		out.AdministeredByID = &who.version.Number
		if n := currentName(x.Name); n >= 0 {
			out.AdministeredBy = maybe(strings.TrimSpace(words(x.Name[n].Given) + " " + x.Name[n].Family.V))
		}
		break
	}
	return nil
}
