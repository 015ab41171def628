package searchsql_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore/searchsql"
)

// benchPatients is how many patients the benchmark's chart has, 400 resources each; CHARTWRIGHT_BENCH_PATIENTS changes it.
func benchPatients() int {
	if n, err := strconv.Atoi(os.Getenv("CHARTWRIGHT_BENCH_PATIENTS")); err == nil {
		return n
	}
	return 50
}

var (
	families = []string{"Smith", "Garcia", "Miller", "Schmidt", "Santos", "Baker", "Brown", "Okafor", "Suzuki", "Silva", "Becker", "Novak"}
	givens   = []string{"Anna", "Ben", "Carla", "David", "Eva", "Farid", "Grace", "Hugo", "Ines", "John"}
	codes    = []string{"8302-2", "29463-7", "72514-3", "8480-6", "8462-4", "8867-4", "2339-0", "6299-2", "38483-4", "2947-0"}
)

// benchChart fills the fixture with made-up patients in the proportions of real records.
func benchChart(b testing.TB, f *fixture, patients int) {
	b.Helper()
	rnd := rand.New(rand.NewPCG(1, 2)) // a chart that is the same each time
	pick := func(list []string) string { return list[rnd.IntN(len(list))] }
	day := func() string {
		return fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:00Z", 2012+rnd.IntN(13), 1+rnd.IntN(12), 1+rnd.IntN(28), rnd.IntN(24), rnd.IntN(60))
	}
	var batch []*resource
	flush := func() { f.put(b, batch...); batch = batch[:0] }
	add := func(typ, id, owner string) *resource {
		if len(batch) >= 2000 {
			flush()
		}
		r := &resource{typ: typ, id: id, owner: owner}
		batch = append(batch, r)
		return r
	}
	for i := range 20 {
		add("Practitioner", "d"+strconv.Itoa(i), "").str("name", pick(families))
		add("Organization", "o"+strconv.Itoa(i), "").str("name", pick(families)+" Clinic")
	}
	for i := range patients {
		id := "p" + strconv.Itoa(i)
		me := "Patient/" + id
		family, given := pick(families)+strconv.Itoa(rnd.IntN(100)), pick(givens)
		add("Patient", id, id).str("name", family).str("name", given).str("family", family).str("given", given).
			token("gender", "http://hl7.org/fhir/administrative-gender", []string{"male", "female"}[i%2]).
			date("birthdate", fmt.Sprintf("%04d-%02d-%02d", 1930+rnd.IntN(90), 1+rnd.IntN(12), 1+rnd.IntN(28))).
			token("identifier", "urn:mrn", strconv.Itoa(100000+i)).ref("organization", "Organization/o"+strconv.Itoa(rnd.IntN(20))).
			token("active", "", "true")
		for n := range 49 {
			add("Encounter", id+"-e"+strconv.Itoa(n), id).ref("subject", me).token("status", "http://hl7.org/fhir/encounter-status", "finished").
				token("class", "http://terminology.hl7.org/CodeSystem/v3-ActCode", []string{"AMB", "EMER", "IMP"}[rnd.IntN(3)]).
				date("date", day(), "2025").ref("participant", "Practitioner/d"+strconv.Itoa(rnd.IntN(20)))
		}
		for n := range 350 {
			code, value := codes[min(rnd.IntN(len(codes)), rnd.IntN(len(codes)))], strconv.Itoa(50+rnd.IntN(120))
			o := add("Observation", id+"-o"+strconv.Itoa(n), id)
			o.token("code", loinc, code, "Measure "+code).token("category", "urn:cat", []string{"vital-signs", "laboratory", "survey"}[rnd.IntN(3)]).
				token("status", "http://hl7.org/fhir/observation-status", "final").ref("subject", me).
				ref("encounter", "Encounter/"+id+"-e"+strconv.Itoa(rnd.IntN(49))).date("date", day()).
				quantity("value-quantity", value, ucum, "mm[Hg]").tokenQuantity("code-value-quantity", loinc, code, value, ucum, "mm[Hg]")
		}
	}
	flush()
	if f.dialect == searchsql.PostgreSQL { // as autovacuum does in time
		if _, err := f.db.(*sql.DB).Exec("ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
}

// shapes are those of the published search benchmarks, with the bare SQL that answers each by hand. A § stands for a number
// below the count of patients that changes with each run; floor's arguments are split at commas.
var shapes = []struct{ name, search, floor string }{
	{"type", "Observation?_count=10", "SELECT body FROM resource WHERE type = 'Observation' AND body IS NOT NULL AND rid > 0 ORDER BY rid LIMIT 11"},
	{"type-total", "Observation?_count=1&_total=accurate", "SELECT count(*) FROM resource WHERE type = 'Observation' AND body IS NOT NULL"},
	{"gender-total", "Patient?gender=male&_count=5&_total=accurate", ""},
	{"family", "Patient?family=S&_count=5", "SELECT r.body FROM idx_string s JOIN resource r ON r.rid = s.rid WHERE s.param = {Patient.family} AND s.norm >= 's' AND s.norm < 't' ORDER BY s.norm, s.rid LIMIT 6"},
	{"given", "Patient?given=A&_count=5", ""},
	{"code-total", "Observation?code=http://loinc.org%7C8302-2&_count=5&_total=accurate", "SELECT count(*) FROM idx_token WHERE param = {Observation.code} AND code = '8302-2'"},
	{"code", "Observation?code=http://loinc.org%7C8302-2&_count=5", "SELECT r.body FROM idx_token t JOIN resource r ON r.rid = t.rid WHERE t.param = {Observation.code} AND t.code = '8302-2' AND t.system = (SELECT id FROM system WHERE uri = 'http://loinc.org') ORDER BY t.rid LIMIT 6"},
	{"date-ge", "Observation?date=ge2020-01-01&_count=5", "SELECT r.body FROM idx_date d JOIN resource r ON r.rid = d.rid WHERE d.param = {Observation.date} AND d.lo >= 1577836800000000 ORDER BY d.lo, d.rid LIMIT 6"},
	{"combo-code-total", "Observation?combo-code=http://loinc.org%7C8480-6&_count=1&_total=accurate", ""},
	{"gender+family", "Patient?gender=female&family=B&_count=5", "SELECT r.body FROM idx_string s JOIN resource r ON r.rid = s.rid WHERE s.param = {Patient.family} AND s.norm >= 'b' AND s.norm < 'c' AND EXISTS (SELECT 1 FROM idx_token t WHERE t.param = {Patient.gender} AND t.code = 'female' AND t.rid = s.rid) ORDER BY s.norm, s.rid LIMIT 6"},
	{"patient", "Observation?patient=Patient/p§&_count=20", "SELECT r.body FROM idx_ref f JOIN resource r ON r.rid = f.rid WHERE f.param = {Observation.subject} AND f.target = (SELECT rid FROM resource WHERE type = 'Patient' AND id = 'p§') ORDER BY f.rid LIMIT 21"},
	{"patient+code", "Observation?patient=Patient/p§&code=http://loinc.org%7C8480-6&_count=20", "SELECT r.body FROM idx_ref f JOIN resource r ON r.rid = f.rid WHERE f.param = {Observation.subject} AND f.target = (SELECT rid FROM resource WHERE type = 'Patient' AND id = 'p§') AND EXISTS (SELECT 1 FROM idx_token t WHERE t.param = {Observation.code} AND t.code = '8480-6' AND t.rid = f.rid) ORDER BY f.rid LIMIT 21"},
	{"patient-sort", "Observation?patient=Patient/p§&_sort=-date&_count=20", "SELECT r.body FROM idx_ref f JOIN resource r ON r.rid = f.rid JOIN idx_date d ON d.rid = f.rid AND d.param = {Observation.date} WHERE f.param = {Observation.subject} AND f.target = (SELECT rid FROM resource WHERE type = 'Patient' AND id = 'p§') ORDER BY d.lo DESC LIMIT 21"},
	{"encounter-patient", "Encounter?patient=Patient/p§&_count=10", ""},
	{"encounter-participant", "Encounter?participant=Practitioner/d7&_count=10", "SELECT r.body FROM idx_ref f JOIN resource r ON r.rid = f.rid WHERE f.param = {Encounter.participant} AND f.target = (SELECT rid FROM resource WHERE type = 'Practitioner' AND id = 'd7') ORDER BY f.rid LIMIT 11"},
	{"code-sort", "Observation?code=http://loinc.org%7C8480-6&_sort=-date&_count=20", "SELECT r.body FROM idx_date d JOIN resource r ON r.rid = d.rid WHERE d.param = {Observation.date} AND EXISTS (SELECT 1 FROM idx_token t WHERE t.param = {Observation.code} AND t.code = '8480-6' AND t.rid = d.rid) ORDER BY d.lo DESC LIMIT 21"},
	{"rare-sort", "Observation?code=http://loinc.org%7Cnone&_sort=-date&_count=20", ""},
	{"last-updated", "Patient?_sort=-_lastUpdated&_count=20", ""},
	{"code+date", "Observation?code=http://loinc.org%7C8480-6&date=2020-05-05&_count=20", ""},
	{"status+date", "Observation?status=final&date=ge2024-01-01&_count=20", ""},
	{"name-contains", "Patient?name:contains=ohn&_count=5", "SELECT r.body FROM idx_string s JOIN resource r ON r.rid = s.rid WHERE s.param = {Patient.name} AND instr(s.norm, 'ohn') > 0 LIMIT 6"},
	{"code-text", "Observation?code:text=8480&_count=5", ""},
	{"quantity-gt", "Observation?value-quantity=gt150&_count=20", ""},
	{"quantity-unit", "Observation?value-quantity=gt150%7Chttp://unitsofmeasure.org%7Cmm[Hg]&_count=20", ""},
	{"composite", "Observation?code-value-quantity=http://loinc.org%7C8867-4$gt150&_count=20", ""},
	{"chain", "Observation?patient.identifier=urn:mrn%7C10000§&_count=20", ""},
	{"chain-name", "Observation?patient.family=Garcia&_count=20", ""},
	{"has", "Patient?_has:Observation:patient:code=2947-0&_count=20", ""},
	{"include", "Observation?patient=Patient/p§&_count=20&_include=Observation:encounter", ""},
	{"identifier", "Patient?identifier=urn:mrn%7C10000§", ""},
}

// BenchmarkSearch answers each shape through Run beside the bare SQL.
func BenchmarkSearch(b *testing.B) {
	stores := []struct {
		name string
		open func(testing.TB) *fixture
	}{{"sqlite", openSQLite}, {"postgres", openPostgres}}
	for _, s := range stores {
		b.Run(s.name, func(b *testing.B) {
			f := s.open(b)
			patients := benchPatients()
			benchChart(b, f, patients)
			db := f.db.(*sql.DB)
			kept := searchsql.NewStatements(db, f.dialect)
			for _, shape := range shapes {
				queries := make([]*search.Query, 10)
				for i := range queries {
					typ, query, _ := strings.Cut(strings.ReplaceAll(shape.search, "§", strconv.Itoa(i%patients)), "?")
					queries[i] = parse(b, typ, query)
				}
				b.Run(shape.name, func(b *testing.B) {
					for i := 0; b.Loop(); i++ {
						q := queries[i%len(queries)]
						if _, err := searchsql.Run(context.Background(), kept, f.dialect, f.env, q, access.Narrow{}, chart.Page{}); err != nil {
							b.Fatal(err)
						}
					}
				})
				if shape.floor == "" {
					continue
				}
				text := shape.floor
				for strings.Contains(text, "{") {
					before, rest, _ := strings.Cut(text, "{")
					name, after, _ := strings.Cut(rest, "}")
					typ, code, _ := strings.Cut(name, ".")
					text = before + strconv.Itoa(int(search.RowNumber(typ, code))) + after
				}
				if f.dialect == searchsql.PostgreSQL {
					text = strings.ReplaceAll(text, "instr(", "strpos(")
				}
				bare := "p§"
				if strings.Contains(text, "'"+bare+"'") {
					text = strings.ReplaceAll(text, "'"+bare+"'", map[searchsql.Dialect]string{searchsql.SQLite: "?", searchsql.PostgreSQL: "$1"}[f.dialect])
				}
				stmt, err := db.Prepare(text)
				if err != nil {
					b.Fatal(err)
				}
				b.Run(shape.name+"/floor", func(b *testing.B) {
					for i := 0; b.Loop(); i++ {
						var args []any
						if strings.Contains(shape.floor, bare) {
							args = append(args, "p"+strconv.Itoa(i%10%patients))
						}
						rows, err := stmt.Query(args...)
						if err != nil {
							b.Fatal(err)
						}
						var body any
						for rows.Next() {
							if err := rows.Scan(&body); err != nil {
								b.Fatal(err)
							}
						}
						rows.Close()
					}
				})
				stmt.Close()
			}
		})
	}
}
