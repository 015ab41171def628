package httpd

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"chartwright/internal/care/form"
	"chartwright/internal/care/interaction"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// There are three bodies for errors: an OperationOutcome below /fhir, the JSON of RFC 6749 §5.2 below /oauth2 (written by the
// authorization server, and here for what never reaches it), and the Standard API's own for the rest.

// fail writes the answer to err in the form of the API that the path belongs to.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.log(r, err)
	s.render(w, r, err)
}

// render is fail without the log.
func (s *server) render(w http.ResponseWriter, r *http.Request, err error) {
	h := w.Header()
	challenge(h, r, err)
	x := exchangeOf(r)
	switch {
	case isFHIR(r.URL.Path):
		body, media := []byte(interaction.OutcomeOf(interaction.Placed(err, aboutWhat(r)), x.RequestID)), fhirJSON
		params, _ := search.ParseForm(r.URL.RawQuery) // what can't be parsed asks for nothing
		switch out, ferr := format(r, params); {
		case ferr != nil:
		case out.xml:
			if asXML, xerr := toXML(body, out.pretty); xerr == nil {
				body, media = asXML, fhirXML
			}
		case out.pretty:
			body = prettied(body)
		}
		write(w, fault.KindOf(err).Status(), media, body)
	case strings.HasPrefix(r.URL.Path, "/oauth2/"):
		kind := fault.KindOf(err)
		write(w, kind.Status(), plainJSON, []byte(`{"error":"`+kind.OAuthCode()+`"}`))
	default:
		status, body := form.Answer(form.Envelope, err)
		write(w, status, plainJSON, body)
	}
}

// aboutWhat is the expression of an error that names nothing itself: the body, of a request that has one or should have.
func aboutWhat(r *http.Request) string {
	switch {
	case r.ContentLength != 0, r.Method == http.MethodPost, r.Method == http.MethodPut, r.Method == http.MethodPatch:
		return fault.ParamExpression("body")
	}
	return fault.ParamExpression("url")
}

// failOperation writes the answer to an error of an operation of the Standard or Portal API.
func (s *server) failOperation(c *gin.Context, op *form.Operation, err error) {
	s.log(c.Request, err)
	challenge(c.Writer.Header(), c.Request, err)
	shape := form.Envelope
	if op != nil {
		shape = op.Shape
	}
	status, body := form.Answer(shape, err)
	write(c.Writer, status, plainJSON, body)
}

// log keeps what the caller is not told. Bad input is the caller's business and leaves no trace here.
func (s *server) log(r *http.Request, err error) {
	switch kind := fault.KindOf(err); kind {
	case fault.Internal, fault.Unavailable:
		if errors.Is(err, context.Canceled) || fault.Wanted(err) {
			return // the client left, or is told all there is to know
		}
		x := exchangeOf(r)
		s.Log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("request", x.RequestID), slog.String("kind", kind.String()),
			slog.String("site", x.site), slog.String("operation", x.Operation), slog.String("cause", err.Error()))
	default:
	}
}

// challenge sets the headers that belong to a kind of error.
func challenge(h http.Header, r *http.Request, err error) {
	var f *fault.Error
	if !errors.As(err, &f) {
		return
	}
	switch f.Kind {
	case fault.Unauthenticated: // RFC 6750 §3
		v := `Bearer realm="chartwright"`
		if r.Header.Get("Authorization") != "" {
			v += `, error="invalid_token"`
		}
		h.Set("WWW-Authenticate", v)
	case fault.Forbidden:
		if f.Scope != "" {
			h.Set("WWW-Authenticate", `Bearer realm="chartwright", error="insufficient_scope", scope="`+f.Scope+`"`)
		}
	case fault.Throttled, fault.Unavailable:
		wait := max(exchangeOf(r).wait, f.Wait)
		h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	case fault.TooLarge:
		if f.Wait > 0 { // RFC 9110 §15.5.14
			h.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.Wait.Seconds()))))
		}
	default:
	}
}

const (
	fhirJSON  = "application/fhir+json; charset=utf-8"
	plainJSON = "application/json; charset=utf-8"
)

func write(w http.ResponseWriter, status int, media string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have left
}

func (s *server) noRoute(c *gin.Context) {
	// gin knows no route for methods that nobody has; below a FHIR base each path says what it takes.
	if rest, ok := strings.CutPrefix(c.Request.URL.Path, "/apis/"); ok {
		if site, path, ok := strings.Cut(rest, "/fhir"); ok && isFHIR(c.Request.URL.Path) && !strings.Contains(site, "/") {
			s.fhir(c.Writer, c.Request, site, path)
			return
		}
	}
	s.fail(c.Writer, c.Request, fault.New(fault.NotFound, "httpd.route", "there is nothing here"))
}
