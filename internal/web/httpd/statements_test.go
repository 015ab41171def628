package httpd_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/gormstore/storetest"
	"chartwright/internal/setting"
	"chartwright/internal/web/httpd"
)

// unrecorded are sites whose reads leave no audit event, which the writer would store at a moment of its own.
type unrecorded struct{ chart.Sites }

func (u unrecorded) Open(ctx context.Context, name string) (chart.Site, error) {
	s, err := u.Sites.Open(ctx, name)
	return unrecordedSite{s}, err
}

type unrecordedSite struct{ chart.Site }

func (unrecordedSite) Record(context.Context, *chart.AuditEvent, bool) error { return nil }

// traffic is what went to the database.
type traffic struct {
	mu    sync.Mutex
	trips [][]string
}

func (s *traffic) sent(statements ...string) {
	if strings.HasPrefix(statements[0], "PRAGMA") {
		return // SQLite's way to set an option
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trips = append(s.trips, slices.Clone(statements))
}

func (s *traffic) take() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.trips
	s.trips = nil
	return t
}

// cost is what a request may cost: on SQLite the queries and the transactions (what is written has a statement for a few rows
// each), on PostgreSQL the statements and the round trips in which they go.
type cost struct {
	queries, transactions int
	statements, trips     int
}

func costOf(trips [][]string) (c cost) {
	for _, trip := range trips {
		c.trips++
		for _, text := range trip {
			c.statements++
			switch word, _, _ := strings.Cut(strings.TrimSpace(text), " "); word {
			case "SELECT", "WITH":
				c.queries++
			case "BEGIN":
				c.transactions++
			}
		}
	}
	return c
}

// Every request has a known price in statements. It may fall; if it rises, a request has become slower by a round trip.
func TestStatements(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		var s traffic
		testStatements(t, newCountedWorld(t, "", s.sent), &s, func(got, want cost) bool {
			return got.queries == want.queries && got.transactions == want.transactions
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		var s traffic
		testStatements(t, newCountedWorld(t, storetest.PostgreSQL(t), s.sent), &s, func(got, want cost) bool {
			return got.statements == want.statements && got.trips == want.trips
		})
	})
}

// times is how often a request is sent at most until its price is paid with nothing beside it.
const times = 20

func testStatements(t *testing.T, w *world, s *traffic, same func(got, want cost) bool) {
	w.t = t
	w.config.Sites = unrecorded{w.config.Sites}
	w.settings.Provenance = false
	w.handler = httpd.New(w.config)

	patient := func(n int) string {
		return fmt.Sprintf(`{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"s%d"}],"name":[{"family":"Ash%d"}],"gender":"female"}`, n, n)
	}
	withID := func(body, id string) string { return strings.Replace(body, `{`, `{"id":"`+id+`",`, 1) }
	pulse := `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/p"},"valueQuantity":{"value":60,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}`
	bundle := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, entry(fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", i), pulse, "POST", "Observation", ""))
		}
		return entries("transaction", list...)
	}
	w.must(201, ask{method: "PUT", path: "Patient/p", body: withID(patient(0), "p")})
	w.must(201, ask{method: "PUT", path: "Patient/kept", body: withID(patient(800), "kept")})
	var observation string
	for range 3 {
		observation, _ = w.must(201, ask{method: "POST", path: "Observation", body: pulse})["id"].(string)
	}
	for i := range times {
		w.must(201, ask{method: "PUT", path: fmt.Sprintf("Patient/gone%d", i), body: withID(patient(900+i), fmt.Sprintf("gone%d", i))})
	}
	jsonPatch := map[string]string{"Content-Type": "application/json-patch+json"}
	// A scope by a value set that takes three definitions of the site to expand.
	w.must(201, ask{method: "PUT", path: "CodeSystem/cs", body: `{"resourceType":"CodeSystem","id":"cs","url":"http://example.org/cs","status":"active","content":"complete","concept":[{"code":"a","concept":[{"code":"b"}]}]}`})
	w.must(201, ask{method: "PUT", path: "ValueSet/inner", body: `{"resourceType":"ValueSet","id":"inner","url":"http://example.org/inner","status":"active","compose":{"include":[{"system":"http://loinc.org","concept":[{"code":"8867-4"}]}]}}`})
	w.must(201, ask{method: "PUT", path: "ValueSet/pulses", body: `{"resourceType":"ValueSet","id":"pulses","url":"http://example.org/pulses","status":"active","compose":{"include":[{"valueSet":["http://example.org/inner"]},{"system":"http://example.org/cs","filter":[{"property":"concept","op":"is-a","value":"a"}]}]}}`})
	w.subject("granular", &access.Subject{Actor: access.System, UserID: "g"}, "system/Observation.rs?code:in=http://example.org/pulses")
	w.subject("standard", &access.Subject{Actor: access.System, UserID: "s"}, "system/Observation.rs?code:not-in=http://hl7.org/fhir/ValueSet/administrative-gender")

	for _, c := range []struct {
		name   string
		status int
		ask    func(n int) ask // sent twice before it is counted, so that everything is prepared; n tells the times apart
		want   cost
	}{
		{"the CapabilityStatement", 200, func(int) ask { return ask{path: "metadata", token: "-"} }, cost{0, 0, 0, 0}},
		{"read", 200, func(int) ask { return ask{path: "Patient/p"} }, cost{1, 0, 1, 1}},
		{"read of what is not there", 404, func(int) ask { return ask{path: "Patient/nobody"} }, cost{1, 0, 1, 1}},
		{"read that is not modified", 304, func(int) ask { return ask{path: "Patient/p", header: map[string]string{"If-None-Match": `W/"1"`}} }, cost{1, 0, 1, 1}},
		{"vread", 200, func(int) ask { return ask{path: "Patient/p/_history/1"} }, cost{1, 0, 1, 1}},
		{"create", 201, func(n int) ask { return ask{method: "POST", path: "Patient", body: patient(n)} }, cost{1, 1, 8, 1}},
		{"create with references", 201, func(int) ask { return ask{method: "POST", path: "Observation", body: pulse} }, cost{1, 1, 9, 1}},
		{"conditional create that creates", 201, func(n int) ask {
			return ask{method: "POST", path: "Patient", body: patient(100 + n), header: map[string]string{"If-None-Exist": fmt.Sprintf("identifier=urn:mrn|s%d", 100+n)}}
		}, cost{2, 1, 10, 3}},
		{"conditional create that finds", 200, func(int) ask {
			return ask{method: "POST", path: "Patient", body: patient(101), header: map[string]string{"If-None-Exist": "identifier=urn:mrn|s101"}}
		}, cost{2, 1, 4, 3}},
		{"update", 200, func(n int) ask {
			return ask{method: "PUT", path: "Patient/kept", body: withID(patient(200+n), "kept")}
		}, cost{2, 1, 12, 2}},
		{"update that creates", 201, func(n int) ask {
			return ask{method: "PUT", path: fmt.Sprintf("Patient/new%d", n), body: withID(patient(300+n), fmt.Sprintf("new%d", n))}
		}, cost{2, 1, 10, 2}},
		{"conditional update", 200, func(n int) ask {
			return ask{method: "PUT", path: "Patient?identifier=urn:mrn|s101", body: strings.Replace(patient(101), "female", []string{"male", "other", "unknown"}[n%3], 1)}
		}, cost{4, 1, 12, 4}},
		{"patch", 200, func(n int) ask {
			return ask{method: "PATCH", path: "Patient/kept", body: fmt.Sprintf(`[{"op":"replace","path":"/name/0/family","value":"Elm%d"}]`, n), header: jsonPatch}
		}, cost{3, 1, 11, 3}},
		{"delete", 204, func(n int) ask { return ask{method: "DELETE", path: fmt.Sprintf("Patient/gone%d", n)} }, cost{2, 1, 10, 2}},
		{"history of an instance", 200, func(int) ask { return ask{path: "Patient/kept/_history"} }, cost{2, 0, 2, 2}},
		{"history of a type", 200, func(int) ask { return ask{path: "Patient/_history?_count=5"} }, cost{1, 0, 1, 1}},
		{"search by token", 200, func(int) ask { return ask{path: "Observation?code=8867-4&_count=2"} }, cost{1, 0, 1, 1}},
		{"search by reference and date", 200, func(int) ask { return ask{path: "Observation?subject=Patient/p&date=gt2020"} }, cost{1, 0, 1, 1}},
		{"search with a sort", 200, func(int) ask { return ask{path: "Patient?gender=female&_sort=family"} }, cost{2, 0, 2, 2}},
		{"search with a total", 200, func(int) ask { return ask{path: "Observation?code=8867-4&_count=2&_total=accurate"} }, cost{2, 0, 2, 2}},
		{"search for a count", 200, func(int) ask { return ask{path: "Observation?code=8867-4&_summary=count"} }, cost{1, 0, 1, 1}},
		{"search with includes", 200, func(int) ask { return ask{path: "Observation?code=8867-4&_include=Observation:subject"} }, cost{2, 0, 2, 2}},
		{"search with reverse includes", 200, func(int) ask { return ask{path: "Patient?_id=p&_revinclude=Observation:subject"} }, cost{2, 0, 2, 2}},
		{"search with both", 200, func(int) ask {
			return ask{path: "Patient?_id=p&_revinclude=Observation:subject&_include=Patient:general-practitioner"}
		}, cost{2, 0, 2, 2}},
		{"search by string", 200, func(int) ask { return ask{path: "Patient?family=ash&_count=2"} }, cost{1, 0, 1, 1}},
		{"search by quantity", 200, func(int) ask { return ask{path: "Observation?value-quantity=gt50||/min"} }, cost{2, 0, 2, 2}},
		{"search by composite", 200, func(int) ask { return ask{path: "Observation?code-value-quantity=8867-4$gt50"} }, cost{2, 0, 2, 2}},
		{"search by what is missing", 200, func(int) ask { return ask{path: "Patient?birthdate:missing=true"} }, cost{2, 0, 2, 2}},
		{"search by several", 200, func(int) ask {
			return ask{path: "Observation?subject=Patient/p&code=8867-4&status=final&value-quantity=gt1&date:missing=true"}
		}, cost{1, 0, 1, 1}},
		{"search by several sorts", 200, func(int) ask { return ask{path: "Patient?gender=female&_sort=family,-birthdate"} }, cost{2, 0, 2, 2}},
		{"search by POST", 200, func(int) ask {
			return ask{method: "POST", path: "Patient/_search", body: "identifier=urn:mrn|s0", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}
		}, cost{1, 0, 1, 1}},
		{"search with includes of includes", 200, func(int) ask {
			return ask{path: "Observation?code=8867-4&_include=Observation:subject&_include:iterate=Patient:organization"}
		}, cost{3, 0, 3, 3}},
		{"search with a total and an include", 200, func(int) ask {
			return ask{path: "Observation?code=8867-4&_total=accurate&_include=Observation:subject"}
		}, cost{2, 0, 2, 2}},
		{"search for nothing", 200, func(int) ask { return ask{path: "Observation?code=0-0&_include=Observation:subject"} }, cost{1, 0, 1, 1}},
		{"chained search", 200, func(int) ask { return ask{path: "Observation?subject:Patient.identifier=urn:mrn|s0"} }, cost{2, 0, 2, 2}},
		{"_has", 200, func(int) ask { return ask{path: "Patient?_has:Observation:subject:code=8867-4"} }, cost{2, 0, 2, 2}},
		{"search in a compartment", 200, func(int) ask { return ask{path: "Patient/p/Observation"} }, cost{1, 0, 1, 1}},
		{"search in the whole system", 200, func(int) ask { return ask{path: "?_type=Patient,Observation&_count=3"} }, cost{1, 0, 1, 1}},
		{"search under a scope by a value set of the site", 200, func(int) ask { return ask{path: "Observation?_count=2", token: "granular"} }, cost{1, 0, 2, 2}},
		{"read under such a scope", 200, func(int) ask { return ask{path: "Observation/" + observation, token: "granular"} }, cost{2, 0, 3, 3}},
		{"search under a scope by one of the standard", 200, func(int) ask { return ask{path: "Observation?_count=2", token: "standard"} }, cost{1, 0, 1, 1}},
		{"transaction of 10", 200, func(int) ask { return ask{method: "POST", body: bundle(10)} }, cost{1, 1, 9, 1}},
		{"transaction of 100", 200, func(int) ask { return ask{method: "POST", body: bundle(100)} }, cost{1, 1, 9, 1}},
		{"$everything", 200, func(int) ask { return ask{path: "Patient/p/$everything?_count=2"} }, cost{3, 0, 3, 3}},
		{"$everything of all, within one record", 200, func(int) ask { return ask{path: "Patient/$everything?_count=2"} }, cost{3, 0, 3, 3}},
		{"$everything of all, through several", 200, func(int) ask { return ask{path: "Patient/$everything?_count=4&_type=Patient,Condition"} }, cost{7, 0, 7, 7}},
		{"$everything between dates", 200, func(int) ask {
			return ask{path: "Patient/p/$everything?_count=2&start=2020-01-01&end=2021-01-01&_since=2020-01-01T00:00:00Z"}
		}, cost{3, 0, 3, 3}},
	} {
		// Words are indexed at moments of their own, which can be this one, or several on a slow machine: one of the times is without.
		var trips [][]string
		for n := 0; n < 3 || n < times && !same(costOf(trips), c.want); n++ {
			a := c.ask(n)
			if a.method == "" {
				a.method = "GET"
			}
			s.take()
			rec := w.do(a)
			if trips = s.take(); rec.Code != c.status {
				t.Fatalf("%s: status %d, want %d: %s", c.name, rec.Code, c.status, rec.Body)
			}
		}
		if got := costOf(trips); !same(got, c.want) {
			t.Errorf("%s: %d queries and %d transactions in %d statements and %d round trips, want %+v\n%s", c.name,
				got.queries, got.transactions, got.statements, got.trips, c.want, strings.Join(slices.Concat(trips...), "\n"))
		}
	}
}

// An access is recorded in one transaction, on PostgreSQL in one round trip.
func TestStatementsOfTheTrail(t *testing.T) {
	t.Parallel()
	test := func(t *testing.T, dsn string, want cost) {
		var s traffic
		w := newCountedWorld(t, dsn, s.sent)
		w.t = t
		w.settings.AuditReads = setting.Durable
		w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
		var trips [][]string
		for n := 0; n < 3 || n < times && costOf(trips) != want; n++ { // as in testStatements
			s.take()
			w.must(200, ask{method: "GET", path: "Patient/ann"})
			trips = s.take()
		}
		if got := costOf(trips); got != want {
			t.Errorf("one access costs %+v, want %+v\n%s", got, want, strings.Join(slices.Concat(trips...), "\n"))
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, "", cost{queries: 2, transactions: 1, statements: 6, trips: 6})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, storetest.PostgreSQL(t), cost{queries: 2, transactions: 1, statements: 5, trips: 2})
	})
}
