package index_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

func extract(t *testing.T, body string) (r4.Resource, *index.Rows) {
	t.Helper()
	r, err := r4.Unmarshal([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	rows := &index.Rows{}
	r4search.Extract(r, rows)
	rows.Sort()
	return r, rows
}

// values lists what a token, string or reference parameter finds.
func values(t *testing.T, typ, code string, rows *index.Rows) []string {
	t.Helper()
	p := r4search.Lookup(typ, code)
	if p == nil {
		t.Fatalf("no parameter %s.%s", typ, code)
	}
	out := []string{}
	for _, n := range p.Rows {
		for _, v := range rows.Tokens {
			if v.Param == n {
				out = append(out, v.Code)
			}
		}
		for _, v := range rows.Strings {
			if v.Param == n && v.Whole() {
				out = append(out, v.Norm)
			}
		}
		for _, v := range rows.References {
			if v.Param == n && (len(p.RowTypes) == 0 || p.RowTypes[0] == v.Type) {
				out = append(out, v.Type+"/"+v.ID+v.URL)
			}
		}
	}
	return out
}

func TestSharedRows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body, typ, code string
		want                  []string
	}{
		{"patient is subject where that is a Patient", `{"resourceType":"Flag","status":"active","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`,
			"Flag", "patient", []string{"Patient/1"}},
		{"patient is not subject where that is a Group", `{"resourceType":"Flag","status":"active","code":{"text":"x"},"subject":{"reference":"Group/1"}}`,
			"Flag", "patient", []string{}},
		{"subject is any of them", `{"resourceType":"Flag","status":"active","code":{"text":"x"},"subject":{"reference":"Group/1"}}`,
			"Flag", "subject", []string{"Group/1"}},
		{"a contained subject is of its own type", `{"resourceType":"Flag","status":"active","code":{"text":"x"},
			"contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"}}`, "Flag", "patient", []string{"Patient/#p"}},
		{"a subject elsewhere is of the type that its address says",
			`{"resourceType":"Flag","status":"active","code":{"text":"x"},"subject":{"reference":"http://e.org/Patient/1"}}`,
			"Flag", "patient", []string{"Patient/http://e.org/Patient/1"}},
		{"telecom is every contact", `{"resourceType":"Patient","telecom":[{"system":"phone","value":"1"},{"system":"email","value":"2"},
			{"system":"fax","value":"3"},{"value":"4"}]}`, "Patient", "telecom", []string{"2", "1", "3", "4"}},
		{"phone is telephone numbers only", `{"resourceType":"Patient","telecom":[{"system":"phone","value":"1"},{"system":"email","value":"2"}]}`,
			"Patient", "phone", []string{"1"}},
		{"name is every part of every name", `{"resourceType":"Patient","name":[{"family":"B","given":["A"],"text":"A B"},{"prefix":["Dr"]}]}`,
			"Patient", "name", []string{"b", "a", "a b", "dr"}},
		{"phonetic is name", `{"resourceType":"Patient","name":[{"family":"B"}]}`, "Patient", "phonetic", []string{"b"}},
		{"combo-code is code and the components' codes", `{"resourceType":"Observation","status":"final","code":{"coding":[{"code":"1"}]},
			"component":[{"code":{"coding":[{"code":"2"}]}}]}`, "Observation", "combo-code", []string{"1", "2"}},
		{"code is not the components' codes", `{"resourceType":"Observation","status":"final","code":{"coding":[{"code":"1"}]},
			"component":[{"code":{"coding":[{"code":"2"}]}}]}`, "Observation", "code", []string{"1"}},
		{"a document's composition is its first entry", `{"resourceType":"Bundle","type":"document","entry":[
			{"resource":{"resourceType":"Composition","id":"c","status":"final","type":{"text":"x"},"date":"2020","author":[{"display":"a"}],"title":"t"}},
			{"resource":{"resourceType":"Composition","id":"d","status":"final","type":{"text":"x"},"date":"2020","author":[{"display":"a"}],"title":"t"}}]}`,
			"Bundle", "composition", []string{"Composition/c"}},
		{"a message's header is no composition", `{"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"MessageHeader","id":"m",
			"eventUri":"http://e","source":{"endpoint":"http://e"}}}]}`, "Bundle", "composition", []string{}},
		{"a date of death means deceased", `{"resourceType":"Patient","deceasedDateTime":"2020"}`, "Patient", "deceased", []string{"true"}},
		{"not deceased", `{"resourceType":"Patient","deceasedBoolean":false}`, "Patient", "deceased", []string{"false"}},
		{"not known to be deceased", `{"resourceType":"Patient"}`, "Patient", "deceased", []string{"false"}},
		{"the value of an Observation by its concept's text", `{"resourceType":"Observation","status":"final","code":{"text":"x"},
			"valueCodeableConcept":{"text":"Blue"}}`, "Observation", "value-string", []string{"blue"}},
		{"a predecessor is not what something is composed of", `{"resourceType":"Library","status":"draft","type":{"text":"x"},"relatedArtifact":[
			{"type":"predecessor","resource":"http://a"},{"type":"composed-of","resource":"http://b"}]}`, "Library", "predecessor", []string{"/http://a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, rows := extract(t, c.body)
			if diff := cmp.Diff(c.want, values(t, c.typ, c.code, rows)); diff != "" {
				t.Errorf("%s.%s, -want +got:\n%s", c.typ, c.code, diff)
			}
		})
	}
}

func TestNoValueIsKeptTwice(t *testing.T) {
	t.Parallel()
	_, rows := extract(t, `{"resourceType":"Observation","status":"final","category":[{"coding":[{"code":"vital-signs"}]}],
		"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/1"},"encounter":{"reference":"Encounter/1"},
		"effectiveDateTime":"2020-01-01T00:00:00Z","valueQuantity":{"value":70,"system":"http://unitsofmeasure.org","code":"/min"}}`)
	// status, category, code; subject (patient reads it), encounter; date; value-quantity (combo-value-quantity reads it);
	// code-value-quantity (combo-code-value-quantity reads it)
	if got := rows.Len(); got != 8 {
		t.Errorf("%d rows, want 8: %+v", got, rows)
	}
}

func TestReferenceIdentifiers(t *testing.T) {
	t.Parallel()
	_, rows := extract(t, `{"resourceType":"Flag","status":"active","code":{"text":"x"},"subject":{"type":"Group","identifier":{"value":"7"}}}`)
	for code, want := range map[string]int{"subject": 1, "patient": 0} {
		n := 0
		for _, v := range rows.Tokens {
			if v.Param == r4search.Lookup("Flag", code).IdentifierRow() && v.Code == "7" {
				n++
			}
		}
		if n != want {
			t.Errorf("%s:identifier finds %d, want %d", code, n, want)
		}
	}
}

func TestComposites(t *testing.T) {
	t.Parallel()
	_, rows := extract(t, `{"resourceType":"Observation","status":"final","code":{"coding":[{"code":"bp"}]},"component":[
		{"code":{"coding":[{"code":"sys"},{"code":"also-sys"}]},"valueQuantity":{"value":120}},
		{"code":{"coding":[{"code":"dia"}]},"valueQuantity":{"value":80}},
		{"code":{"coding":[{"code":"pulse"}]}}]}`)
	type pair struct {
		Code  string
		Value float64
	}
	var got []pair
	p := r4search.Lookup("Observation", "component-code-value-quantity")
	for _, c := range rows.Composites {
		if c.Param == p.Rows[0] {
			got = append(got, pair{c.A.Token.Code, c.B.Quantity.Value})
		}
	}
	if diff := cmp.Diff([]pair{{"also-sys", 120}, {"dia", 80}, {"sys", 120}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	_, rows = extract(t, `{"resourceType":"MolecularSequence","coordinateSystem":0,"referenceSeq":{"chromosome":{"coding":[{"code":"1"}]},
		"windowStart":5,"windowEnd":9},"variant":[{"start":6,"end":7}]}`)
	three := map[string][2]float64{"chromosome-window-coordinate": {5, 9}, "chromosome-variant-coordinate": {6, 7}}
	for code, want := range three {
		found := false
		for _, c := range rows.Composites {
			if c.Param == r4search.Lookup("MolecularSequence", code).ID {
				found = c.A.Token.Code == "1" && c.B.Number.Value == want[0] && c.C.Number.Value == want[1]
			}
		}
		if !found {
			t.Errorf("%s finds no 1, %v in %+v", code, want, rows.Composites)
		}
	}
}

// TestCompositesAreBounded sends a resource whose components would make a million combinations.
func TestCompositesAreBounded(t *testing.T) {
	t.Parallel()
	codings := strings.Repeat(`{"code":"a"},`, 999) + `{"code":"b"}`
	_, rows := extract(t, `{"resourceType":"Observation","status":"final","code":{"coding":[`+codings+`]},
		"valueCodeableConcept":{"coding":[`+codings+`]}}`)
	if len(rows.Composites) > 4096 || rows.Dropped != 1_000_000 {
		t.Errorf("%d composites, %d dropped", len(rows.Composites), rows.Dropped)
	}
	rows.Reset()
	if rows.Dropped != 0 || rows.Len() != 0 {
		t.Errorf("after Reset: %d rows, %d dropped", rows.Len(), rows.Dropped)
	}
}

func TestSortDropsRepetitions(t *testing.T) {
	t.Parallel()
	rows := index.Rows{
		Tokens: []index.Token{{Param: 2, Code: "b"}, {Param: 1, Code: "z"}, {Param: 2, Code: "b"}, {Param: 2, Code: "a"}},
		Dates:  []index.Date{{Param: 1, Lo: 2, Hi: 3}, {Param: 1, Lo: 1, Hi: 2}, {Param: 1, Lo: 2, Hi: 3}},
		Composites: []index.Composite{
			{Param: 1, A: index.Component{Token: &index.Token{Code: "x"}}, B: index.Component{Number: &index.Number{Value: 1}}},
			{Param: 1, A: index.Component{Token: &index.Token{Code: "x"}}, B: index.Component{Number: &index.Number{Value: 1}}},
		},
	}
	rows.Sort()
	if diff := cmp.Diff([]index.Token{{Param: 1, Code: "z"}, {Param: 2, Code: "a"}, {Param: 2, Code: "b"}}, rows.Tokens); diff != "" {
		t.Errorf("tokens, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]index.Date{{Param: 1, Lo: 1, Hi: 2}, {Param: 1, Lo: 2, Hi: 3}}, rows.Dates); diff != "" {
		t.Errorf("dates, -want +got:\n%s", diff)
	}
	if len(rows.Composites) != 1 {
		t.Errorf("%d composites, want 1", len(rows.Composites))
	}
}

func TestOwner(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, body, want string }{
		{"a patient owns itself", `{"resourceType":"Patient","id":"7"}`, "7"},
		{"the subject's record", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`, "1"},
		{"a beneficiary, not the one who pays", `{"resourceType":"Coverage","status":"active","beneficiary":{"reference":"Patient/1"},
			"payor":[{"reference":"Patient/2"}]}`, "1"},
		{"no patient's record", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Device/1"}}`, ""},
		{"a patient elsewhere is none of ours", `{"resourceType":"Observation","status":"final","code":{"text":"x"},
			"subject":{"reference":"http://e.org/Patient/1"}}`, ""},
		{"two patients in one appointment", `{"resourceType":"Appointment","status":"booked","participant":[
			{"status":"accepted","actor":{"reference":"Patient/1"}},{"status":"accepted","actor":{"reference":"Patient/2"}}]}`, r4search.ManyOwners},
		{"one patient twice is one", `{"resourceType":"Appointment","status":"booked","participant":[
			{"status":"accepted","actor":{"reference":"Patient/1"}},{"status":"accepted","actor":{"reference":"Patient/1"}}]}`, "1"},
		{"a group of one is still a group", `{"resourceType":"Group","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/1"}}]}`,
			r4search.ManyOwners},
		{"a device in use by a patient, though Device is outside the compartment", `{"resourceType":"Device","patient":{"reference":"Patient/1"}}`, "1"},
		{"a file in the security context of a patient", `{"resourceType":"Binary","contentType":"text/plain","securityContext":{"reference":"Patient/1"}}`, "1"},
		{"a practitioner is nobody's", `{"resourceType":"Practitioner"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, rows := extract(t, c.body)
			if got := r4search.Owner(r, rows); got != c.want {
				t.Errorf("owner is %q, want %q", got, c.want)
			}
		})
	}
	if !r4search.Owned("Observation") || r4search.Owned("Practitioner") {
		t.Error("an Observation can be a patient's record, a Practitioner can't")
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	n := 0
	for p := range r4search.Params {
		n++
		if r4search.Lookup(p.Base, p.Code) != p {
			t.Errorf("Lookup does not find %s.%s", p.Base, p.Code)
		}
		if p.ID != search.RowNumber(p.Base, p.Code) {
			t.Errorf("%s.%s has number %d", p.Base, p.Code, p.ID)
		}
		if p.Type == search.Composite && (len(p.Components) < 2 || len(p.Components) > 3) {
			t.Errorf("%s.%s has %d components", p.Base, p.Code, len(p.Components))
		}
		for _, c := range p.Components {
			if r4search.Lookup(p.Base, c.Code) == nil {
				t.Errorf("%s.%s: no parameter %s", p.Base, p.Code, c.Code)
			}
		}
	}
	// 1,699 of single types; 8 of Resource on 146 types, 1 of DomainResource on 143, 4 without definition on 146
	if want := 1699 + 8*146 + 143 + 4*146; n != want {
		t.Errorf("%d parameters, want %d", n, want)
	}
	if p := r4search.Lookup("Resource", "_tag"); p == nil || len(p.Rows) != 146 {
		t.Errorf("_tag of all types is %+v", p)
	}
	if r4search.Lookup("Patient", "nothing") != nil || r4search.Lookup("Nothing", "_id") != nil || r4search.Of("Nothing") != nil {
		t.Error("found what does not exist")
	}
	if got := len(r4search.Of("Patient")); got < 30 {
		t.Errorf("Patient has %d parameters", got)
	}
}

func TestCompartments(t *testing.T) {
	t.Parallel()
	members := map[string]int{}
	for i := range r4search.Compartments {
		c := &r4search.Compartments[i]
		members[c.Code] = len(c.Members)
		for _, m := range c.Members {
			for _, p := range m.Params {
				if q := r4search.Lookup(m.Type, p); q == nil || q.Type != search.Reference {
					t.Errorf("%s compartment: %s.%s is no reference parameter", c.Code, m.Type, p)
				}
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"Patient": 66, "Encounter": 25, "RelatedPerson": 32, "Practitioner": 59, "Device": 33}, members); diff != "" {
		t.Errorf("members, -want +got:\n%s", diff)
	}
	patient := r4search.CompartmentOf("Patient")
	if m := patient.Member("Patient"); m == nil || !m.Self {
		t.Errorf("a Patient in its own compartment: %+v", m)
	}
	if m := patient.Member("Device"); m != nil {
		t.Errorf("Device in the compartment of a Patient: %+v", m)
	}
	if r4search.CompartmentOf("Organization") != nil {
		t.Error("found what does not exist")
	}
}
