package matrix_test

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"

	"chartwright/gen/r4route"
	"chartwright/gen/r4search"
	"chartwright/internal/access"
	"chartwright/internal/gormstore/storetest"
	"chartwright/internal/identity/account"
)

// injectionAttacks send text that would be more than text to a careless reader.
func injectionAttacks() []attack {
	const get = http.MethodGet
	return []attack{
		{"INJ-02", "AD", get, "Patient?_sort=" + url.QueryEscape("name;select 1"), "", "", []int{400}},
		{"INJ-02", "AD", get, "Patient?_sort=" + url.QueryEscape("-(case when 1 then id end)"), "", "", []int{400}},
		{"INJ-04", "AD", get, "Patient?_include=" + url.QueryEscape("Patient:x' or 1=1"), "", "", []int{400}},
		{"INJ-04", "AD", get, "?_type=" + url.QueryEscape("Patient' or '1"), "", "", []int{400, 403}},
		{"INJ-06", "PA", get, "Patient?name=" + url.QueryEscape("%"), "", "", []int{200}},
		{"INJ-06", "PA", get, "Patient?name:contains=" + url.QueryEscape("_"), "", "", []int{200}},
		{"INJ-08", "UC", get, "Patient/" + url.PathEscape("' or '1'='1"), "", "", []int{404}},
		{"INJ-08", "UC", get, "Patient/mx-a/_history/" + url.PathEscape("1 or 1=1"), "", "", []int{404}},
		{"WEB-08", "PA", get, "Patient/mx-a/x.css", "", "", []int{404}},
		{"WEB-08", "PA", get, "Patient/mx-a;.js", "", "", []int{404}},
	}
}

// TestInjections is INJ-01 and INJ-20: what is SQL to a database is text to every search parameter of every type.
func TestInjections(t *testing.T) {
	t.Parallel()
	inject := func(t *testing.T, w *world) {
		c := &trial{site: abroad, actor: &actor{kind: access.User, account: account.Administrators}, scopes: []string{"user/*.cruds"}}
		w.mustArm(abroad, c)
		payloads := []string{`'; DROP TABLE resource; --`, `' OR '1'='1`, `x') UNION SELECT body FROM resource --`, `";pg_sleep(9)`, `%27%00`}
		n := 0
		for _, typ := range r4route.Types {
			for _, p := range r4search.Of(typ.Name) {
				n++
				where := "/apis/" + abroad + "/fhir/" + typ.Name + "?_count=2&" + url.QueryEscape(p.Code) + "=" + url.QueryEscape(payloads[n%len(payloads)])
				if a := w.send(call{method: http.MethodGet, path: where, token: c.token}); a.status != 200 && a.status != 400 || bytes.Contains(a.body, []byte("canary-")) {
					t.Errorf("%s: %d %.300s", where, a.status, a.body)
				}
			}
		}
		t.Logf("%d parameters", n)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		inject(t, newWorld(t, "", nil))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		inject(t, newWorld(t, storetest.PostgreSQL(t), nil))
	})
}
