package screens_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"chartwright/internal/identity"
	"chartwright/internal/web/screens"
)

const evil = `<script>alert(1)</script>"'><img src=x onerror=y>`

// pages renders every page with text in every place, all of it hostile.
func pages(s *screens.Screens, text string) map[string]*httptest.ResponseRecorder {
	p := identity.Page{Site: text, Assets: "/oauth2/default/assets/", App: text, Targets: []string{"https://client.example.org"}}
	f := identity.Form{Action: "/oauth2/default/step", Ticket: text, CSRF: text}
	patient := identity.PatientSummary{ID: text, Name: text, BirthDate: text, Sex: text, Identifier: text}
	visit := identity.EncounterSummary{ID: text, When: text, Title: text}
	place := identity.LocationSummary{ID: text, Name: text, Address: text}
	picker := identity.Picker{Form: f, Problem: identity.Problem{Error: text}, Search: text, NextURL: "/oauth2/default/x?a=b&c=d", FirstURL: "/x", Without: true}
	at := func(fields ...string) identity.Problem { return identity.Problem{Error: text, Fields: fields} }
	all := map[string]*httptest.ResponseRecorder{}
	page := func(name string, render func(w http.ResponseWriter)) {
		w := httptest.NewRecorder()
		render(w)
		all[name] = w
	}
	page("login", func(w http.ResponseWriter) {
		s.Login(w, http.StatusOK, &identity.LoginPage{Page: p, Form: f, Problem: at("username"), Login: text, Email: text, Kind: "patient", PortalLogin: true, Emergency: true, Reason: text})
	})
	page("factor", func(w http.ResponseWriter) {
		s.Factor(w, http.StatusOK, &identity.FactorPage{Page: p, Form: f, Problem: at("code"), Name: text})
	})
	page("patients", func(w http.ResponseWriter) {
		s.Patients(w, http.StatusOK, &identity.PatientsPage{
			Page: p, Picker: picker, Patients: []identity.PatientSummary{patient},
		})
	})
	page("encounters", func(w http.ResponseWriter) {
		s.Encounters(w, http.StatusOK, &identity.EncountersPage{
			Page: p, Picker: picker, Patient: patient, Encounters: []identity.EncounterSummary{visit},
		})
	})
	page("locations", func(w http.ResponseWriter) {
		s.Locations(w, http.StatusOK, &identity.LocationsPage{Page: p, Picker: picker, Locations: []identity.LocationSummary{place}})
	})
	page("apps", func(w http.ResponseWriter) {
		s.Apps(w, http.StatusOK, &identity.AppsPage{
			Page: p, Picker: picker, User: text, Patient: &patient, Encounter: &visit, Location: &place,
			Apps: []identity.AppSummary{{ID: text, Name: text, Host: text}},
		})
	})
	page("credentials", func(w http.ResponseWriter) {
		s.Credentials(w, http.StatusOK, &identity.CredentialsPage{
			Page: p, Form: f, Problem: at("email-" + text), User: text, Patient: patient, Accounts: []identity.CredentialsSummary{{ID: text, Login: text, Email: text}},
		})
	})
	page("credentials-new", func(w http.ResponseWriter) {
		s.Credentials(w, http.StatusOK, &identity.CredentialsPage{Page: p, Form: f, Problem: at("username"), User: text, Patient: patient, Login: text, Email: text})
	})
	page("credentials-given", func(w http.ResponseWriter) {
		s.CredentialsGiven(w, http.StatusOK, &identity.CredentialsGivenPage{
			Page: p, Patient: patient, Login: text, Email: text, Password: text, Reset: true, FHIR: text, Again: "/oauth2/default/credentials",
		})
	})
	page("consent", func(w http.ResponseWriter) {
		s.Consent(w, http.StatusOK, &identity.ConsentPage{
			Page: p, Form: f, Error: text, User: text, Patient: &patient, Visit: &visit, Place: &place, Host: text, New: true,
			Always: []string{text}, Offline: text, Change: true, Remember: true,
			Groups: []identity.ConsentGroup{{Title: text, Records: []identity.ConsentRecord{{
				Scopes: []identity.ConsentScope{{Scope: text, Text: text, Checked: true}},
				Kinds:  []identity.ConsentKind{{Value: text, Text: text, Checked: true}},
			}}}},
			Policy: "javascript:" + text, Terms: "https://app.example.org/terms", Account: "/oauth2/default/account",
		})
	})
	page("account", func(w http.ResponseWriter) {
		s.Account(w, http.StatusOK, &identity.AccountPage{
			Page: p, Form: f, Problem: at("again"), Changed: true, User: text, Apps: []identity.ConnectedApp{{ID: text, Name: text, May: []string{text}, Since: text, Latest: text}},
			Sessions: []identity.SessionSummary{{ID: text, Since: text, Seen: text, Here: true}, {ID: text, Since: text, Seen: text}},
			Factor:   &identity.FactorSummary{On: true, Left: 3, URL: "/oauth2/default/second-factor"}, Admin: "/oauth2/default/admin", Out: "/oauth2/default/logout",
		})
	})
	factor := identity.SecondFactorPage{Page: p, Form: f, Problem: at(), User: text, Password: true, Back: "/oauth2/default/account"}
	for name, change := range map[string]func(*identity.SecondFactorPage){
		"off":      func(*identity.SecondFactorPage) {},
		"set-up":   func(v *identity.SecondFactorPage) { v.Secret, v.URI = text, "otpauth://totp/"+text },
		"on":       func(v *identity.SecondFactorPage) { v.On, v.Left = true, 10 },
		"required": func(v *identity.SecondFactorPage) { v.Required = true },
	} {
		page("second-factor-"+name, func(w http.ResponseWriter) {
			v := factor
			change(&v)
			s.SecondFactor(w, http.StatusOK, &v)
		})
	}
	page("recovery-codes", func(w http.ResponseWriter) {
		s.RecoveryCodes(w, http.StatusOK, &identity.RecoveryCodesPage{Page: p, User: text, Codes: []string{text}, Next: "/oauth2/default/account"})
	})
	app := identity.AdminApp{ID: text, Name: text, URL: "/a", Enabled: true, BuiltIn: true, Contacts: []string{text}, Issued: text}
	person := identity.AdminPerson{ID: text, Login: text, Name: text, URL: "/p", Email: text, Groups: []string{text}, Factor: true}
	given := identity.GivenView{Grants: []identity.GivenGrant{{ID: text, App: text, AppURL: "/a", Person: text, URL: "/p", Since: text, Scopes: []string{text}}}, NextURL: "/n", FirstURL: "/f"}
	role := identity.AdminRole{Name: text, Title: text, URL: "/r", Changed: true}
	for name, view := range map[string]any{
		"apps":   &identity.AdminAppsView{Picker: picker, Waiting: true, Apps: []identity.AdminApp{app, {Name: text}}},
		"app":    &identity.AdminAppView{AdminApp: app, Method: text, Grants: []string{text}, Redirects: []string{text}, Launch: text, Keys: text, Scopes: []string{text}, Switches: []identity.SwitchChoice{{Name: text, Help: text, On: true}, {Name: text}}, Given: given},
		"people": &identity.AdminPeopleView{Picker: picker, Kind: "users", People: []identity.AdminPerson{person}, Roles: []identity.RoleChoice{{Name: text, Title: text}}, New: identity.NewPerson{Login: text, Given: text, Family: text, Email: text}},
		"person": &identity.AdminPersonView{AdminPerson: person, Created: text, Password: text, Roles: []identity.RoleChoice{{Name: text, Title: text, Checked: true}}, Given: given},
		"roles":  &identity.AdminRolesView{Roles: []identity.AdminRole{role}},
		"role":   &identity.AdminRoleView{AdminRole: role, Holds: []identity.HeldRight{{Right: text, Level: text}}, All: []string{text}, Levels: []string{text}},
		"token": &identity.AdminTokenView{Revoked: true, Token: &identity.TokenFacts{
			Kind: text, ID: text, Why: text, App: text, AppURL: text, Person: text, URL: text, Scopes: []string{text}, Context: []identity.TokenContext{{Name: text, Value: text}},
			Issued: text, Expires: text, Grant: text, Since: text,
		}},
		"tokens":   &identity.AdminTokensView{Mode: "token", New: text, Tokens: []identity.InitialTokenSummary{{ID: text, Note: text, Uses: 1, Expires: text, Dead: true}}},
		"settings": &identity.AdminSettingsView{Settings: []identity.SettingChoice{{Name: text, Help: text, Value: text, Allowed: []string{text}}}},
	} {
		page("admin-"+name, func(w http.ResponseWriter) {
			s.Admin(w, http.StatusOK, &identity.AdminPage{
				Page: p, Form: f, Template: "admin-" + name, Problem: identity.Problem{Error: text}, User: text, Home: "/h", Sections: []identity.SectionLink{{Title: text, URL: "/s", Here: true}}, View: view,
			})
		})
	}
	page("register-app", func(w http.ResponseWriter) {
		s.RegisterApp(w, http.StatusOK, &identity.RegisterAppPage{
			Page: p, Form: f, Problem: at("keys"), Token: true, Methods: []string{text}, Supported: []string{text},
			Entered: identity.AppForm{Name: text, Contacts: text, Redirects: text, Launch: text, Logout: text, Method: text, Scopes: text, KeysURI: text, Keys: text},
		})
	})
	page("app-registered", func(w http.ResponseWriter) {
		s.AppRegistered(w, http.StatusCreated, &identity.AppRegisteredPage{
			Page: p, Name: text, ID: text, Secret: text, RegistrationURI: text, RegistrationKey: text, Audience: text, Authorize: text, TokenURL: text, Again: "/r",
		})
	})
	page("logout", func(w http.ResponseWriter) {
		s.Logout(w, http.StatusOK, &identity.LogoutPage{Page: p, Form: f, User: text})
	})
	page("message", func(w http.ResponseWriter) {
		s.Message(w, http.StatusBadRequest, &identity.MessagePage{Page: p, Title: text, Text: text, Code: text})
	})
	return all
}

var foreign = regexp.MustCompile(`(?i)<script|<img|<iframe|<object|<style| style=|="javascript:|"'>`)

func TestPagesEscapeEverything(t *testing.T) {
	t.Parallel()
	for name, w := range pages(screens.New(), evil) {
		body := w.Body.String()
		// What was escaped is text; the pattern looks for what a browser would act on.
		if m := foreign.FindString(body); m != "" {
			t.Errorf("SES-33, WEB-02 %s holds %q", name, m)
		}
		if !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s does not show the text", name)
		}
		if !strings.Contains(body, `<link rel="stylesheet" href="/oauth2/default/assets/style.css?`) || strings.Count(body, "<link") != 1 {
			t.Errorf("%s loads something else than our style sheet", name)
		}
	}
}

func TestPagesHaveTheHeaders(t *testing.T) {
	t.Parallel()
	for name, w := range pages(screens.New(), "text") {
		h := w.Result().Header
		for header, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "",
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self' https://client.example.org; frame-ancestors 'none'; base-uri 'none'",
		} {
			if h.Get(header) != want {
				t.Errorf("%s: %s is %q", name, header, h.Get(header))
			}
		}
	}
}

func TestPolicyTakesNoOtherDirective(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	screens.New().Message(w, http.StatusOK, &identity.MessagePage{Page: identity.Page{Targets: []string{"https://a.example; script-src *"}}})
	if csp := w.Header().Get("Content-Security-Policy"); strings.Contains(csp, "script-src") {
		t.Errorf("policy is %q", csp)
	}
}

func TestPagesAreUsable(t *testing.T) {
	t.Parallel()
	for name, w := range pages(screens.New(), "text") {
		body := w.Body.String()
		for _, want := range []string{`<html lang="en">`, `name="viewport"`, "<main", "<h1>"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %s", name, want)
			}
		}
		// Every field that somebody fills in has a label.
		for _, m := range regexp.MustCompile(`<input id="([a-z]+)"`).FindAllStringSubmatch(body, -1) {
			if !strings.Contains(body, `for="`+m[1]+`"`) {
				t.Errorf("%s: the field %s has no label", name, m[1])
			}
		}
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	s := screens.New()
	w := httptest.NewRecorder()
	s.Asset(w, httptest.NewRequest(http.MethodGet, "/x", nil), "style.css")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/css; charset=utf-8" || strings.Contains(w.Body.String(), "url(") {
		t.Errorf("style sheet: %d %v", w.Code, w.Header())
	}
	for _, name := range []string{"", "login.html", "../screens.go", "nosuch"} {
		w := httptest.NewRecorder()
		s.Asset(w, httptest.NewRequest(http.MethodGet, "/x", nil), name)
		if w.Code != http.StatusNotFound {
			t.Errorf("%q: %d", name, w.Code)
		}
	}
}

// What is wrong stands at its field, once, and whoever cannot see that is told at every field that it is about.
func TestAProblemStandsAtItsField(t *testing.T) {
	t.Parallel()
	s := screens.New()
	for _, tc := range []struct {
		name   string
		fields []string
		want   []string
		not    string
	}{
		{"at two fields", []string{"username", "password"}, []string{
			`<p class="problem beside" id="username-problem" role="alert">Wrong.</p><input id="username" name="username" aria-invalid="true" aria-describedby="username-problem"`,
			`<input id="password" name="password" aria-invalid="true" aria-describedby="username-problem"`,
		}, `password-problem`},
		{"above the form", nil, []string{`<p class="problem" role="alert">Wrong.</p>`}, `aria-invalid`},
	} {
		w := httptest.NewRecorder()
		s.Login(w, http.StatusUnauthorized, &identity.LoginPage{Problem: identity.Problem{Error: "Wrong.", Fields: tc.fields}})
		for _, want := range tc.want {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: there is no %s in %s", tc.name, want, w.Body)
			}
		}
		if strings.Contains(w.Body.String(), tc.not) || strings.Count(w.Body.String(), "Wrong.") != 1 {
			t.Errorf("%s: there is %s, or more than one text, in %s", tc.name, tc.not, w.Body)
		}
	}
}
