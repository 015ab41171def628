package e2e

import (
	"maps"
	"net/http"
	"reflect"
	"testing"

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
	}
}
