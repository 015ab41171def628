package demo

import (
	"strconv"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// visits are the encounters of every patient.
var visits = []struct {
	start, end string
	typ        code
	reason     string
}{
	{"2024-03-11T09:00:00Z", "2024-03-11T09:25:00Z", code{snomed, "185349003", "Encounter for check up"}, "Annual check-up"},
	{"2025-01-17T10:30:00Z", "2025-01-17T10:55:00Z", code{snomed, "390906007", "Follow-up encounter"}, "Review of treatment"},
	{"2025-10-02T14:00:00Z", "2025-10-02T14:20:00Z", code{snomed, "390906007", "Follow-up encounter"}, "Vaccination and review"},
}

func (c *chartBuilder) encounterReference(v int) *r4.Reference {
	return reference("Encounter", c.newID("encounter", v).V, visits[v].reason)
}

func (c *chartBuilder) visit(v int) {
	when := visits[v]
	c.add(&r4.Encounter{
		ID: c.newID("encounter", v), Status: fhir.NewCode("finished"),
		Class: &r4.Coding{System: fhir.NewURI(hl7 + "v3-ActCode"), Code: fhir.NewCode("AMB"), Display: fhir.NewString("ambulatory")},
		Type_: []r4.CodeableConcept{*concept(when.typ)}, Subject: c.subject(), Period: period(when.start, when.end),
		Participant: []r4.EncounterParticipant{{
			Type_:      []r4.CodeableConcept{*term(hl7+"v3-ParticipationType", "PPRF", "primary performer")},
			Individual: c.author(), Period: period(when.start, when.end),
		}},
		ReasonCode: []r4.CodeableConcept{{Text: fhir.NewString(when.reason)}},
		Location:   []r4.EncounterLocation{{Location: locationReference()}}, ServiceProvider: clinicReference(),
	})
	c.vitals(v)
	c.note(v)
	if v == 1 {
		c.laboratory(v)
	}
	if v == 0 {
		for i, m := range c.medications {
			c.medicationRequest(i, medications[m])
		}
	}
}

// vitals adds the panel of one visit and its members. https://hl7.org/fhir/R4/observation-vitalsigns.html
func (c *chartBuilder) vitals(v int) {
	drift := float64(v-1) * 0.6
	weight, height := c.weightKg+drift, c.heightCm
	members := []struct {
		code  code
		value *r4.Quantity
	}{
		{code{loinc, "29463-7", "Body weight"}, quantity(weight, 1, "kg", "kg")},
		{code{loinc, "8302-2", "Body height"}, quantity(height, 1, "cm", "cm")},
		{code{loinc, "39156-5", "Body mass index (BMI) [Ratio]"}, quantity(weight/(height*height/10000), 1, "kg/m2", "kg/m2")},
		{code{loinc, "8310-5", "Body temperature"}, quantity(36.7+drift/10, 1, "Cel", "Cel")},
		{code{loinc, "8867-4", "Heart rate"}, quantity(float64(66+c.systolic%13+v), 0, "beats/minute", "/min")},
		{code{loinc, "9279-1", "Respiratory rate"}, quantity(float64(14+v), 0, "breaths/minute", "/min")},
		{code{loinc, "2708-6", "Oxygen saturation in Arterial blood"}, quantity(float64(96+v), 0, "%", "%")},
	}
	panel := c.vitalSign("panel", v, 0, code{loinc, "85353-1", "Vital signs, weight, height, head circumference, oxygen saturation and BMI panel"})
	pressure := c.vitalSign("pressure", v, 0, code{loinc, "85354-9", "Blood pressure panel with all children optional"})
	pressure.Component = []r4.ObservationComponent{
		{Code: concept(code{loinc, "8480-6", "Systolic blood pressure"}), Value: quantity(float64(c.systolic-2*v), 0, "mmHg", "mm[Hg]")},
		{Code: concept(code{loinc, "8462-4", "Diastolic blood pressure"}), Value: quantity(float64(c.diastolic-v), 0, "mmHg", "mm[Hg]")},
	}
	panel.HasMember = append(panel.HasMember, *reference("Observation", pressure.ID.V, "Blood pressure"))
	var signs []r4.Resource
	for i, m := range members {
		sign := c.vitalSign("vital", v, i, m.code)
		sign.Value = m.value
		signs = append(signs, sign)
		panel.HasMember = append(panel.HasMember, *reference("Observation", sign.ID.V, m.code.display))
	}
	c.add(panel, pressure)
	c.add(signs...)
}

func (c *chartBuilder) vitalSign(kind string, v, n int, what code) *r4.Observation {
	return &r4.Observation{
		ID: c.newID(kind+strconv.Itoa(v), n), Status: fhir.NewCode("final"),
		Category: []r4.CodeableConcept{*term(obsCategory, "vital-signs", "Vital Signs")}, Code: concept(what),
		Subject: c.subject(), Encounter: c.encounterReference(v), Effective: dateTime(visits[v].start),
		Performer: []r4.Reference{*c.author()},
	}
}

// laboratory adds a report with two results.
func (c *chartBuilder) laboratory(v int) {
	report := &r4.DiagnosticReport{
		ID: c.newID("report", v), Status: fhir.NewCode("final"), Category: []r4.CodeableConcept{*term(hl7+"v2-0074", "LAB", "Laboratory")},
		Code: concept(code{loinc, "51990-0", "Basic metabolic panel - Blood"}), Subject: c.subject(), Encounter: c.encounterReference(v),
		Effective: dateTime(visits[v].start), Issued: fhir.NewInstant("2025-01-18T08:00:00Z"), Performer: []r4.Reference{*clinicReference()},
		Conclusion: fhir.NewString("Within the expected range."),
	}
	for i, r := range []struct {
		code      code
		value     *r4.Quantity
		low, high *r4.Quantity
	}{
		{code{loinc, "2345-7", "Glucose [Mass/volume] in Serum or Plasma"}, quantity(88+float64(c.systolic%20), 0, "mg/dL", "mg/dL"), quantity(70, 0, "mg/dL", "mg/dL"), quantity(110, 0, "mg/dL", "mg/dL")},
		{code{loinc, "2160-0", "Creatinine [Mass/volume] in Serum or Plasma"}, quantity(0.7+float64(c.diastolic%5)/10, 2, "mg/dL", "mg/dL"), quantity(0.5, 2, "mg/dL", "mg/dL"), quantity(1.3, 2, "mg/dL", "mg/dL")},
	} {
		result := &r4.Observation{
			ID: c.newID("lab", i), Status: fhir.NewCode("final"), Category: []r4.CodeableConcept{*term(obsCategory, "laboratory", "Laboratory")},
			Code: concept(r.code), Subject: c.subject(), Encounter: c.encounterReference(v), Effective: dateTime(visits[v].start),
			Issued: fhir.NewInstant("2025-01-18T08:00:00Z"), Value: r.value,
			ReferenceRange: []r4.ObservationReferenceRange{{Low: r.low, High: r.high}},
		}
		report.Result = append(report.Result, *reference("Observation", result.ID.V, r.code.display))
		c.add(result)
	}
	c.add(report)
}

// note adds the visit's SOAP note.
func (c *chartBuilder) note(v int) {
	section := func(loincCode, title, text string) r4.CompositionSection {
		return r4.CompositionSection{Title: fhir.NewString(title), Code: term(loinc, loincCode, title), Text: narrative(text)}
	}
	c.add(&r4.Composition{
		ID: c.newID("note", v), Status: fhir.NewCode("final"), Type_: concept(code{loinc, "34109-9", "Note"}), Subject: c.subject(),
		Encounter: c.encounterReference(v), Date: fhir.NewDateTime(visits[v].end), Author: []r4.Reference{*c.author()}, Title: fhir.NewString("SOAP note"),
		Section: []r4.CompositionSection{
			section("61150-9", "Subjective", c.given[0]+" feels well and reports no new complaints."),
			section("61149-1", "Objective", "Vital signs as recorded. Heart and lungs without findings."),
			section("51848-0", "Assessment", visits[v].reason+": stable."),
			section("18776-5", "Plan", "Continue current treatment; next visit as arranged."),
		},
	})
}

func (c *chartBuilder) medicationRequest(i int, m medication) {
	c.add(&r4.MedicationRequest{
		ID: c.newID("medication", i), Status: fhir.NewCode("active"), Intent: fhir.NewCode("order"), Medication: concept(m.drug), Subject: c.subject(),
		Encounter: c.encounterReference(0), AuthoredOn: fhir.NewDateTime(m.start), Requester: c.author(),
		DosageInstruction: []r4.Dosage{{Text: fhir.NewString(m.dosage)}},
		DispenseRequest: &r4.MedicationRequestDispenseRequest{
			NumberOfRepeatsAllowed: fhir.NewUnsignedInt(3), Quantity: quantity(30, 0, "tablet", "{tbl}"),
		},
	})
}

func (c *chartBuilder) problems() {
	for i, n := range c.person.problems {
		p := problems[n]
		status := *term(clinical, "active", "Active")
		condition := &r4.Condition{
			ID: c.newID("problem", i), ClinicalStatus: &status, VerificationStatus: term(verification, "confirmed", "Confirmed"),
			Category: []r4.CodeableConcept{*term(hl7+"condition-category", "problem-list-item", "Problem List Item")},
			Code:     concept(p.sct, p.icd), Subject: c.subject(), Onset: dateTime(p.onset), RecordedDate: fhir.NewDateTime(p.onset), Recorder: c.author(),
		}
		if p.resolved != "" {
			condition.ClinicalStatus = term(clinical, "resolved", "Resolved")
			condition.Abatement = dateTime(p.resolved)
		}
		c.add(condition)
	}
}

func (c *chartBuilder) allergies() {
	for i, n := range c.person.allergies {
		a := allergies[n]
		c.add(&r4.AllergyIntolerance{
			ID: c.newID("allergy", i), ClinicalStatus: term(hl7+"allergyintolerance-clinical", "active", "Active"),
			VerificationStatus: term(hl7+"allergyintolerance-verification", "confirmed", "Confirmed"), Type_: fhir.NewCode("allergy"),
			Category: []fhir.Code{fhir.NewCode(a.category)}, Criticality: fhir.NewCode(a.criticality), Code: concept(a.substance), Patient: c.subject(),
			RecordedDate: fhir.NewDateTime("2024-03-11"), Recorder: c.author(),
			Reaction: []r4.AllergyIntoleranceReaction{{Manifestation: []r4.CodeableConcept{*concept(a.reaction)}, Severity: fhir.NewCode(a.severity)}},
		})
	}
}

func (c *chartBuilder) procedures() {
	for i, n := range c.person.procedures {
		p := procedures[n]
		c.add(&r4.Procedure{
			ID: c.newID("procedure", i), Status: fhir.NewCode("completed"), Code: concept(p.code), Subject: c.subject(), Performed: dateTime(p.date),
			Performer: []r4.ProcedurePerformer{{Actor: c.author()}},
		})
	}
}

func (c *chartBuilder) immunizations() {
	for i, v := range vaccines {
		if v.date < c.birth || (c.deceased == "" && i > 0 && c.birth > "2009") {
			continue
		}
		immunization := &r4.Immunization{
			ID: c.newID("immunization", i), Status: fhir.NewCode("completed"), VaccineCode: concept(v.code), Patient: c.subject(), Occurrence: dateTime(v.date),
			PrimarySource: fhir.NewBoolean(true), LotNumber: fhir.NewString(v.lot), Location: locationReference(),
			Route:     term(hl7+"v3-RouteOfAdministration", "IM", "Injection, intramuscular"),
			Performer: []r4.ImmunizationPerformer{{Actor: c.author()}},
		}
		if i == 0 {
			immunization.Encounter = c.encounterReference(2)
		}
		c.add(immunization)
	}
}

// goalAndPlan adds one goal and the plan that works towards it.
func (c *chartBuilder) goalAndPlan() {
	goal := &r4.Goal{
		ID: c.newID("goal", 0), LifecycleStatus: fhir.NewCode("active"), AchievementStatus: term(hl7+"goal-achievement", "in-progress", "In Progress"),
		Description: &r4.CodeableConcept{Text: fhir.NewString("Thirty minutes of brisk walking on five days a week")}, Subject: c.subject(),
		Target: []r4.GoalTarget{{
			Measure: concept(code{loinc, "55411-3", "Exercise duration"}), Detail: quantity(150, 0, "min/wk", "min/wk"), Due: func() fhir.Value { d := fhir.NewDate("2026-12-31"); return &d }(),
		}},
		StatusDate: fhir.NewDate("2025-01-17"),
	}
	plan := &r4.CarePlan{
		ID: c.newID("careplan", 0), Status: fhir.NewCode("active"), Intent: fhir.NewCode("plan"), Title: fhir.NewString("Physical activity"),
		Text:     narrative("Build up regular physical activity; review at the next visit."),
		Category: []r4.CodeableConcept{*term("http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "assess-plan", "Assessment and Plan of Treatment")},
		Subject:  c.subject(), Period: &r4.Period{Start: fhir.NewDateTime("2025-01-17")}, Author: c.author(),
		CareTeam: []r4.Reference{*reference("CareTeam", c.newID("careteam", 0).V, "")}, Goal: []r4.Reference{*reference("Goal", goal.ID.V, "")},
	}
	c.add(goal, plan)
}
