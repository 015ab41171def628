package validate_test

import (
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/validate"

	"github.com/google/go-cmp/cmp"
)

func TestResource(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		mode       validate.Mode
		want       []string // code expression
	}{
		{"nothing to say", `{"resourceType":"Patient","gender":"male","name":[{"use":"official","given":["a"]}]}`, validate.Full, nil},
		{"required elements", `{"resourceType":"Observation"}`, validate.Structure, []string{"required Observation.status", "required Observation.code"}},
		{"required elements inside", `{"resourceType":"Patient","link":[{"id":"a"},{"other":{"display":"b"},"type":"refer"}]}`, validate.Structure, []string{"required Patient.link[0].other", "required Patient.link[0].type"}},
		{"an extension stands for a required value", `{"resourceType":"Observation","_status":{"extension":[{"url":"u","valueCode":"unknown"}]},"code":{"text":"a"}}`, validate.Structure, nil},
		{"required list", `{"resourceType":"Linkage"}`, validate.Structure, []string{"required Linkage.item"}},
		{"code outside the value set", `{"resourceType":"Patient","gender":"männlich"}`, validate.Structure, []string{"code-invalid Patient.gender"}},
		{"code of a list", `{"resourceType":"Patient","contact":[{"name":{"use":"x"}}],"telecom":[{"system":"phone"},{"system":"pigeon"}]}`, validate.Structure, []string{"code-invalid Patient.telecom[1].system", "code-invalid Patient.contact[0].name.use"}},
		{"concept with one code of the set", `{"resourceType":"AllergyIntolerance","patient":{"display":"a"},"clinicalStatus":{"coding":[{"code":"x"},{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]}}`, validate.Structure, nil},
		{"concept with a code of another system", `{"resourceType":"AllergyIntolerance","patient":{"display":"a"},"clinicalStatus":{"coding":[{"system":"urn:x","code":"active"}]}}`, validate.Structure, []string{"code-invalid AllergyIntolerance.clinicalStatus"}},
		{"concept of text alone", `{"resourceType":"AllergyIntolerance","patient":{"display":"a"},"clinicalStatus":{"text":"active"}}`, validate.Structure, []string{"code-invalid AllergyIntolerance.clinicalStatus"}},
		{"media type", `{"resourceType":"Binary","contentType":"application/fhir+json; charset=utf-8"}`, validate.Structure, nil},
		{"no media type", `{"resourceType":"Binary","contentType":"text"}`, validate.Structure, []string{"code-invalid Binary.contentType"}},
		{"currency", `{"resourceType":"Invoice","status":"issued","totalNet":{"value":1,"currency":"eur"}}`, validate.Structure, []string{"code-invalid Invoice.totalNet.currency"}},
		{"reference to another type", `{"resourceType":"Patient","managingOrganization":{"reference":"Patient/1"}}`, validate.Structure, []string{"value Patient.managingOrganization"}},
		{"absolute reference to another type", `{"resourceType":"Patient","generalPractitioner":[{"reference":"https://a.b/fhir/Practitioner/1/_history/2"},{"reference":"https://a.b/fhir/Patient/1"}]}`, validate.Structure, []string{"value Patient.generalPractitioner[1]"}},
		{"reference by type alone", `{"resourceType":"Patient","managingOrganization":{"type":"Group","display":"a"}}`, validate.Structure, []string{"value Patient.managingOrganization"}},
		{"references that do not say their type", `{"resourceType":"Patient","generalPractitioner":[{"reference":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},{"reference":"Practitioner?identifier=a|b"},{"reference":"http://a.b/c"},{"display":"x"}]}`, validate.Structure, nil},
		{"reference to any type", `{"resourceType":"Linkage","item":[{"type":"source","resource":{"reference":"Basic/1"}}]}`, validate.Structure, nil},
		{"reference in a choice", `{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"reference":"Patient/1"},"medicationReference":{"reference":"Patient/1"}}`, validate.Structure, []string{"value MedicationRequest.medication"}},
		{"contained reference of another type", `{"resourceType":"Patient","contained":[{"resourceType":"Patient","id":"a"}],"managingOrganization":{"reference":"#a"}}`, validate.Structure, []string{"value Patient.managingOrganization"}},
		{"extension with value and extensions", `{"resourceType":"Patient","extension":[{"url":"u","valueString":"a","extension":[{"url":"v","valueString":"b"}]}]}`, validate.Structure, []string{"invariant Patient.extension[0]"}},
		{"extension with neither", `{"resourceType":"Patient","_gender":{"extension":[{"url":"u"}]}}`, validate.Structure, []string{"invariant Patient.gender.extension[0]"}},
		{"entries of a bundle", `{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","gender":"x"}}]}`, validate.Structure, []string{"code-invalid Bundle.entry[0].resource.gender"}},
		{"contained resource that is missing", `{"resourceType":"Patient","managingOrganization":{"reference":"#a"}}`, validate.Full, []string{"not-found Patient.managingOrganization.reference"}},
		{"contained resource that is missing is no matter of structure", `{"resourceType":"Patient","managingOrganization":{"reference":"#a"}}`, validate.Structure, nil},
		{"contained resources in each other", `{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"a","contained":[{"resourceType":"Organization","id":"b"}]}],"managingOrganization":{"reference":"#a"}}`, validate.Full, []string{"invariant Patient.contained[0].contained"}},
		{"contained resource that nothing names", `{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"a"}]}`, validate.Full, []string{"invariant Patient.contained[0]"}},
		{"contained resource that names its container", `{"resourceType":"Patient","contained":[{"resourceType":"Provenance","id":"a","target":[{"reference":"#"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}]}`, validate.Full, nil},
		{"version of a contained resource", `{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"a","meta":{"versionId":"1","security":[{"code":"x"}]}}],"managingOrganization":{"reference":"#a"}}`, validate.Full, []string{"invariant Patient.contained[0].meta", "invariant Patient.contained[0].meta.security"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := r4.Unmarshal([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, i := range validate.Resource(r, tt.mode) {
				if i.Detail == "" {
					t.Errorf("%s: no detail", i.Expression)
				}
				got = append(got, i.Code+" "+i.Expression)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTooLong holds that strings have at most 1,048,576 characters, however many bytes these take, and that what is no string may have more.
func TestTooLong(t *testing.T) {
	t.Parallel()
	most := strings.Repeat("ä", 1<<20)
	string1 := func(text string) r4.Resource {
		return &r4.Patient{Name: []r4.HumanName{{Given: []fhir.String{{V: "x"}, {V: text}}}}}
	}
	markdown := func(text string) r4.Resource {
		return &r4.Patient{Extension: []fhir.Extension{{URL: "urn:x", Value: &fhir.Markdown{V: text}}}}
	}
	for name, c := range map[string]struct {
		r    r4.Resource
		want string
	}{
		"a string of as many":   {string1(most), ""},
		"a string of one more":  {string1(most + "a"), "Patient.name[0].given[1]"},
		"markdown of as many":   {markdown(most), ""},
		"markdown of one more":  {markdown(most + "a"), "Patient.extension[0].value"},
		"a code of one more":    {&r4.Patient{Language: fhir.NewCode(strings.Repeat("a", 1<<20+1))}, "Patient.language"},
		"the id of an element":  {&r4.Patient{Name: []r4.HumanName{{ID: most + "a", Text: fhir.NewString("x")}}}, "Patient.name[0].id"},
		"bytes of a photo":      {&r4.Patient{Photo: []r4.Attachment{{Data: fhir.Base64Binary{V: strings.Repeat("AAAA", 1<<18+1)}}}}, ""},
		"a narrative":           {&r4.Patient{Text: &r4.Narrative{Status: fhir.NewCode("generated"), Div: fhir.XHTML{V: most + "a"}}}, ""},
		"an address of the web": {&r4.Patient{ImplicitRules: fhir.URI{V: "urn:" + strings.Repeat("a", 1<<20)}}, ""},
	} {
		var got []string
		for _, i := range validate.Resource(c.r, validate.Structure) {
			got = append(got, i.Code+" "+i.Expression)
		}
		var want []string
		if c.want != "" {
			want = []string{"too-long " + c.want}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNarrative(t *testing.T) {
	t.Parallel()
	const open = `<div xmlns="http://www.w3.org/1999/xhtml">`
	for _, tt := range []struct{ name, div, want string }{
		{"text and markup", open + `<p class="x" style="color:red">a <b>b</b><br/>&nbsp;&#160;<a href="https://a.b/c">c</a><img src="data:image/png;base64,AA==" alt="x"/></p></div>`, ""},
		{"an image is content", open + `<img src="a.png"/></div>`, ""},
		{"no content", open + `<p> <br/></p></div>`, "invariant"},
		{"no namespace", `<div>a</div>`, "structure"},
		{"another element", `<p xmlns="http://www.w3.org/1999/xhtml">a</p>`, "structure"},
		{"two elements", open + `a</div>` + open + `b</div>`, "structure"},
		{"text beside it", open + `a</div>b`, "structure"},
		{"not closed", open + `<p>a</div>`, "structure"},
		{"plain text", `a`, "structure"},
		{"script", open + `a<script>b</script></div>`, "invariant"},
		{"form", open + `a<form><input/></form></div>`, "invariant"},
		{"event handler", open + `<p onclick="b">a</p></div>`, "invariant"},
		{"code in an address", open + "<a href=\"Java\tScript:b\">a</a></div>", "invariant"},
		{"document in an address", open + `<a href="data:text/html,b">a</a></div>`, "invariant"},
		{"declaration", `<!DOCTYPE div>` + open + `a</div>`, "structure"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &r4.Patient{Text: &r4.Narrative{Status: fhir.NewCode("generated"), Div: fhir.XHTML{V: tt.div}}}
			got := ""
			for _, i := range validate.Resource(r, validate.Full) {
				got += i.Code
				if i.Expression != "Patient.text.div" {
					t.Errorf("reported at %s", i.Expression)
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if issues := validate.Resource(r, validate.Structure); issues != nil {
				t.Errorf("narratives are no matter of structure: %v", issues)
			}
		})
	}
}

// TestBuilt checks resources that no decoder has seen.
func TestBuilt(t *testing.T) {
	t.Parallel()
	r := &r4.Patient{
		BirthDate: fhir.NewDate("12.3.1999"),
		Deceased:  &r4.Address{City: fhir.NewString("x")},
		Contained: []fhir.Resource{nil},
		Telecom:   []r4.ContactPoint{{Rank: fhir.NewPositiveInt(1), System: fhir.NewCode("phone ")}},
	}
	var got []string
	for _, i := range validate.Resource(r, validate.Structure) {
		got = append(got, i.Code+" "+i.Expression)
	}
	want := []string{
		"structure Patient.contained[0]", "value Patient.telecom[0].system", "code-invalid Patient.telecom[0].system",
		"value Patient.birthDate", "structure Patient.deceased",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	if err := validate.Error("test", nil); err != nil {
		t.Errorf("no finding, yet %v", err)
	}
	r := &r4.Observation{}
	if err := validate.Error("test", validate.Resource(r, validate.Structure)); !fault.Is(err, fault.Unprocessable) {
		t.Errorf("got %v", err)
	}
}

func TestGoodResourceAllocatesLittle(t *testing.T) {
	r, err := r4.Unmarshal([]byte(`{"resourceType":"Patient","gender":"male","birthDate":"2020","name":[{"use":"official","given":["a","b"],"family":"c"}],"managingOrganization":{"reference":"Organization/1"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { validate.Resource(r, validate.Full) }); n > 6 {
		t.Errorf("%v allocations", n)
	}
}
