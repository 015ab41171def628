package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chartwright/internal/app"
	"chartwright/internal/care/parameter"
	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/gormstore/packed"
)

// Writers on two replicas create, update and delete while the job is at work and while it is broken off and taken up again:
// afterwards the search finds exactly what the resources say.
func TestWritersLoseNothingDuringReindex(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, on config.Store) {
		var c clock
		s := demoserver.StartOn(t, on, c.now)
		admin := administrator(t, s)
		other := *admin
		other.server = s.Replica(t)
		colours := []string{"teal", "red", "blue"}
		before := map[string]any{"resourceType": "Bundle", "type": "transaction"}
		var entries []object
		for i := range 350 { // more than a few steps
			id := fmt.Sprintf("p%d", i)
			entries = append(entries, object{"resource": coloured(id, colours[i%3]), "request": object{"method": "PUT", "url": "Patient/" + id}})
		}
		before["entry"] = entries
		admin.want(200, "POST", fhirAPI, before, nil)
		admin.want(201, "PUT", fhirAPI+"/SearchParameter/colour",
			parameterOf("colour", "colour", "token", "Patient.extension('"+colourURL+"').value", "Patient"), nil)

		var writers sync.WaitGroup
		for w, who := range []*caller{admin, &other} {
			writers.Go(func() {
				for i := w; i < 60; i += 2 {
					id := fmt.Sprintf("p%d", i*5)
					switch i % 3 {
					case 0:
						who.want(204, "DELETE", fhirAPI+"/Patient/"+id, nil, nil)
					case 1:
						who.want(200, "PUT", fhirAPI+"/Patient/"+id, coloured(id, "blue"), nil)
					default:
						who.want(201, "PUT", fhirAPI+"/Patient/n"+id, coloured("n"+id, "teal"), nil)
					}
				}
			})
		}
		// The job is broken off after each look; then both replicas go on with it until it is done.
		for range 3 {
			short, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
			_ = s.App.Parameters.Work(short, app.DefaultSite)
			cancel()
			c.skip(2 * time.Second)
		}
		writers.Go(func() { work(t, other.server) })
		writers.Go(func() { work(t, s) })
		writers.Wait()
		c.skip(time.Minute) // the lease of whoever gave up has run out
		work(t, s)

		want := map[string][]string{}
		for _, v := range allPatients(t, s) {
			for _, colour := range colours {
				if strings.Contains(v.body, `"valueCode":"`+colour+`"`) {
					want[colour] = append(want[colour], v.id)
				}
			}
		}
		for _, colour := range colours {
			slices.Sort(want[colour])
			if got := admin.ids("Patient?_count=1000&colour=" + colour); !slices.Equal(got, want[colour]) {
				t.Errorf("%s: %d found, %d are", colour, len(got), len(want[colour]))
			}
			if got := other.ids("Patient?_count=1000&colour=" + colour); !slices.Equal(got, want[colour]) {
				t.Errorf("%s on the other replica: %d found, %d are", colour, len(got), len(want[colour]))
			}
		}
		if _, faults, err := s.App.Sites.Check(context.Background(), app.DefaultSite); err != nil || len(faults) > 0 {
			t.Errorf("the index is not what the parameters make of the bodies: %v, %v", faults, err)
		}
		jobs, err := s.App.Parameters.Jobs(context.Background(), app.DefaultSite)
		if err != nil || len(jobs) != 1 || jobs[0].State != parameter.Done {
			t.Fatalf("%v, %+v", err, jobs)
		}
		if done, total := jobs[0].Counts(); done < 300 || total < done {
			t.Errorf("the job counted %d of %d", done, total)
		}
	})
}

type patient struct{ id, body string }

// allPatients reads the record itself, past every index.
func allPatients(t *testing.T, s *demoserver.Server) (list []patient) {
	t.Helper()
	db, err := s.App.Sites.DB(context.Background(), app.DefaultSite)
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		ID   string
		Body packed.Body
	}
	if err := db.Reader.Raw(`SELECT id, body FROM resource WHERE type = 'Patient' AND body IS NOT NULL`).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		list = append(list, patient{r.ID, string(r.Body)})
	}
	return list
}

// A reference parameter of the site is followed by chains, _has and includes, and a change reaches the other replica.
func TestReferenceParameterOfTheSite(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, on config.Store) {
		s := demoserver.StartOn(t, on, nil)
		admin := administrator(t, s)
		other := *admin
		other.server = s.Replica(t)
		other.refuses(400, "GET", "Basic?keeper=Practitioner/x", nil, "not a search parameter")
		admin.want(201, "PUT", fhirAPI+"/Practitioner/k", object{"resourceType": "Practitioner", "id": "k", "active": true}, nil)
		keeper := func(id string) object {
			return object{"resourceType": "Basic", "id": id, "code": object{"text": "x"}, "extension": []object{
				{"url": "http://example.org/keeper", "valueReference": object{"reference": "Practitioner/k"}}}}
		}
		admin.want(201, "PUT", fhirAPI+"/Basic/b", keeper("b"), nil)
		p := parameterOf("keeper", "keeper", "reference", "Basic.extension('http://example.org/keeper').value.ofType(Reference)", "Basic")
		p["target"] = []string{"Practitioner"}
		admin.want(201, "PUT", fhirAPI+"/SearchParameter/keeper", p, nil)
		work(t, s)
		other.want(201, "PUT", fhirAPI+"/Basic/c", keeper("c"), nil)
		for _, who := range []*caller{admin, &other} {
			who.finds("Basic?keeper=Practitioner/k", "b", "c")
			who.finds("Basic?keeper.active=true", "b", "c")
			who.finds("Basic?keeper:Practitioner.active=false")
			who.finds("Practitioner?_has:Basic:keeper:_id=b", "k")
			for _, query := range []string{"Basic?_id=b&_include=Basic:keeper", "Basic?_id=b&_include=*"} {
				if _, body := who.do("GET", fhirAPI+"/"+query, "", nil); !strings.Contains(string(body), `"resourceType":"Practitioner"`) {
					t.Errorf("%s: %.300s", query, body)
				}
			}
			if _, body := who.do("GET", fhirAPI+"/Practitioner?_id=k&_revinclude=Basic:keeper", "", nil); strings.Count(string(body), `"mode":"include"`) != 2 {
				t.Errorf("_revinclude: %.300s", body)
			}
		}
	})
}

// Re-indexing everything mends whatever is wrong with the index: rows that no resource has, and rows that are missing.
func TestReindexMends(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, on config.Store) {
		s := demoserver.StartOn(t, on, nil)
		admin := administrator(t, s)
		admin.want(201, "PUT", fhirAPI+"/Patient/a", object{"resourceType": "Patient", "id": "a", "gender": "male", "birthDate": "1970-01-01",
			"name": []object{{"family": "Lindqvist"}}}, nil)
		admin.want(201, "PUT", fhirAPI+"/Basic/m", object{"resourceType": "Basic", "id": "m", "code": object{"text": "x"}, "author": object{"reference": "#p"},
			"contained": []object{{"resourceType": "Practitioner", "id": "p", "gender": "other", "name": []object{{"family": "Within"}}, "identifier": []object{{"value": "inside"}}}},
		}, nil)
		db, err := s.App.Sites.DB(context.Background(), app.DefaultSite)
		if err != nil {
			t.Fatal(err)
		}
		count := func() (list []int64) {
			for _, table := range []string{"idx_token", "idx_string", "idx_uri", "idx_ref", "idx_date", "idx_number", "idx_quantity", "idx_composite"} {
				var n int64
				if err := db.Reader.Raw("SELECT count(*) FROM " + table).Scan(&n).Error; err != nil {
					t.Fatal(err)
				}
				list = append(list, n)
			}
			return list
		}
		want := count()
		for _, spoil := range []string{
			`INSERT INTO idx_token (param, code, system, rid) SELECT param, 'wrong', system, rid FROM idx_token WHERE code = 'male'`,
			`INSERT INTO idx_token (param, code, system, rid) SELECT 7, 'nobody', 0, rid FROM resource WHERE id = 'a' AND type = 'Patient'`,
			`UPDATE idx_string SET norm = 'somebody else' WHERE norm = 'lindqvist'`,
			`DELETE FROM idx_date WHERE rid = (SELECT rid FROM resource WHERE id = 'a' AND type = 'Patient')`,
			`DELETE FROM idx_token WHERE code = 'female'`,
			`INSERT INTO idx_token (param, code, system, rid) SELECT param, 'outside', system, rid FROM idx_token WHERE code = 'inside' AND rid < 0`,
			`UPDATE idx_string SET norm = 'somebody else' WHERE norm = 'within'`,
		} {
			if err := db.Writer.Exec(spoil).Error; err != nil {
				t.Fatal(err)
			}
		}
		admin.finds("Patient?family=lindqvist")
		job, err := s.App.Reindex(context.Background(), app.DefaultSite, parameter.Request{}, func(*parameter.Job) {})
		if err != nil || job.State != parameter.Done {
			t.Fatalf("%v, %+v", err, job)
		}
		admin.finds("Patient?family=lindqvist&birthdate=1970-01-01&gender=male", "a")
		admin.finds("Patient?gender=wrong")
		admin.finds("Practitioner?family=within&identifier=inside&_contained=true", "m")
		admin.finds("Practitioner?identifier=outside&_contained=true")
		if _, faults, err := s.App.Sites.Check(context.Background(), app.DefaultSite); err != nil || len(faults) > 0 {
			t.Errorf("the site has faults: %v, %v", faults, err)
		}
		if got := count(); !slices.Equal(got, want) {
			t.Errorf("the tables have %v rows, want %v", got, want)
		}
		if done, total := job.Counts(); done != total || done == 0 {
			t.Errorf("%d of %d resources were counted", done, total)
		}

		doctor := signIn(t, s, demoserver.Account{Login: "physician", Password: "physician"}, "openid", "api:fhir", "user/SearchParameter.cruds", "user/Patient.cruds")
		doctor.refuses(403, "POST", "$reindex", object{"resourceType": "Parameters"}, "")
		admin.refuses(202, "POST", "$reindex?type=Patient", object{"resourceType": "Parameters"}, `"status"`)
		work(t, s)
		admin.refuses(200, "GET", fmt.Sprintf("$reindex?job=%d", job.ID+1), nil, `"done"`)
		admin.refuses(404, "GET", "$reindex?job=99", nil, "")
		admin.refuses(400, "POST", "$reindex?type=Nothing", object{"resourceType": "Parameters"}, "not a resource type")
	})
}
