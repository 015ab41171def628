package identity

import (
	"context"
	"slices"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/listing"
	"chartwright/internal/identity/token"
)

// Clients returns the clients of a site, newest first.
func (a *Admin) Clients(ctx context.Context, site string) ([]*client.Client, error) {
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	return st.Clients(ctx)
}

// FindClients returns one page of the clients of a site, by name, and where the next page begins; empty = this is the last one. Errors:
// Invalid for a place that is none.
func (a *Admin) FindClients(ctx context.Context, site string, q client.Query, after string) (found []*client.Client, next string, err error) {
	if q.After, err = listing.Parse(after); err != nil {
		return nil, "", err
	}
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, "", err
	}
	limit := q.Limit
	q.Limit++ // one more says whether there is another page
	found, err = st.FindClients(ctx, q)
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].Place().String()
	}
	return found, next, err
}

// Client returns one client. Errors: NotFound.
func (a *Admin) Client(ctx context.Context, site, id string) (*client.Client, error) {
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	c, err := st.Client(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, "client.find", "there is no client %q in site %s", id, site)
	}
	return c, err
}

// SetClientEnabled approves a client or stops it. A stopped client's tokens are refused from the next call on; its grants are
// revoked, so that approving it again brings no old token back to life.
func (a *Admin) SetClientEnabled(ctx context.Context, site, id string, enabled bool) error {
	operation := "client disable"
	if enabled {
		operation = "client enable"
	}
	err := a.ChangeClient(ctx, site, id, operation, func(c *client.Client) { c.Enabled = enabled })
	if err != nil || enabled {
		return err
	}
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	_, err = st.RevokeGrants(ctx, token.Filter{ClientID: id})
	return err
}

// ClientSwitch is one of the switches of a client that only an administrator sets.
type ClientSwitch struct {
	Name string // pkce_exempt
	Help string // what it does when it is on
	at   func(c *client.Client) *bool
}

// ClientSwitches are all of them.
var ClientSwitches = []ClientSwitch{
	{"pkce_exempt", "It may leave PKCE out: an old app that keeps its secret and cannot be changed.", func(c *client.Client) *bool { return &c.PKCEExempt }},
	{"skip_ehr_launch", "Staff who launch it from the EHR are not asked whether it may have what it asks for.", func(c *client.Client) *bool { return &c.SkipEHRLaunch }},
	{"resource_server", "It may look into the tokens of all apps at the introspection endpoint.", func(c *client.Client) *bool { return &c.ResourceServer }},
}

// On reports whether the switch of a client is on.
func (s *ClientSwitch) On(c *client.Client) bool { return *s.at(c) }

// SetClientSwitch sets a switch of a client. Errors: NotFound; Invalid for a switch that no client has, and for one that this kind of
// client must not have on: whoever keeps no secret needs PKCE and looks into nobody's tokens.
func (a *Admin) SetClientSwitch(ctx context.Context, site, id, name string, on bool) error {
	const op = "client.switch"
	i := slices.IndexFunc(ClientSwitches, func(s ClientSwitch) bool { return s.Name == name })
	if i < 0 {
		return fault.New(fault.Invalid, op, "no client has a switch %.40q", name)
	}
	c, err := a.Client(ctx, site, id)
	if err != nil {
		return err
	}
	if on && c.Public() && name != "skip_ehr_launch" {
		return fault.New(fault.Invalid, op, "%s is for apps that can keep a secret", name)
	}
	word := " off"
	if on {
		word = " on"
	}
	return a.ChangeClient(ctx, site, id, "client "+name+word, func(c *client.Client) { *ClientSwitches[i].at(c) = on })
}

// ChangeClient changes one client, with an audit record under the name of the operation. Errors: NotFound.
func (a *Admin) ChangeClient(ctx context.Context, site, id, operation string, change func(*client.Client)) error {
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	err = st.ChangeClient(ctx, id, func(c *client.Client) error {
		change(c)
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "client.find", "there is no client %q in site %s", id, site)
	}
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditClient, Action: "U", Operation: operation, ClientID: id}, err)
}

// RevokeUser ends everything that one client was given by one person, remembered consent included.
func (a *Admin) RevokeUser(ctx context.Context, site, clientID, accountID string) error {
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	_, err = st.RevokeGrants(ctx, token.Filter{ClientID: clientID, AccountID: accountID})
	if err == nil {
		err = st.PutConsent(ctx, accountID, clientID, nil, a.now())
	}
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditToken, Action: "D", Operation: "revoke user", ClientID: clientID, ID: accountID}, err)
}

// InitialTokens returns the initial access tokens of a site, newest first.
func (a *Admin) InitialTokens(ctx context.Context, site string) ([]*client.InitialToken, error) {
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	return st.ListInitialTokens(ctx)
}

// AddInitialToken makes an initial access token that is good for so many registrations and so long, and returns it; it is shown once.
// Errors: Invalid.
func (a *Admin) AddInitialToken(ctx context.Context, site, note string, uses int, life time.Duration) (string, error) {
	if err := checkInitialToken(note, uses, life); err != nil {
		return "", err
	}
	st, err := a.Open(ctx, site)
	if err != nil {
		return "", err
	}
	text, hash := token.Mint()
	now := a.now()
	err = st.AddInitialToken(ctx, &client.InitialToken{Hash: hash, Note: note, Uses: uses, Created: now, Expires: now.Add(life)})
	return text, a.record(ctx, site, &chart.AuditEvent{Kind: auditClient, Action: "C", Operation: "client token add", ID: hash.ID()}, err)
}

// checkInitialToken returns what is wrong with what an administrator wants of an initial access token, with the field of the page.
func checkInitialToken(note string, uses int, life time.Duration) error {
	wrong := func(field, text string) error {
		return beside(fault.New(fault.Invalid, "client.token", "%s", text), field)
	}
	switch {
	case len(note) > 200:
		return wrong("note", "the note of an initial access token has at most 200 characters")
	case uses < 1 || uses > 1000:
		return wrong("uses", "an initial access token is for 1 to 1000 registrations")
	case life <= 0 || life > 366*24*time.Hour:
		return wrong("days", "an initial access token is good for at most a year")
	}
	return nil
}

// RemoveInitialToken makes an initial access token worthless. Apps that were registered with it stay. Errors: NotFound.
func (a *Admin) RemoveInitialToken(ctx context.Context, site, id string) error {
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	err = st.RemoveInitialToken(ctx, id)
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditClient, Action: "D", Operation: "client token remove", ID: id}, err)
}
