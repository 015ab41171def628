package standard_test

import (
	"errors"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/form"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/tools/contract/check"
)

// differences are the proofs of the rows of docs/standard-api.md, by the first cell. One that needs the whole program names the
// package whose tests have it.
var differences = map[string]func(c *contract) error{
	"integers": func(c *contract) error {
		return is[float64](c.ask(http.MethodGet, "/api/facility", nil).want(200).at("data", 0, "id"))
	},
	"an empty collection, bare or of encounters": func(c *contract) error {
		pid, _ := c.someone()
		c.ask(http.MethodGet, "/api/patient/"+pid+"/medication", nil).want(200).is("[]")
		c.ask(http.MethodGet, "/api/patient/"+pid+"/encounter", nil).want(200).is("[]", "data")
		return nil
	},
	"a malformed identifier":        asks(http.MethodGet, "/api/allergy/%21", nil, 404),
	"a missing scope or right":      in("../../../tools/contract", "with the role none"),
	"a body that is no JSON object": asks(http.MethodPost, "/api/patient", "none", 400, "validationErrors", "body", "Json::INVALID_VALUE"),
	"a body without a known field":  onPath(http.MethodPut, "/api/facility/{uuid}", map[string]any{"nothing": "1"}, 200),
	"an API that is switched off":   in("../../web/httpd", `"switched off", ask{method: "GET", path: "/apis/default/api/patient"`),
	"upload of a refused file": func(c *contract) error {
		c.upload("1", "/medical_record", "a.exe", []byte("MZ\x90\x00")).want(400)
		return nil
	},
	"lengths": func(c *contract) error {
		sent := c.example(operationOf(c.t, "createPatient"))
		sent["fname"] = strings.Repeat("é", 255)
		c.ask(http.MethodPost, "/api/patient", sent).want(201)
		return nil
	},
	"children of a patient or encounter": func(c *contract) error {
		pid, _ := c.someone()
		_, own, _ := strings.Cut(c.made["/api/patient/{pid}/medication/{mid}"], "/medication/")
		c.ask(http.MethodGet, "/api/patient/"+pid+"/medication/"+own, nil).want(404)
		return nil
	},
	"updating or deleting what does not exist": func(c *contract) error {
		at := c.made["/api/patient/{pid}"] + "/medication/99999"
		c.ask(http.MethodPut, at, map[string]any{"title": "None"}).want(404)
		c.ask(http.MethodDelete, at, nil).want(404)
		return nil
	},
	"deleting": func(c *contract) error {
		at := c.made["/api/patient/{pid}"] + "/medication"
		n := c.create("createMedication", at, "id")
		id := text(c.ask(http.MethodGet, at+"/"+n, nil).want(200).at("uuid"))
		c.ask(http.MethodDelete, at+"/"+n, nil).want(200)
		if _, _, err := c.book().Get(c.context(access.FHIR), chart.Key{Type: "MedicationRequest", ID: id}); !fault.Is(err, fault.Gone) {
			return errors.New("a deleted medication is not Gone, but never was")
		}
		return nil
	},
	"PUT of a vital form":              vitalStays(map[string]any{"pulse": "61"}),
	"`uuid` of a vital form in a body": vitalStays(map[string]any{"pulse": "61", "uuid": "11111111-1111-4111-8111-111111111111"}),
	"PUT of a list entry or message without a title": func(c *contract) error {
		at := c.made["/api/patient/{pid}/medication/{mid}"]
		title := text(c.ask(http.MethodGet, at, nil).want(200).at("title"))
		c.ask(http.MethodPut, at, map[string]any{"begdate": "2020-01-01 00:00:00"}).want(200)
		c.ask(http.MethodGet, at, nil).want(200).is(title, "title")
		return nil
	},
	"the author in PUT of an encounter": func(c *contract) error {
		at := c.made["/api/patient/{pid}/encounter/{eid}"]
		c.ask(http.MethodPut, at, map[string]any{"user": "nobody", "group": "Default"}).want(400).is("Encounter Author is invalid", "validationErrors", "user", "Callback::INVALID_VALUE")
		c.ask(http.MethodPut, at, map[string]any{"user": "physician", "group": "Default"}).want(200)
		return nil
	},
	"PUT of a transaction": onPath(http.MethodPut, "/api/transaction/{tid}", map[string]any{"referralDate": "soon"}, 400),
	"`date_end` of a new policy": func(c *contract) error {
		newPolicy(c, "2017-10-15").is("2017-12-31", "data", "date_end")
		return nil
	},
	"POST and PUT of a policy": func(c *contract) error {
		newPolicy(c, "2016-10-15").is(c.patient, "data", "puuid")
		return nil
	},
	"`id` of a new insurance company": func(c *contract) error {
		sent := c.example(operationOf(c.t, "createInsuranceCompany"))
		sent["id"] = 4711
		if text(c.ask(http.MethodPost, "/api/insurance_company", sent).want(201).at("iid")) == "4711" {
			return errors.New("the number of the body was taken")
		}
		return nil
	},
	"a refused transaction": func(c *contract) error {
		pid, _ := c.someone()
		c.ask(http.MethodPost, "/api/patient/"+pid+"/transaction", map[string]any{"type": "LBTref"}).want(400)
		c.ask(http.MethodGet, "/api/patient/"+pid+"/transaction", nil).want(200).is("[]", "data")
		return nil
	},
	"`GET /api/user/{uuid}`": func(c *contract) error {
		if user, _ := c.ask(http.MethodGet, c.made["/api/user/{uuid}"], nil).want(200).at("data").(map[string]any); user["password"] != nil {
			return errors.New("there is a password")
		}
		return nil
	},
	"practitioner": func(c *contract) error {
		id := put(c.world, &r4.Practitioner{
			Name:       []r4.HumanName{{Family: fhir.NewString("Moss")}},
			Identifier: []r4.Identifier{{System: fhir.NewURI("http://hl7.org/fhir/sid/us-npi"), Value: fhir.NewString("1234567893")}},
		}).ID
		c.ask(http.MethodGet, "/api/practitioner?npi=1234567893", nil).want(200).is(id, "data", 0, "uuid")
		return nil
	},
	"documented filters that were ignored or failed": func(c *contract) error {
		c.ask(http.MethodGet, "/api/immunization?vis_date=2001-01-01", nil).want(200).is("[]", "data")
		c.ask(http.MethodGet, "/api/immunization?administered_date=2020-01-02%2000:00:00", nil).want(200).is("2020-01-02", "data", 0, "administered_date")
		c.ask(http.MethodGet, "/api/patient?postal_contact=nothing", nil).want(200).is("[]", "data")
		return nil
	},
	"`_limit`, `_offset`, `_sort`": func(c *contract) error {
		c.ask(http.MethodGet, "/api/procedure?_limit=1&_sort=-date_ordered", nil).want(200).is("1", "data", 0, "activity")
		for _, op := range c.api.Operations {
			if op.Method == http.MethodGet && strings.HasPrefix(op.ID, "list") && op.ID != "listInsuranceTypes" && len(op.Sort) == 0 {
				return errors.New(op.ID + " has no sort keys")
			}
		}
		return nil
	},
	"`_sort` by a date that a record lacks": func(c *contract) error {
		_, id := c.someone()
		subject := &r4.Reference{Reference: fhir.NewString("Patient/" + id)}
		for _, at := range []fhir.DateTime{{}, fhir.NewDateTime("2020-02-03")} {
			put(c.world, &r4.MedicationRequest{
				Status: fhir.NewCode("active"), Intent: fhir.NewCode("order"), Subject: subject, AuthoredOn: at,
				Medication: &r4.CodeableConcept{Text: fhir.NewString("dated " + at.V)},
			})
		}
		for _, key := range []string{"date", "-date"} {
			c.ask(http.MethodGet, "/api/patient/"+id+"/medication?_sort="+key, nil).want(200).is("dated 2020-02-03", 0, "title").is("dated ", 1, "title")
		}
		return nil
	},
	"links": func(c *contract) error {
		c.someone()
		next := text(c.ask(http.MethodGet, "/api/patient?_limit=1", nil).want(200).at("links", "next"))
		c.ask(http.MethodGet, strings.TrimPrefix(next, address), nil).want(200)
		if next == text(c.ask(http.MethodGet, "/api/patient", nil).want(200).at("links", "first")) {
			return errors.New("the next page is the first")
		}
		return nil
	},
	"`diagnosis.*.system`": func(c *contract) error {
		d, _ := c.ask(http.MethodGet, c.made["/api/medical_problem/{uuid}"], nil).want(200).at("data", "diagnosis").(map[string]any)
		for _, code := range d {
			if system := text(code.(map[string]any)["system"]); !strings.HasPrefix(system, "http") {
				return errors.New("the system is " + system)
			}
		}
		return nil
	},
	"dates of FHIR clients": func(c *contract) error {
		id := put(c.world, &r4.Patient{BirthDate: fhir.NewDate("1980")}).ID
		c.ask(http.MethodGet, "/api/patient/"+id, nil).want(200).is("1980", "data", "DOB")
		return nil
	},
	"times": func(c *contract) error {
		id := put(c.world, &r4.Encounter{
			Status: fhir.NewCode("finished"), Class: &r4.Coding{Code: fhir.NewCode("AMB")}, Subject: &r4.Reference{Reference: fhir.NewString("Patient/" + c.patient)},
			Period: &r4.Period{Start: fhir.NewDateTime("2020-06-01T12:00:00+02:00")},
		}).ID
		c.ask(http.MethodGet, c.made["/api/patient/{pid}"]+"/encounter/"+id, nil).want(200).is("2020-06-01 10:00:00", "data", "date")
		return nil
	},
	"file hash": func(c *contract) error {
		if hash := text(c.ask(http.MethodGet, c.made["/api/patient/{pid}/document"], nil).want(200).at(0, "hash")); len(hash) != 64 {
			return errors.New("the hash is " + hash)
		}
		return nil
	},
	"options of lists": func(c *contract) error {
		all, _ := c.ask(http.MethodGet, "/api/list/lists?_limit=200", nil).want(200).at().([]any)
		filled := 0
		for _, l := range all {
			if text(c.ask(http.MethodGet, "/api/list/"+text(l.(map[string]any)["option_id"]), nil).want(200).at()) != "[]" {
				filled++
			}
		}
		if len(all) != 172 || filled != 56 {
			c.t.Errorf("%d lists, %d with options", len(all), filled)
		}
		return nil
	},
	"a list that exists without options": func(c *contract) error {
		c.ask(http.MethodGet, "/api/list/adjreason", nil).want(200).is("[]")
		c.ask(http.MethodGet, "/api/list/nothing", nil).want(404).is("<nil>")
		return nil
	},
}

func is[T any](v any) error {
	if _, ok := v.(T); !ok {
		return errors.New(text(v) + " has another type")
	}
	return nil
}

// asks wants a status, and something under the keys.
func asks(method, path string, body any, status int, keys ...any) func(*contract) error {
	return func(c *contract) error {
		if a := c.ask(method, path, body).want(status); len(keys) > 0 && a.at(keys...) == nil {
			return errors.New("nothing is said")
		}
		return nil
	}
}

// onPath is asks for a record of the site.
func onPath(method, path string, body any, status int) func(*contract) error {
	return func(c *contract) error { c.ask(method, c.made[path], body).want(status); return nil }
}

// in wants a test of another package to speak of it.
func in(dir, words string) func(*contract) error {
	return func(*contract) error {
		files, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, f := range files {
			if data, err := os.ReadFile(dir + "/" + f.Name()); err == nil && strings.HasSuffix(f.Name(), "_test.go") && strings.Contains(string(data), words) {
				return nil
			}
		}
		return errors.New("no test in " + dir + " has " + words)
	}
}

// vitalStays changes a form of vital signs, whose identifier and date must stay.
func vitalStays(change map[string]any) func(*contract) error {
	return func(c *contract) error {
		at := c.made["/api/patient/{pid}/encounter/{eid}/vital/{vid}"]
		before := c.ask(http.MethodGet, at, nil).want(200)
		c.ask(http.MethodPut, at, change).want(200)
		c.ask(http.MethodGet, at, nil).want(200).has(map[string]any{"uuid": before.at("uuid"), "date": before.at("date"), "pulse": "61.000000"})
		return nil
	}
}

func newPolicy(c *contract, day string) answer {
	sent := c.example(operationOf(c.t, "createInsurance"))
	sent["date"], sent["date_end"] = day, day[:4]+"-12-31"
	return c.ask(http.MethodPost, c.made["/api/patient/{pid}"]+"/insurance", sent).want(200)
}

// rowsOf returns the rows of the table below a heading of the document, cell by cell.
func rowsOf(t *testing.T, document, heading string) [][]string {
	t.Helper()
	_, section, found := strings.Cut(document, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("there is no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows [][]string
	for line := range strings.SplitSeq(section, "\n") {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows[2:] // without the head and the line below it
}

// TestTheDocumentedDifferencesHold holds the server to the page that names every difference from OpenEMR: each row has a proof
// here, each proof a row there, and each operation that OpenEMR ships broken answers with a record.
func TestTheDocumentedDifferencesHold(t *testing.T) {
	onEachStore(t, testDifferences)
}

func testDifferences(t *testing.T, w *world) {
	data, err := os.ReadFile("../../../docs/standard-api.md")
	if err != nil {
		t.Fatal(err)
	}
	standard, portal := newContract(t, w, check.Standard), newContract(t, w, check.Portal)
	standard.fill()
	portal.made, portal.patient = standard.made, standard.patient
	broken := rowsOf(t, string(data), "What OpenEMR 7.0.4 ships broken")
	if len(broken) != 22 {
		t.Errorf("%d operations are named as broken, want 22", len(broken))
	}
	for _, row := range broken {
		t.Run(row[0], func(t *testing.T) {
			c := standard
			if strings.Contains(row[0], "/portal/") {
				c = portal
			}
			i := slices.IndexFunc(c.api.Operations, func(op form.Operation) bool { return "`"+op.Method+" "+op.Path+"`" == row[0] })
			if i < 0 {
				t.Fatal("the document of the API does not have it")
			}
			op := &c.api.Operations[i]
			a := c.call(op)
			c.documented(t, op, a)
			if a.status >= 300 || empty.Match(a.body) {
				t.Errorf("status %d: %s", a.status, a.body)
			}
		})
	}
	proofs := maps.Clone(differences)
	for _, row := range rowsOf(t, string(data), "Differences from OpenEMR 7") {
		prove := proofs[row[0]]
		delete(proofs, row[0])
		t.Run(row[0], func(t *testing.T) {
			if prove == nil {
				t.Fatal("nothing proves it")
			}
			if len(row) != 4 || slices.Contains(row, "") {
				t.Errorf("it does not say what is where and why: %q", row)
			}
			c := *standard
			own := *standard.world
			own.t, c.world = t, &own
			if err := prove(&c); err != nil {
				t.Error(err)
			}
		})
	}
	for name := range proofs {
		t.Errorf("the document does not speak of %q", name)
	}
}

// empty matches an answer without a record.
var empty = regexp.MustCompile(`^(\[\]|\{\}|null|.*"data":\[\].*)\s*$`)
