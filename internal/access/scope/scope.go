// Package scope knows what an OAuth scope says: SMART App Launch scopes of version 1 and 2 with wildcards and granular
// parameters, the scopes of the Standard and Portal APIs, operation scopes, launch contexts, API families and the extensions
// of clinical data repositories. A scope is a value: parsed once, compared with ==, printed in one canonical form.
//
// The package knows the grammar and the inclusion of one scope in another. Which scopes this server offers is the business of
// the generated table chartwright/gen/scope; what a scope permits to whom, that of package access.
//
// https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
package scope

// Kind is the family of a scope.
type Kind uint8

// The families. The zero value is no scope.
const (
	Data      Kind = iota + 1 // patient/Observation.rs, user/vital.read
	Operation                 // system/Patient.$export
	Launch                    // launch, launch/patient
	API                       // api:fhir, api:oemr, api:port
	Site                      // site:default
	Plain                     // openid, offline_access, cdr_fhir_delete …: a word with a fixed meaning
)

// Context says on whose behalf the data is used.
type Context uint8

// The contexts. The zero value is that of scopes without one.
const (
	NoContext Context = iota
	Patient           // the record of the one patient in context
	User              // whatever the signed-in user may see
	System            // whatever the client itself may see; nobody is signed in
)

// String returns the word before the slash.
func (c Context) String() string {
	switch c {
	case Patient:
		return "patient"
	case User:
		return "user"
	case System:
		return "system"
	}
	return ""
}

// Any is the type of a wildcard scope.
const Any = "*"

// Scope is one scope. Two scopes that mean the same are equal: patient/Observation.read == patient/Observation.rs.
type Scope struct {
	Kind    Kind
	Context Context // of Data and Operation
	Type    string  // Data, Operation: FHIR resource type, word of the Standard API, or Any; Launch: resource in lower case or ""
	Letters Letters // of Data
	Query   string  // Data: canonical granular parameters; Launch: canonical role=…; "" = none
	Name    string  // Operation: name with $; API: fhir, oemr, port; Site: the site; Plain: the word
}

// FHIR reports whether the scope is about a FHIR type or all of them, rather than a word of the Standard or Portal API: FHIR
// types begin with a capital, words never do, so user/patient.read and user/Patient.read are different things.
func (s Scope) FHIR() bool {
	return s.Type == Any || s.Type != "" && s.Type[0] >= 'A' && s.Type[0] <= 'Z'
}

// String returns the canonical form, which Parse reads back to the same value. SMART v1 permissions print as v2 letters.
func (s Scope) String() string {
	switch s.Kind {
	case Data:
		return s.Context.String() + "/" + s.Type + "." + s.Letters.String() + question(s.Query)
	case Operation:
		return s.Context.String() + "/" + s.Type + "." + s.Name
	case Launch:
		if s.Type == "" {
			return "launch"
		}
		return "launch/" + s.Type + question(s.Query)
	case API:
		return "api:" + s.Name
	case Site:
		return "site:" + s.Name
	case Plain:
		return s.Name
	}
	return ""
}

func question(query string) string {
	if query == "" {
		return ""
	}
	return "?" + query
}

// Covers reports whether everything that t permits, s permits as well: the same family and context, a type that is t's or a
// wildcard, all of t's letters, and no granular parameter that t does not imply. A wildcard never covers an operation scope:
// system/*.$export names the operation on the whole server, not the operations of all types; nor does it cover the words of
// the Standard API.
func (s Scope) Covers(t Scope) bool {
	if s == t {
		return s.Kind != 0
	}
	if s.Kind != Data || t.Kind != Data || s.Context != t.Context {
		return false
	}
	if s.Type != t.Type && (s.Type != Any || !t.FHIR()) {
		return false
	}
	return s.Letters.Has(t.Letters) && implies(t.Query, s.Query)
}
