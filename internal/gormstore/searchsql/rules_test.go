package searchsql_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRules holds the edges of each rule, where TestValues holds the standard's examples: precision and zone of dates,
// precision of numbers, units, case and accents, the forms of tokens and references, escapes, and :missing of every type.
// https://hl7.org/fhir/R4/search.html
func TestRules(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, chartOfEdges()...)
		for _, c := range rules {
			t.Run(c.search, func(t *testing.T) {
				got := f.find(t, c.search)
				slices.Sort(got)
				typ, _, _ := strings.Cut(c.search, "?")
				want := strings.Fields(c.want)
				for i := range want {
					want[i] = typ + "/" + want[i]
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	})
}

func chartOfEdges() []*resource {
	r := func(typ, id string) *resource { return &resource{typ: typ, id: id} }
	return []*resource{
		// Times around the midnights of 2013-01-14, in three zones, and periods without a beginning or an end.
		r("Encounter", "last-ms").date("date", "2013-01-13T23:59:59.999Z"),
		r("Encounter", "midnight").date("date", "2013-01-14T00:00:00Z"),
		r("Encounter", "evening").date("date", "2013-01-13T20:00:00-05:00"), // 01:00 UTC of the 14th
		r("Encounter", "morning").date("date", "2013-01-15T01:00:00+02:00"), // 23:00 UTC of the 14th
		r("Encounter", "next").date("date", "2013-01-15T00:00:00Z"),
		r("Encounter", "day").date("date", "2013-01-14"),
		r("Encounter", "month").date("date", "2013-01"),
		r("Encounter", "since").date("date", "2013-01-14T12:00:00Z", ""),
		r("Encounter", "until").date("date", "", "2013-01-14T12:00:00Z"),
		r("Encounter", "undated"),

		// The same amounts in several units; and what no unit system defines.
		r("Observation", "dl").quantity("value-quantity", "95", ucum, "mg/dL").tokenQuantity("code-value-quantity", loinc, "2339-0", "95", ucum, "mg/dL"),
		r("Observation", "l").quantity("value-quantity", "0.95", ucum, "g/L").tokenQuantity("code-value-quantity", loinc, "2339-0", "0.95", ucum, "g/L"),
		r("Observation", "mol").quantity("value-quantity", "5.3", ucum, "mmol/L"),
		r("Observation", "kg").quantity("value-quantity", "80", ucum, "kg").tokenQuantity("code-value-quantity", loinc, "29463-7", "80", ucum, "kg"),
		r("Observation", "g").quantity("value-quantity", "80000", ucum, "g"),
		r("Observation", "pounds").quantity("value-quantity", "176.370", ucum, "[lb_av]"),
		r("Observation", "tablets").quantity("value-quantity", "2", "urn:forms", "TAB"),
		r("Observation", "plain").quantity("value-quantity", "80", "", ""),
		r("Observation", "above").quantity("value-quantity", ">80", ucum, "kg"),
		r("Observation", "text").str("value-string", `50% of a,b|c$d\e`).tokenString("code-value-string", loinc, "a$b", "x,y"),

		r("RiskAssessment", "n99.5").number("probability", "99.5"),
		r("RiskAssessment", "n99.996").number("probability", "99.996"),
		r("RiskAssessment", "n100").number("probability", "100"),
		r("RiskAssessment", "n100.00").number("probability", "100.00"),
		r("RiskAssessment", "n100.4").number("probability", "100.4"),
		r("RiskAssessment", "n100.5").number("probability", "100.5"),
		r("RiskAssessment", "n149").number("probability", "149"),
		r("RiskAssessment", "minus").number("probability", "-5"),
		r("RiskAssessment", "zero").number("probability", "0"),
		r("RiskAssessment", "tiny").number("probability", "1e-7"),

		// Given and family names are beside the name, which has all of them.
		r("Patient", "composed").str("given", "Zoë").str("name", "Zoë").str("family", "D'Arcy").str("name", "D'Arcy").token("active", "", "true").
			token("gender", "urn:g", "female").token("identifier", "urn:a", "X1").ref("organization", "Organization/o").date("birthdate", "1980-05-05"),
		r("Patient", "combining").str("given", "Zoe\u0308").str("name", "Zoe\u0308").str("family", "Straße").str("name", "Straße").token("active", "", "false").
			token("gender", "urn:g", "male").token("identifier", "urn:a", "x1"),
		r("Patient", "spaced").str("given", "Mary  Ann").str("name", "Mary  Ann").str("family", "van der Berg").str("name", "van der Berg").
			token("identifier", "", "X1").token("identifier", "urn:b|c", "1,2"),
		r("Patient", "nameless").token("gender", "urn:g", "other").token("identifier", "urn:b", `a|b`),
		r("Organization", "o"),

		r("Observation", "versioned").ref("subject", "Patient/composed/_history/2"),
		r("Observation", "elsewhere").ref("performer", "https://elsewhere.example/fhir/Patient/composed"),
		r("Observation", "device").ref("subject", "Device/composed"),
		r("Device", "composed"),
		r("Encounter", "named").logical("subject", "urn:a", "X1"),

		r("ValueSet", "top").uri("url", "http://acme.example/a"),
		r("ValueSet", "slash").uri("url", "http://acme.example/a/b/"),
		r("ValueSet", "leaf").uri("url", "http://acme.example/a/b/c"),
		r("ValueSet", "near").uri("url", "http://acme.example/a/bc"),
		r("ValueSet", "case").uri("url", "http://acme.example/A"),
		r("ValueSet", "comma").uri("url", "http://acme.example/x,y"),
		r("ValueSet", "bare"),
	}
}

// Every row is a search and the ids that it finds, sorted.
var rules = []struct{ search, want string }{
	// A day is the range of 24 hours that it names; without a zone it is UTC. https://hl7.org/fhir/R4/search.html#date
	{"Encounter?date=2013-01-14", "day evening midnight morning"},
	{"Encounter?date=eq2013-01-14", "day evening midnight morning"},
	{"Encounter?date=2013-01-14T00:00:00Z", "midnight"},
	{"Encounter?date=2013-01-14T00:00Z", "midnight"},
	{"Encounter?date=2013-01-13T20:00:00-05:00", "evening"},
	{"Encounter?date=2013-01-14T01:00:00", "evening"},
	{"Encounter?date=2013-01-13T19:00-05:00", "midnight"},
	{"Encounter?date=2013-01-14T06:45:00%2B05:45", "evening"},
	{"Encounter?date=2013-01-13T23:59:59.999Z", "last-ms"},
	{"Encounter?date=2013-01-13T23:59:59Z", "last-ms"},
	{"Encounter?date=2013-01", "day evening last-ms midnight month morning next"},
	{"Encounter?date=ne2013-01-14", "last-ms month next since until"},
	{"Encounter?date=ne2013-01", "since until"},
	{"Encounter?date=gt2013-01-14", "month next since"},
	{"Encounter?date=lt2013-01-14", "last-ms month until"},
	{"Encounter?date=ge2013-01-14", "day evening midnight month morning next since"},
	{"Encounter?date=le2013-01-14", "day evening last-ms midnight month morning until"},
	{"Encounter?date=sa2013-01-14", "next"},
	{"Encounter?date=sa2013-01-13", "day evening midnight morning next since"},
	{"Encounter?date=eb2013-01-14", "last-ms"},
	{"Encounter?date=eb2013-01-15", "day evening last-ms midnight morning until"},
	{"Encounter?date=gt2013-01-14T00:00:00Z", "day evening month morning next since until"},
	{"Encounter?date=lt2013-01-14T00:00:00Z", "last-ms month until"},
	{"Encounter?date=gt2050", "since"},
	{"Encounter?date=lt1950", "until"},
	{"Encounter?date=ap1950-01-01T00:00:00Z&date=lt1900", "until"},
	{"Encounter?date=sa2012-12&date=eb2013-01-14", "last-ms"},
	{"Encounter?date=2013-01-13,2013-01-15", "last-ms next"},
	{"Encounter?date=ge2013-01-14&date=lt2013-01-14", "month"},
	{"Encounter?date=eb2013-01-14,sa2013-01-14", "last-ms next"},

	// A number is the range of its precision for eq, ne and ap alone. https://hl7.org/fhir/R4/search.html#number
	{"RiskAssessment?probability=100", "n100 n100.00 n100.4 n99.5 n99.996"},
	{"RiskAssessment?probability=100.00", "n100 n100.00 n99.996"},
	{"RiskAssessment?probability=100.000", "n100 n100.00"},
	{"RiskAssessment?probability=1e2", "n100 n100.00 n100.4 n100.5 n99.5 n99.996"},
	{"RiskAssessment?probability=1.00e2", "n100 n100.00 n100.4 n99.5 n99.996"},
	{"RiskAssessment?probability=ne100.00", "minus n100.4 n100.5 n149 n99.5 tiny zero"},
	{"RiskAssessment?probability=gt100", "n100.4 n100.5 n149"},
	{"RiskAssessment?probability=gt100.00", "n100.4 n100.5 n149"},
	{"RiskAssessment?probability=lt100", "minus n99.5 n99.996 tiny zero"},
	{"RiskAssessment?probability=ge100", "n100 n100.00 n100.4 n100.5 n149"},
	{"RiskAssessment?probability=le100", "minus n100 n100.00 n99.5 n99.996 tiny zero"},
	{"RiskAssessment?probability=sa100", "n100.4 n100.5 n149"},
	{"RiskAssessment?probability=eb100", "minus n99.5 n99.996 tiny zero"},
	{"RiskAssessment?probability=ap100", "n100 n100.00 n100.4 n100.5 n99.5 n99.996"},
	{"RiskAssessment?probability=lt0", "minus"},
	{"RiskAssessment?probability=-5", "minus"},
	{"RiskAssessment?probability=ap-5", "minus"},
	{"RiskAssessment?probability=gt0&probability=lt1", "tiny"},
	{"RiskAssessment?probability=0.0000001", "tiny"},
	{"RiskAssessment?probability=-5,149", "minus n149"},

	// A UCUM unit is converted, any other is compared as it is written. https://hl7.org/fhir/R4/search.html#quantity
	{"Observation?value-quantity=95%7Chttp://unitsofmeasure.org%7Cmg/dL", "dl l"},
	{"Observation?value-quantity=0.95%7Chttp://unitsofmeasure.org%7Cg/L", "dl l"},
	{"Observation?value-quantity=0.00095%7Chttp://unitsofmeasure.org%7Ckg/L", "dl l"},
	{"Observation?value-quantity=gt0.94%7Chttp://unitsofmeasure.org%7Cg/L", "dl l"},
	{"Observation?value-quantity=gt95%7Chttp://unitsofmeasure.org%7Cmg/dL", ""},
	{"Observation?value-quantity=ge95%7Chttp://unitsofmeasure.org%7Cmg/dL", "dl l"},
	{"Observation?value-quantity=le0.95%7Chttp://unitsofmeasure.org%7Cg/L", "dl l"},
	{"Observation?value-quantity=ne90%7Chttp://unitsofmeasure.org%7Cmg/dL", "dl l"},
	{"Observation?value-quantity=5.3%7Chttp://unitsofmeasure.org%7Cmmol/L", "mol"},
	{"Observation?value-quantity=5300%7Chttp://unitsofmeasure.org%7Cumol/L", "mol"},
	{"Observation?value-quantity=80%7Chttp://unitsofmeasure.org%7Ckg", "g kg pounds"},
	{"Observation?value-quantity=80.000%7Chttp://unitsofmeasure.org%7Ckg", "g kg pounds"},
	{"Observation?value-quantity=176.370%7Chttp://unitsofmeasure.org%7C[lb_av]", "g kg pounds"},
	{"Observation?value-quantity=gt80%7Chttp://unitsofmeasure.org%7Ckg", "above pounds"},
	{"Observation?value-quantity=gt1000%7Chttp://unitsofmeasure.org%7Ckg", "above"},
	{"Observation?value-quantity=80%7C%7Ckg", "kg"},
	{"Observation?value-quantity=80", "kg plain"},
	{"Observation?value-quantity=2%7Curn:forms%7CTAB", "tablets"},
	{"Observation?value-quantity=2%7C%7CTAB", "tablets"},
	{"Observation?value-quantity=2%7Curn:other%7CTAB", ""},
	{"Observation?value-quantity=2%7Curn:forms%7Ctab", ""},
	{"Observation?value-quantity=lt3,79.9%7C%7CTAB", "l tablets"},

	// Strings: case, accents, combining characters, white space; the beginning of the whole value, not of each word.
	// https://hl7.org/fhir/R4/search.html#string
	{"Patient?given=zoe", "combining composed"},
	{"Patient?given=ZOË", "combining composed"},
	{"Patient?given=Zoe%CC%88", "combining composed"},
	{"Patient?given:exact=Zo%C3%AB", "composed"},
	{"Patient?given:exact=Zoe%CC%88", "combining"},
	{"Patient?given:exact=zo%C3%AB", ""},
	{"Patient?given:exact=Zo", ""},
	{"Patient?given:contains=OE", "combining composed"},
	{"Patient?given=mary%20ann", "spaced"},
	// A text is found by the beginning of any of its words, and by what follows there; :exact, parts, orders and _filter know whole texts.
	{"Patient?given=ann", "spaced"},
	{"Patient?name=berg", "spaced"},
	{"Patient?family=der%20be", "spaced"},
	{"Patient?family=van%20berg", ""},
	{"Patient?family=erg", ""},
	{"Patient?family:exact=Berg", ""},
	{"Patient?family:contains=erg", "spaced"},
	{"Patient?_filter=family%20eq%20%22berg%22", ""},
	{"Patient?_filter=family%20sw%20%22berg%22", ""},
	{"Patient?_filter=family%20sw%20%22van%20d%22", "spaced"},
	{"Patient?_filter=family%20ew%20%22berg%22", "spaced"},
	{"Patient?_filter=family%20ne%20%22van%20der%20berg%22", "combining composed"},
	{"Patient?_filter=family%20lt%20%22c%22", ""},
	// Punctuation counts for :exact alone. https://hl7.org/fhir/R4/search.html#string
	{"Patient?family=darcy", "composed"},
	{"Patient?family=D’ARCY", "composed"},
	{"Patient?family=van-der-berg", "spaced"},
	{"Patient?family:contains=darc", "composed"},
	{"Patient?family:exact=D'Arcy", "composed"},
	{"Patient?family:exact=DArcy", ""},
	{"Patient?family=-", ""},
	{"Patient?given:contains=ann", "spaced"},
	{"Patient?family=d'arcy", "composed"},
	{"Patient?family=STRASSE", "combining"},
	{"Patient?given=darcy", ""},
	{"Patient?given=van", ""},
	{"Patient?name=van", "spaced"},
	{"Patient?name=d'a,mary", "composed spaced"},
	{"Patient?name=zoe&name=stra", "combining"},

	// https://hl7.org/fhir/R4/search.html#token
	{"Patient?identifier=X1", "composed spaced"},
	{"Patient?identifier=x1", "combining"},
	{"Patient?identifier=urn:a%7CX1", "composed"},
	{"Patient?identifier=%7CX1", "spaced"},
	{"Patient?identifier=urn:a%7C", "combining composed"},
	{"Patient?identifier=URN:A%7CX1", ""},
	{"Patient?identifier:not=X1", "combining nameless"},
	{"Patient?identifier:not=urn:a%7C", "nameless spaced"},
	{"Patient?identifier:not=%7CX1", "combining composed nameless"},
	{"Patient?active=true", "composed"},
	{"Patient?active=false", "combining"},
	{"Patient?active=%7Ctrue", "composed"},
	{"Patient?active:not=true", "combining nameless spaced"},
	{"Patient?active=true,false", "combining composed"},
	{"Patient?active=true&active=false", ""},
	{"Patient?gender=Female", ""},

	// An escape takes its meaning from a separator. https://hl7.org/fhir/R4/search.html#escaping
	{`Patient?identifier=1\,2`, "spaced"},
	{`Patient?identifier=urn:b\%7Cc%7C1\,2`, "spaced"},
	{"Patient?identifier=1,2", ""},
	{`Patient?identifier=a\%7Cb`, "nameless"},
	{`Patient?identifier=urn:b%7Ca\%7Cb`, "nameless"},
	{`Observation?value-string=50%25%20of%20a\,b\%7Cc\$d\\e`, "text"},
	{`Observation?value-string:exact=50%25%20of%20a\,b\%7Cc\$d\\e`, "text"},
	{`Observation?value-string:contains=b\%7Cc`, "text"},
	{`Observation?value-string=5_%25`, ""},
	{`Observation?value-string=50_`, "text"},
	{`Observation?value-string=50%25_`, "text"},
	{`Observation?value-string=b\%7Cc`, "text"},
	{`Observation?code-value-string=a\$b$x\,y`, "text"},
	{`ValueSet?url=http://acme.example/x\,y`, "comma"},

	// https://hl7.org/fhir/R4/search.html#reference
	{"Observation?subject=nobody", ""},
	{"Observation?subject=Patient/composed", "versioned"},
	{"Observation?subject:Patient=composed", "versioned"},
	{"Observation?subject:Patient=Patient/composed", "versioned"},
	{"Observation?subject:Device=composed", "device"},
	{"Observation?patient=composed", "versioned"},
	{"Observation?subject=" + base + "/Patient/composed", "versioned"},
	{"Observation?subject=Patient/composed/_history/2", "versioned"},
	{"Observation?subject=Patient/composed/_history/1", ""},
	{"Observation?subject=" + base + "/Patient/composed/_history/2", "versioned"},
	{"Observation?subject=Patient/Composed", ""},
	{"Observation?performer=https://elsewhere.example/fhir/Patient/composed", "elsewhere"},
	{"Observation?performer=Patient/composed", ""},
	{"Encounter?subject:identifier=urn:a%7CX1", "named"},
	{"Encounter?subject:identifier=X1", "named"},
	{"Encounter?subject:identifier=urn:a%7C", "named"},
	{"Encounter?subject:identifier=%7CX1", ""},

	// A URI is compared as it is written; above and below go by its segments. https://hl7.org/fhir/R4/search.html#uri
	{"ValueSet?url=http://acme.example/a", "top"},
	{"ValueSet?url=http://acme.example/a/b", ""},
	{"ValueSet?url:below=http://acme.example/a", "leaf near slash top"},
	{"ValueSet?url:below=http://acme.example/a/b", "leaf slash"},
	{"ValueSet?url:below=http://acme.example/a/b/", "leaf slash"},
	{"ValueSet?url:above=http://acme.example/a/b/c", "leaf slash top"},
	{"ValueSet?url:above=http://acme.example/a/bc", "near top"},
	{"ValueSet?url:above=http://acme.example/a/b/c/d", "leaf slash top"},
	{"ValueSet?url:below=http://acme.example/A,http://acme.example/a/b", "case leaf slash"},

	// The prefix of a composite stands before the component that it compares. https://hl7.org/fhir/R4/search.html#composite
	{"Observation?code-value-quantity=http://loinc.org%7C2339-0$95%7Chttp://unitsofmeasure.org%7Cmg/dL", "dl l"},
	{"Observation?code-value-quantity=2339-0$ge0.95%7Chttp://unitsofmeasure.org%7Cg/L", "dl l"},
	{"Observation?code-value-quantity=2339-0$gt0.95%7Chttp://unitsofmeasure.org%7Cg/L", ""},
	{"Observation?code-value-quantity=2339-0$gt1", "dl"},
	{"Observation?code-value-quantity=2339-0$80", ""},
	{"Observation?code-value-quantity=http://loinc.org%7C$80%7C%7Ckg", "kg"},
	{"Observation?code-value-quantity=2339-0$lt1,29463-7$sa79", "kg l"},

	// :missing of every type. https://hl7.org/fhir/R4/search.html#modifiers
	{"Encounter?date:missing=true", "named undated"},
	{"Encounter?date:missing=false", "day evening last-ms midnight month morning next since until"},
	{"Patient?family:missing=true", "nameless"},
	{"Patient?_id:missing=false", "combining composed nameless spaced"},
	{"Patient?_id:missing=true", ""},
	{"Patient?_lastUpdated:missing=false&family:missing=true", "nameless"},
	{"Patient?_lastUpdated:missing=true", ""},
	{"?_type=Patient,Encounter&_id:missing=true", ""},
	{"Patient?organization._id:missing=false", "composed"},
	{"Patient?organization._lastUpdated:missing=true", ""},
	{"Patient?_has:Observation:subject:_id:missing=true", ""},
	{"Patient?birthdate:missing=false", "composed"},
	{"Patient?active:missing=true", "nameless spaced"},
	{"Patient?active:missing=false", "combining composed"},
	{"Patient?organization:missing=false", "composed"},
	{"Patient?organization:missing=true", "combining nameless spaced"},
	{"Observation?value-quantity:missing=true", "device elsewhere text versioned"},
	{"Observation?value-quantity:missing=false&subject:missing=true&value-quantity=80", "kg plain"},
	{"Observation?performer:missing=false", "elsewhere"},
	{"RiskAssessment?probability:missing=true", ""},
	{"ValueSet?url:missing=true", "bare"},
	{"ValueSet?url:missing=false", "case comma leaf near slash top"},
	{"Patient?family:missing=true&family:missing=false", ""},
}
