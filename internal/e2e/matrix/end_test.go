package matrix_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

// TestWhatEndsIsFeltAtOnce is TOK-12 to TOK-15 of what the program remembers: a token that has just been used, and a setting or a
// role that has just counted, are judged anew by the next call.
func TestWhatEndsIsFeltAtOnce(t *testing.T) {
	t.Parallel()
	for _, bad := range newWorldOf(t, setup{clock: &clock{}}).endings() {
		t.Error(bad)
	}
}

// endings lets tokens be used, ends what they live by, and returns where that is not felt.
func (w *world) endings() (wrong []string) {
	w.t.Helper()
	ctx, store := w.t.Context(), w.stores[home]
	physician := &actor{kind: access.User, account: account.Physicians}
	patient := &actor{kind: access.Patient, account: "a", patient: patientA}
	setting := func(name, value string) error { return w.app.Admin.SetSetting(ctx, home, name, value) }
	changed := func(id string, change func(*account.Account)) error {
		return store.ChangeAccount(ctx, id, func(a *account.Account) error { change(a); return nil })
	}
	for _, c := range []struct {
		name   string
		who    *actor
		scopes string
		want   int
		end    func(id string, hash token.Hash) error
		undo   func() error
	}{
		{"the token is revoked", physician, "user/Patient.rs", 401, func(_ string, h token.Hash) error { return store.Spend(ctx, token.Access, h) }, nil},
		{"the grant is revoked", physician, "user/Patient.rs", 401, func(id string, _ token.Hash) error {
			_, err := store.RevokeGrants(ctx, token.Filter{ClientID: id})
			return err
		}, nil},
		{"the client is disabled", physician, "user/Patient.rs", 401, func(id string, _ token.Hash) error {
			return store.ChangeClient(ctx, id, func(c *client.Client) error { c.Enabled = false; return nil })
		}, nil},
		{"the registration is narrowed", physician, "user/Patient.rs", 403, func(id string, _ token.Hash) error {
			return store.ChangeClient(ctx, id, func(c *client.Client) error { c.Scopes = []string{"user/Observation.rs"}; return nil })
		}, nil},
		{"the account is disabled", physician, "user/Patient.rs", 401, func(string, token.Hash) error {
			return changed(physician.accountID(), func(a *account.Account) { a.Enabled = false })
		}, func() error { return changed(physician.accountID(), func(a *account.Account) { a.Enabled = true }) }},
		{"the account leaves its group", physician, "user/Patient.rs", 403, func(string, token.Hash) error {
			return changed(physician.accountID(), func(a *account.Account) { a.Groups = nil })
		}, func() error {
			return changed(physician.accountID(), func(a *account.Account) { a.Groups = []string{account.Physicians} })
		}},
		{"the patient opts out", patient, "patient/Patient.rs", 401, func(string, token.Hash) error {
			return changed(patient.accountID(), func(a *account.Account) { a.OptedOut = true })
		}, func() error { return changed(patient.accountID(), func(a *account.Account) { a.OptedOut = false }) }},
		{"the API is switched off", physician, "user/Patient.rs", 404, func(string, token.Hash) error { return setting("api_fhir", "off") }, func() error { return setting("api_fhir", "on") }},
		{"clients may not act for themselves", &actor{kind: access.System}, "system/Patient.rs", 403, func(string, token.Hash) error {
			return setting("api_system_scopes", "off")
		}, func() error { return setting("api_system_scopes", "on") }},
		{"the token expires", physician, "user/Patient.rs", 401, func(string, token.Hash) error { w.clock.advance(13 * time.Hour); return nil }, nil},
	} {
		i := w.issue(home)
		text := i.token(&trial{site: home, actor: c.who, scopes: strings.Fields(c.scopes)})
		if err := i.store(); err != nil {
			w.t.Fatal(err)
		}
		ask := call{method: http.MethodGet, path: "/apis/" + home + "/fhir/Patient/" + patientA, token: text}
		for range 2 { // the second time from what the program remembers
			w.must(w.send(ask))
		}
		if err := c.end(i.client, token.HashOf(text)); err != nil {
			w.t.Fatal(err)
		}
		if a := w.send(ask); a.status != c.want {
			wrong = append(wrong, fmt.Sprintf("%s: the next call gets %d, want %d: %.300s", c.name, a.status, c.want, a.body))
		}
		if c.undo != nil {
			if err := c.undo(); err != nil {
				w.t.Fatal(err)
			}
			if a := w.send(ask); a.status != 200 {
				wrong = append(wrong, fmt.Sprintf("%s, and that is taken back: the next call gets %d", c.name, a.status))
			}
		}
	}
	return wrong
}
