package identity_test

import (
	"context"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/token"
)

const launchScope = "launch openid fhirUser patient/Patient.read"

// launched returns the parameters with which an app was opened.
func (w *world) launched(a *answer) url.Values {
	w.t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusSeeOther || !strings.HasPrefix(u.String(), "https://client.example.org/launch?") {
		w.t.Fatalf("no app is opened: %d %s %.600s", a.status, a.header.Get("Location"), a.body)
	}
	return u.Query()
}

func TestLaunchPage(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		c := w.register(map[string]any{"client_name": "Growth Chart", "scope": launchScope, "initiate_login_uri": "https://client.example.org/launch"})
		w.register(map[string]any{"client_name": "Not For Launching", "scope": launchScope})
		waiting := w.register(map[string]any{"client_name": "Still Waiting", "scope": launchScope, "initiate_login_uri": "https://client.example.org/launch"})
		if err := w.admin.SetClientEnabled(context.Background(), "default", waiting.id, false); err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		page := b.follow(b.get("/oauth2/default/launch"))
		if strings.Contains(page.body, `value="patient"`) {
			t.Error("patients are asked to launch apps")
		}
		page = b.submit(page, staff("physician", "physician"))
		if !strings.Contains(page.body, "Choose a patient") || !strings.Contains(page.body, "Without a patient") {
			t.Fatalf("after signing in: %.600s", page.body)
		}
		page = b.submit(page, url.Values{"patient": {patientID}})
		if !strings.Contains(page.body, "Growth Chart") || strings.Contains(page.body, "Not For Launching") || strings.Contains(page.body, "Still Waiting") {
			t.Fatalf("the apps: %.1500s", page.body)
		}
		if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://client.example.org;") {
			t.Errorf("a browser would not follow the form: %s", csp)
		}
		page = b.submit(b.submit(page, url.Values{"choose": {"encounter"}}), url.Values{"encounter": {"visit-2"}})
		page = b.submit(b.submit(page, url.Values{"choose": {"location"}}), url.Values{"location": {"ward-1"}})
		for _, want := range []string{"Ada Example", "Phone call", "Ward One"} {
			if !strings.Contains(page.body, want) {
				t.Errorf("the page does not show %s", want)
			}
		}
		open := b.post(action.FindStringSubmatch(page.body)[1], filled(page, url.Values{"app": {c.id}}), "Sec-Fetch-Site", "same-origin")
		got := w.launched(open)
		if got.Get("iss") != w.http.URL+"/apis/default/fhir" || len(got.Get("launch")) < 40 {
			t.Fatalf("the app is opened with %v", got)
		}
		params := w.request(c.id, launchScope)
		params.Set("launch", got.Get("launch"))
		j := w.redeem(c, w.location(b.submit(b.authorize(params), allow)).Get("code")).json(t)
		if j["patient"] != patientID || j["encounter"] != "visit-2" || j["location"] != "ward-1" || j["need_patient_banner"] != false {
			t.Errorf("context: %v", j)
		}
		if list, _ := j["fhirContext"].([]any); len(list) != 1 || list[0].(map[string]any)["reference"] != "Location/ward-1" {
			t.Errorf("fhirContext: %v", j["fhirContext"])
		}
		if e := w.audit.last("token"); len(e.Patients) != 1 || e.Patients[0] != patientID {
			t.Errorf("audit: %+v", e)
		}
		// A second launch from the same page is another one.
		again := b.post(action.FindStringSubmatch(page.body)[1], filled(page, url.Values{"app": {c.id}}), "Sec-Fetch-Site", "same-origin")
		if second := w.launched(again); second.Get("launch") == got.Get("launch") {
			t.Error("SMART-16 a launch value is handed out twice")
		}
		for name, id := range map[string]string{"that waits": waiting.id, "that does not exist": "nothing"} {
			a := b.post(action.FindStringSubmatch(page.body)[1], filled(page, url.Values{"app": {id}}), "Sec-Fetch-Site", "same-origin")
			if a.status != http.StatusBadRequest || a.header.Get("Location") != "" {
				t.Errorf("an app %s: %d %s", name, a.status, a.header.Get("Location"))
			}
		}
	})
}

func TestLaunchPageByLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(map[string]any{"client_name": "Growth Chart", "scope": launchScope, "initiate_login_uri": "https://client.example.org/launch"})
	w.register(map[string]any{"client_name": "Another App", "scope": launchScope, "initiate_login_uri": "https://client.example.org/launch"})
	link := func(change url.Values) *answer {
		t.Helper()
		q := url.Values{"client_id": {c.id}, "patient": {patientID}, "encounter": {"visit-1"}, "intent": {"main.tab"}}
		maps.Copy(q, change)
		b := w.browser()
		page := b.follow(b.get("/oauth2/default/launch?" + q.Encode()))
		return b.submit(page, staff("admin", "pass"))
	}
	page := link(nil)
	for _, want := range []string{"Ada Example", "Check-up", "Growth Chart"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %s: %.900s", want, page.body)
		}
	}
	if strings.Contains(page.body, "Another App") {
		t.Error("the page offers other apps than the one of the link")
	}
	for name, change := range map[string]url.Values{
		"a patient who does not exist": {"patient": {"nobody"}, "encounter": nil},
		"a visit of somebody else":     {"patient": {otherID}},
		"a visit without a patient":    {"patient": nil},
		"a place that does not exist":  {"location": {"nowhere"}},
	} {
		if a := link(change); a.status != http.StatusBadRequest || strings.Contains(a.body, "Growth Chart") {
			t.Errorf("%s: %d %.300s", name, a.status, a.body)
		}
	}
	b := w.browser()
	page = b.authorize(w.request(w.register(nil).id, "openid patient/Patient.read"))
	b.submit(page, phil())
	if a := b.follow(b.get("/oauth2/default/launch")); a.status != http.StatusForbidden {
		t.Errorf("a patient launches apps: %d %.300s", a.status, a.body)
	}
}

// TestContextComesFromTheSessionThenTheAccount is the order of Smile CDR: launchResourceIds, then defaultLaunchContexts.
func TestContextComesFromTheSessionThenTheAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	scope := "openid launch/patient launch/encounter launch/location patient/Patient.read"
	c := w.register(map[string]any{"scope": scope + " launch", "initiate_login_uri": "https://client.example.org/launch"})
	if err := w.admin.SetLaunchContext(ctx, "default", identity.Named("physician"), token.Context{Patient: otherID, Location: "ward-1"}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	page := b.submit(b.authorize(w.request(c.id, scope)), staff("physician", "physician"))
	page = b.submit(page, url.Values{"encounter": {""}})
	if !strings.Contains(page.body, "Ben &lt;b&gt;Example") || !strings.Contains(page.body, "Ward One") {
		t.Fatalf("the account's context is not on the page: %.900s", page.body)
	}
	j := w.redeem(c, w.location(b.submit(page, allow)).Get("code")).json(t)
	if j["patient"] != otherID || j["location"] != "ward-1" || j["encounter"] != nil || j["need_patient_banner"] != true {
		t.Errorf("from the account: %v", j)
	}
	if got := j["scope"].(string); !strings.Contains(got, "launch/location") || strings.Contains(got, "launch/encounter") {
		t.Errorf("scope is %s", got)
	}
	// Now something else is open in the EHR.
	page = b.follow(b.get("/oauth2/default/launch?" + url.Values{"patient": {patientID}, "encounter": {"visit-1"}}.Encode()))
	w.launched(b.post(action.FindStringSubmatch(page.body)[1], filled(page, url.Values{"app": {c.id}}), "Sec-Fetch-Site", "same-origin"))
	page = b.authorize(w.request(c.id, scope))
	if !strings.Contains(page.body, "Ada Example") || !strings.Contains(page.body, "Check-up") {
		t.Fatalf("what is assumed is not shown first: %d %s %.900s", page.status, page.header.Get("Location"), page.body)
	}
	j = w.redeem(c, w.location(b.submit(page, allow)).Get("code")).json(t)
	if j["patient"] != patientID || j["encounter"] != "visit-1" || j["location"] != "ward-1" {
		t.Errorf("from the session: %v", j)
	}
	// It is a proposal: another patient may be picked, whose visit is asked for again.
	page = b.submit(b.authorize(w.request(c.id, scope)), url.Values{"decision": {"patient"}})
	if !strings.Contains(page.body, "Choose a patient") {
		t.Fatalf("no other patient can be picked: %.600s", page.body)
	}
	if page = b.submit(page, url.Values{"patient": {otherID}}); !strings.Contains(page.body, "Choose a visit") {
		t.Errorf("the visit of another patient stays: %.600s", page.body)
	}
	// What the person may not see supplies nothing.
	if err := w.admin.SetLaunchContext(ctx, "default", identity.Named("clinician"), token.Context{Patient: "gone", Location: "gone"}); err != nil {
		t.Fatal(err)
	}
	other := w.browser()
	if page := other.submit(other.authorize(w.request(c.id, scope)), staff("clinician", "clinician")); !strings.Contains(page.body, "Choose a patient") {
		t.Errorf("a context of nothing is taken: %.600s", page.body)
	}
	if u, err := w.admin.User(ctx, "default", identity.Named("physician")); err != nil || u.Kind != account.Staff || u.Launch.Patient != otherID {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestPickersSearchAndPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	scope := "openid launch/patient launch/encounter launch/location patient/Patient.read"
	c := w.register(map[string]any{"scope": scope})
	b := w.browser()
	page := b.submit(b.authorize(w.request(c.id, scope)), staff("physician", "physician"))
	at := func(step, query string) string {
		return b.get("/oauth2/default/" + step + "?ticket=" + filled(page, nil).Get("ticket") + "&" + query).body
	}
	if found := at("patient-select", "search=ben"); !strings.Contains(found, "Ben &lt;b&gt;") || strings.Contains(found, "Ada") {
		t.Errorf("patients: %.600s", found)
	}
	if a := b.submit(page, url.Values{"patient": {"nobody"}}); a.status != http.StatusBadRequest {
		t.Errorf("a patient out of nowhere: %d", a.status)
	}
	page = b.submit(page, url.Values{"patient": {patientID}})
	if !strings.Contains(page.body, "Check-up") || !strings.Contains(page.body, "after=visit-1") {
		t.Fatalf("visits: %.900s", page.body)
	}
	if found := at("encounter-select", "after=visit-1"); !strings.Contains(found, "Phone call") || strings.Contains(found, "Check-up") {
		t.Errorf("second page of visits: %.600s", found)
	}
	if found := at("encounter-select", "search=Phone"); !strings.Contains(found, "Phone call") || strings.Contains(found, "Check-up") {
		t.Errorf("visits by reason: %.600s", found)
	}
	if a := b.submit(page, url.Values{"encounter": {"visit-9"}}); a.status != http.StatusBadRequest {
		t.Errorf("a visit out of nowhere: %d", a.status)
	}
	page = b.submit(page, url.Values{"encounter": {"visit-1"}})
	if found := at("location-select", "search=Nowhere"); !strings.Contains(found, "No place was found") {
		t.Errorf("places: %.600s", found)
	}
	if a := b.submit(page, url.Values{"location": {"ward-9"}}); a.status != http.StatusBadRequest {
		t.Errorf("a place out of nowhere: %d", a.status)
	}
	page = b.submit(page, url.Values{"location": {"ward-1"}})
	j := w.redeem(c, w.location(b.submit(page, allow)).Get("code")).json(t)
	if j["location"] != "ward-1" || j["encounter"] != "visit-1" || j["scope"] != scope {
		t.Errorf("%v", j)
	}
}

// TestTwoTabs signs in from two tabs of one browser that were both opened before.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b := w.browser()
	one := b.authorize(w.request(c.id, "openid user/Patient.read"))
	two := b.authorize(w.request(c.id, "openid user/Observation.read"))
	one = b.submit(one, staff("physician", "physician"))
	session := b.session()
	two = b.submit(two, staff("physician", "physician"))
	if b.session() != session {
		t.Error("the same person signs in twice: the first tab's online access would end")
	}
	for name, page := range map[string]*answer{"user/Patient.read": one, "user/Observation.read": two} {
		if j := w.redeem(c, w.location(b.submit(page, allow)).Get("code")).json(t); j["scope"] != "openid "+name {
			t.Errorf("%s: %v", name, j)
		}
	}
	t.Run("somebody else in the second tab is somebody else", func(t *testing.T) {
		b := w.browser()
		one, two := b.authorize(w.request(c.id, "openid user/Patient.read")), b.authorize(w.request(c.id, "openid user/Observation.read"))
		one = b.submit(one, staff("clinician", "clinician"))
		two = b.submit(two, staff("receptionist", "receptionist"))
		if !strings.Contains(two.body, "Rudi Receptionist") {
			t.Errorf("the second tab goes on as the first person: %.600s", two.body)
		}
		// The first tab's page was shown to the first person: the second must not answer it by accident.
		a := b.post(action.FindStringSubmatch(one.body)[1], filled(one, allow), "Sec-Fetch-Site", "same-origin")
		if a.status != http.StatusForbidden || a.header.Get("Location") != "" {
			t.Errorf("an answer for somebody else: %d %s", a.status, a.header.Get("Location"))
		}
	})
}

func TestLaunchPageIsPagedAndSearched(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		var ids []string
		for i := range 23 {
			c := w.register(map[string]any{
				"client_name": fmt.Sprintf("App %02d of 100%%", i), "scope": launchScope, "initiate_login_uri": "https://client.example.org/launch",
			})
			ids = append(ids, c.id)
		}
		b := w.browser()
		page := b.submit(b.follow(b.get("/oauth2/default/launch")), staff("physician", "physician"))
		page = b.submit(page, url.Values{"patient": {""}})
		first := strings.Count(page.body, `name="app"`)
		if first != 20 || !strings.Contains(page.body, "App 00 of") {
			t.Fatalf("%d apps on the first page: %.800s", first, page.body)
		}
		more := regexp.MustCompile(`class="next" href="([^"]*)"`).FindStringSubmatch(page.body)
		if more == nil {
			t.Fatal("no way to the second page")
		}
		second := b.get(html.UnescapeString(more[1]))
		if n := strings.Count(second.body, `name="app"`); n != 3 || !strings.Contains(second.body, ids[22]) || strings.Contains(second.body, ids[0]) {
			t.Errorf("%d apps on the second page", n)
		}
		ticket := filled(page, nil).Get("ticket")
		for text, want := range map[string]int{"aPP 07": 1, "of 100%": 20, "%00%": 0, "App_0": 0, ids[3]: 1, "nothing": 0} {
			found := b.get("/oauth2/default/apps?" + url.Values{"ticket": {ticket}, "search": {text}}.Encode())
			if n := strings.Count(found.body, `name="app"`); n != want {
				t.Errorf("%q finds %d apps, want %d", text, n, want)
			}
		}
		if a := b.get("/oauth2/default/apps?" + url.Values{"ticket": {ticket}, "after": {"nowhere"}}.Encode()); a.status != http.StatusBadRequest {
			t.Errorf("a place that is none: %d", a.status)
		}
	})
}
