package interaction

import (
	"strings"
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

func shaped(s Shape, typ, body string) string {
	return string(s.append(nil, &chart.Version{Key: chart.Key{Type: typ, ID: "a"}, VID: 1, Updated: time.UnixMilli(0), Body: []byte(body)}))
}

const shapedMeta = `"meta":{"versionId":"1","lastUpdated":"1970-01-01T00:00:00.000Z","tag":[` + subsetted + `]}`

func TestShape(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		s    Shape
		typ  string
		body string
		want string
	}{
		{"elements keep what is mandatory", Shape{Elements: []string{"subject"}}, "Observation",
			`{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"},"note":[{"text":"n"}]}`,
			`{"resourceType":"Observation","id":"a",` + shapedMeta + `,"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"}}`},
		{"a choice goes by its element's name", Shape{Elements: []string{"value"}}, "Observation",
			`{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x"},"valueString":"v","_valueString":{"id":"i"}}`,
			`{"resourceType":"Observation","id":"a",` + shapedMeta + `,"status":"final","code":{"text":"x"},"valueString":"v","_valueString":{"id":"i"}}`},
		{"some of an element", Shape{Elements: []string{"name.family", "contact.name.given", "birthDate"}}, "Patient",
			`{"resourceType":"Patient","id":"a","name":[{"use":"official","family":"Ash","_family":{"id":"f"},"given":["Ann"]},{"text":"x"}],"gender":"male","birthDate":"1970","_birthDate":{"id":"b"},"contact":[{"gender":"female","name":{"given":["Bea"],"family":"Ash"}}]}`,
			`{"resourceType":"Patient","id":"a",` + shapedMeta + `,"name":[{"use":"official","family":"Ash","_family":{"id":"f"}},{}],"birthDate":"1970","_birthDate":{"id":"b"},"contact":[{"name":{"given":["Bea"]}}]}`},
		{"the whole of an element, and some", Shape{Elements: []string{"name.family", "name", "name.given"}}, "Patient",
			`{"resourceType":"Patient","id":"a","name":[{"use":"official","family":"Ash"}],"gender":"male"}`,
			`{"resourceType":"Patient","id":"a",` + shapedMeta + `,"name":[{"use":"official","family":"Ash"}]}`},
		{"some of a choice", Shape{Elements: []string{"value.code"}}, "Observation",
			`{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x"},"valueQuantity":{"value":1,"code":"kg"}}`,
			`{"resourceType":"Observation","id":"a",` + shapedMeta + `,"status":"final","code":{"text":"x"},"valueQuantity":{"code":"kg"}}`},
		{"elements of this type and of another", Shape{Elements: []string{"Patient.gender", "Observation.status"}}, "Patient",
			`{"resourceType":"Patient","id":"a","active":true,"gender":"male"}`,
			`{"resourceType":"Patient","id":"a",` + shapedMeta + `,"active":true,"gender":"male"}`},
		{"quotes and backslashes in a text", Shape{Elements: []string{"gender"}}, "Patient",
			`{"resourceType":"Patient","id":"a","name":[{"family":"a\"b\\","given":["\\\\\"","}]\\\""]}],"gender":"male"}`,
			`{"resourceType":"Patient","id":"a",` + shapedMeta + `,"gender":"male"}`},
		{"a summary", Shape{Summary: "true"}, "Patient",
			`{"resourceType":"Patient","id":"a","text":{"status":"empty"},"name":[{"family":""}],"photo":[{"url":"u"}],"maritalStatus":{"text":"m"},"link":[{"other":{"reference":"Patient/b"},"type":"seealso"}]}`,
			`{"resourceType":"Patient","id":"a",` + shapedMeta + `,"name":[{"family":""}],"link":[{"other":{"reference":"Patient/b"},"type":"seealso"}]}`},
		{"data", Shape{Summary: "data"}, "Patient", `{"resourceType":"Patient","id":"a","text":{"status":"empty"},"active":true}`,
			`{"resourceType":"Patient","id":"a",` + shapedMeta + `,"active":true}`},
	} {
		if got := shaped(c.s, c.typ, c.body); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestShapesStaySmall asks for what a choice leads to, and that leads to a choice again: some fifty types each time.
func TestShapesStaySmall(t *testing.T) {
	t.Parallel()
	deep := strings.TrimSuffix(strings.Repeat("extension.value.", maxDepth/2), ".")
	s, err := ShapeOf("", []string{deep})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.fits("Patient"); err != nil {
		t.Error(err)
	}
	body := `{"resourceType":"Patient","id":"a","extension":[{"url":"u","valueCoding":{"extension":[{"url":"v","valueCode":"w"}],"code":"c"}}]}`
	want := `{"resourceType":"Patient","id":"a",` + shapedMeta + `,"extension":[{"url":"u","valueCoding":{"extension":[{"url":"v","valueCode":"w"}]}}]}`
	if got := shaped(s, "Patient", body); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	s.Elements = []string{deep + ".nothing"}
	if s.fits("Patient") == nil {
		t.Error("an element that does not exist is taken")
	}
	for name, elements := range map[string][]string{"too deep": {deep + ".code"}, "too many": make([]string, maxElements+1)} {
		if _, err := ShapeOf("", elements); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEveryTypeHasShapes shows a resource of each type, which has nothing but its id, in each shape.
func TestEveryTypeHasShapes(t *testing.T) {
	t.Parallel()
	for _, typ := range typeNames {
		body := `{"resourceType":"` + typ + `","id":"a"}`
		for _, s := range []Shape{{Summary: "true"}, {Summary: "text"}, {Summary: "data"}, {Elements: []string{"id"}}} {
			if got, want := shaped(s, typ, body), `{"resourceType":"`+typ+`","id":"a",`+shapedMeta+`}`; got != want {
				t.Errorf("%s as %v:\n got %s\nwant %s", typ, s, got, want)
			}
		}
	}
	nested := `{"resourceType":"Questionnaire","id":"a","status":"active","item":[{"linkId":"1","type":"group","text":"x","item":[{"linkId":"2","type":"group","text":"y"}]}]}`
	want := `{"resourceType":"Questionnaire","id":"a",` + shapedMeta + `,"status":"active","item":[{"linkId":"1","type":"group","item":[{"linkId":"2","type":"group","text":"y"}]}]}`
	if got := shaped(Shape{Elements: []string{"item.item"}}, "Questionnaire", nested); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func BenchmarkShape(b *testing.B) {
	body := []byte(`{"resourceType":"Observation","id":"a","identifier":[{"system":"urn:s","value":"1"}],"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}]},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-01-01","note":[{"text":"` +
		strings.Repeat("At rest, seated. ", 150) + `"}]}`)
	v := &chart.Version{Key: chart.Key{Type: "Observation", ID: "a"}, VID: 1, Updated: time.UnixMilli(0), Body: body}
	for _, s := range []Shape{{Elements: []string{"code", "subject"}}, {Summary: "true"}} {
		b.Run(s.Summary+strings.Join(s.Elements, ","), func(b *testing.B) {
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst = s.append(dst[:0], v)
			}
		})
	}
}
