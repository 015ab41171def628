// Package screens renders the pages that people see: signing in, picking a patient, agreeing to an app, signing out. They are
// plain HTML with one style sheet of our own and no scripts, so that they work everywhere and a strict policy can forbid
// everything else.
package screens

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"strings"

	"chartwright/internal/identity"
)

//go:embed page/*.html page/*.css
var files embed.FS

// Screens renders the pages of the authorization server. Safe for concurrent use.
type Screens struct {
	pages map[string]*template.Template
	style []byte
	etag  string
}

var _ identity.Screens = (*Screens)(nil)

// New returns the pages. It panics when a template that was built in does not parse, which a test finds first.
func New() *Screens {
	s := &Screens{pages: map[string]*template.Template{}}
	frame := template.Must(template.ParseFS(files, "page/frame.html"))
	for _, name := range []string{"login", "factor", "patients", "encounters", "locations", "apps", "credentials", "credentials-given", "consent", "account", "second-factor", "recovery-codes", "register-app", "app-registered", "logout", "message"} {
		page := template.Must(frame.Clone())
		s.pages[name] = template.Must(page.ParseFS(files, "page/"+name+".html"))
	}
	frame = template.Must(frame.ParseFS(files, "page/admin.html"))
	for _, name := range []string{"admin-apps", "admin-app", "admin-people", "admin-person", "admin-roles", "admin-role", "admin-token", "admin-tokens", "admin-settings"} {
		page := template.Must(frame.Clone())
		s.pages[name] = template.Must(page.ParseFS(files, "page/"+name+".html"))
	}
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		panic("screens: " + err.Error())
	}
	sum := sha256.Sum256(style)
	s.style, s.etag = style, hex.EncodeToString(sum[:8])
	return s
}

// Login implements identity.Screens.
func (s *Screens) Login(w http.ResponseWriter, status int, p *identity.LoginPage) {
	s.write(w, status, "login", p.Page, p)
}

// Factor implements identity.Screens.
func (s *Screens) Factor(w http.ResponseWriter, status int, p *identity.FactorPage) {
	s.write(w, status, "factor", p.Page, p)
}

// Patients implements identity.Screens.
func (s *Screens) Patients(w http.ResponseWriter, status int, p *identity.PatientsPage) {
	s.write(w, status, "patients", p.Page, p)
}

// Encounters implements identity.Screens.
func (s *Screens) Encounters(w http.ResponseWriter, status int, p *identity.EncountersPage) {
	s.write(w, status, "encounters", p.Page, p)
}

// Locations implements identity.Screens.
func (s *Screens) Locations(w http.ResponseWriter, status int, p *identity.LocationsPage) {
	s.write(w, status, "locations", p.Page, p)
}

// Apps implements identity.Screens.
func (s *Screens) Apps(w http.ResponseWriter, status int, p *identity.AppsPage) {
	s.write(w, status, "apps", p.Page, p)
}

// Credentials implements identity.Screens.
func (s *Screens) Credentials(w http.ResponseWriter, status int, p *identity.CredentialsPage) {
	s.write(w, status, "credentials", p.Page, p)
}

// CredentialsGiven implements identity.Screens.
func (s *Screens) CredentialsGiven(w http.ResponseWriter, status int, p *identity.CredentialsGivenPage) {
	s.write(w, status, "credentials-given", p.Page, p)
}

// Consent implements identity.Screens.
func (s *Screens) Consent(w http.ResponseWriter, status int, p *identity.ConsentPage) {
	s.write(w, status, "consent", p.Page, p)
}

// Account implements identity.Screens.
func (s *Screens) Account(w http.ResponseWriter, status int, p *identity.AccountPage) {
	s.write(w, status, "account", p.Page, p)
}

// SecondFactor implements identity.Screens.
func (s *Screens) SecondFactor(w http.ResponseWriter, status int, p *identity.SecondFactorPage) {
	v := struct {
		*identity.SecondFactorPage
		QR *qrCode
	}{SecondFactorPage: p}
	if p.URI != "" {
		v.QR = newQR(p.URI)
	}
	s.write(w, status, "second-factor", p.Page, v)
}

// RecoveryCodes implements identity.Screens.
func (s *Screens) RecoveryCodes(w http.ResponseWriter, status int, p *identity.RecoveryCodesPage) {
	s.write(w, status, "recovery-codes", p.Page, p)
}

// RegisterApp implements identity.Screens.
func (s *Screens) RegisterApp(w http.ResponseWriter, status int, p *identity.RegisterAppPage) {
	s.write(w, status, "register-app", p.Page, p)
}

// AppRegistered implements identity.Screens.
func (s *Screens) AppRegistered(w http.ResponseWriter, status int, p *identity.AppRegisteredPage) {
	s.write(w, status, "app-registered", p.Page, p)
}

// Admin implements identity.Screens.
func (s *Screens) Admin(w http.ResponseWriter, status int, p *identity.AdminPage) {
	s.write(w, status, p.Template, p.Page, p)
}

// Logout implements identity.Screens.
func (s *Screens) Logout(w http.ResponseWriter, status int, p *identity.LogoutPage) {
	s.write(w, status, "logout", p.Page, p)
}

// Message implements identity.Screens.
func (s *Screens) Message(w http.ResponseWriter, status int, p *identity.MessagePage) {
	s.write(w, status, "message", p.Page, p)
}

// write renders a page whole before the first byte leaves, so that a failing template shows nothing half done.
func (s *Screens) write(w http.ResponseWriter, status int, name string, p identity.Page, data any) {
	var b bytes.Buffer
	err := s.pages[name].ExecuteTemplate(&b, "frame", view{Page: p, Style: p.Assets + "style.css?" + s.etag, Data: data})
	headers(w.Header(), p.Targets)
	if err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// view is what the templates see.
type view struct {
	identity.Page
	Style string
	Data  any
}

// headers sets what a page with a password field needs. Targets are where a form may lead in the end: browsers hold the redirect
// after a form against form-action, too.
func headers(h http.Header, targets []string) {
	actions := []string{"'self'"}
	for _, target := range targets {
		// They come from registered URIs; whatever could end the directive is not let in.
		if target != "" && !strings.ContainsAny(target, " ;,'\"\r\n") {
			actions = append(actions, target)
		}
	}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action "+strings.Join(actions, " ")+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	// No Cross-Origin-Opener-Policy: apps open these pages in a window of their own and wait for word from it.
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}

// Asset implements identity.Screens.
func (s *Screens) Asset(w http.ResponseWriter, r *http.Request, name string) {
	if name != "style.css" {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=31536000, immutable") // its address carries its hash
	_, _ = w.Write(s.style)
}
