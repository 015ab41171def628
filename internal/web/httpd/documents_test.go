package httpd_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/setting"
)

// TestMetadataInEveryForm is https://hl7.org/fhir/R4/http.html#capabilities with the general parameters: the CapabilityStatement
// as a whole or in parts, in both formats, and not again to those who have it.
func TestMetadataInEveryForm(t *testing.T) { onEachStore(t, testMetadataInEveryForm) }

func testMetadataInEveryForm(t *testing.T, w *world) {
	get := func(query string, header map[string]string) ask {
		return ask{method: "GET", path: "metadata?" + query, token: "-", header: header}
	}
	members := func(query string) []string {
		t.Helper()
		var v map[string]any
		rec := w.do(get(query, nil))
		if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil || rec.Code != 200 {
			t.Fatalf("%s: status %d, %v: %.300s", query, rec.Code, err, rec.Body)
		}
		return slices.Sorted(maps.Keys(v))
	}
	required := []string{"date", "fhirVersion", "format", "kind", "meta", "resourceType", "status"} // and modifiers, of which there are none
	for query, want := range map[string][]string{
		"_elements=software":                     append([]string{"software"}, required...),
		"_elements=CapabilityStatement.software": append([]string{"software"}, required...),
		"_summary=text":                          required,
		"_elements=rest.mode,implementation.url": append([]string{"rest", "implementation"}, required...),
		"mode=full&_elements=software":           append([]string{"software"}, required...),
	} {
		slices.Sort(want)
		if got := members(query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	if got := w.do(get("_summary=true", nil)).Body.String(); !strings.Contains(got, `"type":"Patient"`) || strings.Contains(got, `"searchParam"`) {
		t.Errorf("_summary=true: %.2000s", got)
	}
	if got, whole := members("_summary=data"), members(""); !slices.Contains(got, "rest") || slices.Contains(whole, "meta") || !slices.Equal(members("_summary=false"), whole) {
		t.Errorf("_summary=data: %v, of %v", got, whole)
	}
	whole := w.do(get("", nil))
	tag := whole.Header().Get("Etag")
	zip := map[string]string{"Accept-Encoding": "gzip"}
	parts := w.do(get("_elements=software", nil)).Header().Get("Etag")
	w.play(t, []scenario{
		{"parts are marked as such", get("_elements=software", nil), 200, []string{`"code":"SUBSETTED"`, "Cache-Control: no-cache"}, []string{`"rest"`}},
		{"in XML", get("_elements=software&_format=xml", nil), 200, []string{"<CapabilityStatement ", "<software>", "SUBSETTED", "application/fhir+xml"}, []string{"<rest>"}},
		{"the whole in XML", get("", map[string]string{"Accept": "application/fhir+xml"}), 200, []string{"<CapabilityStatement ", "<rest>"}, []string{"SUBSETTED"}},
		{"pretty", get("_elements=software&_pretty=true", nil), 200, []string{"\n  \"software\""}, nil},
		{"pretty XML", get("_elements=software&_pretty=true&_format=xml", nil), 200, []string{"\n  <software>"}, nil},
		{"known already", get("", map[string]string{"If-None-Match": tag}), 304, []string{"Etag: " + tag}, []string{"rest"}},
		{"known already, one of several", get("", map[string]string{"If-None-Match": `"x", ` + tag}), 304, nil, nil},
		{"known is a part", get("", map[string]string{"If-None-Match": parts}), 200, []string{`"rest"`}, nil},
		{"the part is known", get("_elements=software", map[string]string{"If-None-Match": parts}), 304, nil, nil},
		{"another part is not", get("_elements=implementation", map[string]string{"If-None-Match": parts}), 200, nil, nil},
		{"HEAD", ask{method: "HEAD", path: "metadata", token: "-"}, 200, []string{"Etag: " + tag}, nil},
		{"no element of it", get("_elements=birthDate", nil), 400, []string{"_elements"}, nil},
		{"no element of it, if the caller is lenient", get("_elements=birthDate", map[string]string{"Prefer": "handling=lenient"}), 200, nil, []string{`"rest"`}},
		{"no summary", get("_summary=maybe", nil), 400, []string{"_summary"}, nil},
		{"both", get("_summary=true&_elements=software", nil), 400, nil, nil},
		{"in a batch", ask{method: "POST", body: entries("batch", entry("", "", "GET", "metadata?_elements=software", ""))}, 200, []string{`"software"`, `"etag":"W/\"`}, []string{`"rest":`}},
		{"a record in a batch", ask{method: "POST", body: entries("batch", entry("", ann, "PUT", "Patient/ann", ""), entry("", "", "GET", "Patient/ann?_elements=gender", ""))}, 200, []string{`"gender":"female"`, "SUBSETTED"}, []string{"Ash"}},
		{"a record in a transaction", ask{method: "POST", body: entries("transaction", entry("", "", "GET", "Patient/ann?_summary=text", ""))}, 200, []string{"SUBSETTED"}, []string{"Ash"}},
		{"no element of it in a transaction", ask{method: "POST", body: entries("transaction", entry("", "", "GET", "Patient/ann?_elements=colour", ""))}, 400, []string{"_elements"}, nil},
		{"an operation's definition, in part", ask{method: "GET", path: "OperationDefinition/Resource-i-meta-add?_elements=code"}, 200, []string{`"SUBSETTED"`, `"code":"meta-add"`}, []string{`"description"`}},
	})
	for range 2 { // made, and kept
		for _, query := range []string{"", "_format=xml", "_elements=rest", "_pretty=true"} {
			plain := w.do(get(query, nil)).Body.String()
			if rec := w.do(get(query, zip)); unzipped(t, rec) != plain {
				t.Errorf("%s: compressed it says something else", query)
			}
		}
	}
	w.settings.ConditionalDelete = setting.Multiple
	w.play(t, []scenario{
		{"what the site has changed", get("", map[string]string{"If-None-Match": tag}), 200, []string{`"conditionalDelete":"multiple"`}, nil},
		{"and in part", get("_elements=rest&_format=xml", nil), 200, []string{`<conditionalDelete value="multiple"/>`}, nil},
	})
	if strings.Contains(whole.Body.String(), `"conditionalDelete":"multiple"`) {
		t.Error("it was so before")
	}
}
