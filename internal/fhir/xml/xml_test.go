package xml_test

import (
	"bytes"
	stdxml "encoding/xml"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/fhirtest"
	"chartwright/internal/fhir/xml"
)

// TestCorpus takes every example from JSON to XML and back.
func TestCorpus(t *testing.T) {
	t.Parallel()
	compared := 0
	examples(t, "examples", ".json", func(file string, body []byte) {
		r, err := r4.Unmarshal(body)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			return
		}
		want, err := r4.Marshal(r)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			return
		}
		for _, doc := range [][]byte{xml.Marshal(r), xml.MarshalIndent(r)} {
			back, err := xml.Unmarshal(r4.Schema, doc)
			if err != nil {
				t.Errorf("%s: %v", file, err)
				return
			}
			got, err := r4.Marshal(back.(r4.Resource))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s changes by way of XML (%v):\ngot  %s\nwant %s", file, err, got, want)
			}
		}
		compared++
	})
	if compared != 684 {
		t.Errorf("%d examples compared, want 684", compared)
	}
}

// TestOfficialXML reads resources that others wrote as XML and compares them with their JSON form where that is at hand.
func TestOfficialXML(t *testing.T) {
	t.Parallel()
	json := map[string]string{"patient-example.xml": "Patient-example.json"}
	faulty := map[string]string{"observation-example.xml": "Observation.extension"} // it stands behind other elements
	read := 0
	examples(t, "fhirpath", ".xml", func(file string, body []byte) {
		if strings.HasPrefix(file, "tests-") {
			return
		}
		r, err := xml.Unmarshal(r4.Schema, body)
		if at, known := faulty[file]; known {
			delete(faulty, file)
			if err == nil || !strings.Contains(err.Error(), "["+at+":") {
				t.Errorf("%s: want a fault at %s, got %v", file, at, err)
			}
			return
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
			return
		}
		read++
		got, err := r4.Marshal(r.(r4.Resource))
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		examples(t, "examples", ".json", func(other string, body []byte) {
			if other != json[file] {
				return
			}
			delete(json, file)
			want, err := r4.Unmarshal(body)
			if err != nil {
				t.Fatal(err)
			}
			// The two publications differ in the narrative, which is not the point.
			strip := func(r fhir.Resource) string {
				r.(*r4.Patient).Text = nil
				out, err := r4.Marshal(r.(r4.Resource))
				if err != nil {
					t.Fatal(err)
				}
				return string(out)
			}
			if got, want := strip(r), strip(want); got != want {
				t.Errorf("%s:\ngot  %s\nwant %s", file, got, want)
			}
		})
		if len(got) == 0 {
			t.Errorf("%s: nothing", file)
		}
	})
	if read != 6 || len(json)+len(faulty) > 0 {
		t.Errorf("%d files read, not compared: %v, not refused: %v", read, json, faulty)
	}
}

// examples calls fn for the files below a folder of the test data whose names end so.
func examples(t *testing.T, folder, ending string, fn func(file string, body []byte)) {
	t.Helper()
	err := filepath.WalkDir(fhirtest.Folder(t, folder), func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(p, ending) {
			return err
		}
		body, err := os.ReadFile(p)
		if err == nil {
			fn(e.Name(), body)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

const patient = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir p.xsd">
  <id value="a"/>
  <text>
    <status value="generated"/>
    <div xmlns="http://www.w3.org/1999/xhtml"><p class="x">A &lt; B</p></div>
  </text>
  <contained>
    <Organization><id value="o"/><name value="x &amp; y&#xA;z"/></Organization>
  </contained>
  <extension url="http://example.org/e" id="e1"><valueQuantity><value value="1.50"/></valueQuantity></extension>
  <active value="false"/>
  <name id="n1"><given value="a"/><given id="g2"/><given value="c"><extension url="http://example.org/x"><valueInteger value="0"/></extension></given></name>
  <deceasedDateTime value="2020"/>
</Patient>`

const patientJSON = `{"resourceType":"Patient","id":"a","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class=\"x\">A &lt; B</p></div>"},` +
	`"contained":[{"resourceType":"Organization","id":"o","name":"x & y\nz"}],"extension":[{"id":"e1","url":"http://example.org/e","valueQuantity":{"value":1.50}}],` +
	`"active":false,"name":[{"id":"n1","given":["a",null,"c"],"_given":[null,{"id":"g2"},{"extension":[{"url":"http://example.org/x","valueInteger":0}]}]}],"deceasedDateTime":"2020"}`

func TestUnmarshal(t *testing.T) {
	t.Parallel()
	for _, body := range []string{patient, "\ufeff" + patient} {
		r, err := xml.Unmarshal(r4.Schema, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := r4.Marshal(r.(r4.Resource))
		if err != nil || string(got) != patientJSON {
			t.Errorf("%v\ngot  %s\nwant %s", err, got, patientJSON)
		}
	}
}

var refused = []struct{ name, body, expression, detail string }{
	{"nothing", ``, "", "there is no resource"},
	{"no XML", `{"resourceType":"Patient"}`, "", "text between elements"},
	{"another namespace", `<Patient/>`, "", `"Patient" is not in the namespace of FHIR`},
	{"unknown type", `<Patent xmlns="http://hl7.org/fhir"/>`, "Patent", `unknown resource type "Patent"`},
	{"unknown element", `<Patient xmlns="http://hl7.org/fhir"><nom value="a"/></Patient>`, "Patient.nom", `unknown element "nom"`},
	{"unknown attribute", `<Patient xmlns="http://hl7.org/fhir"><name x="1"/></Patient>`, "Patient.name[0].x", `unknown attribute "x"`},
	{"unknown attribute of a primitive", `<Patient xmlns="http://hl7.org/fhir"><active value="true" x="1"/></Patient>`, "Patient.active", `unknown attribute "x"`},
	{"out of order", `<Patient xmlns="http://hl7.org/fhir"><gender value="male"/><active value="true"/></Patient>`, "Patient.active", "stands behind"},
	{"given twice", `<Patient xmlns="http://hl7.org/fhir"><gender value="male"/><gender value="male"/></Patient>`, "Patient.gender", "given twice"},
	{"second alternative", `<Patient xmlns="http://hl7.org/fhir"><deceasedBoolean value="true"/><deceasedDateTime value="2020"/></Patient>`, "Patient.deceased", "given twice"},
	{"type not in the choice", `<Patient xmlns="http://hl7.org/fhir"><deceasedString value="true"/></Patient>`, "Patient.deceasedString", "unknown element"},
	{"bad boolean", `<Patient xmlns="http://hl7.org/fhir"><active value="yes"/></Patient>`, "Patient.active", "not of the form of the type boolean"},
	{"bad date", `<Patient xmlns="http://hl7.org/fhir"><birthDate value="2021-02-29"/></Patient>`, "Patient.birthDate", "not of the form of the type date"},
	{"bad integer", `<Patient xmlns="http://hl7.org/fhir"><multipleBirthInteger value="1.0"/></Patient>`, "Patient.multipleBirth", "not of the form of the type integer"},
	{"empty value", `<Patient xmlns="http://hl7.org/fhir"><gender value=""/></Patient>`, "Patient.gender", "not of the form"},
	{"empty primitive", `<Patient xmlns="http://hl7.org/fhir"><gender/></Patient>`, "Patient.gender", "must not be empty"},
	{"empty element", `<Patient xmlns="http://hl7.org/fhir"><name/></Patient>`, "Patient.name[0]", "must not be empty"},
	{"text", `<Patient xmlns="http://hl7.org/fhir"><gender>male</gender></Patient>`, "Patient.gender", "text between elements"},
	{"value of a complex element", `<Patient xmlns="http://hl7.org/fhir"><maritalStatus value="M"/></Patient>`, "Patient.maritalStatus.value", "unknown attribute"},
	{"child of a primitive", `<Patient xmlns="http://hl7.org/fhir"><gender value="male"><x/></gender></Patient>`, "Patient.gender.x", "unknown element"},
	{"document type", `<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"/>`, "", "document type declaration"},
	{"entity", `<Patient xmlns="http://hl7.org/fhir"><gender value="&a;"/></Patient>`, "Patient", "the XML is broken"},
	{"cut off", `<Patient xmlns="http://hl7.org/fhir"><name><family value="a"`, "Patient.name[0]", "the XML is broken at line 1"},
	{"more behind it", `<Patient xmlns="http://hl7.org/fhir"/><Patient xmlns="http://hl7.org/fhir"/>`, "", "there is more behind the resource"},
	{"two contained in one", `<Patient xmlns="http://hl7.org/fhir"><contained><Group/><Group/></contained></Patient>`, "Patient.contained[0]", "more than one resource"},
	{"nothing contained", `<Patient xmlns="http://hl7.org/fhir"><contained/></Patient>`, "Patient.contained[0]", "a resource is expected"},
	{"narrative in the wrong namespace", `<Patient xmlns="http://hl7.org/fhir"><text><div><p/></div></text></Patient>`, "Patient.text.div", "not in the namespace of XHTML"},
	{"narrative with elements of another namespace", `<Patient xmlns="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><text><h:div><p/></h:div></text></Patient>`, "Patient.text.div", "not in the namespace of XHTML"},
	{"narrative that is cut off", `<Patient xmlns="http://hl7.org/fhir"><text><div xmlns="http://www.w3.org/1999/xhtml"><p>`, "Patient.text.div", "the XML is broken"},
	{"div of XHTML elsewhere", `<Patient xmlns="http://hl7.org/fhir"><div xmlns="http://www.w3.org/1999/xhtml"/></Patient>`, "Patient.div", "unknown element"},
}

// TestNamespaces: how a document declares the two namespaces is no part of what it says.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	const fhirSpace, xhtmlSpace = `"http://hl7.org/fhir"`, `"http://www.w3.org/1999/xhtml"`
	const div = `<div xmlns=\"http://www.w3.org/1999/xhtml\"><p title=\"a &lt; b\">a &amp; b<br/></p></div>`
	for name, body := range map[string]string{
		"each its own":                   `<Patient xmlns=` + fhirSpace + `><text><div xmlns=` + xhtmlSpace + `><p title="a &lt; b">a &amp; b<br/></p></div></text></Patient>`,
		"prefixes":                       `<f:Patient xmlns:f=` + fhirSpace + `><f:text><h:div xmlns:h=` + xhtmlSpace + `><h:p title="a &lt; b">a &amp; b<h:br/></h:p></h:div></f:text></f:Patient>`,
		"prefixes declared above":        `<f:Patient xmlns:f=` + fhirSpace + ` xmlns:h=` + xhtmlSpace + `><f:text><h:div><h:p title="a &lt; b">a &amp; b<h:br></h:br></h:p></h:div></f:text></f:Patient>`,
		"XHTML as the default":           `<f:Patient xmlns:f=` + fhirSpace + ` xmlns=` + xhtmlSpace + `><f:text><div><p title="a &lt; b">a &amp; b<br/></p></div></f:text></f:Patient>`,
		"a prefix below the div":         `<Patient xmlns=` + fhirSpace + `><text><div xmlns=` + xhtmlSpace + ` xmlns:h=` + xhtmlSpace + `><h:p title="a &lt; b">a &amp; b<br/></h:p></div></text></Patient>`,
		"instructions for other readers": `<?xml version="1.0"?><?xml-stylesheet href="a.css"?><Patient xmlns=` + fhirSpace + `><?x y?><text><div xmlns=` + xhtmlSpace + `><p title="a &lt; b">a &amp; b<br/></p></div></text></Patient>`,
	} {
		r, err := xml.Unmarshal(r4.Schema, []byte(body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := r4.Marshal(r.(r4.Resource))
		if want := `{"resourceType":"Patient","text":{"div":"` + div + `"}}`; err != nil || string(got) != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, want)
		}
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := xml.Unmarshal(r4.Schema, []byte(tt.body))
			var e *fault.Error
			if !errors.As(err, &e) || e.Kind != fault.Invalid || len(e.Issues) != 1 {
				t.Fatalf("want one Invalid issue, got %v", err)
			}
			if i := e.Issues[0]; i.Expression != tt.expression || !strings.Contains(i.Detail, tt.detail) {
				t.Errorf("got %q at %q, want %q at %q", i.Detail, i.Expression, tt.detail, tt.expression)
			}
		})
	}
}

func TestUnmarshalBounded(t *testing.T) {
	t.Parallel()
	const n = 100_000
	for _, body := range []string{
		`<Patient xmlns="http://hl7.org/fhir">` + strings.Repeat(`<extension url="a">`, n),
		`<Bundle xmlns="http://hl7.org/fhir">` + strings.Repeat(`<entry><resource><Bundle>`, n),
		strings.Repeat(`<a xmlns="http://hl7.org/fhir">`, n),
	} {
		if _, err := xml.Unmarshal(r4.Schema, []byte(body)); !fault.Is(err, fault.Invalid) || len(err.Error()) > 2000 {
			t.Errorf("got %.300v", err)
		}
	}
}

func TestMarshal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		r    fhir.Resource
		want string
	}{
		{"no content", &r4.Patient{}, `<Patient xmlns="http://hl7.org/fhir"></Patient>`},
		{"escapes", &r4.Patient{Gender: fhir.NewCode("a\"<&>\n")}, `<Patient xmlns="http://hl7.org/fhir"><gender value="a&#34;&lt;&amp;&gt;&#xA;"/></Patient>`},
		{"entities of HTML", &r4.Patient{Text: &r4.Narrative{Div: fhir.XHTML{V: `<div xmlns="http://www.w3.org/1999/xhtml">a&nbsp;&amp;&eacute;</div>`}}}, "<Patient xmlns=\"http://hl7.org/fhir\"><text><div xmlns=\"http://www.w3.org/1999/xhtml\">a\u00a0&amp;é</div></text></Patient>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := xml.Marshal(tt.r); string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	for _, div := range []string{"text", "<p/>", `<div>a</div>`, `<div xmlns="http://www.w3.org/1999/xhtml">`, `<div xmlns="http://www.w3.org/1999/xhtml"/></text>`} {
		doc := xml.Marshal(&r4.Patient{Text: &r4.Narrative{Div: fhir.XHTML{V: div}}})
		var text bytes.Buffer
		_ = stdxml.EscapeText(&text, []byte(div))
		if want := `<Patient xmlns="http://hl7.org/fhir"><text><div xmlns="http://www.w3.org/1999/xhtml">` + text.String() + "</div></text></Patient>"; string(doc) != want {
			t.Errorf("%s: %s, want %s", div, doc, want)
		}
	}
}

// FuzzUnmarshal proves that no document makes the decoder panic and that what it accepts it can write and read again.
func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(patient))
	for _, tt := range refused {
		f.Add([]byte(tt.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := xml.Unmarshal(r4.Schema, body)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("not Invalid: %v", err)
			}
			return
		}
		doc := xml.Marshal(r)
		again, err := xml.Unmarshal(r4.Schema, doc)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, doc)
		}
		if twice := xml.Marshal(again); !bytes.Equal(doc, twice) {
			t.Fatalf("not stable:\n%s\n%s", doc, twice)
		}
	})
}
