package identity

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/setting"
)

// tokensPage lists the initial access tokens and offers to make one.
func (d *desk) tokensPage() { d.showTokens(http.StatusOK, Problem{}, "") }

func (d *desk) showTokens(status int, problem Problem, made string) {
	ctx := d.r.Context()
	settings, err := d.settings(ctx)
	if err != nil {
		d.fail(err)
		return
	}
	tokens, err := d.admin.InitialTokens(ctx, d.name)
	if err != nil {
		d.fail(err)
		return
	}
	v := &AdminTokensView{Mode: settings.Registration, New: made}
	for _, k := range tokens {
		v.Tokens = append(v.Tokens, InitialTokenSummary{
			ID: k.Hash.ID(), Note: k.Note, Uses: k.Uses, Expires: moment(k.Expires), Dead: !k.Good(d.server.now()),
		})
	}
	d.show(status, "tokens", "admin-tokens", "tokens", problem, v)
}

// changeTokens makes an initial access token, which the answer shows this once, or removes one.
func (d *desk) changeTokens() {
	form := d.posted()
	if form == nil {
		return
	}
	ctx := d.r.Context()
	again := func(status int, problem Problem) { d.showTokens(status, problem, "") }
	if id := form.Get("remove"); id != "" {
		d.done(d.admin.RemoveInitialToken(ctx, d.name, id), "tokens", nil, again)
		return
	}
	// What is no number is 0, which no token can have.
	uses, _ := strconv.Atoi(form.Get("uses"))
	days, _ := strconv.Atoi(form.Get("days"))
	if days > 366 {
		days = 0
	}
	made, err := d.admin.AddInitialToken(ctx, d.name, form.Get("note"), uses, time.Duration(days)*24*time.Hour)
	if err == nil {
		d.showTokens(http.StatusOK, Problem{}, made)
		return
	}
	d.done(err, "tokens", nil, again)
}

// settingsPage lists the settings.
func (d *desk) settingsPage() { d.showSettings(http.StatusOK, Problem{}) }

func (d *desk) showSettings(status int, problem Problem) {
	values, err := d.settings(d.r.Context())
	if err != nil {
		d.fail(err)
		return
	}
	v, saved := &AdminSettingsView{}, d.r.URL.Query().Get("saved")
	for _, def := range setting.All() {
		if !setting.Offered(def.Name) {
			continue
		}
		value, _ := values.Of(def.Name)
		choice := SettingChoice{Name: def.Name, Help: def.Help, Value: value, Allowed: def.Allowed}
		if def.Name == saved && problem.Error == "" {
			v.Saved = &choice
		}
		v.Settings = append(v.Settings, choice)
	}
	d.show(status, "settings", "admin-settings", "settings", problem, v)
}

// changeSetting changes one setting, which is in force on every replica at once.
func (d *desk) changeSetting() {
	form := d.posted()
	if form == nil {
		return
	}
	name := form.Get("name")
	var err error = fault.New(fault.Invalid, "identity.settings", "no setting %q is changed here", name)
	if setting.Offered(name) {
		err = beside(d.admin.SetSetting(d.r.Context(), d.name, name, form.Get("value")), "setting-"+name)
	}
	d.done(err, "settings", url.Values{"saved": {name}}, d.showSettings)
}
