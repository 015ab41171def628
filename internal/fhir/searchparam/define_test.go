package searchparam_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/searchparam"
)

// standard is the generated table.
type standard struct{}

func (standard) Lookup(typ, code string) *search.Param { return r4search.Lookup(typ, code) }
func (standard) Of(typ string) []*search.Param         { return r4search.Of(typ) }
func (standard) IsType(name string) bool               { return r4.TypeByName(name) != nil }

// parameter reads a SearchParameter with the given elements beside those that every one has.
func parameter(t *testing.T, elements string) *r4.SearchParameter {
	t.Helper()
	r, err := r4.Unmarshal([]byte(`{"resourceType":"SearchParameter","url":"http://example.org/p","name":"P","status":"active","description":"p",` + elements + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return r.(*r4.SearchParameter)
}

func TestDefineRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, elements, expression, says string }{
		{"a type that is no resource", `"code":"a","base":["HumanName"],"type":"string","expression":"family"`, "SearchParameter.base[0]", "not a resource type"},
		{"an abstract data type", `"code":"a","base":["Element"],"type":"token","expression":"id"`, "SearchParameter.base[0]", "not a resource type"},
		{"an abstract type twice", `"code":"a","base":["Resource","Resource"],"type":"token","expression":"Resource.language"`, "SearchParameter.base[1]", "twice"},
		{"a name that some of the types have", `"code":"language","base":["Resource"],"type":"token","expression":"Resource.language"`, "SearchParameter.code", "already on CodeSystem, DocumentReference, Patient"},
		{"a name that many of the types have", `"code":"status","base":["DomainResource"],"type":"token","expression":"DomainResource.language"`, "SearchParameter.code", "Account, ActivityDefinition, "},
		{"an element that some of the types lack", `"code":"a","base":["DomainResource"],"type":"token","expression":"DomainResource.gender"`, "SearchParameter.expression", "on Account: "},
		{"an element of DomainResource in all", `"code":"a","base":["Resource"],"type":"token","expression":"Resource.extension.url"`, "SearchParameter.expression", "on Binary: "},
		{"a value that no type can index", `"code":"a","base":["Resource"],"type":"quantity","expression":"Resource.language"`, "SearchParameter.type", "on Account "},
		{"a type twice", `"code":"a","base":["Patient","Patient"],"type":"date","expression":"Patient.birthDate"`, "SearchParameter.base[1]", "twice"},
		{"no expression", `"code":"a","base":["Patient"],"type":"token"`, "SearchParameter.expression", "needed"},
		{"bad syntax", `"code":"a","base":["Patient"],"type":"token","expression":"Patient.name.("`, "SearchParameter.expression", "offset"},
		{"an element that does not exist", `"code":"a","base":["Patient"],"type":"token","expression":"Patient.colour"`, "SearchParameter.expression", "no element colour"},
		{"an endless name", `"code":"a","base":["Patient"],"type":"token","expression":"Patient.` + strings.Repeat("x", 9000) + `"`, "SearchParameter.expression", "no element xxx"},
		{"a function that does not exist", `"code":"a","base":["Patient"],"type":"token","expression":"Patient.name.nothing()"`, "SearchParameter.expression", "nothing"},
		{"a type that a choice never has", `"code":"a","base":["Patient"],"type":"token","expression":"Patient.deceased.ofType(Quantity)"`, "SearchParameter.expression", "never a Quantity"},
		{"the time of day", `"code":"a","base":["Patient"],"type":"date","expression":"Patient.birthDate + now()"`, "SearchParameter.expression", "now()"},
		{"an extension of another type", `"code":"a","base":["Patient"],"type":"token","expression":"Person.extension('http://example.org/x').value"`, "SearchParameter.expression", "nothing in a Patient"},
		{"an expression about another type", `"code":"a","base":["Patient"],"type":"string","expression":"Person.name"`, "SearchParameter.expression", "nothing in a Patient"},
		{"a value that the type cannot index", `"code":"a","base":["Patient"],"type":"quantity","expression":"Patient.name"`, "SearchParameter.type", "HumanName"},
		{"a standard name", `"code":"gender","base":["Patient"],"type":"token","expression":"Patient.gender"`, "SearchParameter.code", "already"},
		{"a name that is none", `"code":"a.b","base":["Patient"],"type":"token","expression":"Patient.gender"`, "SearchParameter.code", "letters"},
		{"a name of the result parameters", `"code":"_sort","base":["Patient"],"type":"token","expression":"Patient.gender"`, "SearchParameter.code", "letters"},
		{"a special one", `"code":"a","base":["Patient"],"type":"special","expression":"Patient.gender"`, "SearchParameter.type", "special"},
		{"a target that is no type", `"code":"a","base":["Patient"],"type":"reference","expression":"Patient.link.other","target":["Period"]`, "SearchParameter.target[0]", "Period"},
		{"a composite without components", `"code":"a","base":["Patient"],"type":"composite","expression":"Patient"`, "SearchParameter.component", "two components"},
		{"a component without a known definition", `"code":"a","base":["Patient"],"type":"composite","expression":"Patient","component":[` +
			`{"definition":"http://hl7.org/fhir/SearchParameter/individual-gender","expression":"gender"},{"definition":"http://example.org/none","expression":"birthDate"}]`,
			"SearchParameter.component[1].definition", "has this URL"},
		{"a component with a bad expression", `"code":"a","base":["Patient"],"type":"composite","expression":"Patient","component":[` +
			`{"definition":"http://hl7.org/fhir/SearchParameter/individual-gender","expression":"gender"},{"definition":"http://hl7.org/fhir/SearchParameter/individual-birthdate","expression":"born"}]`,
			"SearchParameter.component[1].expression", "no element born"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := searchparam.Define(parameter(t, c.elements), standard{})
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Unprocessable {
				t.Fatalf("%v, want it refused as unprocessable", err)
			}
			if got := f.Issues[0]; got.Expression != c.expression || !strings.Contains(got.Detail, c.says) || len(got.Detail) > 1000 {
				t.Errorf("%s: %s; want %s and %q", got.Expression, got.Detail, c.expression, c.says)
			}
		})
	}
}

func TestDefine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, elements string
		want           []searchparam.Definition
	}{
		{
			"a union over two types", `"code":"eyes","base":["Patient","Person"],"type":"string","expression":"Patient.name.text | Person.name.text"`,
			[]searchparam.Definition{
				{Base: "Patient", Code: "eyes", Type: "string", URL: "http://example.org/p", Expression: "Patient.name.text | Person.name.text"},
				{Base: "Person", Code: "eyes", Type: "string", URL: "http://example.org/p", Expression: "Patient.name.text | Person.name.text"},
			},
		},
		{
			"targets from the element", `"code":"at","base":["Encounter"],"type":"reference","expression":"Encounter.location.location"`,
			[]searchparam.Definition{{Base: "Encounter", Code: "at", Type: "reference", URL: "http://example.org/p", Expression: "Encounter.location.location", Targets: []string{"Location"}}},
		},
		{
			"an extension", `"code":"race","base":["Patient"],"type":"token","expression":"Patient.extension('http://example.org/race').value"`,
			[]searchparam.Definition{{Base: "Patient", Code: "race", Type: "token", URL: "http://example.org/p", Expression: "Patient.extension('http://example.org/race').value"}},
		},
		{
			"one that describes a standard parameter", `"code":"gender","base":["Patient"],"type":"token","expression":"Patient.gender","derivedFrom":"http://hl7.org/fhir/SearchParameter/individual-gender"`,
			nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := searchparam.Define(parameter(t, c.elements), standard{})
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
		})
	}
}

// TestDefineForAll: the abstract types stand for those that derive from them.
func TestDefineForAll(t *testing.T) {
	t.Parallel()
	var all, domain []string
	for _, typ := range r4.Types {
		all = append(all, typ.Name)
		if typ.Name != "Bundle" && typ.Name != "Binary" && typ.Name != "Parameters" {
			domain = append(domain, typ.Name)
		}
	}
	for _, c := range []struct {
		name, elements string
		want           []string
	}{
		{"Resource", `"code":"lang","base":["Resource"],"type":"token","expression":"Resource.language"`, all},
		{"DomainResource", `"code":"lang","base":["DomainResource"],"type":"token","expression":"DomainResource.language"`, domain},
		{"an extension of all that can have one", `"code":"tint","base":["DomainResource"],"type":"token","expression":"extension('http://example.org/tint').value"`, domain},
		{"one beside types that it stands for", `"code":"lang","base":["Patient","Resource","Account"],"type":"token","expression":"Resource.language"`, all},
		{"the types that the expression names", `"code":"eyes","base":["Resource"],"type":"string","expression":"Person.name.text | Patient.name.text"`, []string{"Patient", "Person"}},
		{"what DomainResources alone have", `"code":"tint","base":["Resource"],"type":"token","expression":"DomainResource.extension('http://example.org/tint').value"`, domain},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			list, err := searchparam.Define(parameter(t, c.elements), standard{})
			var got []string
			for i := range list {
				got = append(got, list[i].Base)
			}
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
		})
	}
}

func TestOverlap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		one, other string
		want       bool
	}{
		{`"Patient"`, `"Person","Patient"`, true},
		{`"Patient"`, `"Person"`, false},
		{`"Patient"`, `"DomainResource"`, true},
		{`"Bundle","Binary"`, `"DomainResource"`, false},
		{`"Bundle","Binary"`, `"Resource"`, true},
		{`"DomainResource"`, `"Resource"`, true},
		{`"HumanName"`, `"HumanName"`, false},
	} {
		of := func(bases string) *r4.SearchParameter {
			return parameter(t, `"base":[`+bases+`],"code":"a","type":"token"`)
		}
		if searchparam.Overlap(of(c.one), of(c.other)) != c.want || searchparam.Overlap(of(c.other), of(c.one)) != c.want {
			t.Errorf("%s and %s are for one type: want %v", c.one, c.other, c.want)
		}
	}
}

// TestNumbersApart makes sure that two definitions of one name, and the parameter of the standard with that name, never share
// the numbers of their rows.
func TestNumbersApart(t *testing.T) {
	t.Parallel()
	one := search.Param{Base: "Patient", Code: "x"}
	seen := map[int32]bool{}
	for _, revision := range []int64{0, 1, 2} {
		p := one
		p.Revision = revision
		for _, n := range []int32{search.RevisionNumber(p.Base, p.Code, revision), p.IdentifierRow(), p.OfTypeRow()} {
			if seen[n] {
				t.Errorf("revision %d shares the number %d", revision, n)
			}
			seen[n] = true
		}
	}
}
