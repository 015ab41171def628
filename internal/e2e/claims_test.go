package e2e

import (
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/demo"
	"chartwright/internal/e2e/demoserver"
)

// What OpenID Connect tells of a person comes from the record, for patients and staff alike, and follows it.
func TestClaimsComeFromTheRecord(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	admin := signIn(t, s, demoserver.Admin, "openid", "fhirUser", "api:fhir", "user/Patient.cruds", "user/Practitioner.cruds", "user/AuditEvent.rs")
	scopes := []string{"openid", "profile", "phone", "address", "email", "nickname"}
	person := object{
		"gender": "female", "telecom": []any{
			object{"system": "phone", "use": "old", "value": "+1 555 0199"}, object{"system": "phone", "use": "mobile", "value": "+1 555 0123"},
		},
		"address": []any{
			object{"use": "old", "text": "nowhere"},
			object{"use": "home", "line": []any{"Main Street 1", "2nd floor"}, "city": "Springfield", "state": "IL", "postalCode": "62701", "country": "US"},
		},
		"name": []any{object{"use": "official", "family": "Belford", "given": []any{"Phil", "Maria", "Jo"}}, object{"use": "nickname", "text": "Pip"}},
	}
	want := object{
		"gender": "female", "phone_number": "+1 555 0123", "phone_number_verified": false, "email_verified": false, "middle_name": "Maria Jo", "nickname": "Pip",
		"address": object{
			"formatted": "Main Street 1\n2nd floor\nSpringfield IL 62701\nUS", "street_address": "Main Street 1\n2nd floor", "locality": "Springfield",
			"region": "IL", "postal_code": "62701", "country": "US",
		},
	}
	var own object
	admin.want(http.StatusOK, "GET", "/oauth2/default/userinfo", nil, &own)
	for _, tc := range []struct {
		name, path, birthDate, birthdate string
		who                              demoserver.Account
	}{
		{"a patient", "/apis/default/fhir/Patient/" + demo.PortalPatient, "1980-02", "1980", demoserver.Phil},
		{"staff", own["fhirUser"].(string)[len(s.URL):], "1980-02-29", "1980-02-29", demoserver.Admin},
	} {
		caller := signIn(t, s, tc.who, append([]string{"api:fhir"}, scopes...)...)
		var resource, info object
		admin.want(http.StatusOK, "GET", tc.path, nil, &resource)
		maps.Copy(resource, person)
		resource["birthDate"] = tc.birthDate
		admin.want(http.StatusOK, "PUT", tc.path, resource, nil)
		caller.want(http.StatusOK, "GET", "/oauth2/default/userinfo", nil, &info)
		for name, value := range want {
			if !reflect.DeepEqual(info[name], value) {
				t.Errorf("%s: %s is %v, want %v", tc.name, name, info[name], value)
			}
		}
		if info["birthdate"] != tc.birthdate {
			t.Errorf("%s: birthdate is %v", tc.name, info["birthdate"])
		}
		// The look is an access like any other: once for the ID token, once for the userinfo endpoint.
		await.True(t, tc.name+": both looks are in the trail", func() bool {
			return looks(t, admin, tc.who.Login, strings.TrimPrefix(tc.path, "/apis/default/fhir/")) == 2
		})
	}
}

// looks counts the events that say that somebody's resource was read for the claims, and whether each says it all.
func looks(t *testing.T, auditor *caller, login, resource string) (n int) {
	t.Helper()
	var trail struct {
		Entry []struct {
			Resource struct {
				Type            struct{ Code string }
				Subtype         []struct{ Code string }
				Action, Outcome string
				Recorded        time.Time
				Agent           []struct {
					Name, AltID string
					Requestor   bool
					Network     struct{ Address string }
				}
				Entity []struct{ What struct{ Reference string } }
			}
		}
	}
	auditor.want(http.StatusOK, "GET", fhirAPI+"/AuditEvent?_count=200&agent-name="+login, nil, &trail)
	for _, e := range trail.Entry {
		r := e.Resource
		if len(r.Subtype) != 1 || r.Subtype[0].Code != "claims" {
			continue
		}
		n++
		if r.Type.Code != "rest" || r.Action != "R" || r.Outcome != "0" || r.Recorded.IsZero() {
			t.Errorf("the event is %+v", r)
		}
		if len(r.Agent) != 2 || r.Agent[0].Name != login || !r.Agent[0].Requestor || r.Agent[0].Network.Address == "" || r.Agent[1].AltID != "swagger-ui" {
			t.Errorf("who looked, from where and for which app: %+v", r.Agent)
		}
		if len(r.Entity) == 0 || !strings.HasPrefix(r.Entity[0].What.Reference, resource+"/_history/") {
			t.Errorf("what was looked at: %+v", r.Entity)
		}
		if strings.HasPrefix(resource, "Patient/") && (len(r.Entity) < 2 || r.Entity[1].What.Reference != resource) {
			t.Errorf("whose record was looked at: %+v", r.Entity)
		}
	}
	return n
}
