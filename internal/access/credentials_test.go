package access_test

import (
	"testing"

	"chartwright/internal/access"
)

func TestGivesCredentials(t *testing.T) {
	t.Parallel()
	site, err := access.NewGrants([]access.GroupRight{
		{Group: "desk", Right: "patientportal/portal", Level: "write"}, {Group: "looker", Right: "patientportal/portal", Level: "view"},
		{Group: "reader", Right: "patients/demo", Level: "view"}, {Group: "reader", Right: "patients/med", Level: "write"},
		{Group: "barred", Right: "patientportal/portal", Level: "deny"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		grants *access.Grants
		groups []string
		want   bool
	}{
		{nil, []string{"admin"}, true},
		{nil, []string{"doc"}, true},
		{nil, []string{"clin"}, true},
		{nil, []string{"breakglass"}, true},
		{nil, []string{"front"}, false},
		{nil, []string{"back"}, false},
		{nil, nil, false},
		{site, []string{"desk"}, true},
		{site, []string{"looker"}, false},
		{site, []string{"reader"}, false},
		{site, []string{"desk", "barred"}, false},
	} {
		if got := tc.grants.GivesCredentials(tc.groups); got != tc.want {
			t.Errorf("%v: %t, want %t", tc.groups, got, tc.want)
		}
	}
}
