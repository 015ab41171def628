package identity

import "net/http"

// Screens renders the pages of the flow. Every page answers with the security headers that belong to a page where people enter
// passwords: nothing from other hosts, no scripts, no framing, no caching, no referrer.
type Screens interface {
	Login(w http.ResponseWriter, status int, p *LoginPage)
	Factor(w http.ResponseWriter, status int, p *FactorPage)
	Patients(w http.ResponseWriter, status int, p *PatientsPage)
	Encounters(w http.ResponseWriter, status int, p *EncountersPage)
	Locations(w http.ResponseWriter, status int, p *LocationsPage)
	Apps(w http.ResponseWriter, status int, p *AppsPage)
	Credentials(w http.ResponseWriter, status int, p *CredentialsPage)
	CredentialsGiven(w http.ResponseWriter, status int, p *CredentialsGivenPage)
	Consent(w http.ResponseWriter, status int, p *ConsentPage)
	Account(w http.ResponseWriter, status int, p *AccountPage)
	SecondFactor(w http.ResponseWriter, status int, p *SecondFactorPage)
	RecoveryCodes(w http.ResponseWriter, status int, p *RecoveryCodesPage)
	RegisterApp(w http.ResponseWriter, status int, p *RegisterAppPage)
	AppRegistered(w http.ResponseWriter, status int, p *AppRegisteredPage)
	Admin(w http.ResponseWriter, status int, p *AdminPage)
	Logout(w http.ResponseWriter, status int, p *LogoutPage)
	Message(w http.ResponseWriter, status int, p *MessagePage)
	// Asset serves a file that the pages refer to, such as the style sheet.
	Asset(w http.ResponseWriter, r *http.Request, name string)
}

// Page is what every page knows.
type Page struct {
	Site   string
	Assets string // path under which assets are served, with a slash at the end
	App    string // name of the app that asks; empty = none does
	Wide   bool   // the page holds a list that needs the room
	// Targets are the origins or schemes to which the browser may be sent at the end; for the form-action of the policy.
	Targets []string
}

// Form is what every form carries.
type Form struct {
	Action string // path that it is posted to
	Ticket string
	CSRF   string
}

// LoginPage asks who somebody is.
type LoginPage struct {
	Page
	Form
	Problem
	Kind        string // users or patient
	Login       string
	Email       string
	PortalLogin bool // patients may sign in, too
	Emergency   bool // the person has to say why
	Reason      string
}

// FactorPage asks for the second factor.
type FactorPage struct {
	Page
	Form
	Problem
	Name string
}

// Picker is what every page has on which something is searched and picked.
type Picker struct {
	Form
	Problem
	Search   string
	NextURL  string // path of the next page; empty = this is the last one
	FirstURL string // path of the first page; empty = this is the first one
	Without  bool   // one may go on without
}

// PatientsPage lets staff pick the patient.
type PatientsPage struct {
	Page
	Picker
	Patients []PatientSummary
}

// EncountersPage lets somebody pick one of a patient's encounters.
type EncountersPage struct {
	Page
	Picker
	Patient    PatientSummary
	Encounters []EncounterSummary
}

// LocationsPage lets staff pick the place where they are.
type LocationsPage struct {
	Page
	Picker
	Locations []LocationSummary
}

// AppsPage lets staff launch an app with what is open in the EHR.
type AppsPage struct {
	Page
	Picker
	One       bool // the link has said which app
	User      string
	Patient   *PatientSummary // nil = none
	Encounter *EncounterSummary
	Location  *LocationSummary
	Apps      []AppSummary
}

// AppSummary is what a person needs to tell apps apart.
type AppSummary struct {
	ID   string
	Name string
	Host string // where it is
}

// CredentialsPage lets staff make or reset the credentials of a patient.
type CredentialsPage struct {
	Page
	Form
	Problem
	User     string
	Patient  PatientSummary
	Refused  bool                 // the patient has opted out: nothing is offered
	Accounts []CredentialsSummary // to be reset; none = one can be made
	Login    string               // proposed for a new account
	Email    string
}

// CredentialsSummary is one account that a patient has.
type CredentialsSummary struct {
	ID       string
	Login    string
	Email    string
	Disabled bool
}

// CredentialsGivenPage shows a new password, this once.
type CredentialsGivenPage struct {
	Page
	Patient  PatientSummary
	Login    string
	Email    string
	Password string
	Reset    bool   // of an account that was there
	FHIR     string // base URL that the patient's apps ask for
	Again    string // path where the next patient's are made
}

// ConsentPage asks whether the app may have what it asks for.
type ConsentPage struct {
	Page
	Form
	Error   string
	User    string
	Patient *PatientSummary // in context; nil = none
	Visit   *EncounterSummary
	Place   *LocationSummary
	Change  bool // another patient may be picked
	// Remember says that the answer is remembered unless the person wants to be asked again.
	Remember bool
	Host     string // to which the browser is sent with the answer
	New      bool   // the person has never used this app
	Groups   []ConsentGroup
	Always   []string // plain words for what comes with every yes
	Offline  string   // until when the app stays connected; empty = it doesn't ask
	Policy   string   // https URLs of the app's own documents
	Terms    string
	Account  string // path of the page where the person looks after apps
}

// ConsentGroup is some scopes under one heading.
type ConsentGroup struct {
	Title   string
	Records []ConsentRecord
}

// ConsentRecord is what is asked for about one type of records, or one thing that is not about records.
type ConsentRecord struct {
	Scopes []ConsentScope
	Kinds  []ConsentKind // to which it can be limited; none ticked = no limit
}

// ConsentKind is one kind of the records of a type.
type ConsentKind struct {
	Value   string // that the form sends back
	Text    string
	Checked bool
}

// ConsentScope is one scope to agree to.
type ConsentScope struct {
	Scope   string // the value that the form sends back
	Text    string
	Checked bool
}

// AccountPage shows a person what acts for the person, and lets the person end it.
type AccountPage struct {
	Page
	Form
	Problem
	Changed  bool // the password was changed just now
	User     string
	Apps     []ConnectedApp
	Sessions []SessionSummary
	Factor   *FactorSummary // nil = the person has nothing to do with one
	Admin    string         // path of the administration; empty = it is not for the person
	Out      string         // path where the person signs out here
}

// FactorSummary says whether a person has a second factor.
type FactorSummary struct {
	On   bool
	Left int    // recovery codes that are left
	URL  string // path of the page where it is looked after
}

// SecondFactorPage lets a person set up a second factor, or look after it.
type SecondFactorPage struct {
	Page
	Form
	Problem
	User     string
	On       bool   // there is one
	Left     int    // recovery codes that are left
	Required bool   // the site requires one
	Password bool   // to begin, the password has to be entered
	Secret   string // being set up, as text; empty = none is
	URI      string // of the secret, as authenticator apps read it from a QR code
	Back     string // path of the page before; empty = there is none
}

// RecoveryCodesPage shows recovery codes, this once.
type RecoveryCodesPage struct {
	Page
	User  string
	Codes []string
	Next  string // path where the person goes on
}

// ConnectedApp is an app that may act for a person.
type ConnectedApp struct {
	ID     string
	Name   string
	May    []string // in words
	Since  string   // of the oldest grant; empty = it holds none and is let in by a remembered answer
	Latest string   // of the newest
}

// SessionSummary is a browser in which a person has signed in.
type SessionSummary struct {
	ID    string
	Since string
	Seen  string
	Here  bool // it is the one that shows the page
}

// RegisterAppPage lets a developer register an app.
type RegisterAppPage struct {
	Page
	Form
	Problem
	Token     bool     // an initial access token has to be entered
	Manual    bool     // every app waits for an administrator
	Methods   []string // of client authentication
	Supported []string // every scope that can be registered now
	Entered   AppForm
}

// AppForm is what a developer enters about an app.
type AppForm struct {
	Name, Contacts, Redirects, Launch, Logout, Method, Scopes, KeysURI, Keys string
}

// AppRegisteredPage shows what was registered; the secrets are shown this once.
type AppRegisteredPage struct {
	Page
	Name            string
	ID              string
	Secret          string // empty = it has none
	Live            bool   // it needs no approval
	RegistrationURI string
	RegistrationKey string
	Audience        string // for the aud of authorization requests
	Authorize       string
	TokenURL        string // also the aud of client assertions
	Again           string // path where the next app is registered
}

// LogoutPage asks whether somebody wants to sign out.
type LogoutPage struct {
	Page
	Form
	User string
}

// MessagePage tells something and offers nothing.
type MessagePage struct {
	Page
	Title string
	Text  string
	Code  string // error code for whoever develops the app
}
