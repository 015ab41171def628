package demo

import (
	"encoding/base64"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// ours begins the names of the code systems that the Standard API adds to those of FHIR.
const ours = "https://chartwright.example/fhir/"

// Office returns what the office keeps about patient 0 beside the chart: a dental issue, a surgery, an entry of the medication
// list, a second policy, a message, a referral and a letter; and a drug of the house. Each is there for the operations of the
// Standard API that read and change such a record.
func Office() []r4.Resource {
	c := &chartBuilder{person: people[0]}
	c.add(c.dentalIssue(), c.surgery(), c.remedy(), c.secondCoverage(), c.message(), c.referral())
	c.add(c.letter()...)
	c.add(drug())
	return c.out
}

func (c *chartBuilder) dentalIssue() *r4.Condition {
	return &r4.Condition{
		ID: c.newID("dental", 0), ClinicalStatus: term(clinical, "active", "Active"), VerificationStatus: term(verification, "confirmed", "Confirmed"),
		Category: []r4.CodeableConcept{
			*term(hl7+"condition-category", "problem-list-item", "Problem List Item"), *term(ours+"CodeSystem/issue-type", "dental", "Dental issue"),
		},
		Code: concept(code{snomed, "80967001", "Dental caries"}, code{icd10, "K02.9", "Dental caries, unspecified"}), Subject: c.subject(),
		Onset: dateTime("2025-08-20"), RecordedDate: fhir.NewDateTime("2025-08-20"), Recorder: c.author(),
	}
}

func (c *chartBuilder) surgery() *r4.Procedure {
	return &r4.Procedure{
		ID: c.newID("surgery", 0), Status: fhir.NewCode("completed"), Category: term(snomed, "387713003", "Surgical procedure"),
		Code: concept(code{snomed, "80146002", "Excision of appendix"}), Subject: c.subject(), Performed: period("1989-06-14", "1989-06-14"),
	}
}

// remedy is what the patient takes without a prescription.
func (c *chartBuilder) remedy() *r4.MedicationRequest {
	m := medications[11]
	return &r4.MedicationRequest{
		ID: c.newID("remedy", 0), Status: fhir.NewCode("active"), Intent: fhir.NewCode("plan"), Subject: c.subject(),
		Category:   []r4.CodeableConcept{*term(hl7+"medicationrequest-category", "community", "Community")},
		Medication: concept(m.drug), AuthoredOn: fhir.NewDateTime("2025-01-17"),
		DosageInstruction: []r4.Dosage{{
			Text:   fhir.NewString(m.dosage),
			Timing: &r4.Timing{Repeat: &r4.TimingRepeat{Bounds: &r4.Period{Start: fhir.NewDateTime("2025-01-17")}}},
		}},
	}
}

func (c *chartBuilder) secondCoverage() *r4.Coverage {
	second := c.coverage()
	p := payers[3]
	second.ID, second.Order = c.newID("coverage", 1), fhir.NewPositiveInt(2)
	second.Payor = []r4.Reference{*reference("Organization", p.id, p.name)}
	second.Class = []r4.CoverageClass{{Type_: term(hl7+"coverage-class", "plan", "Plan"), Value: fhir.NewString(p.planType), Name: fhir.NewString(p.planType)}}
	return second
}

func (c *chartBuilder) message() *r4.Communication {
	text := fhir.NewString("2025-10-03 09:12 (admin to physician) Mr. Lindqvist asks whether his next visit can be in the afternoon.")
	return &r4.Communication{
		ID: c.newID("message", 0), Status: fhir.NewCode("in-progress"), Subject: c.subject(), Sent: fhir.NewDateTime("2025-10-03T09:12:00Z"),
		Category:  []r4.CodeableConcept{*term(ours+"CodeSystem/note-type", "Other", "Other")},
		Payload:   []r4.CommunicationPayload{{Content: &text}},
		Extension: []fhir.Extension{fields("from", "admin", "to", "physician", "groupname", "Default")},
	}
}

func (c *chartBuilder) referral() *r4.ServiceRequest {
	to := practitioners[1]
	return &r4.ServiceRequest{
		ID: c.newID("referral", 0), Status: fhir.NewCode("active"), Intent: fhir.NewCode("order"), Subject: c.subject(),
		Category: []r4.CodeableConcept{*term(snomed, "3457005", "Patient referral")}, AuthoredOn: fhir.NewDateTime("2025-10-02"),
		ReasonCode: []r4.CodeableConcept{{Text: fhir.NewString("Review of the blood pressure treatment")}},
		Requester:  c.author(), Performer: []r4.Reference{*reference("Practitioner", to.id, to.prefix+" "+to.given+" "+to.family)},
		Occurrence: period("2025-10-02", "2026-04-01"),
		Extension:  []fhir.Extension{fields("type", "LBTref", "groupname", "Default", "riskLevel", "low", "visits", "2")},
	}
}

// letter is a document and its content.
func (c *chartBuilder) letter() []r4.Resource {
	content := "Alderbrook Family Practice\n\nDear Mr. Lindqvist,\n\nyour results of 17 January 2025 are within the expected range.\nPlease keep taking your tablets as arranged.\n"
	data := &r4.Binary{
		ID: c.newID("letter", 1), ContentType: fhir.NewCode("text/plain"), SecurityContext: c.subject(),
		Data: fhir.Of[fhir.Base64Binary](base64.StdEncoding.EncodeToString([]byte(content))),
	}
	return []r4.Resource{data, &r4.DocumentReference{
		ID: c.newID("letter", 0), Status: fhir.NewCode("current"), Type_: concept(code{loinc, "51852-2", "Letter"}), Subject: c.subject(),
		Category: []r4.CodeableConcept{*term(ours+"CodeSystem/document-category", "3", "Medical Record")},
		Date:     fhir.NewInstant("2025-01-20T11:00:00Z"), Author: []r4.Reference{*c.author()},
		Content: []r4.DocumentReferenceContent{{Attachment: &r4.Attachment{
			ContentType: fhir.NewCode("text/plain"), Title: fhir.NewString("results.txt"), URL: fhir.Of[fhir.URL]("Binary/" + data.ID.V),
			Size: fhir.NewUnsignedInt(int32(len(content))),
		}}},
	}}
}

// drug is what the house hands out itself.
func drug() *r4.Medication {
	m := medications[0].drug
	return &r4.Medication{
		ID: fhir.NewID(uuid("drug", m.code)), Status: fhir.NewCode("active"), Code: concept(m), Form: concept(code{snomed, "385055001", "Tablet"}),
		Batch: &r4.MedicationBatch{LotNumber: fhir.NewString("LS-2207"), ExpirationDate: fhir.NewDateTime("2027-06-30")},
	}
}

// fields is the extension that keeps fields of the Standard API without a home in FHIR; it takes names and values in turn.
func fields(pairs ...string) fhir.Extension {
	x := fhir.Extension{URL: ours + "StructureDefinition/standard-fields"}
	for i := 0; i+1 < len(pairs); i += 2 {
		value := fhir.NewString(pairs[i+1])
		x.Extension = append(x.Extension, fhir.Extension{URL: pairs[i], Value: &value})
	}
	return x
}
