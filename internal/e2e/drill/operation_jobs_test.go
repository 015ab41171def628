package drill_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"chartwright/internal/await"
	"chartwright/internal/e2e/demoserver"
)

// TestDrillJobsOfReplicas is F-20: three replicas have the same work before them, a re-index job of a new search parameter, the words of the
// texts and the change of the signing key, in the long form while one of them is killed and another stands still and goes on. Every job is
// done once, by somebody, soon after a lease has run out; what was indexed is what is there.
func TestDrillJobsOfReplicas(t *testing.T) {
	t.Parallel()
	on := onPostgreSQL(t)
	var replicas []*program
	for range 3 {
		replicas = append(replicas, serve(t, on))
	}
	killed, frozen, spared := replicas[0], replicas[1], replicas[2]
	token, err := (&demoserver.Server{URL: baseURL, Client: spared.client}).SignIn(demoserver.Admin, append(slices.Clone(scopes), "user/SearchParameter.cruds"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range replicas {
		r.token = token
	}
	l := newLedger(spared)
	const parts = 100
	transactions := rounds(3, 6)
	for i := range transactions {
		if a := l.transaction(t.Context(), spared.client, fmt.Sprint("job", i), parts); a.status != http.StatusOK {
			t.Fatal(a)
		}
	}
	parameter := func(code string) map[string]any {
		return map[string]any{
			"resourceType": "SearchParameter", "id": code, "url": "http://example.org/SearchParameter/" + code, "name": "P", "status": "active",
			"description": "of this site", "code": code, "base": []string{"Patient"}, "type": "string", "expression": "Patient.name.given",
		}
	}
	for _, r := range replicas { // each has work to do
		code := fmt.Sprint("called", slices.Index(replicas, r))
		if a := r.ask(http.MethodPut, "SearchParameter/"+code, parameter(code)); a.status != http.StatusCreated {
			t.Fatal(a)
		}
	}
	var rotations sync.WaitGroup
	for range 3 {
		rotations.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), await.Patience)
			defer cancel()
			if said, err := spared.command(ctx, "key", "rotate").CombinedOutput(); err != nil {
				t.Errorf("key rotate: %v: %s", err, said)
			}
		})
	}
	if all() { // which costs the time of a lease
		freeze(frozen.process)
		killed.kill()
	}
	// The lease of whoever was at work runs out first; those that stand still hold locks for as long.
	var last answer
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the last answer while it waited for the jobs: %v", last)
		}
	})
	await.True(t, "the jobs are done", func() bool {
		for i := range replicas {
			a := spared.ask(http.MethodGet, fmt.Sprintf("Patient?called%d=v1&identifier=%s&_summary=count", i, url.QueryEscape(l.system+"|")), nil)
			var found struct{ Total int }
			if err := json.Unmarshal(a.body, &found); a.status != http.StatusOK || err != nil || found.Total != transactions*parts {
				last = a
				return false
			}
		}
		return true
	})
	thaw(frozen.process)
	rotations.Wait()
	await.True(t, "the words are indexed, and found at the replica that stood still", func() bool {
		a := frozen.ask(http.MethodGet, "Patient?_content="+url.QueryEscape("Drill-job0.7")+"&_summary=count", nil)
		var found struct{ Total int }
		return json.Unmarshal(a.body, &found) == nil && found.Total > 0
	})
	for i := range replicas {
		if a := spared.ask(http.MethodGet, fmt.Sprintf("$reindex?job=%d", i+1), nil); a.status != http.StatusOK || !strings.Contains(string(a.body), `"valueCode":"done"`) {
			t.Errorf("job %d: %v", i+1, a)
		}
	}
	if a := spared.ask(http.MethodGet, fmt.Sprintf("$reindex?job=%d", len(replicas)+1), nil); a.status != http.StatusNotFound {
		t.Errorf("there is one job more than there should be: %v", a)
	}
	for _, r := range []*program{frozen, spared} { // a token of either key is good at both
		fresh, err := (&demoserver.Server{URL: baseURL, Client: r.client}).SignIn(demoserver.Admin, scopes)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []*program{frozen, spared} {
			for _, token := range []string{fresh, token} {
				if a := other.ask(http.MethodGet, "Patient?_count=1", nil, "Authorization", "Bearer "+token); a.status != http.StatusOK {
					t.Errorf("a token at another replica: %v", a)
				}
			}
		}
	}
	l.check(t)
	spared.sound()
}
