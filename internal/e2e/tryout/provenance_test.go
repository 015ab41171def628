package tryout

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/e2e/demoserver"
)

// explained makes sure that a Provenance tells of every version that was written since a moment, by whichever operation of whichever
// API; there are at least so many. What the server writes of its own accord, Provenances and audit records, needs none.
func explained(t *testing.T, server *demoserver.Server, since time.Time, least int) {
	t.Helper()
	scopes := []string{"openid", "api:fhir"}
	for _, typ := range r4.Types {
		scopes = append(scopes, "user/"+typ.Name+".rs")
	}
	token, err := server.SignIn(demoserver.Admin, scopes)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	pages(t, server, token, "/Provenance?_count=1000", func(e *entry) {
		for _, target := range e.Resource.Target {
			told[target.Reference] = true
		}
	})
	written, silent := 0, 0
	pages(t, server, token, "/_history?_count=1000&_since="+since.UTC().Format("2006-01-02T15:04:05.000Z"), func(e *entry) {
		name := e.Request.URL // of what was deleted
		if e.Resource.ID != "" {
			name = e.Resource.ResourceType + "/" + e.Resource.ID
		}
		version := strings.Trim(strings.TrimPrefix(e.Response.ETag, "W/"), `"`)
		if typ, _, _ := strings.Cut(name, "/"); typ == "Provenance" || typ == "AuditEvent" {
			return
		}
		if written++; !told[name+"/_history/"+version] {
			if silent++; silent < 20 {
				t.Errorf("no Provenance tells of %s/_history/%s, by %s", name, version, e.Request.Method)
			}
		}
	})
	if written < least {
		t.Errorf("only %d versions were written", written)
	}
	t.Logf("%d versions, %d without a Provenance", written, silent)
}

// entry is what is looked at of an entry of a Bundle.
type entry struct {
	Resource struct {
		ResourceType, ID string
		Target           []struct{ Reference string }
	}
	Request  struct{ Method, URL string }
	Response struct{ ETag string }
}

// pages reads a Bundle to its last page.
func pages(t *testing.T, server *demoserver.Server, token, path string, each func(*entry)) {
	t.Helper()
	for next := server.URL + "/apis/default/fhir" + path; next != ""; {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, next, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := server.Client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Link  []struct{ Relation, URL string }
			Entry []entry
		}
		err = json.NewDecoder(resp.Body).Decode(&page)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, resp.Status, err)
		}
		for i := range page.Entry {
			each(&page.Entry[i])
		}
		next = ""
		for _, l := range page.Link {
			if l.Relation == "next" {
				next = l.URL
			}
		}
	}
}
