package demo

// person is one made-up patient. Nobody here is or was real; the town, the streets and the numbers are invented (telephone
// numbers from the range kept for fiction).
type person struct {
	id                  string // logical id
	prefix              string
	given               []string
	family              string
	gender              string
	birth               string // YYYY-MM-DD
	street, city, state string
	zip                 string
	phone, email        string
	language            string // BCP 47
	marital             string // v3-MaritalStatus code
	deceased            string // instant, or empty
	employer            string
	race                code
	ethnicity           code
	problems            []int // indexes into problems
	allergies           []int
	medications         []int
	procedures          []int
	plan                int // index into payers
	weightKg, heightCm  float64
	systolic, diastolic int
	doctor              int // index into practitioners
}

// code is one coded concept.
type code struct{ system, code, display string }

// The patients, in the order in which they are made: the first is the portal account of the demo.
var people = []person{
	{
		id: "9a1b6c1e-0001-4c57-9d10-5f2a6e0c0001", prefix: "Mr.", given: []string{"Phil", "Andrew"}, family: "Lindqvist", gender: "male", birth: "1972-03-09",
		street: "12 Heron Lane", city: "Alderbrook", state: "MA", zip: "01999", phone: "555-010-1001", email: "heya@invalid.email.com", language: "en", marital: "M", employer: "Alderbrook Timber Works",
		race: whiteRace, ethnicity: notHispanic, problems: []int{0, 1}, allergies: []int{0, 4}, medications: []int{0, 1}, procedures: []int{0, 4}, plan: 0,
		weightKg: 88.4, heightCm: 181, systolic: 138, diastolic: 86, doctor: 0,
	},
	{
		id: "9a1b6c1e-0002-4c57-9d10-5f2a6e0c0002", prefix: "Ms.", given: []string{"Susanna", "Mei"}, family: "Underhill", gender: "female", birth: "1967-11-23",
		street: "4 Mill Race", city: "Alderbrook", state: "MA", zip: "01999", phone: "555-010-1002", email: "susanna.underhill@example.org", language: "en", marital: "S",
		race: asianRace, ethnicity: notHispanic, problems: []int{2, 3}, allergies: []int{1}, medications: []int{2, 3}, procedures: []int{1}, plan: 1,
		weightKg: 64.2, heightCm: 165, systolic: 126, diastolic: 78, doctor: 1,
	},
	{
		id: "9a1b6c1e-0003-4c57-9d10-5f2a6e0c0003", given: []string{"Wanda"}, family: "Marrow", gender: "female", birth: "2016-05-30",
		street: "77 Quarry Road", city: "Stonewick", state: "MA", zip: "01998", phone: "555-010-1003", email: "marrow.family@example.org", language: "en", marital: "S",
		race: whiteRace, ethnicity: notHispanic, problems: []int{4}, allergies: []int{2}, medications: []int{4}, procedures: nil, plan: 2,
		weightKg: 30.1, heightCm: 134, systolic: 98, diastolic: 60, doctor: 2,
	},
	{
		id: "9a1b6c1e-0004-4c57-9d10-5f2a6e0c0004", prefix: "Mr.", given: []string{"Ignacio", "José"}, family: "Belmonte Ruiz", gender: "male", birth: "1985-08-14",
		street: "3 Cooper Court", city: "Alderbrook", state: "MA", zip: "01999", phone: "555-010-1004", email: "ignacio.belmonte@example.org", language: "es", marital: "M",
		race: otherRace, ethnicity: hispanic, problems: []int{5}, allergies: nil, medications: []int{5}, procedures: []int{2}, plan: 0,
		weightKg: 79.0, heightCm: 176, systolic: 122, diastolic: 76, doctor: 0,
	},
	{
		id: "9a1b6c1e-0005-4c57-9d10-5f2a6e0c0005", prefix: "Mrs.", given: []string{"Adaeze"}, family: "Okonwaye", gender: "female", birth: "1990-01-02",
		street: "210 Tannery Street", city: "Fernhollow", state: "MA", zip: "01997", phone: "555-010-1005", email: "adaeze@example.org", language: "en", marital: "M",
		race: blackRace, ethnicity: notHispanic, problems: []int{6}, allergies: []int{3}, medications: []int{6}, procedures: []int{5}, plan: 1,
		weightKg: 71.5, heightCm: 170, systolic: 112, diastolic: 70, doctor: 1,
	},
	{
		id: "9a1b6c1e-0006-4c57-9d10-5f2a6e0c0006", prefix: "Mr.", given: []string{"Torvald"}, family: "Grimsey", gender: "male", birth: "1941-12-19",
		street: "1 Lighthouse Point", city: "Saltmere", state: "MA", zip: "01996", phone: "555-010-1006", email: "", language: "en", marital: "W",
		race: whiteRace, ethnicity: notHispanic, problems: []int{0, 2, 7}, allergies: []int{0}, medications: []int{0, 2, 7}, procedures: []int{3}, plan: 3,
		weightKg: 74.8, heightCm: 172, systolic: 146, diastolic: 82, doctor: 0,
	},
	{
		id: "9a1b6c1e-0007-4c57-9d10-5f2a6e0c0007", prefix: "Ms.", given: []string{"Leilani", "K."}, family: "Arrowsmith-Pua", gender: "female", birth: "1998-07-07",
		street: "58 Rope Walk, Apt 6", city: "Saltmere", state: "MA", zip: "01996", phone: "555-010-1007", email: "leilani@example.org", language: "en", marital: "S",
		race: pacificRace, ethnicity: notHispanic, problems: []int{8}, allergies: nil, medications: []int{8}, procedures: nil, plan: 2,
		weightKg: 58.3, heightCm: 162, systolic: 108, diastolic: 66, doctor: 1,
	},
	{
		id: "9a1b6c1e-0008-4c57-9d10-5f2a6e0c0008", prefix: "Mr.", given: []string{"Casimir"}, family: "Wojtyna", gender: "male", birth: "1959-04-27",
		street: "9 Bell Yard", city: "Stonewick", state: "MA", zip: "01998", phone: "555-010-1008", email: "casimir.w@example.org", language: "pl", marital: "D",
		race: whiteRace, ethnicity: notHispanic, problems: []int{1, 9}, allergies: []int{1}, medications: []int{1, 9}, procedures: []int{0}, plan: 1,
		weightKg: 95.6, heightCm: 178, systolic: 134, diastolic: 84, doctor: 0,
	},
	{
		id: "9a1b6c1e-0009-4c57-9d10-5f2a6e0c0009", given: []string{"Robin"}, family: "Ashgrove", gender: "other", birth: "2003-10-11",
		street: "33 Orchard Terrace", city: "Fernhollow", state: "MA", zip: "01997", phone: "555-010-1009", email: "robin.ashgrove@example.org", language: "en", marital: "S",
		race: nativeRace, ethnicity: notHispanic, problems: []int{10}, allergies: []int{3}, medications: []int{10}, procedures: nil, plan: 2,
		weightKg: 62.0, heightCm: 171, systolic: 116, diastolic: 72, doctor: 1,
	},
	{
		id: "9a1b6c1e-0010-4c57-9d10-5f2a6e0c0010", prefix: "Mrs.", given: []string{"Hyacinth", "Rose"}, family: "Tolliver", gender: "female", birth: "1936-02-29",
		street: "The Almshouses 2", city: "Alderbrook", state: "MA", zip: "01999", phone: "555-010-1010", email: "", language: "en", marital: "W", deceased: "2025-11-30T04:15:00Z",
		race: whiteRace, ethnicity: notHispanic, problems: []int{0, 7}, allergies: []int{4}, medications: []int{0, 7}, procedures: []int{3}, plan: 3,
		weightKg: 52.7, heightCm: 154, systolic: 150, diastolic: 80, doctor: 0,
	},
	{
		id: "9a1b6c1e-0011-4c57-9d10-5f2a6e0c0011", given: []string{"Juniper"}, family: "Marrow", gender: "female", birth: "2024-06-18",
		street: "77 Quarry Road", city: "Stonewick", state: "MA", zip: "01998", phone: "555-010-1003", email: "marrow.family@example.org", language: "en", marital: "S",
		race: whiteRace, ethnicity: notHispanic, problems: nil, allergies: nil, medications: nil, procedures: nil, plan: 2,
		weightKg: 12.4, heightCm: 86, systolic: 88, diastolic: 54, doctor: 2,
	},
	{
		id: "9a1b6c1e-0012-4c57-9d10-5f2a6e0c0012", prefix: "Mr.", given: []string{"Devanand"}, family: "Chakravorty", gender: "male", birth: "1979-09-03",
		street: "15 Canal Side", city: "Saltmere", state: "MA", zip: "01996", phone: "555-010-1012", email: "dev.chakravorty@example.org", language: "bn", marital: "M",
		race: asianRace, ethnicity: notHispanic, problems: []int{1, 11}, allergies: []int{0}, medications: []int{1, 11}, procedures: []int{1}, plan: 0,
		weightKg: 82.9, heightCm: 174, systolic: 130, diastolic: 80, doctor: 1,
	},
	{
		id: "9a1b6c1e-0013-4c57-9d10-5f2a6e0c0013", prefix: "Mrs.", given: []string{"Marguerite"}, family: "Delacroix-Hahn", gender: "female", birth: "1962-06-06",
		street: "8 Vintner's Row", city: "Fernhollow", state: "MA", zip: "01997", phone: "555-010-1013", email: "m.delacroix@example.org", language: "fr", marital: "M",
		race: whiteRace, ethnicity: notHispanic, problems: []int{3, 6}, allergies: []int{2}, medications: []int{3, 6}, procedures: []int{2, 5}, plan: 3,
		weightKg: 68.8, heightCm: 168, systolic: 124, diastolic: 74, doctor: 0,
	},
	{
		id: "9a1b6c1e-0014-4c57-9d10-5f2a6e0c0014", prefix: "Mr.", given: []string{"Osei"}, family: "Bramwell", gender: "male", birth: "2010-12-25",
		street: "21 Cooper Court", city: "Alderbrook", state: "MA", zip: "01999", phone: "555-010-1014", email: "bramwell.home@example.org", language: "en", marital: "S",
		race: blackRace, ethnicity: notHispanic, problems: []int{4}, allergies: []int{3}, medications: []int{4}, procedures: nil, plan: 1,
		weightKg: 55.0, heightCm: 167, systolic: 110, diastolic: 68, doctor: 2,
	},
}

// US Core race and ethnicity categories. https://terminology.hl7.org/CodeSystem-CDCREC.html
const cdcREC = "urn:oid:2.16.840.1.113883.6.238"

var (
	whiteRace   = code{cdcREC, "2106-3", "White"}
	blackRace   = code{cdcREC, "2054-5", "Black or African American"}
	asianRace   = code{cdcREC, "2028-9", "Asian"}
	nativeRace  = code{cdcREC, "1002-5", "American Indian or Alaska Native"}
	pacificRace = code{cdcREC, "2076-8", "Native Hawaiian or Other Pacific Islander"}
	otherRace   = code{cdcREC, "2131-1", "Other Race"}
	hispanic    = code{cdcREC, "2135-2", "Hispanic or Latino"}
	notHispanic = code{cdcREC, "2186-5", "Not Hispanic or Latino"}
)
