package standard_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	portalapi "chartwright/gen/api/portal"
	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/fhir"
	"chartwright/tools/contract/check"
)

// contract holds the server to one of the documents that it serves.
type contract struct {
	*world
	api  *check.API
	made map[string]string // path of an operation, with a record of the site in it
}

func newContract(t *testing.T, w *world, load func() (*check.API, error)) *contract {
	t.Helper()
	a, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return &contract{world: w, api: a, made: map[string]string{}}
}

// example returns the example body of an operation.
func (c *contract) example(op *form.Operation) map[string]any {
	c.t.Helper()
	m, err := c.api.Example(op)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// create makes a record of the example of an operation and returns the number under the keys of the answer.
func (c *contract) create(id, path string, keys ...any) string {
	c.t.Helper()
	return text(c.ask(http.MethodPost, path, c.example(operationOf(c.t, id))).at(keys...))
}

func operationOf(t testing.TB, id string) *form.Operation {
	t.Helper()
	for i := range api.Operations {
		if api.Operations[i].ID == id {
			return &api.Operations[i]
		}
	}
	t.Fatalf("there is no operation %s", id)
	return nil
}

// fill makes one record of each kind and notes under which path each operation finds it.
func (c *contract) fill() {
	c.t.Helper()
	pid := c.create("createPatient", "/api/patient", "data", "pid")
	eid := c.create("createEncounter", "/api/patient/"+pid+"/encounter", "data", "eid")
	patient := "/api/patient/" + pid
	encounter := patient + "/encounter/" + eid
	c.patient = text(c.ask(http.MethodGet, patient, nil).at("data", "uuid"))
	number := func(id, path, key string) string { c.t.Helper(); return c.create(id, path, key) }
	practitioner := c.create("createPractitioner", "/api/practitioner", "data", "uuid")
	problem := c.create("createPatientMedicalProblem", patient+"/medical_problem", "data", "uuid")
	allergy := c.create("createPatientAllergy", patient+"/allergy", "data", "uuid")
	appointment := number("createPatientAppointment", patient+"/appointment", "id")
	insurance := c.create("createInsurance", patient+"/insurance", "data", "uuid")
	c.upload(pid, "/medical_record", "a.txt", []byte("text")).want(200)
	document := text(c.ask(http.MethodGet, patient+"/document?path=/medical_record", nil).at(0, "id"))
	subject := &r4.Reference{Reference: fhir.NewString("Patient/" + c.patient)}
	when := fhir.NewDateTime("2020-01-02")
	immunization := put(c.world, &r4.Immunization{Status: fhir.NewCode("completed"), Patient: subject, Occurrence: &when, VaccineCode: &r4.CodeableConcept{Text: fhir.NewString("Flu")}}).ID
	order := put(c.world, &r4.ServiceRequest{Status: fhir.NewCode("active"), Intent: fhir.NewCode("order"), Subject: subject, Code: &r4.CodeableConcept{Text: fhir.NewString("Count")}}).ID
	put(c.world, &r4.Observation{
		Status: fhir.NewCode("final"), Code: &r4.CodeableConcept{Text: fhir.NewString("Count")}, Subject: subject,
		BasedOn: []r4.Reference{{Reference: fhir.NewString("ServiceRequest/" + order)}}, Value: &r4.Quantity{Value: fhir.NewDecimal("4.2"), Unit: fhir.NewString("mg")},
	})
	drug := put(c.world, &r4.Medication{Code: &r4.CodeableConcept{Text: fhir.NewString("Norvasc")}}).ID
	prescription := put(c.world, &r4.MedicationRequest{Status: fhir.NewCode("active"), Intent: fhir.NewCode("order"), Subject: subject, AuthoredOn: fhir.NewDateTime("2020-02-03T10:00:00Z"), Medication: &r4.Reference{Reference: fhir.NewString("Medication/" + drug)}}).ID
	maps.Copy(c.made, map[string]string{
		"/api/patient/{pid}":                                 patient,
		"/api/patient/{pid}/encounter/{eid}":                 encounter,
		"/api/patient/{pid}/encounter/{eid}/vital/{vid}":     encounter + "/vital/" + number("createVital", encounter+"/vital", "vid"),
		"/api/patient/{pid}/encounter/{eid}/soap_note/{sid}": encounter + "/soap_note/" + number("createSoapNote", encounter+"/soap_note", "sid"),
		"/api/practitioner/{uuid}":                           "/api/practitioner/" + practitioner,
		"/api/user/{uuid}":                                   "/api/user/" + practitioner,
		"/api/facility/{uuid}":                               "/api/facility/" + c.create("createFacility", "/api/facility", "data", "uuid"),
		"/api/medical_problem/{uuid}":                        "/api/medical_problem/" + problem,
		"/api/patient/{pid}/medical_problem/{uuid}":          patient + "/medical_problem/" + problem,
		"/api/allergy/{uuid}":                                "/api/allergy/" + allergy,
		"/api/patient/{pid}/allergy/{uuid}":                  patient + "/allergy/" + allergy,
		"/api/patient/{pid}/medication/{mid}":                patient + "/medication/" + number("createMedication", patient+"/medication", "id"),
		"/api/patient/{pid}/surgery/{sid}":                   patient + "/surgery/" + number("createSurgery", patient+"/surgery", "id"),
		"/api/patient/{pid}/dental_issue/{did}":              patient + "/dental_issue/" + number("createDentalIssue", patient+"/dental_issue", "id"),
		"/api/appointment/{eid}":                             "/api/appointment/" + appointment,
		"/api/patient/{pid}/appointment/{eid}":               patient + "/appointment/" + appointment,
		"/api/list/{list_name}":                              "/api/list/sex",
		"/api/insurance_company/{iid}":                       "/api/insurance_company/" + number("createInsuranceCompany", "/api/insurance_company", "iid"),
		"/api/patient/{pid}/document":                        patient + "/document?path=/medical_record",
		"/api/patient/{pid}/document/{did}":                  patient + "/document/" + document,
		"/api/patient/{pid}/insurance/$swap-insurance":       patient + "/insurance/$swap-insurance?type=secondary&uuid=" + insurance,
		"/api/patient/{pid}/insurance/{uuid}":                patient + "/insurance/" + insurance,
		"/api/patient/{pid}/message/{mid}":                   patient + "/message/" + number("createMessage", patient+"/message", "mid"),
		"/api/transaction/{tid}":                             "/api/transaction/" + c.create("createTransaction", patient+"/transaction", "data", 0, "id"),
		"/api/immunization/{uuid}":                           "/api/immunization/" + immunization,
		"/api/procedure/{uuid}":                              "/api/procedure/" + order,
		"/api/drug/{uuid}":                                   "/api/drug/" + drug,
		"/api/prescription/{uuid}":                           "/api/prescription/" + prescription,
		"/portal/patient/encounter/{eid}":                    "/portal/patient/encounter/" + eid,
		"/portal/patient/appointment/{auuid}":                "/portal/patient/appointment/" + appointment,
	})
	for _, ops := range [][]form.Operation{api.Operations, portalapi.Operations} {
		for _, op := range ops {
			if _, known := c.made[op.Path]; !known {
				c.made[op.Path] = strings.NewReplacer("{pid}", pid, "{eid}", eid).Replace(op.Path)
			}
		}
	}
}

// call sends a request that follows the document.
func (c *contract) call(op *form.Operation) answer {
	c.t.Helper()
	path, known := c.made[op.Path]
	if !known || strings.Contains(path, "{") {
		c.t.Fatalf("no record is known for %s: add one to fill", op.Path)
	}
	if op.ID == "createDocument" {
		pid, _, _ := strings.Cut(strings.TrimPrefix(path, "/api/patient/"), "/")
		return c.upload(pid, "/medical_record", "b.txt", []byte("more"))
	}
	if op.Mode == form.NoBody {
		return c.ask(op.Method, path, nil)
	}
	body := c.example(op)
	if op.ID == "createInsurance" { // a policy of another day than the one that is there
		body["date"] = "2019-10-15"
	}
	return c.ask(op.Method, path, body)
}

// documented fails unless the status of an answer is documented and its body is as the document says.
func (c *contract) documented(t *testing.T, op *form.Operation, a answer) {
	t.Helper()
	if err := c.api.Documented(op, a.status, a.body); err != nil {
		t.Errorf("%s: %v", op.ID, err)
	}
}

func TestEveryOperationDoesWhatItsDocumentSays(t *testing.T) {
	onEachStore(t, testEveryOperation)
}

func testEveryOperation(t *testing.T, w *world) {
	standard, portal := newContract(t, w, check.Standard), newContract(t, w, check.Portal)
	standard.fill()
	portal.made, portal.patient = standard.made, standard.patient
	n := 0
	for _, last := range []bool{false, true} { // what deletes goes last
		for _, x := range []struct {
			*contract
			ops []form.Operation
		}{{standard, api.Operations}, {portal, portalapi.Operations}} {
			for i := range x.ops {
				op := &x.ops[i]
				if last != (op.Method == http.MethodDelete) {
					continue
				}
				n++
				a := x.call(op)
				if a.status >= 300 {
					t.Errorf("%s: status %d: %s", op.ID, a.status, a.body)
					continue
				}
				x.documented(t, op, a)
			}
		}
	}
	if n != 97 {
		t.Errorf("%d operations, want 97", n)
	}
}

func TestEveryRuleOfADocumentIsHeld(t *testing.T) {
	onEachStore(t, testEveryRule)
}

func testEveryRule(t *testing.T, w *world) {
	c := newContract(t, w, check.Standard)
	c.fill()
	for i := range api.Operations {
		op := &api.Operations[i]
		if op.Mode == form.NoBody {
			continue
		}
		t.Run(op.ID, func(t *testing.T) {
			required := false
			for _, f := range op.Fields {
				required = required || f.Required
			}
			if required {
				a := c.ask(op.Method, c.made[op.Path], map[string]any{}).want(400)
				c.documented(t, op, a)
				for _, f := range op.Fields {
					if f.Required {
						c.says(op, a, f.Name, check.Missing, f.Name+" must be provided, but does not exist")
					}
				}
			}
			for _, f := range op.Fields {
				for _, broken := range check.Breaches(f) {
					sent := c.example(op)
					sent[f.Name] = broken.Value
					a := c.ask(op.Method, c.made[op.Path], sent)
					if a.status != 400 {
						t.Errorf("%s: %s = %v: status %d, want 400", op.ID, f.Name, broken.Value, a.status)
						continue
					}
					c.documented(t, op, a)
					if got := check.Messages(op, a.body, f.Name); got[broken.Rule] == nil {
						t.Errorf("%s: %s = %.20v: %s is missing among %v", op.ID, f.Name, broken.Value, broken.Rule, got)
					}
				}
			}
		})
	}
}

func (c *contract) says(op *form.Operation, a answer, field, rule, message string) {
	c.t.Helper()
	if got := check.Messages(op, a.body, field)[rule]; got != message {
		c.t.Errorf("%s: %s: %s is %v, want %s", op.ID, field, rule, fmt.Sprint(got), message)
	}
}
