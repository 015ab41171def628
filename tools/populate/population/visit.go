package population

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// encounter is one visit while its records are made.
type encounter struct {
	v          int
	start, end time.Time
	kind       encounterKind
	ref        *r4.Reference
	doctor     *r4.Reference
	results    []r4.Reference // Observations of this visit
}

// visit adds one encounter and all that came of it. The numbers of resources come near Synthea's when all visits are added up.
func (m *maker) visit(v int) {
	if v%6 == 0 {
		m.treatedBy()
	}
	kind := pick(m, encounterKinds)
	start := firstDay.AddDate(0, 0, v*90+m.rand.IntN(80)).Add(time.Duration(m.rand.IntN(9*60)) * time.Minute)
	e := &encounter{v: v, start: start, end: start.Add(time.Duration(kind.minutes) * time.Minute), kind: kind, ref: reference("Encounter", m.id("encounter", v).V, ""), doctor: m.doctor}
	reason := evenly(m, m.problems)
	m.add(&r4.Encounter{
		ID: m.id("encounter", v), Meta: profile("encounter"), Status: fhir.NewCode("finished"),
		Identifier: []r4.Identifier{{Use: fhir.NewCode("official"), System: fhir.NewURI("https://population.example.org/encounter"), Value: fhir.NewString(m.id("encounter", v).V)}},
		Class:      &r4.Coding{System: fhir.NewURI(hl7 + "v3-ActCode"), Code: fhir.NewCode(kind.class), Display: fhir.NewString(kind.classDisplay)},
		Type_:      []r4.CodeableConcept{*concept(kind.what)}, Subject: &r4.Reference{Reference: m.patient.Reference, Display: fhir.NewString(m.given + " " + m.family)},
		Participant: []r4.EncounterParticipant{{
			Type_: category(hl7+"v3-ParticipationType", "PPRF", "primary performer"), Period: period(e.start, e.end), Individual: e.doctor,
		}},
		Period:     period(e.start, e.end),
		ReasonCode: []r4.CodeableConcept{{Text: reason.Display}}, Diagnosis: []r4.EncounterDiagnosis{{Condition: reason}},
		Location: []r4.EncounterLocation{{Location: m.place, Status: fhir.NewCode("completed")}}, ServiceProvider: m.clinic,
	})
	m.observations(e)
	m.reports(e)
	m.note(e)
	m.prescription(e, 0)
	if v%26 == 1 {
		m.prescription(e, 1)
	}
	if v%3 != 0 {
		m.procedure(e)
	}
	if v%4 == 0 {
		m.immunization(e)
		m.supply(e)
	}
}

// reports adds one or two reports over the results of the visit: 80 in all.
func (m *maker) reports(e *encounter) {
	panels := []code{
		{loinc, "51990-0", "Basic metabolic panel - Blood"}, {loinc, "58410-2", "Complete blood count (hemogram) panel - Blood by Automated count"},
		{loinc, "57698-3", "Lipid panel with direct LDL - Serum or Plasma"},
	}
	n := 1
	if e.v%2 == 1 || e.v%26 == 0 {
		n = 2
	}
	for i := range n {
		r := &r4.DiagnosticReport{
			ID: m.id("report", e.v*4+i), Meta: profile("diagnosticreport-lab"), Status: fhir.NewCode("final"), Category: category(hl7+"v2-0074", "LAB", "Laboratory"), Code: concept(panels[(e.v+i)%len(panels)]),
			Subject: m.patient, Encounter: e.ref, Effective: at(e.start), Issued: instant(e.end), Performer: []r4.Reference{*m.clinic, *e.doctor},
		}
		if i == 0 {
			r.Result = e.results
		} else {
			r.Meta = profile("diagnosticreport-note")
			r.Category = category(loinc, "34117-2", "History and physical note")
			r.PresentedForm = []r4.Attachment{{ContentType: fhir.NewCode("text/plain; charset=utf-8"), Data: encoded(m.noteText(e))}}
		}
		m.add(r)
	}
}

// note adds the visit's document.
func (m *maker) note(e *encounter) {
	id := m.id("document", e.v)
	m.add(&r4.DocumentReference{
		ID: id, Meta: profile("documentreference"), Status: fhir.NewCode("superseded"), Type_: concept(code{loinc, "34117-2", "History and physical note"}),
		MasterIdentifier: &r4.Identifier{System: fhir.NewURI("urn:ietf:rfc:3986"), Value: fhir.NewString("urn:uuid:" + id.V)},
		Category:         category("http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category", "clinical-note", "Clinical Note"),
		Subject:          m.patient, Date: instant(e.end), Author: []r4.Reference{*e.doctor}, Custodian: m.clinic,
		Content: []r4.DocumentReferenceContent{{
			Attachment: &r4.Attachment{ContentType: fhir.NewCode("text/plain; charset=utf-8"), Data: encoded(m.noteText(e))},
			Format:     &r4.Coding{System: fhir.NewURI("http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem"), Code: fhir.NewCode("urn:ihe:iti:xds:2017:mimeTypeSufficient"), Display: fhir.NewString("mimeType Sufficient")},
		}},
		Context: &r4.DocumentReferenceContext{Encounter: []r4.Reference{*e.ref}, Period: period(e.start, e.end)},
	})
}

func encoded(text string) fhir.Base64Binary {
	return fhir.Base64Binary{V: base64.StdEncoding.EncodeToString([]byte(text))}
}

// noteText is what the doctor wrote, of about 3 KB.
func (m *maker) noteText(e *encounter) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n# Chief Complaint\n", e.start.Format(time.DateOnly))
	for range 3 {
		fmt.Fprintf(&b, "- %s\n", evenly(m, m.problems).Display.V)
	}
	fmt.Fprintf(&b, "\n# History of Present Illness\n%s %s is a %d year-old patient with a history of:\n", m.given, m.family, e.start.Year()-m.born.Year())
	for _, p := range m.problems[:8] {
		fmt.Fprintf(&b, "- %s\n", p.Display.V)
	}
	fmt.Fprintf(&b, "\n# Social History\nPatient lives with family, %s. Insured by %s.\n\n# Medications\n", evenly(m, []string{"has never smoked", "is a former smoker", "smokes daily"}), m.coverage)
	for range 8 {
		fmt.Fprintf(&b, "- %s\n", pick(m, drugs).display)
	}
	fmt.Fprintf(&b, "\n# Assessment and Plan\nThe patient presents with %s. The following was done: %s.\n", evenly(m, m.problems).Display.V, pick(m, treatments).display)
	for range 14 {
		fmt.Fprintf(&b, "Continue %s as before and measure again in %d weeks.\n", pick(m, drugs).display, 1+m.rand.IntN(20))
	}
	return b.String()
}

// prescription adds the i-th drug order of a visit and its claim.
func (m *maker) prescription(e *encounter, i int) {
	drug := pick(m, drugs)
	id := m.id("prescription", e.v*4+i)
	m.add(&r4.MedicationRequest{
		ID: id, Meta: profile("medicationrequest"), Status: fhir.NewCode([]string{"active", "stopped", "completed"}[m.rand.IntN(3)]), Intent: fhir.NewCode("order"),
		Category: category(hl7+"medicationrequest-category", "community", "Community"), Medication: concept(drug), Subject: m.patient, Encounter: e.ref,
		AuthoredOn: *at(e.start), Requester: e.doctor, ReasonReference: []r4.Reference{*evenly(m, m.problems)},
		DosageInstruction: []r4.Dosage{{
			Sequence: fhir.NewInteger(1), Text: fhir.NewString("Take at regular intervals. Complete the prescribed course unless otherwise directed."),
			Timing:      &r4.Timing{Repeat: &r4.TimingRepeat{Frequency: fhir.NewPositiveInt(1), Period: fhir.NewDecimal("1.0"), PeriodUnit: fhir.NewCode("d")}},
			AsNeeded:    func() fhir.Value { no := fhir.NewBoolean(false); return &no }(),
			DoseAndRate: []r4.DosageDoseAndRate{{Type_: term(hl7+"dose-rate-type", "ordered", "Ordered"), Dose: quantity(1, 1, "tablet", "{tbl}")}},
		}},
		DispenseRequest: &r4.MedicationRequestDispenseRequest{NumberOfRepeatsAllowed: fhir.NewUnsignedInt(3), Quantity: quantity(30, 0, "tablet", "{tbl}")},
	})
	m.claim(e, i, reference("MedicationRequest", id.V, ""), drug)
}

func (m *maker) procedure(e *encounter) {
	m.add(&r4.Procedure{
		ID: m.id("procedure", e.v), Meta: profile("procedure"), Status: fhir.NewCode("completed"), Code: concept(pick(m, treatments)), Subject: m.patient, Encounter: e.ref,
		Performed: period(e.start, e.end), Location: m.place, Performer: []r4.ProcedurePerformer{{Actor: e.doctor}}, ReasonReference: []r4.Reference{*evenly(m, m.problems)},
	})
}

func (m *maker) immunization(e *encounter) {
	m.add(&r4.Immunization{
		ID: m.id("immunization", e.v), Meta: profile("immunization"), Status: fhir.NewCode("completed"), VaccineCode: concept(pick(m, vaccines)), Patient: m.patient, Encounter: e.ref,
		Occurrence: at(e.start), PrimarySource: fhir.NewBoolean(true), Location: m.place, LotNumber: fhir.NewString(fmt.Sprintf("L%06d", m.rand.IntN(1000000))),
	})
}

func (m *maker) supply(e *encounter) {
	m.add(&r4.SupplyDelivery{
		ID: m.id("supply", e.v), Status: fhir.NewCode("completed"), Patient: m.patient, Type_: term(hl7+"supply-item-type", "device", "Device"),
		SuppliedItem: &r4.SupplyDeliverySuppliedItem{Quantity: &r4.Quantity{Value: fhir.NewDecimal("50")}, Item: concept(pick(m, supplies))}, Occurrence: at(e.start),
		Supplier: m.clinic, Destination: m.place,
	})
}
