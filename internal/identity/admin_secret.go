package identity

import (
	"context"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
)

// RotateSecret gives an app a new secret and returns it; it is shown once. The secret until now stays good for the time of keep, 0 for
// a secret that somebody else may know. What the app holds already stays with it: [Admin.RevokeGrants] ends that.
//
// Errors: NotFound; Invalid for an app that has no secret, and for a time beyond [client.MaxSecretOverlap].
func (a *Admin) RotateSecret(ctx context.Context, site, id string, keep time.Duration) (string, error) {
	const op = "client.secret"
	if keep < 0 || keep > client.MaxSecretOverlap {
		return "", fault.New(fault.Invalid, op, "an old secret stays good for %d hours at most", int(client.MaxSecretOverlap.Hours()))
	}
	var secret string
	err := a.changeSecret(ctx, site, id, "client secret rotate", func(c *client.Client) { secret = c.RotateSecret(a.now(), keep) })
	if err != nil {
		return "", err
	}
	return secret, nil
}

// EndOldSecret makes the secret that was rotated out worthless before its time. Errors: NotFound; Invalid for an app that has no secret.
func (a *Admin) EndOldSecret(ctx context.Context, site, id string) error {
	return a.changeSecret(ctx, site, id, "client secret end", (*client.Client).EndOldSecret)
}

func (a *Admin) changeSecret(ctx context.Context, site, id, operation string, change func(*client.Client)) error {
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	err = st.ChangeClient(ctx, id, func(c *client.Client) error {
		if !c.HasSecret() {
			return fault.New(fault.Invalid, "client.secret", "the app %s has no secret: it signs in by %s", id, c.Metadata.AuthMethod)
		}
		change(c)
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "client.find", "there is no client %q in site %s", id, site)
	}
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditClient, Action: "U", Operation: operation, ClientID: id}, err)
}
