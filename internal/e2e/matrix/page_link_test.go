package matrix_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/identity/account"
)

// TestPageLinksAreSealed is COMP-39: the link to another page works for whom it was made, as it was made, and for an hour.
func TestPageLinksAreSealed(t *testing.T) {
	t.Parallel()
	for _, bad := range newWorldOf(t, setup{clock: &clock{}}).pageLinks() {
		t.Error(bad)
	}
}

// pageLinks tries the links to second pages in hands and places that they are not for, and returns what is wrong.
func (w *world) pageLinks() (wrong []string) {
	w.t.Helper()
	physician := &actor{name: "physician", kind: access.User, account: account.Physicians}
	another := func(a *actor, scopes string) string {
		c := &trial{site: abroad, actor: a, scopes: strings.Fields(scopes)}
		w.mustArm(abroad, c)
		return c.token
	}
	// Of one client: the same person, another one, and the same with a patient in context.
	const scopes = "user/Observation.rs user/Patient.rs patient/Observation.rs patient/Patient.rs" // wildcards count abroad alone
	own := &trial{site: abroad, actor: physician, scopes: strings.Fields(scopes)}
	less := &trial{site: abroad, actor: physician, scopes: strings.Fields("user/Observation.rs")}
	other := &trial{site: abroad, actor: &actor{kind: access.User, account: account.Clinicians}, scopes: own.scopes}
	launched := &trial{site: abroad, actor: &actor{kind: access.User, account: account.Physicians, patient: patientA}, scopes: own.scopes}
	there := &trial{site: home, actor: physician, scopes: own.scopes}
	w.armAs("page-links", own, less, other, launched)
	w.armAs("page-links", there)
	for _, search := range []string{"Observation?_count=1&category=" + url.QueryEscape(laboratory), "Observation/_history?_count=1"} {
		first := w.must(w.send(call{method: http.MethodGet, path: "/apis/" + abroad + "/fhir/" + search, token: own.token}))
		at := bytes.Index(first.body, []byte("_page="))
		if at < 0 {
			w.t.Fatalf("%s: no next page: %.400s", search, first.body)
		}
		path, _, _ := strings.Cut(search, "?")
		link := "/fhir/" + path + "?" + string(first.body[at:at+bytes.IndexByte(first.body[at:], '"')])
		w.must(w.send(call{method: http.MethodGet, path: "/apis/" + abroad + link, token: own.token}))
		middle := len(link) - 20
		changed := link[:middle] + map[bool]string{true: "B", false: "A"}[link[middle] == 'A'] + link[middle+1:]
		try := func(name string, c call, want ...int) {
			c.method = http.MethodGet
			a := w.send(c)
			refused := false
			for _, status := range want {
				refused = refused || a.status == status
			}
			if !refused || anyCanary.Match(a.body) {
				wrong = append(wrong, fmt.Sprintf("%s by %s: %d %.300s", search, name, a.status, a.body))
			}
		}
		for name, c := range map[string]call{
			"the patient":                     {path: "/apis/" + abroad + link, token: another(&actor{kind: access.Patient, account: "a", patient: patientA}, "patient/*.rs")},
			"somebody else":                   {path: "/apis/" + abroad + link, token: other.token},
			"the same launched for a patient": {path: "/apis/" + abroad + link, token: launched.token},
			"the same in another app":         {path: "/apis/" + abroad + link, token: another(physician, scopes)},
			"the same with less":              {path: "/apis/" + abroad + link, token: less.token},
			"another search":                  {path: "/apis/" + abroad + strings.Replace(link, "Observation", "Patient", 1), token: own.token},
			"an edited link":                  {path: "/apis/" + abroad + changed, token: own.token},
			"a link that was cut":             {path: "/apis/" + abroad + link[:len(link)-2], token: own.token},
		} {
			try(name, c, 400, 404)
		}
		try("the same at another site", call{path: "/apis/" + home + link, token: there.token}, 400, 404)
		if w.clock == nil {
			continue
		}
		w.clock.advance(61 * time.Minute)
		try("the same an hour later", call{path: "/apis/" + abroad + link, token: own.token}, 410)
	}
	return wrong
}
