package e2e

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"chartwright/gen/api/portal"
	"chartwright/gen/api/standard"
	"chartwright/gen/r4route"
	"chartwright/internal/app"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/identity"
)

// routesOf returns everything that answers about a site: method and path.
func routesOf(site string) [][2]string {
	var routes [][2]string
	add := func(method, path string) { routes = append(routes, [2]string{method, path}) }
	for _, r := range r4route.Routes {
		add(r.Method, "/apis/"+site+"/fhir"+r.Path)
	}
	for _, o := range standard.Operations {
		add(o.Method, "/apis/"+site+o.Path)
	}
	for _, o := range portal.Operations {
		add(o.Method, "/apis/"+site+o.Path)
	}
	for _, r := range identity.Routes() {
		method, path, _ := strings.Cut(r, " ")
		add(method, "/oauth2/"+site+"/"+path)
		add("OPTIONS", "/oauth2/"+site+"/"+path)
	}
	add("GET", "/apis/"+site+"/fhir/.well-known/smart-configuration")
	add("GET", "/.well-known/oauth-authorization-server/oauth2/"+site)
	add("GET", "/.well-known/openid-configuration/oauth2/"+site)
	add("GET", "/admin?site="+site)
	add("GET", "/interface/smart/register-app.php?site="+site)
	return routes
}

// placeholder is a part of a path that names a record or the like.
var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// A closed site can't be told from one that does not exist: every route answers the same. Opened again, it is as it was.
func TestAClosedSiteLooksLikeNone(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	ctx := context.Background()
	phil := signIn(t, s, demoserver.Phil, "openid", "api:fhir", "patient/Patient.rs")
	answer := func(method, path string) (int, string) {
		t.Helper()
		path = placeholder.ReplaceAllString(strings.NewReplacer("{type}", "Patient", "{operation}", "meta").Replace(path), "1")
		req, err := http.NewRequest(method, s.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+phil.token)
		client := *s.Client
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	const none = "nowhere"
	open, missing := routesOf(app.DefaultSite), routesOf(none)
	if status, _ := answer("GET", "/oauth2/default/.well-known/openid-configuration"); status != http.StatusOK {
		t.Fatalf("discovery of an open site: %d", status)
	}
	if err := s.App.CloseSite(ctx, app.DefaultSite); err != nil {
		t.Fatal(err)
	}
	for i, r := range open {
		status, body := answer(r[0], r[1])
		wantStatus, want := answer(missing[i][0], missing[i][1])
		if wantStatus != http.StatusNotFound && wantStatus != http.StatusMethodNotAllowed && wantStatus != http.StatusNoContent {
			t.Errorf("%s %s answers %d", missing[i][0], missing[i][1], wantStatus)
		}
		if status != wantStatus || body != strings.ReplaceAll(want, none, app.DefaultSite) {
			t.Errorf("%s %s: %d %.200s, but of a site that does not exist %d %.200s", r[0], r[1], status, body, wantStatus, want)
		}
	}
	for _, alias := range []string{"/metadata", "/r4/metadata", "/fhir/r4/Patient"} {
		if status, _ := answer("GET", alias); status != http.StatusNotFound {
			t.Errorf("the alias %s answers %d", alias, status)
		}
	}
	if err := s.App.OpenSite(ctx, app.DefaultSite); err != nil {
		t.Fatal(err)
	}
	phil.want(http.StatusOK, "GET", "/apis/default/fhir/Patient", nil, nil) // the token is as good as before
}
