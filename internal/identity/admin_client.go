package identity

import (
	"context"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
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
