package demo

import (
	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

func clinic() *r4.Organization {
	return &r4.Organization{
		ID: fhir.NewID(clinicID), Active: fhir.NewBoolean(true), Name: fhir.NewString("Alderbrook Family Practice"),
		Identifier: []r4.Identifier{{System: fhir.NewURI(npi), Value: fhir.NewString("1999999968")}},
		Type_:      []r4.CodeableConcept{*term(hl7+"organization-type", "prov", "Healthcare Provider")},
		Telecom:    []r4.ContactPoint{{System: fhir.NewCode("phone"), Value: fhir.NewString("555-010-3000"), Use: fhir.NewCode("work")}},
		Address:    []r4.Address{*clinicAddress()},
	}
}

func clinicAddress() *r4.Address {
	return &r4.Address{
		Use: fhir.NewCode("work"), Line: []fhir.String{fhir.NewString("1 Market Square")}, City: fhir.NewString("Alderbrook"),
		State: fhir.NewString("MA"), PostalCode: fhir.NewString("01999"), Country: fhir.NewString("US"),
	}
}

func site() *r4.Location {
	return &r4.Location{
		ID: fhir.NewID(locationID), Status: fhir.NewCode("active"), Name: fhir.NewString("Alderbrook Family Practice"),
		Mode: fhir.NewCode("instance"), Type_: []r4.CodeableConcept{*term(hl7+"v3-RoleCode", "PC", "Primary care clinic")},
		Address: clinicAddress(), ManagingOrganization: clinicReference(),
	}
}

func clinicReference() *r4.Reference {
	return reference("Organization", clinicID, "Alderbrook Family Practice")
}

func locationReference() *r4.Reference {
	return reference("Location", locationID, "Alderbrook Family Practice")
}

func payerOrganization(p payer) *r4.Organization {
	return &r4.Organization{
		ID: fhir.NewID(p.id), Active: fhir.NewBoolean(true), Name: fhir.NewString(p.name),
		Type_: []r4.CodeableConcept{*term(hl7+"organization-type", "ins", "Insurance Company"), *term(hl7+"organization-type", "pay", "Payer")},
	}
}

func practitionerResource(p practitioner) *r4.Practitioner {
	return &r4.Practitioner{
		ID: fhir.NewID(p.id), Active: fhir.NewBoolean(true), Gender: fhir.NewCode(p.gender),
		Identifier: []r4.Identifier{{System: fhir.NewURI(npi), Value: fhir.NewString(p.npi)}},
		Name: []r4.HumanName{{
			Use: fhir.NewCode("official"), Family: fhir.NewString(p.family),
			Given: []fhir.String{fhir.NewString(p.given)}, Prefix: []fhir.String{fhir.NewString(p.prefix)},
		}},
		Telecom: []r4.ContactPoint{{System: fhir.NewCode("phone"), Value: fhir.NewString(p.phone), Use: fhir.NewCode("work")}},
		Address: []r4.Address{*clinicAddress()},
	}
}

func practitionerRole(p practitioner) *r4.PractitionerRole {
	return &r4.PractitionerRole{
		ID: fhir.NewID(p.roleID), Active: fhir.NewBoolean(true),
		Practitioner: reference("Practitioner", p.id, p.prefix+" "+p.given+" "+p.family),
		Organization: clinicReference(), Location: []r4.Reference{*locationReference()},
		Code:      []r4.CodeableConcept{*term(hl7+"practitioner-role", "doctor", "Doctor")},
		Specialty: []r4.CodeableConcept{*concept(p.specialty)},
	}
}

const usCore = "http://hl7.org/fhir/us/core/StructureDefinition/"

func usCoreCategory(url string, c code) fhir.Extension {
	coding := c.coding()
	return fhir.Extension{URL: usCore + url, Extension: []fhir.Extension{
		{URL: "ombCategory", Value: &coding},
		{URL: "text", Value: &fhir.String{V: c.display}},
	}}
}

func (c *chartBuilder) patient() *r4.Patient {
	name := r4.HumanName{Use: fhir.NewCode("official"), Family: fhir.NewString(c.family)}
	for _, g := range c.given {
		name.Given = append(name.Given, fhir.NewString(g))
	}
	if c.prefix != "" {
		name.Prefix = []fhir.String{fhir.NewString(c.prefix)}
	}
	p := &r4.Patient{
		ID:        fhir.NewID(c.id),
		Extension: []fhir.Extension{usCoreCategory("us-core-race", c.race), usCoreCategory("us-core-ethnicity", c.ethnicity)},
		Identifier: []r4.Identifier{{
			Use: fhir.NewCode("usual"), Type_: term(hl7+"v2-0203", "MR", "Medical record number"),
			System: fhir.NewURI("https://chartwright.example/mrn"), Value: fhir.NewString("AFP-" + uuid(c.id, "mrn")[:8]),
		}},
		Active: fhir.NewBoolean(c.deceased == ""), Name: []r4.HumanName{name}, Gender: fhir.NewCode(c.gender), BirthDate: fhir.NewDate(c.birth),
		Telecom: []r4.ContactPoint{{System: fhir.NewCode("phone"), Value: fhir.NewString(c.phone), Use: fhir.NewCode("home")}},
		Address: []r4.Address{{
			Use: fhir.NewCode("home"), Line: []fhir.String{fhir.NewString(c.street)}, City: fhir.NewString(c.city),
			State: fhir.NewString(c.state), PostalCode: fhir.NewString(c.zip), Country: fhir.NewString("US"),
		}},
		MaritalStatus:        term(hl7+"v3-MaritalStatus", c.marital, maritalDisplay[c.marital]),
		Communication:        []r4.PatientCommunication{{Language: term("urn:ietf:bcp:47", c.language, languages[c.language]), Preferred: fhir.NewBoolean(true)}},
		GeneralPractitioner:  []r4.Reference{*c.author()},
		ManagingOrganization: clinicReference(),
	}
	if c.employer != "" {
		p.Contact = []r4.PatientContact{{
			Relationship: []r4.CodeableConcept{*term(hl7+"v2-0131", "E", "Employer")},
			Organization: &r4.Reference{Display: fhir.NewString(c.employer)}, Period: &r4.Period{Start: fhir.NewDateTime("2009-04-01")},
			Address: &r4.Address{City: fhir.NewString(c.city), State: fhir.NewString(c.state), PostalCode: fhir.NewString(c.zip), Country: fhir.NewString("US")},
		}}
	}
	if c.email != "" {
		p.Telecom = append(p.Telecom, r4.ContactPoint{System: fhir.NewCode("email"), Value: fhir.NewString(c.email)})
	}
	if c.deceased != "" {
		p.Deceased = dateTime(c.deceased)
	}
	return p
}

var (
	maritalDisplay = map[string]string{"M": "Married", "S": "Never Married", "W": "Widowed", "D": "Divorced"}
	languages      = map[string]string{"en": "English", "es": "Spanish", "pl": "Polish", "bn": "Bengali", "fr": "French"}
)

func (c *chartBuilder) coverage() *r4.Coverage {
	p := payers[c.plan]
	return &r4.Coverage{
		ID: c.newID("coverage", 0), Status: fhir.NewCode("active"), Type_: term(hl7+"v3-ActCode", "HIP", "health insurance plan policy"),
		PolicyHolder: c.subject(), Subscriber: c.subject(), SubscriberID: fhir.NewString("M" + uuid(c.id, "member")[:8]), Beneficiary: c.subject(),
		Relationship: term(hl7+"subscriber-relationship", "self", "Self"), Period: &r4.Period{Start: fhir.NewDateTime("2023-01-01")},
		Payor: []r4.Reference{*reference("Organization", p.id, p.name)}, Order: fhir.NewPositiveInt(1),
		Class: []r4.CoverageClass{
			{Type_: term(hl7+"coverage-class", "group", "Group"), Value: fhir.NewString("G-" + uuid(p.id, "group")[:5])},
			{Type_: term(hl7+"coverage-class", "plan", "Plan"), Value: fhir.NewString(p.planType), Name: fhir.NewString(p.planType)},
		},
	}
}

func (c *chartBuilder) careTeam() *r4.CareTeam {
	return &r4.CareTeam{
		ID: c.newID("careteam", 0), Status: fhir.NewCode("active"), Name: fhir.NewString("Care team of " + c.given[0] + " " + c.family),
		Subject: c.subject(), ManagingOrganization: []r4.Reference{*clinicReference()},
		Participant: []r4.CareTeamParticipant{
			{Role: []r4.CodeableConcept{*concept(code{snomed, "446050000", "Primary care physician"})}, Member: c.author()},
			{Role: []r4.CodeableConcept{*concept(code{snomed, "116154003", "Patient"})}, Member: c.subject()},
		},
	}
}

func (c *chartBuilder) appointments() {
	for i, a := range []struct{ status, start, end, what string }{
		{"fulfilled", "2025-10-02T14:00:00Z", "2025-10-02T14:20:00Z", "Influenza vaccination"},
		{"booked", "2027-01-19T15:30:00Z", "2027-01-19T15:50:00Z", "Follow-up visit"},
	} {
		if c.deceased != "" && a.status == "booked" {
			continue
		}
		c.add(&r4.Appointment{
			ID: c.newID("appointment", i), Status: fhir.NewCode(a.status), Description: fhir.NewString(a.what),
			AppointmentType: term(hl7+"v2-0276", "FOLLOWUP", "A follow up visit from a previous appointment"),
			Start:           fhir.NewInstant(a.start), End: fhir.NewInstant(a.end), MinutesDuration: fhir.NewPositiveInt(20),
			Participant: []r4.AppointmentParticipant{
				{Actor: c.subject(), Status: fhir.NewCode("accepted")},
				{Actor: c.author(), Status: fhir.NewCode("accepted")},
				{Actor: locationReference(), Status: fhir.NewCode("accepted")},
			},
		})
	}
}
