package httpd_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"chartwright/internal/access"
)

// entries wraps the entries of a batch or transaction.
func entries(typ string, list ...string) string {
	return `{"resourceType":"Bundle","type":"` + typ + `","entry":[` + strings.Join(list, ",") + `]}`
}

// entry is one entry; resource and more may be empty.
func entry(fullURL, resource, method, url, more string) string {
	var b strings.Builder
	b.WriteString("{")
	if fullURL != "" {
		fmt.Fprintf(&b, `"fullUrl":%q,`, fullURL)
	}
	if resource != "" {
		b.WriteString(`"resource":` + resource + `,`)
	}
	fmt.Fprintf(&b, `"request":{"method":%q,"url":%q%s}}`, method, url, more)
	return b.String()
}

// statuses lists the status of each entry of a response Bundle.
func statuses(v map[string]any) string {
	var out []string
	list, _ := v["entry"].([]any)
	for _, e := range list {
		status := e.(map[string]any)["response"].(map[string]any)["status"].(string)
		out = append(out, strings.Fields(status)[0])
	}
	return strings.Join(out, " ")
}

const (
	urnAnn  = "urn:uuid:6c3d1a52-0000-4000-8000-000000000001"
	urnDoc  = "urn:uuid:6c3d1a52-0000-4000-8000-000000000002"
	newAnn  = `{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"` + urnAnn + `\">Ann</a></div>"},"identifier":[{"system":"urn:ietf:rfc:3986","value":"` + urnAnn + `"}],"name":[{"family":"Ash"}]}`
	newObs  = `{"resourceType":"Observation","status":"final","code":{"text":"pulse"},"subject":{"reference":"` + urnAnn + `"},"performer":[{"reference":"%s"}],"contained":[{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"` + urnAnn + `"}}],"encounter":{"reference":"#e"}}`
	surgeon = `{"resourceType":"Practitioner","identifier":[{"system":"urn:npi","value":"77"}]}`
)

func TestTransaction(t *testing.T) { onEachStore(t, testTransaction) }

func testTransaction(t *testing.T, w *world) {
	doctor := w.create(surgeon)
	obs := fmt.Sprintf(newObs, "Practitioner?identifier=urn:npi|77")
	v := w.must(200, ask{method: "POST", path: "", body: entries("transaction",
		entry("", "", "GET", "Observation?code:text=pulse", ""),
		entry("urn:uuid:6c3d1a52-0000-4000-8000-000000000009", obs, "POST", "Observation", ""),
		entry(urnAnn, newAnn, "POST", "Patient", ""),
		entry("", `{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"`+urnAnn+`"}}]}`, "PUT", "Group/g", ""),
	)})
	if got := statuses(v); got != "200 201 201 201" {
		t.Fatalf("statuses %s: %v", got, v)
	}
	list := v["entry"].([]any)
	place := func(i int) string {
		location := list[i].(map[string]any)["response"].(map[string]any)["location"].(string)
		path, _, _ := strings.Cut(strings.TrimPrefix(location, base+"/apis/default/fhir/"), "/_history")
		return path
	}
	linked := func(attributes string) string {
		return `{"resourceType":"Basic","code":{"text":"x"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a ` + attributes + `>x</a></div>"}}`
	}
	for _, fullURL := range []string{urnAnn, "urn:oid:1.2.3.4.5", "http://other.example.org/Patient/7"} {
		r := w.must(200, ask{method: "POST", path: "", header: map[string]string{"Prefer": "return=representation"}, body: entries("transaction",
			entry(fullURL, `{"resourceType":"Patient"}`, "POST", "Patient", ""),
			entry("", linked(`href=\"`+fullURL+`\" title=\"`+fullURL+`\"`), "POST", "Basic", ""),
			entry("", linked(`href='`+fullURL+`'`), "POST", "Basic", ""))})["entry"].([]any)
		resource := func(i int) map[string]any { return r[i].(map[string]any)["resource"].(map[string]any) }
		patient := "Patient/" + resource(0)["id"].(string)
		for i, want := range []string{`href="` + patient + `" title="` + fullURL + `"`, `href='` + patient + `'`} {
			if div := resource(i + 1)["text"].(map[string]any)["div"].(string); !strings.Contains(div, want) {
				t.Errorf("%s: %s, want %s in it", fullURL, div, want)
			}
		}
	}
	if list[1].(map[string]any)["resource"] != nil {
		t.Error("a write shows its resource only if the caller prefers that")
	}
	if found := list[0].(map[string]any)["resource"].(map[string]any)["entry"].([]any); len(found) != 1 {
		t.Errorf("the search inside sees %d observations, want the one that was created", len(found))
	}
	raw := w.do(ask{method: "GET", path: place(1)}).Body.String()
	for _, want := range []string{`"subject":{"reference":"` + place(2) + `"}`, `"reference":"Practitioner/` + doctor + `"`, `"reference":"#e"`} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %s in %s", want, raw)
		}
	}
	if n := strings.Count(raw, urnAnn); n != 0 {
		t.Errorf("%d links were not replaced: %s", n, raw)
	}
	raw = w.do(ask{method: "GET", path: place(2)}).Body.String()
	if !strings.Contains(raw, `"value":"`+urnAnn+`"`) {
		t.Errorf("an identifier is no link and stays: %s", raw)
	}
	if !strings.Contains(raw, `<a href=\"`+place(2)+`\">`) {
		t.Errorf("a link of the narrative is replaced: %s", raw)
	}
}

func TestTransactionIsAllOrNothing(t *testing.T) { onEachStore(t, testTransactionIsAllOrNothing) }

func testTransactionIsAllOrNothing(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	for name, c := range map[string]struct {
		status  int
		want    string
		entries []string
	}{
		"a resource that breaks a rule":         {422, "Bundle.entry[1].resource.status", []string{entry("", newAnn, "POST", "Patient", ""), entry("", `{"resourceType":"Observation","code":{"text":"x"}}`, "POST", "Observation", "")}},
		"a resource that is malformed":          {400, "Bundle.entry[1].resource.colour", []string{entry("", newAnn, "POST", "Patient", ""), entry("", `{"resourceType":"Patient","colour":"green"}`, "POST", "Patient", "")}},
		"a version that is not there":           {412, "Bundle.entry[1]", []string{entry("", newAnn, "POST", "Patient", ""), entry("", ann, "PUT", "Patient/ann", `,"ifMatch":"W/\"7\""`)}},
		"a conditional reference to nothing":    {412, "Bundle.entry[1]", []string{entry("", newAnn, "POST", "Patient", ""), entry("", fmt.Sprintf(strings.ReplaceAll(newObs, urnAnn, "Patient/ann"), "Practitioner?identifier=none"), "POST", "Observation", "")}},
		"a link to no entry":                    {400, "Bundle.entry[1]", []string{entry("", newAnn, "POST", "Patient", ""), entry("", fmt.Sprintf(newObs, "Practitioner/1"), "POST", "Observation", "")}},
		"two entries for one resource":          {400, "Bundle.entry[2]", []string{entry("", newAnn, "POST", "Patient", ""), entry("", ann, "PUT", "Patient/ann", ""), entry("", "", "DELETE", "Patient/ann", "")}},
		"a read of nothing":                     {404, "Bundle.entry[1]", []string{entry("", newAnn, "POST", "Patient", ""), entry("", "", "GET", "Patient/nobody", "")}},
		"no request":                            {400, "Bundle.entry[1].request", []string{entry("", newAnn, "POST", "Patient", ""), `{"resource":` + newAnn + `}`}},
		"a URL of another server":               {400, "Bundle.entry[1].request.url", []string{entry("", newAnn, "POST", "Patient", ""), entry("", "", "GET", "http://other.example.org/Patient/1", "")}},
		"a method that does not exist":          {400, "Bundle.entry[1].request.method", []string{entry("", newAnn, "POST", "Patient", ""), entry("", "", "BREW", "Patient/1", "")}},
		"an element that does not exist":        {400, "Bundle.entry[1]", []string{entry("", newAnn, "POST", "Patient", ""), `{"colour":"green"}`}},
		"a transaction in a transaction":        {400, "Bundle.entry[1].request.url", []string{entry("", newAnn, "POST", "Patient", ""), entry("", entries("batch"), "POST", "", "")}},
		"a type that is not that of the URL":    {400, "Bundle.entry[1].resource", []string{entry("", newAnn, "POST", "Patient", ""), entry("", newAnn, "POST", "Group", "")}},
		"a member of an entry that comes twice": {400, "Bundle.entry[1].fullUrl", []string{entry("", newAnn, "POST", "Patient", ""), `{"fullUrl":"urn:uuid:1","fullUrl":"urn:uuid:2"}`}},
	} {
		rec := w.do(ask{method: "POST", path: "", body: entries("transaction", c.entries...)})
		if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.want) {
			t.Errorf("%s: status %d, want %d and %s: %s", name, rec.Code, c.status, c.want, rec.Body)
		}
	}
	if v := w.must(200, ask{method: "GET", path: "Patient?_summary=count"}); v["total"] != 1.0 {
		t.Errorf("%v patients after failed transactions, want the one from before", v["total"])
	}
}

func TestTransactionWithConditions(t *testing.T) { onEachStore(t, testTransactionWithConditions) }

func testTransactionWithConditions(t *testing.T, w *world) {
	patient := strings.Replace(newAnn, "urn:ietf:rfc:3986", "urn:mrn", 1)
	obs := fmt.Sprintf(newObs, "Practitioner/1")
	body := entries("transaction",
		entry(urnAnn, patient, "POST", "Patient", `,"ifNoneExist":"identifier=urn:mrn|`+urnAnn+`"`),
		entry(urnDoc, surgeon, "PUT", "Practitioner?identifier=urn:npi|77", ""),
		entry("", obs, "POST", "Observation", ""),
	)
	first := w.must(200, ask{method: "POST", path: "", body: body})
	if got := statuses(first); got != "201 201 201" {
		t.Fatalf("first: %s", got)
	}
	second := w.must(200, ask{method: "POST", path: "", body: body})
	if got := statuses(second); got != "200 200 201" {
		t.Fatalf("second: %s", got)
	}
	v := w.must(200, ask{method: "GET", path: "Observation?_include=Observation:subject"})
	if n := len(v["entry"].([]any)); n != 3 {
		t.Errorf("%d entries, want two observations of one patient", n)
	}
}

func TestBatchEntriesAreIndependent(t *testing.T) { onEachStore(t, testBatchEntriesAreIndependent) }

func testBatchEntriesAreIndependent(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	v := w.must(200, ask{method: "POST", path: "", body: entries("batch",
		entry("", "", "GET", "Patient/ann", ""),
		entry("", newAnn, "POST", "Patient", ""),
		entry("", `{"resourceType":"Observation"}`, "POST", "Observation", ""),
		entry("", "", "GET", "Patient/nobody", ""),
		entry("", "", "GET", "Patient?colour=green", ""),
		entry("", "", "DELETE", "Patient/ann", ""),
		entry("", `{"resourceType":"Binary","contentType":"application/json-patch+json","data":"W10="}`, "PATCH", "Patient/ann", ""),
		entry("", "", "GET", "metadata", ""),
		entry("", "", "GET", "NoSuchType/1", ""),
	)})
	// The deletion goes first, so the read and the patch find nothing.
	if got := statuses(v); got != "410 201 422 404 400 204 410 200 404" {
		t.Errorf("statuses %s", got)
	}
	text, _ := json.Marshal(v)
	if !strings.Contains(string(text), `"expression":["Observation.status"]`) {
		t.Errorf("the outcome of an entry says where: %s", text)
	}
	w.play(t, []scenario{
		{"another type of Bundle", ask{method: "POST", path: "", body: entries("collection")}, 400, []string{"Bundle.type"}, nil},
		{"no Bundle", ask{method: "POST", path: "", body: ann}, 400, nil, nil},
		{"no entries at all", ask{method: "POST", path: "", body: `{"resourceType":"Bundle","type":"batch"}`}, 200, []string{"batch-response"}, []string{"entry"}},
	})
}

// TestReadsInBundles holds that every kind of read can stand beside writes and sees what they did; and that one which can't be
// answered is found before anything of a transaction is written, and stays alone in a batch.
func TestReadsInBundles(t *testing.T) { onEachStore(t, testReadsInBundles) }

func testReadsInBundles(t *testing.T, w *world) {
	w.twoPatients()
	put := entry("", `{"resourceType":"Observation","id":"fresh","status":"final","code":{"text":"fresh one"},"subject":{"reference":"Patient/ann"}}`, "PUT", "Observation/fresh", "")
	reads := []string{
		"Observation/fresh", "Observation/fresh/_history", "Observation/_history?_count=1", "_history?_count=1", "_history?_type=Observation&_count=1",
		"Observation?code:text=fresh", "?_type=Observation,Patient&_id=fresh", "Patient/ann/Observation?code:text=fresh", "Patient/ann/*?_id=fresh",
		"Patient?_has:Observation:subject:_id=fresh&_revinclude=Observation:subject", "Patient/ann/$everything", "Observation?_filter=code%20pr%20true%20and%20_id%20eq%20fresh",
	}
	for _, kind := range []string{"batch", "transaction"} {
		list := []string{put}
		for _, url := range reads {
			list = append(list, entry("", "", "GET", url, ""))
		}
		v := w.must(200, ask{method: "POST", path: "", body: entries(kind, list...)})
		for i, url := range reads {
			e := v["entry"].([]any)[i+1].(map[string]any)
			if body, err := json.Marshal(e["resource"]); err != nil || !strings.Contains(string(body), "fresh one") {
				t.Errorf("%s of a %s: %v", url, kind, e["response"])
			}
		}
		w.must(204, ask{method: "DELETE", path: "Observation/fresh"})
	}
	for name, c := range map[string]struct {
		url, token string
		status     int
	}{
		"a search that is not understood":        {"Observation?colour=green", "", 400},
		"a value set that is not known":          {"Observation?code:in=http://example.org/none", "", 400},
		"one of the system":                      {"?_type=Observation&colour=green", "", 400},
		"one of a compartment":                   {"Patient/ann/Observation?colour=green", "", 400},
		"a compartment that is none":             {"Medication/x/Observation", "", 404},
		"a type that is none":                    {"_history?_type=Secret", "", 400},
		"an operation that is none":              {"Patient/ann/$nothing", "", 404},
		"a type that the caller may not search":  {"?_type=Observation,Patient", "writer", 403},
		"its history":                            {"_history?_type=Patient", "writer", 403},
		"a compartment of types that he may not": {"Patient/ann/Condition", "writer", 403},
		"an operation that he may not":           {"Patient/ann/$everything", "writer", 403},
		"a search through types that he may not": {"Observation?subject:Patient.family=x", "writer", 403},
		"a filter through types that he may not": {"Observation?_filter=subject:Patient.family%20eq%20x", "writer", 403},
		"an operation that changes something":    {"Patient/ann/$meta-add", "", 405},
	} {
		w.subject("writer", &access.Subject{Actor: access.System, UserID: "w"}, "system/Observation.cruds")
		if rec := w.do(ask{method: "POST", path: "", token: c.token, body: entries("transaction", put, entry("", "", "GET", c.url, ""))}); rec.Code != c.status || !strings.Contains(rec.Body.String(), "Bundle.entry[1]") {
			t.Errorf("%s: status %d: %s", name, rec.Code, rec.Body)
		}
		if rec := w.do(ask{method: "GET", path: "Observation/fresh"}); rec.Code != 410 {
			t.Fatalf("%s: the transaction has written all the same: %d", name, rec.Code)
		}
	}
	v := w.must(200, ask{method: "POST", path: "", body: entries("batch", entry("", "", "GET", "Observation?colour=green", ""), entry("", "", "GET", "Patient/ann", ""))})
	if got := statuses(v); got != "400 200" {
		t.Errorf("a batch with one that is not understood: %s", got)
	}
}
