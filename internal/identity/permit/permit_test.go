package permit_test

import (
	"slices"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
	"chartwright/internal/identity/permit"
	"chartwright/internal/setting"
)

func open() *setting.Values {
	v := setting.Defaults()
	v.APIFHIR, v.APIStandard, v.APIPortal = true, true, true
	return v
}

func TestCheck(t *testing.T) {
	t.Parallel()
	c := permit.NewCatalog(nil)
	wild := open()
	wild.WildcardScopes = true
	system := open()
	system.APISystemScopes = true
	for name, tc := range map[string]struct {
		scope  string
		values *setting.Values
		ok     bool
	}{
		"SMART v1":                         {"user/Patient.read", open(), true},
		"SMART v2":                         {"patient/Observation.rs", open(), true},
		"a subset of letters":              {"user/Observation.cr", open(), true},
		"a published granular form":        {"patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory", open(), true},
		"another value of its parameter":   {"patient/Observation.rs?category=laboratory", open(), true},
		"a parameter that nobody enforces": {"patient/Observation.rs?code=1234-5", open(), false},
		"granular where there is none":     {"patient/Patient.rs?category=x", open(), false},
		"a word of the Standard API":       {"user/encounter.read", open(), true},
		"an unknown type":                  {"user/Nonsense.read", open(), false},
		"case matters":                     {"user/PATIENT.read", open(), false},
		"a wildcard while off":             {"user/*.read", open(), false},
		"a wildcard while on":              {"user/*.read", wild, true},
		"everything while on":              {"patient/*.cruds", wild, true},
		"a system scope while off":         {"system/Patient.read", open(), false},
		"a system scope while on":          {"system/Patient.read", system, true},
		"the site's own name":              {"site:default", open(), true},
		"another site's name":              {"site:other", open(), false},
		"OpenID Connect":                   {"openid", open(), true},
		"not a scope at all":               {"a b\"c", open(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.Check(tc.scope, "default", tc.values)
			if (err == nil) != tc.ok || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("Check(%q) = %v", tc.scope, err)
			}
		})
	}
}

func TestCovered(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		registered string
		scope      string
		want       bool
	}{
		"itself":                         {"user/Patient.read", "user/Patient.read", true},
		"v1 and v2 are one":              {"user/Patient.read", "user/Patient.rs", true},
		"fewer letters":                  {"user/Patient.cruds", "user/Patient.r", true},
		"more letters":                   {"user/Patient.r", "user/Patient.rs", false},
		"two add up":                     {"user/Patient.rs user/Patient.cud", "user/Patient.cruds", true},
		"another context":                {"user/Patient.read", "patient/Patient.read", false},
		"the Standard API's word":        {"user/Patient.read", "user/patient.read", false},
		"narrower by a parameter":        {"patient/Observation.rs", "patient/Observation.rs?category=laboratory", true},
		"wider than a parameter":         {"patient/Observation.rs?category=laboratory", "patient/Observation.rs", false},
		"within a wildcard":              {"user/*.read", "user/Patient.rs", true},
		"a wildcard within one type":     {"user/Patient.read", "user/*.read", false},
		"a word":                         {"openid", "openid", true},
		"another word":                   {"openid", "offline_access", false},
		"a site needs no registration":   {"openid", "site:default", true},
		"v1's write for a single letter": {"user/Patient.c", "user/Patient.write", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := scope.Parse(tc.scope)
			if err != nil {
				t.Fatal(err)
			}
			if got := permit.Covered(permit.ParseAll(strings.Fields(tc.registered)), s); got != tc.want {
				t.Errorf("%q covers %q: %v", tc.registered, tc.scope, got)
			}
		})
	}
}

func TestFor(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]access.Actor{
		"openid":               {access.User, access.Patient},
		"patient/Patient.read": {access.User, access.Patient},
		"user/Patient.read":    {access.User},
		"system/Patient.read":  {access.System},
		"api:oemr":             {access.User},
		"api:port":             {access.Patient},
		"api:fhir":             {access.User, access.Patient, access.System},
		"launch/patient":       {access.User, access.Patient},
		"offline_access":       {access.User, access.Patient},
		"cdr_fhir_delete":      {access.User, access.System},
	} {
		s, err := scope.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, actor := range []access.Actor{access.Anonymous, access.User, access.Patient, access.System} {
			if got := permit.For(actor, s); got != slices.Contains(want, actor) {
				t.Errorf("%s for actor %d: %v", text, actor, got)
			}
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	c := permit.NewCatalog(nil)
	v := open()
	for _, s := range c.List(v, false) {
		if strings.HasPrefix(s, "system/") || strings.Contains(s, "/*.") || s == "nonce" {
			t.Errorf("%s is listed", s)
		}
		if _, err := c.Check(s, "default", v); err != nil {
			t.Errorf("%s is listed and refused: %v", s, err)
		}
	}
	v.APIFHIR = false
	if l := c.List(v, false); slices.Contains(l, "user/Patient.read") || !slices.Contains(l, "user/encounter.read") {
		t.Error("the FHIR API is off, and its scopes are listed")
	}
}
