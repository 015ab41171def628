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

	"chartwright/internal/fault"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
)

// administer opens a page of administration in a new browser, signing in on the way.
func (w *world) administer(who url.Values, path string) (*browser, *answer) {
	w.t.Helper()
	b := w.browser()
	return b, b.submit(b.follow(b.get("/oauth2/default/"+path)), who)
}

func administrator() url.Values { return staff("admin", "pass") }

func TestAdministrationIsForAdministrators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	paths := []string{"admin", "admin/apps", "admin/app?id=x", "admin/people", "admin/person?id=x", "admin/roles", "admin/role?name=doc", "admin/token", "admin/tokens", "admin/settings"}
	b, _ := w.account(staff("physician", "physician"))
	patient, _ := w.account(phil())
	for _, path := range paths {
		if a := w.browser(); !strings.Contains(a.follow(a.get("/oauth2/default/"+path)).body, `id="password"`) {
			t.Errorf("%s is shown to strangers", path)
		}
		for who, b := range map[string]*browser{"a physician": b, "a patient": patient} {
			if a := b.follow(b.get("/oauth2/default/" + path)); a.status != http.StatusForbidden {
				t.Errorf("%s answers %s %d", path, who, a.status)
			}
		}
	}
	if e := w.audit.last("user"); e.Operation != "administration" || e.UserName != "physician" || e.Reason == "" {
		t.Errorf("audit event of the refusal: %+v", e)
	}
	if _, a := w.administer(staff("physician", "physician"), "admin/apps"); a.status != http.StatusForbidden {
		t.Errorf("after signing in a physician sees %d", a.status)
	}
	_, own := w.account(administrator())
	for who, page := range map[string]string{"an administrator": own.body, "a physician": b.follow(b.get("/oauth2/default/account")).body} {
		if offered := strings.Contains(page, `href="/oauth2/default/admin"`); offered != (who == "an administrator") {
			t.Errorf("the administration is offered to %s: %v", who, offered)
		}
	}
	// Signing in leads to the page that was wanted.
	if _, a := w.administer(administrator(), "admin/people?kind=patient"); a.status != http.StatusOK || !strings.Contains(a.body, "Phil1") || strings.Contains(a.body, ">physician<") {
		t.Errorf("after signing in: %d %.600s", a.status, a.body)
	}
}

func TestAdministrationFormsComeFromThePagesAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b, page := w.administer(administrator(), "admin/app?id="+c.id)
	good := filled(page, url.Values{"do": {"disable"}})
	change := func(name, value string) url.Values {
		form := maps.Clone(good)
		form.Set(name, value)
		return form
	}
	for name, tc := range map[string]struct {
		b      *browser
		form   url.Values
		header []string
	}{
		"no CSRF token":          {b, change("csrf", ""), nil},
		"a wrong CSRF token":     {b, change("csrf", "x"), nil},
		"a form of another site": {b, good, []string{"Sec-Fetch-Site", "cross-site"}},
		"nobody is signed in":    {w.browser(), good, nil},
	} {
		if a := tc.b.post("/oauth2/default/admin/app", tc.form, tc.header...); a.status < 400 || a.status > 499 {
			t.Errorf("%s: %d", name, a.status)
		}
		if a, err := w.admin.Client(context.Background(), "default", c.id); err != nil || !a.Enabled {
			t.Fatalf("%s: the app was stopped", name)
		}
	}
}

func TestAdministratorApprovesAndStopsApps(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		c := w.register(map[string]any{"client_name": "Growth <b>Chart</b>"})
		if err := w.admin.SetClientEnabled(context.Background(), "default", c.id, false); err != nil {
			t.Fatal(err)
		}
		w.register(map[string]any{"client_name": "Another"})
		b, page := w.administer(administrator(), "admin/apps?show=waiting")
		if !strings.Contains(page.body, "Growth &lt;b&gt;Chart") || strings.Contains(page.body, ">Another<") {
			t.Fatalf("the apps that wait: %.1500s", page.body)
		}
		if found := b.get("/oauth2/default/admin/apps?search=ANOTH"); !strings.Contains(found.body, ">Another<") || strings.Contains(found.body, "Growth") {
			t.Errorf("searching: %.900s", found.body)
		}
		page = b.get("/oauth2/default/admin/app?id=" + c.id)
		if !strings.Contains(page.body, "not enabled") || !strings.Contains(page.body, "https://client.example.org/callback") || !strings.Contains(page.body, "me@example.org") {
			t.Errorf("the app: %.1500s", page.body)
		}
		if page = b.submit(page, url.Values{"do": {"enable"}}); !strings.Contains(page.body, `id="state">enabled<`) {
			t.Fatalf("enabling: %d %.900s", page.status, page.body)
		}
		if e := w.audit.last("client"); e.Operation != "client enable" || e.UserName != "admin" || e.UserID == "" || e.API != "admin" || e.Address == "" || e.ClientID != c.id {
			t.Errorf("audit event %+v", e)
		}
		first, second := w.tokens(c, "openid offline_access user/Patient.read"), w.tokens(c, "openid user/Patient.read")
		page = b.get("/oauth2/default/admin/app?id=" + c.id)
		grants := regexp.MustCompile(`name="grant" value="([^"]*)"`).FindAllStringSubmatch(page.body, -1)
		if len(grants) != 2 || !strings.Contains(page.body, "Ada Administrator") {
			t.Fatalf("grants on the page: %v", grants)
		}
		page = b.submit(page, url.Values{"grant": {grants[0][1]}})
		if w.live(first) == w.live(second) {
			t.Error("not exactly one grant was revoked")
		}
		third := w.tokens(c, "openid user/Patient.read")
		if b.submit(page, url.Values{"do": {"revoke"}}); w.live(first) || w.live(second) || w.live(third) {
			t.Error("something is live after everything was revoked")
		}
		fourth := w.tokens(c, "openid user/Patient.read")
		if page = b.submit(page, url.Values{"do": {"disable"}}); w.live(fourth) || !strings.Contains(page.body, `id="state">not enabled<`) {
			t.Error("a token is good after the app was disabled")
		}
		if a := b.get("/oauth2/default/admin/app?id=nothing"); a.status != http.StatusNotFound {
			t.Errorf("an app that is not there: %d", a.status)
		}
	})
}

func TestAdministratorSetsTheSwitchesOfAnApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b, page := w.administer(administrator(), "admin/app?id="+c.id)
	plain := w.request(c.id, "openid")
	plain.Del("code_challenge")
	plain.Del("code_challenge_method")
	asks := func() bool { return strings.Contains(w.browser().authorize(plain).body, `id="password"`) }
	if asks() {
		t.Fatal("PKCE is not needed from the start")
	}
	if page = b.submit(page, url.Values{"on": {"pkce_exempt"}}); !asks() || !strings.Contains(page.body, `name="off" value="pkce_exempt"`) {
		t.Errorf("the app needs PKCE still: %.900s", page.body)
	}
	if e := w.audit.last("client"); e.Operation != "client pkce_exempt on" || e.ClientID != c.id || e.UserName != "admin" {
		t.Errorf("audit event %+v", e)
	}
	if b.submit(page, url.Values{"off": {"pkce_exempt"}}); asks() {
		t.Error("PKCE is not needed after the switch is off again")
	}
	if a := b.submit(page, url.Values{"on": {"root"}}); a.status != http.StatusBadRequest {
		t.Errorf("a switch that is not there: %d", a.status)
	}
	public := w.register(map[string]any{"application_type": "public"})
	for _, name := range []string{"pkce_exempt", "resource_server"} {
		if a := b.submit(b.get("/oauth2/default/admin/app?id="+public.id), url.Values{"on": {name}}); a.status != http.StatusBadRequest {
			t.Errorf("%s of a public client: %d", name, a.status)
		}
	}
}

func TestAdministratorLooksAfterPeople(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		user := func(login string) *account.Account {
			a, err := w.admin.User(ctx, "default", identity.Named(login))
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		c := w.register(nil)
		b, _ := w.administer(administrator(), "admin/people")
		if found := b.get("/oauth2/default/admin/people?search=petra"); !strings.Contains(found.body, ">physician<") || strings.Contains(found.body, ">clinician<") {
			t.Errorf("searching by name: %.900s", found.body)
		}
		at := "/oauth2/default/admin/person?id=" + user("physician").ID
		page := b.submit(b.get(at), url.Values{"do": {"groups"}, "group": {"clin", "front"}})
		if got := user("physician").Groups; fmt.Sprint(got) != "[clin front]" || page.status != http.StatusOK {
			t.Errorf("the roles are %v (%d)", got, page.status)
		}
		if a := b.submit(b.get(at), url.Values{"do": {"groups"}, "group": {"no-such"}}); a.status != http.StatusBadRequest || !strings.Contains(a.body, "no group") {
			t.Errorf("a role that is not there: %d", a.status)
		}
		if _, err := w.admin.SetTOTP(ctx, "default", identity.Named("physician"), true); err != nil {
			t.Fatal(err)
		}
		if b.submit(b.get(at), url.Values{"do": {"factor"}}); user("physician").TOTP != nil {
			t.Error("the second factor is still there")
		}
		page = b.submit(b.get(at), url.Values{"do": {"password"}})
		m := regexp.MustCompile(`id="password">([a-z2-7]{26})<`).FindStringSubmatch(page.body)
		if m == nil {
			t.Fatalf("no password is shown: %.900s", page.body)
		}
		w.account(staff("physician", m[1]))
		if b.submit(b.get(at), url.Values{"do": {"disable"}}); user("physician").Enabled {
			t.Error("the account is not disabled")
		}
		if b.submit(b.get(at), url.Values{"do": {"enable"}}); !user("physician").Enabled {
			t.Error("the account is not enabled")
		}

		// Nobody takes the administration from himself.
		own := "/oauth2/default/admin/person?id=" + user("admin").ID
		for name, form := range map[string]url.Values{
			"disable":  {"do": {"disable"}},
			"no roles": {"do": {"groups"}},
			"others":   {"do": {"groups"}, "group": {"doc"}},
		} {
			if a := b.submit(b.get(own), form); a.status != http.StatusConflict {
				t.Errorf("%s: %d", name, a.status)
			}
		}
		if a := user("admin"); !a.Enabled || fmt.Sprint(a.Groups) != "[admin]" {
			t.Errorf("the administrator is %+v", a)
		}

		// What a person has given an app.
		j := w.tokens(c, "openid user/Patient.read")
		page = b.get(own)
		if !strings.Contains(page.body, "A Private App") {
			t.Fatalf("the app is not on the page: %.1500s", page.body)
		}
		grant := regexp.MustCompile(`name="grant" value="([^"]*)"`).FindStringSubmatch(page.body)[1]
		if b.submit(b.get(at), url.Values{"grant": {grant}}); !w.live(j) {
			t.Error("another person's grant was revoked")
		}
		if b.submit(page, url.Values{"grant": {grant}}); w.live(j) {
			t.Error("the grant is live")
		}
	})
}

func TestAdministratorAddsStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, page := w.administer(administrator(), "admin/people")
	nina := url.Values{"login": {"nina"}, "given": {"Nina"}, "family": {"Nurse"}, "email": {"nina@example.org"}, "group": {"clin"}}
	done := b.submit(page, nina)
	m := regexp.MustCompile(`id="password">([a-z2-7]{26})<`).FindStringSubmatch(done.body)
	if m == nil || !strings.Contains(done.body, "<h1>Nina Nurse</h1>") {
		t.Fatalf("%d %.900s", done.status, done.body)
	}
	w.account(staff("nina", m[1]))
	a, err := w.admin.User(context.Background(), "default", identity.Named("nina"))
	if err != nil || fmt.Sprint(a.Groups) != "[clin]" || a.Email != "nina@example.org" {
		t.Errorf("%+v, %v", a, err)
	}
	if len(w.joined) != 1 || w.joined[0] != a.ID {
		t.Errorf("told about %v", w.joined)
	}
	for name, tc := range map[string]struct {
		form   url.Values
		status int
	}{
		"the login is taken": {url.Values{"login": {"physician"}}, http.StatusConflict},
		"no login":           {url.Values{"login": {" "}}, http.StatusBadRequest},
		"no e-mail address":  {url.Values{"login": {"x"}, "email": {"no address"}}, http.StatusBadRequest},
		"a role that is not": {url.Values{"login": {"x"}, "group": {"no-such"}}, http.StatusBadRequest},
	} {
		if a := b.submit(page, tc.form); a.status != tc.status || !strings.Contains(a.body, `role="alert"`) {
			t.Errorf("%s: %d", name, a.status)
		}
	}
}

func TestPeoplePageIsPaged(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		for i := range 27 {
			_, _, err := w.admin.AddUser(context.Background(), "default", identity.NewUser{
				Kind: account.Staff, Login: fmt.Sprintf("nurse%02d", i), Family: "Nurse", Password: "a good password",
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		b, page := w.administer(administrator(), "admin/people?search=nurse")
		seen := map[string]bool{}
		for range 3 {
			for _, m := range regexp.MustCompile(`>(nurse[0-9]+)<`).FindAllStringSubmatch(page.body, -1) {
				if seen[m[1]] {
					t.Errorf("%s is on two pages", m[1])
				}
				seen[m[1]] = true
			}
			next := regexp.MustCompile(`class="next" href="([^"]*)"`).FindStringSubmatch(page.body)
			if next == nil {
				break
			}
			page = b.get(html.UnescapeString(next[1]))
		}
		if len(seen) != 27 {
			t.Errorf("%d of 27 are listed", len(seen))
		}
	})
}

func TestAdministratorChangesRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, page := w.administer(administrator(), "admin/roles")
	if !strings.Contains(page.body, "Physicians") {
		t.Fatalf("%.900s", page.body)
	}
	page = b.submit(page, url.Values{"name": {"night"}, "title": {"Night nurses"}})
	if !strings.Contains(page.body, "<h1>Night nurses</h1>") {
		t.Fatalf("a new role: %d %.900s", page.status, page.body)
	}
	at := page.url.String()
	give := url.Values{"do": {"grant"}, "name": {"night"}, "right": {"patients/demo"}, "level": {"view"}}
	if page = b.submit(page, give); !strings.Contains(page.body, "<td>patients/demo</td><td>view</td>") {
		t.Errorf("a right: %d %.1500s", page.status, page.body)
	}
	if e := w.audit.last("role"); e.Operation != "role grant" || e.ID != "night" || e.UserName != "admin" {
		t.Errorf("audit event %+v", e)
	}
	give.Set("do", "revoke")
	if page = b.submit(b.get(at), give); strings.Contains(page.body, "<td>patients/demo</td>") {
		t.Error("the right is still there")
	}
	for name, form := range map[string]url.Values{
		"no such right": {"do": {"grant"}, "right": {"patients/moon"}, "level": {"view"}},
		"no such level": {"do": {"grant"}, "right": {"patients/demo"}, "level": {"always"}},
		"nothing":       {"do": {"fly"}},
	} {
		form.Set("name", "night")
		if a := b.submit(b.get(at), form); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := b.submit(b.get("/oauth2/default/admin/roles"), url.Values{"name": {"night"}, "title": {"Again"}}); a.status != http.StatusConflict {
		t.Errorf("a role of that name again: %d", a.status)
	}
	if page = b.submit(b.get(at), url.Values{"do": {"reset"}, "name": {"night"}}); strings.Contains(page.body, "night") {
		t.Error("the role is still there")
	}
	own := "/oauth2/default/admin/role?name=admin"
	if a := b.submit(b.get(own), url.Values{"do": {"revoke"}, "name": {"admin"}, "right": {"admin/super"}, "level": {"write"}}); a.status != http.StatusConflict {
		t.Errorf("an administrator takes the administration from himself: %d", a.status)
	}
	if a := b.get(own); !strings.Contains(a.body, "<td>admin/super</td>") {
		t.Errorf("administrators do not administer: %d", a.status)
	}
}

func TestAdministratorHandsOutInitialTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, page := w.administer(administrator(), "admin/tokens")
	page = b.submit(page, url.Values{"note": {"the lab"}, "uses": {"2"}, "days": {"3"}})
	m := regexp.MustCompile(`id="token">([A-Za-z0-9_-]{43})<`).FindStringSubmatch(page.body)
	if m == nil {
		t.Fatalf("no token is shown: %d %.900s", page.status, page.body)
	}
	w.set("registration", "token")
	metadata := `{"client_name":"Lab","redirect_uris":["` + redirect + `"],"scope":"openid patient/Patient.read"}`
	try := func() int {
		return w.browser().send(http.MethodPost, "/oauth2/default/registration", metadata, "Content-Type", "application/json", "Authorization", "Bearer "+m[1]).status
	}
	if status := try(); status != http.StatusCreated {
		t.Errorf("the token registers: %d", status)
	}
	page = b.get("/oauth2/default/admin/tokens")
	if strings.Contains(page.body, m[1]) || !strings.Contains(page.body, "<td>the lab</td><td>1</td>") {
		t.Errorf("the list: %.1500s", page.body)
	}
	id := regexp.MustCompile(`name="remove" value="([^"]*)"`).FindStringSubmatch(page.body)[1]
	b.submit(page, url.Values{"remove": {id}})
	if status := try(); status != http.StatusUnauthorized {
		t.Errorf("a removed token registers: %d", status)
	}
	for _, form := range []url.Values{{"uses": {"0"}, "days": {"1"}}, {"uses": {"1"}, "days": {"99999999999"}}, {"uses": {"x"}, "days": {"1"}}} {
		if a := b.submit(page, form); a.status != http.StatusBadRequest {
			t.Errorf("%v: %d", form, a.status)
		}
	}
}

func TestAdministratorChangesSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, page := w.administer(administrator(), "admin/settings")
	page = b.submit(page, url.Values{"name": {"app_approval"}, "value": {"manual"}})
	if v, err := w.settings.Settings(context.Background(), "default"); err != nil || v.AppApproval != "manual" || page.status != http.StatusOK || !strings.Contains(page.body, "<code>app_approval</code> is <strong>manual</strong> now") {
		t.Errorf("the setting is %+v, %v", v, err)
	}
	if e := w.audit.last("setting"); e.Operation != "setting set app_approval manual" || e.UserName != "admin" {
		t.Errorf("audit event %+v", e)
	}
	if a := b.submit(page, url.Values{"name": {"app_approval"}, "value": {"never"}}); a.status != http.StatusBadRequest || !strings.Contains(a.body, "does not take") {
		t.Errorf("a value that it does not take: %d", a.status)
	}
	// A second factor that is required of administrators from now on is set up before anything else.
	b.submit(b.get("/oauth2/default/admin/settings"), url.Values{"name": {"second_factor"}, "value": {"administrators"}})
	page = b.follow(b.get("/oauth2/default/admin/roles"))
	if !strings.Contains(page.body, "requires your role to have a second factor") {
		t.Fatalf("%d %.600s", page.status, page.body)
	}
	_, _, last := b.setUp(page, nil)
	next := regexp.MustCompile(`class="go" href="([^"]*)"`).FindStringSubmatch(last.body)
	if page = b.follow(b.get(html.UnescapeString(next[1]))); !strings.Contains(page.body, "<h1>Roles</h1>") {
		t.Errorf("after setting up: %d %.600s", page.status, page.body)
	}
}

// A stop is shown on every page of administration, and the administrator lifts it from any of them.
func TestAdministratorStopsAndResumes(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		b, page := w.administer(administrator(), "admin/settings")
		if strings.Contains(page.body, `class="stopped"`) {
			t.Fatal("a new site is stopped")
		}
		c := w.register(nil)
		issued := func() int {
			return w.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}, "client_id": {c.id}, "client_secret": {c.secret}}).status
		}
		if b.submit(page, url.Values{"name": {"stop_tokens"}, "value": {"on"}}); issued() != http.StatusServiceUnavailable {
			t.Errorf("the token endpoint answers %d", issued())
		}
		if e := w.audit.last("setting"); e.Operation != "setting set stop_tokens on" || e.UserName != "admin" || e.Address == "" {
			t.Errorf("audit event %+v", e)
		}
		for _, path := range []string{"apps", "people", "roles", "tokens", "settings"} {
			if page = b.get("/oauth2/default/admin/" + path); !strings.Contains(page.body, "This site issues no tokens.") {
				t.Errorf("%s does not say that tokens are stopped", path)
			}
		}
		if page = b.submit(b.get("/oauth2/default/admin/apps"), url.Values{"value": {"off"}}); page.status != http.StatusOK || strings.Contains(page.body, `class="stopped"`) {
			t.Errorf("lifting the stop from another page: %d", page.status)
		}
		if issued() == http.StatusServiceUnavailable {
			t.Error("the token endpoint is stopped still")
		}
		// Staff are part of the record: no account is made that the record lacks.
		b.submit(b.get("/oauth2/default/admin/settings"), url.Values{"name": {"stop_writes"}, "value": {"on"}})
		if _, _, err := w.admin.AddUser(context.Background(), "default", identity.NewUser{Kind: account.Staff, Login: "nina", Groups: []string{"doc"}}); !fault.Is(err, fault.Unavailable) {
			t.Errorf("adding staff while writing is stopped: %v", err)
		}
	})
}
