package matrix_test

import (
	"net/http"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/identity/account"
)

// tokenAttacks come with tokens that are none, or in another place than a token belongs.
func tokenAttacks() []attack {
	const get = http.MethodGet
	return []attack{
		{"TOK-01", "", get, "Patient", "", "", []int{401}},
		{"TOK-01", "", get, "Patient", "", "Authorization: Bearer", []int{401}},
		{"TOK-02", "", get, "Patient?access_token=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "", "", []int{400, 401}},
		{"TOK-06 TOK-07 TOK-08", "", get, "Patient", "", "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInNjb3BlIjoidXNlci8qLmNydWRzIn0.", []int{401}},
		{"TOK-17", "SO", get, "Patient/mx-a", "", "", []int{403}},
		{"TOK-18", "", get, "Patient", "", "Authorization: Bearer " + strings.Repeat("x", 16<<10), []int{401}},
		{"TOK-18", "", get, "Patient", "", "Authorization: Bearer \u00fcber", []int{401}},
	}
}

// TestBearerTokens is TOK-04, TOK-09 and TOK-10: a token that differs anywhere is nobody's, and there is one way to send one.
func TestBearerTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	c := &trial{site: home, actor: &actor{kind: access.User, account: account.Physicians}, scopes: []string{"user/Patient.rs"}}
	w.mustArm(home, c)
	const where = "/apis/" + home + "/fhir/Patient/" + patientA
	status := func(headers ...string) int {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, w.url+where, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header["Authorization"] = headers
		resp, err := w.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	if got := status("Bearer " + c.token); got != 200 {
		t.Fatalf("the token itself gets %d", got)
	}
	if got := status("bearer " + c.token); got != 200 {
		t.Errorf("TOK-01 the scheme in small letters gets %d", got)
	}
	for i := range len(c.token) {
		for _, letter := range "Aa0-_" {
			if changed := c.token[:i] + string(letter) + c.token[i+1:]; changed != c.token {
				if got := status("Bearer " + changed); got != 401 {
					t.Errorf("TOK-09 with another character %d it gets %d", i, got)
				}
			}
		}
	}
	for _, other := range []string{c.token + "A", c.token[1:], c.token + ".", " " + c.token + " x", strings.ToUpper(c.token)} {
		if got := status("Bearer " + other); got != 401 {
			t.Errorf("TOK-10 %q gets %d", other, got)
		}
	}
	if got := status("Bearer "+c.token, "Bearer "+strings.Repeat("x", 43)); got != 400 && got != 401 {
		t.Errorf("TOK-04 two headers get %d", got)
	}
}
