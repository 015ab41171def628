package identity

import (
	"context"
	"strings"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/permit"
	"chartwright/internal/setting"
)

// FirstAdministrator makes the account admin with a made-up password if the site has no staff at all, and returns the password
// to be shown once; empty = there was nothing to do.
func (a *Admin) FirstAdministrator(ctx context.Context, site string) (string, error) {
	st, err := a.Open(ctx, site)
	if err != nil {
		return "", err
	}
	staff, err := st.Accounts(ctx, account.Staff)
	if err != nil || len(staff) > 0 {
		return "", err
	}
	_, password, err := a.AddUser(ctx, site, NewUser{
		Kind: account.Staff, Login: "admin", Given: "First", Family: "Administrator", Groups: []string{account.Administrators},
	})
	if fault.Is(err, fault.Conflict) {
		return "", nil // another replica was faster, and has shown it
	}
	return password, err
}

// Demo is what the demonstration's accounts and client refer to.
type Demo struct {
	PatientID    string            // of the portal patient Phil1
	Practitioner map[string]string // by login: Practitioner/id of the demonstration's staff; may be nil
	RedirectURIs []string          // of the client swagger-ui
}

// SwaggerClient is the id of the client for the documentation pages.
const SwaggerClient = "swagger-ui"

// demoStaff are the five roles of OpenEMR, with well-known passwords: the demonstration listens on loopback only.
var demoStaff = []struct{ login, password, given, family, group string }{
	{"admin", "pass", "Ada", "Administrator", account.Administrators},
	{"physician", "physician", "Petra", "Physician", account.Physicians},
	{"clinician", "clinician", "Carl", "Clinician", account.Clinicians},
	{"accountant", "accountant", "Anna", "Accountant", account.Accounting},
	{"receptionist", "receptionist", "Rudi", "Receptionist", account.FrontOffice},
}

// SeedDemo makes the demonstration's settings, accounts and client where they are missing. A second run changes nothing but the
// redirect URIs of the client, since the port may be another one.
func (a *Admin) SeedDemo(ctx context.Context, site string, d Demo) error {
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	for name, value := range setting.Demo() {
		if err := st.PutSetting(ctx, name, value); err != nil {
			return err
		}
	}
	for _, s := range demoStaff {
		n := NewUser{
			Kind: account.Staff, Login: s.login, Password: s.password, Given: s.given, Family: s.family, Groups: []string{s.group},
			Email: s.login + "@example.org", FHIRUser: d.Practitioner[s.login],
		}
		if err := a.seedUser(ctx, site, st, n); err != nil {
			return err
		}
	}
	if d.PatientID != "" {
		err := a.seedUser(ctx, site, st, NewUser{
			Kind: account.Portal, Login: "Phil1", Password: "phil", Email: "heya@invalid.email.com", Given: "Phil", Family: "Belford",
			PatientID: d.PatientID,
		})
		if err != nil {
			return err
		}
	}
	return a.seedClient(ctx, st, d.RedirectURIs)
}

func (a *Admin) seedUser(ctx context.Context, site string, st Store, n NewUser) error {
	if _, err := st.AccountByLogin(ctx, n.Kind, n.Login); !fault.Is(err, fault.NotFound) {
		return err
	}
	_, err := a.addUser(ctx, site, n)
	return err
}

// seedClient makes the public client of the documentation pages: every scope, PKCE, no secret.
func (a *Admin) seedClient(ctx context.Context, st Store, redirectURIs []string) error {
	demo := *setting.Defaults()
	demo.APIFHIR, demo.APIStandard, demo.APIPortal = true, true, true
	var scopes []string
	for _, s := range permit.NewCatalog(nil).List(&demo, false) {
		if !strings.HasPrefix(s, "system/") {
			scopes = append(scopes, s)
		}
	}
	c := &client.Client{
		ID: SwaggerClient, Enabled: true, BuiltIn: true, IssuedAt: a.now(), Scopes: scopes,
		Metadata: client.Metadata{
			ApplicationType: applicationType(redirectURIs), ClientName: "API documentation", AuthMethod: client.MethodNone, RedirectURIs: redirectURIs,
			GrantTypes: []string{client.AuthorizationCode, client.RefreshToken}, ResponseTypes: []string{"code"},
			Scope: strings.Join(scopes, " "),
		},
	}
	err := st.AddClient(ctx, c)
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	return st.ChangeClient(ctx, SwaggerClient, func(stored *client.Client) error {
		stored.Scopes, stored.Metadata = c.Scopes, c.Metadata
		return nil
	})
}

// applicationType is what the client of the documentation pages is: native where the server of the demonstration has no TLS, since
// http on a loopback address is for such clients alone. https://www.rfc-editor.org/rfc/rfc8252#section-7.3
func applicationType(redirectURIs []string) string {
	for _, u := range redirectURIs {
		if strings.HasPrefix(u, "http://") {
			return "native"
		}
	}
	return "web"
}
