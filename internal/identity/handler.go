package identity

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"chartwright/internal/fault"
	"chartwright/internal/identity/oauth"
)

// Handler serves everything under /oauth2/{site}/.
//
//	GET       .well-known/openid-configuration   discovery
//	GET       jwk                                public keys
//	GET       smart-style.json                   SMART style
//	POST      registration                       RFC 7591
//	GET POST  register-app                       the same in a browser, for developers
//	GET PUT DELETE client/{id}                   RFC 7592
//	GET POST  authorize                          authorization endpoint
//	GET       resume                             an authorization request that was posted
//	GET       launch                             where staff launch apps from the EHR
//	GET       credentials                        where staff make the credentials of patients
//	GET POST  account                            which apps act for a person, and where the person is signed in
//	GET POST  second-factor                      where staff set up and look after their second factor
//	GET POST  login, factor, patient-select, encounter-select, location-select, apps, patient-credentials, consent   the pages
//	GET       admin                              where administrators look after the site, and below it:
//	GET POST  admin/apps, app, people, person, roles, role, tokens, token, settings
//	POST      token, introspect, revoke
//	GET POST  userinfo, logout
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for pattern, serve := range endpoints() {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /oauth2/{site}/"+path, s.serve(serve))
		methods[path] = append(methods[path], method)
	}
	for path, allowed := range methods {
		slices.Sort(allowed)
		mux.HandleFunc("OPTIONS /oauth2/{site}/"+path, s.serve((*siteServer).preflight))
		mux.HandleFunc("/oauth2/{site}/"+path, s.serve(func(_ *siteServer, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			oauth.WriteError(w, r, notSo)
		}))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		oauth.WriteError(w, r, notHere)
	})
	return mux
}

// endpoints are what answers, by method and path below /oauth2/{site}/.
func endpoints() map[string]endpoint {
	return map[string]endpoint{
		"GET .well-known/openid-configuration": (*siteServer).discovery,
		"GET jwk":                              (*siteServer).jwk,
		"GET smart-style.json":                 (*siteServer).style,
		"GET assets/{name}":                    (*siteServer).asset,
		"POST registration":                    (*siteServer).register,
		"GET register-app":                     (*siteServer).registerAppPage,
		"POST register-app":                    (*siteServer).registerApp,
		"GET client/{id}":                      (*siteServer).readClient,
		"PUT client/{id}":                      (*siteServer).replaceClient,
		"DELETE client/{id}":                   (*siteServer).deleteClient,
		"GET authorize":                        (*siteServer).authorize,
		"POST authorize":                       (*siteServer).authorize,
		"GET resume":                           (*siteServer).resume,
		"GET login":                            (*siteServer).loginPage,
		"POST login":                           (*siteServer).login,
		"GET factor":                           (*siteServer).factorPage,
		"POST factor":                          (*siteServer).factor,
		"GET patient-select":                   (*siteServer).patientsPage,
		"POST patient-select":                  (*siteServer).pickPatient,
		"GET encounter-select":                 (*siteServer).encountersPage,
		"POST encounter-select":                (*siteServer).pickEncounter,
		"GET location-select":                  (*siteServer).locationsPage,
		"POST location-select":                 (*siteServer).pickLocation,
		"GET launch":                           (*siteServer).launchPage,
		"GET apps":                             (*siteServer).appsPage,
		"POST apps":                            (*siteServer).launchApp,
		"GET credentials":                      (*siteServer).credentialsPage,
		"GET patient-credentials":              (*siteServer).patientCredentialsPage,
		"POST patient-credentials":             (*siteServer).patientCredentials,
		"GET account":                          (*siteServer).accountPage,
		"POST account":                         (*siteServer).changeAccount,
		"GET second-factor":                    (*siteServer).secondFactorPage,
		"POST second-factor":                   (*siteServer).changeSecondFactor,
		"GET admin":                            (*siteServer).adminHome,
		"GET admin/apps":                       administered((*desk).appsPage),
		"GET admin/app":                        administered((*desk).appPage),
		"POST admin/app":                       administered((*desk).changeApp),
		"GET admin/people":                     administered((*desk).peoplePage),
		"POST admin/people":                    administered((*desk).addPerson),
		"GET admin/person":                     administered((*desk).personPage),
		"POST admin/person":                    administered((*desk).changePerson),
		"GET admin/roles":                      administered((*desk).rolesPage),
		"POST admin/roles":                     administered((*desk).addRole),
		"GET admin/role":                       administered((*desk).rolePage),
		"POST admin/role":                      administered((*desk).changeRole),
		"GET admin/tokens":                     administered((*desk).tokensPage),
		"POST admin/tokens":                    administered((*desk).changeTokens),
		"GET admin/token":                      administered((*desk).tokenPage),
		"POST admin/token":                     administered((*desk).lookAtToken),
		"GET admin/settings":                   administered((*desk).settingsPage),
		"POST admin/settings":                  administered((*desk).changeSetting),
		"GET consent":                          (*siteServer).consentPage,
		"POST consent":                         (*siteServer).consent,
		"POST token":                           (*siteServer).token,
		"POST introspect":                      (*siteServer).introspect,
		"POST revoke":                          (*siteServer).revoke,
		"GET userinfo":                         (*siteServer).userinfo,
		"POST userinfo":                        (*siteServer).userinfo,
		"GET logout":                           (*siteServer).logout,
		"POST logout":                          (*siteServer).logout,
	}
}

// Routes are the methods and paths, below /oauth2/{site}/, that [Server.Handler] serves, sorted: GET client/{id}.
func Routes() []string { return slices.Sorted(maps.Keys(endpoints())) }

var notHere = &oauth.Error{Code: oauth.InvalidRequest, Description: "There is nothing here.", Status: http.StatusNotFound}

var notSo = &oauth.Error{Code: oauth.InvalidRequest, Description: "This method does not exist here.", Status: http.StatusMethodNotAllowed}

type endpoint func(t *siteServer, w http.ResponseWriter, r *http.Request)

// serve finds the site. One that does not exist, or that the operator has closed, looks like an address where nothing is.
func (s *Server) serve(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, err := s.site(r.Context(), r.PathValue("site"))
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
			oauth.WriteError(w, r, notHere)
			return
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		v, err := t.settings(r.Context())
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if v.Closed {
			oauth.WriteError(w, r, notHere)
			return
		}
		t.allowOrigin(w, r)
		e(t, w, r)
	}
}

// fail writes an OAuth error; what is our fault goes to the log, and nothing of it to the client.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	e := oauth.WriteError(w, r, err)
	if e.HTTPStatus() >= http.StatusInternalServerError && !fault.Wanted(err) {
		s.log.Error("oauth2 request", "method", r.Method, "path", r.URL.Path, "error", err)
	}
}
