package httpd_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

// TestErrorsOfEntries holds where the outcome of a wrong entry says that the fault lies: that of an entry of a batch as the outcome of the request
// alone would, by the resource or the request, and by the Bundle only what no other request has; that of a transaction, which is one for
// all entries, always by the Bundle.
//
// https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.expression
func TestErrorsOfEntries(t *testing.T) { onEachStore(t, testErrorsOfEntries) }

func testErrorsOfEntries(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	good := entry("", "", "GET", "Patient/ann", "")
	for name, c := range map[string]struct {
		entry              string
		status             string // in the batch; "" where it is not looked at
		batch, transaction string
	}{
		"an element that there is not":        {entry("", `{"resourceType":"Patient","name":[{"familie":"x"}]}`, "POST", "Patient", ""), "400", "Patient.name[0].familie", "Bundle.entry[1].resource.name[0].familie"},
		"a rule that is broken":               {entry("", `{"resourceType":"Observation","code":{"text":"x"}}`, "POST", "Observation", ""), "422", "Observation.status", "Bundle.entry[1].resource.status"},
		"another type than the URL's":         {entry("", ann, "POST", "Group", ""), "400", "resourceType", "Bundle.entry[1].resource"},
		"another id than the URL's":           {entry("", ann, "PUT", "Patient/bob", ""), "400", "Patient.id", "Bundle.entry[1].resource.id"},
		"a resource of no type":               {entry("", `{"active":true}`, "POST", "Patient", ""), "400", "Bundle.entry[1]", "Bundle.entry[1].resource"},
		"no resource":                         {entry("", "", "POST", "Patient", ""), "400", "Bundle.entry[1]", "Bundle.entry[1].resource"},
		"a search parameter that there isn't": {entry("", "", "GET", "Patient?familie=x", ""), "400", "http.familie", "Bundle.entry[1].request"},
		"a value that is badly encoded":       {entry("", "", "GET", "Patient?family=%zz", ""), "400", "http.family", "Bundle.entry[1].request"},
		"a summary that there is not":         {entry("", "", "GET", "Patient?_summary=x", ""), "400", "http._summary", "Bundle.entry[1].request"},
		"a condition that is none":            {entry("", ann, "PUT", "Patient/ann", `,"ifMatch":"3"`), "400", "http.If-Match", "Bundle.entry[1].request"},
		"criteria that are not understood":    {entry("", newAnn, "POST", "Patient", `,"ifNoneExist":"familie=x"`), "400", "http.If-None-Exist", "Bundle.entry[1].request"},
		"a type that there is not":            {entry("", "", "GET", "Patent/1", ""), "404", "http.url", "Bundle.entry[1]"},
		"no request":                          {`{"resource":` + ann + `}`, "400", "Bundle.entry[1].request", "Bundle.entry[1].request"},
		"a method that there is not":          {entry("", "", "BREW", "Patient/ann", ""), "400", "Bundle.entry[1].request.method", "Bundle.entry[1].request.method"},
		"a URL of elsewhere":                  {entry("", "", "GET", "http://other.example/Patient/1", ""), "400", "Bundle.entry[1].request.url", "Bundle.entry[1].request.url"},
		"a time that is none":                 {entry("", "", "GET", "Patient/ann", `,"ifModifiedSince":"x"`), "400", "Bundle.entry[1].request.ifModifiedSince", "Bundle.entry[1].request.ifModifiedSince"},
		"a patch that is no patch":            {entry("", ann, "PATCH", "Patient/ann", ""), "400", "Bundle.entry[1].resource", "Bundle.entry[1].resource"},
		"a patch that can't be read":          {entry("", `{"resourceType":"Parameters","parametre":1}`, "PATCH", "Patient/ann", ""), "400", "Parameters.parametre", "Bundle.entry[1].resource.parametre"},
		"a patch that is not base64":          {entry("", `{"resourceType":"Binary","contentType":"application/json-patch+json","data":"?"}`, "PATCH", "Patient/ann", ""), "400", "Binary.data", "Bundle.entry[1].resource.data"},
		"an operation that there is not":      {entry("", operations(`{"name":"type","valueCode":"rename"},{"name":"path","valueString":"Patient"}`), "PATCH", "Patient/ann", ""), "400", "Parameters.parameter[0]", "Bundle.entry[1].resource.parameter[0]"},
		"an operation that leads nowhere":     {entry("", operations(`{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Patient.photo"},{"name":"value","valueString":"x"}`), "PATCH", "Patient/ann", ""), "422", "Parameters.parameter[0]", "Bundle.entry[1].resource.parameter[0]"},
		"a patch to what is no Patient":       {entry("", binary("application/merge-patch+json", `{"name":[{"family":null}]}`), "PATCH", "Patient/ann", ""), "422", "Patient.name[0].family", "Bundle.entry[1].resource"},
		"a patch that leads nowhere":          {entry("", binary("application/json-patch+json", `[{"op":"remove","path":"/photo/0"}]`), "PATCH", "Patient/ann", ""), "422", "Patient.photo[0]", "Bundle.entry[1].resource"},
		"a patch of no operations":            {entry("", binary("application/json-patch+json", `{}`), "PATCH", "Patient/ann", ""), "400", "Bundle.entry[1]", "Bundle.entry[1].resource"},
	} {
		v := w.must(200, ask{method: "POST", body: entries("batch", good, c.entry)})
		response := v["entry"].([]any)[1].(map[string]any)["response"].(map[string]any)
		if got := response["status"].(string)[:3]; got != c.status {
			t.Errorf("%s in a batch: %s, want %s", name, got, c.status)
		}
		if got := placesOf(response["outcome"]); got != fmt.Sprint([]string{c.batch}) {
			t.Errorf("%s in a batch: at %s, want %s", name, got, c.batch)
		}
		rec := w.do(ask{method: "POST", body: entries("transaction", good, c.entry)})
		if fmt.Sprint(rec.Code) != c.status {
			t.Errorf("%s in a transaction: %d, want %s", name, rec.Code, c.status)
		}
		var outcome map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &outcome); err != nil {
			t.Fatal(err)
		}
		if got := placesOf(outcome); got != fmt.Sprint([]string{c.transaction}) {
			t.Errorf("%s in a transaction: at %s, want %s", name, got, c.transaction)
		}
	}
}

// placesOf lists the expressions of an OperationOutcome.
func placesOf(outcome any) string {
	places := []string{}
	o, _ := outcome.(map[string]any)
	issues, _ := o["issue"].([]any)
	for _, i := range issues {
		list, _ := i.(map[string]any)["expression"].([]any)
		for _, e := range list {
			places = append(places, e.(string))
		}
	}
	return fmt.Sprint(places)
}
