package standard_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/fhirtest"
	"chartwright/tools/contract/check"
)

// synthea returns the files of the made-up patients, or skips the test. The folder lies beside the repository.
func synthea(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(fhirtest.Folder(t, "synthea"), "*.json.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no bundles: %v", err)
	}
	sort.Strings(files) // hospitals and practitioners first
	return files
}

type bundle struct {
	Entry []struct {
		FullURL  string          `json:"fullUrl"`
		Resource json.RawMessage `json:"resource"`
	} `json:"entry"`
}

// load stores a transaction bundle under the ids of its entries; known collects what references by identifier stand for.
func (w *world) load(file string, known map[string]string) {
	w.t.Helper()
	f, err := os.Open(file)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		w.t.Fatal(err)
	}
	var b bundle
	if err := json.NewDecoder(z).Decode(&b); err != nil {
		w.t.Fatal(err)
	}
	type head struct {
		ResourceType, ID string
		Identifier       json.RawMessage
	}
	var replace []string
	heads := make([]head, len(b.Entry))
	for i, e := range b.Entry {
		if err := json.Unmarshal(e.Resource, &heads[i]); err != nil {
			w.t.Fatal(err)
		}
		replace = append(replace, `"`+e.FullURL+`"`, `"`+heads[i].ResourceType+"/"+heads[i].ID+`"`)
		var ids []struct{ System, Value string }
		_ = json.Unmarshal(heads[i].Identifier, &ids)
		for _, id := range ids {
			known[heads[i].ResourceType+"?identifier="+id.System+"|"+id.Value] = heads[i].ResourceType + "/" + heads[i].ID
		}
	}
	for from, to := range known {
		replace = append(replace, `"`+from+`"`, `"`+to+`"`)
	}
	names := strings.NewReplacer(replace...)
	ctx, book := w.context(access.FHIR), w.book()
	touch := make([]chart.Key, len(heads))
	for i, h := range heads {
		touch[i] = chart.Key{Type: h.ResourceType, ID: h.ID}
	}
	err = book.Write(ctx, touch, func(u *record.Unit) error {
		for i, e := range b.Entry {
			r, err := r4.Unmarshal([]byte(names.Replace(string(e.Resource))))
			if err != nil {
				return fmt.Errorf("entry %d: %w", i, err)
			}
			draft, err := book.Draft(ctx, r, heads[i].ID)
			if err != nil {
				return fmt.Errorf("entry %d: %w", i, err)
			}
			if _, err := u.Put(draft, chart.Update, chart.Expect{}); err != nil {
				return fmt.Errorf("entry %d: %w", i, err)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatalf("%s: %v", filepath.Base(file), err)
	}
}

func TestEveryChartMadeByFHIRIsServed(t *testing.T) {
	if testing.Short() {
		t.Skip("loads whole charts")
	}
	files := synthea(t)
	onEachStore(t, func(t *testing.T, w *world) { testCharts(t, w, files) })
}

func testCharts(t *testing.T, w *world, files []string) {
	known := map[string]string{}
	for _, f := range files {
		w.load(f, known)
	}
	c := newContract(t, w, check.Standard)
	served := map[string]int{}
	read := func(id, path string) answer {
		t.Helper()
		op := operationOf(t, id)
		a := w.ask(http.MethodGet, path, nil).want(200)
		c.documented(t, op, a)
		return a
	}
	rows := func(a answer, keys ...any) []any {
		all, _ := a.at(keys...).([]any)
		return all
	}
	field := func(row any, name string) string { return text(row.(map[string]any)[name]) }
	patients := rows(read("listPatients", "/api/patient?_limit=200"), "data")
	for _, p := range patients {
		pid := field(p, "pid")
		at := "/api/patient/" + pid
		read("getPatient", at)
		for _, x := range []struct{ list, one, word, id string }{
			{"listPatientMedicalProblems", "getPatientMedicalProblem", "medical_problem", "uuid"},
			{"listPatientAllergies", "getPatientAllergy", "allergy", "uuid"},
			{"listInsurances", "getInsurance", "insurance", "uuid"},
		} {
			for _, row := range rows(read(x.list, at+"/"+x.word), "data") {
				read(x.one, at+"/"+x.word+"/"+field(row, x.id))
				served[x.word]++
			}
		}
		for _, x := range []struct{ list, one, word, id string }{
			{"listMedications", "getMedication", "medication", "id"}, {"listSurgeries", "getSurgery", "surgery", "id"},
			{"listDentalIssues", "getDentalIssue", "dental_issue", "id"}, {"listPatientAppointments", "getPatientAppointment", "appointment", "pc_eid"},
		} {
			for _, row := range rows(read(x.list, at+"/"+x.word)) {
				read(x.one, at+"/"+x.word+"/"+field(row, x.id))
				served[x.word]++
			}
		}
		read("listEmployers", at+"/employer")
		read("listTransactions", at+"/transaction")
		for _, row := range rows(read("listDocuments", at+"/document?path=/medical_record")) {
			if len(w.ask(http.MethodGet, at+"/document/"+field(row, "id"), nil).want(200).body) == 0 {
				t.Errorf("document %s is empty", field(row, "id"))
			}
			served["document"]++
		}
		for i, row := range rows(read("listEncounters", at+"/encounter"), "data") {
			if i == 20 {
				break // enough of one patient
			}
			encounter := at + "/encounter/" + field(row, "eid")
			read("getEncounter", encounter)
			read("listSoapNotes", encounter+"/soap_note")
			for _, v := range rows(read("listVitals", encounter+"/vital")) {
				read("getVital", encounter+"/vital/"+field(v, "id"))
				served["vital"]++
			}
			served["encounter"]++
		}
	}
	for _, x := range []struct{ list, one, word, id string }{
		{"listFacilities", "getFacility", "facility", "uuid"}, {"listPractitioners", "getPractitioner", "practitioner", "uuid"}, {"listUsers", "getUser", "user", "uuid"},
		{"listMedicalProblems", "getMedicalProblem", "medical_problem", "uuid"}, {"listAllergies", "getAllergy", "allergy", "uuid"},
		{"listImmunizations", "getImmunization", "immunization", "uuid"}, {"listProcedures", "getProcedure", "procedure", "uuid"},
		{"listDrugs", "getDrug", "drug", "uuid"}, {"listPrescriptions", "getPrescription", "prescription", "uuid"},
	} {
		for i, row := range rows(read(x.list, "/api/"+x.word+"?_limit=30"), "data") {
			if i < 5 {
				read(x.one, "/api/"+x.word+"/"+field(row, x.id))
			}
			served[x.word]++
		}
	}
	t.Logf("%d patients, %v", len(patients), served)
	for _, word := range []string{"encounter", "vital", "medical_problem", "medication", "facility", "practitioner", "immunization", "procedure", "prescription"} {
		if served[word] == 0 {
			t.Errorf("nothing was served as %s", word)
		}
	}
}
