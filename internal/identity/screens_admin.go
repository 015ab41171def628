package identity

// AdminPage is one page of administration: the navigation that all of them have, and a view, which the template knows.
type AdminPage struct {
	Page
	Form
	Problem
	Template string // admin-apps, admin-app, and so on
	User     string
	Home     string // path of the person's own account
	Sections []SectionLink
	Stopped  []string // the settings that stop a part of the site now, so that nobody forgets them
	Settings string   // where they are lifted
	View     any      // the *View of the template
}

// SectionLink leads to a section of administration.
type SectionLink struct {
	Title string
	URL   string
	Here  bool // this page belongs to it
}

// AdminAppsView is one page of the apps of a site.
type AdminAppsView struct {
	Picker
	Waiting bool // only those that are not enabled are listed
	Apps    []AdminApp
}

// AdminApp is an app as administrators see it.
type AdminApp struct {
	ID       string
	Name     string
	URL      string // path of its page
	Enabled  bool
	BuiltIn  bool
	Contacts []string
	Issued   string
}

// AdminAppView is one app, with what it was given.
type AdminAppView struct {
	AdminApp
	Method    string // of client authentication
	Grants    []string
	Redirects []string
	Launch    string
	Keys      string // jwks_uri, or that it has registered keys
	Scopes    []string
	Switches  []SwitchChoice
	Secret    *SecretView // nil = it has none
	Given     GivenView
}

// SecretView is what there is to know about the secret of an app.
type SecretView struct {
	New      string // one that was made, shown this once; empty = none was
	OldUntil string // how long the one before is good; empty = it is not
	Keep     []KeepChoice
}

// KeepChoice is a time for which an old secret may stay good.
type KeepChoice struct{ Value, Text string }

// SwitchChoice is a switch of an app.
type SwitchChoice struct {
	Name string
	Help string
	On   bool
}

// GivenView is one page of the live grants of an app or of a person, newest first.
type GivenView struct {
	Grants   []GivenGrant
	NextURL  string
	FirstURL string
}

// GivenGrant is one live grant.
type GivenGrant struct {
	ID      string
	App     string
	AppURL  string
	Person  string // empty = the app acts for nobody
	URL     string // path of the person's page
	Account string // id of the person
	Since   string
	Scopes  []string
}

// AdminPeopleView is one page of the accounts of a site.
type AdminPeopleView struct {
	Picker
	Kind   string // users, patient, or empty for both
	People []AdminPerson
	Roles  []RoleChoice // of a member of staff to be added
	New    NewPerson    // what was entered about one
}

// NewPerson is what is entered about a member of staff to be added.
type NewPerson struct{ Login, Given, Family, Email string }

// AdminPerson is an account as administrators see it.
type AdminPerson struct {
	ID      string
	Login   string
	Name    string
	URL     string // path of the person's page
	Patient bool
	Email   string
	Groups  []string
	Enabled bool
	Factor  bool // has a second factor
}

// AdminPersonView is one account, with what may be changed about it.
type AdminPersonView struct {
	AdminPerson
	Own      bool // the administrator's
	OptedOut bool
	Roles    []RoleChoice
	Created  string
	Password string // a new one, shown this once; empty = none was made
	Given    GivenView
}

// RoleChoice is a role to be ticked.
type RoleChoice struct {
	Name    string
	Title   string
	Checked bool
}

// AdminRolesView lists the roles of a site.
type AdminRolesView struct {
	Roles []AdminRole
}

// AdminRole is one role.
type AdminRole struct {
	Name    string
	Title   string
	URL     string // path of its page
	BuiltIn bool
	Changed bool
	Rights  int
}

// AdminRoleView is one role with its rights.
type AdminRoleView struct {
	AdminRole
	Holds  []HeldRight
	All    []string // rights that can be given
	Levels []string
}

// HeldRight is a right of a role at a level.
type HeldRight struct{ Right, Level string }

// AdminTokensView lists the initial access tokens of a site.
type AdminTokensView struct {
	Mode   string // the setting registration
	Tokens []InitialTokenSummary
	New    string // a token that was made, shown this once; empty = none was
}

// InitialTokenSummary is one initial access token.
type InitialTokenSummary struct {
	ID      string
	Note    string
	Uses    int
	Expires string
	Dead    bool
}

// AdminTokenView is where administrators find out what a token is. It never holds the token.
type AdminTokenView struct {
	Token   *TokenFacts // nil = none was looked at
	Revoked bool        // the authorization was revoked just now
}

// TokenFacts is what there is to know about an access token or a refresh token.
type TokenFacts struct {
	Kind    string // Access token, Refresh token
	ID      string // as the audit trail names it
	Why     string // it is not good; empty = it is
	App     string
	AppURL  string // path of the app's page
	Person  string // empty = the app acts for itself
	URL     string // path of the person's page
	Scopes  []string
	Context []TokenContext
	Issued  string
	Expires string
	Grant   string // id of the authorization that it belongs to
	Since   string
	Over    bool // the authorization is revoked already
}

// TokenContext is one part of a launch context.
type TokenContext struct{ Name, Value string }

// AdminSettingsView lists the settings of a site.
type AdminSettingsView struct {
	Saved    *SettingChoice // that was changed just now; nil = none was
	Settings []SettingChoice
}

// SettingChoice is one setting with what it takes.
type SettingChoice struct {
	Name    string
	Help    string
	Value   string
	Allowed []string
}
