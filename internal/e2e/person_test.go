package e2e

import (
	"strings"
	"testing"

	"chartwright/internal/e2e/demoserver"
)

// TestFHIRUserCanBeRead goes where the claim fhirUser leads, as apps do that greet people by name, with no scope for the type there.
func TestFHIRUserCanBeRead(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	all := signIn(t, s, demoserver.Admin, "openid", "api:fhir", "user/Practitioner.rs", "user/Patient.rs")
	for name, who := range map[string]demoserver.Account{"Practitioner": demoserver.Physician, "Patient": demoserver.Phil} {
		c := signIn(t, s, who, "openid", "fhirUser", "api:fhir")
		var claims struct{ FHIRUser string }
		c.want(200, "GET", "/oauth2/default/userinfo", nil, &claims)
		path := strings.TrimPrefix(claims.FHIRUser, s.URL)
		var person struct{ ResourceType, ID string }
		c.want(200, "GET", path, nil, &person)
		if person.ResourceType != name || !strings.HasSuffix(path, "/"+name+"/"+person.ID) {
			t.Errorf("%s leads to %+v", claims.FHIRUser, person)
		}
		c.want(200, "GET", path+"/_history/1", nil, nil)
		var others struct {
			Entry []struct{ Resource struct{ ID string } }
		}
		all.want(200, "GET", fhirAPI+"/"+name, nil, &others)
		for _, e := range others.Entry {
			other := e.Resource.ID
			if other == person.ID {
				continue
			}
			if status, body := c.do("GET", fhirAPI+"/"+name+"/"+other, "", nil); status != 404 {
				t.Errorf("another %s: %d, want 404: %.200s", name, status, body)
			}
		}
		if len(others.Entry) < 2 {
			t.Errorf("there is no other %s", name)
		}
		for method, at := range map[string]string{"GET": fhirAPI + "/" + name, "DELETE": path} {
			if status, body := c.do(method, at, "", nil); status != 403 {
				t.Errorf("%s %s: %d, want 403: %.200s", method, at, status, body)
			}
		}
	}
}
