package identity

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/listing"
	"chartwright/internal/identity/token"
	"chartwright/internal/setting"
)

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

// AddUser makes an account and returns it with its password. Errors: Invalid, Conflict, NotFound for the site; Unavailable for staff, who
// become part of the record, while an administrator has stopped writing on the site.
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
	c, err := newAccount(n, a.now())
	if err != nil {
		return nil, err
	}
	if err := beside(a.roles().Check(ctx, site, n.Groups), "roles"); err != nil {
		return nil, err
	}
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	if n.Kind == account.Staff {
		settings, err := setting.Read(ctx, st)
		if err != nil {
			return nil, err
		}
		if err := settings.MayWrite(); err != nil {
			return nil, err
		}
	}
	if c.PasswordHash, err = a.passwords().Hash(ctx, n.Password); err != nil {
		return nil, err
	}
	return c, st.AddAccount(ctx, c)
}

// newAccount returns an account that is good from now on, but for its password. Errors: Invalid, with the field of the page.
func newAccount(n NewUser, now time.Time) (*account.Account, error) {
	if err := beside(checkLogin(n.Login), "login"); err != nil {
		return nil, err
	}
	switch {
	case n.Kind == account.Portal && (n.PatientID == "" || n.Email == ""):
		return nil, fault.New(fault.Invalid, "user.add", "a portal account needs a patient and an e-mail address")
	case n.Kind != account.Portal && n.Kind != account.Staff:
		return nil, fault.New(fault.Invalid, "user.add", "an account is of kind users or patient")
	}
	if n.Email != "" {
		if err := beside(checkEmail(n.Email), "email"); err != nil {
			return nil, err
		}
	}
	c := &account.Account{
		ID: n.ID, Kind: n.Kind, Login: n.Login, Email: n.Email, Given: n.Given, Family: n.Family, Groups: n.Groups, FHIRUser: n.FHIRUser,
		PatientID: n.PatientID, Enabled: true, Created: now, Changed: now,
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
	return c, nil
}

func checkLogin(login string) error {
	unseen := func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }
	if login == "" || len(login) > 200 || strings.TrimSpace(login) != login || strings.ContainsFunc(login, unseen) {
		return fault.New(fault.Invalid, "user.add", "a user name has 1 to 200 characters, all of which can be seen, and no space around it")
	}
	return nil
}

func checkEmail(email string) error {
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email || len(email) > 254 {
		return fault.New(fault.Invalid, "user.add", "%q is no e-mail address", email)
	}
	return nil
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

// FindUsers returns one page of the accounts of a site, by login, and where the next page begins; empty = this is the last one. Errors:
// Invalid for a place that is none.
func (a *Admin) FindUsers(ctx context.Context, site string, q account.Query, after string) (found []*account.Account, next string, err error) {
	if q.After, err = listing.Parse(after); err != nil {
		return nil, "", err
	}
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, "", err
	}
	limit := q.Limit
	q.Limit++ // one more says whether there is another page
	found, err = st.FindAccounts(ctx, q)
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].Place().String()
	}
	return found, next, err
}

// SetPassword gives an account a new password, made up if empty, and returns it. All its sessions and grants end.
func (a *Admin) SetPassword(ctx context.Context, site string, who Who, password string) (string, error) {
	if password == "" {
		password = madeUp()
	}
	c, err := a.User(ctx, site, who)
	if err != nil {
		return "", err
	}
	if err := account.CheckPassword(c.Login, password); err != nil {
		return "", err
	}
	hash, err := a.passwords().Hash(ctx, password)
	if err != nil {
		return "", err
	}
	return password, a.changeUser(ctx, site, Who{ID: c.ID}, "user passwd", func(c *account.Account) {
		c.PasswordHash, c.Changed = hash, a.now()
	})
}

// SetUserEnabled lets an account in or keeps it out. Keeping it out ends its sessions and grants.
func (a *Admin) SetUserEnabled(ctx context.Context, site string, who Who, enabled bool) error {
	operation := "user disable"
	if enabled {
		operation = "user enable"
	}
	return a.changeUser(ctx, site, who, operation, func(c *account.Account) { c.Enabled = enabled })
}

// SetGroups gives a member of staff other ACL groups. Sessions and grants stay: what they allow is decided anew on every call.
// But those of somebody who becomes an emergency login end, since they began without a reason.
func (a *Admin) SetGroups(ctx context.Context, site string, who Who, groups []string) error {
	if err := a.roles().Check(ctx, site, groups); err != nil {
		return err
	}
	c, err := a.User(ctx, site, who)
	if err != nil {
		return err
	}
	if c.Kind != account.Staff && len(groups) > 0 {
		return fault.New(fault.Invalid, "user.groups", "a portal patient belongs to no group")
	}
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	before := c.Emergency()
	change := func(stored *account.Account) { stored.Groups = groups }
	if slices.Contains(groups, account.EmergencyLogin) && !before {
		err = changeAccount(ctx, st, c.ID, a.now(), change)
	} else {
		err = st.ChangeAccount(ctx, c.ID, func(stored *account.Account) error {
			change(stored)
			return nil
		})
	}
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditUser, Action: "U", Operation: "user groups", ID: c.ID}, err)
}

// SetOptOut records that a portal patient wants no app to reach the record, or wants it again.
func (a *Admin) SetOptOut(ctx context.Context, site string, who Who, out bool) error {
	return a.changeUser(ctx, site, who, "user opt-out", func(c *account.Account) { c.OptedOut = out })
}

// SetTOTP gives an account a second factor and returns the address for the authenticator app; without on it takes it away, with the
// recovery codes. All sessions and grants of the account end.
func (a *Admin) SetTOTP(ctx context.Context, site string, who Who, on bool) (string, error) {
	uri := ""
	err := a.changeUser(ctx, site, who, "user totp", func(c *account.Account) {
		c.TOTP, c.TOTPStep, c.Recovery = nil, 0, nil
		if on {
			secret := account.NewTOTP()
			uri = account.URI(secret, totpIssuer(site), c.Login)
			c.TOTP = a.Master.Seal(site, account.TOTPPurpose, c.ID, secret)
		}
	})
	return uri, err
}

// totpIssuer is the name under which authenticator apps list the accounts of a site.
func totpIssuer(site string) string { return "Chartwright " + site }

func (a *Admin) changeUser(ctx context.Context, site string, who Who, operation string, change func(*account.Account)) error {
	c, err := a.User(ctx, site, who)
	if err != nil {
		return err
	}
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	err = changeAccount(ctx, st, c.ID, a.now(), change)
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditUser, Action: "U", Operation: operation, ID: c.ID}, err)
}

// changeAccount changes an account, ends its sessions and disconnects its apps. Wrong attempts from before count no more: who is let in
// again, or has a new password, is let in at once.
func changeAccount(ctx context.Context, st Store, id string, now time.Time, change func(*account.Account)) error {
	var changed *account.Account
	err := st.ChangeAccount(ctx, id, func(stored *account.Account) error {
		change(stored)
		changed = stored
		return nil
	})
	if err == nil {
		err = account.Forgive(ctx, st, changed)
	}
	if err == nil {
		err = st.EndSessions(ctx, token.Hash{}, id)
	}
	if err == nil {
		err = disconnectAll(ctx, st, id, now)
	}
	return err
}

// SetLaunchContext gives an account the launch context that apps get where neither the app's launch nor the EHR session supplies
// one. Whether it exists is looked up each time that it is used.
func (a *Admin) SetLaunchContext(ctx context.Context, site string, who Who, c token.Context) error {
	u, err := a.User(ctx, site, who)
	if err != nil {
		return err
	}
	if c.Encounter != "" && c.Patient == "" {
		return fault.New(fault.Invalid, "user.context", "an encounter needs its patient")
	}
	c.EHR, c.Intent = false, ""
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	err = st.ChangeAccount(ctx, u.ID, func(stored *account.Account) error {
		stored.Launch = c
		return nil
	})
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditUser, Action: "U", Operation: "user context", ID: u.ID}, err)
}

// EndPatient ends the sessions and grants of a portal patient who has opted out of access by apps in the record. The account stays: if
// the patient opts in again, signing in works again, and nothing that was given before comes back to life.
func (a *Admin) EndPatient(ctx context.Context, site, patientID string) error {
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	accounts, err := st.AccountsOfPatient(ctx, patientID)
	if err != nil {
		return err
	}
	for _, c := range accounts {
		err := st.EndSessions(ctx, token.Hash{}, c.ID)
		if err == nil {
			_, err = st.RevokeGrants(ctx, token.Filter{AccountID: c.ID})
		}
		e := &chart.AuditEvent{Kind: auditUser, Action: "U", Operation: "patient opt-out", ID: c.ID, Patients: []string{patientID}}
		if err := a.record(ctx, site, e, err); err != nil {
			return err
		}
	}
	return nil
}

// LetPatientIn is for a portal patient who has opted in again in the record, and may have tried to sign in before that: the wrong attempts
// are forgotten, so that signing in works at once.
func (a *Admin) LetPatientIn(ctx context.Context, site, patientID string) error {
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	accounts, err := st.AccountsOfPatient(ctx, patientID)
	if err != nil {
		return err
	}
	for _, c := range accounts {
		e := &chart.AuditEvent{Kind: auditUser, Action: "U", Operation: "patient opt-in", ID: c.ID, Patients: []string{patientID}}
		if err := a.record(ctx, site, e, account.Forgive(ctx, st, c)); err != nil {
			return err
		}
	}
	return nil
}
