// Package swagger serves the documentation of the APIs: Swagger UI with a choice of documents, each of which works by "Try it
// out" with the built-in client swagger-ui.
//
//	/swagger/                      the page; ?site=NAME shows the documents of another site
//	/swagger/docs/NAME.json        a document, likewise
//	/swagger/oauth2-redirect.html  where the authorization server sends the browser back to
//	/swagger/ui/FILE               the files of Swagger UI and of the page
//
// There is one truth about an API: its generated document. This package puts in which site it is about, and holds no copy of
// anything.
package swagger

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	files "github.com/swaggo/files/v2"
)

// Config is what the pages say about the server.
type Config struct {
	BaseURL string // how clients reach the server, without a slash at the end
	Site    string // shown when the address names none
}

// defaultSite is the site that the generated documents are written for.
const defaultSite = "default"

// siteName is the form of a site's name. Whether there is such a site, the page does not tell.
var siteName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$`)

// server serves everything below /swagger/.
type server struct {
	Config

	docs   *documents
	assets map[string]*asset // by path
}

// New returns the handler of everything below /swagger/. Errors: a file of Swagger UI is missing.
func New(cfg Config) (http.Handler, error) {
	s := &server{Config: cfg, docs: register()}
	var err error
	if s.assets, err = loadAssets(files.FS); err != nil {
		return nil, fmt.Errorf("swagger: %w", err)
	}
	return s, nil
}

// ServeHTTP implements [http.Handler].
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/swagger/")
	if name, ok := strings.CutPrefix(path, "docs/"); ok {
		s.document(w, r, strings.TrimSuffix(name, ".json"))
		return
	}
	switch path {
	case "":
		if to := s.elsewhere(r); to != "" {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			return
		}
	case "index.html":
		http.Redirect(w, r, "/swagger/", http.StatusMovedPermanently)
		return
	case "config.json":
		s.config(w, r)
		return
	}
	if a := s.assets[path]; a != nil {
		a.serve(w, r)
		return
	}
	http.NotFound(w, r)
}

// elsewhere is where a browser shall rather open the page; empty if it is well where it is. A server without TLS may send a
// browser back to an IP address of loopback, but not to the name localhost.
// https://www.rfc-editor.org/rfc/rfc8252#section-8.3
func (s *server) elsewhere(r *http.Request) string {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil || host != "localhost" || !strings.HasPrefix(s.BaseURL, "http://") {
		return ""
	}
	ip := "127.0.0.1"
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if tcp, ok := at.(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
			ip = tcp.IP.String()
		}
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(ip, port), Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	return u.String()
}

// site returns the site that a request is about; false after it was answered with 404.
func (s *server) site(w http.ResponseWriter, r *http.Request) (string, bool) {
	site := r.URL.Query().Get("site")
	if site == "" {
		site = s.Site
	}
	if !siteName.MatchString(site) {
		http.NotFound(w, r)
		return "", false
	}
	return site, true
}

// config tells the page what to show.
func (s *server) config(w http.ResponseWriter, r *http.Request) {
	site, ok := s.site(w, r)
	if !ok {
		return
	}
	type entry struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	var list []entry
	for _, d := range s.docs.list {
		u := "/swagger/docs/" + d.name + ".json"
		if site != s.Site {
			u += "?site=" + url.QueryEscape(site)
		}
		list = append(list, entry{Name: d.title, URL: u})
	}
	body, err := json.Marshal(struct {
		URLs     []entry `json:"urls"`
		ClientID string  `json:"clientId"`
		Audience string  `json:"aud"`
	}{list, clientID, s.BaseURL + "/apis/" + site + "/fhir"})
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	_, _ = w.Write(body) // the client may have left
}

// clientID is the built-in public client, which every site with the demonstration has.
const clientID = "swagger-ui"
