package interaction

import (
	"strings"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

type namedSite struct {
	chart.Site
	name string
}

func (s namedSite) Name() string { return s.name }

func TestPageLinks(t *testing.T) {
	t.Parallel()
	sealer, err := newPageSealer([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	call := func(site, user, client, patient, scopes string) *Call {
		return &Call{Site: namedSite{name: site}, Subject: &access.Subject{UserID: user, ClientID: client, Patient: patient, Scopes: access.ParseScopes(scopes)}}
	}
	link := pageLink{path: "Observation", params: "code=secret", after: "cursor"}
	token := sealer.seal(call("a", "u", "c", "p", "user/*.rs"), link, now)
	if strings.Contains(token, "secret") || strings.Contains(token, "cursor") {
		t.Error("the token can be read")
	}
	got, err := sealer.open(call("a", "u", "c", "p", "user/*.rs"), token, now.Add(59*time.Minute))
	if err != nil || got != link {
		t.Errorf("%v, %v", got, err)
	}
	for name, c := range map[string]*Call{
		"site":    call("b", "u", "c", "p", "user/*.rs"),
		"user":    call("a", "v", "c", "p", "user/*.rs"),
		"client":  call("a", "u", "d", "p", "user/*.rs"),
		"patient": call("a", "u", "c", "q", "user/*.rs"),
		"scopes":  call("a", "u", "c", "p", "user/*.r"),
		"shifted": call("a", "uc", "", "p", "user/*.rs"),
	} {
		if _, err := sealer.open(c, token, now); !fault.Is(err, fault.Invalid) {
			t.Errorf("another %s opens the link: %v", name, err)
		}
	}
	if _, err := sealer.open(call("a", "u", "c", "p", "user/*.rs"), token, now.Add(61*time.Minute)); !fault.Is(err, fault.Gone) {
		t.Errorf("after an hour: %v", err)
	}
	for _, bad := range []string{"", "x", "!!!", token[1:], token + "AA"} {
		if _, err := sealer.open(call("a", "u", "c", "p", "user/*.rs"), bad, now); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q opens: %v", bad, err)
		}
	}
	if _, err := newPageSealer([]byte("short")); err == nil {
		t.Error("a short key is accepted")
	}
}
