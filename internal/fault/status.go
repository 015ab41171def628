package fault

// row says how a kind looks outside.
type row struct {
	name   string
	status int    // HTTP
	issue  string // http://hl7.org/fhir/issue-type
	oauth  string // RFC 6749 §5.2, RFC 6750 §3.1
	about  string // what of the request is at fault when an error does not name it: a header, or url and method
}

var table = [...]row{
	Internal:             {"internal", 500, "exception", "server_error", ""},
	Invalid:              {"invalid", 400, "invalid", "invalid_request", ""},
	Unprocessable:        {"unprocessable", 422, "processing", "invalid_request", ""},
	Unauthenticated:      {"unauthenticated", 401, "login", "invalid_token", "Authorization"},
	Forbidden:            {"forbidden", 403, "forbidden", "insufficient_scope", "Authorization"},
	NotFound:             {"not-found", 404, "not-found", "invalid_request", "url"},
	MethodNotAllowed:     {"method-not-allowed", 405, "not-supported", "invalid_request", "method"},
	NotAcceptable:        {"not-acceptable", 406, "not-supported", "invalid_request", "Accept"},
	Conflict:             {"conflict", 409, "conflict", "invalid_request", "url"},
	Gone:                 {"gone", 410, "deleted", "invalid_request", "url"},
	PreconditionFailed:   {"precondition-failed", 412, "conflict", "invalid_request", "url"},
	PreconditionRequired: {"precondition-required", 428, "required", "invalid_request", "If-Match"},
	TooLarge:             {"too-large", 413, "too-long", "invalid_request", ""},
	URITooLong:           {"uri-too-long", 414, "too-long", "invalid_request", "url"},
	Unsupported:          {"unsupported", 415, "not-supported", "invalid_request", "Content-Type"},
	TooCostly:            {"too-costly", 403, "too-costly", "invalid_request", ""},
	Throttled:            {"throttled", 429, "throttled", "temporarily_unavailable", ""},
	Unavailable:          {"unavailable", 503, "transient", "temporarily_unavailable", ""},
}

// String returns the name of the kind, for logs and metrics.
func (k Kind) String() string { return table[k].name }

// Status returns the HTTP status code.
func (k Kind) Status() int { return table[k].status }

// IssueCode returns the code of OperationOutcome.issue. https://hl7.org/fhir/R4/valueset-issue-type.html
func (k Kind) IssueCode() string { return table[k].issue }

// OAuthCode returns the error code of RFC 6749 §5.2 and RFC 6750 §3.1.
func (k Kind) OAuthCode() string { return table[k].oauth }

// Expression names what of a request an error of this kind is about, for one that names nothing itself: http. and a header, or http.url and
// http.method, which an entry of a Bundle has as Bundle.entry.request.url and .method. It is empty where the request is not at fault, or
// the error is about its body.
//
// https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.location
func (k Kind) Expression() string {
	if table[k].about == "" {
		return ""
	}
	return ParamExpression(table[k].about)
}
