package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"chartwright/internal/e2e/demoserver"
)

// An administrator finds the way from /admin/, approves an app, changes the roles of a person, and hands out a token for registration.
func TestAdministration(t *testing.T) {
	t.Parallel()
	ctx := open(t)
	server := demoserver.Start(t)
	post(t, server, "/oauth2/default/registration", "", map[string]any{
		"client_name": "Growth Chart", "redirect_uris": []string{"https://app.example.org/cb"}, "scope": "openid user/Patient.rs", "contacts": []string{"dev@example.org"},
	}, nil)
	do(ctx, t, "sign-in", visit(server.URL+"/admin/"), chromedp.WaitVisible("#username"), chromedp.SendKeys("#username", "admin"),
		chromedp.SendKeys("#password", "pass"), chromedp.Click("form button.primary"), chromedp.WaitVisible("table"))
	shoot(ctx, t, "admin-1-apps")
	do(ctx, t, "waiting", chromedp.Click(".filters a:last-child"), chromedp.WaitVisible(".filters a:last-child[aria-current]"), chromedp.Click("tbody a"), chromedp.WaitVisible("button[value=enable]"))
	shoot(ctx, t, "admin-2-app")
	do(ctx, t, "approve", chromedp.Click("button[value=enable]"), chromedp.WaitVisible("button[value=disable]"))
	do(ctx, t, "switch", chromedp.Click("button[value=pkce_exempt]"), chromedp.WaitVisible("button[name=off][value=pkce_exempt]"))
	shoot(ctx, t, "admin-9-switches")

	do(ctx, t, "people", chromedp.Click(".sections a:nth-child(2)"), chromedp.WaitVisible("#search"), chromedp.SendKeys("#search", "petra"),
		chromedp.Click("form.search button"), chromedp.WaitVisible("tbody tr:only-child a"))
	shoot(ctx, t, "admin-3-people")
	do(ctx, t, "person", chromedp.Click("tbody a"), chromedp.WaitVisible("input[value=clin]"), chromedp.Click("input[value=clin]"),
		chromedp.Click("button[value=groups]"), chromedp.WaitVisible("input[value=clin]:checked"))
	shoot(ctx, t, "admin-4-person")

	do(ctx, t, "add", chromedp.Click(".sections a:nth-child(2)"), chromedp.WaitVisible("#login"), chromedp.SendKeys("#login", "nina"), chromedp.SendKeys("#family", "Nurse"),
		chromedp.Click("input[value=clin]"), chromedp.Click("#email ~ button"), chromedp.WaitVisible("#password"))
	shoot(ctx, t, "admin-8-added")

	do(ctx, t, "role", chromedp.Click(".sections a:nth-child(3)"), chromedp.WaitVisible("#title"), chromedp.Click("tbody tr:nth-child(2) a"), chromedp.WaitVisible("#right"))
	shoot(ctx, t, "admin-5-role")

	do(ctx, t, "token", chromedp.Click(".sections a:nth-child(5)"), chromedp.WaitVisible("#uses"), chromedp.SendKeys("#note", "the lab"),
		chromedp.Click("#note ~ button"), chromedp.WaitVisible("#token"))
	shoot(ctx, t, "admin-6-token")
	if got := text(ctx, t, "#token"); len(got) != 43 {
		t.Errorf("the token is %q", got)
	}
	do(ctx, t, "settings", chromedp.Click(".sections a:nth-child(6)"), chromedp.WaitVisible("#setting-app_approval"))
	shoot(ctx, t, "admin-7-settings")
	if got := text(ctx, t, ".sections"); !strings.Contains(got, "Ada Administrator") {
		t.Errorf("the navigation says %q", got)
	}
}

// A developer finds the registration page under OpenEMR's address, corrects what was wrong, and gets the credentials.
func TestRegisterApp(t *testing.T) {
	t.Parallel()
	ctx := open(t)
	server := demoserver.Start(t)
	do(ctx, t, "form", visit(server.URL+"/interface/smart/register-app.php"), chromedp.WaitVisible("#name"))
	shoot(ctx, t, "register-1-form")
	do(ctx, t, "wrong", chromedp.SendKeys("#name", "Growth Chart"), chromedp.SendKeys("#redirects", "http://app.example.org/cb"),
		chromedp.Click("button.primary"), chromedp.WaitVisible("[role=alert]"))
	shoot(ctx, t, "register-2-wrong")
	do(ctx, t, "right", chromedp.SetValue("#redirects", "https://app.example.org/cb"), chromedp.Click("button.primary"), chromedp.WaitVisible("#client"))
	shoot(ctx, t, "register-3-done")
	if id, secret := text(ctx, t, "#client"), text(ctx, t, "#secret"); len(id) != 43 || len(secret) != 43 {
		t.Errorf("id %q, secret %q", id, secret)
	}
}
