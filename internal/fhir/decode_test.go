package fhir_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/await"
	"chartwright/internal/fault"
)

// refused are bodies that are no resource: each is Invalid and the issue names the element.
var refused = []struct{ name, body, expression, detail string }{
	{"nothing", ``, "", "a resource is expected, the input ends"},
	{"white space", "  \n", "", "the input ends"},
	{"an array", `[]`, "", "a resource is expected, not an array"},
	{"no resourceType", `{"id":"a"}`, "", "the resource has no resourceType"},
	{"resourceType of another kind", `{"resourceType":1}`, "", "the resource has no resourceType"},
	{"unknown resourceType", `{"resourceType":"Patent"}`, "", `unknown resourceType "Patent"`},
	{"a data type", `{"resourceType":"HumanName"}`, "", `unknown resourceType "HumanName"`},
	{"resourceType twice", `{"resourceType":"Patient","resourceType":"Patient"}`, "Patient", "resourceType is given twice"},
	{"unknown element", `{"resourceType":"Patient","nom":1}`, "Patient.nom", `unknown element "nom"`},
	{"unknown element inside", `{"resourceType":"Patient","name":[{"family":"a"},{"familie":"b"}]}`, "Patient.name[1].familie", "unknown element"},
	{"empty name", `{"resourceType":"Patient","":1}`, "Patient", "unknown element"},
	{"case matters", `{"resourceType":"Patient","Gender":"male"}`, "Patient.Gender", "unknown element"},
	{"twin of a complex element", `{"resourceType":"Patient","_name":[{"id":"a"}]}`, "Patient._name", "unknown element"},
	{"given twice", `{"resourceType":"Patient","gender":"male","gender":"male"}`, "Patient.gender", "gender is given twice"},
	{"given twice with an escape", `{"resourceType":"Patient","gender":"male","gend\u0065r":"male"}`, "Patient.gender", "gender is given twice"},
	{"twin given twice", `{"resourceType":"Patient","_gender":{"id":"a"},"_gender":{"id":"b"}}`, "Patient.gender", "_gender is given twice"},
	{"choice given twice", `{"resourceType":"Observation","valueString":"a","valueString":"b"}`, "Observation.value", "value is given twice"},
	{"second alternative", `{"resourceType":"Observation","valueString":"a","valueInteger":1}`, "Observation.value", "value[x] has two values, string and integer"},
	{"second alternative by its twin", `{"resourceType":"Observation","valueString":"a","_valueInteger":{"id":"x"}}`, "Observation.value", "value[x] has two values, string and integer"},
	{"type not in the choice", `{"resourceType":"Observation","valueAddress":{"city":"x"}}`, "Observation.valueAddress", "unknown element"},
	{"string for an object", `{"resourceType":"Patient","maritalStatus":"M"}`, "Patient.maritalStatus", "an object is expected, not a string"},
	{"object for a list", `{"resourceType":"Patient","name":{"family":"a"}}`, "Patient.name", "an array is expected, not an object"},
	{"list for an object", `{"resourceType":"Patient","maritalStatus":[{"text":"a"}]}`, "Patient.maritalStatus", "an object is expected, not an array"},
	{"string in a list of objects", `{"resourceType":"Patient","name":["a"]}`, "Patient.name[0]", "an object is expected, not a string"},
	{"number for a string", `{"resourceType":"Patient","gender":1}`, "Patient.gender", "a string is expected, not a number"},
	{"string for a boolean", `{"resourceType":"Patient","active":"true"}`, "Patient.active", "a boolean is expected, not a string"},
	{"string for a number", `{"resourceType":"Observation","valueQuantity":{"value":"1"}}`, "Observation.value.value", "a number is expected, not a string"},
	{"null", `{"resourceType":"Patient","gender":null}`, "Patient.gender", "a string is expected, not null"},
	{"null object", `{"resourceType":"Patient","maritalStatus":null}`, "Patient.maritalStatus", "an object is expected, not null"},
	{"null in a list of objects", `{"resourceType":"Patient","name":[null]}`, "Patient.name[0]", "an object is expected, not null"},
	{"gap that nothing fills", `{"resourceType":"Patient","name":[{"given":["a",null]}]}`, "Patient.name[0].given[1]", "null stands for a value"},
	{"gap on both sides", `{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,null]}]}`, "Patient.name[0].given[1]", "null stands for a value"},
	{"twins of another length", `{"resourceType":"Patient","name":[{"given":["a","b"],"_given":[{"id":"x"}]}]}`, "Patient.name[0].given", "given and _given differ in length"},
	{"empty object", `{"resourceType":"Patient","maritalStatus":{}}`, "Patient.maritalStatus", "an object must not be empty"},
	{"empty array", `{"resourceType":"Patient","name":[]}`, "Patient.name", "an array must not be empty"},
	{"empty string", `{"resourceType":"Patient","gender":""}`, "Patient.gender", "a string must not be empty"},
	{"bad date", `{"resourceType":"Patient","birthDate":"2021-02-29"}`, "Patient.birthDate", "not of the form of the type date"},
	{"bad dateTime", `{"resourceType":"Patient","deceasedDateTime":"2021-02-28T10:00:00"}`, "Patient.deceased", "not of the form of the type dateTime"},
	{"bad code", `{"resourceType":"Patient","gender":" male"}`, "Patient.gender", "not of the form of the type code"},
	{"bad id", `{"resourceType":"Patient","id":"a_b"}`, "Patient.id", "not of the form of the type id"},
	{"bad uri", `{"resourceType":"Patient","implicitRules":"a b"}`, "Patient.implicitRules", "not of the form of the type uri"},
	{"bad base64", `{"resourceType":"Binary","contentType":"a/b","data":"abc"}`, "Binary.data", "not of the form of the type base64Binary"},
	{"integer with a fraction", `{"resourceType":"Observation","valueInteger":1.0}`, "Observation.value", "not an integer of 32 bits"},
	{"integer of 33 bits", `{"resourceType":"Observation","valueInteger":2147483648}`, "Observation.value", "not an integer of 32 bits"},
	{"positiveInt of 0", `{"resourceType":"Patient","telecom":[{"rank":0}]}`, "Patient.telecom[0].rank", "a positiveInt is at least 1"},
	{"number with a leading zero", `{"resourceType":"Observation","valueInteger":01}`, "Observation", "a comma or the end of the object"},
	{"number with a leading plus", `{"resourceType":"Observation","valueInteger":+1}`, "Observation.value", "an integer is expected"},
	{"NaN", `{"resourceType":"Observation","valueQuantity":{"value":NaN}}`, "Observation.value.value", "a number is expected"},
	{"trailing comma", `{"resourceType":"Patient","active":true,}`, "Patient", "a member name is expected"},
	{"trailing comma in a list", `{"resourceType":"Patient","name":[{"family":"a"},]}`, "Patient.name[1]", "an object is expected"},
	{"missing comma", `{"resourceType":"Patient" "active":true}`, "Patient", "a comma or the end of the object is expected"},
	{"missing colon", `{"resourceType":"Patient","active" true}`, "Patient", "a colon is expected"},
	{"cut off", `{"resourceType":"Patient","name":[{"family":"a`, "Patient.name[0].family", "the string has no end"},
	{"single quotes", `{'resourceType':'Patient'}`, "", "byte 1: invalid character"},
	{"only a brace", `{`, "", "byte 1: the input ends inside an object"},
	{"an object that breaks off", `{"id":"a",`, "", "byte 10: the input ends inside an object"},
	{"a type in a broken object", `{"id":a,"resourceType":"Patient"}`, "Patient.id", "byte 6: a string is expected"},
	{"line break in a string", "{\"resourceType\":\"Patient\",\"gender\":\"a\nb\"}", "Patient.gender", "a control character in a string must be escaped"},
	{"escaped NUL", `{"resourceType":"Patient","gender":"a\u0000b"}`, "Patient.gender", "control characters"},
	{"escaped bell", `{"resourceType":"Patient","gender":"a\bb"}`, "Patient.gender", "control characters"},
	{"unknown escape", `{"resourceType":"Patient","gender":"a\xb"}`, "Patient.gender", "bad escape"},
	{"half of a surrogate pair", `{"resourceType":"Patient","name":[{"text":"\ud83d"}]}`, "Patient.name[0].text", `bad \u escape`},
	{"invalid UTF-8", "{\"resourceType\":\"Patient\",\"gender\":\"\xff\"}", "", "not valid UTF-8 at byte 36"},
	{"more behind it", `{"resourceType":"Patient","active":true}{}`, "", "there is more behind the resource"},
	{"no element at all", `{}`, "", "the resource has no resourceType"},
	{"fault in a contained resource", `{"resourceType":"Patient","contained":[{"resourceType":"Group","id":"a","actual":1}]}`, "Patient.contained[0].actual", "a boolean is expected"},
	{"fault in an entry", `{"resourceType":"Bundle","entry":[{"resource":{"id":"a","resourceType":"Patient","name":[{"given":[1]}]}}]}`, "Bundle.entry[0].resource.name[0].given[0]", "a string is expected"},
	{"extension of a primitive", `{"resourceType":"Patient","_birthDate":{"extension":[{"url":"x y"}]}}`, "Patient.birthDate.extension[0].url", "not of the form of the type uri"},
	{"twin of Element.id", `{"resourceType":"Patient","name":[{"_id":{"id":"x"}}]}`, "Patient.name[0]._id", "unknown element"},
}

func TestUnmarshalRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := r4.Unmarshal([]byte(tt.body))
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

// TestUnmarshalBounded feeds bodies that are meant to cost more than they weigh.
func TestUnmarshalBounded(t *testing.T) {
	t.Parallel()
	const n = 100_000
	for _, tt := range []struct{ name, body string }{
		{"levels of extensions", `{"resourceType":"Patient",` + strings.Repeat(`"extension":[{`, n)},
		{"levels of arrays", `{"resourceType":"Patient","name":` + strings.Repeat(`[`, n)},
		{"levels of objects", strings.Repeat(`{"a":`, n)},
		{"levels of contained resources", strings.Repeat(`{"resourceType":"Bundle","entry":[{"resource":`, n)},
		{"levels of late resource types", strings.Repeat(`{"entry":[{"resource":`, n) + `1` + strings.Repeat(`}],"resourceType":"Bundle"}`, n)},
		{"open quotes", `{"resourceType":"Patient",` + strings.Repeat(`"`, n)},
		{"escapes", `{"resourceType":"Patient","gender":"` + strings.Repeat(`\u0041`, n)},
		{"digits", `{"resourceType":"Observation","valueInteger":` + strings.Repeat(`9`, n) + `}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var err error
			await.Fast(t, "a body", 5*time.Second, func() { _, err = r4.Unmarshal([]byte(tt.body)) })
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("want Invalid, got %v", err)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("the message has %d bytes", len(err.Error()))
			}
		})
	}
}

// accepted are bodies whose canonical form differs from what came in.
var accepted = []struct{ name, body, want string }{
	{"resourceType last", `{"id":"a","resourceType":"Patient"}`, `{"resourceType":"Patient","id":"a"}`},
	{"elements in any order", `{"resourceType":"Patient","gender":"male","active":true,"id":"a"}`, `{"resourceType":"Patient","id":"a","active":true,"gender":"male"}`},
	{"white space", " {\t\"resourceType\" :\r\n\"Patient\" , \"name\" : [ { \"family\" : \"a\" } ] }\n", `{"resourceType":"Patient","name":[{"family":"a"}]}`},
	{"byte order mark", "\uFEFF" + `{"resourceType":"Patient"}`, `{"resourceType":"Patient"}`},
	{"escapes", `{"resourceType":"Patient","name":[{"text":"\u00e9\n\t\"\\\/ \ud83d\ude00 \u003c"}]}`, `{"resourceType":"Patient","name":[{"text":"é\n\t\"\\/ 😀 <"}]}`},
	{"decimals to the digit", `{"resourceType":"Observation","valueQuantity":{"value":-1.2300e+05}}`, `{"resourceType":"Observation","valueQuantity":{"value":-1.2300e+05}}`},
	{"false and zero", `{"resourceType":"Patient","active":false,"multipleBirthInteger":0}`, `{"resourceType":"Patient","active":false,"multipleBirthInteger":0}`},
	{"twin alone", `{"resourceType":"Patient","_birthDate":{"id":"x"}}`, `{"resourceType":"Patient","_birthDate":{"id":"x"}}`},
	{"twin before its value", `{"resourceType":"Patient","_birthDate":{"id":"x"},"birthDate":"2020"}`, `{"resourceType":"Patient","birthDate":"2020","_birthDate":{"id":"x"}}`},
	{"twin of a choice", `{"resourceType":"Observation","_valueString":{"id":"x"},"valueString":"a"}`, `{"resourceType":"Observation","valueString":"a","_valueString":{"id":"x"}}`},
	{"gaps filled by the other array", `{"resourceType":"Patient","name":[{"_given":[null,{"id":"x"},{"id":"y"}],"given":["a",null,"b"]}]}`, `{"resourceType":"Patient","name":[{"given":["a",null,"b"],"_given":[null,{"id":"x"},{"id":"y"}]}]}`},
	{"nothing but gaps", `{"resourceType":"Patient","name":[{"given":[null],"_given":[{"id":"x"}]}]}`, `{"resourceType":"Patient","name":[{"_given":[{"id":"x"}]}]}`},
	{"late type of a contained resource", `{"contained":[{"id":"a","name":[{"text":"\"resourceType\":\"Group\""}],"resourceType":"Patient"}],"resourceType":"Patient"}`, `{"resourceType":"Patient","contained":[{"resourceType":"Patient","id":"a","name":[{"text":"\"resourceType\":\"Group\""}]}]}`},
}

func TestUnmarshalAccepts(t *testing.T) {
	t.Parallel()
	for _, tt := range accepted {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := r4.Unmarshal([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			got, err := r4.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestUnmarshalDoesNotKeepTheBody(t *testing.T) {
	t.Parallel()
	body := []byte(`{"resourceType":"Patient","gender":"male"}`)
	r, err := r4.Unmarshal(body)
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	if got := r.(*r4.Patient).Gender.V; got != "male" {
		t.Errorf("the caller's buffer shows through: %q", got)
	}
}
