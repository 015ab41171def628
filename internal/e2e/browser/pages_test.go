package browser

import (
	"context"
	_ "embed"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/setting"
)

// sound finds what is wrong with a page for whoever sees little, has no mouse, or holds a phone.
//
//go:embed sound.js
var sound string

// Every page of people, in a window and on a phone: it has a title and a heading, its fields have labels and its buttons names, nothing
// lies beside the screen or over something else, and text can be read.
func TestPagesAreSound(t *testing.T) {
	t.Parallel()
	ctx := open(t)
	server := demoserver.Start(t)
	app := register(t, server)
	var made struct {
		ClientID string `json:"client_id"`
	}
	post(t, server, "/oauth2/default/registration", "", map[string]any{
		"client_name": "Growth Chart of the University Hospital", "redirect_uris": []string{"https://a-long-name-for-an-app.example.org/a/long/path/to/come/back/to"},
		"scope": "openid offline_access launch user/Patient.rs user/Observation.rs", "contacts": []string{"dev@example.org"}, "initiate_login_uri": "https://app.example.org/launch",
	}, &made)

	oauth := server.URL + "/oauth2/default/"
	look(ctx, t, "login", oauth+"account", "#username")
	look(ctx, t, "register-app", oauth+"register-app", "#name")
	do(ctx, t, "wrong", visit(oauth+"account"), chromedp.WaitVisible("#username"), chromedp.SendKeys("#username", "admin"),
		chromedp.SendKeys("#password", "wrong"), chromedp.Click("form button.primary"), chromedp.WaitVisible("[role=alert]"))
	check(ctx, t, "login-wrong")
	if _, err := server.App.AddUser(ctx, "default", identity.NewUser{Kind: account.Staff, Login: "emil", Password: "a-password-of-emil", Groups: []string{account.EmergencyLogin}}); err != nil {
		t.Fatal(err)
	}
	do(ctx, t, "emergency", visit(oauth+"account"), chromedp.WaitVisible("#username"), chromedp.SendKeys("#username", "emil"),
		chromedp.SendKeys("#password", "a-password-of-emil"), chromedp.Click("form button.primary"), chromedp.WaitVisible("#reason"))
	check(ctx, t, "login-emergency")
	do(ctx, t, "refused", visit(oauth+"register-app"), chromedp.WaitVisible("#name"), chromedp.SendKeys("#name", "An app"),
		chromedp.SendKeys("#redirects", "http://app.example.org/"), chromedp.Click("form button.primary"), chromedp.WaitVisible("#redirects-problem"))
	check(ctx, t, "register-app-refused")
	do(ctx, t, "sign-in", visit(oauth+"account"), chromedp.WaitVisible("#username"), chromedp.SendKeys("#username", "admin"), chromedp.SendKeys("#password", "pass"),
		chromedp.Click("form button.primary"), chromedp.WaitVisible("#factor"))
	do(ctx, t, "connect", visit(app.request()), chromedp.WaitVisible("#search"))
	check(ctx, t, "patients")
	// A row that is gone by the time that it is picked.
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector(".rows li:first-child button").value = "nobody"`)); err != nil {
		t.Fatal(err)
	}
	do(ctx, t, "gone", chromedp.Click(".rows li:first-child button"), chromedp.WaitVisible("#rows-problem"))
	focused(ctx, t, "gone", "#rows")
	check(ctx, t, "patients-gone")
	do(ctx, t, "pick", chromedp.Click(".rows li:first-child button"), chromedp.WaitVisible("button[value=allow]"))
	check(ctx, t, "consent")
	do(ctx, t, "agree", chromedp.Click("button[value=allow]"))
	given := app.redeem(t, app.answer(t))

	for _, p := range []struct{ name, path, wait string }{
		{"account", "account", "#factor"},
		{"launch", "launch", "#search"},
		{"credentials", "credentials", "#search"},
		{"logout", "logout", "form button"},
		{"admin-apps", "admin/apps", "table"},
		{"admin-apps-none", "admin/apps?search=nothing-of-this-name", ".empty"},
		{"admin-app", "admin/app?id=" + made.ClientID, "#keep"},
		{"admin-app-with-grants", "admin/app?id=" + app.id, "#state"},
		{"admin-people", "admin/people", "table"},
		{"admin-roles", "admin/roles", "table"},
		{"admin-role", "admin/role?name=doc", "#right"},
		{"admin-token", "admin/token", "#token"},
		{"admin-token-revoked", "admin/token?revoked=yes", "[role=status]"},
		{"admin-tokens", "admin/tokens", "#uses"},
		{"admin-settings", "admin/settings", "#setting-app_approval"},
		{"admin-settings-saved", "admin/settings?saved=app_approval", "[role=status]"},
		{"admin-nothing", "admin/app?id=nothing", "h1"},
	} {
		look(ctx, t, p.name, oauth+p.path, p.wait)
	}
	// What is wrong stands at its field, where the page opens.
	for _, p := range []struct {
		name, path, field string
		enter             []chromedp.Action[chromedp.Void]
	}{
		{"admin-people-taken", "people", "#login", []chromedp.Action[chromedp.Void]{chromedp.SendKeys("#login", "physician"), chromedp.SendKeys("#given", "Nina"), chromedp.Click("#email ~ button")}},
		{"admin-roles-taken", "roles", "#name", []chromedp.Action[chromedp.Void]{chromedp.SendKeys("#name", "doc"), chromedp.SendKeys("#title", "Doctors"), chromedp.Click("#title ~ button")}},
		{"admin-token-unknown", "token", "#token", []chromedp.Action[chromedp.Void]{chromedp.SendKeys("#token", "nothing"), chromedp.Click("form button")}},
	} {
		do(ctx, t, p.name, visit(oauth+"admin/"+p.path), chromedp.WaitVisible(p.field))
		do(ctx, t, p.name, append(p.enter, chromedp.WaitVisible(p.field+"-problem"))...)
		focused(ctx, t, p.name, p.field)
		check(ctx, t, p.name)
	}
	do(ctx, t, "own-role", visit(oauth+"admin/people?search=admin"), chromedp.WaitVisible("tbody a"), chromedp.Click("tbody a"), chromedp.WaitVisible("input[value=admin]:checked"),
		chromedp.Click("input[value=admin]"), chromedp.Click("button[value=groups]"), chromedp.WaitVisible("#roles-problem"))
	focused(ctx, t, "own-role", "#roles")
	check(ctx, t, "admin-person-own-role")
	stop := func(value string) {
		t.Helper()
		for _, name := range setting.Stops() {
			if err := server.App.Admin.SetSetting(ctx, "default", name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	stop(setting.On)
	look(ctx, t, "admin-stopped", oauth+"admin/apps", ".stopped")
	stop(setting.Off)
	do(ctx, t, "look-at-token", visit(oauth+"admin/token"), chromedp.WaitVisible("#token"), chromedp.SendKeys("#token", given.AccessToken),
		chromedp.Click("form button"), chromedp.WaitVisible("button[name=revoke]"))
	check(ctx, t, "admin-token-found")
	do(ctx, t, "person", visit(oauth+"admin/people?search=petra"), chromedp.WaitVisible("tbody a"), chromedp.Click("tbody a"), chromedp.WaitVisible("button[value=groups]"))
	check(ctx, t, "admin-person")
	do(ctx, t, "password", visit(oauth+"account"), chromedp.WaitVisible("form.inside"), chromedp.Click("summary:has(+ form.inside)"), chromedp.WaitVisible("#new"))
	check(ctx, t, "account-password")
	do(ctx, t, "factor", chromedp.Click("#factor a"), chromedp.WaitVisible("button[value=begin]"))
	check(ctx, t, "second-factor")
	do(ctx, t, "begin", chromedp.Click("button[value=begin]"), chromedp.WaitVisible("#code"))
	check(ctx, t, "second-factor-code")
	do(ctx, t, "secret", visit(oauth+"admin/app?id="+made.ClientID), chromedp.Click("button[value=secret]"), chromedp.WaitVisible("#secret"))
	check(ctx, t, "admin-app-secret")
}

// focused makes sure that the keyboard is at an element.
func focused(ctx context.Context, t *testing.T, name, selector string) {
	t.Helper()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	at, err := chromedp.Run(limited, chromedp.Evaluate[string](`"#" + document.activeElement.id`))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if at != selector {
		t.Errorf("%s: the page opens at %s, not at %s", name, at, selector)
	}
}

// look opens a page and checks it.
func look(ctx context.Context, t *testing.T, name, address, wait string) {
	t.Helper()
	do(ctx, t, name, visit(address), chromedp.WaitVisible(wait))
	check(ctx, t, name)
}

// check finds what is wrong with the page that is open, in a window and on a phone.
func check(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, on := range []struct {
		what          string
		width, height int64
	}{{"phone", 390, 844}, {"window", 1280, 900}} {
		do(ctx, t, name, chromedp.EmulateViewport(on.width, on.height))
		wrong, err := chromedp.Run(limited, chromedp.Evaluate[[]string](sound))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(wrong) > 0 {
			t.Errorf("%s, %s:\n\t%s", name, on.what, strings.Join(wrong, "\n\t"))
		}
		if dir := os.Getenv("CHARTWRIGHT_SCREENSHOTS"); dir != "" {
			png, err := chromedp.Run(limited, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "page-"+name+"-"+on.what+".png"), png, 0o600)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
}
