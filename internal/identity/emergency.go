package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/session"
)

// An emergency login ([account.EmergencyLogin]) may reach every record. It signs in on the page alone, where it says why; the reason is
// kept in the audit trail and nowhere else, every access to the record under the login is flagged there, and after the setting emergency_use the
// session ends with all that apps were given in it. Nothing that the account was given before it became an emergency login outlives that.
// 45 CFR 164.312(a)(2)(ii)

// The length of a reason, in characters.
const (
	minReason = 10
	maxReason = 500
)

var errNoReason = fault.New(fault.Invalid, "identity.emergency", "This is an emergency login: say why you need it, in 10 to 500 characters, and enter the password again.")

// errEmergencyOnPage refuses what has no place for a reason.
var errEmergencyOnPage = oauth.New(oauth.InvalidGrant, "An emergency login signs in on the page, where it says why.")

// emergencyReason returns what was entered as the trail keeps it: one line. Errors: errNoReason.
func emergencyReason(entered string) (string, error) {
	line := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(entered, ""), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if n := utf8.RuneCountInString(line); n < minReason || n > maxReason {
		return "", errNoReason
	}
	return line, nil
}

// boundEmergency ends the session of an emergency login when the site wants it to.
func (f *flow) boundEmergency(a *account.Account, s *session.Session) error {
	if !a.Emergency() {
		return nil
	}
	settings, err := f.settings(f.r.Context())
	if err != nil {
		return err
	}
	if end := s.AuthTime.Add(settings.EmergencyLife()); end.Before(s.Expires) {
		s.Expires = end
	}
	return nil
}
