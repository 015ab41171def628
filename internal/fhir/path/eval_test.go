package path_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"chartwright/gen/r4"
	"chartwright/internal/await"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/path"
)

const sample = `{"resourceType":"Observation","id":"o","status":"final",
	"contained":[{"resourceType":"Patient","id":"p","active":true,"birthDate":"2000-01-01"}],
	"code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"},{"code":"x"}],"text":"Pulse"},
	"subject":{"reference":"#p"},"performer":[{"reference":"Practitioner/1"},{"reference":"http://e.org/Organization/2/_history/3"},
		{"reference":"urn:uuid:1","type":"PractitionerRole"},{"display":"somebody"}],
	"valueQuantity":{"value":72.50,"unit":"beats/min","system":"http://unitsofmeasure.org","code":"/min"},
	"component":[{"code":{"text":"a"},"valueString":"one"},{"code":{"text":"b"},"valueInteger":2}]}`

func evaluate(t *testing.T, src string, env *path.Env) (path.Collection, error) {
	t.Helper()
	r, err := r4.Unmarshal([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	e, err := path.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	return path.Eval(context.Background(), e, path.Collection{path.Root(r)}, env)
}

func texts(c path.Collection) []string {
	out := []string{}
	for _, i := range c {
		v := path.Value(i)
		if v == nil {
			v = i
		}
		out = append(out, path.Text(v))
	}
	return out
}

func TestEval(t *testing.T) {
	t.Parallel()
	env := &path.Env{
		Now:       time.Date(2026, 11, 21, 22, 30, 0, 0, time.FixedZone("", 2*3600)),
		Constants: constants,
		Conforms: func(_ context.Context, e *path.Element, profile string) (bool, bool) {
			return e.Path() == "Observation", profile == "http://e.org/profile"
		},
		MemberOf: func(_ context.Context, system, code, set string) (bool, bool) {
			return system == "http://loinc.org" && code == "8867-4", set == "http://e.org/set"
		},
	}
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"places of elements", "code.coding[1] | component.code | subject", []string{"Observation.code.coding[1]", "Observation.component[0].code",
			"Observation.component[1].code", "Observation.subject"}},
		{"a place in a contained resource", "contained.birthDate.extension | contained", []string{"Observation.contained[0]"}},
		{"a choice by the name of the element", "component.value", []string{"one", "2"}},
		{"a choice by type", "component.value.ofType(string)", []string{"one"}},
		{"a quantity keeps its digits", "value", []string{"72.50 '/min'"}},
		{"a quantity in another unit", "value.toQuantity('Hz') < 2 'Hz'", []string{"true"}},
		{"a contained resource", "subject.resolve().birthDate", []string{"@2000-01-01"}},
		{"from a contained resource to its container", "subject.resolve().select(%resource.id)", []string{"o"}},
		{"what was not fetched is of the type that the reference tells", "performer.where(resolve() is Practitioner).reference",
			[]string{"Practitioner/1"}},
		{"an address tells it too", "performer.where(resolve() is Organization).exists()", []string{"true"}},
		{"so does Reference.type", "performer.where(resolve() is PractitionerRole).reference", []string{"urn:uuid:1"}},
		{"what was not fetched has no elements", "performer.resolve().name", []string{}},
		{"a profile that the caller knows", "conformsTo('http://e.org/profile')", []string{"true"}},
		{"a base definition", "code.conformsTo('http://hl7.org/fhir/StructureDefinition/CodeableConcept')", []string{"true"}},
		{"a code in a value set", "code.memberOf('http://e.org/set')", []string{"true"}},
		{"a code in a value set that nobody knows", "code.memberOf('http://e.org/other')", []string{}},
		{"a constant", "%limit > value.value", []string{"true"}},
		{"now", "now()", []string{"@2026-11-21T22:30:00.000+02:00"}},
		{"today", "today()", []string{"@2026-11-21"}},
		{"the time of day", "timeOfDay()", []string{"@T22:30:00.000"}},
		{"an abstract type", "is(DomainResource) and is(Resource) and code.is(Element) and component[0].is(BackboneElement)", []string{"true"}},
		{"the last day of a shorter month", "@2024-01-31 + 1 month", []string{"@2024-02-29"}},
		{"a month before a leap day, in another year", "@2024-02-29 - 1 year", []string{"@2023-02-28"}},
		{"hours over midnight", "@T23:30 + 45 minutes", []string{"@T00:15"}},
		{"days on a date of a month", "@2024-01 + 31 days", []string{"@2024-02"}},
		{"a year beyond all dates", "@9999-12-31 + 1 day", []string{}},
		{"integers stay within 32 bits", "2147483647 + 1", []string{}},
		{"decimals do not lose digits", "0.1 + 0.2", []string{"0.3"}},
		{"a date and a dateTime", "@2024-01-01 < @2024-01-02T00:00:00Z", []string{"true"}},
		{"a zone that could make the difference", "@2024-01-01T12:00:00 < @2024-01-01T20:00:00Z", []string{}},
		{"a zone that can't", "@2024-01-01T12:00:00 < @2024-01-03T12:00:00Z", []string{"true"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := evaluate(t, c.src, env)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, texts(got)); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.src, diff)
			}
		})
	}
}

var constants = map[string]path.Collection{"limit": {path.Integer(100)}}

func TestResolveAsksTheCaller(t *testing.T) {
	t.Parallel()
	var asked []string
	got, err := evaluate(t, "performer.resolve().ofType(Practitioner).id", &path.Env{
		Resolve: func(_ context.Context, ref string) (fhir.Resource, error) {
			asked = append(asked, ref)
			if ref == "Practitioner/1" {
				return &r4.Practitioner{ID: fhir.ID{V: "1"}}, nil
			}
			return nil, nil //nolint:nilnil // not found
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1"}, texts(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(asked) != 3 {
		t.Errorf("asked for %v", asked)
	}
}

func TestEvalRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, src string
		strict    bool
	}{
		{"an unknown function", "code.nothing()", false},
		{"too many arguments", "code.first(1)", false},
		{"an unknown constant", "%nothing", false},
		{"an unknown type", "code.is(nothing)", false},
		{"several items where one is wanted", "component.single()", false},
		{"text where a number is wanted", "component.skip('a')", false},
		{"values without order", "1 < 'a'", false},
		{"no regular expression", "'a'.matches('(')", false},
		{"a value set that nobody can look in", "code.memberOf('http://e.org/set')", false},
		{"an unknown element, if that matters", "code.nothing", true},
		{"an index into what has no order, if that matters", "children().first()", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := evaluate(t, c.src, &path.Env{Strict: c.strict})
			var e *path.Error
			if !errors.As(err, &e) || e.Budget {
				t.Errorf("%s gives %v, %v; want an error", c.src, texts(got), err)
			}
		})
	}
}

// TestBudget asks that expressions made to burn time or memory stop early.
func TestBudget(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"(1|2|3|4|5|6|7|8|9).repeat($this + 1)",
		"('" + strings.Repeat("a", 1000) + "')" + strings.Repeat(".replace('', 'aaaaaaaaaa')", 8) + ".length()",
		"('" + strings.Repeat("a", 1000) + "')" + strings.Repeat(".replaceMatches('.', '$0$0$0$0$0$0$0$0')", 8) + ".length()",
		"children()" + strings.Repeat(".select(%resource.descendants())", 6) + ".count()",
	} {
		var err error
		await.Fast(t, src[:min(60, len(src))], 5*time.Second, func() { _, err = evaluate(t, src, nil) })
		var e *path.Error
		if !errors.As(err, &e) || !e.Budget {
			t.Errorf("%.60s ends with %v, want the budget to end it", src, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e, err := path.Parse("(1|2|3|4|5|6|7|8|9).repeat($this + 1)")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := path.Eval(ctx, e, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after the caller gave up: %v", err)
	}
}

func TestCondition(t *testing.T) {
	t.Parallel()
	r, err := r4.Unmarshal([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	for src, want := range map[string]bool{
		"status = 'final'": true, "status = 'x'": false, "method": false, "status": true, "{}": false,
		"component.exists(value = 2)": true,
	} {
		e, err := path.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := path.Test(context.Background(), e, path.Collection{path.Root(r)}, nil); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", src, got, err, want)
		}
	}
}

func FuzzEval(f *testing.F) {
	r, err := r4.Unmarshal([]byte(sample))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		"component.where(value = 2).code.text", "@2024-01-31 + 1 month", "(1|2).aggregate($this+$total, 0)", "value * 2 'm' / 3",
		"descendants().ofType(string).distinct().sort(-$this)", "performer.resolve()", "1.587.lowBoundary(2)", "'a'.replaceMatches('.', 'b')",
		"'1 day'.toQuantity() ~ 24 'h'", "iif(true, $this, %resource)", "1e5", "10.power(10)", "@T10:00 - 5 hours", "-'a'.length()",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := path.Parse(src)
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		got, err := path.Eval(ctx, e, path.Collection{path.Root(r)}, &path.Env{Steps: 10_000})
		if ctx.Err() != nil {
			t.Errorf("%q takes too long", src)
		}
		if err == nil {
			texts(got)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	r, err := r4.Unmarshal([]byte(sample))
	if err != nil {
		b.Fatal(err)
	}
	input := path.Collection{path.Root(r)}
	for _, src := range []string{"Observation.component.code", "code.coding.where(system = 'http://loinc.org').code", "value.exists() or component.exists()"} {
		e, err := path.Parse(src)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(src, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := path.Eval(context.Background(), e, input, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
