package standard_test

import (
	"net/http"
	"strconv"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/fhir"
)

// numbered reads the resource with a number, as a FHIR client of the site sees it.
func numbered[T r4.Resource](w *world, typ, number string) T {
	w.t.Helper()
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	r, _, err := w.book().GetNumber(w.context(access.FHIR), typ, n)
	if err != nil {
		w.t.Fatal(err)
	}
	return r.(T)
}

// TestWhatFHIRChangesIsReadBack writes records through the Standard API, changes the resources underneath as a FHIR client
// would, and reads them back: with the change, and with the fields that FHIR has no place for. Patients, encounters, facilities,
// problems, allergies, notes, appointments and policies have the same beside their own tests.
func TestWhatFHIRChangesIsReadBack(t *testing.T) {
	onEachStore(t, testWhatFHIRChanges)
}

func testWhatFHIRChanges(t *testing.T, w *world) {
	pid, _ := w.someone()
	at := "/api/patient/" + pid
	for _, c := range []struct {
		name   string
		create string // path
		sent   map[string]any
		number []any                        // where the answer has the number
		change func(w *world, n string)     // as a FHIR client
		read   func(w *world, n string) any // the record
		want   map[string]any
	}{
		{
			name: "practitioner", create: "/api/practitioner", number: []any{"data", "id"},
			sent: map[string]any{"fname": "Ada", "lname": "Moss", "npi": "1234567893", "specialty": "Botany", "valedictory": "Yours"},
			change: func(w *world, n string) {
				p := numbered[*r4.Practitioner](w, "Practitioner", n)
				p.Name[0].Family = fhir.NewString("Fern")
				put(w, p)
			},
			read: func(w *world, n string) any {
				return w.ask(http.MethodGet, "/api/practitioner/"+n, nil).want(200).at("data")
			},
			want: map[string]any{"fname": "Ada", "lname": "Fern", "specialty": "Botany", "valedictory": "Yours"},
		},
		{
			name: "medication", create: at + "/medication", number: []any{"id"},
			sent: map[string]any{"title": "Norvasc", "begdate": "2013-10-22 00:00:00", "diagnosis": "RXCUI:58927"},
			change: func(w *world, n string) {
				m := numbered[*r4.MedicationRequest](w, "MedicationRequest", n)
				m.Medication.(*r4.CodeableConcept).Text = fhir.NewString("Amlodipine")
				put(w, m)
			},
			read: func(w *world, n string) any { return w.ask(http.MethodGet, at+"/medication/"+n, nil).want(200).at() },
			want: map[string]any{"title": "Amlodipine", "begdate": "2013-10-22 00:00:00", "diagnosis": "RXCUI:58927"},
		},
		{
			name: "surgery", create: at + "/surgery", number: []any{"id"},
			sent: map[string]any{"title": "Blepharoplasty", "begdate": "2013-10-22 00:00:00", "diagnosis": "CPT4:15823"},
			change: func(w *world, n string) {
				p := numbered[*r4.Procedure](w, "Procedure", n)
				p.Code.Text = fhir.NewString("Lid surgery")
				put(w, p)
			},
			read: func(w *world, n string) any { return w.ask(http.MethodGet, at+"/surgery/"+n, nil).want(200).at() },
			want: map[string]any{"title": "Lid surgery", "begdate": "2013-10-22 00:00:00", "diagnosis": "CPT4:15823"},
		},
		{
			name: "dental issue", create: at + "/dental_issue", number: []any{"id"},
			sent: map[string]any{"title": "Halitosis", "begdate": "2015-03-17 00:00:00", "diagnosis": "ICD10:R19.6"},
			change: func(w *world, n string) {
				c := numbered[*r4.Condition](w, "Condition", n)
				c.Code.Text = fhir.NewString("Caries")
				put(w, c)
			},
			read: func(w *world, n string) any {
				return w.ask(http.MethodGet, at+"/dental_issue/"+n, nil).want(200).at()
			},
			want: map[string]any{"title": "Caries", "begdate": "2015-03-17 00:00:00", "diagnosis": "ICD10:R19.6", "type": "dental"},
		},
		{
			name: "insurance company", create: "/api/insurance_company", number: []any{"iid"},
			sent: map[string]any{"name": "Cool Insurance Company", "attn": "Claims", "cms_id": "12345", "x12_receiver_id": "X1", "city": "Boston"},
			change: func(w *world, n string) {
				o := numbered[*r4.Organization](w, "Organization", n)
				o.Name = fhir.NewString("Cooler Insurance Company")
				put(w, o)
			},
			read: func(w *world, n string) any {
				return w.ask(http.MethodGet, "/api/insurance_company/"+n, nil).want(200).at()
			},
			want: map[string]any{"name": "Cooler Insurance Company", "attn": "Claims", "cms_id": "12345", "x12_receiver_id": "X1"},
		},
		{
			name: "transaction", create: at + "/transaction", number: []any{"data", 0, "id"},
			sent: map[string]any{"type": "LBTref", "groupname": "Default", "body": "Second opinion", "referralDate": "2022-01-01", "referByNpi": "9999999999", "riskLevel": "Low", "visits": "3"},
			change: func(w *world, n string) {
				x := numbered[*r4.ServiceRequest](w, "ServiceRequest", n)
				x.ReasonCode[0].Text = fhir.NewString("Third opinion")
				put(w, x)
			},
			read: func(w *world, _ string) any {
				return w.ask(http.MethodGet, at+"/transaction", nil).want(200).at("data", 0, 0)
			},
			want: map[string]any{"body": "Third opinion", "refer_date": "2022-01-01", "refer_risk_level": "low", "refer_visits": "3", "groupname": "Default"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			made := w.ask(http.MethodPost, c.create, c.sent)
			if made.status >= 300 {
				t.Fatalf("status %d: %s", made.status, made.body)
			}
			n := text(made.at(c.number...))
			c.change(w, n)
			record, _ := c.read(w, n).(map[string]any)
			for name, want := range c.want {
				if got := text(record[name]); got != text(want) {
					t.Errorf("%s is %s, want %s", name, got, want)
				}
			}
		})
	}
	t.Run("message", func(t *testing.T) { // has no read in the Standard API
		sent := map[string]any{"body": "Call back", "groupname": "Default", "from": "admin", "to": "physician", "title": "Other", "message_status": "New"}
		n := text(w.ask(http.MethodPost, at+"/message", sent).want(201).at("mid"))
		m := numbered[*r4.Communication](w, "Communication", n)
		m.Priority = fhir.NewCode("urgent")
		put(w, m)
		sent["message_status"] = "Done"
		w.ask(http.MethodPut, at+"/message/"+n, sent).want(200).is(n, "mid")
		if m = numbered[*r4.Communication](w, "Communication", n); m.Priority.V != "urgent" || m.Status.V != "completed" {
			t.Errorf("priority %q, status %q after an update", m.Priority.V, m.Status.V)
		}
	})
	t.Run("document", func(t *testing.T) {
		w.upload(pid, "/medical_record", "a.txt", []byte("text")).want(200)
		n := text(w.ask(http.MethodGet, at+"/document?path=/medical_record", nil).want(200).at(0, "id"))
		d := numbered[*r4.DocumentReference](w, "DocumentReference", n)
		d.Content[0].Attachment.Title = fhir.NewString("b.txt")
		put(w, d)
		w.ask(http.MethodGet, at+"/document?path=/medical_record", nil).want(200).has(map[string]any{"filename": "b.txt", "mimetype": "text/plain"}, 0)
	})
	t.Run("vital", func(t *testing.T) {
		eid := text(w.ask(http.MethodPost, at+"/encounter", map[string]any{"pc_catid": "5", "class_code": "AMB"}).want(201).at("data", "eid"))
		visit := at + "/encounter/" + eid
		n := text(w.ask(http.MethodPost, visit+"/vital", map[string]any{"pulse": "60", "weight": "220", "waist_circ": "37"}).want(201).at("vid"))
		panel := numbered[*r4.Observation](w, "Observation", n)
		for _, member := range panel.HasMember {
			o := get[*r4.Observation](w, "Observation", member.Reference.V[len("Observation/"):])
			if o.Code.Coding[0].Code.V == "8867-4" {
				o.Value = &r4.Quantity{Value: fhir.NewDecimal("72"), Unit: fhir.NewString("/min"), System: fhir.NewURI("http://unitsofmeasure.org"), Code: fhir.NewCode("/min")}
				put(w, o)
			}
		}
		w.ask(http.MethodGet, visit+"/vital/"+n, nil).want(200).has(map[string]any{"pulse": "72.000000", "weight": "220.000000", "waist_circ": "37.000000"})
	})
}
