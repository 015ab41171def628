package population

import (
	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// test is a laboratory test with the range of its results.
type test struct {
	code      code
	low, high float64
	digits    int
	unit      string // the UCUM code too
}

var tests = []test{
	{code{loinc, "2339-0", "Glucose [Mass/volume] in Blood"}, 65, 190, 2, "mg/dL"},
	{code{loinc, "6299-2", "Urea nitrogen [Mass/volume] in Blood"}, 7, 24, 2, "mg/dL"},
	{code{loinc, "38483-4", "Creatinine [Mass/volume] in Blood"}, 0.5, 3.1, 2, "mg/dL"},
	{code{loinc, "2947-0", "Sodium [Moles/volume] in Blood"}, 135, 145, 2, "mmol/L"},
	{code{loinc, "6298-4", "Potassium [Moles/volume] in Blood"}, 3.5, 5.3, 2, "mmol/L"},
	{code{loinc, "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"}, 4.5, 9.9, 2, "%"},
	{code{loinc, "718-7", "Hemoglobin [Mass/volume] in Blood"}, 11, 18, 1, "g/dL"},
	{code{loinc, "6690-2", "Leukocytes [#/volume] in Blood by Automated count"}, 3.5, 11, 1, "10*3/uL"},
	{code{loinc, "777-3", "Platelets [#/volume] in Blood by Automated count"}, 150, 450, 0, "10*3/uL"},
	{code{loinc, "2093-3", "Cholesterol [Mass/volume] in Serum or Plasma"}, 150, 290, 0, "mg/dL"},
	{code{loinc, "2571-8", "Triglycerides"}, 100, 400, 0, "mg/dL"},
	{code{loinc, "2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma"}, 25, 80, 0, "mg/dL"},
	{code{loinc, "33914-3", "Glomerular filtration rate/1.73 sq M.predicted"}, 20, 120, 1, "mL/min/{1.73_m2}"},
	{code{loinc, "1751-7", "Albumin [Mass/volume] in Serum or Plasma"}, 3.5, 5.4, 1, "g/dL"},
}

// observations adds what was measured at a visit: 352 in all, of which a blood pressure has its values in components, as
// Synthea's does.
func (m *maker) observations(e *encounter) {
	n := e.v * 8
	next := func() fhir.ID { n++; return m.id("observation", n) }
	vital := func(what code, value *r4.Quantity) {
		m.observe(e, next(), "vital-signs", "Vital signs", what).Value = value
	}
	if e.v%3 == 0 {
		drift := m.rand.Float64()
		vital(code{loinc, "8302-2", "Body Height"}, quantity(m.height, 1, "cm", "cm"))
		vital(code{loinc, "29463-7", "Body Weight"}, quantity(m.weight+4*drift, 1, "kg", "kg"))
		vital(code{loinc, "39156-5", "Body mass index (BMI) [Ratio]"}, quantity(m.weight/(m.height/100*m.height/100), 2, "kg/m2", "kg/m2"))
	}
	if e.v%12 == 5 {
		vital(code{loinc, "8310-5", "Body temperature"}, quantity(36.4+1.8*m.rand.Float64(), 1, "Cel", "Cel"))
	}
	pressure := m.observe(e, next(), "vital-signs", "Vital signs", code{loinc, "85354-9", "Blood pressure panel with all children optional"})
	pressure.Component = []r4.ObservationComponent{
		{Code: concept(code{loinc, "8462-4", "Diastolic Blood Pressure"}), Value: quantity(float64(m.pressure*2/3+m.rand.IntN(12)), 0, "mm[Hg]", "mm[Hg]")},
		{Code: concept(code{loinc, "8480-6", "Systolic Blood Pressure"}), Value: quantity(float64(m.pressure+m.rand.IntN(25)), 0, "mm[Hg]", "mm[Hg]")},
	}
	vital(code{loinc, "8867-4", "Heart rate"}, quantity(float64(m.rate+m.rand.IntN(30)), 0, "/min", "/min"))
	if e.v%3 == 1 {
		vital(code{loinc, "9279-1", "Respiratory rate"}, quantity(float64(12+m.rand.IntN(6)), 0, "/min", "/min"))
	}
	pain := m.observe(e, next(), "survey", "Survey", code{loinc, "72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported"})
	pain.Value = quantity(float64(m.rand.IntN(8)), 0, "{score}", "{score}")
	if e.v%6 == 2 {
		smoking := m.observe(e, next(), "social-history", "Social History", code{loinc, "72166-2", "Tobacco smoking status"})
		smoking.Value = concept(evenly(m, []code{{snomed, "266919005", "Never smoked tobacco (finding)"}, {snomed, "8517006", "Ex-smoker (finding)"}, {snomed, "449868002", "Smokes tobacco daily (finding)"}}))
		mood := m.observe(e, next(), "survey", "Survey", code{loinc, "55758-7", "Patient Health Questionnaire 2 item (PHQ-2) total score [Reported]"})
		mood.Value = quantity(float64(m.rand.IntN(6)), 0, "{score}", "{score}")
	}
	first := m.rand.IntN(len(tests))
	for i := range (352*(e.v+1)/visits - 352*e.v/visits) - (n - e.v*8) {
		t := &tests[(first+i)%len(tests)]
		o := m.observe(e, next(), "laboratory", "Laboratory", t.code)
		o.Value = quantity(t.low+(t.high-t.low)*m.rand.Float64(), t.digits, t.unit, t.unit)
		e.results = append(e.results, *reference("Observation", o.ID.V, t.code.display))
	}
}

var profiles = map[string]string{"vital-signs": "clinical-result", "laboratory": "lab", "survey": "screening-assessment", "social-history": "social-history"}

func (m *maker) observe(e *encounter, id fhir.ID, kind, display string, what code) *r4.Observation {
	o := &r4.Observation{
		ID: id, Meta: profile("observation-" + profiles[kind]), Status: fhir.NewCode("final"), Category: category(hl7+"observation-category", kind, display), Code: concept(what),
		Subject: m.patient, Encounter: e.ref, Effective: at(e.start), Issued: instant(e.start), Performer: []r4.Reference{*e.doctor},
	}
	m.add(o)
	return o
}
