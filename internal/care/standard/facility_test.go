package standard_test

import (
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

func TestFacilityKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := map[string]any{
		"name": "Main Street Clinic", "facility_npi": "1234567893", "phone": "808-606-3030", "fax": "808-606-3031", "street": "1337 Bit Shifter Ln", "city": "San Lorenzo",
		"state": "ZZ", "postal_code": "54321", "country_code": "US", "federal_ein": "4343434", "website": "https://example.com", "email": "foo@example.com",
		"domain_identifier": "123", "facility_taxonomy": "207Q00000X", "facility_code": "F1", "billing_location": "0", "accepts_assignment": "0", "oid": "1.2.3", "service_location": "0",
	}
	made := w.ask("POST", "/api/facility", sent).want(201)
	number, id := text(made.at("data", "id")), text(made.at("data", "uuid"))
	w.ask("GET", "/api/facility/"+number, nil).want(200).has(sent, "data")
	w.ask("GET", "/api/facility?city=San+Lorenzo&federal_ein=4343434", nil).want(200).has(sent, "data", 0)
	w.ask("GET", "/api/facility?name=Main", nil).want(200).is("[]", "data")
	w.ask("PUT", "/api/facility/"+id, map[string]any{"city": "Oakland", "phone": ""}).want(200).has(map[string]any{"city": "Oakland", "phone": nil, "fax": "808-606-3031", "oid": "1.2.3"}, "data")
	o := get[*r4.Organization](w, "Organization", id)
	o.Name = fhir.NewString("Side Street Clinic")
	put(w, o)
	w.ask("GET", "/api/facility/"+id, nil).want(200).has(map[string]any{"name": "Side Street Clinic", "city": "Oakland", "facility_code": "F1"}, "data")
	t.Run("rules", func(t *testing.T) {
		w.ask("POST", "/api/facility", map[string]any{"name": "X", "phone": "1", "website": "nowhere", "email": "nobody", "facility_npi": "abc"}).want(400).
			is("name must be 2 characters or longer", "validationErrors", "name", "LengthBetween::TOO_SHORT").
			is("website must be a valid URL", "validationErrors", "website", "Url::INVALID_URL").
			is("email must be a valid email address", "validationErrors", "email", "Email::INVALID_VALUE").
			is("facility npi must be numeric", "validationErrors", "facility_npi", "Numeric::NOT_NUMERIC").
			is("facility npi must be 10 characters or longer", "validationErrors", "facility_npi", "LengthBetween::TOO_SHORT")
		w.ask("GET", "/api/facility/none", nil).want(400).is("value none", "validationErrors", "uuid", "invalid or nonexisting value")
		w.ask("PUT", "/api/facility/none", map[string]any{}).want(400).is("Facility UUID is invalid", "validationErrors", "uuid", "Callback::INVALID_VALUE")
	})
}

func TestMedicalProblemKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pid, id := w.someone()
	other, _ := w.someone()
	sent := map[string]any{"title": "Dermatochalasis", "begdate": "2010-10-13", "enddate": "2011-01-01", "diagnosis": "ICD10:H02.839;SNOMED-CT:195967001"}
	made := w.ask("POST", "/api/patient/"+id+"/medical_problem", sent).want(201)
	uuid := text(made.at("data", "uuid"))
	want := map[string]any{"title": "Dermatochalasis", "begdate": "2010-10-13 00:00:00", "enddate": "2011-01-01 00:00:00", "pid": pid, "puuid": id, "type": "medical_problem", "verification": "unconfirmed", "verification_title": "Unconfirmed", "condition_uuid": uuid, "activity": 0}
	w.ask("GET", "/api/patient/"+pid+"/medical_problem", nil).want(200).has(want, "data", 0).is("ICD10", "data", 0, "diagnosis", "H02.839", "code_type").is("http://snomed.info/sct", "data", 0, "diagnosis", "195967001", "system")
	w.ask("GET", "/api/medical_problem/"+uuid, nil).want(200).has(want, "data")
	w.ask("GET", "/api/patient/"+id+"/medical_problem/"+uuid, nil).want(200).has(want, "data", 0)
	w.ask("GET", "/api/medical_problem?puuid="+id+"&title=Dermatochalasis", nil).want(200).has(want, "data", 0)
	w.ask("PUT", "/api/patient/"+id+"/medical_problem/"+uuid, map[string]any{"enddate": nil, "title": "Droop"}).want(200).
		has(map[string]any{"title": "Droop", "enddate": nil, "begdate": "2010-10-13 00:00:00", "activity": 1}, "data").is("ICD10", "data", "diagnosis", "H02.839", "code_type")
	c := get[*r4.Condition](w, "Condition", uuid)
	if c.ClinicalStatus.Coding[0].Code.V != "active" || c.Category[0].Coding[0].Code.V != "problem-list-item" {
		t.Errorf("the condition is %+v", c)
	}
	c.Code.Text = fhir.NewString("Ptosis")
	put(w, c)
	w.ask("GET", "/api/medical_problem/"+uuid, nil).want(200).is("Ptosis", "data", "title")
	t.Run("it belongs to its patient", func(t *testing.T) {
		w.ask("GET", "/api/patient/"+other+"/medical_problem", nil).want(200).is("[]", "data")
		w.ask("GET", "/api/patient/"+other+"/medical_problem/"+uuid, nil).want(404).is("[]", "data")
		w.ask("PUT", "/api/patient/"+other+"/medical_problem/"+uuid, map[string]any{"title": "Mine"}).want(400).is("Condition UUID is invalid", "validationErrors", "uuid", "Callback::INVALID_VALUE")
		w.ask("DELETE", "/api/patient/"+other+"/medical_problem/"+uuid, nil).want(400).is(`["invalid or nonexisting value"]`, "validationErrors", "UUID")
	})
	t.Run("deleted", func(t *testing.T) {
		w.ask("DELETE", "/api/patient/"+id+"/medical_problem/"+uuid, nil).want(200).is(uuid, "data", "uuid")
		w.ask("GET", "/api/medical_problem/"+uuid, nil).want(404).is("[]", "data")
	})
	t.Run("rules", func(t *testing.T) {
		w.ask("POST", "/api/patient/"+id+"/medical_problem", map[string]any{"title": "x", "begdate": "2010-10-13 00:00:00", "diagnosis": "y"}).want(400).
			is("begdate must be a valid date", "validationErrors", "begdate", "DateTime::INVALID_VALUE").is("title must be 2 characters or longer", "validationErrors", "title", "LengthBetween::TOO_SHORT")
		w.ask("POST", "/api/patient/none/medical_problem", sent).want(400).is("Patient UUID is invalid", "validationErrors", "puuid", "Callback::INVALID_VALUE")
	})
}

func TestLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask("GET", "/api/list/sex", nil).want(200).has(map[string]any{"list_id": "sex", "option_id": "Female", "title": "Female", "seq": 10, "codes": "HL7:F", "activity": 1}, 0)
	w.ask("GET", "/api/list/_actencountercode?_sort=-option_id", nil).want(200).has(map[string]any{"list_id": "_ActEncounterCode", "option_id": "VR", "notes": "virtual"}, 0)
	w.ask("GET", "/api/list/nothing", nil).want(404).is("<nil>")
	w.ask("GET", "/api/list/lists", nil).want(200).is("lists", 0, "list_id")
	t.Run("a list that the site changed", func(t *testing.T) {
		put(w, &r4.ValueSet{
			URL: fhir.NewURI("https://chartwright.example/fhir/ValueSet/list/_ActEncounterCode"), Status: fhir.NewCode("active"),
			Compose: &r4.ValueSetCompose{Include: []r4.ValueSetComposeInclude{{System: fhir.NewURI("urn:x"), Concept: []r4.ValueSetComposeIncludeConcept{{Code: fhir.NewCode("SPA"), Display: fhir.NewString("Spa")}}}}},
		})
		w.ask("GET", "/api/list/_ActEncounterCode", nil).want(200).is("SPA", 0, "option_id")
		_, id := w.someone()
		w.ask("POST", "/api/patient/"+id+"/encounter", map[string]any{"pc_catid": "5", "class_code": "AMB"}).want(400).is("class code is invalid", "validationErrors", "class_code", "Callback::INVALID_VALUE")
		w.ask("POST", "/api/patient/"+id+"/encounter", map[string]any{"pc_catid": "5", "class_code": "SPA"}).want(201)
	})
}
