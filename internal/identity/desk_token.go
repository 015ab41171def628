package identity

import (
	"net/http"
	"net/url"
	"strings"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

// errNoToken is the one answer to what this site has not issued: garbage, a token of another site, one that was swept away.
var errNoToken = fault.New(fault.NotFound, "identity.look", "This is not a token of this site.")

// tokenPage offers to find out what a token is.
func (d *desk) tokenPage() {
	d.showToken(http.StatusOK, Problem{}, &AdminTokenView{Revoked: d.r.URL.Query().Get("revoked") != ""})
}

func (d *desk) showToken(status int, problem Problem, v *AdminTokenView) {
	d.show(status, "token", "admin-token", "token", problem, v)
}

// lookAtToken shows what the token is that was pasted, or revokes the authorization that one belongs to. The token comes in the body of
// a form, so that it is in no address, and goes nowhere.
func (d *desk) lookAtToken() {
	form := d.posted()
	if form == nil {
		return
	}
	if id := form.Get("revoke"); id != "" {
		_, err := d.admin.RevokeGrants(d.r.Context(), d.name, GrantQuery{ID: id})
		d.done(err, "token", url.Values{"revoked": {"yes"}}, func(status int, problem Problem) { d.showToken(status, problem, &AdminTokenView{}) })
		return
	}
	if !d.server.looking.Allow(d.name + "\x00" + d.account.ID) {
		d.fail(fault.New(fault.Throttled, "identity.look", "too many tokens"))
		return
	}
	facts, err := d.tokenFacts(form.Get("token"))
	if fault.Is(err, fault.NotFound) {
		d.showToken(http.StatusNotFound, problemOf(beside(err, "token")), &AdminTokenView{})
		return
	}
	if err != nil {
		d.fail(err)
		return
	}
	d.showToken(http.StatusOK, Problem{}, &AdminTokenView{Token: facts})
}

// tokenFacts finds out what a token is, and leaves an audit event about whose it is. Errors: NotFound.
func (d *desk) tokenFacts(pasted string) (*TokenFacts, error) {
	ctx := d.r.Context()
	pasted = strings.TrimSpace(pasted)
	if scheme, rest, ok := strings.Cut(pasted, " "); ok && strings.EqualFold(scheme, "Bearer") {
		pasted = strings.TrimSpace(rest)
	}
	e := &chart.AuditEvent{Kind: auditToken, Action: "R", Operation: "token look"}
	k, err := d.find(ctx, url.Values{"token": {pasted}})
	if fault.Is(err, fault.NotFound) {
		return nil, d.admin.record(ctx, d.name, e, errNoToken)
	}
	if err != nil {
		return nil, err
	}
	g := k.Grant
	f := &TokenFacts{
		Kind: "Access token", ID: k.Hash.ID(), App: g.ClientID, AppURL: d.pathOf("app", "id", g.ClientID), Scopes: k.Scopes,
		Issued: moment(k.Created), Expires: moment(k.Expires), Grant: g.ID, Since: moment(g.Created), Over: g.Revoked,
	}
	if k.Kind == token.Refresh {
		f.Kind, f.Scopes = "Refresh token", g.Scopes
	}
	e.TokenID, e.ClientID, e.ID = f.ID, g.ClientID, g.AccountID
	for _, part := range []TokenContext{{"Patient", g.Context.Patient}, {"Visit", g.Context.Encounter}, {"Place", g.Context.Location}} {
		if part.Value != "" {
			f.Context = append(f.Context, part)
		}
	}
	if g.Context.Patient != "" {
		e.Patients = []string{g.Context.Patient}
	}
	if f.Why, err = d.worthless(ctx, k); err != nil {
		return nil, err
	}
	var app *client.Client
	if app, err = d.store.Client(ctx, g.ClientID); err == nil {
		f.App = app.Name()
	} else if !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if g.AccountID != "" {
		f.Person = g.AccountID
		var who *account.Account
		if who, err = d.store.Account(ctx, g.AccountID); err == nil {
			f.Person, f.URL = who.Name(), d.pathOf("person", "id", g.AccountID)
		} else if !fault.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	return f, d.admin.record(ctx, d.name, e, nil)
}
