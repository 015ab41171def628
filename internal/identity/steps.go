package identity

import (
	"slices"
	"strings"

	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/fositeglue"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// The steps, named after the pages that serve them.
const (
	stepLogin      = "login"
	stepFactor     = "factor"
	stepPatients   = "patient-select"
	stepEncounters = "encounter-select"
	stepLocations  = "location-select"
	stepConsent    = "consent"
	stepApps       = "apps"
	stepAccount    = "account"
	stepDone       = "done"
	stepAdmin      = "admin"

	stepCredentials  = "patient-credentials"
	stepSecondFactor = "second-factor"
)

// next says what is still to be done before the app gets its answer, or, for an errand, which page is to be shown.
func (f *flow) next() (string, error) {
	if f.ticket.Purpose == session.Authorize {
		if err := f.mayIssue(f.r.Context()); err != nil {
			return "", err
		}
	}
	switch {
	case f.session != nil && f.account == nil:
		return stepFactor, nil
	case f.account == nil, f.ticket.Fresh && f.session.AuthTime.Before(f.ticket.Created):
		return stepLogin, nil
	case f.ticket.Account != "" && f.ticket.Account != f.account.ID:
		return "", oauth.New(oauth.AccessDenied, "The app was launched by somebody else than the person who is signed in.")
	}
	if err := f.entitled(); err != nil {
		return "", err
	}
	if lacking, err := f.lacksFactor(); err != nil || lacking {
		return stepSecondFactor, err
	}
	switch f.ticket.Purpose {
	case session.ForAccount:
		return stepAccount, nil
	case session.ForAdmin:
		return stepAdmin, nil
	}
	if err := f.settle(); err != nil {
		return "", err
	}
	if step := f.missing(); step != "" {
		return step, nil
	}
	switch f.ticket.Purpose {
	case session.ForLaunch:
		return stepApps, nil
	case session.ForCredentials:
		return stepCredentials, nil
	}
	if len(f.grantable()) == 0 {
		return "", oauth.New(oauth.AccessDenied, "Nothing that the app asks for can be given by the person who is signed in.")
	}
	if ok, err := f.unasked(); err != nil || !ok {
		return stepConsent, err
	}
	return stepDone, nil
}

// forPatients reports whether patients have something to do here: an app asks, or somebody looks after the own account.
func (f *flow) forPatients() bool {
	return f.ticket.Purpose == session.Authorize || f.ticket.Purpose == session.ForAccount
}

var errForStaff = &oauth.Error{Code: oauth.AccessDenied, Description: "This page is for staff. Sign out first to sign in as somebody else."}

// entitled checks that the person may run the errand at all. What an app asks for is decided scope by scope.
func (f *flow) entitled() error {
	switch {
	case f.forPatients():
		return nil
	case f.account.Kind != account.Staff:
		return errForStaff
	case f.ticket.Purpose == session.ForCredentials:
		return f.mayGiveCredentials()
	case f.ticket.Purpose == session.ForAdmin:
		return f.mayAdminister()
	}
	return nil
}

// missing returns the picker that is next: the one that the person asked for, or that of a context which the app asks for and
// nobody has supplied. A patient is the own context and picks a visit at most.
func (f *flow) missing() string {
	switch f.ticket.Picking {
	case "patient":
		return stepPatients
	case "encounter":
		return stepEncounters
	case "location":
		return stepLocations
	}
	if f.ticket.Purpose != session.Authorize {
		return ""
	}
	c := f.ticket.Context
	staff := f.account.Kind == account.Staff
	switch {
	case staff && c.Patient == "" && (permit.NeedsPatient(f.forActor()) || f.asks("encounter")):
		return stepPatients
	case c.Encounter == "" && f.asks("encounter") && !f.without("encounter"):
		return stepEncounters
	case staff && c.Location == "" && f.asks("location") && !f.without("location"):
		return stepLocations
	}
	return ""
}

// asks reports whether the app asks for a launch context of this type: launch/encounter.
func (f *flow) asks(typ string) bool {
	return f.request != nil &&
		slices.ContainsFunc(f.request.Parsed, func(s scope.Scope) bool { return s.Kind == scope.Launch && s.Type == typ })
}

// without reports whether the person has chosen to go on without a context.
func (f *flow) without(typ string) bool { return slices.Contains(f.ticket.Without, typ) }

// forActor returns the requested scopes that the person who is signed in can give at all.
func (f *flow) forActor() []scope.Scope {
	var kept []scope.Scope
	for _, s := range f.request.Parsed {
		if permit.For(f.account.Kind.Actor(), s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// grantable returns the requested scopes that a grant of this person in this context can carry.
func (f *flow) grantable() []string {
	return fositeglue.Usable(f.grant(), f.request.Scopes, f.request.Parsed, f.request.Parsed)
}

// grant returns the grant that a yes would make, without scopes.
func (f *flow) grant() *token.Grant {
	g := f.newGrant(f.account)
	own := g.Context.Patient
	g.Context = f.ticket.Context
	if f.account.Kind == account.Portal {
		g.Context.Patient = own
	}
	g.AuthTime = f.session.AuthTime
	if f.account.Emergency() && f.session.Expires.Before(g.Expires) {
		g.Expires = f.session.Expires
	}
	return g
}

// unasked reports whether no question is needed: an administrator has said so for launches, or everything asked for was answered
// before, for this app, by this person. Whoever has not picked the context is shown it first.
func (f *flow) unasked() (bool, error) {
	f.given = nil
	if strings.Contains(f.ticket.Params.Get("prompt"), "consent") {
		return false, nil
	}
	if f.ticket.Context.EHR && f.request.Client.SkipEHRLaunch {
		return true, nil
	}
	if f.ticket.Assumed {
		return false, nil
	}
	var err error
	f.given, err = f.remembered()
	return f.given != nil, err
}

// remembered returns what the person agreed to before, as far as it is asked for now; nil if a question is needed.
func (f *flow) remembered() ([]string, error) {
	if !f.request.Client.MayRemember(f.request.RedirectURI) {
		return nil, nil
	}
	c, err := f.store.Consent(f.r.Context(), f.account.ID, f.request.Client.ID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return answered(c, f.grantable()), nil
}

// agreed finishes a request that needs no question: with what the person has agreed to, or, in a launch for which nobody has to, with
// all of it.
func (f *flow) agreed() {
	given := f.given
	if given == nil {
		given = f.grantable()
	}
	f.finish(given)
}
