package httpd_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/await"
	"chartwright/internal/chart"
)

// TestEveryone: $everything of all patients is that of each, one after the other, in pages of any size.
func TestEveryone(t *testing.T) { onEachStore(t, testEveryone) }

func testEveryone(t *testing.T, w *world) {
	w.twoPatients()
	w.must(201, ask{method: "PUT", path: "Patient/lone", body: `{"resourceType":"Patient","id":"lone","generalPractitioner":[{"reference":"Practitioner/family"}]}`})
	w.must(201, ask{method: "PUT", path: "Practitioner/family", body: `{"resourceType":"Practitioner","id":"family"}`})
	w.must(201, ask{method: "PUT", path: "Practitioner/nobodys", body: `{"resourceType":"Practitioner","id":"nobodys"}`})
	w.must(201, ask{method: "PUT", path: "Observation/nobodys", body: `{"resourceType":"Observation","id":"nobodys","status":"final","code":{"text":"x"}}`})
	for i := range 5 {
		w.must(201, ask{method: "PUT", path: fmt.Sprint("Encounter/e", i), body: fmt.Sprintf(`{"resourceType":"Encounter","id":"e%d","status":"finished","class":{"code":"AMB"},"period":{"start":"20%d"},"subject":{"reference":"Patient/%s"},"participant":[{"individual":{"reference":"Practitioner/doc"}}]}`,
			i, 10+i, []string{"ann", "bob"}[i%2])})
	}
	w.must(201, ask{method: "PUT", path: "Patient/gone", body: `{"resourceType":"Patient","id":"gone"}`})
	w.must(201, ask{method: "PUT", path: "Observation/gones", body: `{"resourceType":"Observation","id":"gones","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/gone"}}`})
	w.must(204, ask{method: "DELETE", path: "Patient/gone"})
	for _, query := range []string{"", "_type=Observation", "_type=Patient", "_type=Patient,Encounter", "_type=Condition", "start=2012", "_since=2020-01-01T00:00:00Z"} {
		var want, around []string
		for _, id := range []string{"ann", "bob", "lone"} {
			m, i := w.wholes("Patient/"+id+"/$everything?_count=1000&"+query, 1001)
			want, around = append(want, m...), append(around, i...)
		}
		for _, size := range []int{1, 2, 3, 5, 1000} {
			got, included := w.wholes(fmt.Sprintf("Patient/$everything?_count=%d&%s", size, query), size)
			if size == 1000 { // a Group of both comes once on a page
				at := slices.Index(want, "Group/all")
				if at >= 0 {
					want = slices.Delete(slices.Clone(want), slices.Index(want[at+1:], "Group/all")+at+1, slices.Index(want[at+1:], "Group/all")+at+2)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s in pages of %d:\n%s, want\n%s", query, size, got, want)
			}
			if got, want := distinct(included), distinct(around); !slices.Equal(got, want) {
				t.Errorf("%s in pages of %d: %s included, want %s", query, size, got, want)
			}
		}
	}
}

// wholes goes through the pages of a path: what matches, in order, and what is included. No page holds anything twice, or more
// than size matches.
func (w *world) wholes(path string, size int) (matches, included []string) {
	w.t.Helper()
	for next := path; next != ""; {
		v := w.must(200, ask{method: "GET", path: next})
		seen, n := map[string]bool{}, 0
		list, _ := v["entry"].([]any)
		for _, e := range list {
			r, s := e.(map[string]any)["resource"].(map[string]any), e.(map[string]any)["search"].(map[string]any)
			key := fmt.Sprint(r["resourceType"], "/", r["id"])
			if seen[key] {
				w.t.Errorf("%s: %s is twice on a page", path, key)
			}
			seen[key] = true
			if s["mode"] == "match" {
				n++
				matches = append(matches, key)
			} else {
				included = append(included, key)
			}
		}
		if n > size {
			w.t.Errorf("%s: a page of %d", path, n)
		}
		next = link(v, "next")
	}
	return matches, included
}

func distinct(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// threePatients adds a third one to the two, and callers who see some of them alone.
func (w *world) threePatients() {
	w.t.Helper()
	w.twoPatients()
	w.must(201, ask{method: "PUT", path: "Patient/carl", body: `{"resourceType":"Patient","id":"carl","gender":"male"}`})
	w.must(201, ask{method: "PUT", path: "Observation/carls", body: `{"resourceType":"Observation","id":"carls","status":"final","code":{"text":"secret of carl"},"subject":{"reference":"Patient/carl"}}`})
	w.subject("men", &access.Subject{Actor: access.System, UserID: "m"}, "system/Patient.rs?gender=male system/Observation.rs")
	w.subject("men read, all found", &access.Subject{Actor: access.System, UserID: "m"}, "system/Patient.r?gender=male system/Patient.s system/Observation.rs")
	w.subject("herself", &access.Subject{Actor: access.Patient, UserID: "u-ann", FHIRUser: "Patient/ann", Patient: "ann"}, "patient/Patient.r patient/Observation.s")
}

// TestWhoseEveryone: everybody sees of it what the calls on the patients show him.
func TestWhoseEveryone(t *testing.T) { onEachStore(t, testWhoseEveryone) }

func testWhoseEveryone(t *testing.T, w *world) {
	w.threePatients()
	w.subject("unread", &access.Subject{Actor: access.System, UserID: "u"}, "system/Patient.s system/Observation.rs")
	w.subject("unfound", &access.Subject{Actor: access.System, UserID: "f"}, "system/Patient.r system/Observation.rs")
	w.subject("alone", &access.Subject{Actor: access.System, UserID: "f"}, "system/Patient.rs")
	w.subject("nobody", &access.Subject{Actor: access.Patient, UserID: "u-x", FHIRUser: "Patient/x", Patient: "x"}, "patient/*.rs")
	const path = "Patient/$everything"
	get := func(token string) ask { return ask{method: "GET", path: path, token: token} }
	parameters := func(name, value string) string {
		return `{"resourceType":"Parameters","parameter":[{"name":"` + name + `",` + value + `}]}`
	}
	w.play(t, []scenario{
		{"all", ask{method: "GET", path: path}, 200, []string{"Ofann", "secret of ann", "Ofbob", "secret of bob", "secret of carl", "Group/all"}, []string{`"total"`}},
		{"her own", get("ann"), 200, []string{"Ofann", "secret of ann"}, []string{"bob", "carl", "Group"}},
		{"her own, where she may not search patients", get("herself"), 200, []string{"Ofann", "secret of ann"}, []string{"bob", "carl"}},
		{"a patient who is not there", get("nobody"), 200, nil, []string{"entry", "secret"}},
		{"a part of her own", get("lab"), 200, []string{"Ofann", "ann-laboratory"}, []string{"bob", "vital-signs"}},
		{"all patients and the records of one", get("clerk"), 200, []string{"Ofann", "Ofbob", "secret of ann"}, []string{"secret of bob"}},
		{"some patients and what is known of them", get("men"), 200, []string{"Patient/carl", "secret of carl"}, []string{"ann", "bob"}},
		{"some may be read of those that are found", get("men read, all found"), 200, []string{"Patient/carl", "secret of carl"}, []string{"ann", "bob"}},
		{"who may not read patients", get("unread"), 403, []string{"system/Patient.r"}, []string{"secret"}},
		{"who may not find patients", get("unfound"), 403, []string{"system/Patient.s"}, []string{"secret"}},
		{"who may search nothing else", get("alone"), 403, nil, []string{"Ofann"}},
		{"no patients", get("observations"), 403, nil, []string{"secret"}},
		{"nobody signed in", get("-"), 401, nil, []string{"secret"}},
		{"by POST", ask{method: "POST", path: path, body: parameters("_type", `"valueCode":"Observation"`)}, 200, []string{"secret of ann", "secret of bob"}, []string{"Ofann"}},
		{"a type that is none", ask{method: "GET", path: path + "?_type=Disease"}, 400, []string{"http._type"}, nil},
		{"no number of all", ask{method: "GET", path: path + "?_count=0"}, 400, []string{"_count"}, nil},
		{"a parameter that is none", ask{method: "GET", path: path + "?gender=male"}, 400, []string{"gender"}, []string{"secret"}},
		{"of encounters", ask{method: "GET", path: "Encounter/$everything"}, 404, nil, nil},
		{"in a batch", ask{method: "POST", path: "", body: entries("batch", entry("", "", "GET", path, "")), token: "lab"}, 200, []string{"Ofann", "ann-laboratory"}, []string{"bob"}},
		{"of another's link", ask{method: "GET", path: link(w.must(200, ask{method: "GET", path: path + "?_count=2"}), "next"), token: "ann"}, 400, nil, []string{"secret"}},
	})
}

// TestEveryoneWhileOthersWrite: what is gone between two pages takes nothing with it, and with _since comes what has changed.
func TestEveryoneWhileOthersWrite(t *testing.T) { onEachStore(t, testEveryoneWhileOthersWrite) }

func testEveryoneWhileOthersWrite(t *testing.T, w *world) {
	w.twoPatients()
	w.must(201, ask{method: "PUT", path: "Patient/carl", body: `{"resourceType":"Patient","id":"carl"}`})
	next := link(w.must(200, ask{method: "GET", path: "Patient/$everything?_count=2&_type=Patient,Observation"}), "next")
	w.must(204, ask{method: "DELETE", path: "Patient/ann"})
	w.must(201, ask{method: "PUT", path: "Patient/late", body: `{"resourceType":"Patient","id":"late"}`})
	got, _ := w.wholes(next, 2)
	if want := "Patient/bob Observation/bob-laboratory Observation/bob-vital-signs Patient/carl"; strings.Join(got, " ") != want && strings.Join(got, " ") != want+" Patient/late" {
		t.Errorf("after a deletion: %s, want %s", got, want)
	}
	v := w.must(200, ask{method: "GET", path: "Patient/carl"})
	changed := v["meta"].(map[string]any)["lastUpdated"].(string)
	const instant = "2006-01-02T15:04:05.000Z"
	await.True(t, "the next write is of another millisecond", func() bool { return time.Now().UTC().Format(instant) > changed })
	since := time.Now().UTC().Format(instant)
	w.must(200, ask{method: "PUT", path: "Observation/bob-laboratory", body: `{"resourceType":"Observation","id":"bob-laboratory","status":"final","code":{"text":"y"},"subject":{"reference":"Patient/bob"}}`})
	w.must(200, ask{method: "PUT", path: "Patient/carl", body: `{"resourceType":"Patient","id":"carl","active":true}`})
	got, _ = w.wholes("Patient/$everything?_since="+since, 20)
	if want := "Observation/bob-laboratory Patient/carl"; !strings.Contains(strings.Join(got, " "), want) || slices.Contains(got, "Patient/bob") {
		t.Errorf("since %s: %s, want %s and not the patient whose record it is", since, got, want)
	}
}

// TestPagesOfEveryoneAreBounded: a page of which little is wanted ends after some patients, and the next goes on.
func TestPagesOfEveryoneAreBounded(t *testing.T) { onEachStore(t, testPagesOfEveryoneAreBounded) }

func testPagesOfEveryoneAreBounded(t *testing.T, w *world) {
	var list []string
	for i := range 60 {
		list = append(list, entry("", fmt.Sprintf(`{"resourceType":"Patient","id":"p%d"}`, i), "PUT", fmt.Sprint("Patient/p", i), ""))
	}
	list = append(list, entry("", `{"resourceType":"Observation","id":"of-the-last","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p59"}}`, "PUT", "Observation/of-the-last", ""))
	w.must(200, ask{method: "POST", body: entries("transaction", list...)})
	rec := w.do(ask{method: "GET", path: "Patient/$everything?_type=Observation"})
	if rec.Code != 200 || strings.Contains(rec.Body.String(), "of-the-last") || !strings.Contains(rec.Body.String(), `"next"`) {
		t.Errorf("the first page: %d %s", rec.Code, rec.Body)
	}
	if got, _ := w.wholes("Patient/$everything?_type=Observation", 20); !slices.Equal(got, []string{"Observation/of-the-last"}) {
		t.Errorf("all pages: %s", got)
	}
}

// TestEveryoneIsAudited: each patient on a page is in the trail as read, and whose records were listed; who is not on it is not.
func TestEveryoneIsAudited(t *testing.T) { onEachStore(t, testEveryoneIsAudited) }

func testEveryoneIsAudited(t *testing.T, w *world) {
	w.twoPatients()
	events := func(path string) (list []string) {
		request := w.do(ask{method: "GET", path: path}).Header().Get("X-Request-Id")
		w.lastEvent(request) // all before it are on disk with it
		if err := w.site.AuditTrail(t.Context(), chart.AuditQuery{Limit: 100}, func(e *chart.AuditEvent) bool {
			if e.RequestID == request {
				list = append(list, fmt.Sprintf("%s %s %s/%s %v", e.Operation, e.Action, e.Type, e.ID, e.Patients))
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(list)
		return list
	}
	of := func(id string) []string {
		return []string{"$everything R Patient/" + id + " [" + id + "]", "$everything E / [" + id + "]"}
	}
	if got := events("Patient/ann/$everything"); !slices.Equal(got, of("ann")) { // a Group of hers has other members
		t.Errorf("of one: %q", got)
	}
	listed := func(id string) string { return "$everything E Patient/ [" + id + "]" }
	want := slices.Concat([]string{listed("ann")}, of("ann"), []string{listed("bob")}, of("bob"))
	if got := events("Patient/$everything"); !slices.Equal(got, want) {
		t.Errorf("of all: %q, want %q", got, want)
	}
	if got := events("Patient/$everything?_count=2"); !slices.Equal(got, want[:3]) {
		t.Errorf("a page of the first: %q, want %q", got, want[:3])
	}
	for _, e := range events("Patient/$everything?_since=2999") {
		if strings.Contains(e, "ann") || strings.Contains(e, "bob") {
			t.Errorf("of what nobody sees: %s", e)
		}
	}
	for _, e := range events("Patient/$everything?_type=Observation&_count=1") {
		if strings.Contains(e, " R ") || strings.Contains(e, "bob") {
			t.Errorf("of one record of the first, without him: %s", e)
		}
	}
}
