package access

import (
	"slices"
	"strings"

	"chartwright/internal/access/scope"
)

// Scopes are the scopes of a token, parsed once so that a decision looks them up without parsing or allocating. The zero value
// holds none. Immutable; copies share their tables.
type Scopes struct {
	Raw []string // as granted

	index *scopeIndex
}

// NewScopes returns the scopes of a token. A scope that does not parse stays in Raw and permits nothing. The slice is kept.
func NewScopes(raw []string) Scopes {
	x := &scopeIndex{data: map[place]*dataScopes{}, other: map[scope.Scope]struct{}{}}
	for _, text := range raw {
		s, err := scope.Parse(text)
		if err != nil {
			continue
		}
		switch s.Kind {
		case scope.Data:
			x.add(s)
		case scope.API:
			x.family = true
			x.other[s] = struct{}{}
		default:
			x.other[s] = struct{}{}
		}
	}
	x.finish()
	return Scopes{Raw: raw, index: x}
}

// ParseScopes is NewScopes of a space-separated list.
func ParseScopes(list string) Scopes { return NewScopes(strings.Fields(list)) }

// Has reports whether the token holds a scope that is a word of its own, such as offline_access or launch/patient, as written.
func (s Scopes) Has(text string) bool { return slices.Contains(s.Raw, text) }

// scopeIndex is the look-up form of the scopes of a token.
type scopeIndex struct {
	data   map[place]*dataScopes
	other  map[scope.Scope]struct{} // everything but data scopes
	family bool                     // some api: scope is held
	user   bool                     // some user/ data scope is held
}

type place struct {
	context scope.Context
	typ     string
}

// dataScopes is what the token's data scopes for one context and type add up to.
type dataScopes struct {
	open     scope.Letters          // permitted for all rows
	granular scope.Letters          // permitted for rows that match a filter, unless open
	filters  [5]map[string][]string // by letter, as in Narrow.Filters; nil where not granular
}

func (x *scopeIndex) add(s scope.Scope) {
	at := place{s.Context, s.Type}
	d := x.data[at]
	if d == nil {
		d = &dataScopes{}
		x.data[at] = d
	}
	x.user = x.user || s.Context == scope.User
	if s.Query == "" {
		d.open |= s.Letters
		return
	}
	d.granular |= s.Letters
	for i := range d.filters {
		if s.Letters&(1<<i) != 0 {
			d.filter(i, s.Type, s.Query)
		}
	}
}

func (d *dataScopes) filter(letter int, typ, query string) {
	if d.filters[letter] == nil {
		d.filters[letter] = map[string][]string{}
	}
	if list := d.filters[letter][typ]; !slices.Contains(list, query) {
		d.filters[letter][typ] = append(list, query)
	}
}

// finish gives cdr_fhir_delete its meaning: deletion wherever the token has a data scope, and of those rows only.
func (x *scopeIndex) finish() {
	if !x.holds(cdrDelete) {
		return
	}
	for at, d := range x.data {
		if !(scope.Scope{Type: at.typ}).FHIR() {
			continue
		}
		if d.open != 0 {
			d.open |= scope.Delete
			continue
		}
		for i := range d.filters {
			for _, query := range d.filters[i][at.typ] {
				d.filter(deleteLetter, at.typ, query)
			}
		}
		d.granular |= scope.Delete
	}
}

// deleteLetter is the place of d in cruds.
const deleteLetter = 3

func (x *scopeIndex) holds(s scope.Scope) bool {
	if x == nil {
		return false
	}
	_, ok := x.other[s]
	return ok
}

// permits reports whether a data scope of the context permits the letter for the type, and on which rows: those that match one of
// the filters, all if there are none. Several scopes add up: one without granular parameters opens all rows.
func (x *scopeIndex) permits(ctx scope.Context, typ string, letter int, wildcards bool) (filters map[string][]string, ok bool) {
	if x == nil {
		return nil, false
	}
	bit := scope.Letters(1) << letter
	d := x.data[place{ctx, typ}]
	if d != nil && d.open&bit != 0 {
		return nil, true
	}
	if wildcards {
		if all := x.data[place{ctx, scope.Any}]; all != nil && all.open&bit != 0 {
			return nil, true
		}
	}
	if d != nil && d.granular&bit != 0 {
		return d.filters[letter], true
	}
	return nil, false
}

// The scopes that the decision asks for by name.
var (
	openID    = scope.Scope{Kind: scope.Plain, Name: "openid"}
	fhirUser  = scope.Scope{Kind: scope.Plain, Name: "fhirUser"}
	cdrDelete = scope.Scope{Kind: scope.Plain, Name: scope.CDRDelete}
	cdrAll    = scope.Scope{Kind: scope.Plain, Name: scope.CDRAll}
	apiFHIR   = scope.Scope{Kind: scope.API, Name: "fhir"}
	apiOEMR   = scope.Scope{Kind: scope.API, Name: "oemr"}
	apiPort   = scope.Scope{Kind: scope.API, Name: "port"}
)
