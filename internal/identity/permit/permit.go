// Package permit says which scopes exist on this server, which of them a client may register and ask for, and which a grant
// may carry. What a scope means when data is touched is decided by package access; this package only keeps grants from
// carrying what could never be used.
package permit

import (
	"slices"
	"strings"

	"chartwright/internal/access"
	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
	"chartwright/internal/setting"
)

// Catalog is the set of scopes that this build of the server implements. It is never changed.
type Catalog struct {
	entries []scope.Entry
	data    map[place][]scope.Scope
	other   map[scope.Scope]bool
	narrows Narrows
}

// Narrows reports whether a query can limit which rows of a type a scope opens: whether the record can hold every row against it.
type Narrows func(typ, query string) bool

type place struct {
	context scope.Context
	typ     string
}

// NewCatalog returns the catalog of everything that the access decision knows. Narrows judges granular scopes; nil = only the parameters
// of those that are published.
func NewCatalog(narrows Narrows) *Catalog {
	c := &Catalog{entries: scope.Supported(), data: map[place][]scope.Scope{}, other: map[scope.Scope]bool{}, narrows: narrows}
	for _, e := range c.entries {
		if e.Value.Kind == scope.Data {
			p := place{e.Value.Context, e.Value.Type}
			c.data[p] = append(c.data[p], e.Value)
			continue
		}
		c.other[e.Value] = true
	}
	return c
}

// List returns the scopes that can be granted under the settings, in the catalog's order. With common it leaves out those that
// hardly any app asks for: what discovery documents list.
func (c *Catalog) List(v *setting.Values, common bool) []string {
	var list []string
	for _, e := range c.entries {
		if enabled(e.Value, v) && !e.Hidden && (e.Common || !common) {
			list = append(list, e.Scope)
		}
	}
	return list
}

// Check parses one scope and says whether this site knows it under its settings. Errors: Invalid, naming the scope.
func (c *Catalog) Check(text, site string, v *setting.Values) (scope.Scope, error) {
	s, err := scope.Parse(text)
	if err != nil {
		return scope.Scope{}, fault.New(fault.Invalid, "permit.check", "The scope %s is unknown.", text)
	}
	switch {
	case s.Kind == scope.Site:
		if s.Name != site {
			return scope.Scope{}, fault.New(fault.Invalid, "permit.check", "The scope %s is that of another site.", text)
		}
		return s, nil
	case !c.supports(s):
		return scope.Scope{}, fault.New(fault.Invalid, "permit.check", "The scope %s is not supported by this server.", text)
	case s.Context == scope.System && !v.APISystemScopes:
		return scope.Scope{}, fault.New(fault.Invalid, "permit.check", "The scope %s needs the setting api_system_scopes.", text)
	case wildcard(s) && !v.WildcardScopes:
		return scope.Scope{}, fault.New(fault.Invalid, "permit.check", "The scope %s is a wildcard, which this site does not allow.", text)
	}
	return s, nil
}

// CheckAll checks a list of scopes; the first that fails is the error.
func (c *Catalog) CheckAll(texts []string, site string, v *setting.Values) ([]scope.Scope, error) {
	parsed := make([]scope.Scope, 0, len(texts))
	for _, t := range texts {
		s, err := c.Check(t, site, v)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, s)
	}
	return parsed, nil
}

func (c *Catalog) supports(s scope.Scope) bool {
	if s.Kind != scope.Data {
		return c.other[s]
	}
	// The letters of several published forms add up: user/Patient.rs and user/Patient.cud make user/Patient.cruds. A granular
	// form may carry other values and parameters than the published ones, but only those that are enforced.
	var letters scope.Letters
	narrows := s.Query == "" || c.narrows != nil && s.FHIR() && c.narrows(s.Type, s.Query)
	for _, t := range c.data[place{s.Context, s.Type}] {
		if t.Query == "" {
			letters |= t.Letters
		} else {
			narrows = narrows || sameParameters(s, t)
		}
	}
	return narrows && letters.Has(s.Letters)
}

func sameParameters(s, t scope.Scope) bool {
	return slices.EqualFunc(s.Conditions(), t.Conditions(), func(a, b [2]string) bool { return a[0] == b[0] })
}

func wildcard(s scope.Scope) bool { return s.Kind == scope.Data && s.Type == scope.Any }

func enabled(s scope.Scope, v *setting.Values) bool {
	switch {
	case s.Context == scope.System && !v.APISystemScopes, wildcard(s) && !v.WildcardScopes:
		return false
	case s.Kind == scope.API && s.Name == "fhir", s.Kind == scope.Data && s.FHIR(), s.Kind == scope.Operation:
		return v.APIFHIR
	case s.Kind == scope.API && s.Name == "oemr", s.Kind == scope.Data && s.Context != scope.Patient:
		return v.APIStandard
	case s.Kind == scope.API && s.Name == "port", s.Kind == scope.Data:
		return v.APIPortal
	}
	return true
}

// Covered reports whether registered scopes allow s. A site scope needs no registration: it widens nothing.
func Covered(registered []scope.Scope, s scope.Scope) bool {
	if s.Kind == scope.Site {
		return true
	}
	if s.Kind != scope.Data {
		return slices.Contains(registered, s)
	}
	var letters scope.Letters
	for _, r := range registered {
		if r.Covers(s) {
			return true
		}
		// Registered user/Patient.rs and user/Patient.cud together cover user/Patient.cruds.
		if probe := s; r.Kind == scope.Data {
			if probe.Letters = s.Letters & r.Letters; probe.Letters != 0 && r.Covers(probe) {
				letters |= probe.Letters
			}
		}
	}
	return letters.Has(s.Letters)
}

// For reports whether a grant of this kind of subject can make use of s. Patients never hold user/ or system/ scopes, staff
// never system/ ones, backend services nothing else. https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
func For(actor access.Actor, s scope.Scope) bool {
	switch actor {
	case access.Patient:
		return (s.Context == scope.NoContext || s.Context == scope.Patient) && !(s.Kind == scope.API && s.Name == "oemr") &&
			!strings.HasPrefix(s.Name, "cdr_")
	case access.User:
		return s.Context != scope.System && !(s.Kind == scope.API && s.Name == "port")
	case access.System:
		return s.Context == scope.System || s.Kind == scope.API && s.Name == "fhir" || s.Kind == scope.Site ||
			s.Kind == scope.Plain && strings.HasPrefix(s.Name, "cdr_") && s.Name != scope.CDRAll
	}
	return false
}

// NeedsApproval reports whether an app with these scopes waits for an administrator: whatever reaches beyond the one patient
// who signs in, or is launched from the EHR. https://www.healthit.gov/topic/information-blocking is why the others do not wait.
func NeedsApproval(registered []scope.Scope) bool {
	return slices.ContainsFunc(registered, func(s scope.Scope) bool {
		return s.Context == scope.User || s.Context == scope.System || s.Kind == scope.Launch && s.Type == "" ||
			strings.HasPrefix(s.Name, "cdr_")
	})
}

// NeedsPatient reports whether the scopes ask for a patient context: by name, or because they are about one patient only.
func NeedsPatient(granted []scope.Scope) bool {
	var patient, user bool
	for _, s := range granted {
		if s.Kind == scope.Launch && s.Type == "patient" {
			return true
		}
		patient = patient || s.Context == scope.Patient
		user = user || s.Context == scope.User
	}
	return patient && !user
}

// ParseAll parses scopes that were checked before; one that no longer parses is left out, which grants nothing.
func ParseAll(texts []string) []scope.Scope {
	parsed := make([]scope.Scope, 0, len(texts))
	for _, t := range texts {
		if s, err := scope.Parse(t); err == nil {
			parsed = append(parsed, s)
		}
	}
	return parsed
}

// Words splits the scope parameter at spaces and drops repetitions, keeping the order.
func Words(text string) []string {
	var words []string
	for w := range strings.SplitSeq(text, " ") {
		if w != "" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}
