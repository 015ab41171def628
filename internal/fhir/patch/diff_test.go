package patch_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/fhirtest"
	"chartwright/internal/fhir/patch"
)

// difference is the patch from a to b in short: one line an operation.
func difference(t *testing.T, a, b string, meta bool) string {
	t.Helper()
	body, err := r4.Marshal(patch.Diff(parsed(t, a), parsed(t, b), meta))
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Parameter []struct {
			Part []map[string]any `json:"part"`
		} `json:"parameter"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, o := range p.Parameter {
		var words []string
		for _, part := range o.Part {
			name := part["name"].(string)
			delete(part, "name")
			for _, key := range slices.Sorted(maps.Keys(part)) {
				v := part[key]
				text, _ := json.Marshal(v)
				if word, plain := v.(string); plain && (name == "type" || name == "path") {
					words = append(words, word)
				} else {
					words = append(words, name+"="+string(text))
				}
			}
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, "\n")
}

func parsed(t *testing.T, body string) r4.Resource {
	t.Helper()
	r, err := r4.Unmarshal([]byte(body))
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return r
}

func TestDiff(t *testing.T) {
	t.Parallel()
	patient := func(more string) string { return `{"resourceType":"Patient","id":"a"` + more + `}` }
	for name, c := range map[string]struct {
		a, b string
		meta bool
		want string
	}{
		"nothing":                           {a: `,"active":true`, b: `,"active":true`},
		"a value that is new":               {b: `,"gender":"female"`, want: `add Patient name="gender" value="female"`},
		"a value that is gone":              {a: `,"gender":"female"`, want: `delete Patient.gender previousValue="female"`},
		"a value that is another":           {a: `,"active":true`, b: `,"active":false`, want: `replace Patient.active previousValue=true value=false`},
		"within an item":                    {a: `,"name":[{"family":"Ash"}]`, b: `,"name":[{"family":"Elm"}]`, want: `replace Patient.name[0].family previousValue="Ash" value="Elm"`},
		"an item in front":                  {a: `,"name":[{"family":"Ash"}]`, b: `,"name":[{"text":"x"},{"family":"Ash"}]`, want: `insert Patient.name index=0 value={"text":"x"}`},
		"items that are gone":               {a: `,"name":[{"text":"x"},{"text":"y"},{"family":"Ash"}]`, b: `,"name":[{"family":"Ash"}]`, want: "delete Patient.name[1] previousValue={\"text\":\"y\"}\ndelete Patient.name[0] previousValue={\"text\":\"x\"}"},
		"a choice of another type":          {a: `,"deceasedBoolean":true`, b: `,"deceasedDateTime":"2020"`, want: `replace Patient.deceased previousValue=true value="2020"`},
		"an element without a type":         {b: `,"contact":[{"gender":"male"}]`, want: `add Patient name="contact" value=[{"name":"gender","valueCode":"male"}]`},
		"meta is passed over":               {a: `,"meta":{"source":"x"}`, b: ``},
		"meta if asked for":                 {a: `,"meta":{"source":"x"}`, meta: true, want: `delete Patient.meta previousValue={"source":"x"}`},
		"an extension of a primitive":       {a: `,"birthDate":"2020"`, b: `,"birthDate":"2020","_birthDate":{"id":"x"}`, want: `replace Patient.birthDate previousValue="2020" value={"id":"x"} value="2020"`},
		"an element named like an operator": {a: `,"text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>"}`, b: `,"text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">b</div>"}`, want: "replace Patient.text.`div` previousValue=\"\\u003cdiv xmlns=\\\"http://www.w3.org/1999/xhtml\\\"\\u003ea\\u003c/div\\u003e\" value=\"\\u003cdiv xmlns=\\\"http://www.w3.org/1999/xhtml\\\"\\u003eb\\u003c/div\\u003e\""},
	} {
		if got := difference(t, patient(c.a), patient(c.b), c.meta); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// maxTried keeps the test short: each operation decodes the resource anew.
const maxTried = 40

// A patch made of two resources turns one into the other: tried on each official example and the next one of its type.
func TestDiffApplies(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(fhirtest.Folder(t, "examples"), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	last, pairs := map[string]string{}, 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := r4.Unmarshal(body)
		if err != nil || len(body) > 200_000 {
			continue
		}
		typ := r.Type().Name
		before := last[typ]
		last[typ] = string(body)
		if before == "" {
			continue
		}
		a := parsed(t, before)
		*r.IDField() = fhir.NewID(a.IDField().V)
		from, err := r4.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		want, err := r4.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		diff := patch.Diff(a, r, true)
		if len(diff.Parameter) > maxTried {
			continue
		}
		p, err := patch.Parse(diff)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		out, err := p.Apply(t.Context(), from)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		if got, err := r4.Marshal(parsed(t, string(out))); err != nil || string(got) != string(want) {
			t.Errorf("%s: the patch makes\n%s\nwant\n%s", filepath.Base(file), got, want)
		}
		pairs++
	}
	if pairs < 300 {
		t.Errorf("only %d pairs were compared", pairs)
	}
}
