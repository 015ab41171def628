package identity_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chartwright/internal/fault"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
)

// TestAddressesCarryNoHeaders is INJ-13: wherever an e-mail address is taken, for an app or for a person, nothing is taken that would end
// its line and begin another in a mail that somebody writes to it.
func TestAddressesCarryNoHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, people := w.administer(administrator(), "admin/people")
	for _, address := range []string{
		"me@example.org\r\nBcc: all@example.org", "me@example.org\nBcc: all@example.org", "me@example.org\r\n\r\nbody", "me@example.org,all@example.org",
		"Me <me@example.org>\r\nBcc: all@example.org", "me@example.org\r\n Bcc: all@example.org", "me@example.org\x00", "me@exa\nmple.org", "\"me\r\nBcc: all\"@example.org",
	} {
		metadata := map[string]any{"client_name": "Mail", "redirect_uris": []string{redirect}, "scope": "openid", "contacts": []string{address}}
		if a := w.tryRegister(metadata); a.status != http.StatusBadRequest || !strings.Contains(a.body, "invalid_client_metadata") {
			t.Errorf("an app with the contact %q: %d %.300s", address, a.status, a.body)
		}
		_, _, err := w.admin.AddUser(t.Context(), "default", identity.NewUser{Kind: account.Portal, Login: "mail", PatientID: patientID, Email: address})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a patient with the address %q: %v", address, err)
		}
		a := b.submit(people, url.Values{"login": {"mail"}, "given": {"M"}, "family": {"L"}, "email": {address}, "group": {"doc"}})
		if a.status != http.StatusBadRequest && strings.TrimSpace(address) == address {
			t.Errorf("a member of staff with the address %q: %d", address, a.status)
		}
	}
}
