package form

import (
	"encoding/json"
	"errors"
	"net/http"

	"chartwright/internal/fault"
)

// statuses are the statuses of errors in the Standard and Portal APIs.
var statuses = map[fault.Kind]int{
	fault.Internal: http.StatusInternalServerError, fault.Invalid: http.StatusBadRequest, fault.Unprocessable: http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden, fault.NotFound: http.StatusNotFound,
	fault.Gone: http.StatusNotFound, fault.MethodNotAllowed: http.StatusMethodNotAllowed, fault.NotAcceptable: http.StatusNotAcceptable,
	fault.Conflict: http.StatusConflict, fault.PreconditionFailed: http.StatusConflict,
	fault.PreconditionRequired: http.StatusPreconditionRequired, fault.TooLarge: http.StatusRequestEntityTooLarge,
	fault.Unsupported: http.StatusUnsupportedMediaType, fault.TooCostly: http.StatusForbidden, fault.Throttled: http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable,
}

type envelope struct {
	ValidationErrors any   `json:"validationErrors"`
	InternalErrors   any   `json:"internalErrors"`
	Data             []any `json:"data"`
	Links            []any `json:"links"`
}

// Answer returns the documented answer to an error of an operation: status and JSON body. What the caller may not know, such
// as the cause of an internal error, is not in it.
func Answer(shape Shape, err error) (status int, body []byte) {
	status = statuses[fault.KindOf(err)]
	var problems *Problems
	var found *fault.Error
	messages, internal := any([]any{}), any([]any{})
	switch {
	case errors.As(err, &problems):
		status, messages = http.StatusBadRequest, problems.Fields
	case errors.As(err, &found) && status == http.StatusBadRequest:
		messages = findings(found)
	case status == http.StatusUnauthorized:
		return status, denied(found)
	case status != http.StatusNotFound:
		internal = []string{reason(found, status)}
	}
	var v any = envelope{ValidationErrors: messages, InternalErrors: internal, Data: []any{}, Links: []any{}}
	if shape == Bare {
		switch {
		case status == http.StatusBadRequest:
			v = messages
		case status == http.StatusNotFound:
			v = nil
		}
	}
	body, err = json.Marshal(v)
	if err != nil {
		return http.StatusInternalServerError, []byte("null") // a message is text: this cannot be
	}
	return status, body
}

// reason is what the caller may know: the sentence that the error has for him, or what the status means.
func reason(e *fault.Error, status int) string {
	if e != nil && e.Detail != "" && e.Kind != fault.Internal {
		return e.Detail
	}
	return http.StatusText(status)
}

// denied is the body for a caller who is not known, as OpenEMR has it.
func denied(e *fault.Error) []byte {
	const description = "The resource owner or authorization server denied the request."
	body, err := json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Hint        string `json:"hint"`
		Message     string `json:"message"`
	}{"access_denied", description, reason(e, http.StatusUnauthorized), description})
	if err != nil {
		return []byte("null")
	}
	return body
}

// findings turns the issues about a FHIR resource into messages by element.
func findings(e *fault.Error) map[string]map[string]string {
	m := map[string]map[string]string{}
	for _, i := range e.Issues {
		field, rule := i.Expression, i.Code
		if field == "" {
			field = "body"
		}
		if rule == "" {
			rule = "invalid"
		}
		if m[field] == nil {
			m[field] = map[string]string{}
		}
		m[field][rule] = i.Detail
	}
	if len(m) == 0 {
		m["request"] = map[string]string{"invalid": e.Detail}
	}
	return m
}
