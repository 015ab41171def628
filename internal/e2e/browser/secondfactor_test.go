package browser

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/identity/account"
)

// A member of staff sets a second factor up on the page of the account, and signs in with a recovery code afterwards.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	ctx := open(t)
	server := demoserver.Start(t)
	page := server.URL + "/oauth2/default/account"
	signIn := func(what string) {
		do(ctx, t, what, visit(page), chromedp.WaitVisible("#username"), chromedp.SendKeys("#username", "physician"),
			chromedp.SendKeys("#password", "physician"), chromedp.Click("form button.primary"))
	}
	signIn("sign-in")
	do(ctx, t, "account", chromedp.WaitVisible("#factor a"))
	do(ctx, t, "password", chromedp.Click("details.group summary"), chromedp.WaitVisible("#new"), chromedp.SendKeys("#password", "physician"),
		chromedp.SendKeys("#new", "a better password"), chromedp.SendKeys("#again", "a better word"), chromedp.Click("form.inside button"), chromedp.WaitVisible("[role=alert]"))
	shoot(ctx, t, "factor-1-account")
	do(ctx, t, "begin", chromedp.Click("#factor a"), chromedp.WaitVisible("button[value=begin]"), chromedp.Click("button[value=begin]"), chromedp.WaitVisible("svg.qr"))
	shoot(ctx, t, "factor-2-code")
	secret := account.Secret(text(ctx, t, "#secret"))
	do(ctx, t, "confirm", chromedp.SendKeys("#code", account.Code(secret, time.Now())), chromedp.Click("button[value=confirm]"), chromedp.WaitVisible(".codes"))
	shoot(ctx, t, "factor-3-recovery")
	code := text(ctx, t, ".codes li:first-child code")
	do(ctx, t, "go-on", chromedp.Click("a.go"), chromedp.WaitVisible("#factor"))
	if got := text(ctx, t, "#factor"); !strings.Contains(got, "recovery codes left: 10") {
		t.Errorf("the account says %q", got)
	}
	do(ctx, t, "look-after", chromedp.Click("#factor a"), chromedp.WaitVisible("button[value=off]"))
	shoot(ctx, t, "factor-4-on")
	do(ctx, t, "sign-out", visit(server.URL+"/oauth2/default/logout"), chromedp.WaitVisible("form button.primary"),
		chromedp.Click("form button.primary"), chromedp.WaitNotPresent("form"))
	signIn("sign-in-again")
	do(ctx, t, "recovery", chromedp.WaitVisible("#code"), chromedp.Click("details.other summary"), chromedp.WaitVisible("#recovery"))
	shoot(ctx, t, "factor-5-step")
	do(ctx, t, "use-code", chromedp.SendKeys("#recovery", code), chromedp.Click("details.other button"), chromedp.WaitVisible("#factor"))
	if got := text(ctx, t, "#factor"); !strings.Contains(got, "recovery codes left: 9") {
		t.Errorf("the account says %q", got)
	}
}
