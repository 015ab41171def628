// Package oauth is the vocabulary of the authorization server: the error codes of the standards, how an error is written to
// a client, and how a form is read. It knows no client, no user and no store.
package oauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"chartwright/internal/fault"
)

// Code is an error code of RFC 6749 and its relatives.
type Code string

// The codes that this server uses.
// https://www.iana.org/assignments/oauth-parameters/oauth-parameters.xhtml#extensions-error
const (
	InvalidRequest          Code = "invalid_request"           // RFC 6749 §4.1.2.1, §5.2
	InvalidClient           Code = "invalid_client"            // RFC 6749 §5.2
	InvalidGrant            Code = "invalid_grant"             // RFC 6749 §5.2
	UnauthorizedClient      Code = "unauthorized_client"       // RFC 6749 §5.2
	UnsupportedGrantType    Code = "unsupported_grant_type"    // RFC 6749 §5.2
	UnsupportedResponseType Code = "unsupported_response_type" // RFC 6749 §4.1.2.1
	InvalidScope            Code = "invalid_scope"             // RFC 6749 §5.2
	AccessDenied            Code = "access_denied"             // RFC 6749 §4.1.2.1
	ServerError             Code = "server_error"              // RFC 6749 §4.1.2.1
	TemporarilyUnavailable  Code = "temporarily_unavailable"   // RFC 6749 §4.1.2.1
	InvalidToken            Code = "invalid_token"             // RFC 6750 §3.1
	InsufficientScope       Code = "insufficient_scope"        // RFC 6750 §3.1
	InvalidRedirectURI      Code = "invalid_redirect_uri"      // RFC 7591 §3.2.2
	InvalidClientMetadata   Code = "invalid_client_metadata"   // RFC 7591 §3.2.2
	LoginRequired           Code = "login_required"            // OpenID Connect Core §3.1.2.6
	ConsentRequired         Code = "consent_required"          // OpenID Connect Core §3.1.2.6
	InteractionRequired     Code = "interaction_required"      // OpenID Connect Core §3.1.2.6
	RequestNotSupported     Code = "request_not_supported"     // OpenID Connect Core §3.1.2.6
	RequestURINotSupported  Code = "request_uri_not_supported" // OpenID Connect Core §3.1.2.6
	UnsupportedTokenType    Code = "unsupported_token_type"    // RFC 7009 §2.2.1
)

// Error is an error that a client of the authorization server sees.
type Error struct {
	Code        Code
	Description string // one sentence of printable ASCII, without secrets; RFC 6749 §5.2
	Status      int    // HTTP status; 0 = the usual one of the code
	RetryAfter  int    // seconds; 0 = not said
	Member      string // of a client's metadata that is at fault, for the page on which it is entered; empty = no single one
	Err         error  // cause, for the log only
}

// New returns an error with a description for the client.
func New(code Code, description string) *Error { return &Error{Code: code, Description: description} }

// Wrap returns an error whose cause is kept for the log.
func Wrap(code Code, description string, err error) *Error {
	return &Error{Code: code, Description: description, Err: err}
}

// Error implements error for the log.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Description
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// HTTPStatus returns the status that goes with the error.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	switch e.Code {
	case InvalidClient, InvalidToken:
		return http.StatusUnauthorized
	case InsufficientScope, AccessDenied:
		return http.StatusForbidden
	case ServerError:
		return http.StatusInternalServerError
	case TemporarilyUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// From returns err as an [Error]. A fault becomes the OAuth error that says the same; anything else is a server_error that
// tells the client nothing.
func From(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		return Wrap(ServerError, "The server could not process the request.", err)
	}
	switch f.Kind {
	case fault.Invalid, fault.Unprocessable, fault.NotFound, fault.Conflict, fault.Unsupported:
		return Wrap(InvalidRequest, f.Detail, err)
	case fault.MethodNotAllowed:
		return &Error{Code: InvalidRequest, Description: f.Detail, Status: http.StatusMethodNotAllowed, Err: err}
	case fault.TooLarge:
		return &Error{Code: InvalidRequest, Description: f.Detail, Status: http.StatusRequestEntityTooLarge, Err: err}
	case fault.URITooLong:
		return &Error{Code: InvalidRequest, Description: f.Detail, Status: http.StatusRequestURITooLong, Err: err}
	case fault.Unauthenticated:
		return Wrap(InvalidToken, f.Detail, err)
	case fault.Forbidden:
		return Wrap(AccessDenied, f.Detail, err)
	case fault.Throttled:
		return &Error{Code: TemporarilyUnavailable, Description: "Too many requests; try again later.", Status: http.StatusTooManyRequests, RetryAfter: 60, Err: err}
	case fault.Unavailable:
		if f.Wait > 0 {
			return &Error{Code: TemporarilyUnavailable, Description: f.Detail, RetryAfter: int(f.Wait.Seconds()), Err: err}
		}
		return &Error{Code: TemporarilyUnavailable, Description: "The server cannot answer now; try again later.", RetryAfter: 5, Err: err}
	}
	return Wrap(ServerError, "The server could not process the request.", err)
}

// NoStore forbids every cache to keep the answer. RFC 6749 §5.1.
func NoStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}

// WriteJSON writes v with status; the answer is not to be cached.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"server_error"}`)
	}
	h := w.Header()
	NoStore(h)
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// WriteError writes err as the answer to r, as RFC 6749 §5.2 says. The challenge Basic answers only a client that tried it:
// anywhere else it would make a browser ask its user for a password.
func WriteError(w http.ResponseWriter, r *http.Request, err error) *Error {
	e := From(err)
	h := w.Header()
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(e.RetryAfter))
	}
	switch e.Code {
	case InvalidClient:
		switch {
		case e.HTTPStatus() != http.StatusUnauthorized:
		case r.Header.Get("Authorization") != "":
			h.Set("WWW-Authenticate", `Basic realm="oauth2", charset="UTF-8"`)
		default:
			h.Set("WWW-Authenticate", `Form realm="oauth2"`) // RFC 9110 §15.5.2 wants some challenge
		}
	case InvalidToken, InsufficientScope:
		h.Set("WWW-Authenticate", `Bearer error="`+string(e.Code)+`"`)
	}
	WriteJSON(w, e.HTTPStatus(), struct {
		Error       Code   `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{e.Code, e.Description})
	return e
}
