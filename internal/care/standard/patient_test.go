package standard_test

import (
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

func TestPatientKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := map[string]any{
		"title": "Mrs", "fname": "Ann", "mname": "Beth Cora", "lname": "Archer", "suffix": "III", "DOB": "1980-05-17", "sex": "Female",
		"street": "1 Elm", "street_line_2": "Flat 2", "city": "Springfield", "state": "MA", "postal_code": "01103", "country_code": "US", "county": "Hampden",
		"phone_home": "555-1", "phone_biz": "555-2", "phone_cell": "555-3", "phone_contact": "555-4", "email": "ann@example.org", "email_direct": "ann@direct.example.org",
		"ss": "999-11-2222", "pubpid": "C-17", "drivers_license": "D7", "race": "Asian", "ethnicity": "not_hisp_or_latin", "language": "Spanish", "status": "married",
		"occupation": "Potter", "usertext1": "anything", "fitness": 3, "mothersname": "Clark", "birth_lname": "Barker", "preferred_name": "Annie",
		"deceased_date": "2020-01-02 03:04:05", "deceased_reason": "age", "guardiansname": "none", "family_size": "4",
	}
	made := w.ask("POST", "/api/patient", sent).want(201)
	pid, id := text(made.at("data", "pid")), text(made.at("data", "uuid"))
	for _, ref := range []string{pid, id} {
		w.ask("GET", "/api/patient/"+ref, nil).want(200).has(sent, "data").has(map[string]any{"pid": pid, "uuid": id}, "data")
	}
	p := get[*r4.Patient](w, "Patient", id)
	if p.Name[0].Family.V != "Archer" || p.Gender.V != "female" || p.BirthDate.V != "1980-05-17" || p.Telecom[0].Value.V != "555-1" || p.Address[0].District.V != "Hampden" {
		t.Errorf("the FHIR patient does not say what was sent: %+v", p.Name)
	}

	t.Run("a change leaves what is not sent", func(t *testing.T) {
		changed := w.ask("PUT", "/api/patient/"+id, map[string]any{"lname": "Baker", "phone_cell": "", "occupation": "Smith"}).want(200)
		sent["lname"], sent["phone_cell"], sent["occupation"] = "Baker", "", "Smith"
		changed.has(sent, "data")
	})
	t.Run("what FHIR changes is read at once", func(t *testing.T) {
		p := get[*r4.Patient](w, "Patient", id)
		p.Name[0].Given = []fhir.String{fhir.NewString("Zoe")}
		p.Gender = fhir.NewCode("other")
		put(w, p)
		w.ask("GET", "/api/patient/"+id, nil).want(200).has(map[string]any{"fname": "Zoe", "mname": "", "sex": "Other", "usertext1": "anything"}, "data")
	})
}

func TestPatientMadeByFHIRReadsWell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := fhir.NewString("White")
	v := put(w, &r4.Patient{
		Name:      []r4.HumanName{{Family: fhir.NewString("Doe"), Given: []fhir.String{fhir.NewString("Jo"), fhir.NewString("Q")}}},
		Gender:    fhir.NewCode("unknown"),
		BirthDate: fhir.NewDate("1970-03"),
		Communication: []r4.PatientCommunication{{Language: &r4.CodeableConcept{
			Coding: []r4.Coding{{System: fhir.NewURI("urn:ietf:bcp:47"), Code: fhir.NewCode("en-US"), Display: fhir.NewString("English")}},
		}}},
		Extension: []fhir.Extension{{URL: "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race", Extension: []fhir.Extension{
			{URL: "ombCategory", Value: &r4.Coding{System: fhir.NewURI("urn:oid:2.16.840.1.113883.6.238"), Code: fhir.NewCode("2106-3")}},
			{URL: "text", Value: &text},
		}}},
	})
	w.ask("GET", "/api/patient/"+v.ID, nil).want(200).has(map[string]any{
		"fname": "Jo", "mname": "Q", "lname": "Doe", "sex": "UNK", "DOB": "1970-03", "language": "English", "race": "white", "pubpid": v.Number,
	}, "data")
}

func TestPatientRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	t.Run("every broken rule at once", func(t *testing.T) {
		w.ask("POST", "/api/patient", map[string]any{"fname": "", "lname": "A", "DOB": "1980-02-30", "email": "nobody"}).want(400).
			is("First Name must not be empty", "validationErrors", "fname", "NotEmpty::EMPTY_VALUE").
			is("Last Name must be 2 characters or longer", "validationErrors", "lname", "LengthBetween::TOO_SHORT").
			is("Date of Birth must be a valid date", "validationErrors", "DOB", "DateTime::INVALID_VALUE").
			is("sex must be provided, but does not exist", "validationErrors", "sex", "Required::NON_EXISTENT_KEY").
			is("Email nobody is not a valid email", "validationErrors", "email", "email").
			is("[]", "data").is("[]", "links").is("[]", "internalErrors")
	})
	t.Run("a body that is no object", func(t *testing.T) {
		w.ask("POST", "/api/patient", "{").want(400).is("body must be one JSON object", "validationErrors", "body", "Json::INVALID_VALUE")
	})
	t.Run("an unknown patient", func(t *testing.T) {
		w.ask("GET", "/api/patient/77", nil).want(400).is(" value 77", "validationErrors", "uuid", "invalid or nonexisting value")
		w.ask("PUT", "/api/patient/77", map[string]any{"fname": "X"}).want(400).is("UUID 77 does not exist", "validationErrors", "uuid", "77")
	})
	t.Run("an empty required field in a change", func(t *testing.T) {
		pid, _ := w.someone()
		w.ask("PUT", "/api/patient/"+pid, map[string]any{"fname": ""}).want(400).is("First Name must not be empty", "validationErrors", "fname", "NotEmpty::EMPTY_VALUE")
	})
}

func TestPatientPages(t *testing.T) { onEachStore(t, testPatientPages) }

func testPatientPages(t *testing.T, w *world) {
	for _, n := range []string{"Alba", "Bell", "Cole", "Dean", "Elba"} {
		w.ask("POST", "/api/patient", map[string]any{"fname": "Pat", "lname": n, "DOB": "1980-05-17", "sex": "Female", "city": n + "town"}).want(201)
	}
	put(w, &r4.Patient{Name: []r4.HumanName{{Family: fhir.NewString("Fogg")}}, Gender: fhir.NewCode("unknown")})
	w.ask("POST", "/api/patient", map[string]any{"fname": "Pat", "lname": "Gray", "DOB": "1990-05-17", "sex": "Intersex"}).want(201)
	names := func(query string) string {
		t.Helper()
		var all []string
		for _, p := range w.ask("GET", "/api/patient?"+query, nil).want(200).at("data").([]any) {
			all = append(all, p.(map[string]any)["lname"].(string))
		}
		return strings.Join(all, " ")
	}
	for _, c := range []struct{ name, query, want string }{
		{"ordered", "_sort=lname", "Alba Bell Cole Dean Elba Fogg Gray"},
		{"in descending order", "_sort=-lname", "Gray Fogg Elba Dean Cole Bell Alba"},
		{"a page", "_sort=lname&_limit=2&_offset=1", "Bell Cole"},
		{"past the end", "_sort=lname&_offset=9", ""},
		{"part of a name in any case", "_sort=lname&lname=LB", "Alba Elba"},
		{"a city", "city=beLL", "Bell"},
		{"nobody", "lname=Zed", ""},
		{"a sex that FHIR calls otherwise", "sex=UNK", "Fogg"},
		{"a sex that FHIR has no code for", "sex=Intersex", "Gray"},
		{"an exact filter", "DOB=1980-05-17&sex=Female&_sort=lname&_maxresults=1", "Alba"},
		{"an unknown parameter is ignored", "shoe=9&_sort=lname&_limit=1", "Alba"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := names(c.query); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("links", func(t *testing.T) {
		w.ask("GET", "/api/patient?_sort=lname&_limit=2&_offset=2", nil).want(200).
			is(address+"/api/patient?_limit=2&_offset=0&_sort=lname", "links", "first").
			is(address+"/api/patient?_limit=2&_offset=0&_sort=lname", "links", "previous").
			is(address+"/api/patient?_limit=2&_offset=4&_sort=lname", "links", "next")
	})
	t.Run("an unknown sort key", func(t *testing.T) {
		w.ask("GET", "/api/patient?_sort=shoe", nil).want(400).is("_sort must be in the defined set of values", "validationErrors", "_sort", "InArray::NOT_IN_ARRAY")
	})
	t.Run("a limit that is no number", func(t *testing.T) {
		w.ask("GET", "/api/patient?_limit=x", nil).want(400).is("a parameter does not have the documented form", "validationErrors", "request", "invalid")
	})
}
