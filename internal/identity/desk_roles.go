package identity

import (
	"context"
	"net/http"
	"net/url"

	"chartwright/internal/access"
	"chartwright/internal/fault"
	"chartwright/internal/identity/role"
)

// rolesPage lists the roles and offers to make one.
func (d *desk) rolesPage() { d.showRoles(http.StatusOK, Problem{}) }

func (d *desk) showRoles(status int, problem Problem) {
	roles, err := d.admin.Roles(d.r.Context(), d.name)
	if err != nil {
		d.fail(err)
		return
	}
	v := &AdminRolesView{}
	for _, r := range roles {
		v.Roles = append(v.Roles, d.adminRole(r))
	}
	d.show(status, "roles", "admin-roles", "roles", problem, v)
}

func (d *desk) adminRole(r *role.Role) AdminRole {
	return AdminRole{Name: r.Name, Title: r.Title, URL: d.pathOf("role", "name", r.Name), BuiltIn: r.BuiltIn, Changed: r.Changed, Rights: len(r.Rights)}
}

// addRole makes a role without rights.
func (d *desk) addRole() {
	form := d.posted()
	if form == nil {
		return
	}
	ctx, name := d.r.Context(), form.Get("name")
	err := beside(role.CheckName(name), "name")
	if err == nil {
		err = beside(role.CheckTitle(form.Get("title")), "title")
	}
	if err == nil { // what is still wrong is that there is a role of this name
		add := func(s *role.Service) error { return s.Add(ctx, d.name, name, form.Get("title")) }
		err = beside(d.admin.ChangeRole(ctx, d.name, "role add", name, add), "name")
	}
	d.done(err, "role", url.Values{"name": {name}}, d.showRoles)
}

// rolePage shows one role with its rights.
func (d *desk) rolePage() { d.showRole(http.StatusOK, d.r.URL.Query().Get("name"), Problem{}) }

func (d *desk) showRole(status int, name string, problem Problem) {
	roles, err := d.admin.Roles(d.r.Context(), d.name)
	if err != nil {
		d.fail(err)
		return
	}
	for _, r := range roles {
		if r.Name != name {
			continue
		}
		v := &AdminRoleView{AdminRole: d.adminRole(r), All: access.Rights(), Levels: access.Levels()}
		for _, h := range r.Rights {
			v.Holds = append(v.Holds, HeldRight{Right: h.Name, Level: h.Level})
		}
		d.show(status, "roles", "admin-role", "role", problem, v)
		return
	}
	d.fail(fault.New(fault.NotFound, "identity.role", "There is no role of this name."))
}

// changeRole gives a role a right, takes one, or brings the role back to what a new site has. Nobody takes the administration from
// himself.
func (d *desk) changeRole() {
	form := d.posted()
	if form == nil {
		return
	}
	ctx, name := d.r.Context(), form.Get("name")
	right, level := form.Get("right"), form.Get("level")
	var change func(s *role.Service) error
	operation := "role " + form.Get("do")
	switch form.Get("do") {
	case "grant":
		change = func(s *role.Service) error { return beside(s.Grant(ctx, d.name, name, right, level), "right", "level") }
	case "revoke":
		change = func(s *role.Service) error { return s.Revoke(ctx, d.name, name, right, level) }
	case "reset":
		change = func(s *role.Service) error { return s.Reset(ctx, d.name, name) }
	default:
		d.showRole(http.StatusBadRequest, name, Problem{Error: "Choose what to change."})
		return
	}
	err := d.keepsOwn(ctx, name, form)
	if err == nil {
		err = d.admin.ChangeRole(ctx, d.name, operation, name, change)
	}
	path, query := "role", url.Values{"name": {name}}
	if form.Get("do") == "reset" {
		path, query = "roles", nil // a role of the site's own is gone
	}
	d.done(err, path, query, func(status int, problem Problem) { d.showRole(status, name, problem) })
}

// keepsOwn refuses a change of a role that may take the right to administer from the administrator who makes it.
func (d *desk) keepsOwn(ctx context.Context, name string, form url.Values) error {
	touches := form.Get("do") == "reset" || form.Get("right") == role.Super && (form.Get("do") == "revoke" || form.Get("level") == "deny")
	if !touches {
		return nil
	}
	var others []string
	for _, g := range d.account.Groups {
		if g != name {
			others = append(others, g)
		}
	}
	if len(others) == len(d.account.Groups) {
		return nil // the administrator does not belong to it
	}
	if form.Get("do") == "reset" && name == "admin" {
		return nil // a new site's administrators hold it
	}
	if stays, err := d.administers(ctx, others); err != nil || stays {
		return err
	}
	return errOwn
}
