package patch_test

import (
	"fmt"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/patch"
)

// operation is the JSON of one operation; parts are name, value[x] and value, in turns.
func operation(parts ...string) string {
	var b strings.Builder
	b.WriteString(`{"name":"operation","part":[`)
	for i := 0; i < len(parts); i += 3 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"name":%q,%q:%s}`, parts[i], parts[i+1], parts[i+2])
	}
	return b.String() + `]}`
}

func op(kind, path string, more ...string) string {
	return operation(append([]string{"type", "valueCode", `"` + kind + `"`, "path", "valueString", `"` + path + `"`}, more...)...)
}

func apply(t *testing.T, resource string, operations ...string) (string, error) {
	t.Helper()
	parameters := `{"resourceType":"Parameters"}`
	if len(operations) > 0 {
		parameters = `{"resourceType":"Parameters","parameter":[` + strings.Join(operations, ",") + `]}`
	}
	r, err := r4.Unmarshal([]byte(parameters))
	if err != nil {
		t.Fatal(err)
	}
	p, err := patch.Parse(r.(*r4.Parameters))
	if err != nil {
		return "", err
	}
	out, err := p.Apply(t.Context(), []byte(resource))
	if err != nil {
		return "", err
	}
	result, err := r4.Unmarshal(out)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	canonical, err := r4.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	return string(canonical), nil
}

func TestApply(t *testing.T) {
	t.Parallel()
	const (
		born  = `{"resourceType":"Patient","birthDate":"1920-01-01"}`
		named = `{"resourceType":"Patient","name":[{"use":"old","text":"a"},{"use":"usual","text":"b","given":["p","q"]},{"use":"old","text":"c"},{"use":"usual","text":"d"}]}`
		bare  = `{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,{"extension":[{"url":"urn:x","valueString":"y"}]}]}]}`
		ids   = `{"resourceType":"Patient","identifier":[{"value":"a"},{"value":"b"},{"value":"c"}]}`
	)
	for name, c := range map[string]struct {
		in         string
		operations []string
		want       string
	}{
		"no operation":                       {born, nil, born},
		"replace a primitive":                {born, []string{op("replace", "Patient.birthDate", "value", "valueDate", `"1930-01-01"`)}, `{"resourceType":"Patient","birthDate":"1930-01-01"}`},
		"delete a primitive":                 {born, []string{op("delete", "Patient.birthDate")}, `{"resourceType":"Patient"}`},
		"delete what is not there":           {born, []string{op("delete", "Patient.gender")}, born},
		"add a primitive":                    {`{"resourceType":"Patient"}`, []string{op("add", "Patient", "name", "valueString", `"birthDate"`, "value", "valueDate", `"1930"`)}, `{"resourceType":"Patient","birthDate":"1930"}`},
		"add to a list":                      {ids, []string{op("add", "Patient", "name", "valueString", `"identifier"`, "value", "valueIdentifier", `{"value":"d"}`)}, `{"resourceType":"Patient","identifier":[{"value":"a"},{"value":"b"},{"value":"c"},{"value":"d"}]}`},
		"add inside":                         {ids, []string{op("add", "Patient.identifier[1]", "name", "valueString", `"system"`, "value", "valueUri", `"urn:x"`)}, `{"resourceType":"Patient","identifier":[{"value":"a"},{"system":"urn:x","value":"b"},{"value":"c"}]}`},
		"insert":                             {ids, []string{op("insert", "Patient.identifier", "index", "valueInteger", "1", "value", "valueIdentifier", `{"value":"x"}`)}, `{"resourceType":"Patient","identifier":[{"value":"a"},{"value":"x"},{"value":"b"},{"value":"c"}]}`},
		"insert among some":                  {named, []string{op("insert", "Patient.name.where(use='old')", "index", "valueInteger", "1", "value", "valueHumanName", `{"text":"x"}`)}, `{"resourceType":"Patient","name":[{"use":"old","text":"a"},{"use":"usual","text":"b","given":["p","q"]},{"text":"x"},{"use":"old","text":"c"},{"use":"usual","text":"d"}]}`},
		"insert at the head of some":         {named, []string{op("insert", "Patient.name.where(use='usual')", "index", "valueInteger", "0", "value", "valueHumanName", `{"text":"x"}`)}, `{"resourceType":"Patient","name":[{"use":"old","text":"a"},{"text":"x"},{"use":"usual","text":"b","given":["p","q"]},{"use":"old","text":"c"},{"use":"usual","text":"d"}]}`},
		"insert at the end of some":          {named, []string{op("insert", "Patient.name.where(use='old')", "index", "valueInteger", "2", "value", "valueHumanName", `{"text":"x"}`)}, `{"resourceType":"Patient","name":[{"use":"old","text":"a"},{"use":"usual","text":"b","given":["p","q"]},{"use":"old","text":"c"},{"text":"x"},{"use":"usual","text":"d"}]}`},
		"insert into a list of some":         {named, []string{op("insert", "Patient.name.where(use='usual').given", "index", "valueInteger", "1", "value", "valueString", `"x"`)}, `{"resourceType":"Patient","name":[{"use":"old","text":"a"},{"use":"usual","text":"b","given":["p","x","q"]},{"use":"old","text":"c"},{"use":"usual","text":"d"}]}`},
		"insert among values":                {named, []string{op("insert", "Patient.name.given.where($this='q')", "index", "valueInteger", "0", "value", "valueString", `"x"`)}, `{"resourceType":"Patient","name":[{"use":"old","text":"a"},{"use":"usual","text":"b","given":["p","x","q"]},{"use":"old","text":"c"},{"use":"usual","text":"d"}]}`},
		"insert behind a bare extension":     {bare, []string{op("insert", "Patient.name.given", "index", "valueInteger", "2", "value", "valueString", `"x"`)}, `{"resourceType":"Patient","name":[{"given":["a",null,"x"],"_given":[null,{"extension":[{"url":"urn:x","valueString":"y"}]},null]}]}`},
		"move a bare extension":              {bare, []string{op("move", "Patient.name.given", "source", "valueInteger", "1", "destination", "valueInteger", "0")}, `{"resourceType":"Patient","name":[{"given":[null,"a"],"_given":[{"extension":[{"url":"urn:x","valueString":"y"}]},null]}]}`},
		"move among some, down":              {named, []string{op("move", "Patient.name.where(use='old')", "source", "valueInteger", "0", "destination", "valueInteger", "1")}, `{"resourceType":"Patient","name":[{"use":"usual","text":"b","given":["p","q"]},{"use":"old","text":"c"},{"use":"old","text":"a"},{"use":"usual","text":"d"}]}`},
		"move among some, up":                {named, []string{op("move", "Patient.name.where(use='usual')", "source", "valueInteger", "1", "destination", "valueInteger", "0")}, `{"resourceType":"Patient","name":[{"use":"old","text":"a"},{"use":"usual","text":"d"},{"use":"usual","text":"b","given":["p","q"]},{"use":"old","text":"c"}]}`},
		"move to where it is":                {named, []string{op("move", "Patient.name.where(text='c')", "source", "valueInteger", "0", "destination", "valueInteger", "0")}, named},
		"delete from a list":                 {ids, []string{op("delete", "Patient.identifier.where(value='b')")}, `{"resourceType":"Patient","identifier":[{"value":"a"},{"value":"c"}]}`},
		"replace in a list":                  {ids, []string{op("replace", "Patient.identifier[2]", "value", "valueIdentifier", `{"value":"z"}`)}, `{"resourceType":"Patient","identifier":[{"value":"a"},{"value":"b"},{"value":"z"}]}`},
		"move":                               {ids, []string{op("move", "Patient.identifier", "source", "valueInteger", "2", "destination", "valueInteger", "0")}, `{"resourceType":"Patient","identifier":[{"value":"c"},{"value":"a"},{"value":"b"}]}`},
		"operations see those before":        {ids, []string{op("delete", "Patient.identifier[0]"), op("delete", "Patient.identifier[0]")}, `{"resourceType":"Patient","identifier":[{"value":"c"}]}`},
		"replace a choice by another type":   {`{"resourceType":"Patient","deceasedBoolean":true}`, []string{op("replace", "Patient.deceased", "value", "valueDateTime", `"2020"`)}, `{"resourceType":"Patient","deceasedDateTime":"2020"}`},
		"add a choice":                       {`{"resourceType":"Patient"}`, []string{op("add", "Patient", "name", "valueString", `"deceased"`, "value", "valueBoolean", "false")}, `{"resourceType":"Patient","deceasedBoolean":false}`},
		"add an element without a data type": {`{"resourceType":"Patient"}`, []string{op("add", "Patient", "name", "valueString", `"contact"`, "value", "part", `[{"name":"name","valueHumanName":{"text":"a name"}},{"name":"telecom","valueContactPoint":{"value":"1"}}]`)}, `{"resourceType":"Patient","contact":[{"name":{"text":"a name"},"telecom":[{"value":"1"}]}]}`},
		"digits stay":                        {`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}`, []string{op("replace", "Observation.status", "value", "valueCode", `"amended"`)}, `{"resourceType":"Observation","status":"amended","code":{"text":"x"},"valueQuantity":{"value":1.50}}`},
		"extensions of a list follow":        {`{"resourceType":"Patient","name":[{"given":["a","b"],"_given":[null,{"id":"x"}]}]}`, []string{op("delete", "Patient.name.given[0]")}, `{"resourceType":"Patient","name":[{"given":["b"],"_given":[{"id":"x"}]}]}`},
		"an item that is emptied goes":       {`{"resourceType":"Patient","name":[{"text":"x"},{"text":"y"}]}`, []string{op("delete", "Patient.name[0].text")}, `{"resourceType":"Patient","name":[{"text":"y"}]}`},
		"insert the first item":              {`{"resourceType":"Patient","name":[{"text":"x"}]}`, []string{op("insert", "Patient.name.given", "index", "valueInteger", "0", "value", "valueString", `"a"`), op("insert", "identifier", "index", "valueInteger", "0", "value", "valueIdentifier", `{"value":"a"}`)}, `{"resourceType":"Patient","identifier":[{"value":"a"}],"name":[{"text":"x","given":["a"]}]}`},
		"an extension of a primitive":        {born, []string{op("add", "Patient.birthDate", "name", "valueString", `"extension"`, "value", "part", `[{"name":"url","valueUri":"urn:x"},{"name":"value","valueString":"y"}]`), op("add", "Patient.birthDate", "name", "valueString", `"id"`, "value", "valueString", `"b"`)}, `{"resourceType":"Patient","birthDate":"1920-01-01","_birthDate":{"id":"b","extension":[{"url":"urn:x","valueString":"y"}]}}`},
		"the id of an item":                  {`{"resourceType":"Patient","name":[{"given":["a","b"]}]}`, []string{op("add", "Patient.name.given[1]", "name", "valueString", `"id"`, "value", "valueString", `"x"`)}, `{"resourceType":"Patient","name":[{"given":["a","b"],"_given":[null,{"id":"x"}]}]}`},
		"what is emptied goes":               {`{"resourceType":"Patient","gender":"male","name":[{"text":"x"}]}`, []string{op("delete", "Patient.name[0].text")}, `{"resourceType":"Patient","gender":"male"}`},
	} {
		got, err := apply(t, c.in, c.operations...)
		if err != nil || got != c.want {
			t.Errorf("%s:\n got %s\nwant %s\n%v", name, got, c.want, err)
		}
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	const in = `{"resourceType":"Patient","identifier":[{"value":"a"},{"value":"b"}],"active":true,"name":[{"given":["x"]},{"given":["y"]}],"_gender":{"extension":[{"url":"urn:x","valueString":"y"}]},"deceasedBoolean":false}`
	for name, c := range map[string]struct {
		kind      fault.Kind
		operation string
	}{
		"an unknown type":            {fault.Invalid, op("rename", "Patient.name")},
		"no path":                    {fault.Invalid, operation("type", "valueCode", `"delete"`)},
		"no value":                   {fault.Invalid, op("replace", "Patient.birthDate")},
		"no index":                   {fault.Invalid, op("insert", "Patient.identifier", "value", "valueString", `"x"`)},
		"a path that is none":        {fault.Invalid, op("delete", "Patient..name")},
		"an unknown part":            {fault.Invalid, op("delete", "Patient.name", "colour", "valueString", `"x"`)},
		"several elements":           {fault.Unprocessable, op("delete", "Patient.identifier")},
		"no element":                 {fault.Unprocessable, op("replace", "Patient.birthDate", "value", "valueDate", `"2020"`)},
		"the resource":               {fault.Unprocessable, op("delete", "Patient")},
		"a value":                    {fault.Unprocessable, op("delete", "Patient.name.count()")},
		"an element that is unknown": {fault.Unprocessable, op("add", "Patient", "name", "valueString", `"colour"`, "value", "valueString", `"x"`)},
		"an index outside":           {fault.Unprocessable, op("insert", "Patient.identifier", "index", "valueInteger", "3", "value", "valueIdentifier", `{"value":"x"}`)},
		"an element that is there":   {fault.Unprocessable, op("add", "Patient", "name", "valueString", `"active"`, "value", "valueBoolean", "false")},
		"a choice that is there":     {fault.Unprocessable, op("add", "Patient", "name", "valueString", `"deceased"`, "value", "valueDateTime", `"2020"`)},
		"an extension that is there": {fault.Unprocessable, op("add", "Patient", "name", "valueString", `"gender"`, "value", "valueCode", `"male"`)},
		"an element of a part twice": {fault.Unprocessable, op("add", "Patient", "name", "valueString", `"contact"`, "value", "part", `[{"name":"gender","valueCode":"male"},{"name":"gender","valueCode":"female"}]`)},
		"a part twice":               {fault.Invalid, op("delete", "Patient.active", "path", "valueString", `"Patient.name[0]"`)},
		"past the first item":        {fault.Unprocessable, op("insert", "Patient.telecom", "index", "valueInteger", "1", "value", "valueContactPoint", `{"value":"1"}`)},
		"a list of no element":       {fault.Unprocessable, op("insert", "Patient.contact.telecom", "index", "valueInteger", "0", "value", "valueContactPoint", `{"value":"1"}`)},
		"the first of no list":       {fault.Unprocessable, op("insert", "Patient.birthDate", "index", "valueInteger", "0", "value", "valueDate", `"2020"`)},
		"an index outside some":      {fault.Unprocessable, op("insert", "Patient.identifier.where(value='b')", "index", "valueInteger", "2", "value", "valueIdentifier", `{"value":"x"}`)},
		"a source outside some":      {fault.Unprocessable, op("move", "Patient.identifier.where(value='b')", "source", "valueInteger", "1", "destination", "valueInteger", "0")},
		"several lists":              {fault.Unprocessable, op("insert", "Patient.name.given", "index", "valueInteger", "0", "value", "valueString", `"x"`)},
		"no list":                    {fault.Unprocessable, op("move", "Patient.gender", "source", "valueInteger", "0", "destination", "valueInteger", "0")},
	} {
		if _, err := apply(t, in, c.operation); fault.KindOf(err) != c.kind || err == nil {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
	}
}

// TestAmbiguous holds that places among items that are no list, or no part of one in its order, are refused with the path and the lists.
func TestAmbiguous(t *testing.T) {
	t.Parallel()
	const in = `{"resourceType":"Patient","name":[{"use":"old","given":["x"]},{"use":"usual"},{"use":"old","given":["y","z"]}],"contact":[{"gender":"male"},{"gender":"female"}]}`
	for path, words := range map[string]string{
		"Patient.name.given":                                "several lists, such as Patient.name[0].given and Patient.name[2].given",
		"Patient.name.where(use='old').given":               "several lists, such as Patient.name[0].given and Patient.name[2].given",
		"Patient.name | Patient.contact":                    "several lists, such as Patient.name and Patient.contact",
		"Patient.contact.telecom":                           "several lists, such as Patient.contact[0].telecom and Patient.contact[1].telecom",
		"Patient.name[1].combine(Patient.name[0])":          "another order",
		"Patient.name[0].combine(Patient.name[0])":          "one twice",
		"Patient.name.where(use='nickname')":                "no list",
		"Patient.name.where(use='nickname').given":          "no list",
		"Patient.contact[0].gender":                         "no list",
		"Patient.name[0].given | Patient.contact[0].gender": "no list",
	} {
		_, err := apply(t, in, op("insert", path, "index", "valueInteger", "0", "value", "valueString", `"x"`))
		if fault.KindOf(err) != fault.Unprocessable || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want %q", path, err, words)
		}
	}
}
