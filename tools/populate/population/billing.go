package population

import (
	"fmt"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// claim adds the claim of a prescription, and with a visit's first one the claim of the visit and what the payer made of it.
func (m *maker) claim(e *encounter, i int, prescription *r4.Reference, drug code) {
	cents := 1000 + m.rand.IntN(40000)
	base := func(kind, use string) *r4.Claim {
		return &r4.Claim{
			ID: m.id(kind, e.v*4+i), Status: fhir.NewCode("active"), Type_: term(hl7+"claim-type", use, ""), Use: fhir.NewCode("claim"), Patient: m.patient,
			BillablePeriod: period(e.start, e.end), Created: *at(e.end), Provider: m.clinic, Facility: m.place, Priority: term(hl7+"processpriority", "normal", "Normal"),
			Insurance: []r4.ClaimInsurance{{Sequence: fhir.NewPositiveInt(1), Focal: fhir.NewBoolean(true), Coverage: &r4.Reference{Display: fhir.NewString(m.coverage)}}},
			Total:     money(cents),
		}
	}
	pharmacy := base("drugclaim", "pharmacy")
	pharmacy.Prescription = prescription
	pharmacy.Item = []r4.ClaimItem{{Sequence: fhir.NewPositiveInt(1), ProductOrService: concept(drug), Encounter: []r4.Reference{*e.ref}, Net: money(cents)}}
	m.add(pharmacy)
	if i > 0 {
		return
	}
	visit := base("claim", "professional")
	reason := evenly(m, m.problems)
	visit.Diagnosis = []r4.ClaimDiagnosis{{Sequence: fhir.NewPositiveInt(1), Diagnosis: reason}}
	visit.Item = []r4.ClaimItem{
		{Sequence: fhir.NewPositiveInt(1), ProductOrService: concept(e.kind.what), Encounter: []r4.Reference{*e.ref}},
		{Sequence: fhir.NewPositiveInt(2), DiagnosisSequence: []fhir.PositiveInt{fhir.NewPositiveInt(1)}, ProductOrService: &r4.CodeableConcept{Text: reason.Display}},
	}
	for i := range 4 {
		visit.Item = append(visit.Item, r4.ClaimItem{Sequence: fhir.NewPositiveInt(int32(i + 3)), ProductOrService: concept(pick(m, treatments)), Net: money(cents / 5)})
	}
	m.add(visit)
	m.benefit(e, visit, cents)
}

// benefit adds what the payer made of a claim.
func (m *maker) benefit(e *encounter, claim *r4.Claim, cents int) {
	sequence := []fhir.PositiveInt{fhir.NewPositiveInt(1)}
	b := &r4.ExplanationOfBenefit{
		ID: m.id("benefit", e.v), Status: fhir.NewCode("active"), Type_: claim.Type_, Use: fhir.NewCode("claim"), Patient: m.patient,
		Identifier: []r4.Identifier{
			{Type_: term("https://bluebutton.cms.gov/resources/codesystem/identifier-type", "claim", ""), System: fhir.NewURI("https://population.example.org/claim"), Value: fhir.NewString(claim.ID.V)},
			{Type_: term("https://bluebutton.cms.gov/resources/codesystem/identifier-type", "group", ""), System: fhir.NewURI("https://population.example.org/claimgroup"), Value: fhir.NewString(fmt.Sprint(99999999999 - m.n))},
		},
		BillablePeriod: period(e.start, e.end.AddDate(1, 0, 0)), Created: *at(e.end), Insurer: &r4.Reference{Display: fhir.NewString(m.coverage)}, Provider: e.doctor,
		Referral: reference("ServiceRequest", m.id("referral", e.v).V, ""), Facility: m.place, Claim: reference("Claim", claim.ID.V, ""), Outcome: fhir.NewCode("complete"),
		CareTeam: []r4.ExplanationOfBenefitCareTeam{{
			Sequence: fhir.NewPositiveInt(1), Provider: e.doctor, Role: term(hl7+"claimcareteamrole", "primary", "Primary provider"),
		}},
		Diagnosis: []r4.ExplanationOfBenefitDiagnosis{{
			Sequence: fhir.NewPositiveInt(1), Diagnosis: claim.Diagnosis[0].Diagnosis, Type_: category(hl7+"ex-diagnosistype", "principal", "Principal Diagnosis"),
		}},
		Insurance: []r4.ExplanationOfBenefitInsurance{{Focal: fhir.NewBoolean(true), Coverage: &r4.Reference{Display: fhir.NewString(m.coverage)}}},
		Total:     []r4.ExplanationOfBenefitTotal{{Category: term(hl7+"adjudication", "submitted", "Submitted Amount"), Amount: money(cents)}},
		Payment:   &r4.ExplanationOfBenefitPayment{Amount: money(cents * 4 / 5)},
	}
	for i, item := range claim.Item {
		line := r4.ExplanationOfBenefitItem{
			Sequence: fhir.NewPositiveInt(int32(i + 1)), CareTeamSequence: sequence, DiagnosisSequence: sequence, ProductOrService: item.ProductOrService,
			Category: term("https://bluebutton.cms.gov/resources/variables/line_cms_type_srvc_cd", "1", "Medical care"), Serviced: period(e.start, e.end),
			Location: term(hl7+"ex-serviceplace", "21", "Inpatient Hospital"), Encounter: []r4.Reference{*e.ref}, Net: money(cents / 6),
		}
		for _, a := range []code{
			{"https://bluebutton.cms.gov/resources/codesystem/adjudication", "line_coinsrnc_amt", "Line Beneficiary Coinsurance Amount"},
			{"https://bluebutton.cms.gov/resources/codesystem/adjudication", "line_prvdr_pmt_amt", "Line Provider Payment Amount"},
			{"https://bluebutton.cms.gov/resources/codesystem/adjudication", "line_sbmtd_chrg_amt", "Line Submitted Charge Amount"},
			{"https://bluebutton.cms.gov/resources/codesystem/adjudication", "line_alowd_chrg_amt", "Line Allowed Charge Amount"},
		} {
			line.Adjudication = append(line.Adjudication, r4.ExplanationOfBenefitItemAdjudication{Category: term(a.system, a.code, a.display), Amount: money(cents/10 + m.rand.IntN(1000))})
		}
		b.Item = append(b.Item, line)
	}
	m.add(b)
}
