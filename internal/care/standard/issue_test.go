package standard_test

import (
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

func TestPractitionerKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.ask("POST", "/api/facility", map[string]any{"name": "Main Street Clinic", "facility_npi": "1234567893"}).want(201)
	sent := map[string]any{
		"title": "Dr.", "fname": "Eduardo", "mname": "Kathy", "lname": "Platt", "npi": "1234567890", "facility_id": text(f.at("data", "id")), "email": "e@example.org",
		"federaltaxid": "T1", "federaldrugid": "D1", "upin": "U1", "facility": "Annex", "specialty": "Eyes", "billname": "Bill", "url": "https://e.example.org", "assistant": "Kim",
		"organization": "Org", "valedictory": "Yours", "street": "12 Elm", "streetb": "B", "city": "Oak", "state": "MA", "zip": "01103", "phone": "1", "fax": "2", "phonew1": "3",
		"phonecell": "4", "notes": "none", "state_license_number": "L9", "username": "eplatt",
	}
	made := w.ask("POST", "/api/practitioner", sent).want(201)
	id := text(made.at("data", "uuid"))
	w.ask("GET", "/api/practitioner/"+id, nil).want(200).has(sent, "data")
	w.ask("GET", "/api/practitioner?npi=1234567890&title=Dr.", nil).want(200).has(sent, "data", 0)
	w.ask("GET", "/api/user?lname=Platt&username=eplatt", nil).want(200).has(sent, "data", 0)
	w.ask("GET", "/api/user/"+id, nil).want(200).is("eplatt", "data", "username")
	w.ask("PUT", "/api/practitioner/"+id, map[string]any{"city": "Ash"}).want(200).has(map[string]any{"city": "Ash", "street": "12 Elm", "specialty": "Eyes"}, "data")
	w.ask("GET", "/api/practitioner/none", nil).want(400).is(" value none", "validationErrors", "uuid", "invalid or nonexisting value")
	w.ask("GET", "/api/user/none", nil).want(404).is("[]", "data")
	w.ask("POST", "/api/practitioner", map[string]any{"fname": "E", "lname": "Platt", "npi": "x", "facility_id": "y"}).want(400).
		is("First Name must be 2 characters or longer", "validationErrors", "fname", "LengthBetween::TOO_SHORT").
		is("NPI must be numeric", "validationErrors", "npi", "Numeric::NOT_NUMERIC").is("Facility Id must be numeric", "validationErrors", "facility_id", "Numeric::NOT_NUMERIC")
	t.Run("a user without an identifier is no practitioner", func(t *testing.T) {
		v := put(w, &r4.Practitioner{Name: []r4.HumanName{{Family: fhir.NewString("Clerk")}}})
		w.ask("GET", "/api/practitioner/"+v.ID, nil).want(404)
		w.ask("GET", "/api/user/"+v.ID, nil).want(200).is("Clerk", "data", "lname")
		w.ask("GET", "/api/practitioner?lname=Clerk", nil).want(200).is("[]", "data")
	})
}

func TestSoapNoteKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, patient, _ := w.visit()
	elsewhere, _, _ := w.visit()
	sent := map[string]any{"subjective": "It hurts,\n\"here\" & <there>", "objective": "Red", "assessment": "Bruise", "plan": "Ice"}
	made := w.ask("POST", path+"/soap_note", sent).want(201)
	sid := text(made.at("sid"))
	w.ask("GET", path+"/soap_note/"+sid, nil).want(200).has(sent).has(map[string]any{"id": sid, "user": "admin", "activity": 1})
	w.ask("GET", path+"/soap_note", nil).want(200).has(sent, 0)
	w.ask("GET", elsewhere+"/soap_note", nil).want(200).is("[]")
	w.ask("GET", elsewhere+"/soap_note/"+sid, nil).want(404).is("<nil>")
	w.ask("PUT", path+"/soap_note/"+sid, map[string]any{"plan": "Rest"}).want(200).is(sid, "sid")
	w.ask("GET", path+"/soap_note/"+sid, nil).want(200).has(map[string]any{"plan": "Rest", "subjective": nil})
	w.ask("POST", path+"/soap_note", map[string]any{"plan": "x"}).want(400).is("plan must be 2 characters or longer", "plan", "LengthBetween::TOO_SHORT")
	found, err := w.book().Find(w.context("fhir"), "Composition", map[string][]string{"patient": {"Patient/" + patient}})
	if err != nil || len(found.Resources) != 1 {
		t.Fatal(err, len(found.Resources))
	}
	c := found.Resources[0].(*r4.Composition)
	c.Section[0].Text.Div = fhir.Of[fhir.XHTML](`<div xmlns="http://www.w3.org/1999/xhtml"><p>Walk</p></div>`)
	put(w, c)
	w.ask("GET", path+"/soap_note/"+sid, nil).want(200).is("Walk\n", "plan")
}

func TestAllergyKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pid, id := w.someone()
	other, _ := w.someone()
	sent := map[string]any{"title": "Iodine", "begdate": "2010-10-13 08:00:00", "enddate": "2011-01-01 00:00:00", "diagnosis": "RXCUI:5933", "comments": "by phone"}
	made := w.ask("POST", "/api/patient/"+pid+"/allergy", sent).want(201)
	uuid := text(made.at("data", "uuid"))
	want := map[string]any{"title": "Iodine", "begdate": "2010-10-13 08:00:00", "enddate": "2011-01-01 00:00:00", "comments": "by phone", "pid": pid, "puuid": id, "type": "allergy", "verification": "unconfirmed", "activity": 0}
	w.ask("GET", "/api/patient/"+id+"/allergy", nil).want(200).has(want, "data", 0).is("RXCUI", "data", 0, "diagnosis", "5933", "code_type")
	w.ask("GET", "/api/allergy/"+uuid, nil).want(200).has(want, "data")
	w.ask("GET", "/api/allergy?title=Iodine&lists.pid="+pid, nil).want(200).has(want, "data", 0)
	w.ask("GET", "/api/allergy?lists.pid="+other, nil).want(200).is("[]", "data")
	w.ask("GET", "/api/patient/"+id+"/allergy/"+uuid, nil).want(200).has(want, "data", 0)
	w.ask("PUT", "/api/patient/"+id+"/allergy/"+uuid, map[string]any{"enddate": nil}).want(200).has(map[string]any{"enddate": nil, "activity": 1, "title": "Iodine"}, "data")
	a := get[*r4.AllergyIntolerance](w, "AllergyIntolerance", uuid)
	a.Criticality = fhir.NewCode("high")
	a.Reaction = []r4.AllergyIntoleranceReaction{{Manifestation: []r4.CodeableConcept{{Coding: []r4.Coding{{System: fhir.NewURI("http://snomed.info/sct"), Code: fhir.NewCode("247472004"), Display: fhir.NewString("Wheal")}}}}}}
	put(w, a)
	w.ask("GET", "/api/allergy/"+uuid, nil).want(200).has(map[string]any{"severity_al": "severe", "reaction": "hives", "reaction_title": "Hives", "comments": "by phone"}, "data")
	w.ask("GET", "/api/patient/"+other+"/allergy/"+uuid, nil).want(404)
	w.ask("DELETE", "/api/patient/"+other+"/allergy/"+uuid, nil).want(400)
	w.ask("DELETE", "/api/patient/"+id+"/allergy/"+uuid, nil).want(200).is(uuid, "data", "uuid")
	w.ask("GET", "/api/allergy/"+uuid, nil).want(404)
	w.ask("POST", "/api/patient/"+pid+"/allergy", map[string]any{"title": "Iodine", "begdate": "2010-10-13"}).want(400).is("begdate must be a valid date", "validationErrors", "begdate", "DateTime::INVALID_VALUE")
}

func TestListsOfTheChartKeepWhatIsWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ word, kind, diagnosis string }{
		{"medication", "medication", "RXCUI:58927"}, {"surgery", "surgery", "CPT4:15823"}, {"dental_issue", "dental", "ICD10:R19.6"},
	} {
		t.Run(c.word, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			pid, id := w.someone()
			other, _ := w.someone()
			sent := map[string]any{"title": "Something", "begdate": "2013-10-22 00:00:00", "enddate": "2014-01-01 10:00:00", "diagnosis": c.diagnosis}
			path := "/api/patient/" + pid + "/" + c.word
			n := text(w.ask("POST", path, sent).want(201).at("id"))
			w.ask("GET", path+"/"+n, nil).want(200).has(sent).has(map[string]any{"id": n, "pid": pid, "type": c.kind})
			w.ask("GET", "/api/patient/"+id+"/"+c.word, nil).want(200).has(sent, 0)
			w.ask("PUT", path+"/"+n, map[string]any{"begdate": "2013-10-23 00:00:00"}).want(200).is(n, "id")
			w.ask("GET", path+"/"+n, nil).want(200).has(map[string]any{"title": "Something", "begdate": "2013-10-23 00:00:00", "enddate": nil, "diagnosis": nil})
			w.ask("GET", "/api/patient/"+other+"/"+c.word, nil).want(200).is("[]")
			w.ask("GET", "/api/patient/"+other+"/"+c.word+"/"+n, nil).want(404).is("<nil>")
			w.ask("DELETE", "/api/patient/"+other+"/"+c.word+"/"+n, nil).want(404)
			w.ask("DELETE", path+"/"+n, nil).want(200).is("true")
			w.ask("GET", path+"/"+n, nil).want(404)
			w.ask("POST", path, map[string]any{"begdate": "today"}).want(400).is("title must be provided, but does not exist", "title", "Required::NON_EXISTENT_KEY").is("begdate must be a valid date", "begdate", "DateTime::INVALID_VALUE")
			w.ask("POST", "/api/patient/none/"+c.word, sent).want(404).is("<nil>")
			if c.word == "dental_issue" {
				w.ask("POST", path, sent).want(201)
				w.ask("GET", "/api/patient/"+pid+"/medical_problem", nil).want(200).is("[]", "data")
			}
		})
	}
}
