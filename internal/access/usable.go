package access

import (
	table "chartwright/gen/scope"
	"chartwright/internal/access/scope"
)

// Usable returns the part of a scope that an actor of this kind could ever make use of, so that a token holds no more than is
// enforced; false if nothing is left. It goes by the kind of actor alone: which rights a role has is looked up at each request,
// since it may change while the token lives. The coarse permissions of SMART v1 come back as the letters that are left.
func Usable(actor Actor, s scope.Scope) (scope.Scope, bool) {
	switch actor {
	case Patient:
		if s.Context == scope.User || s.Context == scope.System || s == apiOEMR {
			return scope.Scope{}, false
		}
	case User:
		if s.Context == scope.System || s == apiPort {
			return scope.Scope{}, false
		}
		if s.Context == scope.Patient && !s.FHIR() { // the Portal API is for patients
			return scope.Scope{}, false
		}
	case System:
		if s.Context == scope.Patient || s.Context == scope.User || s == apiOEMR || s == apiPort || s == cdrAll ||
			s.Kind == scope.Launch || s.Context == scope.System && !s.FHIR() {
			return scope.Scope{}, false
		}
	default:
		return scope.Scope{}, false
	}
	if s.Kind != scope.Data {
		return s, true
	}
	left := scope.Offered(s.Context, s.Type)
	if actor == Patient && s.FHIR() {
		left = ownLetters(s.Type)
	}
	s.Letters &= left
	return s, s.Letters != 0
}

// ownLetters is what a patient himself can do with a FHIR type, or with some type for a wildcard.
func ownLetters(typ string) scope.Letters {
	if t := table.TypeOf(typ); t != nil {
		return scope.Letters(t.Self)
	}
	var l table.Letters
	if typ == scope.Any {
		for i := range table.Types {
			l |= table.Types[i].Self
		}
	}
	return scope.Letters(l)
}
