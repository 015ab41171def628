package population

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// staff adds the place that came with this patient: an organization, its location, a practitioner and the role. Whoever treats
// the patient may have come with an earlier one, so a few doctors see many and most see few.
func (m *maker) staff() {
	h := houseOf(m.seed, m.n)
	where, given, family, gender, name := h.place, h.given, h.family, h.gender, h.name
	street := fmt.Sprint(1+m.rand.IntN(300), " ", evenly(m, streets))
	number := fmt.Sprint(1000000000 + m.n)
	phone := fmt.Sprintf("555-%03d-%04d", m.rand.IntN(1000), m.rand.IntN(10000))
	address := r4.Address{
		Line: []fhir.String{fhir.NewString(street)}, City: fhir.NewString(where.city), State: fhir.NewString(where.state),
		PostalCode: fhir.NewString(where.zip), Country: fhir.NewString("US"),
	}
	telecom := []r4.ContactPoint{{System: fhir.NewCode("phone"), Value: fhir.NewString(phone), Use: fhir.NewCode("work")}}
	organization, location, practitioner := m.id(Organization, 0), m.id(Location, 0), m.id(Practitioner, 0)
	m.add(&r4.Organization{
		ID: organization, Active: fhir.NewBoolean(true), Name: fhir.NewString(name), Telecom: telecom, Address: []r4.Address{address},
		Identifier: []r4.Identifier{{System: fhir.NewURI("https://population.example.org/organization"), Value: fhir.NewString(organization.V)}},
		Type_:      category(hl7+"organization-type", "prov", "Healthcare Provider"),
	})
	m.add(&r4.Location{
		ID: location, Status: fhir.NewCode("active"), Name: fhir.NewString(name), Telecom: telecom, Address: &address,
		Identifier: []r4.Identifier{{System: fhir.NewURI("https://population.example.org/location"), Value: fhir.NewString(location.V)}},
		Position: &r4.LocationPosition{
			Longitude: fhir.NewDecimal(fmt.Sprintf("%.6f", -71-m.rand.Float64())), Latitude: fhir.NewDecimal(fmt.Sprintf("%.6f", 42+m.rand.Float64())),
		},
		ManagingOrganization: reference("Organization", organization.V, name),
	})
	m.add(&r4.Practitioner{
		ID: practitioner, Active: fhir.NewBoolean(true), Gender: fhir.NewCode(gender), Telecom: telecom, Address: []r4.Address{address},
		Identifier: []r4.Identifier{{System: fhir.NewURI(npi), Value: fhir.NewString(number)}},
		Name:       []r4.HumanName{{Family: fhir.NewString(family), Given: []fhir.String{fhir.NewString(given)}, Prefix: []fhir.String{fhir.NewString("Dr.")}}},
	})
	m.add(&r4.PractitionerRole{
		ID: m.id("role", 0), Active: fhir.NewBoolean(true), Practitioner: reference("Practitioner", practitioner.V, h.doctor()),
		Organization: reference("Organization", organization.V, name), Location: []r4.Reference{*reference("Location", location.V, name)},
		Code: []r4.CodeableConcept{*concept(pick(m, specialties))}, Specialty: []r4.CodeableConcept{*concept(pick(m, specialties))}, Telecom: telecom,
	})
	m.treatedBy()
}

// house is where one doctor works, and he himself.
type house struct {
	place                       place
	name, given, family, gender string
}

// houseOf is the one that came with patient n: others need its names for their references.
func houseOf(seed uint64, n int) house {
	r := rand.New(rand.NewPCG(^seed, uint64(n)))
	h := house{place: places[min(r.IntN(len(places)), r.IntN(len(places)))], given: women[r.IntN(len(women))], family: families[r.IntN(len(families))], gender: "female"}
	if r.IntN(2) == 0 {
		h.given, h.gender = men[r.IntN(len(men))], "male"
	}
	h.name = strings.ToUpper(h.place.city) + " " + []string{"GENERAL HOSPITAL", "PRIMARY CARE", "URGENT CARE", "MEDICAL CENTER"}[r.IntN(4)]
	return h
}

func (h house) doctor() string { return "Dr. " + h.given + " " + h.family }

// treatedBy chooses who sees the patient next.
func (m *maker) treatedBy() {
	p, n := Population{m.seed}, m.rand.IntN(m.n+1)
	h := houseOf(m.seed, n)
	m.doctor = reference("Practitioner", p.ID(n, Practitioner, 0), h.doctor())
	m.place = reference("Location", p.ID(n, Location, 0), h.name)
	m.clinic = reference("Organization", p.ID(n, Organization, 0), h.name)
}

func extension(url string, c code) fhir.Extension {
	coding := c.coding()
	return fhir.Extension{URL: usCore + url, Extension: []fhir.Extension{{URL: "ombCategory", Value: &coding}, {URL: "text", Value: &fhir.String{V: c.display}}}}
}

// person adds the patient and what he is allergic to.
func (m *maker) person() {
	m.family = fmt.Sprint(pick(m, families), m.rand.IntN(100))
	m.female = m.rand.IntN(2) == 0
	gender, list := "male", men
	if m.female {
		gender, list = "female", women
	}
	m.given = fmt.Sprint(pick(m, list), m.rand.IntN(100))
	m.born = time.Date(1925+m.rand.IntN(86), 1, 1+m.rand.IntN(365), 0, 0, 0, 0, time.UTC)
	m.height, m.weight = 155+30*m.rand.Float64(), 55+50*m.rand.Float64()
	m.pressure, m.rate = 100+m.rand.IntN(55), 58+m.rand.IntN(40)
	m.coverage = evenly(m, []string{"Medicare", "Medicaid", "Blue Harbor Health", "Anvil Mutual", "NO_INSURANCE"})
	id := m.id(Patient, 0)
	name := m.given + " " + m.family
	m.patient = reference("Patient", id.V, "")
	where, language := pick(m, places), pick(m, languages)
	p := &r4.Patient{
		ID:        id,
		Meta:      profile("patient"),
		Text:      narrative("Record of " + name + ", made up from seed " + fmt.Sprint(m.seed) + ", patient " + fmt.Sprint(m.n) + "."),
		Extension: []fhir.Extension{extension("us-core-race", pick(m, races)), extension("us-core-ethnicity", code{cdcREC, "2186-5", "Not Hispanic or Latino"})},
		Identifier: []r4.Identifier{
			{Type_: term(hl7+"v2-0203", "MR", "Medical Record Number"), System: fhir.NewURI(records), Value: fhir.NewString(fmt.Sprintf("M%07d", m.n))},
			{Type_: term(hl7+"v2-0203", "SS", "Social Security Number"), System: fhir.NewURI("http://hl7.org/fhir/sid/us-ssn"), Value: fhir.NewString(fmt.Sprintf("999-%02d-%04d", m.n/10000%100, m.n%10000))},
			{Type_: term(hl7+"v2-0203", "DL", "Driver's license number"), System: fhir.NewURI("urn:oid:2.16.840.1.113883.4.3.25"), Value: fhir.NewString(fmt.Sprintf("S99%06d", m.n))},
		},
		Name:      []r4.HumanName{{Use: fhir.NewCode("official"), Family: fhir.NewString(m.family), Given: []fhir.String{fhir.NewString(m.given)}}},
		Telecom:   []r4.ContactPoint{{System: fhir.NewCode("phone"), Value: fhir.NewString(fmt.Sprintf("555-%03d-%04d", m.rand.IntN(1000), m.rand.IntN(10000))), Use: fhir.NewCode("home")}},
		Gender:    fhir.NewCode(gender),
		BirthDate: fhir.NewDate(m.born.Format(time.DateOnly)),
		Address: []r4.Address{{
			Line: []fhir.String{fhir.NewString(fmt.Sprint(1+m.rand.IntN(999), " ", evenly(m, streets)))},
			City: fhir.NewString(where.city), State: fhir.NewString(where.state), PostalCode: fhir.NewString(where.zip), Country: fhir.NewString("US"),
		}},
		Communication: []r4.PatientCommunication{{Language: concept(language)}},
	}
	c := pick(m, marital)
	p.MaritalStatus = concept(c)
	m.add(p)
	if m.rand.IntN(5) < 3 {
		m.add(&r4.AllergyIntolerance{
			ID: m.id("allergy", 0), ClinicalStatus: term(hl7+"allergyintolerance-clinical", "active", "Active"),
			VerificationStatus: term(hl7+"allergyintolerance-verification", "confirmed", "Confirmed"), Type_: fhir.NewCode("allergy"),
			Category: []fhir.Code{fhir.NewCode("environment")}, Criticality: fhir.NewCode("low"), Code: concept(pick(m, allergens)),
			Patient: m.patient, RecordedDate: *at(firstDay.AddDate(0, 0, m.rand.IntN(1000))),
		})
	}
}

// conditions adds the patient's problems.
func (m *maker) conditions() {
	for i := range 13 {
		began := firstDay.AddDate(0, 0, i*340+m.rand.IntN(300))
		c := &r4.Condition{
			ID: m.id("condition", i), Meta: profile("condition-encounter-diagnosis"), ClinicalStatus: term(hl7+"condition-clinical", "active", "Active"),
			VerificationStatus: term(hl7+"condition-ver-status", "confirmed", "Confirmed"),
			Category:           category(hl7+"condition-category", "encounter-diagnosis", "Encounter Diagnosis"),
			Code:               concept(pick(m, problems)), Subject: m.patient, Encounter: reference("Encounter", m.id("encounter", i*visits/13).V, ""),
			Onset: at(began), RecordedDate: *at(began),
		}
		if m.rand.IntN(2) == 0 {
			c.ClinicalStatus, c.Abatement = term(hl7+"condition-clinical", "resolved", "Resolved"), at(began.AddDate(0, 1, 0))
		}
		m.problems = append(m.problems, reference("Condition", c.ID.V, c.Code.Text.V))
		m.add(c)
	}
}

// teamAndPlans adds five care teams, each with its plan.
func (m *maker) teamAndPlans() {
	for i := range 5 {
		began := firstDay.AddDate(i, i, i)
		what := problems[i+m.n%5]
		team := &r4.CareTeam{
			ID: m.id("careteam", i), Meta: profile("careteam"), Status: fhir.NewCode("active"), Subject: m.patient, Encounter: reference("Encounter", m.id("encounter", i*10).V, ""),
			Period: period(began, began.AddDate(1, 0, 0)), ReasonCode: []r4.CodeableConcept{*concept(what)}, ManagingOrganization: []r4.Reference{*m.clinic},
			Participant: []r4.CareTeamParticipant{
				{Role: []r4.CodeableConcept{*concept(code{snomed, "116154003", "Patient"})}, Member: m.patient},
				{Role: []r4.CodeableConcept{*concept(code{snomed, "223366009", "Healthcare professional (occupation)"})}, Member: m.doctor},
				{Role: []r4.CodeableConcept{*concept(code{snomed, "224891009", "Healthcare services (qualifier value)"})}, Member: m.clinic},
			},
		}
		m.add(team)
		m.add(&r4.CarePlan{
			ID: m.id("careplan", i), Meta: profile("careplan"), Status: fhir.NewCode("active"), Intent: fhir.NewCode("order"), Subject: m.patient,
			Text:     narrative("Care plan for " + what.display + ": lifestyle education, recommendation to exercise and to avoid alcohol."),
			Category: []r4.CodeableConcept{*concept(code{snomed, "443402002", "Lifestyle education regarding hypertension (procedure)"})},
			Period:   period(began, began.AddDate(1, 0, 0)), CareTeam: []r4.Reference{*reference("CareTeam", team.ID.V, "")},
			Activity: []r4.CarePlanActivity{
				{Detail: &r4.CarePlanActivityDetail{Code: concept(code{snomed, "386463000", "Prescribed activity/exercise education (procedure)"}), Status: fhir.NewCode("in-progress"), Location: m.place}},
				{Detail: &r4.CarePlanActivityDetail{Code: concept(code{snomed, "413473000", "Counseling about alcohol consumption (procedure)"}), Status: fhir.NewCode("in-progress"), Location: m.place}},
			},
		})
	}
}

// provenance adds who sent the record.
func (m *maker) provenance() {
	p := &r4.Provenance{
		ID: m.id("provenance", 0), Recorded: instant(firstDay.AddDate(13, 0, 0)),
		Agent: []r4.ProvenanceAgent{{Type_: term(hl7+"provenance-participant-type", "author", "Author"), Who: m.doctor, OnBehalfOf: m.clinic}},
	}
	p.Target = append(p.Target, *m.patient)
	for i := range visits {
		p.Target = append(p.Target, *reference("Encounter", m.id("encounter", i).V, ""))
	}
	m.add(p)
}
