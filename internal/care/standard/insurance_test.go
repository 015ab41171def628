package standard_test

import (
	"maps"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

func TestInsuranceCompanyKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := map[string]any{
		"name": "Cool Insurance Company", "attn": "Ann", "cms_id": "12345", "ins_type_code": "2", "x12_receiver_id": "X1", "x12_default_partner_id": "3", "alt_cms_id": "A9",
		"line1": "123 Cool Street", "line2": "Suite 1", "city": "Cooltown", "state": "CA", "zip": "12345", "country": "US",
	}
	iid := text(w.ask("POST", "/api/insurance_company", sent).want(201).at("iid"))
	w.ask("GET", "/api/insurance_company", nil).want(200).has(sent, 0)
	w.ask("GET", "/api/insurance_company/"+iid, nil).want(200).has(map[string]any{"id": iid, "name": "Cool Insurance Company", "cms_id": "12345", "ins_type_code": 2})
	w.ask("PUT", "/api/insurance_company/"+iid, map[string]any{"name": "Cold", "city": "Oak"}).want(200).is(iid, "iid")
	w.ask("GET", "/api/insurance_company", nil).want(200).has(map[string]any{"name": "Cold", "city": "Oak", "line1": nil, "attn": nil}, 0)
	w.ask("POST", "/api/insurance_company", map[string]any{"zip": "1"}).want(400).is("name must be provided, but does not exist", "name", "Required::NON_EXISTENT_KEY").is("zip must be 2 characters or longer", "zip", "LengthBetween::TOO_SHORT")
	w.ask("GET", "/api/insurance_company/999", nil).want(404).is("<nil>")
	w.ask("GET", "/api/facility", nil).want(200).is("[]", "data")
	w.ask("GET", "/api/insurance_type", nil).want(200).is("Medicare Part B", "2")
}

func policy(company, kind, date string) map[string]any {
	return map[string]any{
		"type": kind, "provider": company, "plan_name": "Gold", "policy_number": "P-1", "group_number": "G-1", "subscriber_lname": "Archer", "subscriber_mname": "B", "subscriber_fname": "Ann",
		"subscriber_relationship": "self", "subscriber_DOB": "1980-05-17", "subscriber_street": "1 Elm", "subscriber_postal_code": "01103", "subscriber_city": "Springfield", "subscriber_state": "MA",
		"subscriber_country": "USA", "subscriber_phone": "555-1", "subscriber_sex": "Female", "accept_assignment": "FALSE", "policy_type": "12", "subscriber_employer": "Acme",
		"subscriber_employer_street": "2 Oak", "subscriber_employer_postal_code": "01104", "subscriber_employer_city": "Holyoke", "subscriber_employer_state": "MA", "subscriber_employer_country": "USA",
		"copay": "35", "date": date, "date_end": "2030-01-01",
	}
}

func TestInsuranceKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pid, id := w.someone()
	other, _ := w.someone()
	company := text(w.ask("POST", "/api/insurance_company", map[string]any{"name": "Cool"}).want(201).at("iid"))
	path := "/api/patient/" + id + "/insurance"
	sent := policy(company, "primary", "2018-10-15")
	uuid := text(w.ask("POST", path, sent).want(200).has(sent, "data").at("data", "uuid"))
	w.ask("GET", "/api/patient/"+pid+"/insurance", nil).want(200).has(sent, "data", 0).is(id, "data", 0, "puuid")
	w.ask("GET", path+"/"+uuid, nil).want(200).has(sent, "data").has(map[string]any{"pid": pid, "provider": company}, "data")
	c := get[*r4.Coverage](w, "Coverage", uuid)
	if c.SubscriberID.V != "P-1" || c.Period.Start.V != "2018-10-15" || c.Order.V != 1 {
		t.Errorf("the coverage is %+v", c)
	}
	c.SubscriberID = fhir.NewString("P-2")
	put(w, c)
	w.ask("GET", path+"/"+uuid, nil).want(200).is("P-2", "data", "policy_number").is("35", "data", "copay")
	t.Run("an update replaces", func(t *testing.T) {
		change := maps.Clone(sent)
		delete(change, "copay")
		change["plan_name"] = "Silver"
		w.ask("PUT", path+"/"+uuid, change).want(200).has(map[string]any{"plan_name": "Silver", "copay": nil, "policy_number": "P-1"}, "data")
	})
	t.Run("rules", func(t *testing.T) {
		bad := policy(company, "fourth", "2018-10-15")
		bad["subscriber_state"], bad["accept_assignment"] = "ZZ", "MAYBE"
		delete(bad, "date_end")
		w.ask("POST", path, bad).want(400).
			is(`state does not have an option_id of "subscriber state"`, "validationErrors", "subscriber_state", "ListOptionRule::INVALID_LIST_OPTION").
			is("type must be in the defined set of values", "validationErrors", "type", "InArray::NOT_IN_ARRAY").
			is("date_end must be provided, but does not exist", "validationErrors", "date_end", "Required::NON_EXISTENT_KEY")
		again := w.ask("POST", path, sent).want(400)
		if again.at("validationErrors", "date", "Record::DUPLICATE_RECORD") == nil {
			t.Errorf("a second policy of the day was not refused: %s", again.body)
		}
		late := policy(company, "primary", "2031-01-01")
		if w.ask("POST", path, late).want(400).at("validationErrors", "date", "DateTime::INVALID_START_DATE") == nil {
			t.Error("a policy that ends before it begins was not refused")
		}
		w.ask("GET", "/api/patient/none/insurance", nil).want(400).is("Patient uuid invalid", "validationErrors", "puuid::INVALID_PUUID")
		w.ask("GET", "/api/patient/"+other+"/insurance/"+uuid, nil).want(404)
		w.ask("PUT", "/api/patient/"+other+"/insurance/"+uuid, sent).want(400).is("Coverage UUID is invalid", "validationErrors", "uuid", "Callback::INVALID_VALUE")
	})
	t.Run("swapped", func(t *testing.T) {
		second := text(w.ask("POST", path, policy(company, "secondary", "2019-01-01")).want(200).at("data", "uuid"))
		w.ask("GET", path+"/$swap-insurance?type=primary&uuid="+second, nil).want(200).is(second, "data", "src", "uuid").is("primary", "data", "src", "type").is(uuid, "data", "target", "uuid").is("secondary", "data", "target", "type")
		w.ask("GET", path+"/"+uuid, nil).want(200).is("secondary", "data", "type")
		w.ask("GET", path+"/$swap-insurance?type=tertiary&uuid="+uuid, nil).want(200).is("<nil>", "data", "target")
		w.ask("GET", path+"/$swap-insurance?type=first&uuid="+uuid, nil).want(400).is("type must be in the defined set of values", "validationErrors", "type", "InArray::NOT_IN_ARRAY")
		const lacks = " must be provided, but does not exist"
		w.ask("GET", path+"/$swap-insurance", nil).want(400).is("type"+lacks, "validationErrors", "type", "Required::NON_EXISTENT_KEY").
			is("uuid"+lacks, "validationErrors", "uuid", "Required::NON_EXISTENT_KEY")
		w.ask("GET", path+"/$swap-insurance?type=primary", nil).want(400).is("<nil>", "validationErrors", "type").
			is("uuid"+lacks, "validationErrors", "uuid", "Required::NON_EXISTENT_KEY")
	})
}

func TestEmployersAreContacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := put(w, &r4.Patient{Contact: []r4.PatientContact{{
		Relationship: []r4.CodeableConcept{{Coding: []r4.Coding{{System: fhir.NewURI("http://terminology.hl7.org/CodeSystem/v2-0131"), Code: fhir.NewCode("E")}}}},
		Organization: &r4.Reference{Display: fhir.NewString("Acme")}, Address: &r4.Address{City: fhir.NewString("Cooltown")}, Period: &r4.Period{Start: fhir.NewDateTime("2020-01-02")},
	}}})
	w.ask("GET", "/api/patient/"+v.ID+"/employer", nil).want(200).has(map[string]any{"name": "Acme", "city": "Cooltown", "date": "2020-01-02 00:00:00", "puuid": v.ID}, "data", 0)
	pid, _ := w.someone()
	w.ask("GET", "/api/patient/"+pid+"/employer", nil).want(200).is("[]", "data")
}
