package identity

import (
	"net/http"
	"net/url"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

// Rows of one page.
const (
	rowsShown   = 25
	grantsShown = 20
)

// appsPage lists the apps, those that wait for approval alone if show=waiting.
func (d *desk) appsPage() {
	q := d.r.URL.Query()
	waiting := q.Get("show") == "waiting"
	found, next, err := d.admin.FindClients(d.r.Context(), d.name, client.Query{Text: looked(d.r).search, Waiting: waiting, Limit: rowsShown}, q.Get("after"))
	if err != nil {
		d.fail(err)
		return
	}
	kept := url.Values{}
	if waiting {
		kept.Set("show", "waiting")
	}
	v := &AdminAppsView{Picker: d.list("apps", next, kept), Waiting: waiting}
	for _, c := range found {
		v.Apps = append(v.Apps, d.adminApp(c))
	}
	d.show(http.StatusOK, "apps", "admin-apps", "apps", Problem{}, v)
}

func (d *desk) adminApp(c *client.Client) AdminApp {
	return AdminApp{
		ID: c.ID, Name: c.Name(), URL: d.pathOf("app", "id", c.ID), Enabled: c.Enabled, BuiltIn: c.BuiltIn, Contacts: c.Metadata.Contacts, Issued: moment(c.IssuedAt),
	}
}

// pathOf is the path of a page that is about one thing.
func (d *desk) pathOf(page, name, value string) string {
	return d.sitePath() + "admin/" + page + "?" + url.Values{name: {value}}.Encode()
}

// appPage shows one app.
func (d *desk) appPage() { d.showApp(http.StatusOK, d.r.URL.Query().Get("id"), Problem{}, "") }

// showApp shows one app; secret is one that was made for it, to be shown this once.
func (d *desk) showApp(status int, id string, problem Problem, secret string) {
	c, err := d.admin.Client(d.r.Context(), d.name, id)
	if err != nil {
		d.fail(err)
		return
	}
	m := &c.Metadata
	v := &AdminAppView{
		AdminApp: d.adminApp(c), Method: m.AuthMethod, Grants: m.GrantTypes, Redirects: m.RedirectURIs, Launch: m.InitiateLoginURI, Keys: m.JWKSURI, Scopes: c.Scopes,
	}
	if v.Keys == "" && len(m.JWKS) > 0 {
		v.Keys = "registered with the app"
	}
	for _, x := range ClientSwitches {
		v.Switches = append(v.Switches, SwitchChoice{Name: x.Name, Help: x.Help, On: x.On(c)})
	}
	if c.HasSecret() {
		v.Secret = &SecretView{New: secret, Keep: keepChoices}
		if d.server.now().Before(c.OldSecretUntil) {
			v.Secret.OldUntil = moment(c.OldSecretUntil)
		}
	}
	given, err := d.given(GrantQuery{ClientID: id}, v.URL)
	if err != nil {
		d.fail(err)
		return
	}
	v.Given = *given
	d.show(status, "apps", "admin-app", "app", problem, v)
}

// given returns one page of the grants that a query selects; address is that of the page on which they are.
func (d *desk) given(q GrantQuery, address string) (*GivenView, error) {
	ctx := d.r.Context()
	q.After, q.Limit = d.r.URL.Query().Get("grants"), grantsShown
	page, err := d.admin.Grants(ctx, d.name, q)
	if err != nil {
		return nil, err
	}
	v := &GivenView{}
	if page.Next != "" {
		v.NextURL = address + "&" + url.Values{"grants": {page.Next}}.Encode()
	}
	if q.After != "" {
		v.FirstURL = address
	}
	apps, people := map[string]*client.Client{}, map[string]*account.Account{}
	for _, g := range page.Grants {
		row := GivenGrant{
			ID: g.ID, App: g.ClientID, AppURL: d.pathOf("app", "id", g.ClientID), Account: g.AccountID, Since: moment(g.Created), Scopes: g.Scopes,
		}
		if apps[g.ClientID] == nil {
			if apps[g.ClientID], err = d.store.Client(ctx, g.ClientID); err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
		}
		if c := apps[g.ClientID]; c != nil {
			row.App = c.Name()
		}
		if g.AccountID != "" {
			if people[g.AccountID] == nil {
				if people[g.AccountID], err = d.store.Account(ctx, g.AccountID); err != nil && !fault.Is(err, fault.NotFound) {
					return nil, err
				}
			}
			if row.Person = g.AccountID; people[g.AccountID] != nil {
				row.Person, row.URL = people[g.AccountID].Name(), d.pathOf("person", "id", g.AccountID)
			}
		}
		v.Grants = append(v.Grants, row)
	}
	return v, nil
}

// changeApp approves or stops an app, or ends what it was given.
func (d *desk) changeApp() {
	form := d.posted()
	if form == nil {
		return
	}
	ctx, id := d.r.Context(), form.Get("id")
	secret := ""
	_, err := d.admin.Client(ctx, d.name, id)
	if err == nil {
		switch {
		case form.Get("do") == "secret":
			secret, err = d.rotateSecret(id, form.Get("keep"))
			err = beside(err, "keep")
		case form.Get("do") == "end-secret":
			err = d.admin.EndOldSecret(ctx, d.name, id)
		case form.Get("do") == "enable", form.Get("do") == "disable":
			err = d.admin.SetClientEnabled(ctx, d.name, id, form.Get("do") == "enable")
		case form.Get("on") != "":
			err = d.admin.SetClientSwitch(ctx, d.name, id, form.Get("on"), true)
		case form.Get("off") != "":
			err = d.admin.SetClientSwitch(ctx, d.name, id, form.Get("off"), false)
		case form.Get("do") == "revoke":
			_, err = d.admin.RevokeGrants(ctx, d.name, GrantQuery{ClientID: id})
		case form.Get("person") != "":
			err = d.admin.RevokeUser(ctx, d.name, id, form.Get("person"))
		case form.Get("grant") != "":
			err = d.revokeGrant(token.Filter{ID: form.Get("grant"), ClientID: id})
		}
	}
	if err == nil && secret != "" {
		d.showApp(http.StatusOK, id, Problem{}, secret)
		return
	}
	d.done(err, "app", url.Values{"id": {id}}, func(status int, problem Problem) { d.showApp(status, id, problem, "") })
}

// keepChoices are the times for which an old secret may stay good, as the page offers them.
var keepChoices = []KeepChoice{
	{"24h", "for another day"}, {"1h", "for another hour"}, {"168h", "for another week"}, {"0s", "not at all: somebody else may know it"},
}

func (d *desk) rotateSecret(id, keep string) (string, error) {
	t, err := time.ParseDuration(keep)
	if err != nil {
		return "", fault.New(fault.Invalid, "client.secret", "Choose how long the secret until now stays good.")
	}
	return d.admin.RotateSecret(d.r.Context(), d.name, id, t)
}

// revokeGrant ends one grant of the app or the person that the page is about.
func (d *desk) revokeGrant(f token.Filter) error {
	_, err := d.admin.RevokeGrants(d.r.Context(), d.name, GrantQuery{ID: f.ID, ClientID: f.ClientID, Who: Who{ID: f.AccountID}})
	return err
}
