package term_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/term"
)

// shelf are definitions by URL, with those of the standard behind them.
type shelf map[string]r4.Resource

func (s shelf) ValueSet(ctx context.Context, canonical string) (*term.ValueSet, error) {
	if v, ok := s[canonical].(*r4.ValueSet); ok {
		return term.NewValueSet(v), nil
	}
	return term.Standard.ValueSet(ctx, canonical)
}

func (s shelf) CodeSystem(ctx context.Context, canonical string) (*term.CodeSystem, error) {
	if c, ok := s[canonical].(*r4.CodeSystem); ok {
		return term.NewCodeSystem(c), nil
	}
	return term.Standard.CodeSystem(ctx, canonical)
}

func (s shelf) put(t *testing.T, body string) {
	t.Helper()
	r, err := r4.Unmarshal([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	switch r := r.(type) {
	case *r4.ValueSet:
		s[r.URL.V] = r
	case *r4.CodeSystem:
		s[r.URL.V] = r
	}
}

// animals is a code system with a hierarchy that is nested for the most part, and named by properties for the rest: a bat is a
// mammal, and a flier as well.
const animals = `{"resourceType":"CodeSystem","url":"urn:animals","status":"active","content":"complete","hierarchyMeaning":"is-a","concept":[
	{"code":"animal","concept":[
		{"code":"mammal","display":"Mammal","concept":[
			{"code":"cat","property":[{"code":"legs","valueInteger":4}]},
			{"code":"bat","property":[{"code":"parent","valueCode":"flier"},{"code":"legs","valueInteger":2}]}]},
		{"code":"flier","property":[{"code":"child","valueCode":"wasp"}]},
		{"code":"wasp","property":[{"code":"legs","valueInteger":6},{"code":"sting","valueBoolean":true}]}]}]}`

func newShelf(t *testing.T) shelf {
	s := shelf{}
	s.put(t, animals)
	s.put(t, strings.NewReplacer("urn:animals", "urn:parts", "is-a", "part-of").Replace(animals))
	s.put(t, strings.NewReplacer("urn:animals", "urn:fragment", "complete", "fragment").Replace(animals))
	return s
}

func compose(url, body string) string {
	return `{"resourceType":"ValueSet","url":"` + url + `","status":"active","compose":` + body + `}`
}

func include(filter string) string {
	return `{"include":[{"system":"urn:animals","filter":[` + filter + `]}]}`
}

func filter(property, op, value string) string {
	return fmt.Sprintf(`{"property":%q,"op":%q,"value":%q}`, property, op, value)
}

// flat shows a set on one line.
func flat(s *term.Set) string {
	var list []string
	for _, c := range s.Codes {
		list = append(list, strings.TrimPrefix(c.System, "urn:")+"|"+c.Code)
	}
	for _, url := range s.Systems {
		list = append(list, url+"|*")
	}
	return strings.Join(list, " ")
}

func TestExpand(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put(t, compose("urn:pets", `{"include":[{"system":"urn:animals","concept":[{"code":"cat"},{"code":"dog"}]}]}`))
	s.put(t, compose("urn:fliers", include(filter("concept", "is-a", "flier"))))
	for name, c := range map[string]struct{ compose, want string }{
		"a list, whether or not the system has the codes": {`{"include":[{"system":"urn:animals","concept":[{"code":"cat"},{"code":"dog"}]}]}`, "animals|cat animals|dog"},
		"a whole code system":                             {`{"include":[{"system":"urn:animals"}]}`, "animals|animal animals|bat animals|cat animals|flier animals|mammal animals|wasp"},
		"is-a with itself":                                {include(filter("concept", "is-a", "mammal")), "animals|bat animals|cat animals|mammal"},
		"is-a along the properties parent and child":      {include(filter("concept", "is-a", "flier")), "animals|bat animals|flier animals|wasp"},
		"descendent-of without itself":                    {include(filter("concept", "descendent-of", "mammal")), "animals|bat animals|cat"},
		"is-not-a":                                        {include(filter("concept", "is-not-a", "mammal")), "animals|animal animals|flier animals|wasp"},
		"generalizes":                                     {include(filter("concept", "generalizes", "bat")), "animals|animal animals|bat animals|flier animals|mammal"},
		"a property":                                      {include(filter("legs", "=", "4")), "animals|cat"},
		"a property that is one of several":               {include(filter("legs", "in", "2, 6")), "animals|bat animals|wasp"},
		"a property that is none of several":              {include(filter("legs", "not-in", "2,6")), "animals|animal animals|cat animals|flier animals|mammal"},
		"a property that exists":                          {include(filter("sting", "exists", "true")), "animals|wasp"},
		"a property that does not exist":                  {include(filter("legs", "exists", "false")), "animals|animal animals|flier animals|mammal"},
		"a parent":                                        {include(filter("parent", "=", "flier")), "animals|bat animals|wasp"},
		"a pattern covers the whole code":                 {include(filter("code", "regex", ".at")), "animals|bat animals|cat"},
		"a pattern of the display":                        {include(filter("display", "regex", "Ma.*")), "animals|mammal"},
		"all filters of a rule":                           {include(filter("concept", "is-a", "mammal") + "," + filter("legs", "=", "2")), "animals|bat"},
		"exclude":                                         {`{"include":[{"system":"urn:animals"}],"exclude":[{"system":"urn:animals","filter":[` + filter("concept", "is-a", "animal") + `]}]}`, ""},
		"another value set":                               {`{"include":[{"valueSet":["urn:pets"]}]}`, "animals|cat animals|dog"},
		"what two value sets have in common":              {`{"include":[{"valueSet":["urn:fliers","urn:mammals"]}]}`, "animals|bat"},
		"a system within a value set":                     {`{"include":[{"system":"urn:animals","valueSet":["urn:pets"]}]}`, "animals|cat"},
		"several includes are added":                      {`{"include":[{"valueSet":["urn:pets"]},{"valueSet":["urn:fliers"]}]}`, "animals|bat animals|cat animals|dog animals|flier animals|wasp"},
		"a system whose codes are not given":              {`{"include":[{"system":"http://loinc.org"},{"system":"urn:animals","concept":[{"code":"cat"}]}]}`, "animals|cat http://loinc.org|*"},
		"such a system and single codes of it":            {`{"include":[{"system":"http://loinc.org"},{"system":"http://loinc.org","concept":[{"code":"1-8"}]}]}`, "http://loinc.org|*"},
		"single codes within such a system":               {`{"include":[{"system":"http://loinc.org","concept":[{"code":"1-8"}],"valueSet":["urn:all-loinc"]}]}`, "http://loinc.org|1-8"},
		"such a system is taken out again":                {`{"include":[{"valueSet":["urn:all-loinc"]}],"exclude":[{"system":"http://loinc.org"}]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := maps.Clone(s)
			s.put(t, compose("urn:mammals", include(filter("concept", "is-a", "mammal"))))
			s.put(t, compose("urn:all-loinc", `{"include":[{"system":"http://loinc.org"}]}`))
			s.put(t, compose("urn:set", c.compose))
			set, err := term.Expand(context.Background(), s, "urn:set")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, flat(set)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestExpandRefuses holds that what can't be known is refused, with a sentence that names it, and never guessed.
func TestExpandRefuses(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range term.MaxCodes + 1 {
		fmt.Fprintf(&many, `{"code":"c%d"},`, i)
	}
	for name, c := range map[string]struct {
		compose string
		kind    fault.Kind
		code    string
		names   string
	}{
		"an unknown value set":                     {`{"include":[{"valueSet":["urn:nowhere"]}]}`, fault.Invalid, "not-found", "urn:nowhere"},
		"a filter on an unknown system":            {`{"include":[{"system":"urn:nowhere","filter":[` + filter("concept", "is-a", "1") + `]}]}`, fault.Invalid, "not-found", "urn:nowhere"},
		"a filter on a system given in part":       {`{"include":[{"system":"urn:fragment","filter":[` + filter("concept", "is-a", "mammal") + `]}]}`, fault.Invalid, "not-supported", "urn:fragment"},
		"is-a where the hierarchy means part-of":   {`{"include":[{"system":"urn:parts","filter":[` + filter("concept", "is-a", "mammal") + `]}]}`, fault.Invalid, "not-supported", "urn:parts"},
		"is-a of a code that does not exist":       {include(filter("concept", "is-a", "dragon")), fault.Invalid, "not-found", "dragon"},
		"a property that no concept has":           {include(filter("colour", "=", "red")), fault.Invalid, "not-supported", "colour"},
		"an operator that does not exist":          {include(filter("legs", "child-of", "4")), fault.Invalid, "not-supported", "child-of"},
		"a pattern that is none":                   {include(filter("code", "regex", "(")), fault.Invalid, "not-supported", "urn:animals"},
		"a set that includes itself":               {`{"include":[{"valueSet":["urn:set"]}]}`, fault.Invalid, "not-supported", "urn:set"},
		"single codes out of a system not given":   {`{"include":[{"system":"http://loinc.org"}],"exclude":[{"system":"http://loinc.org","concept":[{"code":"1-8"}]}]}`, fault.Invalid, "not-supported", "http://loinc.org"},
		"a version of a system that is not here":   {`{"include":[{"system":"http://hl7.org/fhir/administrative-gender","version":"9","filter":[` + filter("concept", "is-a", "male") + `]}]}`, fault.Invalid, "not-found", "|9"},
		"a rule without a system and a value set":  {`{"include":[{"version":"1"}]}`, fault.Invalid, "not-supported", ""},
		"more codes than a search should be given": {`{"include":[{"system":"urn:x","concept":[` + many.String() + `{"code":"last"}]}]}`, fault.TooCostly, "too-costly", "urn:set"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf(t)
			s.put(t, compose("urn:set", c.compose))
			set, err := term.Expand(context.Background(), s, "urn:set")
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != c.kind || len(f.Issues) != 1 || f.Issues[0].Code != c.code || !strings.Contains(f.Detail, c.names) {
				t.Errorf("%v, %v", set, err)
			}
		})
	}
}

func TestExpansionThatCameWithTheSet(t *testing.T) {
	t.Parallel()
	body := func(more string) string {
		return `{"resourceType":"ValueSet","url":"urn:set","status":"active","compose":{"include":[{"system":"urn:animals","concept":[{"code":"cat"}]}]},
			"expansion":{"timestamp":"2020-01-01",` + more + `"contains":[{"system":"urn:animals","abstract":true,"code":"mammal","contains":[{"system":"urn:animals","code":"bat"}]}]}}`
	}
	for more, want := range map[string]string{
		``:            "animals|bat",
		`"total":2,`:  "animals|bat",
		`"total":7,`:  "animals|cat", // a page of it
		`"offset":1,`: "animals|cat",
		`"parameter":[{"name":"filter","valueString":"b"}],`: "animals|cat",
	} {
		s := shelf{}
		s.put(t, body(more))
		set, err := term.Expand(context.Background(), s, "urn:set")
		if err != nil || flat(set) != want {
			t.Errorf("%s: %v, %v, want %s", more, set, err, want)
		}
	}
}

func TestHierarchy(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx := context.Background()
	for _, c := range []struct{ system, code, below, above string }{
		{"urn:animals", "mammal", "mammal cat bat", "mammal animal"},
		{"urn:animals", "bat", "bat", "bat mammal flier animal"},
		{"http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB", "AMB", "AMB _ActEncounterCode _ActCareProvisionCode"},
		{"http://hl7.org/fhir/observation-status", "final", "final", "final"},
	} {
		for name, do := range map[string]func(context.Context, term.Definitions, string, string) ([]term.Code, error){"below": term.Below, "above": term.Above} {
			want := c.below
			if name == "above" {
				want = c.above
			}
			codes, err := do(ctx, s, c.system, c.code)
			var got []string
			for _, one := range codes {
				if one.System != c.system {
					t.Errorf("%s of %s comes from %s", name, c.code, one.System)
				}
				got = append(got, one.Code)
			}
			if diff := cmp.Diff(want, strings.Join(got, " ")); err != nil || diff != "" {
				t.Errorf("%s %s: %v\n%s", name, c.code, err, diff)
			}
		}
	}
	for _, c := range [][2]string{{"urn:nowhere", "x"}, {"urn:animals", "dragon"}, {"urn:parts", "mammal"}, {"urn:fragment", "mammal"}} {
		if codes, err := term.Below(ctx, s, c[0], c[1]); !fault.Is(err, fault.Invalid) {
			t.Errorf("below %v: %v, %v", c, codes, err)
		}
	}
}
