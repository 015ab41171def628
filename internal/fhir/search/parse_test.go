package search_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/search/searchtest"
)

var (
	table = searchtest.New()
	now   = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
)

func options() search.Options {
	return search.Options{Base: "https://chart.example/apis/default/fhir", Now: now}
}

func parse(target string, opts search.Options) (*search.Query, error) {
	typ, query, _ := strings.Cut(target, "?")
	params, err := search.ParseForm(query)
	if err != nil {
		return nil, err
	}
	return search.Parse(table, typ, params, opts)
}

func us(s string) int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UnixMicro()
}

func TestParseValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		search string
		want   search.Value
	}{
		{"Patient?identifier=abc", search.Value{Code: "abc"}},
		{"Patient?identifier=urn:x%7Cabc", search.Value{System: "urn:x", HasSystem: true, Code: "abc"}},
		{"Patient?identifier=%7Cabc", search.Value{HasSystem: true, Code: "abc"}},
		{"Patient?identifier=urn:x%7C", search.Value{System: "urn:x", HasSystem: true, NoCode: true}},
		{`Patient?identifier=a%5C,b%5C%7Cc%5C$d%5C%5Ce`, search.Value{Code: `a,b|c$d\e`}},
		{"Patient?identifier:of-type=http://v2%7CMR%7C446053", search.Value{TypeSys: "http://v2", TypeCode: "MR", Code: "446053"}},
		{"Patient?gender:in=http://vs", search.Value{Text: "http://vs"}},
		{"Patient?_id=a-1.B", search.Value{Code: "a-1.B"}},
		{"Patient?name=%20Éve%20%20Ann", search.Value{Text: " Éve  Ann", Norm: "eve ann"}},
		{"Patient?name:exact=a%5C,b", search.Value{Text: "a,b", Norm: "a b"}},
		{"Observation?code:text=Head%20Ache", search.Value{Text: "Head Ache", Norm: "head ache"}},
		{"Observation?subject=23", search.Value{RefID: "23"}},
		{"Observation?patient=23", search.Value{RefType: "Patient", RefID: "23"}},
		{"Observation?subject=Patient/23", search.Value{RefType: "Patient", RefID: "23"}},
		{"Observation?subject:Patient=23", search.Value{RefType: "Patient", RefID: "23"}},
		{"Observation?subject:Patient=Patient/23", search.Value{RefType: "Patient", RefID: "23"}},
		{"Observation?subject=Patient/23/_history/4", search.Value{RefType: "Patient", RefID: "23", RefVersion: "4"}},
		{"Observation?subject=https://chart.example/apis/default/fhir/Patient/23", search.Value{RefType: "Patient", RefID: "23"}},
		{"Observation?subject=https://other.example/fhir/Patient/23", search.Value{URL: "https://other.example/fhir/Patient/23"}},
		{"Observation?subject:identifier=urn:x%7C1", search.Value{System: "urn:x", HasSystem: true, Code: "1"}},
		{"Questionnaire?derived-from=http://acme.org/q%7C2.0", search.Value{URL: "http://acme.org/q", RefVersion: "2.0"}},
		{"Patient?birthdate=2013", search.Value{Prefix: "eq", Lo: us("2013-01-01T00:00:00Z"), Hi: us("2014-01-01T00:00:00Z")}},
		{"Patient?birthdate=ge2013-12", search.Value{Prefix: "ge", Lo: us("2013-12-01T00:00:00Z"), Hi: us("2014-01-01T00:00:00Z")}},
		{"Patient?birthdate=2012-02-29", search.Value{Prefix: "eq", Lo: us("2012-02-29T00:00:00Z"), Hi: us("2012-03-01T00:00:00Z")}},
		{"Patient?birthdate=sa2013-01-14T10:00", search.Value{Prefix: "sa", Lo: us("2013-01-14T10:00:00Z"), Hi: us("2013-01-14T10:01:00Z")}},
		{"Patient?birthdate=2013-01-14T10:00:05%2B01:00", search.Value{Prefix: "eq", Lo: us("2013-01-14T09:00:05Z"), Hi: us("2013-01-14T09:00:06Z")}},
		{"Patient?birthdate=2013-01-14T10:00:05+01:00", search.Value{Prefix: "eq", Lo: us("2013-01-14T09:00:05Z"), Hi: us("2013-01-14T09:00:06Z")}},
		{"Patient?birthdate=2013-01-14T10:00:05.5Z", search.Value{Prefix: "eq", Lo: us("2013-01-14T10:00:05.5Z"), Hi: us("2013-01-14T10:00:05.6Z")}},
		{"Patient?_lastUpdated=gt2020", search.Value{Prefix: "gt", Lo: us("2020-01-01T00:00:00Z"), Hi: us("2021-01-01T00:00:00Z")}},
		// A tenth of the ten days from noon of the day.
		{"Patient?birthdate=ap2024-05-22", search.Value{Prefix: "ap", Lo: us("2024-05-21T01:12:00Z"), Hi: us("2024-05-23T22:48:00Z")}},
		{"RiskAssessment?probability=100", search.Value{Prefix: "eq", Num: 100, Low: 99.5, Up: 100.5}},
		{"RiskAssessment?probability=100.00", search.Value{Prefix: "eq", Num: 100, Low: 99.995, Up: 100.005}},
		{"RiskAssessment?probability=1e2", search.Value{Prefix: "eq", Num: 100, Low: 95, Up: 105}},
		{"RiskAssessment?probability=123456789012345678", search.Value{Prefix: "eq", Num: 123456789012345680, Low: 123456789012345680, Up: 123456789012345696}},
		{"RiskAssessment?probability=lt-5.4", search.Value{Prefix: "lt", Num: -5.4, Low: -5.45, Up: -5.35}},
		{"RiskAssessment?probability=ap100", search.Value{Prefix: "ap", Num: 100, Low: 90, Up: 110}},
		{"Observation?value-quantity=le5.4%7C%7Cmg", search.Value{Prefix: "le", Num: 5.4, Low: 5.35, Up: 5.45, Code: "mg"}},
		{"Observation?value-quantity=5.4%7Curn:x%7Cmg", search.Value{Prefix: "eq", Num: 5.4, Low: 5.35, Up: 5.45, System: "urn:x", HasSystem: true, Code: "mg"}},
		{"Observation?value-quantity=5.4%7Chttp://unitsofmeasure.org%7Cmg", search.Value{Prefix: "eq", Num: 5.4, Low: 5.35, Up: 5.45,
			System: "http://unitsofmeasure.org", HasSystem: true, Code: "mg", CanonicalUnit: "g", CanonicalNum: 0.0054, CanonicalLow: 0.00535, CanUp: 0.00545}},
		{"Location?near=42.25%7C-83.69%7C2%7C[mi_i]", search.Value{Num: 42.25, Low: -83.69, Up: 3.218688}},
		{"Location?near=42.25%7C-83.69%7C2%7C[mi_us]", search.Value{Num: 42.25, Low: -83.69, Up: 3.218694437389}},
		{"Location?near=42.25%7C-83.69%7C250%7Ccm", search.Value{Num: 42.25, Low: -83.69, Up: 0.0025}},
		{"Location?near=42.25%7C-83.69", search.Value{Num: 42.25, Low: -83.69, Up: 50}},
		{"ValueSet?url=urn:oid:1.2.3", search.Value{Text: "urn:oid:1.2.3"}},
		{"Observation?code-value-quantity=loinc%7C8480-6$gt5.4", search.Value{Parts: []search.Value{
			{System: "loinc", HasSystem: true, Code: "8480-6"}, {Prefix: "gt", Num: 5.4, Low: 5.35, Up: 5.45}}}},
	} {
		q, err := parse(c.search, options())
		if err != nil {
			t.Errorf("%s: %v", c.search, err)
			continue
		}
		if diff := cmp.Diff([]search.Value{c.want}, q.Clauses[0].Values); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.search, diff)
		}
	}
}

// TestParseRefuses holds what must not pass: each message names the parameter, and with lenient handling only what is unknown
// or not supported is passed over.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		search, names string
		kind          fault.Kind
		code          string
		lenient       bool
	}{
		{"Patient?foo=1", "foo", fault.Invalid, "not-supported", true},
		{"Patient?Name=1", "Name", fault.Invalid, "not-supported", true},
		{"Patient?_list=$current-problems", "_list", fault.Invalid, "invalid", false},
		{"?_list=1", "_list", fault.Invalid, "not-supported", true},
		{"Patient?_query=x", "_query", fault.Invalid, "not-supported", false},
		{"Patient?_text=(bone", "_text", fault.Invalid, "invalid", false},
		{"Patient?_text=bone)", "_text", fault.Invalid, "invalid", false},
		{"Patient?_text=bone+OR", "_text", fault.Invalid, "invalid", false},
		{"Patient?_text=OR+bone", "_text", fault.Invalid, "invalid", false},
		{"Patient?_text=a+AND+OR+b", "_text", fault.Invalid, "invalid", false},
		{"Patient?_text=NOT", "_text", fault.Invalid, "invalid", false},
		{"Patient?_text=()", "_text", fault.Invalid, "invalid", false},
		{"Patient?_text=a+AND+%22+-+%22", "_text", fault.Invalid, "invalid", false},
		{"Patient?_text=" + strings.Repeat("(", 20) + "a" + strings.Repeat(")", 20), "_text", fault.Invalid, "invalid", false},
		{"Patient?_text=" + strings.Repeat("a+OR+", 200) + "a", "conditions", fault.TooCostly, "too-costly", false},
		{"Patient?organization:below=Organization/1/_history/2", "organization", fault.Invalid, "invalid", false},
		{"Patient?organization:above=http://elsewhere.org/1", "organization", fault.Invalid, "invalid", false},
		{"Encounter?participant:below=1", "participant", fault.Invalid, "not-supported", false},
		{"Provenance?target:below=1", "target", fault.Invalid, "invalid", false},
		{"Provenance?target:below=Patient/1", "target", fault.Invalid, "invalid", false},
		{"ValueSet?url=http://a%7C", "url", fault.Invalid, "invalid", false},
		{"DocumentReference?contenttype:below=text/xml;charset=utf-8", "contenttype", fault.Invalid, "invalid", false},
		{"DocumentReference?contenttype:below=/xml", "contenttype", fault.Invalid, "invalid", false},
		{"Patient?_summary=text&_include=Patient:organization", "_summary", fault.Invalid, "invalid", false},
		{"Patient?_sort=name,given,family,birthdate&_sort=gender,active,_id,phone,identifier", "_sort", fault.TooCostly, "too-costly", false},
		{"?_type=Patient,ValueSet&organization.name=x", "organization", fault.Invalid, "not-supported", true},
		{"?_type=Patient,Practitioner&_has:Group:member:_id=1", "_has", fault.Invalid, "not-supported", true},
		{"?_type=Patient,Observation&_content=NOT+a", "_content", fault.Invalid, "invalid", false},
		{"Patient?_text=-", "_text", fault.Invalid, "invalid", false},
		{"Patient?_text=a,", "_text", fault.Invalid, "invalid", false},
		{"Patient?_content=a\\", "_content", fault.Invalid, "invalid", false},
		{"Patient?_content=%00", "_content", fault.Invalid, "invalid", false},
		{"Patient?_content:exact=a", "_content", fault.Invalid, "not-supported", false},
		{"Patient?_content:missing=true", "_content", fault.Invalid, "not-supported", false},
		{"Patient?_content=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q", "words", fault.TooCostly, "too-costly", false},
		{"Patient?_sort=_content", "_content", fault.Invalid, "not-supported", true},
		{"Location?near=1", "near", fault.Invalid, "invalid", false},
		{"Location?near=91%7C2", "near", fault.Invalid, "invalid", false},
		{"Location?near=1%7C2%7C-3", "near", fault.Invalid, "invalid", false},
		{"Location?near=1%7C2%7C3%7Cparsec", "near", fault.Invalid, "invalid", false},
		{"Location?near=1%7CNaN", "near", fault.Invalid, "invalid", false},
		{"Patient?_contained=true", "_contained", fault.Invalid, "not-supported", true},
		{"Patient?_sort=foo", "_sort", fault.Invalid, "not-supported", true},
		{"Observation?_sort=code-value-quantity", "_sort", fault.Invalid, "not-supported", true},
		{"Observation?_include=Observation:foo", "_include", fault.Invalid, "not-supported", true},
		{"Observation?patient.foo=1", "foo", fault.Invalid, "not-supported", true},

		{"Patient?name:foo=1", "name", fault.Invalid, "not-supported", false},
		{"Patient?name:not=1", "name", fault.Invalid, "not-supported", false},
		{"Patient?birthdate:exact=2000", "birthdate", fault.Invalid, "not-supported", false},
		{"Patient?gender:contains=m", "gender", fault.Invalid, "not-supported", false},
		{"Observation?code-value-quantity:missing=true", "code-value-quantity", fault.Invalid, "not-supported", false},
		{"Patient?_id:exact=1", "_id", fault.Invalid, "not-supported", false},
		{"Patient?_count:x=1", "_count", fault.Invalid, "not-supported", false},
		{"Observation?_include:foo=Observation:subject", "_include", fault.Invalid, "not-supported", false},
		{"Patient?name:=1", "name", fault.Invalid, "invalid", false},
		{"Patient?name=", "name", fault.Invalid, "invalid", false},
		{"Patient?name=a,,b", "name", fault.Invalid, "invalid", false},
		{"Patient?name=%20", "name", fault.Invalid, "invalid", false},
		{"Patient?name=a%5Cb", "name", fault.Invalid, "invalid", false},
		{"Patient?name=a%5C", "name", fault.Invalid, "invalid", false},
		{"Patient?name=a%00b", "name", fault.Invalid, "invalid", false},
		{"Patient?name=%ff", "name", fault.Invalid, "invalid", false},
		{"Patient?gender:missing=yes", "gender", fault.Invalid, "invalid", false},
		{"Patient?identifier=a%7Cb%7Cc", "identifier", fault.Invalid, "invalid", false},
		{"Patient?identifier=%7C", "identifier", fault.Invalid, "invalid", false},
		{"Patient?identifier:of-type=a%7Cb", "identifier", fault.Invalid, "invalid", false},
		{"Patient?identifier:of-type=%7Cb%7Cc", "identifier", fault.Invalid, "invalid", false},
		{"Patient?foo=1", "birthdate, ", fault.Invalid, "not-supported", true},
		{"Patient?_sort=foo", "birthdate, ", fault.Invalid, "not-supported", true},
		{"Patient?_has:Observation:foo:code=x", "encounter, ", fault.Invalid, "invalid", false},
		{"Observation?_include=Observation:foo", "encounter, ", fault.Invalid, "not-supported", true},
		{"Patient?_id=a%7Cb", "_id", fault.Invalid, "invalid", false},
		{"Patient?_id=a/b", "_id", fault.Invalid, "invalid", false},
		{"Patient?birthdate=2000-13", "birthdate", fault.Invalid, "invalid", false},
		{"Patient?birthdate=2001-02-29", "birthdate", fault.Invalid, "invalid", false},
		{"Patient?birthdate=xx2001", "birthdate", fault.Invalid, "invalid", false},
		{"Patient?birthdate=2001-02-03T10", "birthdate", fault.Invalid, "invalid", false},
		{"Patient?birthdate=ge", "birthdate", fault.Invalid, "invalid", false},
		{"RiskAssessment?probability=abc", "probability", fault.Invalid, "invalid", false},
		{"RiskAssessment?probability=NaN", "probability", fault.Invalid, "invalid", false},
		{"RiskAssessment?probability=1e999", "probability", fault.Invalid, "invalid", false},
		{"RiskAssessment?probability=0x10", "probability", fault.Invalid, "invalid", false},
		{"Observation?value-quantity=5%7Cmg", "value-quantity", fault.Invalid, "invalid", false},
		{"Observation?value-quantity=5%7C", "value-quantity", fault.Invalid, "invalid", false},
		{"Observation?code-value-quantity=1", "code-value-quantity", fault.Invalid, "invalid", false},
		{"Observation?code-value-quantity=1$", "code-value-quantity", fault.Invalid, "invalid", false},
		{"Observation?code-value-quantity=1$2$3", "code-value-quantity", fault.Invalid, "invalid", false},
		{"Observation?subject=Foo/1", "subject", fault.Invalid, "invalid", false},
		{"Observation?subject=Practitioner/1", "subject", fault.Invalid, "invalid", false},
		{"Observation?subject:Practitioner=1", "subject", fault.Invalid, "invalid", false},
		{"Observation?subject=a/b/c", "subject", fault.Invalid, "invalid", false},
		{"Observation?subject:Patient=Group/1", "subject", fault.Invalid, "invalid", false},
		{"ValueSet?url:below=urn:oid:1", "url", fault.Invalid, "invalid", false},
		{"Observation?code.name=x", "code", fault.Invalid, "invalid", false},
		{"Observation?subject:Foo.name=x", "subject", fault.Invalid, "invalid", false},
		{"Observation?subject:Practitioner.name=x", "subject", fault.Invalid, "invalid", false},
		{"Provenance?target.name=x", "target", fault.Invalid, "invalid", false},
		{"Observation?patient.birthdate=x", "birthdate", fault.Invalid, "invalid", false},
		{"Patient?_has:Observation:patient=x", "_has", fault.Invalid, "invalid", false},
		{"Patient?_has=x", "_has", fault.Invalid, "invalid", false},
		{"Patient?_has.x=x", "_has", fault.Invalid, "invalid", false},
		{"Observation?patient._has=x", "_has", fault.Invalid, "invalid", false},
		{"Patient?_has:Foo:patient:code=x", "_has", fault.Invalid, "invalid", false},
		{"Patient?_has:Observation:foo:code=x", "_has", fault.Invalid, "invalid", false},
		{"Patient?_has:Observation:code:code=x", "_has", fault.Invalid, "invalid", false},
		{"Patient?_has:Observation:encounter:code=x", "_has", fault.Invalid, "invalid", false},
		{"Patient?_has:Observation:patient:foo=x", "foo", fault.Invalid, "not-supported", true},
		{"Organization?partof.partof.partof.partof.partof.partof.partof.name=x", "partof", fault.TooCostly, "too-costly", false},
		{"Patient?_id=" + strings.Repeat("a,", 100) + "a", "_id", fault.TooCostly, "too-costly", false},
		{"Patient?" + strings.Repeat("active=true&", 65), "", fault.TooCostly, "too-costly", false},
		{"Patient?_count=-1", "_count", fault.Invalid, "invalid", false},
		{"Patient?_count=x", "_count", fault.Invalid, "invalid", false},
		{"Patient?_count=1&_count=2", "_count", fault.Invalid, "invalid", false},
		{"Patient?_total=maybe", "_total", fault.Invalid, "invalid", false},
		{"Patient?_summary=maybe", "_summary", fault.Invalid, "invalid", false},
		{"Patient?_elements=a,,b", "_elements", fault.Invalid, "invalid", false},
		{"Patient?_elements=a;b", "_elements", fault.Invalid, "invalid", false},
		{"Patient?_sort=", "_sort", fault.Invalid, "invalid", false},
		{"Observation?_include=Observation", "_include", fault.Invalid, "invalid", false},
		{"Observation?_include=Foo:bar", "_include", fault.Invalid, "invalid", false},
		{"Observation?_include=Observation:code", "_include", fault.Invalid, "invalid", false},
		{"Observation?_include=Observation:subject:Practitioner", "_include", fault.Invalid, "invalid", false},
		{"Observation?_include=Patient:organization", "_include", fault.Invalid, "invalid", false},
		{"Patient?_type=Observation", "_type", fault.Invalid, "invalid", false},
		{"Foo?name=x", "Foo", fault.Invalid, "invalid", false},
		{"?_type=Foo", "_type", fault.Invalid, "invalid", false},
		{"?name=x", "name", fault.Invalid, "not-supported", true},
		{"?_type=Patient,Observation&name=x", "name", fault.Invalid, "not-supported", true},
		{"?_type=Patient,Observation&_sort=name", "_sort", fault.Invalid, "not-supported", true},
	} {
		_, err := parse(c.search, options())
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != c.kind {
			t.Errorf("%s: got %v, want kind %d", c.search, err, c.kind)
			continue
		}
		if len(f.Issues) != 1 || f.Issues[0].Code != c.code || !strings.Contains(f.Detail, c.names) {
			t.Errorf("%s: got %q, %v; want code %s and the name %s", c.search, f.Detail, f.Issues, c.code, c.names)
		}
		opts := options()
		opts.Lenient = true
		if _, err := parse(c.search, opts); (err == nil) != c.lenient {
			t.Errorf("%s with lenient handling: %v", c.search, err)
		}
	}
}

func TestLenientReportsWhatItPassedOver(t *testing.T) {
	t.Parallel()
	opts := options()
	opts.Lenient = true
	q, err := parse("Patient?foo=1&name=x&_count=2000", opts)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"foo"}, q.Ignored); diff != "" {
		t.Errorf("ignored (-want +got)\n%s", diff)
	}
	if got, want := search.EncodeForm(q.Applied), "name=x&_count=1000"; got != want {
		t.Errorf("self link %s, want %s", got, want)
	}
}

func TestParseResultParameters(t *testing.T) {
	t.Parallel()
	q, err := parse("Observation?_sort=-date,status&_count=0&_total=accurate&_summary=data&_elements=id,code&_include=Observation:subject:Patient"+
		"&_include:iterate=Patient:organization&_revinclude=Provenance:target&_include=*&_revinclude=Provenance:*&_format=json&_pretty=true&_contained=false", options())
	if err != nil {
		t.Fatal(err)
	}
	if q.Count != 0 || q.Total != search.TotalAccurate || q.Summary != "data" || !slices.Equal(q.Elements, []string{"id", "code"}) {
		t.Errorf("got %+v", q)
	}
	if len(q.Sort) != 2 || q.Sort[0].Param.Code != "date" || !q.Sort[0].Descending || q.Sort[1].Descending {
		t.Errorf("sort %+v", q.Sort)
	}
	if len(q.Include) != 3 || q.Include[0].Target != "Patient" || !q.Include[1].Iterate || q.Include[1].Source != "Patient" || q.Include[2].Param != nil {
		t.Errorf("include %+v", q.Include)
	}
	if len(q.RevInclude) != 2 || q.RevInclude[0].Source != "Provenance" || q.RevInclude[1].Param != nil {
		t.Errorf("revinclude %+v", q.RevInclude)
	}
	if q, err = parse("Patient?", options()); err != nil || q.Count != search.DefaultCount {
		t.Errorf("default count %d, %v", q.Count, err)
	}
}

func TestParseChains(t *testing.T) {
	t.Parallel()
	q, err := parse("Observation?subject.name=x&encounter.patient:Patient.organization.name:exact=y&_has:Observation:has-member:patient._id=1", options())
	if err != nil {
		t.Fatal(err)
	}
	if got := q.Clauses[0].Chain.Types; !slices.Equal(got, []string{"Patient", "Location"}) {
		t.Errorf("types with a name: %v", got)
	}
	c := q.Clauses[1].Chain.Clause[0].Chain.Clause[0].Chain.Clause[0]
	if c.Param.Base != "Organization" || c.Modifier != search.Exact {
		t.Errorf("end of the chain: %+v", c)
	}
	h := q.Clauses[2].Has
	if h.Type != "Observation" || h.Via.Code != "has-member" || h.Clause.Chain.Clause[0].Param != search.ID {
		t.Errorf("_has: %+v", h)
	}
}

func TestParseSystemSearch(t *testing.T) {
	t.Parallel()
	q, err := parse("?_type=Patient,Observation&_tag=urn:x%7Cy&_id=1", options())
	if err != nil {
		t.Fatal(err)
	}
	c := q.Clauses[0]
	if c.Param.Base != "Patient" || len(c.Also) != 1 || c.Also[0].Base != "Observation" {
		t.Errorf("_tag: %+v", c)
	}
	if q.Clauses[1].Param != search.ID {
		t.Errorf("_id: %+v", q.Clauses[1])
	}
	opts := options()
	opts.Types = table.Types()
	if q, err = parse("?_tag=y", opts); err != nil || len(q.Clauses[0].Also) != len(opts.Types)-1 {
		t.Errorf("_tag everywhere: %v", err)
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	got, err := search.ParseForm("b=2&a=1%2C3&b=+x&&c")
	if err != nil {
		t.Fatal(err)
	}
	want := []search.Parameter{{Name: "b", Value: "2"}, {Name: "a", Value: "1,3"}, {Name: "b", Value: " x"}, {Name: "c"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, bad := range []string{"a=%zz", "%", "=1"} {
		if _, err := search.ParseForm(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FuzzParse checks that no input panics, that what passes has values within the limits, and that the self link means the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"name=x", "birthdate=ge2020-01-01T00:00:00%2B01:00", `identifier=a%5C%7Cb,c%7Cd`, "_has:Observation:patient:code=x",
		"general-practitioner:Practitioner.name:exact=x", "_sort=-birthdate,_id", "_include=Patient:organization&_count=0", "gender:missing=true",
		"link.general-practitioner.practitioner._id=1", "_lastUpdated=ap2020", "organization:identifier=x%7C", "%ff=%00",
	} {
		f.Add("Patient", seed)
		f.Add("Observation", seed)
		f.Add("", seed)
	}
	f.Fuzz(func(t *testing.T, typ, query string) {
		params, err := search.ParseForm(query)
		if err != nil {
			return
		}
		q, err := search.Parse(table, typ, params, options())
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooCostly {
				t.Fatalf("kind %d: %v", k, err)
			}
			return
		}
		for _, c := range q.Clauses {
			if c.Param == nil && c.Has == nil || len(c.Values) == 0 && c.Missing == nil && c.Chain == nil && c.Has == nil || len(c.Values) > search.MaxValues {
				t.Fatalf("a clause that asks nothing: %+v", c)
			}
		}
		again, err := search.ParseForm(search.EncodeForm(q.Applied))
		if err != nil {
			t.Fatal(err)
		}
		second, err := search.Parse(table, typ, again, options())
		if err != nil {
			t.Fatalf("the self link is refused: %v", err)
		}
		if diff := cmp.Diff(q, second); diff != "" {
			t.Fatalf("the self link means something else (-want +got)\n%s", diff)
		}
	})
}
