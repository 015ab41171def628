package identity

import (
	"encoding/json"
	"net/http"
	"strings"

	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
	"chartwright/internal/setting"
)

// purposeRegister is what the CSRF token of the form is for: nobody has to sign in.
const purposeRegister = "register-app"

// methods are the ways of client authentication that the form offers, the usual one first.
var methods = []string{client.MethodBasic, client.MethodPost, client.MethodPrivateKeyJWT, client.MethodNone}

// proposedScopes are what the form begins with: an app for one patient at a time.
const proposedScopes = "openid fhirUser launch/patient offline_access api:fhir patient/Patient.rs patient/Observation.rs patient/Condition.rs " +
	"patient/MedicationRequest.rs patient/AllergyIntolerance.rs"

// registerAppPage lets a developer register an app in the browser. It registers what RFC 7591 does, by the same rules.
func (t *siteServer) registerAppPage(w http.ResponseWriter, r *http.Request) {
	oauth.NoStore(w.Header())
	t.showRegisterApp(w, r, http.StatusOK, Problem{}, AppForm{Method: methods[0], Scopes: strings.ReplaceAll(proposedScopes, " ", "\n")})
}

func (t *siteServer) showRegisterApp(w http.ResponseWriter, r *http.Request, status int, problem Problem, entered AppForm) {
	v, err := t.settings(r.Context())
	if err == nil && v.Registration == setting.Closed {
		err = &oauth.Error{Code: oauth.AccessDenied, Description: "Registration is closed. Ask an administrator of the clinic."}
	}
	if err != nil {
		t.tell(w, r, err)
		return
	}
	browser := t.readCookie(r, browserCookie)
	if browser == "" {
		browser, _ = token.Mint()
		t.writeCookie(w, browserCookie, browser, 0)
	}
	p := &RegisterAppPage{
		Page: t.page(nil), Form: Form{Action: t.sitePath() + "register-app", CSRF: session.CSRF(browser, purposeRegister)}, Problem: problem,
		Token: v.Registration == setting.Token, Manual: v.AppApproval == setting.Manual, Methods: methods, Supported: t.server.catalog.List(v, true), Entered: entered,
	}
	t.server.config.Screens.RegisterApp(w, status, p)
}

// registerApp registers what was entered. The secrets are on the answer and nowhere else.
func (t *siteServer) registerApp(w http.ResponseWriter, r *http.Request) {
	form, err := oauth.PostForm(r)
	if err != nil {
		t.tell(w, r, err)
		return
	}
	if !t.sameOrigin(r) || !session.CheckCSRF(t.readCookie(r, browserCookie), purposeRegister, form.Get("csrf")) {
		t.tell(w, r, &oauth.Error{Code: oauth.AccessDenied, Description: "This form did not come from here. Open the page again."})
		return
	}
	entered := AppForm{
		Name: form.Get("name"), Contacts: form.Get("contacts"), Redirects: form.Get("redirects"), Launch: form.Get("launch"), Logout: form.Get("logout"),
		Method: form.Get("method"), Scopes: form.Get("scopes"), KeysURI: form.Get("jwks_uri"), Keys: form.Get("jwks"),
	}
	c, answer, err := t.tryRegisterApp(r, entered, form.Get("token"))
	e := event(r, auditClient, "register")
	e.Action = "C"
	if err := t.record(r.Context(), about(e, c, nil, nil), err); err != nil {
		t.tell(w, r, err)
		return
	}
	if err != nil {
		switch e := oauth.From(err); {
		case e.HTTPStatus() >= http.StatusInternalServerError, e.Code == oauth.AccessDenied:
			t.tell(w, r, err)
		case e.HTTPStatus() == http.StatusUnauthorized: // a page has no challenge to answer
			t.showRegisterApp(w, r, http.StatusForbidden, Problem{Error: errInitial.Description, Fields: []string{"token"}}, entered)
		default:
			t.showRegisterApp(w, r, e.HTTPStatus(), Problem{Error: e.Description, Fields: appField(e.Member)}, entered)
		}
		return
	}
	t.server.config.Screens.AppRegistered(w, http.StatusCreated, &AppRegisteredPage{
		Page: t.page(nil), Name: c.Name(), ID: c.ID, Secret: answer.ClientSecret, Live: c.Enabled, RegistrationURI: answer.RegistrationURI,
		RegistrationKey: answer.RegistrationKey, Audience: t.fhir, Authorize: t.issuer + "/authorize", TokenURL: t.issuer + "/token", Again: t.sitePath() + "register-app",
	})
}

func (t *siteServer) tryRegisterApp(r *http.Request, entered AppForm, given string) (*client.Client, *registered, error) {
	if !t.server.asking.Allow(source(r)) {
		return nil, nil, fault.New(fault.Throttled, "client.register", "Too many registrations; try again later.")
	}
	v, err := t.settings(r.Context())
	if err != nil {
		return nil, nil, err
	}
	initial, err := t.mayRegister(r.Context(), v, strings.TrimSpace(given))
	if err != nil {
		return nil, nil, err
	}
	m, err := entered.metadata()
	if err != nil {
		return nil, nil, err
	}
	return t.addClient(r.Context(), m, initial, v)
}

// metadata is what was entered as RFC 7591 has it. Errors: invalid_client_metadata.
func (f AppForm) metadata() (client.Metadata, error) {
	m := client.Metadata{
		ClientName: strings.TrimSpace(f.Name), Contacts: entries(f.Contacts), RedirectURIs: entries(f.Redirects), PostLogoutURIs: entries(f.Logout),
		InitiateLoginURI: strings.TrimSpace(f.Launch), AuthMethod: f.Method, Scope: strings.Join(strings.Fields(f.Scopes), " "), JWKSURI: strings.TrimSpace(f.KeysURI),
	}
	if m.ClientName == "" {
		return m, &oauth.Error{Code: oauth.InvalidClientMetadata, Description: "The app needs a name.", Member: "client_name"}
	}
	if keys := strings.TrimSpace(f.Keys); keys != "" {
		if !json.Valid([]byte(keys)) {
			return m, &oauth.Error{Code: oauth.InvalidClientMetadata, Description: "The JSON Web Key Set is not JSON.", Member: "jwks"}
		}
		m.JWKS = json.RawMessage(keys)
	}
	return m, nil
}

// appFields are the fields of the form by the members that they fill.
var appFields = map[string]string{
	"client_name": "name", "contacts": "contacts", "redirect_uris": "redirects", "post_logout_redirect_uris": "logout", "initiate_login_uri": "launch",
	"token_endpoint_auth_method": "method", "scope": "scopes", "jwks_uri": "keysuri", "jwks": "keys",
}

// appField returns the field of the form that a member comes from; nil where none does.
func appField(member string) []string {
	if id := appFields[member]; id != "" {
		return []string{id}
	}
	return nil
}

// entries returns what was entered in one field, a line or a word each; nil, as if it had been left out, for nothing.
func entries(text string) []string {
	if list := strings.Fields(text); len(list) > 0 {
		return list
	}
	return nil
}
