package identity

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"chartwright/internal/identity/account"
	"chartwright/internal/identity/token"
)

// peoplePage lists the accounts, those of one kind alone if kind says which.
func (d *desk) peoplePage() {
	q := d.r.URL.Query()
	kind := account.Kind(q.Get("kind"))
	found, next, err := d.admin.FindUsers(d.r.Context(), d.name, account.Query{Text: looked(d.r).search, Kind: kind, Limit: rowsShown}, q.Get("after"))
	if err != nil {
		d.fail(err)
		return
	}
	kept := url.Values{}
	if kind != "" {
		kept.Set("kind", string(kind))
	}
	v := &AdminPeopleView{Picker: d.list("people", next, kept), Kind: string(kind)}
	for _, a := range found {
		v.People = append(v.People, d.adminPerson(a))
	}
	d.show(http.StatusOK, "people", "admin-people", "people", "", v)
}

func (d *desk) adminPerson(a *account.Account) AdminPerson {
	return AdminPerson{
		ID: a.ID, Login: a.Login, Name: a.Name(), URL: d.pathOf("person", "id", a.ID), Patient: a.Kind == account.Portal, Email: a.Email,
		Groups: a.Groups, Enabled: a.Enabled, Factor: a.TOTP != nil,
	}
}

// personPage shows one account.
func (d *desk) personPage() { d.showPerson(http.StatusOK, d.r.URL.Query().Get("id"), "", "") }

func (d *desk) showPerson(status int, id, problem, password string) {
	ctx := d.r.Context()
	a, err := d.admin.User(ctx, d.name, Who{ID: id})
	if err != nil {
		d.fail(err)
		return
	}
	v := &AdminPersonView{
		AdminPerson: d.adminPerson(a), Own: a.ID == d.account.ID, OptedOut: a.OptedOut, Created: moment(a.Created), Password: password,
	}
	if a.Kind == account.Staff {
		roles, err := d.admin.Roles(ctx, d.name)
		if err != nil {
			d.fail(err)
			return
		}
		for _, r := range roles {
			v.Roles = append(v.Roles, RoleChoice{Name: r.Name, Title: r.Title, Checked: slices.Contains(a.Groups, r.Name)})
		}
	}
	given, err := d.given(GrantQuery{Who: Who{ID: id}}, v.URL)
	if err != nil {
		d.fail(err)
		return
	}
	v.Given = *given
	d.show(status, "people", "admin-person", "person", problem, v)
}

// changePerson does one thing that the page of an account offers. Nobody takes the administration from himself.
func (d *desk) changePerson() {
	form := d.posted("group")
	if form == nil {
		return
	}
	ctx, who := d.r.Context(), Who{ID: form.Get("id")}
	a, err := d.admin.User(ctx, d.name, who)
	password := ""
	if err == nil {
		switch do := form.Get("do"); {
		case do == "disable" && a.ID == d.account.ID:
			err = errOwn
		case do == "enable", do == "disable":
			err = d.admin.SetUserEnabled(ctx, d.name, who, do == "enable")
		case do == "groups":
			err = d.setGroups(ctx, a, form["group"])
		case do == "password":
			password, err = d.admin.SetPassword(ctx, d.name, who, "")
		case do == "factor":
			_, err = d.admin.SetTOTP(ctx, d.name, who, false)
		case do == "revoke":
			_, err = d.admin.RevokeGrants(ctx, d.name, GrantQuery{Who: who})
		case form.Get("grant") != "":
			err = d.revokeGrant(token.Filter{ID: form.Get("grant"), AccountID: a.ID})
		}
	}
	if err == nil && password != "" {
		d.showPerson(http.StatusOK, who.ID, "", password)
		return
	}
	d.done(err, "person", url.Values{"id": {who.ID}}, func(status int, problem string) { d.showPerson(status, who.ID, problem, "") })
}

func (d *desk) setGroups(ctx context.Context, a *account.Account, groups []string) error {
	if a.ID == d.account.ID {
		if stays, err := d.administers(ctx, groups); err != nil {
			return err
		} else if !stays {
			return errOwn
		}
	}
	return d.admin.SetGroups(ctx, d.name, Who{ID: a.ID}, groups)
}
