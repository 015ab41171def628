package scope

import (
	"strings"

	"chartwright/internal/fault"
)

// maxBytes bounds one scope; the longest that anybody publishes has 130 bytes.
const maxBytes = 1024

// plain are the scopes that are a word of their own.
var plain = map[string]bool{
	"openid": true, "fhirUser": true, "profile": true, "name": true, "address": true, "given_name": true,
	"family_name": true, "nickname": true, "phone": true, "phone_verified": true, "email": true, "email_verified": true,
	"nonce": true, "online_access": true, "offline_access": true, "smart/orchestrate_launch": true,
	CDRDelete: true, CDRExpunge: true, CDRValidate: true, CDRAll: true,
}

// The extension scopes of clinical data repositories.
const (
	CDRDelete   = "cdr_fhir_delete"          // delete wherever the token has a data scope
	CDRExpunge  = "cdr_fhir_expunge"         // $expunge
	CDRValidate = "cdr_fhir_validate"        // $validate
	CDRAll      = "cdr_all_user_authorities" // everything that the signed-in user may do; supersedes all data scopes
)

// Parse reads one scope.
//
// It checks the grammar alone: a resource type need not exist. Case matters everywhere. Refused are letters out of order or
// doubled, a wildcard beside granular parameters, granular parameters with chains, empty values or modifiers other than :in,
// :not-in, :below, :above and :not, and characters that RFC 6749 §3.3 does not allow. Errors: Invalid.
func Parse(text string) (Scope, error) {
	if text == "" || len(text) > maxBytes {
		return Scope{}, bad("a scope has 1 to %d characters", maxBytes)
	}
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return Scope{}, bad("a scope holds a character that RFC 6749 §3.3 does not allow")
		}
	}
	if plain[text] {
		return Scope{Kind: Plain, Name: text}, nil
	}
	if name, ok := strings.CutPrefix(text, "api:"); ok {
		if name == "fhir" || name == "oemr" || name == "port" {
			return Scope{Kind: API, Name: name}, nil
		}
		return Scope{}, unknown(text)
	}
	if name, ok := strings.CutPrefix(text, "site:"); ok {
		if !isSite(name) {
			return Scope{}, unknown(text)
		}
		return Scope{Kind: Site, Name: name}, nil
	}
	head, rest, slashed := strings.Cut(text, "/")
	if head == "launch" {
		if !slashed {
			return Scope{Kind: Launch}, nil
		}
		return parseLaunch(text, rest)
	}
	ctx := contextOf(head)
	if !slashed || ctx == NoContext {
		return Scope{}, unknown(text)
	}
	return parseData(text, ctx, rest)
}

// ParseList reads a list of scopes separated by single or several spaces, as the scope parameter of OAuth. It stops at the
// first bad one.
func ParseList(text string) ([]Scope, error) {
	var list []Scope
	for word := range strings.SplitSeq(text, " ") {
		if word == "" {
			continue
		}
		s, err := Parse(word)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func contextOf(word string) Context {
	switch word {
	case "patient":
		return Patient
	case "user":
		return User
	case "system":
		return System
	}
	return NoContext
}

// parseData reads what follows the context: Type.letters, Type.letters?query or Type.$operation.
func parseData(text string, ctx Context, rest string) (Scope, error) {
	rest, query, hasQuery := strings.Cut(rest, "?")
	typ, permission, ok := strings.Cut(rest, ".")
	if !ok || typ != Any && !isType(typ) {
		return Scope{}, unknown(text)
	}
	if strings.HasPrefix(permission, "$") {
		if hasQuery || !isOperation(permission[1:]) {
			return Scope{}, unknown(text)
		}
		return Scope{Kind: Operation, Context: ctx, Type: typ, Name: permission}, nil
	}
	s := Scope{Kind: Data, Context: ctx, Type: typ, Letters: ParseLetters(permission)}
	if s.Letters == 0 {
		return Scope{}, bad("scope %s: the permission is a subset of cruds in this order, or read, write, *", text)
	}
	if hasQuery {
		if typ == Any {
			return Scope{}, bad("scope %s: a wildcard takes no parameters, since not all types have them", text)
		}
		canonical, err := canonicalQuery(text, query)
		if err != nil {
			return Scope{}, err
		}
		s.Query = canonical
	}
	return s, nil
}

// parseLaunch reads launch/{resource} with an optional role.
func parseLaunch(text, rest string) (Scope, error) {
	typ, query, hasQuery := strings.Cut(rest, "?")
	if typ == "" || strings.Trim(typ, "abcdefghijklmnopqrstuvwxyz") != "" {
		return Scope{}, unknown(text)
	}
	s := Scope{Kind: Launch, Type: typ}
	if hasQuery {
		canonical, err := canonicalQuery(text, query)
		if err != nil {
			return Scope{}, err
		}
		if !strings.HasPrefix(canonical, "role=") || strings.Contains(canonical, "&") {
			return Scope{}, bad("scope %s: a launch context takes the parameter role alone", text)
		}
		s.Query = canonical
	}
	return s, nil
}

// isType accepts the form of a FHIR type, letters after a capital, or of a Standard API word, small letters and underscores.
func isType(s string) bool {
	if s == "" {
		return false
	}
	fhir := s[0] >= 'A' && s[0] <= 'Z'
	for i := range len(s) {
		c := s[i]
		small, capital := c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z'
		if !small && !(fhir && capital) && !(!fhir && i > 0 && c == '_') {
			return false
		}
	}
	return true
}

func isOperation(s string) bool {
	if s == "" || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return true
}

func isSite(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

func unknown(text string) error { return bad("scope %s is not known", text) }

func bad(format string, args ...any) error {
	return fault.New(fault.Invalid, "scope.parse", format, args...)
}
