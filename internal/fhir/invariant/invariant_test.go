package invariant_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/invariant"
)

// findings are what Check tells, without the warnings that a resource has no narrative, as severity, expression and rule.
func findings(t *testing.T, body string) (list []string) {
	t.Helper()
	r, err := r4.Unmarshal([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	issues, err := invariant.Check(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range issues {
		if rule, _, _ := strings.Cut(i.Detail, ":"); rule != "dom-6" {
			list = append(list, i.Severity+" "+i.Expression+" "+rule)
		}
	}
	return list
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"a backbone element":               {`{"resourceType":"Patient","contact":[{"name":{"text":"x"}},{"gender":"male"}]}`, []string{"error Patient.contact[1] pat-1"}},
		"a data type":                      {`{"resourceType":"Patient","name":[{"period":{"start":"2021","end":"2020"}}]}`, []string{"error Patient.name[0].period per-1"}},
		"what can't be told":               {`{"resourceType":"Patient","name":[{"period":{"start":"2020-01","end":"2020-01-15"}}]}`, []string{"error Patient.name[0].period per-1"}},
		"what has no result":               {`{"resourceType":"TestScript","url":"urn:x","name":"X","status":"draft","test":[{"action":[{"operation":{"encodeRequestUrl":true}}]}]}`, []string{"error TestScript.test[0].action[0].operation tst-8"}},
		"no name, and a rule about it":     {`{"resourceType":"ValueSet","status":"draft"}`, nil},
		"no probability":                   {`{"resourceType":"RiskAssessment","status":"final","subject":{"reference":"Patient/a"},"prediction":[{"rationale":"x"}]}`, nil},
		"a probability too large":          {`{"resourceType":"RiskAssessment","status":"final","subject":{"reference":"Patient/a"},"prediction":[{"probabilityDecimal":101}]}`, []string{"error RiskAssessment.prediction[0] ras-2"}},
		"a data type over another":         {`{"resourceType":"Condition","subject":{"reference":"Patient/a"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"onsetAge":{"value":-3,"code":"a","system":"http://unitsofmeasure.org"}}`, []string{"error Condition.onset age-1"}},
		"an element of a data type":        {`{"resourceType":"Organization","name":"x","telecom":[{"system":"phone","value":"1","use":"work"},{"system":"phone","value":"2","use":"home"}]}`, []string{"error Organization.telecom[1] org-3"}},
		"the whole resource":               {`{"resourceType":"Organization","active":true}`, []string{"error Organization org-1"}},
		"a contained resource":             {`{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","active":true}],"managingOrganization":{"reference":"#o"}}`, []string{"error Patient.contained[0] org-1"}},
		"a resource of a Bundle":           {`{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Organization","active":true}}]}`, []string{"error Bundle.entry[0].resource org-1"}},
		"%resource":                        {`{"resourceType":"Observation","status":"final","code":{"coding":[{"code":"a"}]},"valueString":"x","component":[{"code":{"coding":[{"code":"a"}]},"valueString":"y"}]}`, []string{"error Observation obs-7"}},
		"a warning":                        {`{"resourceType":"NamingSystem","name":"of spaces","status":"draft","kind":"root","date":"2020","uniqueId":[{"type":"oid","value":"1.2"}]}`, []string{"warning NamingSystem nsd-0"}},
		"a rule that R4 has wrong":         {`{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"a","type":"string"},{"linkId":"b","type":"string","enableWhen":[{"question":"a","operator":"exists","answerBoolean":true}]}]}`, nil},
		"the same rule, broken":            {`{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"a","type":"string"},{"linkId":"b","type":"string","enableWhen":[{"question":"a","operator":"exists","answerString":"x"}]}]}`, []string{"error Questionnaire.item[1].enableWhen[0] que-7"}},
		"an element of another's form":     {`{"resourceType":"TestScript","url":"urn:x","name":"X","status":"draft","test":[{"action":[{"assert":{"compareToSourceExpression":"x","warningOnly":true}}]}]}`, []string{"error TestScript.test[0].action[0].assert tst-11"}},
		"quantities of tablets, in order":  {`{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x"},"subject":{"reference":"Patient/a"},"dosageInstruction":[{"doseAndRate":[{"doseRange":{"low":{"value":1,"system":"urn:forms","code":"TAB"},"high":{"value":2,"system":"urn:forms","code":"TAB"}}}]}]}`, nil},
		"quantities of tablets, reversed":  {`{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x"},"subject":{"reference":"Patient/a"},"dosageInstruction":[{"doseAndRate":[{"doseRange":{"low":{"value":3,"system":"urn:forms","code":"TAB"},"high":{"value":2,"system":"urn:forms","code":"TAB"}}}]}]}`, []string{"error MedicationRequest.dosageInstruction[0].doseAndRate[0].dose rng-2"}},
		"quantities that have no one unit": {`{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x"},"subject":{"reference":"Patient/a"},"dosageInstruction":[{"doseAndRate":[{"doseRange":{"low":{"value":3,"system":"urn:forms","code":"TAB"},"high":{"value":2,"system":"urn:forms","code":"DROP"}}}]}]}`, []string{"error MedicationRequest.dosageInstruction[0].doseAndRate[0].dose rng-2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := findings(t, c.body); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestNarrative: a resource should have one, a contained resource should not.
func TestNarrative(t *testing.T) {
	t.Parallel()
	r, err := r4.Unmarshal([]byte(`{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"x"}],"managingOrganization":{"reference":"#o"}}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := invariant.Check(t.Context(), r)
	if err != nil || len(got) != 1 || got[0].Severity != "warning" || got[0].Expression != "Patient" || !strings.HasPrefix(got[0].Detail, "dom-6: ") {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestLargeBundle checks a rule that compares all entries of a Bundle with each other.
func TestLargeBundle(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","type":"collection","entry":[`)
	for i := range 4500 {
		b.WriteString(`{"fullUrl":"urn:x:` + strconv.Itoa(i%4499) + `","resource":{"resourceType":"Basic","code":{"text":"x"}}},`)
	}
	body := strings.TrimSuffix(b.String(), ",") + `]}`
	if got, want := findings(t, body), []string{"error Bundle bdl-7"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestBudget: a rule that would take too much work is passed over, and the caller learns so.
func TestBudget(t *testing.T) {
	t.Parallel()
	item := func(id, inner string) string {
		return `{"linkId":"` + id + `","type":"group","text":"x","item":[` + inner + `]}`
	}
	var b strings.Builder
	for i := range 50_000 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"linkId":"` + strconv.Itoa(i) + `","type":"string"}`)
	}
	r, err := r4.Unmarshal([]byte(`{"resourceType":"Questionnaire","status":"draft","item":[` + item("outer", b.String()) + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	issues, err := invariant.Check(t.Context(), r)
	if err != nil || !slices.ContainsFunc(issues, func(i fault.Issue) bool { return i.Code == "too-costly" && i.Severity == "warning" }) {
		t.Errorf("%d issues, %v", len(issues), err)
	}
}
