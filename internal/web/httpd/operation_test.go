package httpd_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/setting"
)

func TestValidate(t *testing.T) { onEachStore(t, testValidate) }

func testValidate(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	w.subject("reading", &access.Subject{Actor: access.System, UserID: "reading"}, "system/*.rs")
	parameters := `{"resourceType":"Parameters","parameter":[{"name":"mode","valueCode":"update"},{"name":"resource","resource":` + ann + `}]}`
	w.play(t, []scenario{
		{"good", ask{method: "POST", path: "Patient/$validate", body: ann}, 200, []string{`"severity":"information"`}, []string{`"error"`}},
		{"a rule is broken", ask{method: "POST", path: "Observation/$validate", body: `{"resourceType":"Observation"}`}, 200, []string{"Observation.status", "Observation.code"}, nil},
		{"a rule in FHIRPath is broken", ask{method: "POST", path: "Patient/$validate", body: `{"resourceType":"Patient","contact":[{"gender":"male"}]}`}, 200, []string{`"code":"invariant"`, "pat-1", `"expression":["Patient.contact[0]"]`}, []string{"no error was found"}},
		{"what should be different", ask{method: "POST", path: "Patient/$validate", body: `{"resourceType":"Patient"}`}, 200, []string{`"severity":"warning"`, "dom-6", "no error was found"}, []string{`"severity":"error"`}},
		{"malformed", ask{method: "POST", path: "Patient/$validate", body: `{"resourceType":"Patient","colour":1}`}, 200, []string{"Patient.colour"}, nil},
		{"another type", ask{method: "POST", path: "Group/$validate", body: ann}, 200, []string{"Group is expected"}, nil},
		{"what is stored", ask{method: "GET", path: "Patient/ann/$validate"}, 200, []string{`"severity":"information"`}, nil},
		{"in Parameters", ask{method: "POST", path: "Patient/ann/$validate", body: parameters}, 200, []string{`"severity":"information"`}, nil},
		{"an update of another", ask{method: "POST", path: "Patient/bob/$validate", body: parameters}, 200, []string{"Patient.id"}, nil},
		{"a base definition", ask{method: "POST", path: "Patient/$validate?profile=http://hl7.org/fhir/StructureDefinition/Patient", body: ann}, 200, []string{`"severity":"information"`}, []string{`"error"`}},
		{"a base definition of all", ask{method: "POST", path: "Patient/$validate?profile=http://hl7.org/fhir/StructureDefinition/DomainResource|4.0.1", body: ann}, 200, nil, []string{`"error"`}},
		{"the base definition of another type", ask{method: "POST", path: "Patient/$validate?profile=http://hl7.org/fhir/StructureDefinition/Group", body: ann}, 200, []string{"another type than Patient"}, nil},
		{"another version of FHIR", ask{method: "POST", path: "Patient/$validate?profile=http://hl7.org/fhir/StructureDefinition/Patient|5.0.0", body: ann}, 200, []string{"not-supported"}, nil},
		{"mode profile without one", ask{method: "POST", path: "Patient/$validate?mode=profile", body: ann}, 200, []string{"needs the parameter profile"}, nil},
		{"mode create", ask{method: "POST", path: "Patient/$validate?mode=create", body: ann}, 200, nil, []string{`"error"`}},
		{"mode create by one who may not", ask{method: "POST", path: "Patient/$validate?mode=create", body: ann, token: "reading"}, 200, []string{"may not create"}, nil},
		{"mode create of what is there", ask{method: "POST", path: "Patient/ann/$validate?mode=create", body: ann}, 200, []string{"called on the type"}, nil},
		{"mode update of a type", ask{method: "POST", path: "Patient/$validate?mode=update", body: ann}, 200, []string{"called on the resource"}, nil},
		{"mode delete", ask{method: "GET", path: "Patient/ann/$validate?mode=delete"}, 200, []string{`"severity":"information"`}, []string{`"error"`}},
		{"mode delete of nothing", ask{method: "GET", path: "Patient/bob/$validate?mode=delete"}, 404, nil, nil},
		{"no such mode", ask{method: "POST", path: "Patient/$validate?mode=fly", body: ann}, 200, []string{"code-invalid"}, nil},
		{"no such parameter", ask{method: "POST", path: "Patient/$validate?colour=green", body: ann}, 400, []string{"colour"}, nil},
		{"all that can't be read, and what else is wrong", ask{method: "POST", path: "Patient/$validate", body: manyFaults}, 200,
			[]string{`"Patient.name[0].family"`, `"Patient.name[1]"`, `"Patient.name[2].given[0]"`, `"Patient.colour"`, `"Patient.deceased"`, `"Patient.contact[0].gender"`, `"Patient.name[3].use"`, `"Patient.link[0].type"`}, []string{"pat-1", `"required"`, "no error was found"}},
		{"as a parameter", ask{method: "POST", path: "Patient/$validate", body: `{"resourceType":"Parameters","parameter":[{"name":"mode","valueCode":"create"},{"name":"resource","resource":` + manyFaults + `}]}`}, 200,
			[]string{`"Patient.name[0].family"`, `"Patient.name[3].use"`, `"Patient.colour"`}, []string{"Parameters", "no error was found"}},
		{"Parameters themselves", ask{method: "POST", path: "Parameters/$validate", body: `{"resourceType":"Parameters","parameter":[{"name":"x","valueString":"y"}]}`}, 200, []string{"no error was found"}, nil},
		{"XML that can't be read", ask{method: "POST", path: "Patient/$validate", body: `<Patient xmlns="http://hl7.org/fhir"><colour value="green"/></Patient>`, header: map[string]string{"Content-Type": "application/fhir+xml"}}, 200, []string{"Patient.colour", `"error"`}, nil},
		{"a profile that a resource claims is no silent pass", ask{method: "POST", path: "Patient/$validate", body: `{"resourceType":"Patient","meta":{"profile":["http://hl7.org/fhir/StructureDefinition/Patient","http://example.org/p"]}}`}, 200, []string{`"warning"`, "Patient.meta.profile[1]"}, []string{`"error"`, "profile[0]"}},
		{"a profile is no silent pass", ask{method: "POST", path: "Patient/$validate?profile=http://example.org/p", body: ann}, 200, []string{"not-supported"}, nil},
		{"nothing to check", ask{method: "GET", path: "Patient/$validate"}, 400, nil, nil},
		{"nothing is stored", ask{method: "GET", path: "Patient?_summary=count"}, 200, []string{`"total":1`}, nil},
	})
}

// manyFaults is a Patient with faults of form, the decoder's, and beside them some that the tables tell.
const manyFaults = `{"resourceType":"Patient","colour":"green","name":[{"family":5},{},{"given":["",null]},{"use":"sometimes","family":"Ash"}],
	"deceasedBoolean":true,"deceasedDateTime":"2020","contact":[{"gender":"none"}],"link":[{"type":7,"other":{"reference":"Patient/bob"}}]}`

func TestMetaOperations(t *testing.T) { onEachStore(t, testMetaOperations) }

func testMetaOperations(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	w.must(201, ask{method: "PUT", path: "Patient/labelled", body: `{"resourceType":"Patient","id":"labelled","meta":{"profile":["http://example.org/q"],"security":[{"system":"urn:s","code":"R"}],"tag":[{"system":"urn:t","code":"in-use"}]}}`})
	w.subject("nothing", &access.Subject{Actor: access.System, UserID: "nothing"}, "")
	w.subject("herself", &access.Subject{Actor: access.Patient, UserID: "u-ann", FHIRUser: "Patient/ann", Patient: "ann"}, "patient/*.rs")
	change := `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"system":"urn:t","code":"vip"}],"profile":["http://example.org/p"]}}]}`
	batch := `{"resourceType":"Bundle","type":"batch","entry":[` + entry("", change, "POST", "Patient/ann/$meta-add", `,"ifMatch":"W/\"4\""`) + `]}`
	at := func(tags string) map[string]string { return map[string]string{"If-Match": tags} }
	stale := []string{"OperationOutcome", "If-Match"}
	w.play(t, []scenario{
		{"what there is", ask{method: "GET", path: "Patient/ann/$meta"}, 200, []string{`"name":"return"`, `"versionId":"1"`}, []string{"vip"}},
		{"add", ask{method: "POST", path: "Patient/ann/$meta-add", body: change}, 200, []string{"vip", `"versionId":"2"`}, nil},
		{"add again", ask{method: "POST", path: "Patient/ann/$meta-add", body: change}, 200, []string{`"tag":[{"system":"urn:t","code":"vip"}]`}, nil},
		{"it is in the resource", ask{method: "GET", path: "Patient?_tag=urn:t|vip"}, 200, []string{"Ash", "vip"}, nil},
		{"delete", ask{method: "POST", path: "Patient/ann/$meta-delete", body: change}, 200, []string{`"versionId":"4"`}, []string{"vip"}},
		{"delete from another version", ask{method: "POST", path: "Patient/ann/$meta-delete", body: change, header: at(`W/"3"`)}, 412, stale, nil},
		{"add to another version", ask{method: "POST", path: "Patient/ann/$meta-add", body: change, header: at(`W/"3"`)}, 412, stale, nil},
		{"add to no version", ask{method: "POST", path: "Patient/ann/$meta-add", body: change, header: at("three")}, 400, []string{"OperationOutcome", "http.If-Match"}, nil},
		{"add unless it is this version", ask{method: "POST", path: "Patient/ann/$meta-add", body: change, header: map[string]string{"If-None-Match": `W/"4"`}}, 412, []string{"If-None-Match"}, nil},
		{"nothing has happened", ask{method: "GET", path: "Patient/ann/$meta"}, 200, []string{`"versionId":"4"`}, []string{"vip"}},
		{"add to this version", ask{method: "POST", path: "Patient/ann/$meta-add", body: change, header: at(`W/"3", W/"4"`)}, 200, []string{"vip", `"versionId":"5"`}, nil},
		{"in a batch", ask{method: "POST", body: batch}, 200, []string{`"status":"412`, "If-Match"}, nil},
		{"delete from this version", ask{method: "POST", path: "Patient/ann/$meta-delete", body: change, header: at(`W/"5"`)}, 200, []string{`"versionId":"6"`}, []string{"vip"}},
		{"add to what is not there", ask{method: "POST", path: "Patient/bob/$meta-add", body: change, header: at(`*`)}, 404, nil, nil},
		{"what is in use on a type", ask{method: "GET", path: "Patient/$meta"}, 200, []string{`"name":"return"`, "in-use", "http://example.org/q", "urn:s"}, []string{"vip"}},
		{"on another type", ask{method: "GET", path: "Group/$meta"}, 200, nil, []string{"in-use"}},
		{"on the whole server", ask{method: "GET", path: "$meta"}, 200, []string{"in-use", "http://example.org/q"}, nil},
		{"of no type that may be read", ask{method: "GET", path: "Patient/$meta", token: "nothing"}, 403, nil, nil},
		{"of no type at all", ask{method: "GET", path: "$meta", token: "nothing"}, 403, nil, nil},
		{"within one record", ask{method: "GET", path: "Patient/$meta", token: "herself"}, 403, nil, []string{"in-use"}},
		{"within one record, of all", ask{method: "GET", path: "$meta", token: "herself"}, 403, nil, []string{"in-use"}},
		{"by POST alone", ask{method: "GET", path: "Patient/ann/$meta-add"}, 405, nil, nil},
		{"without meta", ask{method: "POST", path: "Patient/ann/$meta-add", body: `{"resourceType":"Parameters"}`}, 400, nil, nil},
		{"of nothing", ask{method: "GET", path: "Patient/bob/$meta"}, 404, nil, nil},
	})

	// Of many who have read the same version, one changes it.
	const writers = 8
	var wg sync.WaitGroup
	var done atomic.Int32
	for range writers {
		wg.Go(func() {
			if w.do(ask{method: "POST", path: "Patient/ann/$meta-add", body: change, header: at(`W/"6"`)}).Code == 200 {
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if done.Load() != 1 {
		t.Errorf("%d of %d changed the same version", done.Load(), writers)
	}
	w.must(200, ask{method: "GET", path: "Patient/ann/_history/7"})
	w.must(404, ask{method: "GET", path: "Patient/ann/_history/8"})
}

func TestEverything(t *testing.T) { onEachStore(t, testEverything) }

func testEverything(t *testing.T, w *world) {
	w.twoPatients()
	w.must(201, ask{method: "PUT", path: "Encounter/e", body: `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"},"participant":[{"individual":{"reference":"Practitioner/doc"}}]}`})
	seen := map[string]int{}
	for next := "Patient/ann/$everything?_count=2"; next != ""; {
		v := w.must(200, ask{method: "GET", path: next})
		for _, e := range v["entry"].([]any) {
			r := e.(map[string]any)["resource"].(map[string]any)
			seen[fmt.Sprint(r["resourceType"], "/", r["id"])]++
		}
		next = link(v, "next")
	}
	for _, want := range []string{"Patient/ann", "Observation/ann-laboratory", "Observation/ann-vital-signs", "Encounter/e", "Practitioner/doc"} {
		if seen[want] != 1 {
			t.Errorf("%s is there %d times", want, seen[want])
		}
	}
	for key := range seen {
		if strings.Contains(key, "bob") {
			t.Errorf("%s belongs to another patient", key)
		}
	}
	w.play(t, []scenario{
		{"some types", ask{method: "GET", path: "Patient/ann/$everything?_type=Encounter"}, 200, []string{"Encounter/e"}, []string{"secret", "Ofann", "Healer"}},
		{"since", ask{method: "GET", path: "Patient/ann/$everything?_since=2999-01-01T00:00:00Z"}, 200, []string{"Ofann"}, []string{"secret"}},
		{"her own", ask{method: "GET", path: "Patient/ann/$everything", token: "ann"}, 200, []string{"secret of ann"}, []string{"secret of bob"}},
		{"not another's", ask{method: "GET", path: "Patient/bob/$everything", token: "ann"}, 404, nil, []string{"secret"}},
		{"only what may be searched", ask{method: "GET", path: "Patient/ann/$everything", token: "observations"}, 403, nil, []string{"secret"}},
		{"of an encounter", ask{method: "GET", path: "Encounter/e/$everything"}, 200, []string{"Encounter/e", "Healer"}, []string{"secret"}},
		{"what is not offered", ask{method: "GET", path: "Encounter/e/$everything?start=2020-01-01"}, 400, []string{"start"}, nil},
	})
}

// TestProvenanceInEverything: of what says where a record comes from, that belongs to the compartment which is about the patient herself.
func TestProvenanceInEverything(t *testing.T) { onEachStore(t, testProvenanceInEverything) }

func testProvenanceInEverything(t *testing.T, w *world) {
	w.twoPatients()
	for id, target := range map[string]string{"of-ann": "Patient/ann", "of-a-version": "Patient/ann/_history/1", "of-bob": "Patient/bob", "of-hers": "Observation/ann-laboratory"} {
		w.must(201, ask{method: "PUT", path: "Provenance/" + id, body: fmt.Sprintf(`{"resourceType":"Provenance","id":%q,"recorded":"2024-01-01T00:00:00Z","target":[{"reference":%q}],"agent":[{"who":{"reference":"Practitioner/doc"}}]}`, id, target)})
	}
	w.play(t, []scenario{
		{"of one", ask{method: "GET", path: "Patient/ann/$everything"}, 200, []string{"Provenance/of-ann", "Provenance/of-a-version", "Observation/ann-laboratory", "Healer"}, []string{"of-hers", "of-bob"}},
		{"of all", ask{method: "GET", path: "Patient/$everything?_type=Provenance"}, 200, []string{"Provenance/of-ann", "Provenance/of-a-version", "Provenance/of-bob"}, []string{"of-hers"}},
		{"what is about her records", ask{method: "GET", path: "Observation?patient=ann&_revinclude=Provenance:target"}, 200, []string{"Provenance/of-hers"}, []string{"of-bob"}},
	})
}

func TestEverythingBetweenDates(t *testing.T) { onEachStore(t, testEverythingBetweenDates) }

func testEverythingBetweenDates(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	about := `,"subject":{"reference":"Patient/ann"}`
	put := func(typ, id, more string) {
		w.must(201, ask{method: "PUT", path: typ + "/" + id, body: fmt.Sprintf(`{"resourceType":%q,"id":%q%s%s}`, typ, id, more, about)})
	}
	for _, year := range []string{"2019", "2020", "2021"} {
		put("Observation", "o"+year, `,"status":"final","code":{"text":"x"},"effectiveDateTime":"`+year+`-06-01"`)
	}
	put("Observation", "undated", `,"status":"final","code":{"text":"x"}`)
	put("Condition", "healed", `,"code":{"text":"x"},"onsetDateTime":"2010","abatementDateTime":"2011"`)
	put("Condition", "chronic", `,"code":{"text":"x"},"onsetDateTime":"2010"`)
	put("Encounter", "long", `,"status":"finished","class":{"code":"IMP"},"period":{"start":"2019-12-01","end":"2020-01-31"}`)
	for query, want := range map[string]string{
		"":                          "Condition/chronic Condition/healed Encounter/long Observation/o2019 Observation/o2020 Observation/o2021 Observation/undated Patient/ann",
		"start=2020-01-01":          "Condition/chronic Encounter/long Observation/o2020 Observation/o2021 Observation/undated Patient/ann",
		"end=2019":                  "Condition/chronic Condition/healed Encounter/long Observation/o2019 Observation/undated Patient/ann",
		"start=2020-01-01&end=2020": "Condition/chronic Encounter/long Observation/o2020 Observation/undated Patient/ann",
		"start=2022-01-01&_type=Encounter,Observation": "Observation/undated",
		"start=2020&_count=1":                          "Condition/chronic Encounter/long Observation/o2020 Observation/o2021 Observation/undated Patient/ann",
	} {
		var got []string
		for next := "Patient/ann/$everything?" + query; next != ""; {
			v := w.must(200, ask{method: "GET", path: next})
			list, _ := v["entry"].([]any)
			for _, e := range list {
				r := e.(map[string]any)["resource"].(map[string]any)
				got = append(got, fmt.Sprint(r["resourceType"], "/", r["id"]))
			}
			next = link(v, "next")
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s:\n%s, want\n%s", query, strings.Join(got, " "), want)
		}
	}
	w.play(t, []scenario{
		{"no date", ask{method: "GET", path: "Patient/ann/$everything?start=soon"}, 400, []string{"start"}, nil},
		{"the total of one page", ask{method: "GET", path: "Patient/ann/$everything?start=2020"}, 200, []string{`"total":6`}, nil},
		{"counted alone", ask{method: "GET", path: "Patient/ann/$everything?start=2020&_count=0"}, 200, []string{`"total":6`}, []string{"entry"}},
		{"of the root alone", ask{method: "GET", path: "Patient/ann/$everything?start=2020&_type=Patient"}, 200, []string{`"total":1,`}, []string{"Observation"}},
	})
}

// TestEverythingInPages: with conditions too, each page but the last holds as many records as were asked for; each record of the
// compartment comes once though others on other pages refer to it, and what lies beyond the compartment comes with who refers to it.
func TestEverythingInPages(t *testing.T) { onEachStore(t, testEverythingInPages) }

func testEverythingInPages(t *testing.T, w *world) {
	put := func(typ, id, more string) {
		w.must(201, ask{method: "PUT", path: typ + "/" + id, body: fmt.Sprintf(`{"resourceType":%q,"id":%q%s}`, typ, id, more)})
	}
	put("Practitioner", "doc", "")
	put("Practitioner", "family", "")
	put("Patient", "ann", `,"generalPractitioner":[{"reference":"Practitioner/family"}]`)
	const about = `,"subject":{"reference":"Patient/ann"}`
	put("Encounter", "visit", `,"status":"finished","class":{"code":"AMB"},"period":{"start":"2020-01-01","end":"2020-01-02"}`+about)
	put("Encounter", "old", `,"status":"finished","class":{"code":"AMB"},"period":{"start":"2010-01-01","end":"2010-01-02"}`+about)
	for i := range 12 {
		year := 2010
		if i%3 == 0 { // among others, so that a page taken before they are dropped is short
			year = 2020
		}
		put("Observation", fmt.Sprint("o", i), fmt.Sprintf(`,"status":"final","code":{"text":"x"},"effectiveDateTime":"%d-01-01","encounter":{"reference":"Encounter/visit"},"performer":[{"reference":"Practitioner/doc"}]%s`, year, about))
	}
	put("Encounter", "late", `,"status":"planned","class":{"code":"AMB"}`+about)
	put("Observation", "last", `,"status":"final","code":{"text":"x"},"effectiveDateTime":"2020-02-01","encounter":{"reference":"Encounter/old"}`+about)
	for query, want := range map[string]struct {
		matches, included []int // of each page
		never             string
	}{
		"_count=5":                              {[]int{6, 5, 5, 1}, []int{2, 1, 1, 0}, ""},
		"_count=2&start=2020-01-01":             {[]int{3, 2, 2, 1}, []int{2, 1, 1, 1}, "o1"}, // the last refers to an old encounter
		"_count=2&start=2020-01-01&end=2020-01": {[]int{3, 2, 2}, []int{2, 1, 1}, "last"},
		"_count=3&_type=Encounter":              {[]int{3}, []int{0}, "doc"},
		"_count=2&_type=Encounter":              {[]int{2, 1}, []int{0, 0}, "doc"},
	} {
		var matches, included []int
		seen := map[string]int{}
		for next := "Patient/ann/$everything?" + query; next != ""; {
			v := w.must(200, ask{method: "GET", path: next})
			m, n := 0, 0
			list, _ := v["entry"].([]any)
			for _, e := range list {
				r, s := e.(map[string]any)["resource"].(map[string]any), e.(map[string]any)["search"].(map[string]any)
				if s["mode"] == "match" {
					m++
				} else {
					n++
				}
				if r["resourceType"] != "Practitioner" {
					seen[fmt.Sprint(r["id"])]++
				} else if r["id"] == want.never {
					seen[want.never]++
				}
			}
			matches, included = append(matches, m), append(included, n)
			next = link(v, "next")
		}
		if !slices.Equal(matches, want.matches) || !slices.Equal(included, want.included) {
			t.Errorf("%s: pages of %d with %d included, want %d and %d", query, matches, included, want.matches, want.included)
		}
		for id, n := range seen {
			if n != 1 || id == want.never {
				t.Errorf("%s: %s comes %d times", query, id, n)
			}
		}
	}
}

// TestFullValidation: where a site wants it, what breaks a rule in FHIRPath is not stored; a warning refuses nothing.
func TestFullValidation(t *testing.T) { onEachStore(t, testFullValidation) }

func testFullValidation(t *testing.T, w *world) {
	const nobody = `{"resourceType":"Patient","contact":[{"gender":"male"}]}`
	w.must(201, ask{method: "POST", path: "Patient", body: nobody})
	w.settings.Validation = setting.Full
	w.play(t, []scenario{
		{"a rule is broken", ask{method: "POST", path: "Patient", body: nobody}, 422, []string{"pat-1", `"expression":["Patient.contact[0]"]`}, nil},
		{"in a transaction", ask{method: "POST", body: entries("transaction", entry("", nobody, "POST", "Patient", ""))}, 422, []string{`"expression":["Bundle.entry[0].resource.contact[0]"]`}, nil},
		{"a warning", ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient"}`}, 201, nil, nil},
	})
}
