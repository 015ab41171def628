package identity_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

const (
	lab    = "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
	vitals = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
)

// TestChoosing ticks and limits on the consent page and compares with the scope of the token.
func TestChoosing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const all = "openid launch/patient patient/Patient.rs patient/Observation.rs patient/Condition.read patient/Immunization.rs offline_access"
	c := w.register(map[string]any{"scope": all + " patient/Observation.cruds patient/Observation.rs?" + lab})
	for name, tc := range map[string]struct {
		ask          string
		ticked, only []string
		want         string
	}{
		"everything": {all, []string{"patient/Patient.rs", "patient/Observation.rs", "patient/Condition.read", "patient/Immunization.rs", "offline_access"}, nil, all},
		"one type": {
			all, []string{"patient/Immunization.rs"}, nil, "openid launch/patient patient/Immunization.rs",
		},
		"nothing but what comes with it": {all, nil, nil, "openid launch/patient"},
		"two kinds of a type, one scope each": {
			all, []string{"patient/Patient.rs", "patient/Observation.rs"}, []string{"patient/Observation?" + lab, "patient/Observation?" + vitals},
			"openid launch/patient patient/Patient.rs patient/Observation.rs?" + lab + " patient/Observation.rs?" + vitals,
		},
		"a SMART 1 scope limited": {
			all, []string{"patient/Condition.read"}, []string{"patient/Condition?category=http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item"},
			"openid launch/patient patient/Condition.rs?category=http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item",
		},
		"a kind without its scope": {all, []string{"patient/Patient.rs"}, []string{"patient/Observation?" + lab}, "openid launch/patient patient/Patient.rs"},
		"kinds and scopes that were not on the page": {
			"openid launch/patient patient/Patient.rs", []string{"patient/Patient.rs", "patient/Observation.rs", "user/Patient.rs"},
			[]string{"patient/Patient?name=x", "patient/Observation?" + lab}, "openid launch/patient patient/Patient.rs",
		},
		"what the app limited itself stays": {
			"openid launch/patient patient/Observation.rs?" + lab, []string{"patient/Observation.rs?" + lab}, nil, "openid launch/patient patient/Observation.rs?" + lab,
		},
		"all letters are limited": {
			"openid launch/patient patient/Observation.cruds", []string{"patient/Observation.cruds"}, []string{"patient/Observation?" + vitals},
			"openid launch/patient patient/Observation.cruds?" + vitals,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.browser()
			params := w.request(c.id, tc.ask)
			params.Set("prompt", "consent")
			page := b.submit(b.authorize(params), staff("admin", "pass"))
			page = b.submit(page, url.Values{"patient": {patientID}})
			a := b.submit(page, url.Values{"decision": {"allow"}, "scope": tc.ticked, "only": tc.only, "again": {"yes"}})
			j := w.redeem(c, w.location(a).Get("code")).json(t)
			if j["scope"] != tc.want {
				t.Errorf("scope is\n%v, want\n%s", j["scope"], tc.want)
			}
		})
	}
}

// TestChoiceIsRemembered answers once and asks again.
func TestChoiceIsRemembered(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		const all = "openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs offline_access"
		c := w.register(map[string]any{"scope": all})
		b := w.browser()
		page := b.submit(b.submit(b.authorize(w.request(c.id, all)), phil()), url.Values{
			"decision": {"allow"}, "scope": {"patient/Observation.rs", "offline_access"}, "only": {"patient/Observation?" + vitals},
		})
		const want = "openid fhirUser launch/patient patient/Observation.rs?" + vitals + " offline_access"
		first := w.redeem(c, w.location(page).Get("code")).json(t)
		again := w.redeem(c, w.location(b.authorize(w.request(c.id, all))).Get("code")).json(t)
		if first["scope"] != want || again["scope"] != want {
			t.Errorf("scopes are\n%v, then\n%v, want\n%s", first["scope"], again["scope"], want)
		}
		if wider := w.token(c.with(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {again["refresh_token"].(string)}, "scope": {"patient/Observation.rs"}})); wider.json(t)["error"] != "invalid_scope" {
			t.Errorf("a refresh widens the choice: %s", wider.body)
		}
		less := w.redeem(c, w.location(b.authorize(w.request(c.id, "openid launch/patient patient/Observation.rs"))).Get("code")).json(t)
		if less["scope"] != "openid launch/patient patient/Observation.rs?"+vitals {
			t.Errorf("asked for less: %v", less["scope"])
		}
		params := w.request(c.id, all)
		params.Set("prompt", "consent")
		page = b.authorize(params)
		boxes := ticked.FindAllStringSubmatch(page.body, -1)
		if len(boxes) != 2 || slices.ContainsFunc(boxes, func(m []string) bool { return m[1] == "patient/Patient.rs" }) ||
			!strings.Contains(page.body, `value="patient/Observation?`+vitals+`" checked`) || strings.Contains(page.body, `value="patient/Observation?`+lab+`" checked`) {
			t.Errorf("the page does not show the answer of before: %v", boxes)
		}
		w.location(b.submit(page, url.Values{"decision": {"allow"}, "again": {"yes"}}))
		if page := b.authorize(w.request(c.id, all)); !strings.Contains(page.body, "Allow <em>") {
			t.Error("who wants to be asked again is not")
		}
	})
}
