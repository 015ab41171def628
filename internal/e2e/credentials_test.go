package e2e

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"chartwright/internal/e2e/demoserver"
)

var (
	credentialsForm = regexp.MustCompile(`(?s)<form method="post" action="([^"]+)".*?</form>`)
	hiddenField     = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// The page on which clinicians make credentials proposes what the record has, and knows the opt-out that the record keeps.
func TestCredentialsPageReadsTheRecord(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Transport: s.Client.Transport, Jar: jar}
	read := func(resp *http.Response, err error) (int, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	const robin = "9a1b6c1e-0009-4c57-9d10-5f2a6e0c0009"
	link := s.URL + "/oauth2/default/credentials?patient=" + robin
	_, page := read(browser.Get(link))
	form := url.Values{"user_role": {"users"}, "username": {"clinician"}, "password": {"clinician"}}
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	status, page := read(browser.PostForm(s.URL+credentialsForm.FindStringSubmatch(page)[1], form))
	if status != 200 || !strings.Contains(page, "Robin Ashgrove") || strings.Count(page, `value="robin.ashgrove@example.org"`) != 2 {
		t.Fatalf("%d %s", status, page)
	}
	staff := signIn(t, s, demoserver.Admin, "openid", "api:fhir", "user/Patient.cruds")
	staff.setField(t, "/apis/default/fhir/Patient/"+robin, "prevent_portal_apps", "YES")
	if status, page = read(browser.Get(link)); status != 200 || !strings.Contains(page, "opted out") || strings.Contains(page, "Make credentials") {
		t.Errorf("after opting out: %d %s", status, page)
	}
}
