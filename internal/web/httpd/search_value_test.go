package httpd_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/access"
)

// found is the ids that a search finds, in the order in which it does.
func (w *world) found(path, query string) []string {
	var ids []string
	entries, _ := w.must(200, ask{method: "GET", path: path + "?" + query})["entry"].([]any)
	for _, e := range entries {
		ids = append(ids, e.(map[string]any)["resource"].(map[string]any)["id"].(string))
	}
	return ids
}

// finds is what some searches find, sorted by id unless they ask for an order.
type finds struct {
	path, key, value string
	want             []string
}

func (w *world) holds(t *testing.T, list []finds) {
	t.Helper()
	for _, c := range list {
		got := w.found(c.path, c.key+"="+url.QueryEscape(c.value))
		if !strings.HasSuffix(c.key, "_sort") {
			slices.Sort(got)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s?%s=%s: %v, want %v", c.path, c.key, c.value, got, c.want)
		}
	}
}

func TestUnitsInComposites(t *testing.T) { onEachStore(t, testUnitsInComposites) }

// testUnitsInComposites asks for a unit by what it is called, which stands beside its code: in a component of a composite as by itself.
//
// https://hl7.org/fhir/R4/search.html#quantity
func testUnitsInComposites(t *testing.T, w *world) {
	pressure := func(id, unit string, systolic, diastolic string) {
		part := func(code, value string) string {
			return `{"code":{"coding":[{"system":"http://loinc.org","code":"` + code + `"}]},"valueQuantity":{"value":` + value + `,` + unit + `}}`
		}
		w.must(201, ask{method: "PUT", path: "Observation/" + id, body: `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"text":"x"},"component":[` +
			part("8480-6", systolic) + `,` + part("8462-4", diastolic) + `]}`})
	}
	pressure("both", `"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"`, "140", "80")
	pressure("called", `"unit":"mmHg"`, "150", "90")
	pressure("other", `"unit":"kilopascal","system":"http://unitsofmeasure.org","code":"kPa"`, "18", "11")
	w.must(201, ask{method: "PUT", path: "DiagnosticReport/held", body: `{"resourceType":"DiagnosticReport","id":"held","status":"final","code":{"text":"x"},
		"contained":[{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},
			"valueQuantity":{"value":70,"unit":"beats","system":"http://unitsofmeasure.org","code":"/min"}}],"result":[{"reference":"#o"}]}`})
	const both, code, value = "component-code-value-quantity", "http://loinc.org|8480-6$", "8480-6$"
	w.holds(t, []finds{
		{"Observation", both, value + "gt100||mmHg", []string{"both", "called"}},
		{"Observation", both, value + "140||mmHg", []string{"both"}},
		{"Observation", both, value + "80||mmHg", nil}, // that is the other component
		{"Observation", both, code + "ge140||mm[Hg]", []string{"both"}},
		{"Observation", both, code + "gt139|http://unitsofmeasure.org|mm[Hg]", []string{"both"}},
		{"Observation", both, code + "gt139|http://unitsofmeasure.org|mmHg", nil},
		{"Observation", both, code + "gt1||kilopascal", []string{"other"}},
		{"Observation", both, code + "lt20||kilopascal,8462-4$90||mmHg", []string{"called", "other"}},
		{"Observation", "combo-code-value-quantity", value + "ne1||mmHg", []string{"both", "called"}},
		{"DiagnosticReport", "result.code-value-quantity", "8867-4$70||beats", []string{"held"}},
		{"DiagnosticReport", "result.code-value-quantity", "8867-4$71||beats", nil},
	})
	w.subject("pressure", &access.Subject{Actor: access.System, UserID: "p"}, "system/Observation.rs?component-code-value-quantity=8480-6$gt100||mmHg")
	w.play(t, []scenario{
		{"a version in such a scope", ask{method: "GET", path: "Observation/both/_history", token: "pressure"}, 200, []string{"Observation/both"}, nil},
		{"one outside", ask{method: "GET", path: "Observation/other/_history", token: "pressure"}, 404, nil, []string{"kilopascal"}},
	})
}

func TestRangesAreExact(t *testing.T) { onEachStore(t, testRangesAreExact) }

// testRangesAreExact searches for ranges, whose ends count as exact: 1.99 is not in the range from 2 to 3.
//
// https://hl7.org/fhir/R4/datatypes.html#Range
func testRangesAreExact(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/p", body: `{"resourceType":"Patient","id":"p"}`})
	for id, prediction := range map[string]string{
		"wide":  `"probabilityRange":{"low":{"value":2},"high":{"value":3}}`,
		"equal": `"probabilityRange":{"low":{"value":2},"high":{"value":2}}`,
		"open":  `"probabilityRange":{"low":{"value":3}}`,
		"point": `"probabilityDecimal":2`,
	} {
		w.must(201, ask{method: "PUT", path: "RiskAssessment/" + id, body: `{"resourceType":"RiskAssessment","id":"` + id + `","status":"final",
			"subject":{"reference":"Patient/p"},"prediction":[{` + prediction + `}]}`})
	}
	onset := func(id, low, high string) {
		const years = `,"unit":"a","system":"http://unitsofmeasure.org","code":"a"`
		w.must(201, ask{method: "PUT", path: "Condition/" + id, body: `{"resourceType":"Condition","id":"` + id + `","subject":{"reference":"Patient/p"},
			"onsetRange":{"low":{"value":` + low + years + `},"high":{"value":` + high + years + `}}}`})
	}
	onset("child", "12", "18")
	onset("late", "60", "70")
	w.holds(t, []finds{
		{"RiskAssessment", "probability", "lt2", nil},
		{"RiskAssessment", "probability", "lt2.1", []string{"equal", "point", "wide"}},
		{"RiskAssessment", "probability", "gt3", []string{"open"}},
		{"RiskAssessment", "probability", "ge3", []string{"open", "wide"}},
		{"RiskAssessment", "probability", "le2", []string{"equal", "point", "wide"}},
		{"RiskAssessment", "probability", "sa1.9", []string{"equal", "open", "point", "wide"}},
		{"RiskAssessment", "probability", "sa2", []string{"open"}},
		{"RiskAssessment", "probability", "eb3.1", []string{"equal", "point", "wide"}},
		{"RiskAssessment", "probability", "2", []string{"equal", "point"}},
		{"RiskAssessment", "probability", "ne2", []string{"open", "wide"}},
		{"Condition", "onset-age", "lt12", nil},
		{"Condition", "onset-age", "lt12|http://unitsofmeasure.org|a", nil},
		{"Condition", "onset-age", "sa11.9|http://unitsofmeasure.org|a", []string{"child", "late"}},
		{"Condition", "onset-age", "gt18||a", []string{"late"}},
		{"Condition", "onset-age", "ge216|http://unitsofmeasure.org|mo", []string{"child", "late"}},
		{"Condition", "onset-age", "gt217|http://unitsofmeasure.org|mo", []string{"late"}},
	})
}

func TestReferencesElsewhereAreThere(t *testing.T) { onEachStore(t, testReferencesElsewhereAreThere) }

// testReferencesElsewhereAreThere asks for what has a patient: one here, on another server, in the resource itself, or known by a number.
//
// https://hl7.org/fhir/R4/search.html#missing
func testReferencesElsewhereAreThere(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/p", body: `{"resourceType":"Patient","id":"p"}`})
	w.must(201, ask{method: "PUT", path: "Group/g", body: `{"resourceType":"Group","id":"g","type":"person","actual":true}`})
	w.must(201, ask{method: "PUT", path: "Practitioner/d", body: `{"resourceType":"Practitioner","id":"d"}`})
	put := func(id, more string) {
		w.must(201, ask{method: "PUT", path: "Observation/" + id, body: `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"text":"x"}` + more + `}`})
	}
	put("here", `,"subject":{"reference":"Patient/p"}`)
	put("there", `,"subject":{"reference":"http://other.example.org/fhir/Patient/1"}`)
	put("within", `,"subject":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p","gender":"male"}]`)
	put("known", `,"subject":{"identifier":{"system":"urn:a","value":"1"}}`)
	put("group", `,"subject":{"reference":"Group/g"}`)
	put("group-there", `,"subject":{"reference":"http://other.example.org/fhir/Group/1"}`)
	put("group-within", `,"subject":{"reference":"#g"},"contained":[{"resourceType":"Group","id":"g","type":"person","actual":true}]`)
	put("none", "")
	w.must(201, ask{method: "PUT", path: "RelatedPerson/r", body: `{"resourceType":"RelatedPerson","id":"r","patient":{"reference":"Patient/p"}}`})
	w.must(201, ask{method: "PUT", path: "DiagnosticReport/held", body: `{"resourceType":"DiagnosticReport","id":"held","status":"final","code":{"text":"x"},"contained":[
		{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x"},"subject":{"reference":"http://other.example.org/fhir/Patient/1"}},
		{"resourceType":"Observation","id":"b","status":"final","code":{"text":"x"},"subject":{"reference":"http://other.example.org/fhir/Group/1"}}],
		"result":[{"reference":"#a"},{"reference":"#b"}]}`})
	have, lack := []string{"here", "known", "there", "within"}, []string{"group", "group-there", "group-within", "none"}
	w.holds(t, []finds{
		{"Observation", "patient:missing", "false", have},
		{"Observation", "patient:missing", "true", lack},
		{"Observation", "_filter", "patient pr true", have},
		{"Observation", "_filter", "patient pr false", lack},
		{"Observation", "subject:missing", "true", []string{"none"}},
		{"", "_type=RelatedPerson,Observation&patient:missing", "false", []string{"here", "known", "r", "there", "within"}},
		{"", "_type=Observation,RelatedPerson&patient:missing", "true", lack},
		{"Observation", "patient", "http://other.example.org/fhir/Patient/1", []string{"there"}},
		{"Observation", "patient.gender", "male", []string{"within"}},
		{"Observation", "_contained=true&_containedType=contained&patient:missing", "false", []string{"a"}},
		{"Observation", "_contained=true&_containedType=contained&patient:missing", "true", []string{"b"}},
	})
}

func TestOrderOfCodes(t *testing.T) { onEachStore(t, testOrderOfCodes) }

// testOrderOfCodes sorts by codes: a text beside them does not count, and one by itself is no code, before all others.
//
// https://hl7.org/fhir/R4/search.html#sort
func testOrderOfCodes(t *testing.T, w *world) {
	for id, code := range map[string]string{
		"c-text":  `"coding":[{"system":"urn:a","code":"c","display":"Sea"}],"text":"the third letter"`,
		"b":       `"coding":[{"system":"urn:a","code":"b"}]`,
		"a-text":  `"coding":[{"system":"urn:a"},{"system":"urn:a","code":"a2"},{"system":"urn:b","code":"a1"}],"text":"the first letter"`,
		"d-text":  `"coding":[{"system":"urn:a","code":"d"}],"text":"Dee"`,
		"no-code": `"text":"words"`,
	} {
		w.must(201, ask{method: "PUT", path: "Observation/" + id, body: `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{` + code + `}}`})
	}
	w.holds(t, []finds{
		{"Observation", "code:not=urn:a|&_sort", "code", []string{"no-code"}},
		{"Observation", "code=urn:a|&_sort", "-code", []string{"d-text", "c-text", "b", "a-text"}},
		{"Observation", "_sort", "-code", []string{"d-text", "c-text", "b", "a-text", "no-code"}},
		{"Observation", "code=a1,b,c,d&_sort", "-code", []string{"d-text", "c-text", "b", "a-text"}},
		{"Observation", "code=b,c,d&_sort", "code", []string{"b", "c-text", "d-text"}},
		{"Observation", "code:text", "letter", []string{"a-text", "c-text"}},
		{"Observation", "code:text", "sea", []string{"c-text"}},
		{"Observation", "code:text", "words", []string{"no-code"}},
		{"Observation", "code:missing", "true", nil},
		{"Observation", "_filter", `code ne "urn:a|b"`, []string{"a-text", "c-text", "d-text", "no-code"}},
	})
}

func TestCanonicalsOfBothKinds(t *testing.T) { onEachStore(t, testCanonicalsOfBothKinds) }

// testCanonicalsOfBothKinds follows canonicals from what names one definition twice, with a version and without: that is every version.
//
// https://hl7.org/fhir/R4/references.html#canonical
func testCanonicalsOfBothKinds(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/p", body: `{"resourceType":"Patient","id":"p"}`})
	for _, version := range []string{"1", "2"} {
		w.must(201, ask{method: "PUT", path: "PlanDefinition/v" + version, body: `{"resourceType":"PlanDefinition","id":"v` + version + `",
			"url":"http://plans.example.org/a","version":"` + version + `","status":"active","title":"Version ` + version + `"}`})
	}
	for id, names := range map[string]string{
		"any":  `"http://plans.example.org/a"`,
		"one":  `"http://plans.example.org/a|1"`,
		"both": `"http://plans.example.org/a|1","http://plans.example.org/a"`,
		"gone": `"http://plans.example.org/a|3","http://plans.example.org/a|1"`,
	} {
		w.must(201, ask{method: "PUT", path: "Procedure/" + id, body: `{"resourceType":"Procedure","id":"` + id + `","status":"completed","subject":{"reference":"Patient/p"},
			"instantiatesCanonical":[` + names + `]}`})
	}
	all := []string{"any", "both", "gone", "one"}
	w.holds(t, []finds{
		{"Procedure", "instantiates-canonical:PlanDefinition.title", "Version 1", all},
		{"Procedure", "instantiates-canonical:PlanDefinition.title", "Version 2", []string{"any", "both"}},
		{"Procedure", "_filter", `instantiates-canonical:PlanDefinition.title eq "Version 2"`, []string{"any", "both"}},
		{"Procedure", "instantiates-canonical", "http://plans.example.org/a", all},
		{"Procedure", "instantiates-canonical", "http://plans.example.org/a|1", []string{"both", "gone", "one"}},
		{"Procedure", "instantiates-canonical", "http://plans.example.org/a|2", nil},
		{"Procedure", "instantiates-canonical:below", "http://plans.example.org/a|1", []string{"both", "gone", "one"}},
		{"PlanDefinition", "_has:Procedure:instantiates-canonical:_id", "both", []string{"v1", "v2"}},
		{"PlanDefinition", "_has:Procedure:instantiates-canonical:_id", "gone", []string{"v1"}},
	})
	w.must(200, ask{method: "PUT", path: "Procedure/both", body: `{"resourceType":"Procedure","id":"both","status":"completed","subject":{"reference":"Patient/p"},
		"instantiatesCanonical":["http://plans.example.org/a|1"]}`})
	w.holds(t, []finds{{"Procedure", "instantiates-canonical:PlanDefinition.title", "Version 2", []string{"any"}}})
}
