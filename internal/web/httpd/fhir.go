package httpd

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/care/interaction"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// fhirRoutes leads everything below the FHIR bases to one handler: which interaction a method and path mean is in the
// generated route table, not here.
func (s *server) fhirRoutes(g *gin.Engine) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		for _, path := range []string{"/apis/:site/fhir", "/apis/:site/fhir/*path"} {
			g.Handle(method, path, func(c *gin.Context) { s.fhir(c.Writer, c.Request, c.Param("site"), c.Param("path")) })
		}
		// The aliases of the default site, where some clients expect the FHIR API.
		for _, path := range []string{"/r4", "/r4/*path", "/fhir/r4", "/fhir/r4/*path"} {
			g.Handle(method, path, func(c *gin.Context) { s.alias(c.Writer, c.Request, c.Param("path")) })
		}
	}
	g.GET("/metadata", func(c *gin.Context) { s.alias(c.Writer, c.Request, "/metadata") })
}

// alias answers under an alias of the default site, if the site has aliases.
func (s *server) alias(w http.ResponseWriter, r *http.Request, path string) {
	settings, err := s.Settings.Settings(r.Context(), s.DefaultSite)
	if err == nil && !settings.FHIRAliases {
		err = fault.New(fault.NotFound, "httpd.alias", "there is nothing here")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.fhir(w, r, s.DefaultSite, path)
}

// fhir answers one request to the FHIR API of a site. path is relative to the base.
func (s *server) fhir(w http.ResponseWriter, r *http.Request, site, path string) {
	x := exchangeOf(r)
	x.door, x.site = "fhir", site
	crossOrigin(w.Header())
	out, a, err := s.answer(w, r, site, path)
	if err != nil {
		switch {
		case fault.Is(err, fault.MethodNotAllowed):
			w.Header().Set("Allow", strings.Join(interaction.Methods(path), ", "))
		case fault.Is(err, fault.Unsupported) && r.Method == http.MethodPatch: // RFC 5789 §2.2
			w.Header().Set("Accept-Patch", interaction.PatchTypes)
		}
		s.fail(w, r, err)
		return
	}
	if a != nil {
		if out.file && a.Body != nil {
			if respondFile(x, w, r, a) {
				return
			}
			if out.unless != nil {
				s.fail(w, r, out.unless)
				return
			}
		}
		if out.documents = s.documents; x.zips {
			out.zipped = s.zipped
		}
		out.respond(x, w, a)
	}
}

// answer is fhir without the rendering; a nil Answer says that the response is written.
func (s *server) answer(w http.ResponseWriter, r *http.Request, site, path string) (out output, a *interaction.Answer, err error) {
	p, err := s.offering(r.Context(), site, access.FHIR)
	if err != nil {
		return out, nil, err
	}
	if path == "/.well-known/smart-configuration" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return out, nil, s.smartConfiguration(w, r, site)
	}
	if r.Method == http.MethodOptions {
		return out, options(w.Header(), path), nil
	}
	target, err := interaction.Route(r.Method, path)
	if err != nil {
		return out, nil, s.unknownTo(r, p, err)
	}
	exchangeOf(r).Operation = target.Interaction.String()

	c := &interaction.Call{Target: target, Method: r.Method, Site: p.site, Settings: p.settings, Base: s.BaseURL + "/apis/" + site + "/fhir"}
	if a := target.Interaction.Access(); a == '-' || a == '*' { // what may end up in the CapabilityStatement
		c.Authorization = s.BaseURL + "/oauth2/" + site
	}
	if target.Interaction.Access() != '-' {
		if c.Subject, err = s.caller(r, p, access.FHIR); err != nil {
			return out, nil, err
		}
		if target.Interaction == r4route.Batch {
			c.Entries = s.entries(p, c.Subject)
		}
		if c.Policy, err = s.Policy(r.Context(), site, p.settings); err != nil {
			return out, nil, err
		}
	}
	if r.URL.RawQuery != "" {
		if c.Params, err = search.ParseForm(r.URL.RawQuery); err != nil {
			return out, nil, err
		}
	}
	if r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch {
		if err = read(w, r, c); err != nil {
			return out, nil, err
		}
	}
	if err := wellFormed(c.Params); err != nil {
		return out, nil, err
	}
	out, err = format(r, c.Params)
	if out.file = wantsFile(r, c); out.file {
		out.unless = err // the file's own media type may be what the caller takes
	} else if err != nil {
		return out, nil, err
	}
	out.base = c.Base
	if err := c.ReadShape(); err != nil {
		return out, nil, err
	}
	h := r.Header
	for _, name := range singles {
		if len(h[name]) > 1 {
			return out, nil, fault.AtParam("httpd.headers", name, "%s is given more than once", name)
		}
	}
	c.Header = interaction.Header{
		ContentType: h.Get("Content-Type"), IfMatch: strings.Join(h["If-Match"], ", "), IfNoneMatch: strings.Join(h["If-None-Match"], ", "),
		IfNoneExist: h.Get("If-None-Exist"), IfModifiedSince: h.Get("If-Modified-Since"), IfUnmodifiedSince: h.Get("If-Unmodified-Since"),
	}
	if _, given := h["If-None-Exist"]; given && c.Header.IfNoneExist == "" {
		c.Header.IfNoneExist = "?" // criteria, and none in particular: not a create without any
	}
	c.Prefer = interaction.ParsePrefer(h["Prefer"])
	a, err = s.FHIR.Do(r.Context(), c)
	return out, a, err
}

// singles are the headers that an interaction depends on and that have one value: of two nobody knows which is meant.
// RFC 9110 §5.3
var singles = []string{"Content-Type", "Content-Encoding", "If-None-Exist", "If-Modified-Since", "If-Unmodified-Since", securityContext}

// smartConfiguration tells apps how to get access to the API.
//
// https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html
func (s *server) smartConfiguration(w http.ResponseWriter, r *http.Request, site string) error {
	exchangeOf(r).Operation = "smart-configuration"
	doc, err := s.Authenticator.SMARTConfiguration(r.Context(), site)
	if err != nil {
		return err
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return fault.Wrap(fault.Internal, "httpd.smart", err)
	}
	write(w, http.StatusOK, plainJSON, body)
	return nil
}

// unknownTo hides from strangers which paths exist: without a token every path but the open ones is 401.
func (s *server) unknownTo(r *http.Request, p place, err error) error {
	if _, aerr := s.caller(r, p, access.FHIR); aerr != nil {
		return aerr
	}
	return err
}

// wellFormed refuses parameters that are no text.
func wellFormed(params []search.Parameter) error {
	for _, p := range params {
		if !utf8.ValidString(p.Name) || !utf8.ValidString(p.Value) {
			return fault.New(fault.Invalid, "httpd.params", "the parameters are not valid UTF-8")
		}
	}
	return nil
}

var (
	anyOrigin = []string{"*"}
	exposed   = []string{"ETag, Location, Content-Location, Last-Modified, Retry-After, Content-Disposition, X-Progress, X-Request-Id, X-Security-Context, WWW-Authenticate"}
)

// crossOrigin lets pages of other origins call the API. Access is by bearer token, never by cookie, so any origin may; no
// credentials are ever allowed.
func crossOrigin(h http.Header) {
	h["Access-Control-Allow-Origin"] = anyOrigin
	h["Access-Control-Expose-Headers"] = exposed
}

// options answers OPTIONS: what a path can do, and the preflight of a page of another origin.
func options(h http.Header, path string) *interaction.Answer {
	methods := strings.Join(append(interaction.Methods(path), http.MethodOptions), ", ")
	h.Set("Access-Control-Allow-Methods", methods)
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, Accept, Prefer, If-Match, If-None-Match, If-None-Exist, If-Modified-Since, If-Unmodified-Since, X-Security-Context, X-Request-Id")
	h.Set("Access-Control-Max-Age", "600")
	if strings.Contains(methods, http.MethodPatch) {
		h.Set("Accept-Patch", interaction.PatchTypes)
	}
	return &interaction.Answer{Status: http.StatusNoContent, Allow: methods}
}

// isJSON reports whether a media type is one of FHIR's for JSON.
func isJSON(media string) bool {
	switch media {
	case "application/fhir+json", "application/json", "text/json", "application/json+fhir":
		return true
	}
	return false
}

// mediaType returns the media type of a header value and its parameters, with names in lower case.
func mediaType(value string) (media string, params map[string]string) {
	media, params, err := mime.ParseMediaType(value)
	if err != nil {
		media, _, _ = strings.Cut(value, ";")
		return strings.ToLower(strings.TrimSpace(media)), nil
	}
	return media, params
}
