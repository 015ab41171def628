package identity

import (
	"context"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"chartwright/internal/access"
	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/fositeglue"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/token"
)

// owners tells the protocol engine about the people behind grants.
type owners siteServer

var _ fositeglue.Owners = (*owners)(nil)

// SignIn implements the password grant's check.
func (o *owners) SignIn(ctx context.Context, form url.Values, source string) (*token.Grant, error) {
	t := (*siteServer)(o)
	for _, name := range []string{"username", "password"} {
		if form.Get(name) == "" {
			return nil, oauth.New(oauth.InvalidRequest, "The "+name+" is missing.")
		}
	}
	kind := account.Kind(form.Get("user_role"))
	if kind == account.Portal && form.Get("email") == "" {
		return nil, oauth.New(oauth.InvalidRequest, "The email is missing.")
	}
	a, err := t.verifier.Verify(ctx, account.Credentials{
		Kind: kind, Login: form.Get("username"), Password: form.Get("password"), Email: form.Get("email"), Source: source,
		Alone: true, // the grant has no place for a second factor: whoever has one signs in on the page
	})
	switch {
	case fault.Is(err, fault.Unauthenticated):
		return nil, oauth.Wrap(oauth.InvalidGrant, "The name or the password is not right.", err)
	case err != nil:
		return nil, err
	}
	if a.Emergency() {
		return nil, errEmergencyOnPage
	}
	g := t.newGrant(a)
	g.AuthTime = t.server.now()
	return g, nil
}

// newGrant returns a grant of a person, without scopes. A portal patient is always the patient in context.
func (t *siteServer) newGrant(a *account.Account) *token.Grant {
	now := t.server.now()
	return &token.Grant{
		ID: uuid.NewString(), Actor: a.Kind.Actor(), AccountID: a.ID, Context: token.Context{Patient: a.PatientID},
		Created: now, Expires: now.Add(token.GrantLife),
	}
}

// Good checks that the person is still there, may use apps, and, for online access, is still signed in.
func (o *owners) Good(ctx context.Context, g *token.Grant) error {
	t := (*siteServer)(o)
	if g.Actor == access.System {
		return nil
	}
	a, err := t.store.Account(ctx, g.AccountID)
	if err != nil {
		return err
	}
	usable, err := t.usable(ctx, a)
	if err != nil {
		return err
	}
	if !usable {
		return fault.New(fault.Unauthenticated, "identity.refresh", "the account is disabled or has opted out")
	}
	if g.Session == "" {
		return nil
	}
	hash, ok := token.ParseHash(g.Session)
	if !ok {
		return fault.New(fault.Internal, "identity.refresh", "the grant names no session")
	}
	s, err := t.store.Session(ctx, hash)
	if err != nil {
		return err
	}
	// The application's own requests keep no session from idling, so only its absolute end counts here.
	if !t.server.now().Before(s.Expires) {
		return fault.New(fault.Unauthenticated, "identity.refresh", "the session is over")
	}
	return nil
}

// Members returns the launch context, as far as the grant has one.
// https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#launch-context-arrives-with-your-access_token
func (o *owners) Members(ctx context.Context, g *token.Grant, scopes []string) (map[string]any, error) {
	t := (*siteServer)(o)
	m := map[string]any{}
	c := g.Context
	if c.Patient != "" {
		m["patient"] = c.Patient
		m["need_patient_banner"] = !c.EHR
	}
	if c != (token.Context{}) {
		m["smart_style_url"] = t.issuer + "/smart-style.json"
	}
	// SMART carries whatever is no patient and no encounter in fhirContext; Smile CDR's apps look for the location by name.
	for name, value := range map[string]string{"encounter": c.Encounter, "location": c.Location, "intent": c.Intent} {
		if value != "" {
			m[name] = value
		}
	}
	if c.Location != "" {
		m["fhirContext"] = []map[string]string{{"reference": "Location/" + c.Location, "type": "Location"}}
	}
	if slices.Contains(scopes, "fhirUser") {
		a, err := t.store.Account(ctx, g.AccountID)
		if err != nil {
			return nil, err
		}
		if a.FHIRUser != "" {
			m["fhirUser"] = t.fhir + "/" + a.FHIRUser
		}
	}
	return m, nil
}
