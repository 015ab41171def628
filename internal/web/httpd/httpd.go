// Package httpd is the HTTP door: it turns requests into calls of the rooms behind it and their results and errors into
// responses. It is the one place that knows routes, headers and error bodies; nobody else does.
//
// Every request passes the same frame (request id, limits, security headers, admission, recovery, access log). A request to an API then
// goes the same way in all of them:
//
//	site → switched on? → authenticate → decide → handler, with the grant and the site's record
//
// The FHIR API has one handler for all its routes ([interaction.Engine]); the Standard and Portal APIs have generated ones.
// The package knows nothing of TLS and listens to nothing; its caller does.
package httpd

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"chartwright/gen/api/portal"
	"chartwright/gen/api/standard"
	"chartwright/internal/access"
	"chartwright/internal/care/interaction"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/identity"
	"chartwright/internal/setting"
	"chartwright/internal/web/admission"
)

// AuthorizationServer is what the APIs need of the authorization server.
type AuthorizationServer interface {
	// Authenticate returns the subject of an access token of site. Errors: Unauthenticated; Unavailable.
	Authenticate(ctx context.Context, site, bearer string) (*access.Subject, error)
	// SMARTConfiguration returns what the FHIR API of site serves as .well-known/smart-configuration. Errors: NotFound.
	SMARTConfiguration(ctx context.Context, site string) (*identity.SMARTConfiguration, error)
}

// Config is what the door opens to. Sites, Settings, Policy, Records, FHIR, Authenticator and BaseURL are required; a nil
// handler leaves its routes out.
type Config struct {
	// BaseURL is how clients reach the server: scheme, host and port, without a slash at the end.
	BaseURL string
	// DefaultSite is the site that the aliases of setting fhir_aliases lead to.
	DefaultSite string

	Sites         chart.Sites
	Settings      setting.Source
	Policy        func(ctx context.Context, site string, settings *setting.Values) (access.Policy, error)
	Authenticator AuthorizationServer
	Records       *record.Records

	FHIR     *interaction.Engine
	Standard standard.Service // below /apis/{site}/api
	Portal   portal.Service   // below /apis/{site}/portal
	Identity http.Handler     // below /oauth2/
	Swagger  http.Handler     // below /swagger/

	// Places is how many requests are at work at once of each kind: reads, writes, those to the authorization server. 0 = as many as
	// suit the processors.
	Places int
	// Bodies is the room for bodies that are held at once; nil = as much as suits the memory.
	Bodies *admission.Memory
	// Times bound requests; a test whose machine may stand still gives them more.
	Times Times
	// Stopping reports that the server is about to stop, so that clients should not keep their connections; nil = it never does.
	Stopping func() bool
	// Ready reports why the server can't serve now, for /health/ready.
	Ready func(ctx context.Context) error
	// Observe is told about every request that was answered; nil if nobody counts.
	Observe func(route string, status int, took time.Duration)
	Log     *slog.Logger
	Now     func() time.Time
	// NewID makes request ids.
	NewID func() string
}

// New returns the handler of the whole server.
func New(cfg Config) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.RedirectTrailingSlash = false
	g.RedirectFixedPath = false
	g.UseRawPath = false
	_ = g.SetTrustedProxies(nil) // cannot fail on an empty list
	if cfg.Times == (Times{}) {
		cfg.Times = usualTimes
	}
	s := &server{Config: cfg, limits: newLimiter(), zipped: newZippedVersions(), documents: newDocuments(), admissions: newAdmissions(cfg.Places, cfg.Bodies)}

	s.fhirRoutes(g)
	s.dialectRoutes(g)
	s.healthRoutes(g)
	if cfg.Identity != nil {
		g.Any("/oauth2/*path", through("oauth2", cfg.Identity))
		// Where RFC 8414 §3.1 looks for the metadata of an issuer with a path, and §5 for OpenID Connect's.
		for _, name := range []string{"oauth-authorization-server", "openid-configuration"} {
			g.Any("/.well-known/"+name+"/oauth2/:site", metadata(cfg.Identity))
		}
	}
	if cfg.Swagger != nil {
		g.Any("/swagger/*path", through("swagger", cfg.Swagger))
	}
	s.doorRoutes(g)
	g.NoRoute(s.noRoute)
	return &frame{next: g, server: s}
}

type server struct {
	Config
	limits     *limiter
	zipped     *zippedVersions
	documents  *documents
	admissions *admissions
}

// through passes a request on to a handler that answers for itself; door is its name in logs and metrics.
func through(door string, h http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) { pass(c, door, h) }
}

// pass is what through does. Where the handler is a mux, its pattern tells the log which endpoint of which site it was.
func pass(c *gin.Context, door string, h http.Handler) {
	x := exchangeOf(c.Request)
	x.door = door
	c.Request.Header.Set("X-Request-ID", x.RequestID) // what the answer carries, whatever the client has sent
	h.ServeHTTP(c.Writer, c.Request)
	if _, path, ok := strings.Cut(c.Request.Pattern, "/{site}/"); ok && x.status != http.StatusNotFound {
		x.site, x.Operation = c.Request.PathValue("site"), path
	}
}

// metadata answers as the authorization server does for the metadata of a site.
func metadata(h http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		r := c.Request.Clone(c.Request.Context())
		r.URL.Path, r.URL.RawPath = "/oauth2/"+c.Param("site")+"/.well-known/openid-configuration", ""
		c.Request = r
		pass(c, "oauth2", h)
	}
}

// The times that a connection has. R-63: slow clients must not hold connections.
const (
	readHeaderTimeout = 5 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 32 << 10
	maxStreams        = 100
)

// Server returns an http.Server for handler with the limits that this package relies on.
func Server(handler http.Handler, errorLog *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ErrorLog:          slog.NewLogLogger(errorLog.Handler(), slog.LevelDebug),
	}
}
