package identity_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestPublicOffline is SMART-21: where the site forbids it, an app that cannot keep a secret gets no offline_access, and no refresh token,
// however it asks; one that can keep a secret does.
func TestPublicOffline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const asked = "openid offline_access user/Patient.read"
	public, private := w.register(map[string]any{"application_type": "public", "client_name": "A Public App"}), w.register(nil)
	granted := func(c app, params url.Values) (offline, refreshes bool) {
		t.Helper()
		b := w.browser()
		page := b.submit(b.authorize(params), administrator())
		if page.status == 200 {
			page = b.submit(page, allow)
		}
		j := w.redeem(c, w.location(page).Get("code")).json(t)
		words, _ := j["scope"].(string)
		_, refreshes = j["refresh_token"]
		return slices.Contains(strings.Fields(words), "offline_access"), refreshes
	}
	for _, setting := range []string{"on", "off"} {
		w.set("public_offline", setting)
		for name, tc := range map[string]struct {
			c    app
			want bool
		}{"public": {public, setting == "on"}, "private": {private, true}} {
			if offline, refreshes := granted(tc.c, w.request(tc.c.id, asked)); offline != tc.want || refreshes != tc.want {
				t.Errorf("public_offline %s: the %s app gets offline_access: %v, a refresh token: %v", setting, name, offline, refreshes)
			}
		}
	}
}
