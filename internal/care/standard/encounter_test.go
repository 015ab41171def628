package standard_test

import (
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

func TestEncounterKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pid, id := w.someone()
	f := w.ask("POST", "/api/facility", map[string]any{"name": "Main Street Clinic", "facility_npi": "1234567893"}).want(201)
	number, organization := text(f.at("data", "id")), text(f.at("data", "uuid"))
	sent := map[string]any{
		"date": "2020-11-10 09:30:00", "onset_date": "2020-11-01", "reason": "Cough", "pc_catid": 9, "class_code": "AMB", "facility_id": number,
		"billing_facility": number, "sensitivity": "normal", "referral_source": "Patient", "pos_code": 11, "external_id": "E-9", "discharge_disposition": "home",
		"provider_id": "12345", "billing_note": "later", "last_level_billed": 2, "invoice_refno": "I-1",
	}
	made := w.ask("POST", "/api/patient/"+id+"/encounter", sent).want(201)
	eid := text(made.at("data", "eid"))
	made.is(eid, "data", "encounter")
	want := map[string]any{
		"eid": eid, "pid": pid, "puuid": id, "date": "2020-11-10 09:30:00", "onset_date": "2020-11-01 00:00:00", "reason": "Cough", "pc_catid": 9, "pc_catname": "Established Patient",
		"class_code": "AMB", "class_title": "ambulatory", "facility_id": number, "facility_uuid": organization, "facility_name": "Main Street Clinic",
		"billing_facility": number, "billing_facility_name": "Main Street Clinic", "sensitivity": "normal", "referral_source": "Patient", "pos_code": 11, "external_id": "E-9",
		"discharge_disposition": "home", "discharge_disposition_text": "Home", "provider_id": 12345, "billing_note": "later", "last_level_billed": 2, "invoice_refno": "I-1",
	}
	one := w.ask("GET", "/api/patient/"+pid+"/encounter/"+eid, nil).want(200).has(want, "data")
	euuid := text(one.at("data", "euuid"))
	w.ask("GET", "/api/patient/"+id+"/encounter/"+euuid, nil).want(200).has(want, "data")
	w.ask("GET", "/api/patient/"+id+"/encounter", nil).want(200).has(want, "data", 0)

	e := get[*r4.Encounter](w, "Encounter", euuid)
	if e.Period.Start.V != "2020-11-10T09:30:00Z" || e.Class.Code.V != "AMB" || e.ServiceProvider.Reference.V != "Organization/"+organization || len(e.Location) != 1 {
		t.Errorf("the FHIR encounter does not say what was sent: %+v", e)
	}
	t.Run("what FHIR changes is read at once", func(t *testing.T) {
		e.Period.End = fhir.NewDateTime("2020-11-10T10:00:00Z")
		e.ReasonCode[0].Text = fhir.NewString("Fever")
		put(w, e)
		w.ask("GET", "/api/patient/"+pid+"/encounter/"+eid, nil).want(200).has(map[string]any{"reason": "Fever", "sensitivity": "normal"}, "data")
	})
	t.Run("a change needs user and group", func(t *testing.T) {
		w.ask("PUT", "/api/patient/"+id+"/encounter/"+euuid, map[string]any{"reason": "Pain"}).want(400).
			is("user must be provided, but does not exist", "validationErrors", "user", "Required::NON_EXISTENT_KEY").
			is("group must be provided, but does not exist", "validationErrors", "group", "Required::NON_EXISTENT_KEY")
	})
	change := map[string]any{"user": "admin", "group": "Default", "reason": "Pain", "date": "2021-01-01"}
	t.Run("a change", func(t *testing.T) {
		w.ask("PUT", "/api/patient/"+id+"/encounter/"+euuid, change).want(200).has(map[string]any{"reason": "Pain", "date": "2021-01-01 00:00:00", "external_id": "E-9"}, "data")
	})
	t.Run("the date needs a right of its own", func(t *testing.T) {
		w.holds = func(right string) bool { return right != "encounters/date_a" }
		change["date"] = "2022-01-01"
		w.ask("PUT", "/api/patient/"+id+"/encounter/"+euuid, change).want(200).is("2021-01-01 00:00:00", "data", "date")
	})
	t.Run("a sensitivity needs a right of its own", func(t *testing.T) {
		w.holds = func(right string) bool { return right != "sensitivities/normal" }
		w.ask("PUT", "/api/patient/"+id+"/encounter/"+euuid, change).want(403)
	})
}

func TestEncounterBelongsToItsPatient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pid, id := w.someone()
	other, _ := w.someone()
	made := w.ask("POST", "/api/patient/"+id+"/encounter", map[string]any{"pc_catid": "5", "class_code": "AMB"}).want(201)
	eid := text(made.at("data", "eid"))
	w.ask("GET", "/api/patient/"+pid+"/encounter/"+eid, nil).want(200)
	w.ask("GET", "/api/patient/"+other+"/encounter/"+eid, nil).want(404).is("[]", "data").is("[]", "validationErrors")
	w.ask("GET", "/api/patient/"+other+"/encounter", nil).want(200).is("[]", "data")
	w.ask("GET", "/api/patient/999/encounter", nil).want(400).is("value 999", "validationErrors", "uuid", "invalid or nonexisting value")
	w.ask("POST", "/api/patient/999/encounter", map[string]any{"pc_catid": "5", "class_code": "AMB"}).want(400).is("Patient UUID is invalid", "validationErrors", "puuid", "Callback::INVALID_VALUE")
	w.ask("POST", "/api/patient/"+id+"/encounter", map[string]any{"class_code": "NONE"}).want(400).
		is("pc_catid must be provided, but does not exist", "validationErrors", "pc_catid", "Required::NON_EXISTENT_KEY").
		is("class code is invalid", "validationErrors", "class_code", "Callback::INVALID_VALUE")
	w.ask("GET", "/api/patient/"+pid+"/encounter/"+eid+"/vital", nil).want(200).is("[]")
	w.ask("GET", "/api/patient/"+other+"/encounter/"+eid+"/vital", nil).want(404).is("<nil>")

	t.Run("the portal shows the patient his own", func(t *testing.T) {
		w.patient = id
		w.ask("GET", "/portal/patient", nil).want(200).is(id, "data", "uuid")
		w.ask("GET", "/portal/patient/encounter", nil).want(200).is(eid, "data", 0, "eid").is(address+"/portal/patient/encounter?_limit=100&_offset=0", "links", "first")
		w.ask("GET", "/portal/patient/encounter/"+eid, nil).want(200).is("AMB", "data", "class_code")
	})
	t.Run("and nothing of others", func(t *testing.T) {
		w.patient = text(w.ask("GET", "/api/patient/"+other, nil).at("data", "uuid"))
		w.ask("GET", "/portal/patient/encounter", nil).want(200).is("[]", "data")
		w.ask("GET", "/portal/patient/encounter/"+eid, nil).want(404).is("[]", "data")
	})
}
