package interaction

import (
	"errors"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
)

// TestMergePatch applies the examples of RFC 7396 appendix A whose target and result are objects, within an element, and what they leave
// open about nulls in lists.
func TestMergePatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ target, patch, want string }{
		"replace":                   {`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		"add":                       {`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		"remove the last":           {`{"a":"b"}`, `{"a":null}`, `{}`},
		"remove":                    {`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		"a list by a text":          {`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		"a text by a list":          {`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		"deep":                      {`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		"a list by another":         {`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		"null beside":               {`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		"null of what is not there": {`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		"null in a list":            {`{}`, `{"a":["b",null]}`, `{"a":["b",null]}`},
		"null of an object in a list": {`{"a":[{"b":1,"c":2}]}`, `{"a":[{"b":null,"c":{"d":null}}]}`,
			`{"a":[{"b":null,"c":{"d":null}}]}`},
		"digits": {`{"a":1.50}`, `{"b":2.0e1}`, `{"a":1.50,"b":2.0e1}`},
	} {
		got, err := (&mergePatch{"Patient", []byte(c.patch)}).apply(t.Context(), []byte(c.target))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, c.want)
		}
	}
	for _, patch := range []string{`[]`, `null`, `"a"`, `1`, `{`, `{} {}`, ``} {
		if _, err := (&mergePatch{"Patient", []byte(patch)}).apply(t.Context(), []byte(`{"a":1}`)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want that it is refused", patch, err)
		}
	}
}

// TestMergePatchNulls holds that a null which FHIR does not know is refused with its place, and one that it knows is kept.
func TestMergePatchNulls(t *testing.T) {
	t.Parallel()
	const target = `{"resourceType":"Patient","id":"a","name":[{"family":"Ash","given":["Ann"]}],"contact":[{"name":{"text":"x"}}]}`
	for patch, at := range map[string]string{
		`{"name":[{"family":"Elm","given":null}]}`:               "Patient.name[0].given",
		`{"name":[{"family":"Elm"},{"family":null,"text":"x"}]}`: "Patient.name[1].family",
		`{"name":[null]}`:                                                                        "Patient.name[0]",
		`{"name":[{"given":["Ann",null]}]}`:                                                      "Patient.name[0].given[1]",
		`{"contact":[{"name":{"text":null,"family":"y"}}]}`:                                      "Patient.contact[0].name.text",
		`{"extension":[{"url":"urn:x","valueString":null}]}`:                                     "Patient.extension[0].value",
		`{"name":[{"given":["Ann",null],"_given":[null,{"id":"g"}]}]}`:                           "",
		`{"name":[{"given":[null],"_given":[{"extension":[{"url":"urn:x","valueCode":"y"}]}]}]}`: "",
		`{"name":null,"contact":null}`:                                                           "",
	} {
		body, err := (&mergePatch{"Patient", []byte(patch)}).apply(t.Context(), []byte(target))
		if err != nil {
			t.Errorf("%s: %v", patch, err)
			continue
		}
		_, err = r4.Unmarshal(body)
		var got string
		if f, ok := errors.AsType[*fault.Error](err); ok && len(f.Issues) > 0 {
			got = f.Issues[0].Expression
		}
		if got != at || (err == nil) != (at == "") {
			t.Errorf("%s: %v, want one at %q", patch, err, at)
		}
	}
}
