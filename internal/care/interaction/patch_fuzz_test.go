package interaction

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// FuzzPatch proves that no patch, in any of its languages, makes the server panic, changes the body that it is applied to, or fails
// as anything but a fault of the request; and that what comes out is JSON, and the same each time.
func FuzzPatch(f *testing.F) {
	const body = `{"resourceType":"Patient","id":"a","active":true,"name":[{"family":"Ash","given":["Ann","Bea"]}],"birthDate":"1970-01-01",` +
		`"extension":[{"url":"http://a.example","valueQuantity":{"value":1.10}}],"contact":[{"name":{"text":"x"}}]}`
	media := []string{mediaJSONPatch, mediaMergePatch, mediaFHIR}
	for _, seed := range []string{
		`[{"op":"add","path":"/name/0/given/-","value":"C"},{"op":"remove","path":"/active"},{"op":"test","path":"/extension/0/valueQuantity/value","value":1.1}]`,
		`[{"op":"move","from":"/name/0/given/0","path":"/name/0/given/1"},{"op":"copy","from":"/contact","path":"/link"},{"op":"replace","path":"","value":{}}]`,
		`[{"op":"test","path":"/name/0/~1~0","value":null}]`, `[{"op":"copy","from":"","path":"/a"}]`, `[{}]`, `[null]`, `null`,
	} {
		f.Add(0, []byte(seed), []byte(body))
	}
	for _, seed := range []string{`{"active":null,"name":[{"family":"Elm"}],"contact":{"a":{"b":null}}}`, `[]`, `1`, `{"a":{"a":{"a":1e400}}}`} {
		f.Add(1, []byte(seed), []byte(body))
	}
	operation := func(parts string) string {
		return `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[` + parts + `]}]}`
	}
	for _, seed := range []string{
		`{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Patient.birthDate"},{"name":"value","valueDate":"1980"}`,
		`{"name":"type","valueCode":"add"},{"name":"path","valueString":"Patient"},{"name":"name","valueString":"contact"},{"name":"value","part":[{"name":"name","valueHumanName":{"text":"y"}}]}`,
		`{"name":"type","valueCode":"insert"},{"name":"path","valueString":"Patient.name.given"},{"name":"index","valueInteger":1},{"name":"value","valueString":"D"}`,
		`{"name":"type","valueCode":"move"},{"name":"path","valueString":"Patient.name.given"},{"name":"source","valueInteger":0},{"name":"destination","valueInteger":1}`,
		`{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.name.where(family = 'Ash').given[1]"}`,
	} {
		f.Add(2, []byte(operation(seed)), []byte(body))
	}
	f.Fuzz(func(t *testing.T, language int, patch, body []byte) {
		if language < 0 || language >= len(media) || !json.Valid(body) || len(body)+len(patch) > 1<<16 {
			t.Skip("no language, no JSON, or more than a patch needs")
		}
		apply := func() ([]byte, error) {
			c := &Call{Header: Header{ContentType: media[language]}, Body: slices.Clone(patch)}
			c.Type = "Patient"
			p, err := parsePatch(c)
			if err == nil {
				err = p.links(func(_ fhir.Link, text string) string { return text })
			}
			if err != nil {
				return nil, err
			}
			return p.apply(t.Context(), body)
		}
		was := slices.Clone(body)
		out, err := apply()
		if !bytes.Equal(was, body) {
			t.Fatal("the body was changed in place")
		}
		switch fault.KindOf(err) {
		case fault.Invalid, fault.Unprocessable, fault.TooLarge, fault.TooCostly:
			return
		}
		if err != nil {
			t.Fatalf("%v", err)
		}
		first, err := decodeJSON(out)
		if err != nil {
			t.Fatalf("no JSON: %s", out)
		}
		out, err = apply()
		if err != nil {
			t.Fatalf("the second time: %v", err)
		}
		if again, err := decodeJSON(out); err != nil || !reflect.DeepEqual(first, again) { // members have no order
			t.Fatalf("another result (%v): %s", err, out)
		}
	})
}
