package index_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/index"
)

// decode reads one element of the given type by wrapping it in an extension.
func decode(t *testing.T, typ, value string) fhir.Value {
	t.Helper()
	r, err := r4.Unmarshal([]byte(`{"resourceType":"Basic","code":{"text":"x"},"extension":[{"url":"http://e","value` + typ + `":` + value + `}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return r.(*r4.Basic).Extension[0].Value
}

func TestConversions(t *testing.T) {
	t.Parallel()
	const us = 1e6
	token := func(v fhir.Value, x *index.Rows) { x.TokenValue(1, 2, v) }
	text := func(v fhir.Value, x *index.Rows) { x.StringValue(1, v) }
	reference := func(v fhir.Value, x *index.Rows) { x.ReferenceValue(1, 2, v) }
	uri := func(v fhir.Value, x *index.Rows) { x.URIValue(1, v) }
	date := func(v fhir.Value, x *index.Rows) { x.DateValue(1, v) }
	number := func(v fhir.Value, x *index.Rows) { x.NumberValue(1, v) }
	quantity := func(v fhir.Value, x *index.Rows) { x.QuantityValue(1, v) }
	for _, c := range []struct {
		name, typ, value string
		index            func(fhir.Value, *index.Rows)
		want             index.Rows
	}{
		// https://hl7.org/fhir/R4/search.html#token
		{"token: a Coding is system and code, its display the text", "Coding", `{"system":"http://loinc.org","code":"8867-4","display":"Heart Rate"}`,
			token, index.Rows{Tokens: []index.Token{{Param: 1, System: "http://loinc.org", Code: "8867-4", Text: "heart rate"}}}},
		{"token: each coding of a CodeableConcept, and a text that none displays", "CodeableConcept",
			`{"coding":[{"system":"http://a","code":"1"},{"code":"2"}],"text":"Pulse"}`, token,
			index.Rows{Tokens: []index.Token{{Param: 1, System: "http://a", Code: "1"}, {Param: 1, Code: "2"}, {Param: 1, System: "http://a", Code: "1", Text: "pulse"}}}},
		{"token: a text alone", "CodeableConcept", `{"coding":[{"system":"http://a"}],"text":"Pulse"}`, token,
			index.Rows{Tokens: []index.Token{{Param: 1, System: "http://a"}, {Param: 1, Text: "pulse"}}}},
		{"token: a text that a coding displays is not repeated", "CodeableConcept", `{"coding":[{"code":"1","display":"Pulse"}],"text":"Pulse"}`,
			token, index.Rows{Tokens: []index.Token{{Param: 1, Code: "1", Text: "pulse"}}}},
		{"token: an Identifier by system and value, and by type and value", "Identifier",
			`{"type":{"coding":[{"system":"http://t","code":"MR"}],"text":"Record Number"},"system":"http://acme","value":"12345"}`, token,
			index.Rows{Tokens: []index.Token{{Param: 2, System: "http://t", Code: "MR|12345"},
				{Param: 1, System: "http://acme", Code: "12345", Text: "record number"}}}},
		{"token: a ContactPoint by its value", "ContactPoint", `{"system":"phone","value":"(555) 1234"}`, token,
			index.Rows{Tokens: []index.Token{{Param: 1, Code: "(555) 1234"}}}},
		{"token: false is a value", "Boolean", `false`, token, index.Rows{Tokens: []index.Token{{Param: 1, Code: "false"}}}},
		{"token: a code", "Code", `"male"`, token, index.Rows{Tokens: []index.Token{{Param: 1, Code: "male"}}}},
		{"token: a Quantity is none", "Quantity", `{"value":1}`, token, index.Rows{}},

		{"string: each part of a name", "HumanName", `{"text":"Peter James Chalmers","family":"Chalmers","given":["Peter","James"],"prefix":["Dr."]}`, text,
			index.Rows{Strings: []index.String{{Param: 1, Norm: "peter james chalmers", Exact: "Peter James Chalmers"},
				{Param: 1, Norm: "james chalmers"}, {Param: 1, Norm: "chalmers"}, {Param: 1, Norm: "chalmers", Exact: "Chalmers"},
				{Param: 1, Norm: "peter", Exact: "Peter"}, {Param: 1, Norm: "james", Exact: "James"}, {Param: 1, Norm: "dr", Exact: "Dr."}}}},
		{"string: each part of an address", "Address", `{"line":["534 Erewhon St"],"city":"PleasantVille","state":"Vic","postalCode":"3999"}`, text,
			index.Rows{Strings: []index.String{{Param: 1, Norm: "534 erewhon st", Exact: "534 Erewhon St"}, {Param: 1, Norm: "erewhon st"}, {Param: 1, Norm: "st"}, {Param: 1, Norm: "pleasantville", Exact: "PleasantVille"},
				{Param: 1, Norm: "vic", Exact: "Vic"}, {Param: 1, Norm: "3999", Exact: "3999"}}}},

		// https://hl7.org/fhir/R4/search.html#reference
		{"reference: relative", "Reference", `{"reference":"Patient/23"}`, reference,
			index.Rows{References: []index.Reference{{Param: 1, Type: "Patient", ID: "23"}}}},
		{"reference: to a version", "Reference", `{"reference":"Patient/23/_history/2"}`, reference,
			index.Rows{References: []index.Reference{{Param: 1, Type: "Patient", ID: "23", Version: "2"}}}},
		{"reference: absolute, below a base of this server", "Reference", `{"reference":"https://here.example/fhir/Patient/23"}`, reference,
			index.Rows{References: []index.Reference{{Param: 1, Type: "Patient", ID: "23"}}}},
		{"reference: to another server", "Reference", `{"reference":"http://example.org/fhir/Patient/23/_history/7"}`, reference,
			index.Rows{References: []index.Reference{{Param: 1, Type: "Patient", URL: "http://example.org/fhir/Patient/23", Version: "7"}}}},
		{"reference: urn", "Reference", `{"reference":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","type":"Patient"}`, reference,
			index.Rows{References: []index.Reference{{Param: 1, Type: "Patient", URL: "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}}}},
		{"reference: what only looks like a type is an address", "Reference", `{"reference":"http://example.org/a/b"}`, reference,
			index.Rows{References: []index.Reference{{Param: 1, URL: "http://example.org/a/b"}}}},
		{"reference: only an identifier", "Reference", `{"identifier":{"system":"http://acme","value":"7"}}`, reference,
			index.Rows{Tokens: []index.Token{{Param: 2, System: "http://acme", Code: "7"}}}},
		{"reference: only a display is nothing", "Reference", `{"display":"somebody"}`, reference, index.Rows{}},
		{"reference: a canonical and its version", "Canonical", `"http://example.org/q|1.0"`, reference,
			index.Rows{References: []index.Reference{{Param: 1, URL: "http://example.org/q", Version: "1.0"}}}},

		{"uri: a canonical with version and without", "Canonical", `"http://example.org/q|1.0"`, uri,
			index.Rows{URIs: []index.URI{{Param: 1, URI: "http://example.org/q|1.0"}, {Param: 1, URI: "http://example.org/q"}}}},
		{"uri: an oid", "Oid", `"urn:oid:1.2.3"`, uri, index.Rows{URIs: []index.URI{{Param: 1, URI: "urn:oid:1.2.3"}}}},

		// https://hl7.org/fhir/R4/search.html#date
		{"date: a day", "Date", `"1970-01-02"`, date, index.Rows{Dates: []index.Date{{Param: 1, Lo: 86400 * us, Hi: 2 * 86400 * us}}}},
		{"date: a Period to the end of its last day", "Period", `{"start":"1970-01-01","end":"1970-01-02"}`, date,
			index.Rows{Dates: []index.Date{{Param: 1, Lo: 0, Hi: 2 * 86400 * us}}}},
		{"date: a Period without end", "Period", `{"start":"1970-01-01"}`, date, index.Rows{Dates: []index.Date{{Param: 1, Lo: 0, Hi: index.MaxTime}}}},
		{"date: a Period without start", "Period", `{"end":"1970-01-01"}`, date, index.Rows{Dates: []index.Date{{Param: 1, Lo: index.MinTime, Hi: 86400 * us}}}},
		{"date: the outer limits of a Timing", "Timing", `{"event":["1970-01-03","1970-01-01"]}`, date,
			index.Rows{Dates: []index.Date{{Param: 1, Lo: 0, Hi: 3 * 86400 * us}}}},
		{"date: the bounds of a repetition", "Timing", `{"repeat":{"boundsPeriod":{"start":"1970-01-01","end":"1970-01-01"}}}`, date,
			index.Rows{Dates: []index.Date{{Param: 1, Lo: 0, Hi: 86400 * us}}}},
		{"date: a string is none", "String", `"in spring"`, date, index.Rows{}},

		{"number: a decimal with its precision", "Decimal", `2.0`, number, index.Rows{Numbers: []index.Number{{Param: 1, Value: 2, Lo: 1.95, Hi: 2.05}}}},
		{"number: an integer is exact", "Integer", `0`, number, index.Rows{Numbers: []index.Number{{Param: 1}}}},

		// https://hl7.org/fhir/R4/search.html#quantity
		{"quantity: in base units as well", "Quantity", `{"value":5.4,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}`, quantity,
			index.Rows{Quantities: []index.Quantity{{Param: 1, System: "http://unitsofmeasure.org", Code: "mg", Unit: "mg", Value: 5.4, Lo: 5.35, Hi: 5.45,
				CanonicalUnit: "g", CanonicalLo: 0.00535, CanonicalHi: 0.00545}}}},
		{"quantity: the same amount in grams has the same base units", "Quantity", `{"value":0.0054,"system":"http://unitsofmeasure.org","code":"g"}`, quantity,
			index.Rows{Quantities: []index.Quantity{{Param: 1, System: "http://unitsofmeasure.org", Code: "g", Value: 0.0054, Lo: 0.00535, Hi: 0.00545,
				CanonicalUnit: "g", CanonicalLo: 0.00535, CanonicalHi: 0.00545}}}},
		{"quantity: a comparator opens the range", "Quantity", `{"value":5,"comparator":"<","unit":"x"}`, quantity,
			index.Rows{Quantities: []index.Quantity{{Param: 1, Unit: "x", Value: 5, Lo: index.MinNumber, Hi: 5}}}},
		{"quantity: money", "Money", `{"value":12.50,"currency":"EUR"}`, quantity,
			index.Rows{Quantities: []index.Quantity{{Param: 1, System: "urn:iso:std:iso:4217", Code: "EUR", Unit: "EUR", Value: 12.5, Lo: 12.495, Hi: 12.505}}}},
		{"quantity: an age", "Age", `{"value":40,"system":"http://unitsofmeasure.org","code":"a"}`, quantity,
			index.Rows{Quantities: []index.Quantity{{Param: 1, System: "http://unitsofmeasure.org", Code: "a", Value: 40, Lo: 39.5, Hi: 40.5,
				CanonicalUnit: "s", CanonicalLo: 1246525200, CanonicalHi: 1278082800}}}},
		{"quantity: a range", "Range", `{"low":{"value":2,"unit":"x"},"high":{"value":4,"unit":"x"}}`, quantity,
			index.Rows{Quantities: []index.Quantity{{Param: 1, Unit: "x", Value: 2, Lo: 2, Hi: 4}}}},
		{"quantity: a range without upper end", "Range", `{"low":{"value":2,"unit":"x"}}`, quantity,
			index.Rows{Quantities: []index.Quantity{{Param: 1, Unit: "x", Value: 2, Lo: 2, Hi: index.MaxNumber}}}},
		{"quantity: the least and greatest of samples", "SampledData",
			`{"origin":{"value":10,"unit":"x"},"period":1,"factor":0.5,"upperLimit":40,"dimensions":1,"data":"2 -4 E U 6"}`, quantity,
			index.Rows{Quantities: []index.Quantity{{Param: 1, Unit: "x", Value: 8, Lo: 8, Hi: 30}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := index.Rows{Bases: []string{"https://here.example/fhir/"}}
			c.index(decode(t, c.typ, c.value), &got)
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreUnexported(index.Rows{}), cmpopts.IgnoreFields(index.Rows{}, "Bases"),
				cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCanonicalKeepsOpenEnds(t *testing.T) {
	t.Parallel()
	unit, lo, hi, ok := index.Canonical("http://unitsofmeasure.org", "mg", index.MinNumber, 5)
	if !ok || unit != "g" || lo != index.MinNumber || hi != 0.005 {
		t.Errorf("below 5 mg is %v to %v %s, %v", lo, hi, unit, ok)
	}
	if _, _, _, ok := index.Canonical("http://example.org/units", "mg", 1, 2); ok {
		t.Error("a unit of another system was converted")
	}
	if _, _, _, ok := index.Canonical("http://unitsofmeasure.org", "Tm3", math.MaxFloat64/2, math.MaxFloat64/2); ok {
		t.Error("a number beyond all bounds was converted")
	}
}
