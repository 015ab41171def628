package client

import (
	"time"

	"chartwright/internal/identity/token"
)

// MaxSecretOverlap bounds how long an old secret is good beside the new one: two secrets for ever would be none rotated.
const MaxSecretOverlap = 7 * 24 * time.Hour

// HasSecret reports whether the client proves who it is by a secret.
func (c *Client) HasSecret() bool { return c.SecretHash != nil }

// CheckSecret compares in constant time, with the secret and, while it is good, with the one before.
func (c *Client) CheckSecret(secret string, now time.Time) bool {
	current := check(c.SecretHash, secret)
	old := check(c.OldSecretHash, secret)
	return current || old && now.Before(c.OldSecretUntil)
}

// NewSecret gives the client a new random secret and returns it; it is shown once. No other secret is good any more.
func (c *Client) NewSecret() string {
	secret, hash := token.Mint()
	c.SecretHash = hash[:]
	c.EndOldSecret()
	return secret
}

// RotateSecret is [Client.NewSecret], but the secret until now stays good for the time of keep, so that the servers of an app can
// change over one after the other. A secret that was rotated out before is over: there are never more than two.
func (c *Client) RotateSecret(now time.Time, keep time.Duration) string {
	old := c.SecretHash
	secret := c.NewSecret()
	if keep > 0 && old != nil {
		c.OldSecretHash, c.OldSecretUntil = old, now.Add(min(keep, MaxSecretOverlap))
	}
	return secret
}

// EndOldSecret makes the secret before the current one worthless.
func (c *Client) EndOldSecret() { c.OldSecretHash, c.OldSecretUntil = nil, time.Time{} }
