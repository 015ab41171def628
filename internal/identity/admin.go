package identity

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"

	"github.com/google/uuid"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/key"
	"chartwright/internal/identity/token"
)

// Admin changes accounts, clients and keys for the command line and the administration screens. What it changes is in force on
// every replica at once. Safe for concurrent use.
type Admin struct {
	Open   func(ctx context.Context, site string) (Store, error)
	Master key.Master
	Audit  Audit
	Now    func() time.Time // nil = time.Now
	By     string           // who does it, for the audit trail: "command line" or an account's login
	API    string           // cli or admin
}

func (a *Admin) now() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}

func (a *Admin) record(ctx context.Context, site string, e *chart.AuditEvent, err error) error {
	e.Time, e.UserName, e.API = a.now().UTC(), a.By, a.API
	if err != nil {
		e.Outcome, e.Reason = chart.MinorFailure, detail(err)
	}
	if e2 := a.Audit.Record(context.WithoutCancel(ctx), site, e); err == nil {
		return e2
	}
	return err
}

// NewUser is an account to be made.
type NewUser struct {
	Kind      account.Kind
	Login     string
	Password  string // empty = one is made up and returned
	Email     string
	Given     string
	Family    string
	Groups    []string
	FHIRUser  string // Practitioner/id or Person/id of staff; empty = Practitioner/{id of the account}
	PatientID string // of a portal patient
	ID        string // empty = a new one
}

// AddUser makes an account and returns it with its password. Errors: Invalid, Conflict, NotFound for the site.
func (a *Admin) AddUser(ctx context.Context, site string, n NewUser) (*account.Account, string, error) {
	password := n.Password
	if password == "" {
		password = madeUp()
	}
	if err := account.CheckPassword(n.Login, password); err != nil {
		return nil, "", err
	}
	n.Password = password
	c, err := a.addUser(ctx, site, n)
	e := &chart.AuditEvent{Kind: auditUser, Action: "C", Operation: "user add"}
	if c != nil {
		e.ID = c.ID
	}
	return c, password, a.record(ctx, site, e, err)
}

func (a *Admin) addUser(ctx context.Context, site string, n NewUser) (*account.Account, error) {
	switch {
	case n.Login == "" || len(n.Login) > 200 || strings.TrimSpace(n.Login) != n.Login:
		return nil, fault.New(fault.Invalid, "user.add", "a user name has 1 to 200 characters and no space around it")
	case n.Kind == account.Portal && (n.PatientID == "" || n.Email == ""):
		return nil, fault.New(fault.Invalid, "user.add", "a portal account needs a patient and an e-mail address")
	case n.Kind != account.Portal && n.Kind != account.Staff:
		return nil, fault.New(fault.Invalid, "user.add", "an account is of kind users or patient")
	}
	if err := account.CheckGroups(n.Groups); err != nil {
		return nil, err
	}
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	hash, err := account.NewHasher().Hash(ctx, n.Password)
	if err != nil {
		return nil, err
	}
	now := a.now()
	c := &account.Account{
		ID: n.ID, Kind: n.Kind, Login: n.Login, Email: n.Email, Given: n.Given, Family: n.Family, Groups: n.Groups, FHIRUser: n.FHIRUser,
		PatientID: n.PatientID, PasswordHash: hash, Enabled: true, Created: now, Changed: now,
	}
	if c.ID == "" {
		c.ID = uuid.NewString()
	}
	switch {
	case c.FHIRUser != "":
	case c.Kind == account.Portal:
		c.FHIRUser = "Patient/" + c.PatientID
	default:
		c.FHIRUser = "Practitioner/" + c.ID
	}
	return c, st.AddAccount(ctx, c)
}

// madeUp returns a password of 130 random bits.
func madeUp() string {
	var b [17]byte
	_, _ = rand.Read(b[:])
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))[:26]
}

// Users returns the accounts of a site, sorted by login.
func (a *Admin) Users(ctx context.Context, site string) ([]*account.Account, error) {
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	return st.Accounts(ctx, "")
}

// User finds an account by its login; staff come before portal patients. Errors: NotFound.
func (a *Admin) User(ctx context.Context, site, login string) (*account.Account, error) {
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	for _, kind := range []account.Kind{account.Staff, account.Portal} {
		if c, err := st.AccountByLogin(ctx, kind, login); err == nil || !fault.Is(err, fault.NotFound) {
			return c, err
		}
	}
	return nil, fault.New(fault.NotFound, "user.find", "there is no user %q in site %s", login, site)
}

// SetPassword gives an account a new password, made up if empty, and returns it. All its sessions and grants end.
func (a *Admin) SetPassword(ctx context.Context, site, login, password string) (string, error) {
	if password == "" {
		password = madeUp()
	}
	if err := account.CheckPassword(login, password); err != nil {
		return "", err
	}
	hash, err := account.NewHasher().Hash(ctx, password)
	if err != nil {
		return "", err
	}
	return password, a.changeUser(ctx, site, login, "user passwd", func(c *account.Account) {
		c.PasswordHash, c.Changed = hash, a.now()
	})
}

// SetUserEnabled lets an account in or keeps it out. Keeping it out ends its sessions and grants.
func (a *Admin) SetUserEnabled(ctx context.Context, site, login string, enabled bool) error {
	operation := "user disable"
	if enabled {
		operation = "user enable"
	}
	return a.changeUser(ctx, site, login, operation, func(c *account.Account) { c.Enabled = enabled })
}

// SetGroups gives a member of staff other ACL groups. Sessions and grants stay: what they allow is decided anew on every call.
func (a *Admin) SetGroups(ctx context.Context, site, login string, groups []string) error {
	if err := account.CheckGroups(groups); err != nil {
		return err
	}
	c, err := a.User(ctx, site, login)
	if err != nil {
		return err
	}
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	err = st.ChangeAccount(ctx, c.ID, func(stored *account.Account) error {
		stored.Groups = groups
		return nil
	})
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditUser, Action: "U", Operation: "user groups", ID: c.ID}, err)
}

// SetOptOut records that a portal patient wants no app to reach the record, or wants it again.
func (a *Admin) SetOptOut(ctx context.Context, site, login string, out bool) error {
	return a.changeUser(ctx, site, login, "user opt-out", func(c *account.Account) { c.OptedOut = out })
}

// SetTOTP gives an account a second factor and returns the address for the authenticator app; without on it takes it away.
func (a *Admin) SetTOTP(ctx context.Context, site, login string, on bool) (string, error) {
	uri := ""
	err := a.changeUser(ctx, site, login, "user totp", func(c *account.Account) {
		c.TOTP, c.TOTPStep = nil, 0
		if on {
			var secret []byte
			secret, uri = account.NewTOTP("Chartwright "+site, login)
			c.TOTP = a.Master.Seal(site, account.TOTPPurpose, c.ID, secret)
		}
	})
	return uri, err
}

func (a *Admin) changeUser(ctx context.Context, site, login, operation string, change func(*account.Account)) error {
	c, err := a.User(ctx, site, login)
	if err != nil {
		return err
	}
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	err = st.ChangeAccount(ctx, c.ID, func(stored *account.Account) error {
		change(stored)
		return nil
	})
	if err == nil {
		err = st.EndSessions(ctx, token.Hash{}, c.ID)
	}
	if err == nil {
		_, err = st.RevokeGrants(ctx, token.Filter{AccountID: c.ID})
	}
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditUser, Action: "U", Operation: operation, ID: c.ID}, err)
}

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

// Keys returns the signing keys of a site, oldest first, without their private parts.
func (a *Admin) Keys(ctx context.Context, site string) ([]key.Record, error) {
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	return key.NewRing(site, a.Master, st, a.now).List(ctx)
}

// RotateKey makes a new signing key; the older ones of the algorithm stay published for [key.Overlap].
func (a *Admin) RotateKey(ctx context.Context, site, alg string) error {
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	err = key.NewRing(site, a.Master, st, a.now).Rotate(ctx, alg)
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditClient, Action: "U", Operation: "key rotate"}, err)
}
