package xml_test

import (
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir/xml"
)

func TestMarshalIndent(t *testing.T) {
	t.Parallel()
	r, err := r4.Unmarshal([]byte(`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a</p> b</div>"},` +
		`"contained":[{"resourceType":"Organization","id":"o"}],"birthDate":"1980","_birthDate":{"extension":[{"url":"http://e.org","valueCode":"x"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	const want = `<Patient xmlns="http://hl7.org/fhir">
  <text>
    <status value="generated"/>
    <div xmlns="http://www.w3.org/1999/xhtml"><p>a</p> b</div>
  </text>
  <contained>
    <Organization>
      <id value="o"/>
    </Organization>
  </contained>
  <birthDate value="1980">
    <extension url="http://e.org">
      <valueCode value="x"/>
    </extension>
  </birthDate>
</Patient>
`
	if got := string(xml.MarshalIndent(r)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
