package standard

import (
	"context"
	"slices"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

func applyMarital(p *r4.Patient, value string, o option) {
	p.MaritalStatus = nil
	if value == "" {
		return
	}
	p.MaritalStatus = &r4.CodeableConcept{Text: fhir.NewString(value)}
	if o.notes != "" {
		p.MaritalStatus.Coding = concept(systemMarital, o.notes, o.title).Coding
	}
}

func applyLanguage(p *r4.Patient, value string, o option) {
	p.Communication = nil
	if value == "" {
		return
	}
	c := &r4.CodeableConcept{Text: fhir.NewString(value)}
	if o.notes != "" {
		c.Coding = concept(systemLanguage, o.notes, o.title).Coding
	}
	p.Communication = []r4.PatientCommunication{{Language: c, Preferred: fhir.NewBoolean(true)}}
}

func applyRace(p *r4.Patient, value string, o option)      { applyOMB(p, raceURL, value, o) }
func applyEthnicity(p *r4.Patient, value string, o option) { applyOMB(p, ethnicityURL, value, o) }

// ombCategories are the codes of races and ethnicities that the OMB counts by; the others of the same system are finer.
// https://hl7.org/fhir/us/core/ValueSet-omb-race-category.html, ValueSet-omb-ethnicity-category.html
var ombCategories = []string{"1002-5", "2028-9", "2054-5", "2076-8", "2106-3", "2135-2", "2186-5"}

// applyOMB sets an extension of US Core of race or ethnicity.
// https://hl7.org/fhir/us/core/StructureDefinition-us-core-race.html
func applyOMB(p *r4.Patient, url, value string, o option) {
	p.Extension = slices.DeleteFunc(p.Extension, func(x fhir.Extension) bool { return x.URL == url })
	if value == "" {
		return
	}
	x := fhir.Extension{URL: url}
	text := fhir.NewString(o.title)
	switch {
	case value == "declne_to_specfy":
		x.Extension = append(x.Extension, fhir.Extension{URL: "ombCategory", Value: &r4.Coding{System: fhir.NewURI(systemNull), Code: fhir.NewCode("ASKU")}})
	case o.notes != "":
		part := "detailed"
		if slices.Contains(ombCategories, o.notes) {
			part = "ombCategory"
		}
		x.Extension = append(x.Extension, fhir.Extension{URL: part, Value: &r4.Coding{System: fhir.NewURI(systemRace), Code: fhir.NewCode(o.notes), Display: text}})
	}
	if text.V == "" {
		text = fhir.NewString(value)
	}
	x.Extension = append(x.Extension, fhir.Extension{URL: "text", Value: &text})
	p.Extension = append(p.Extension, x)
}

// codedRow writes the fields that are options of lists.
func (d *Desk) codedRow(ctx context.Context, p *r4.Patient, out *api.Patient) error {
	var err error
	if p.MaritalStatus != nil {
		if out.Status, err = d.optionFor(ctx, "marital", p.MaritalStatus, systemMarital); err != nil {
			return err
		}
	}
	if len(p.Communication) > 0 && p.Communication[0].Language != nil {
		if out.Language, err = d.optionFor(ctx, "language", p.Communication[0].Language, systemLanguage); err != nil {
			return err
		}
	}
	if out.Race, err = d.ombOption(ctx, p, raceURL, "race"); err != nil {
		return err
	}
	out.Ethnicity, err = d.ombOption(ctx, p, ethnicityURL, "ethnicity")
	return err
}

// ombOption returns the option of a list that an extension of US Core stands for.
func (d *Desk) ombOption(ctx context.Context, p *r4.Patient, url, list string) (string, error) {
	for _, x := range p.Extension {
		if x.URL != url {
			continue
		}
		c := &r4.CodeableConcept{}
		for _, part := range x.Extension {
			switch v := part.Value.(type) {
			case *r4.Coding:
				if v.Code.V == "ASKU" {
					return "declne_to_specfy", nil
				}
				if part.URL == "ombCategory" || len(c.Coding) == 0 {
					c.Coding = []r4.Coding{*v}
				}
			case *fhir.String:
				c.Text = *v
			}
		}
		return d.optionFor(ctx, list, c, systemRace)
	}
	return "", nil
}
