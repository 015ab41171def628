package httpd_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// binary wraps a patch as an entry of a Bundle carries it.
func binary(media, patch string) string {
	return fmt.Sprintf(`{"resourceType":"Binary","contentType":%q,"data":%q}`, media, base64.StdEncoding.EncodeToString([]byte(patch)))
}

// operations are a FHIRPath Patch of operations with these parts.
func operations(parts ...string) string {
	for i := range parts {
		parts[i] = `{"name":"operation","part":[` + parts[i] + `]}`
	}
	return `{"resourceType":"Parameters","parameter":[` + strings.Join(parts, ",") + `]}`
}

// In a patch that is an entry of a transaction the addresses of other entries and the references by search are replaced as in a
// resource. https://hl7.org/fhir/R4/http.html#trules
func TestPatchesInTransactionsRefer(t *testing.T) { onEachStore(t, testPatchesInTransactionsRefer) }

func testPatchesInTransactionsRefer(t *testing.T, w *world) {
	const (
		jsonPatch = "application/json-patch+json"
		merge     = "application/merge-patch+json"
		before    = `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"pulse"},"identifier":[{"system":"urn:x","value":"1"}],"subject":{"reference":"Patient/before"},"contained":[{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"}}],"encounter":{"reference":"#e"}}`
		byNPI     = "Practitioner?identifier=urn:npi|77"
	)
	doctor := "Practitioner/" + w.create(surgeon)
	add := func(name, value string) string {
		return `{"name":"type","valueCode":"add"},{"name":"path","valueString":"Observation"},{"name":"name","valueString":"` + name + `"},{"name":"value",` + value + `}`
	}
	replace := func(path, value string) string {
		return `{"name":"type","valueCode":"replace"},{"name":"path","valueString":"` + path + `"},{"name":"value",` + value + `}`
	}
	for name, c := range map[string]struct {
		patch string
		want  []string // {} stands for the patient of the transaction
	}{
		"FHIRPath, a reference":            {operations(replace("Observation.subject", `"valueReference":{"reference":"`+urnAnn+`"}`)), []string{`"subject":{"reference":"{}"}`}},
		"FHIRPath, its text alone":         {operations(replace("Observation.subject[0].reference", `"valueString":"`+urnAnn+`"`)), []string{`"subject":{"reference":"{}"}`}},
		"FHIRPath, by search":              {operations(add("performer", `"valueReference":{"reference":"`+byNPI+`"}`)), []string{`"performer":[{"reference":"` + doctor + `"}]`}},
		"FHIRPath, an address":             {operations(add("value", `"valueString":"`+urnAnn+`"`), add("extension", `"part":[{"name":"url","valueUri":"http://example.org/x"},{"name":"value","valueUri":"`+urnAnn+`"}]`)), []string{`"valueUri":"{}"`, `"valueString":"` + urnAnn + `"`}},
		"FHIRPath, nested parts":           {operations(add("component", `"part":[{"name":"code","valueCodeableConcept":{"text":"x"}},{"name":"extension","part":[{"name":"url","valueUri":"http://example.org/x"},{"name":"value","valueReference":{"reference":"`+urnAnn+`"}}]}]`)), []string{`"valueReference":{"reference":"{}"}`}},
		"FHIRPath, a contained resource":   {operations(add("contained", `"resource":{"resourceType":"Specimen","id":"s","subject":{"reference":"`+urnAnn+`"}}`), add("specimen", `"valueReference":{"reference":"#s"}`)), []string{`"id":"s","subject":{"reference":"{}"}`}},
		"JSON Patch, a reference":          {binary(jsonPatch, `[{"op":"replace","path":"/subject","value":{"reference":"`+urnAnn+`"}}]`), []string{`"subject":{"reference":"{}"}`}},
		"JSON Patch, its text alone":       {binary(jsonPatch, `[{"op":"replace","path":"/subject/reference","value":"`+urnAnn+`"}]`), []string{`"subject":{"reference":"{}"}`}},
		"JSON Patch, a list by search":     {binary(jsonPatch, `[{"op":"add","path":"/performer","value":[{"reference":"`+byNPI+`"},{"reference":"`+urnAnn+`"}]}]`), []string{`"performer":[{"reference":"` + doctor + `"},{"reference":"{}"}]`}},
		"JSON Patch, behind an extension":  {binary(jsonPatch, `[{"op":"add","path":"/_status","value":{"extension":[{"url":"http://example.org/x","valueReference":{"reference":"`+urnAnn+`"}}]}},{"op":"test","path":"/_status/extension/0/valueReference/reference","value":"`+urnAnn+`"}]`), []string{`"valueReference":{"reference":"{}"}`}},
		"JSON Patch, in a contained one":   {binary(jsonPatch, `[{"op":"add","path":"/contained/0/subject","value":{"reference":"`+urnAnn+`"}}]`), []string{`"subject":{"reference":"{}"}`}},
		"JSON Patch, what is no link":      {binary(jsonPatch, `[{"op":"replace","path":"/identifier/0/value","value":"`+urnAnn+`"},{"op":"replace","path":"/identifier/0/system","value":"`+urnAnn+`"},{"op":"add","path":"/valueQuantity","value":{"value":1.10}}]`), []string{`"system":"{}","value":"` + urnAnn + `"`, `"value":1.10`}},
		"JSON Patch, a narrative":          {binary(jsonPatch, `[{"op":"add","path":"/text","value":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"`+urnAnn+`\">Ann</a></div>"}}]`), []string{`<a href=\"{}\">`}},
		"Merge Patch":                      {binary(merge, `{"subject":{"reference":"`+urnAnn+`"},"performer":[{"reference":"`+byNPI+`"}],"valueString":"`+urnAnn+`","encounter":null}`), []string{`"subject":{"reference":"{}"}`, `"reference":"` + doctor + `"`, `"valueString":"` + urnAnn + `"`}},
		"what it refers to is there later": {operations(replace("Observation.subject", `"valueReference":{"reference":"Patient?identifier=urn:later|1"}`)), []string{`"subject":{"reference":"{}"}`}},
	} {
		patient := strings.Replace(newAnn, `"identifier":[`, `"identifier":[{"system":"urn:later","value":"1"},`, 1)
		for _, url := range []string{"Observation/o", "Observation?identifier=urn:x|1"} {
			w.do(ask{method: "PUT", path: "Observation/o", body: before})
			v := w.must(200, ask{method: "POST", path: "", body: entries("transaction",
				entry("", c.patch, "PATCH", url, ""), entry(urnAnn, patient, "POST", "Patient", ""))})
			location := v["entry"].([]any)[1].(map[string]any)["response"].(map[string]any)["location"].(string)
			made, _, _ := strings.Cut(strings.TrimPrefix(location, base+"/apis/default/fhir/"), "/_history")
			raw := w.do(ask{method: "GET", path: "Observation/o"}).Body.String()
			for _, want := range c.want {
				if want = strings.ReplaceAll(want, "{}", made); !strings.Contains(raw, want) {
					t.Errorf("%s, %s: no %s in %s", name, url, want, raw)
				}
			}
			w.must(204, ask{method: "DELETE", path: made})
		}
	}
	refused := entries("transaction", entry("", operations(replace("Observation.subject", `"valueReference":{"reference":"`+urnAnn+`"}`)), "PATCH", "Observation/o", ""))
	if rec := w.do(ask{method: "POST", path: "", body: refused}); rec.Code != 400 || !strings.Contains(rec.Body.String(), "Bundle.entry[0]") {
		t.Errorf("a link to no entry: status %d: %s", rec.Code, rec.Body)
	}
	refused = entries("transaction", entry("", binary(merge, `{"subject":{"reference":"Patient?identifier=urn:nobody|1"}}`), "PATCH", "Observation/o", ""))
	if rec := w.do(ask{method: "POST", path: "", body: refused}); rec.Code != 412 || !strings.Contains(rec.Body.String(), "Bundle.entry[0]") {
		t.Errorf("a search that finds nothing: status %d: %s", rec.Code, rec.Body)
	}
	w.must(200, ask{method: "PUT", path: "Observation/o", body: before}) // whichever case came last
	v := w.must(200, ask{method: "POST", path: "", body: entries("transaction",
		entry(urnDoc, binary(merge, `{"valueString":"patched"}`), "PATCH", "Observation/o", ""),
		entry("", `{"resourceType":"DiagnosticReport","id":"r","status":"final","code":{"text":"x"},"result":[{"reference":"`+urnDoc+`"}]}`, "PUT", "DiagnosticReport/r", ""))})
	if raw := w.do(ask{method: "GET", path: "DiagnosticReport/r"}).Body.String(); !strings.Contains(raw, `"result":[{"reference":"Observation/o"}]`) {
		t.Errorf("what is patched has an address: %v: %s", v, raw)
	}
}
