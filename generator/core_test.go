package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
	"chartwright/generator/internal/resolve"
)

// accepted are the differences that stay: a fact, or the beginning of one with *, and the reason.
var accepted = map[string]string{
	"invariant Bundle.entry bdl-8":  "the publisher corrected it as R5 does: an entry needs no fullUrl",
	"invariant Appointment app-4":   "the publisher corrected it: the code is noshow",
	"ResearchStudy.status":          "the short text of the publisher is that of R5; it is printed nowhere",
	"ResearchStudy.relatedArtifact": "the short text of the publisher is that of R5; it is printed nowhere",
	"operation http://hl7.org/fhir/OperationDefinition/Patient-everything":         "the publisher added a parameter _offset; the server reads its own table of parameters",
	"operation http://h7.org/fhir/OperationDefinition/example":                     "an example in the package",
	"compartment http://hl7.org/fhir/CompartmentDefinition/example":                "an example in the package",
	"search http://hl7.org/fhir/SearchParameter/clinical-patient":                  "the publisher left Group out of the targets; rightly, since no expression of the parameter yields one",
	"search http://hl7.org/fhir/SearchParameter/example*":                          "examples in the package",
	"search http://hl7.org/fhir/SearchParameter/filter":                            "the package defines _filter, which the definitions file of the specification leaves to the search page",
	"search http://hl7.org/fhir/SearchParameter/DetectedIssue-status":              "an addition of the publisher that reads an element of R4; it stays",
	"search http://hl7.org/fhir/SearchParameter/ServiceRequest-order-detail":       "an addition of the publisher that reads an element of R4; it stays",
	"search http://hl7.org/fhir/SearchParameter/DeviceDefinition-classification":   "an addition of the publisher that reads no element of R4; the policy of searches drops it",
	"search http://hl7.org/fhir/SearchParameter/codesystem-extensions*":            "a parameter over extensions, which the specification lists with the extension and not among its search parameters",
	"search http://hl7.org/fhir/SearchParameter/device-extensions*":                "a parameter over extensions, which the specification lists with the extension and not among its search parameters",
	"search http://hl7.org/fhir/SearchParameter/diagnosticreport-genetic*":         "a parameter over extensions, which the specification lists with the extension and not among its search parameters",
	"search http://hl7.org/fhir/SearchParameter/observation-genetic*":              "a parameter over extensions, which the specification lists with the extension and not among its search parameters",
	"search http://hl7.org/fhir/SearchParameter/patient-extensions*":               "a parameter over extensions, which the specification lists with the extension and not among its search parameters",
	"search http://hl7.org/fhir/SearchParameter/questionnaireresponse-extensions*": "a parameter over extensions, which the specification lists with the extension and not among its search parameters",
	"search http://hl7.org/fhir/SearchParameter/valueset-extensions*":              "a parameter over extensions, which the specification lists with the extension and not among its search parameters",
}

// TestOfficialCore generates the model from the official package of R4 and compares it with the one that the program is built
// from.
func TestOfficialCore(t *testing.T) {
	t.Parallel()
	const pkg = "../../shared/data/packages/hl7.fhir.r4.core-4.0.1.tgz"
	if _, err := os.Stat(pkg); err != nil {
		t.Skipf("the official package is not at hand: %v", err)
	}
	if _, err := os.Stat(filepath.Join("../spec", load.Definitions)); err != nil {
		t.Skipf("the pinned definitions are not installed (npm ci --prefix spec/fhir): %v", err)
	}
	all, err := load.Dir(os.DirFS("../spec"))
	if err != nil {
		t.Fatal(err)
	}
	// What is FHIR's; the rest of the input is ours and in no package.
	pinned := &load.Input{
		Structures: all.Structures, Searches: all.Searches, Compartments: all.Compartments, Operations: all.Operations,
		ValueSets: all.ValueSets, CodeSystems: all.CodeSystems, Policy: all.Policy,
	}
	f, err := os.Open(pkg)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	official, err := load.Package("hl7.fhir.r4.core", f)
	if err != nil {
		t.Fatal(err)
	}
	policy := *pinned.Policy
	policy.Drop, policy.Elements, policy.Searches = nil, nil, nil // they speak of the pinned definitions
	official.Policy = &policy

	mine, theirs := facts(t, pinned), facts(t, official)
	used := map[string]bool{}
	report := func(fact, pinned, official string) {
		for prefix := range accepted {
			if fact == prefix || strings.HasSuffix(prefix, "*") && strings.HasPrefix(fact, strings.TrimSuffix(prefix, "*")) {
				used[prefix] = true
				return
			}
		}
		t.Errorf("%s:\n  pinned   %s\n  official %s", fact, pinned, official)
	}
	for k, v := range mine {
		if theirs[k] != v {
			report(k, v, theirs[k])
		}
	}
	for k, v := range theirs {
		if _, ok := mine[k]; !ok {
			report(k, "none", v)
		}
	}
	for k, reason := range accepted {
		if !used[k] {
			t.Errorf("%s is accepted (%s) and does not differ", k, reason)
		}
	}
	if len(mine) < 9000 {
		t.Errorf("only %d facts compared", len(mine))
	}
}

// facts lists everything that a model says, one line a fact.
func facts(t *testing.T, in *load.Input) map[string]string {
	t.Helper()
	m, err := resolve.Model(in)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, typ := range m.Types {
		out[typ.Name] = fmt.Sprint(typ.Kind, typ.Base, typ.Shape, typ.URL, typ.Regex, typ.InChoice, typ.Short)
		for i, f := range typ.Fields {
			s := fmt.Sprint(i, f.GoType, f.Kind, f.Min, f.Max, f.Targets, f.Summary, f.Modifier, f.Short)
			if f.Type != nil {
				s += " " + f.Type.Name
			}
			for _, c := range f.Choices {
				s += fmt.Sprint(" ", c.Key, c.Targets)
			}
			if f.Binding != nil {
				s += " " + f.Binding.Strength + f.Binding.ValueSet
			}
			out[f.Path] = s
		}
	}
	for _, i := range m.Invariants {
		out["invariant "+i.Path+" "+i.Key] = fmt.Sprint(i.Warning, i.Human, i.Expression)
	}
	for _, p := range m.SearchParameters {
		s := fmt.Sprint(p.Code, p.Type, p.Base, p.Expression, p.Target, p.MultipleOr, p.MultipleAnd, p.Comparators, p.Modifiers)
		for _, c := range p.Components {
			s += fmt.Sprint(" ", c.Definition, c.Expression)
		}
		out["search "+p.URL] = ofType(s)
	}
	for _, c := range m.Compartments {
		out["compartment "+c.URL] = fmt.Sprint(c.Code, c.Resources)
	}
	for _, o := range m.Operations {
		out["operation "+o.URL] = fmt.Sprint(*o)
	}
	for _, v := range m.ValueSets {
		out["value set "+v.URL] = v.Open + codes(v)
	}
	return out
}

func codes(v *model.ValueSet) string {
	var b strings.Builder
	for _, c := range v.Codes {
		b.WriteString(c.System + "|" + c.Code + " ")
	}
	return b.String()
}

var (
	asOperator = regexp.MustCompile(`([\w.]+) as (\w+)`)
	asFunction = regexp.MustCompile(`\.as\((\w+)\)`)
)

// ofType writes the casts of an expression in one way: the publisher of the pinned definitions replaced as by ofType.
func ofType(expression string) string {
	return asFunction.ReplaceAllString(asOperator.ReplaceAllString(expression, "$1.ofType($2)"), ".ofType($1)")
}
