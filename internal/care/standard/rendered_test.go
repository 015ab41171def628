package standard_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
)

// chartOf makes a patient with a general practitioner and returns them.
func (w *world) chartOf(family string) (patient, practitioner *chart.Version) {
	w.t.Helper()
	practitioner = put(w, &r4.Practitioner{
		Name:       []r4.HumanName{{Family: fhir.NewString("Green")}},
		Identifier: []r4.Identifier{{System: fhir.NewURI("http://hl7.org/fhir/sid/us-npi"), Value: fhir.NewString("1234567893")}},
	})
	patient = put(w, &r4.Patient{
		Name:                []r4.HumanName{{Family: fhir.NewString(family)}},
		GeneralPractitioner: []r4.Reference{{Reference: fhir.NewString("Practitioner/" + practitioner.ID)}},
		MaritalStatus:       &r4.CodeableConcept{Coding: []r4.Coding{{System: fhir.NewURI("http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"), Code: fhir.NewCode("M")}}},
	})
	return patient, practitioner
}

func (w *world) remove(key chart.Key) {
	w.t.Helper()
	err := w.book().Write(w.context(access.FHIR), nil, func(u *record.Unit) error {
		_, err := u.Delete(key, chart.Expect{})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestRowsThatAreKeptAreNeverOld(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		patient, practitioner := w.chartOf("Before")
		path := "/api/patient/" + patient.ID
		shows := func(field, want string) {
			t.Helper()
			for range 2 { // the second time from what is kept
				w.ask("GET", path, nil).want(200).is(want, "data", field)
				w.ask("GET", "/api/patient", nil).want(200).is(want, "data", 0, field)
			}
		}
		shows("lname", "Before")
		shows("providerID", fmt.Sprint(practitioner.Number))

		p := get[*r4.Patient](w, "Patient", patient.ID)
		p.Name[0].Family = fhir.NewString("After")
		put(w, p)
		shows("lname", "After")

		w.remove(practitioner.Key)
		shows("providerID", "<nil>")
		w.remove(patient.Key)
		w.ask("GET", path, nil).want(400)
		if rows := w.ask("GET", "/api/patient", nil).want(200).at("data").([]any); len(rows) != 0 {
			t.Errorf("%d patients after the last was deleted", len(rows))
		}
	})
}

func TestVitalsThatAreKeptAreNeverOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, _, _ := w.visit()
	made := w.ask("POST", path+"/vital", map[string]any{"weight": "150", "pulse": "60"}).want(201)
	shows := func(field, want string) {
		t.Helper()
		for range 2 {
			w.ask("GET", path+"/vital", nil).want(200).is(want, 0, field)
		}
	}
	shows("weight", "150.000000")
	panel := get[*r4.Observation](w, "Observation", text(w.ask("GET", path+"/vital/"+text(made.at("vid")), nil).want(200).at("uuid")))
	for _, m := range panel.HasMember {
		o := get[*r4.Observation](w, "Observation", m.Reference.V[len("Observation/"):])
		if o.Code.Coding[0].Code.V == "29463-7" {
			o.Value.(*r4.Quantity).Value = fhir.NewDecimal("151")
			put(w, o)
		}
	}
	shows("weight", "151.000000")
	shows("pulse", "60.000000")
	w.ask("POST", path+"/vital", map[string]any{"weight": "152"}).want(201)
	if rows := w.ask("GET", path+"/vital", nil).want(200).at().([]any); len(rows) != 2 {
		t.Errorf("%d forms, want 2", len(rows))
	}
}

// What one caller may see is kept; another who may not see it must not get it from there, and the other way round.
func TestRowsThatAreKeptKnowTheCallersView(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	patient, practitioner := w.chartOf("Archer")
	path := "/api/patient/" + patient.ID
	all, number := w.filters, fmt.Sprint(practitioner.Number)
	for range 2 {
		w.filters = all
		w.ask("GET", path, nil).want(200).is(number, "data", "providerID")
		w.ask("GET", "/api/patient", nil).want(200).is(number, "data", 0, "providerID")

		w.filters = map[string][]string{"Practitioner": {"family=Nobody"}}
		w.ask("GET", path, nil).want(200).is("<nil>", "data", "providerID").is("Archer", "data", "lname")
		w.ask("GET", "/api/patient", nil).want(200).is("<nil>", "data", 0, "providerID")

		w.filters = map[string][]string{"Patient": {"family=Nobody"}}
		w.ask("GET", path, nil).want(400)
		if rows := w.ask("GET", "/api/patient", nil).want(200).at("data").([]any); len(rows) != 0 {
			t.Errorf("%d patients outside the view", len(rows))
		}
	}
}

// A request leaves the same audit events whether its rows are kept or made.
func TestRowsThatAreKeptLeaveTheSameAudit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.durable = true // so that every event is there when the answer is
	patient, _ := w.chartOf("Archer")
	path, _, _ := w.visit()
	w.ask("POST", path+"/vital", map[string]any{"weight": "150"}).want(201)
	w.ask("GET", "/api/patient", nil).want(200) // reads the lists, which serve for some seconds
	for _, path := range []string{"/api/patient/" + patient.ID, "/api/patient", path + "/vital"} {
		var events [3][]string
		for i := range events {
			before := w.trail()
			w.ask("GET", path, nil).want(200)
			events[i] = w.trail()[len(before):]
		}
		if len(events[0]) == 0 || !slices.Equal(events[1], events[2]) || len(events[1]) != len(events[0]) {
			t.Errorf("%s: %q", path, events)
		}
	}
}

// trail are the audit events, the oldest first.
func (w *world) trail() []string {
	w.t.Helper()
	var list []string
	err := w.site.AuditTrail(w.t.Context(), chart.AuditQuery{Limit: 1000}, func(e *chart.AuditEvent) bool {
		list = append(list, fmt.Sprint(e.Action, e.Type, e.ID, e.VID, e.Status, e.Patients))
		return true
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

func TestRowsThatAreKeptFollowTheLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	patient, _ := w.chartOf("Archer")
	path := "/api/patient/" + patient.ID
	w.ask("GET", path, nil).want(200).is("married", "data", "status")
	text := fhir.NewString("M")
	put(w, &r4.ValueSet{
		URL: fhir.NewURI("https://chartwright.example/fhir/ValueSet/list/marital"), Status: fhir.NewCode("active"),
		Compose: &r4.ValueSetCompose{Include: []r4.ValueSetComposeInclude{{
			System: fhir.NewURI("http://example.org/marital"),
			Concept: []r4.ValueSetComposeIncludeConcept{{Code: fhir.NewCode("wed"), Display: fhir.NewString("Wed"), Extension: []fhir.Extension{{
				URL:       "https://chartwright.example/fhir/StructureDefinition/standard-fields",
				Extension: []fhir.Extension{{URL: "notes", Value: &text}},
			}}}},
		}}},
	})
	w.ahead = 6 * time.Second
	for range 2 {
		w.ask("GET", path, nil).want(200).is("wed", "data", "status")
	}
}

// What is written by hand is what the generated types write.
func TestKeptRowsAreWrittenAsDocumented(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.chartOf(`O'Hara & <Söhne> "Ltd"`)
	w.chartOf("Archer")
	path, id, _ := w.visit()
	w.ask("POST", path+"/vital", map[string]any{"weight": "150", "note": "<b>"}).want(201)
	w.ask("POST", path+"/vital", map[string]any{"weight": "151"}).want(201)
	for path, v := range map[string]any{
		"/api/patient/" + id:                    &api.PatientRecord{},
		"/api/patient":                          &api.PatientPage{},
		"/api/patient?_limit=1&_offset=1":       &api.PatientPage{},
		"/api/patient?_offset=100":              &api.PatientPage{},
		"/api/patient?lname=Archer&_sort=lname": &api.PatientPage{},
		path + "/vital":                         &[]api.Vital{},
	} {
		got := w.ask("GET", path, nil).want(200).body
		if err := json.Unmarshal(got, v); err != nil {
			t.Fatalf("%s: %v: %s", path, err, got)
		}
		var want bytes.Buffer
		if err := json.NewEncoder(&want).Encode(v); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s:\n got %s\nwant %s", path, got, &want)
		}
	}
}
