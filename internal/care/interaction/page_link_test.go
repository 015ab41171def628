package interaction

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// TestPageWay goes forward through many pages, and back as far as the links remember.
func TestPageWay(t *testing.T) {
	t.Parallel()
	const forward = 100
	for _, c := range []struct{ size, params, back int }{{1, 0, forward}, {300, 0, 3}, {2000, 0, 0}, {300, 3500, 1}, {300, 9000, 0}} { // of the cursors, in bytes
		link := pageLink{path: "Patient", params: strings.Repeat("p", c.params)}
		var pages []string
		for i := range forward {
			pages = append(pages, link.after)
			if link = link.next(strconv.Itoa(i) + strings.Repeat("x", c.size)); len(link.way) > maxWay {
				t.Fatalf("cursors of %d bytes: a way of %d", c.size, len(link.way))
			}
		}
		back := 0
		for before, ok := link.previous(); ok; before, ok = link.previous() {
			if back++; before.after != pages[forward-back] {
				t.Fatalf("cursors of %d bytes: %d pages back is %q, want %q", c.size, back, before.after, pages[forward-back])
			}
			link = before
		}
		if back != c.back {
			t.Errorf("cursors of %d bytes: %d pages back, want %d", c.size, back, c.back)
		}
	}
}

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
	link := pageLink{path: "Observation", params: "code=secret", after: "cursor", way: "a\n"}
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
