package standard_test

import (
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

func TestAppointmentKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pid, id := w.someone()
	other, otherID := w.someone()
	facility := text(w.ask("POST", "/api/facility", map[string]any{"name": "Main Street Clinic", "facility_npi": "1234567893"}).want(201).at("data", "id"))
	provider := text(w.ask("POST", "/api/practitioner", map[string]any{"fname": "Eduardo", "lname": "Platt", "npi": "1234567890"}).want(201).at("data", "id"))
	sent := map[string]any{
		"pc_catid": "5", "pc_title": "Office Visit", "pc_duration": "900", "pc_hometext": "Test", "pc_apptstatus": "!", "pc_eventDate": "2018-10-19", "pc_startTime": "09:00",
		"pc_facility": facility, "pc_billing_location": facility, "pc_aid": provider,
	}
	want := map[string]any{
		"pc_catid": 5, "pc_title": "Office Visit", "pc_duration": 900, "pc_hometext": "Test", "pc_apptstatus": "!", "pc_eventDate": "2018-10-19", "pc_startTime": "09:00:00", "pc_endTime": "09:15:00",
		"pc_facility": facility, "pc_billing_location": facility, "pc_aid": provider, "pid": pid, "puuid": id, "fname": "Ann", "facility_name": "Main Street Clinic", "billing_location_name": "Main Street Clinic", "pce_aid_npi": "1234567890",
	}
	path := "/api/patient/" + pid + "/appointment"
	eid := text(w.ask("POST", path, sent).want(200).at("id"))
	one := w.ask("GET", path+"/"+eid, nil).want(200).has(want, 0)
	w.ask("GET", "/api/appointment/"+eid, nil).want(200).has(want, 0)
	delete(want, "pc_duration")
	delete(want, "pc_hometext")
	w.ask("GET", path, nil).want(200).has(want, 0)
	w.ask("GET", "/api/appointment", nil).want(200).has(want, 0)
	a := get[*r4.Appointment](w, "Appointment", text(one.at(0, "pc_uuid")))
	if a.Status.V != "cancelled" || a.Start.V != "2018-10-19T09:00:00Z" || len(a.Participant) != 3 {
		t.Errorf("the appointment is %+v", a)
	}
	a.Status = fhir.NewCode("arrived")
	put(w, a)
	w.ask("GET", path+"/"+eid, nil).want(200).is("@", 0, "pc_apptstatus")
	t.Run("the portal shows the patient his own", func(t *testing.T) {
		w.patient = id
		w.ask("GET", "/portal/patient/appointment", nil).want(200).is(eid, 0, "pc_eid")
		w.ask("GET", "/portal/patient/appointment/"+text(one.at(0, "pc_uuid")), nil).want(200).is("Office Visit", "pc_title")
		w.patient = otherID
		w.ask("GET", "/portal/patient/appointment", nil).want(200).is("[]")
		w.ask("GET", "/portal/patient/appointment/"+eid, nil).want(404).is("<nil>")
	})
	t.Run("rules", func(t *testing.T) {
		w.ask("POST", "/api/patient/none/appointment", sent).want(400).is("pid must be for a valid patient", "pid", "pid")
		bad := map[string]any{"pc_catid": "x", "pc_title": "a", "pc_duration": "900", "pc_hometext": "", "pc_apptstatus": "-", "pc_eventDate": "2018-10-19", "pc_startTime": "9:00", "pc_facility": "1", "pc_billing_location": "1"}
		w.ask("POST", path, bad).want(400).is("pc catid must be numeric", "pc_catid", "Numeric::NOT_NUMERIC").is("pc startTime is too short and must be 5 characters long", "pc_startTime", "Length::TOO_SHORT").is("pc hometext must not be empty", "pc_hometext", "NotEmpty::EMPTY_VALUE")
		sent["pc_aid"] = "999"
		w.ask("POST", path, sent).want(400).is("pc_aid must be for a valid user", "pc_aid", "pc_aid")
	})
	t.Run("it belongs to its patient", func(t *testing.T) {
		w.ask("GET", "/api/patient/"+other+"/appointment/"+eid, nil).want(404)
		w.ask("DELETE", "/api/patient/"+other+"/appointment/"+eid, nil).want(404)
		w.ask("DELETE", path+"/"+eid, nil).want(200).is("record deleted", "message")
		w.ask("GET", path, nil).want(200).is("[]")
	})
}

func TestMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pid, id := w.someone()
	other, _ := w.someone()
	path := "/api/patient/" + pid + "/message"
	mid := text(w.ask("POST", path, map[string]any{"body": "First", "groupname": "Default", "from": "physician", "to": "admin", "title": "Other", "message_status": "New"}).want(201).at("mid"))
	w.ask("PUT", path+"/"+mid, map[string]any{"body": "Second", "message_status": "Done"}).want(200).is(mid, "mid")
	found, err := w.book().Find(w.context("fhir"), "Communication", map[string][]string{"subject": {"Patient/" + id}})
	if err != nil {
		t.Fatal(err)
	}
	c := found.Resources[0].(*r4.Communication)
	if len(c.Payload) != 2 || c.Status.V != "completed" {
		t.Errorf("the communication is %+v", c)
	}
	if s := c.Payload[1].Content.(*fhir.String).V; s[16:] != " (physician to admin) Second" {
		t.Errorf("the text is %q", s)
	}
	w.ask("POST", path, map[string]any{"body": "x"}).want(400).is("body must be 2 characters or longer", "body", "LengthBetween::TOO_SHORT").is("to must be provided, but does not exist", "to", "Required::NON_EXISTENT_KEY")
	w.ask("DELETE", "/api/patient/"+other+"/message/"+mid, nil).want(404)
	w.ask("DELETE", path+"/"+mid, nil).want(200).is("true")
	w.ask("PUT", path+"/"+mid, map[string]any{"body": "Third"}).want(404).is("<nil>")
}

func TestTransactionKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pid, _ := w.someone()
	from := text(w.ask("POST", "/api/practitioner", map[string]any{"fname": "Eduardo", "lname": "Platt", "npi": "9999999999"}).want(201).at("data", "id"))
	sent := map[string]any{
		"type": "LBTref", "groupname": "Default", "body": "Reason 1", "referralDate": "2022-01-01", "referByNpi": "9999999999", "referToNpi": "9999999999", "referDiagnosis": "Diag 1",
		"riskLevel": "Low", "includeVitals": "1", "authorization": "Auth_123", "visits": "1", "validFrom": "2022-01-02", "validThrough": "2022-01-03",
	}
	want := map[string]any{
		"title": "LBTref", "groupname": "Default", "body": "Reason 1", "refer_date": "2022-01-01", "refer_from": from, "refer_to": from, "refer_diag": "Diag 1", "refer_risk_level": "low",
		"refer_vitals": "1", "refer_authorization": "Auth_123", "refer_visits": "1", "refer_validFrom": "2022-01-02", "refer_validThrough": "2022-01-03",
	}
	path := "/api/patient/" + pid + "/transaction"
	w.ask("GET", path, nil).want(200).is("[]", "data")
	tid := text(w.ask("POST", path, sent).want(201).at("data", 0, "id"))
	w.ask("GET", path, nil).want(200).has(want, "data", 0, 0)
	want["body"], want["refer_visits"] = "Reason 2", "2"
	w.ask("PUT", "/api/transaction/"+tid, map[string]any{"body": "Reason 2", "visits": "2"}).want(200).has(want, "data", 0)
	w.ask("PUT", "/api/transaction/999", map[string]any{"visits": "2"}).want(404)
	w.ask("POST", path, map[string]any{"type": "LBTref", "body": "x"}).want(400).is("referralDate must be provided, but does not exist", "validationErrors", "referralDate", "Required::NON_EXISTENT_KEY")
	w.ask("GET", "/api/procedure", nil).want(200).is("[]", "data")
}
