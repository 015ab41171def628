package identity

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chartwright/internal/identity/account"
	"chartwright/internal/identity/token"
)

// peoplePage lists the accounts, those of one kind alone if kind says which.
func (d *desk) peoplePage() { d.showPeople(http.StatusOK, Problem{}, NewPerson{}, nil) }

func (d *desk) showPeople(status int, problem Problem, entered NewPerson, groups []string) {
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
	v := &AdminPeopleView{Picker: d.list("people", next, kept), Kind: string(kind), New: entered}
	for _, a := range found {
		v.People = append(v.People, d.adminPerson(a))
	}
	if v.Roles, err = d.roleChoices(groups); err != nil {
		d.fail(err)
		return
	}
	d.show(status, "people", "admin-people", "people", problem, v)
}

// roleChoices are the roles of the site, with those ticked that somebody has.
func (d *desk) roleChoices(groups []string) ([]RoleChoice, error) {
	roles, err := d.admin.Roles(d.r.Context(), d.name)
	choices := make([]RoleChoice, len(roles))
	for i, r := range roles {
		choices[i] = RoleChoice{Name: r.Name, Title: r.Title, Checked: slices.Contains(groups, r.Name)}
	}
	return choices, err
}

// addPerson makes the account of a member of staff; the page of the account shows the password, this once.
func (d *desk) addPerson() {
	form := d.posted("group")
	if form == nil {
		return
	}
	ctx := d.r.Context()
	n := NewPerson{Login: strings.TrimSpace(form.Get("login")), Given: form.Get("given"), Family: form.Get("family"), Email: strings.TrimSpace(form.Get("email"))}
	a, password, err := d.admin.AddUser(ctx, d.name, NewUser{
		Kind: account.Staff, Login: n.Login, Given: n.Given, Family: n.Family, Email: n.Email, Groups: form["group"],
	})
	if err == nil && d.server.config.Joined != nil {
		err = d.server.config.Joined(ctx, d.name, a)
	}
	if err == nil {
		d.showPerson(http.StatusOK, a.ID, Problem{}, password)
		return
	}
	d.done(err, "people", nil, func(status int, problem Problem) {
		if status == http.StatusConflict {
			problem = Problem{Error: "The login is taken by somebody else.", Fields: []string{"login"}}
		}
		d.showPeople(status, problem, n, form["group"])
	})
}

func (d *desk) adminPerson(a *account.Account) AdminPerson {
	return AdminPerson{
		ID: a.ID, Login: a.Login, Name: a.Name(), URL: d.pathOf("person", "id", a.ID), Patient: a.Kind == account.Portal, Email: a.Email,
		Groups: a.Groups, Enabled: a.Enabled, Factor: a.TOTP != nil,
	}
}

// personPage shows one account.
func (d *desk) personPage() { d.showPerson(http.StatusOK, d.r.URL.Query().Get("id"), Problem{}, "") }

func (d *desk) showPerson(status int, id string, problem Problem, password string) {
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
		if v.Roles, err = d.roleChoices(a.Groups); err != nil {
			d.fail(err)
			return
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
			err = beside(d.setGroups(ctx, a, form["group"]), "roles")
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
		d.showPerson(http.StatusOK, who.ID, Problem{}, password)
		return
	}
	d.done(err, "person", url.Values{"id": {who.ID}}, func(status int, problem Problem) { d.showPerson(status, who.ID, problem, "") })
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
