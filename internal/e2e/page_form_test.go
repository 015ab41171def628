package e2e

import (
	"strings"
	"testing"

	"chartwright/internal/e2e/demoserver"
)

// A page that was asked for in a form by _format and _pretty leads to others in this form; what is given with a link counts before.
func TestPageLinksKeepTheForm(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	c := signIn(t, s, demoserver.Admin, "openid", "api:fhir", "user/Patient.rs")
	page := func(address string) string {
		t.Helper()
		status, body := c.do("GET", address, "", nil)
		if status != 200 {
			t.Fatalf("%s: status %d: %.300s", address, status, body)
		}
		return string(body)
	}
	// next is the address of the next page, as XML or JSON has it.
	next := func(body string) string {
		t.Helper()
		_, link, _ := strings.Cut(strings.NewReplacer(" ", "", "\n", "", "\"", "'").Replace(body), "next")
		_, link, _ = strings.Cut(link, fhirAPI)
		link, _, _ = strings.Cut(link, "'")
		return fhirAPI + strings.ReplaceAll(link, "&amp;", "&")
	}
	for _, path := range []string{"/Patient?_count=1", "/Patient/_history?_count=1", "/?_type=Patient&_count=1&_sort=_id"} {
		first := page(fhirAPI + path + "&_format=xml")
		second := page(next(first))
		third := page(next(second))
		if !strings.HasPrefix(second, "<Bundle") || !strings.HasPrefix(third, "<Bundle") {
			t.Errorf("%s: the pages behind one in XML begin %.30q and %.30q", path, second, third)
		}
		turned := page(next(first) + "&_format=json")
		if link := next(turned); !strings.HasPrefix(turned, "{") || !strings.HasPrefix(page(link), "{") || strings.Count(link, "_format") != 1 {
			t.Errorf("%s: with _format=json a page in XML leads to %.30q and %s", path, turned, link)
		}
		if plain := page(next(page(fhirAPI + path))); strings.HasPrefix(plain, "<") {
			t.Errorf("%s: the page behind one in JSON begins %.30q", path, plain)
		}
	}
	if body := page(next(page(fhirAPI + "/Patient?_count=1&_format=application%2Ffhir%2Bjson&_pretty=true"))); !strings.Contains(body, "\n  ") {
		t.Errorf("the page behind an indented one is not: %.80q", body)
	}
}
