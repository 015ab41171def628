package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/app"
	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/gormstore/storetest"
)

const fhirAPI = "/apis/default/fhir"

// onEachDatabase runs a test on SQLite and on PostgreSQL.
func onEachDatabase(t *testing.T, test func(t *testing.T, on config.Store)) {
	t.Helper()
	storetest.OnEach(t, func(t *testing.T, dsn string) {
		t.Helper()
		test(t, config.Store{Data: t.TempDir(), Database: config.Secret(dsn)})
	})
}

// clock is real time with what a test has skipped.
type clock struct{ skipped atomic.Int64 }

func (c *clock) now() time.Time       { return time.Now().Add(time.Duration(c.skipped.Load())) }
func (c *clock) skip(d time.Duration) { c.skipped.Add(int64(d)) }

// administrator signs the administrator in for everything that a test of search parameters needs.
func administrator(t *testing.T, s *demoserver.Server) *caller {
	t.Helper()
	return signIn(t, s, demoserver.Admin, "openid", "api:fhir", "user/SearchParameter.cruds", "user/Patient.cruds", "user/Observation.cruds",
		"user/Encounter.cruds", "user/Practitioner.cruds", "user/Condition.cruds", "user/Basic.cruds")
}

// ids returns the ids of the matches of a search, sorted. While the words of all that was written are being indexed, it asks again,
// as the answer says.
func (c *caller) ids(query string) []string {
	c.t.Helper()
	var b struct {
		Entry []struct {
			Resource struct {
				ResourceType, ID string
			}
			Search struct{ Mode string }
		}
	}
	status, answer := c.do("GET", fhirAPI+"/"+query, "", nil)
	for range 5 {
		if status != http.StatusServiceUnavailable || !bytes.Contains(answer, []byte("still being indexed")) {
			break
		}
		status, answer = c.do("GET", fhirAPI+"/"+query, "", nil)
	}
	if status != http.StatusOK {
		c.t.Fatalf("GET %s: status %d: %.600s", query, status, answer)
	}
	if err := json.Unmarshal(answer, &b); err != nil {
		c.t.Fatalf("GET %s: %v in %.300s", query, err, answer)
	}
	out := []string{}
	for _, e := range b.Entry {
		if e.Search.Mode == "match" {
			out = append(out, e.Resource.ID)
		}
	}
	slices.Sort(out)
	return out
}

func (c *caller) finds(query string, want ...string) {
	c.t.Helper()
	slices.Sort(want)
	if got := c.ids(query); !slices.Equal(got, want) {
		c.t.Errorf("%s finds %v, want %v", query, got, want)
	}
}

// refuses asks that a request is answered with a status and an OperationOutcome that says something.
func (c *caller) refuses(status int, method, path string, body any, says string) {
	c.t.Helper()
	var sent []byte
	if body != nil {
		sent, _ = json.Marshal(body)
	}
	got, answer := c.do(method, fhirAPI+"/"+path, "application/fhir+json", sent)
	if got != status || !strings.Contains(string(answer), says) {
		c.t.Errorf("%s %s: status %d, want %d and %q in %.500s", method, path, got, status, says, answer)
	}
}

// work does all re-index jobs that are due.
func work(t *testing.T, s *demoserver.Server) {
	t.Helper()
	if err := s.App.Parameters.Work(context.Background(), app.DefaultSite); err != nil {
		t.Fatal(err)
	}
}

func parameterOf(id, code, typ, expression string, base ...string) object {
	return object{
		"resourceType": "SearchParameter", "id": id, "url": "http://example.org/SearchParameter/" + id, "name": "P", "status": "active",
		"description": "a parameter of this site", "code": code, "base": base, "type": typ, "expression": expression,
	}
}

const colourURL = "http://example.org/colour"

func coloured(id, colour string) object {
	return object{"resourceType": "Patient", "id": id, "extension": []object{{"url": colourURL, "valueCode": colour}}}
}

// A search parameter lives: posted, indexed, used, changed, deleted.
func TestSearchParameterOfTheSite(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, on config.Store) {
		var c clock
		s := demoserver.StartOn(t, on, c.now)
		admin := administrator(t, s)
		doctor := signIn(t, s, demoserver.Account{Login: "physician", Password: "physician"}, "openid", "api:fhir", "user/SearchParameter.cruds", "user/Patient.cruds")
		admin.want(201, "PUT", fhirAPI+"/Patient/old", coloured("old", "teal"), nil)

		colour := parameterOf("colour", "colour", "token", "Patient.extension('"+colourURL+"').value", "Patient")
		doctor.refuses(403, "PUT", "SearchParameter/colour", colour, "")
		admin.refuses(422, "PUT", "SearchParameter/bad", parameterOf("bad", "bad", "token", "Patient.colour", "Patient"), `"expression":["SearchParameter.expression"]`)
		admin.refuses(422, "PUT", "SearchParameter/bad", parameterOf("bad", "gender", "token", "Patient.gender", "Patient"), `"expression":["SearchParameter.code"]`)
		admin.refuses(400, "GET", "Patient?colour=teal", nil, "not a search parameter")

		admin.want(201, "PUT", fhirAPI+"/SearchParameter/colour", colour, nil)
		admin.refuses(422, "PUT", "SearchParameter/twin", parameterOf("twin", "colour", "token", "Patient.gender", "Patient"), "SearchParameter/colour")
		admin.want(201, "PUT", fhirAPI+"/Patient/new", coloured("new", "teal"), nil)
		admin.refuses(400, "GET", "Patient?colour=teal", nil, "being indexed")
		admin.refuses(400, "GET", "Patient?_sort=colour", nil, "being indexed")
		admin.lenient("Patient?colour=teal&_id=old", "colour")
		admin.lists("Patient", "colour", false)

		work(t, s)
		admin.lists("Patient", "colour", true)
		admin.finds("Patient?colour=teal", "old", "new")
		admin.finds("Patient?colour=red")
		admin.finds("Patient?colour:missing=false&_sort=-colour", "old", "new")
		admin.finds("Patient?colour:missing=true&_id=old,new")
		if _, answer := admin.do("GET", fhirAPI+"/Patient?colour:missing=true&_explain=true", "", nil); !bytes.Contains(answer, []byte("driver: condition 1")) {
			t.Errorf("what has no colour is not found by what tells so: %s", answer)
		}

		admin.want(200, "PUT", fhirAPI+"/Patient/old", coloured("old", "red"), nil)
		admin.finds("Patient?colour=teal", "new")
		admin.finds("Patient?colour=red", "old")
		for order, first := range map[string]string{"colour": "old", "-colour": "new", "colour,-birthdate": "old", "-colour,family": "new"} { // all others come last
			status, answer := admin.do("GET", fhirAPI+"/Patient?_count=1&_explain=true&_sort="+order, "", nil)
			if status != 200 || !bytes.Contains(answer, []byte(`"id":"`+first+`"`)) || bytes.Contains(answer, []byte("sorted after all matches")) {
				t.Errorf("%s: status %d, want %s first, read from an index: %s", order, status, first, answer)
			}
		}

		// A new definition under the same name: nothing of the old one is found any more.
		colour["expression"] = "Patient.extension('" + colourURL + "').value | Patient.gender"
		admin.want(200, "PUT", fhirAPI+"/SearchParameter/colour", colour, nil)
		admin.refuses(400, "GET", "Patient?colour=teal", nil, "being indexed")
		admin.want(200, "PUT", fhirAPI+"/Patient/new", object{"resourceType": "Patient", "id": "new", "gender": "other"}, nil)
		work(t, s)
		admin.finds("Patient?colour=teal")
		admin.finds("Patient?colour=other&_id=old,new", "new")
		admin.finds("Patient?colour=red", "old")

		// A draft is not used.
		colour["status"] = "draft"
		admin.want(200, "PUT", fhirAPI+"/SearchParameter/colour", colour, nil)
		admin.refuses(400, "GET", "Patient?colour=red", nil, "not a search parameter")
		colour["status"] = "active"
		admin.want(200, "PUT", fhirAPI+"/SearchParameter/colour", colour, nil)
		work(t, s)
		admin.finds("Patient?colour=red", "old")

		admin.want(204, "DELETE", fhirAPI+"/SearchParameter/colour", nil, nil)
		admin.refuses(400, "GET", "Patient?colour=red", nil, "not a search parameter")
		admin.lists("Patient", "colour", false)
		if n := rowsOfOwn(t, s); n == 0 {
			t.Error("the rows were removed while a replica may still use them")
		}
		c.skip(time.Minute)
		work(t, s)
		if n := rowsOfOwn(t, s); n != 0 {
			t.Errorf("%d rows of deleted parameters are left", n)
		}
	})
}

// A search parameter of the site whose expression is true or false takes nothing else.
func TestBooleanSearchParameterOfTheSite(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, on config.Store) {
		s := demoserver.StartOn(t, on, time.Now)
		admin := administrator(t, s)
		admin.want(201, "PUT", fhirAPI+"/SearchParameter/twin", parameterOf("twin", "twin", "token", "Patient.multipleBirth.exists()", "Patient"), nil)
		admin.want(201, "PUT", fhirAPI+"/SearchParameter/birth", parameterOf("birth", "birth", "token", "Patient.multipleBirth.ofType(boolean) | Patient.gender", "Patient"), nil)
		admin.want(201, "PUT", fhirAPI+"/Patient/twin", object{"resourceType": "Patient", "id": "twin", "multipleBirthBoolean": true}, nil)
		work(t, s)
		admin.finds("Patient?twin=true", "twin")
		admin.finds("Patient?birth=true", "twin")
		admin.finds("Patient?birth=unheard-of")
		admin.refuses(400, "GET", "Patient?twin=yes", nil, "twin: true or false is expected")
		admin.refuses(400, "GET", "Patient?twin:not=yes", nil, "twin: true or false is expected")
	})
}

// rowsOfOwn counts the token rows that belong to no parameter of the standard: those whose code is one of the test's colours.
func rowsOfOwn(t *testing.T, s *demoserver.Server) (n int64) {
	t.Helper()
	db, err := s.App.Sites.DB(context.Background(), app.DefaultSite)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Reader.Raw(`SELECT count(*) FROM idx_token WHERE code IN ('teal', 'red')`).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// lenient asks that a search answers, and says which parameter it passed over.
func (c *caller) lenient(query, passedOver string) {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodGet, c.server.URL+fhirAPI+"/"+query, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Prefer", "handling=lenient")
	res, err := c.server.Client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	_, _ = fmt.Fprint(&b, res.StatusCode, " ")
	buf := make([]byte, 1<<16)
	for n, err := res.Body.Read(buf); n > 0 || err == nil; n, err = res.Body.Read(buf) {
		b.Write(buf[:n])
	}
	if got := b.String(); !strings.HasPrefix(got, "200 ") || !strings.Contains(got, "the parameter "+passedOver+" was passed over") {
		c.t.Errorf("%s: %.600s", query, got)
	}
}

// lists asks whether the CapabilityStatement names a search parameter of a type.
func (c *caller) lists(typ, code string, want bool) {
	c.t.Helper()
	var statement struct {
		Rest []struct {
			Resource []struct {
				Type        string
				SearchParam []struct{ Name string }
			}
		}
	}
	c.want(200, "GET", fhirAPI+"/metadata", nil, &statement)
	got := false
	for _, r := range statement.Rest[0].Resource {
		for _, p := range r.SearchParam {
			got = got || r.Type == typ && p.Name == code
		}
	}
	if got != want {
		c.t.Errorf("the CapabilityStatement lists %s of %s: %v, want %v", code, typ, got, want)
	}
}
