package searchsql_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	loinc = "http://loinc.org"
	ucum  = "http://unitsofmeasure.org"
)

// TestValues holds the standard's examples of every parameter type, modifier and prefix.
// https://hl7.org/fhir/R4/search.html
func TestValues(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, chartOfExamples()...)
		for _, c := range examples {
			t.Run(c.search, func(t *testing.T) {
				got := f.find(t, c.search)
				if !strings.Contains(c.search, "_sort") {
					slices.Sort(got)
				}
				want := strings.Fields(c.want)
				typ, _, _ := strings.Cut(c.search, "?")
				for i := range want {
					want[i] = typ + "/" + want[i]
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	})
}

func chartOfExamples() []*resource {
	r := func(typ, id string) *resource { return &resource{typ: typ, id: id} }
	long := strings.Repeat("x", 600)
	return []*resource{
		r("Organization", "hospital").str("name", "General Hospital").token("identifier", "urn:org", "1"),
		r("Organization", "round1").str("name", "Round").ref("partof", "Organization/round2"),
		r("Organization", "round2").str("name", "Round").ref("partof", "Organization/round1"),
		r("Organization", "ward").str("name", "Ward 7").ref("partof", "Organization/hospital"),
		r("Patient", "eve").str("name", "Éve").str("name", "Betancourt").str("given", "Éve").str("family", "Betancourt").
			token("gender", "http://hl7.org/fhir/administrative-gender", "female").date("birthdate", "1974-12-25").
			token("identifier", "urn:mrn", "2345").token("identifier", "urn:ssn", "77").ref("organization", "Organization/hospital").
			token("active", "", "true").token("_tag", "urn:tag", "vip"),
		r("Patient", "steve").str("name", "Steve").str("name", "Carreno Quinones").str("given", "Steve").str("family", "Carreno Quinones").
			token("gender", "http://hl7.org/fhir/administrative-gender", "male").date("birthdate", "1990-03").
			token("identifier", "urn:mrn", "77").ref("organization", "Organization/ward").
			ref("general-practitioner", "Practitioner/doc"),
		r("Patient", "evelyn").str("name", "Evelyn").str("given", "Evelyn").str("given", long+"end").date("birthdate", "2001").
			token("identifier", "", "2345").token("gender", "http://hl7.org/fhir/administrative-gender", "female").
			ref("general-practitioner", "https://elsewhere.example/fhir/Practitioner/doc"),
		r("Practitioner", "doc").str("name", "Careful").token("identifier", "urn:npi", "1"),
		r("Practitioner", "eve").str("name", "Same id as a patient").token("_tag", "urn:tag", "vip"),
		r("Group", "g").ref("member", "Patient/eve").ref("member", "Practitioner/doc"),

		r("Observation", "bp").token("code", loinc, "85354-9", "Blood pressure panel").token("component-code", loinc, "8480-6", "Systolic").
			ref("subject", "Patient/eve").date("date", "2013-01-14T10:00:00Z").token("status", "urn:s", "final").
			quantity("component-value-quantity", "107", ucum, "mm[Hg]").ref("performer", "Practitioner/doc").
			token("_security", "urn:sec", "R").uri("_profile", "http://hl7.org/fhir/StructureDefinition/vitalsigns"),
		r("Observation", "glucose").token("code", loinc, "15074-8", "Glucose in blood").ref("subject", "Patient/steve").
			date("date", "2013-01-14").token("status", "urn:s", "final").quantity("value-quantity", "5.4", ucum, "mg").
			tokenQuantity("code-value-quantity", loinc, "15074-8", "5.4", ucum, "mg").token("category", "urn:cat", "lab").
			token("category", "urn:cat2", "lab"),
		r("Observation", "grams").token("code", loinc, "8480-6", "Systolic").ref("subject", "Patient/steve").
			date("date", "2013-01").token("status", "urn:s", "amended").quantity("value-quantity", "0.0054", ucum, "g").
			tokenQuantity("code-value-quantity", loinc, "8480-6", "0.0054", ucum, "g"),
		r("Observation", "open").token("code", "urn:other", "8480-6").ref("subject", "Patient/eve").
			date("date", "2013-01-10", "").token("status", "urn:s", "final").quantity("value-quantity", "<5", ucum, "mg"),
		r("Observation", "long").token("code", loinc, "1").ref("subject", "Group/g").date("date", "2012-06-01", "2013-03-01").
			quantity("value-quantity", "100", "", "beats").str("value-string", "Positive result").tokenString("code-value-string", loinc, "1", "Positive result"),
		r("Observation", "year").token("code", loinc, "2").ref("subject", "Patient/evelyn").date("date", "2013").
			quantity("value-quantity", "100.00", ucum, "kg").ref("has-member", "Observation/bp"),

		r("RiskAssessment", "p8").number("probability", "0.8").ref("subject", "Patient/eve"),
		r("RiskAssessment", "p80").number("probability", "0.80").ref("subject", "Patient/steve"),
		r("RiskAssessment", "p100").number("probability", "100"),
		r("RiskAssessment", "p95").number("probability", "95.5"),
		r("RiskAssessment", "none"),

		r("Coverage", "now").ref("beneficiary", "Patient/eve").date("period", "2013-01-01", ""),
		r("Coverage", "past").ref("beneficiary", "Patient/eve").date("period", "2010-01-01", "2011-12-31").date("period", "2008-01-01", "2008-06-30"),
		r("Coverage", "ever").date("period", "", "2012-06-30"),

		r("ValueSet", "old").uri("url", "http://acme.org/versioned").token("version", "", "1.0"),
		r("ValueSet", "new").uri("url", "http://acme.org/versioned").token("version", "", "2.0"),
		r("ValueSet", "twin").uri("url", "http://acme.org/twin").token("version", "", "2.0"),
		r("DocumentReference", "plain").token("contenttype", "urn:ietf:bcp:13", "text/xml"),
		r("DocumentReference", "utf8").token("contenttype", "urn:ietf:bcp:13", "text/xml; charset=UTF-8"),
		r("DocumentReference", "spaced").token("contenttype", "urn:ietf:bcp:13", "text/xml ;charset=UTF-8"),
		r("DocumentReference", "else").token("contenttype", "urn:ietf:bcp:13", "text/xmlish"),
		r("DocumentReference", "pdf").token("contenttype", "urn:ietf:bcp:13", "application/pdf"),
		r("ValueSet", "root").uri("url", "http://acme.org/fhir/"),
		r("ValueSet", "mid").uri("url", "http://acme.org/fhir/ValueSet/123"),
		r("ValueSet", "leaf").uri("url", "http://acme.org/fhir/ValueSet/123/_history/5"),
		r("ValueSet", "other").uri("url", "http://acme.org/fhirish"),
		r("ValueSet", "urn").uri("url", "urn:oid:1.2.3.4.5"),
		r("Questionnaire", "child").ref("derived-from", "http://acme.org/q|2.0"),
		r("Questionnaire", "child1").ref("derived-from", "http://acme.org/q|1.0"),
		r("Questionnaire", "child0").ref("derived-from", "http://acme.org/q"),
		r("MolecularSequence", "chr1").window("http://ncit", "1", 100, 200),
		r("MolecularSequence", "chr1b").window("http://ncit", "1", 300, 400),
		r("MolecularSequence", "chr2").window("http://ncit", "2", 100, 200),
		r("Organization", "typed").ofType("http://v2", "MR", "446053"),
		r("Encounter", "logical").logical("subject", "urn:mrn", "77"),
		r("Location", "ann-arbor").place(42.256500, -83.694810).str("name", "Ann Arbor"),
		r("Location", "detroit").place(42.331429, -83.045753),
		r("Location", "suva").place(-18.1416, 178.4419),
		r("Location", "apia").place(-13.8333, -171.7667),
		r("Location", "nowhere"),
		r("List", "current").ref("item", "Patient/eve").ref("item", "Observation/bp"),
		r("Encounter", "e1").ref("subject", "Patient/eve").token("status", "urn:e", "finished").ref("participant", "Practitioner/doc"),
		r("Encounter", "e2").ref("subject", "Group/g").token("status", "urn:e", "planned"),
		r("Encounter", "e3").ref("subject", "Patient/nobody").ref("participant", "Practitioner/gone/_history/3"),
	}
}

var examples = []struct{ search, want string }{
	// https://hl7.org/fhir/R4/search.html#string
	{"Patient?given=eve", "eve evelyn"},
	{"Patient?given=EVÉ", "eve evelyn"},
	{"Patient?given:contains=eve", "eve evelyn steve"},
	{"Patient?given:exact=Éve", "eve"},
	{"Patient?given:exact=Eve", ""},
	{"Patient?family=carreno%20quinones", "steve"},
	{"Patient?family=quinones", "steve"},
	{"Patient?family=uinones", ""},
	{"Patient?name:text=quin", "steve"},
	{"Patient?given=eve,steve", "eve evelyn steve"},
	{"Patient?given=eve&given=eve", "eve evelyn"},
	{"Patient?given=eve&family=bet", "eve"},
	{"Patient?given=" + strings.Repeat("x", 600) + "e", "evelyn"},
	{"Patient?given=" + strings.Repeat("x", 600) + "f", ""},
	{"Patient?given:contains=xend", "evelyn"},
	{"Patient?family:missing=true", "evelyn"},
	{"Patient?family:missing=false", "eve steve"},
	{"Patient?given=e%25", ""},
	{"Patient?given=_ve", ""},
	// https://hl7.org/fhir/R4/search.html#token
	{"Patient?identifier=urn:mrn%7C2345", "eve"},
	{"Patient?identifier=2345", "eve evelyn"},
	{"Patient?identifier=%7C2345", "evelyn"},
	{"Patient?identifier=urn:mrn%7C", "eve steve"},
	{"Patient?identifier=77", "eve steve"},
	{"Patient?identifier=urn:nowhere%7C2345", ""},
	{"Patient?gender:not=male", "eve evelyn"},
	{"Patient?gender:not=male,female", ""},
	{"Patient?active:not=false", "eve evelyn steve"},
	{"Patient?active:missing=true", "evelyn steve"},
	{"Patient?gender=female&active=true", "eve"},
	{"Patient?identifier=2345,77", "eve evelyn steve"},
	{"Observation?code:text=blood", "bp glucose"},
	{"Observation?code:text=systolic,glucose", "glucose grams"},
	{"Observation?category=lab", "glucose"},
	{"Observation?code=8480-6", "grams open"},
	{"Observation?combo-code=8480-6", "bp grams open"},
	{"Observation?combo-code=http://loinc.org%7C8480-6", "bp grams"},
	{"Observation?combo-code=http://loinc.org%7C8480-6,15074-8", "bp glucose grams"},
	{"Observation?_security=R", "bp"},
	{"Observation?_profile=http://hl7.org/fhir/StructureDefinition/vitalsigns", "bp"},
	{"Patient?_id=eve,steve,unknown", "eve steve"},
	{"Patient?_id:not=eve", "evelyn steve"},
	// https://hl7.org/fhir/R4/search.html#reference
	{"Observation?subject=Patient/eve", "bp open"},
	{"Observation?subject=eve", "bp open"},
	{"Observation?subject:Patient=steve", "glucose grams"},
	{"Observation?subject=" + base + "/Patient/eve", "bp open"},
	{"Observation?subject=https://elsewhere.example/fhir/Patient/eve", ""},
	{"Observation?patient=eve", "bp open"},
	{"Observation?subject=g", "long"},
	{"Observation?patient:missing=true", "long"},
	{"Observation?patient:missing=false", "bp glucose grams open year"},
	{"Observation?subject=Patient/eve,Group/g", "bp long open"},
	{"Patient?general-practitioner=https://elsewhere.example/fhir/Practitioner/doc", "evelyn"},
	{"Patient?general-practitioner=Practitioner/doc,https://elsewhere.example/fhir/Practitioner/doc", "evelyn steve"},
	{"Patient?general-practitioner:missing=true", "eve"},
	{"Encounter?participant=Practitioner/gone/_history/3", "e3"},
	{"Encounter?participant=Practitioner/gone/_history/4", ""},
	{"Encounter?participant=Practitioner/gone", "e3"},
	{"Questionnaire?derived-from=http://acme.org/q", "child child0 child1"},
	{"Questionnaire?derived-from=http://acme.org/q%7C2.0", "child"},
	// https://hl7.org/fhir/R4/search.html#versions
	{"Questionnaire?derived-from:below=http://acme.org/q", "child child0 child1"},
	{"Questionnaire?derived-from:below=http://acme.org/q%7C1", "child1"},
	{"Questionnaire?derived-from:below=http://acme.org/q%7C1.0,http://acme.org/q%7C2", "child child1"},
	{"Questionnaire?derived-from:below=http://acme.org/q%7C1.", ""},
	{"ValueSet?url=http://acme.org/versioned", "new old"},
	{"ValueSet?url=http://acme.org/versioned%7C2.0", "new"},
	{"ValueSet?url=http://acme.org/versioned%5C%7C1.0", "old"},
	{"ValueSet?url=http://acme.org/versioned%7C1.0,http://acme.org/twin", "old twin"},
	{"ValueSet?url=http://acme.org/twin%7C1.0", ""},
	// https://hl7.org/fhir/R4/search.html#recursive
	{"Patient?organization:below=hospital", "eve steve"},
	{"Patient?organization:below=Organization/ward", "steve"},
	{"Patient?organization:above=ward", "eve steve"},
	{"Patient?organization:above=hospital", "eve"},
	{"Patient?organization:below=unknown", ""},
	{"Patient?organization:below=ward,hospital&gender=female", "eve"},
	{"Organization?partof:below=hospital", "ward"},
	{"Organization?partof:above=ward", "ward"},
	{"Organization?partof:below=round1", "round1 round2"},
	{"Observation?patient.organization:below=hospital", "bp glucose grams open"},
	{"Practitioner?_has:Patient:general-practitioner:organization:below=hospital", "doc"},
	// https://hl7.org/fhir/R4/search.html#mimetype
	{"DocumentReference?contenttype=text/xml", "plain"},
	{"DocumentReference?contenttype:below=text/xml", "plain spaced utf8"},
	{"DocumentReference?contenttype:below=text", "else plain spaced utf8"},
	{"DocumentReference?contenttype:below=text/xml,application/pdf", "pdf plain spaced utf8"},
	// https://hl7.org/fhir/R4/search.html#date
	{"Observation?date=2013-01-14", "bp glucose"},
	{"Observation?date=eq2013-01", "bp glucose grams"},
	{"Observation?date=2013", "bp glucose grams year"},
	{"Observation?date=2013-01-14T10:00", "bp"},
	{"Observation?date=ne2013-01-14", "grams long open year"},
	{"Observation?date=lt2013-01-14", "grams long open year"},
	{"Observation?date=gt2013-01-14", "grams long open year"},
	{"Observation?date=ge2013-01-14", "bp glucose grams long open year"},
	{"Observation?date=ge2013-02", "long open year"},
	{"Observation?date=gt2013-12-31", "open"},
	{"Observation?date=le2013-01-14", "bp glucose grams long open year"},
	{"Observation?date=le2013-01-09", "grams long year"},
	{"Observation?date=sa2013-01-12", "bp glucose"},
	{"Observation?date=eb2013-01-15", "bp glucose"},
	{"Observation?date=eb2013-02", "bp glucose grams"},
	{"Observation?date=gt2012-12-31&date=lt2013-01-10", "grams long year"},
	{"Observation?date=ge2013-01-14&date=le2013-01-14", "bp glucose grams long open year"},
	{"Observation?date=2013-01-14T12:00:00%2B02:00", "bp"},
	{"Coverage?period=gt2012-12", "now"},
	{"Coverage?period=ap2011-06-01", "ever past"},
	{"Coverage?period=eb2009", "past"},
	{"Coverage?period=sa2012", "now"},
	{"Coverage?period=lt2009", "ever past"},
	{"Patient?birthdate=1990-03", "steve"},
	{"Patient?birthdate=1990-03-05", ""},
	{"Patient?birthdate=ge1990-03-31", "evelyn"},
	{"Patient?birthdate=gt1990-03-31", "evelyn"},
	{"Patient?birthdate=ap1974-12", "eve"},
	// https://hl7.org/fhir/R4/search.html#number
	{"RiskAssessment?probability=0.8", "p8 p80"},
	{"RiskAssessment?probability=0.80", "p8 p80"},
	{"RiskAssessment?probability=gt0.8", "p100 p95"},
	{"RiskAssessment?probability=ge0.8", "p100 p8 p80 p95"},
	{"RiskAssessment?probability=100", "p100"},
	{"RiskAssessment?probability=1e2", "p100 p95"},
	{"RiskAssessment?probability=lt100", "p8 p80 p95"},
	{"RiskAssessment?probability=le100", "p100 p8 p80 p95"},
	{"RiskAssessment?probability=ne100", "p8 p80 p95"},
	{"RiskAssessment?probability=ap100", "p100 p95"},
	{"RiskAssessment?probability=sa1", "p100 p95"},
	{"RiskAssessment?probability=eb1", "p8 p80"},
	{"RiskAssessment?probability:missing=true", "none"},
	{"RiskAssessment?probability=gt0.5&probability=lt50", "p8 p80"},
	// https://hl7.org/fhir/R4/search.html#quantity
	{"Observation?value-quantity=5.4%7Chttp://unitsofmeasure.org%7Cmg", "glucose grams"},
	{"Observation?value-quantity=5.40e-3%7Chttp://unitsofmeasure.org%7Cg", "glucose grams"},
	{"Observation?value-quantity=5.4%7C%7Cmg", "glucose"},
	{"Observation?value-quantity=5.4", "glucose"},
	{"Observation?value-quantity=5.4%7C%7C", "glucose"},
	{"Observation?value-quantity=5.4%7Chttp://unitsofmeasure.org%7C", "glucose"},
	{"Observation?value-quantity=gt0%7Chttp://unitsofmeasure.org%7C", "glucose grams open year"},
	{"Observation?value-quantity=5.4%7Curn:nowhere%7C", ""},
	{"Observation?code-value-quantity=8480-6$lt1%7Chttp://unitsofmeasure.org%7C", "grams"},
	{"Observation?code-value-quantity=8480-6$lt1%7Curn:nowhere%7C", ""},
	{"Observation?value-quantity=le5.4%7Chttp://unitsofmeasure.org%7Cmg", "glucose grams open"},
	{"Observation?value-quantity=lt5.4%7Chttp://unitsofmeasure.org%7Cmg", "open"},
	{"Observation?value-quantity=gt5.4%7Chttp://unitsofmeasure.org%7Cmg", "year"},
	{"Observation?value-quantity=ap5%7Chttp://unitsofmeasure.org%7Cmg", "glucose grams open"},
	{"Observation?value-quantity=100%7C%7Cbeats", "long"},
	{"Observation?value-quantity=100", "long year"},
	{"Observation?value-quantity=lt3", "grams open"},
	{"Observation?combo-value-quantity=gt99", "bp long year"},
	{"Observation?value-quantity=5%7Chttp://unitsofmeasure.org%7Cmg", "glucose grams"},
	// https://hl7.org/fhir/R4/search.html#uri
	{"ValueSet?url=http://acme.org/fhir/ValueSet/123", "mid"},
	{"ValueSet?url:below=http://acme.org/fhir/", "leaf mid root"},
	{"ValueSet?url:below=http://acme.org/fhir/ValueSet", "leaf mid"},
	{"ValueSet?url:above=http://acme.org/fhir/ValueSet/123/_history/5", "leaf mid root"},
	{"ValueSet?url=urn:oid:1.2.3.4.5", "urn"},
	{"ValueSet?url=urn:oid:1.2.3.4.5,http://acme.org/fhirish", "other urn"},
	// https://hl7.org/fhir/R4/search.html#composite
	{"Observation?code-value-quantity=http://loinc.org%7C15074-8$gt5", "glucose"},
	{"Observation?code-value-quantity=15074-8$lt5.4", ""},
	{"Observation?code-value-quantity=8480-6$5.4%7Chttp://unitsofmeasure.org%7Cmg", "grams"},
	{"Observation?code-value-quantity=8480-6$lt1,15074-8$gt1", "glucose grams"},
	{"Observation?code-value-string=1$pos", "long"},
	{"MolecularSequence?window=1$gt50$lt250", "chr1"},
	{"MolecularSequence?window=http://ncit%7C1$gt50$lt500", "chr1 chr1b"},
	{"MolecularSequence?window=1$gt250$lt250", ""},
	// https://hl7.org/fhir/R4/search.html#token, identifiers with their type, and of references
	{"Organization?identifier:of-type=http://v2%7CMR%7C446053", "typed"},
	{"Organization?identifier:of-type=http://v2%7CSS%7C446053", ""},
	{"Encounter?subject:identifier=urn:mrn%7C77", "logical"},
	{"Encounter?subject:identifier=77,78", "logical"},
	{"Encounter?subject:missing=true", ""},
	// https://hl7.org/fhir/R4/search.html#chaining
	{"Observation?subject:Patient.name=betan", "bp open"},
	{"Observation?subject.name=betan", "bp open"},
	{"Observation?patient.organization.name=general", "bp open"},
	{"Observation?patient.organization.partof.name=general", "glucose grams"},
	{"Observation?patient.gender:not=male", "bp open year"},
	{"Observation?patient._id=eve", "bp open"},
	{"Observation?patient.identifier=urn:mrn%7C77&status=final", "glucose"},
	{"Observation?patient.active:missing=true", "glucose grams year"},
	{"Encounter?patient.gender:not=male", "e1"},
	{"Observation?performer.name=care", "bp"},
	{"Organization?partof.partof.partof.partof.partof.partof.name=round", "round1 round2"},
	{"Organization?partof.partof.partof.partof.partof.partof.name=ward", ""},
	{"Observation?subject:Patient.birthdate=lt1980", "bp open"},
	// https://hl7.org/fhir/R4/search.html#has
	{"Patient?_has:Observation:patient:code=15074-8", "steve"},
	{"Patient?_has:Observation:patient:code=8480-6,85354-9", "eve steve"},
	{"Patient?_has:Group:member:_id=g", "eve"},
	{"Patient?_has:Observation:patient:_has:Observation:has-member:code=2", "eve"},
	{"Patient?_has:Observation:subject:performer.name=careful", "eve"},
	{"Patient?_has:Observation:patient:code=15074-8&gender=male", "steve"},
	{"Patient?_has:Observation:patient:code=15074-8&gender=female", ""},
	{"Practitioner?_has:Observation:performer:code=85354-9", "doc"},
	{"Encounter?patient._has:Group:member:_id=g", "e1"},
	{"Observation?patient._has:Observation:patient:status=amended", "glucose grams"},
	// https://hl7.org/fhir/R4/search.html#list
	{"Patient?_list=current", "eve"},
	{"Patient?_list=current&gender=male", ""},
	{"Observation?_list=current", "bp"},
	// https://hl7.org/fhir/R4/location.html#positional
	{"Location?near=42.256500%7C-83.694810%7C11.20%7Ckm", "ann-arbor"},
	{"Location?near=42.2565%7C-83.69%7C40%7C[mi_i]", "ann-arbor detroit"},
	{"Location?near=42.2565%7C-83.69&name=ann", "ann-arbor"},
	{"Location?near=-16%7C-179%7C1200%7Ckm", "apia suva"},
	{"Location?near=-16%7C179%7C400000%7Cm", "suva"},
	{"Location?near=0%7C0%7C30000", "ann-arbor apia detroit suva"},
	{"Location?near:missing=true", "nowhere"},
	// https://hl7.org/fhir/R4/search.html#lastUpdated and of several types
	{"Group?_lastUpdated=ge2024-06-01&_lastUpdated=lt2024-06-02", "g"},
	{"Group?_lastUpdated=2024-06", "g"},
	{"Group?_lastUpdated=gt2024-06-01", ""},
	{"Group?_lastUpdated=eb2024", ""},
	{"Group?_lastUpdated=ne2024", ""},
	{"Patient?_lastUpdated=gt2023&gender=male", "steve"},
	{"Patient?_lastUpdated=gt2024&gender=male", ""},
	// https://hl7.org/fhir/R4/search.html#sort
	{"Patient?_sort=birthdate", "eve steve evelyn"},
	{"Patient?_sort=-birthdate", "evelyn steve eve"},
	{"Patient?_sort=family", "eve steve evelyn"},
	{"Patient?_sort=-family", "steve eve evelyn"},
	{"Patient?_sort=given", "eve evelyn steve"},
	{"Patient?gender=female&_sort=-given", "evelyn eve"},
	{"Patient?_sort=gender,-birthdate", "evelyn eve steve"},
	{"Patient?_sort=-gender,birthdate", "steve eve evelyn"},
	{"Patient?_sort=_id", "eve evelyn steve"},
	{"Patient?_sort=-_id", "steve evelyn eve"},
	{"Observation?_sort=date,_id&_count=2", "long grams year open glucose bp"},
	{"Observation?_sort=-date&_count=1", "bp glucose open year grams long"},
	{"Observation?status=final&_sort=-date", "bp glucose open"},
	{"Observation?subject=Patient/eve&_sort=-date", "bp open"},
	{"Coverage?_sort=period", "ever past now"},
	{"Coverage?_sort=-period", "now past ever"},
	{"RiskAssessment?_sort=-probability&_count=2", "p100 p95 p80 p8 none"},
	{"RiskAssessment?_sort=subject,_id", "p8 p80 none p100 p95"},
	{"Observation?_sort=value-quantity,_id&_count=2", "grams open glucose long year bp"},
	{"ValueSet?_sort=-url&version:missing=true", "urn other leaf mid root"},
	{"Patient?_sort=gender&_sort=-birthdate", "evelyn eve steve"},
}
