package shape

import "strings"

// Pieces of the floor's SQL.
const (
	patientOf = "(SELECT rid FROM resource WHERE type = 'Patient' AND id = ?)"
	loincID   = "(SELECT id FROM system WHERE uri = 'http://loinc.org')"
)

// page is the hand-written search by one index row: the rows of a table under a condition, in order.
func page(table, where, order, limit string) string {
	return "SELECT r.body FROM " + table + " t JOIN resource r ON r.rid = t.rid WHERE " + where + " ORDER BY " + order + " LIMIT " + limit
}

func byPatient(param, limit string) string {
	return page("idx_ref", "t.param = {"+param+"} AND t.target = "+patientOf, "t.rid", limit)
}

func byLoinc(code, limit string) string {
	return page("idx_token", "t.param = {Observation.code} AND t.code = '"+code+"' AND t.system = "+loincID, "t.rid", limit)
}

func countLoinc(code string) string {
	return "SELECT count(*) FROM idx_token WHERE param = {Observation.code} AND code = '" + code + "' AND system = " + loincID
}

func loincTotal(name, code, limit, limitSQL string) Shape {
	return Shape{
		Name: name, Path: "Observation?code=http://loinc.org%7C" + code + "&_count=" + limit + "&_total=accurate",
		SQL: byLoinc(code, limitSQL), Count: countLoinc(code),
	}
}

// MockHealth are the thirty searches of mock.health's comparison, which asks each as often as the others.
// https://mock.health/performance/methodology
var MockHealth = []Shape{
	{Name: "metadata", Path: "metadata"},
	{
		Name: "type", Path: "Observation?_count=10",
		SQL: "SELECT body FROM resource WHERE type = 'Observation' AND body IS NOT NULL AND rid > 0 ORDER BY rid LIMIT 11",
	},
	{
		Name: "type total", Path: "Observation?_count=1&_total=accurate",
		SQL:   "SELECT body FROM resource WHERE type = 'Observation' AND body IS NOT NULL AND rid > 0 ORDER BY rid LIMIT 2",
		Count: "SELECT count(*) FROM resource WHERE type = 'Observation' AND body IS NOT NULL",
	},
	loincTotal("code total, no hit", "8480-6", "1", "2"),
	{
		Name: "gender total", Path: "Patient?gender=male&_count=5&_total=accurate",
		SQL:   page("idx_token", "t.param = {Patient.gender} AND t.code = 'male'", "t.rid", "6"),
		Count: "SELECT count(*) FROM idx_token WHERE param = {Patient.gender} AND code = 'male'",
	},
	{
		Name: "family, one letter", Path: "Patient?family=S&_count=5",
		SQL: page("idx_string", "t.param = {Patient.family} AND t.norm >= 's' AND t.norm < 't'", "t.norm, t.rid", "6"),
	},
	{
		Name: "given, one letter", Path: "Patient?given=A&_count=5",
		SQL: page("idx_string", "t.param = {Patient.given} AND t.norm >= 'a' AND t.norm < 'b'", "t.norm, t.rid", "6"),
	},
	loincTotal("height total", "8302-2", "5", "6"),
	loincTotal("weight total", "29463-7", "5", "6"),
	loincTotal("pain total", "72514-3", "5", "6"),
	{
		Name: "date from", Path: "Observation?date=ge2020-01-01&_count=5",
		SQL: page("idx_date", "t.param = {Observation.date} AND t.lo >= 1577836800000000", "t.lo, t.rid", "6"),
	},
	{
		Name: "combo-code total", Path: "Observation?combo-code=http://loinc.org%7C8480-6&_count=1&_total=accurate",
		SQL:   "SELECT r.body FROM (SELECT rid FROM idx_token WHERE param = {Observation.code} AND code = '8480-6' AND system = " + loincID + " UNION SELECT rid FROM idx_token WHERE param = {Observation.component-code} AND code = '8480-6' AND system = " + loincID + " ORDER BY rid LIMIT 2) t JOIN resource r ON r.rid = t.rid",
		Count: "SELECT count(*) FROM (SELECT rid FROM idx_token WHERE param = {Observation.code} AND code = '8480-6' AND system = " + loincID + " UNION SELECT rid FROM idx_token WHERE param = {Observation.component-code} AND code = '8480-6' AND system = " + loincID + ") t",
	},
	{
		Name: "gender and family", Path: "Patient?gender=female&family=B&_count=5",
		SQL: page("idx_string", "t.param = {Patient.family} AND t.norm >= 'b' AND t.norm < 'c' AND EXISTS (SELECT 1 FROM idx_token g WHERE g.param = {Patient.gender} AND g.code = 'female' AND g.rid = t.rid)", "t.norm, t.rid", "6"),
	},
	{Name: "read", Path: "Patient/{patient}", SQL: "SELECT body FROM resource WHERE type = 'Patient' AND id = ?", Args: []string{"{patient}"}},
	{
		Name: "family", Path: "Patient?family={family}&_count=5",
		SQL: page("idx_string", "t.param = {Patient.family} AND t.norm >= ? AND t.norm < ?", "t.norm, t.rid", "6"), Args: []string{"{folded family}", "{folded family}~"},
	},
	{Name: "observations of a patient", Path: "Observation?patient=Patient/{patient}&_count=20", SQL: byPatient("Observation.subject", "21"), Args: []string{"{patient}"}},
	{Name: "conditions of a patient", Path: "Condition?patient=Patient/{patient}", SQL: byPatient("Condition.subject", "21"), Args: []string{"{patient}"}},
	{
		Name: "conditions by code", Path: "Condition?code={condition}&_count=5",
		SQL: page("idx_token", "t.param = {Condition.code} AND t.code = ?", "t.rid", "6"), Args: []string{"{condition}"},
	},
	{
		Name: "procedures by code", Path: "Procedure?code={procedure}&_count=5",
		SQL: page("idx_token", "t.param = {Procedure.code} AND t.code = ?", "t.rid", "6"), Args: []string{"{procedure}"},
	},
	{Name: "encounters of a patient", Path: "Encounter?patient=Patient/{patient}&_count=10", SQL: byPatient("Encounter.subject", "11"), Args: []string{"{patient}"}},
	{Name: "prescriptions of a patient", Path: "MedicationRequest?patient=Patient/{patient}&_count=10", SQL: byPatient("MedicationRequest.subject", "11"), Args: []string{"{patient}"}},
	{
		Name: "encounters by participant", Path: "Encounter?participant=Practitioner/{practitioner}&_count=10",
		SQL:  page("idx_ref", "t.param = {Encounter.participant} AND t.target = (SELECT rid FROM resource WHERE type = 'Practitioner' AND id = ?)", "t.rid", "11"),
		Args: []string{"{practitioner}"},
	},
	{
		Name: "encounters by location", Path: "Encounter?location=Location/{location}&_count=10",
		SQL:  page("idx_ref", "t.param = {Encounter.location} AND t.target = (SELECT rid FROM resource WHERE type = 'Location' AND id = ?)", "t.rid", "11"),
		Args: []string{"{location}"},
	},
	{Name: "content of patients", Path: "Patient?_content=Smith&_count=5", SQL: withWord("Patient", "smith"), Loose: true},
	{Name: "content of observations", Path: "Observation?_content=blood&_count=5", SQL: withWord("Observation", "blood"), Loose: true},
	{Name: "content of conditions", Path: "Condition?_content=hypertension&_count=5", SQL: withWord("Condition", "hypertension"), Loose: true},
	{Name: "name text", Path: "Patient?name:text=ohn&_count=5", SQL: inText("Patient.name", "ohn")},
	{Name: "address text", Path: "Patient?address:text=Boston&_count=5", SQL: inText("Patient.address", "boston")},
	{Name: "narrative", Path: "Patient?_text=Smith&_count=5", SQL: withWord("Patient", "smith", "j.value % 2 = 1"), Loose: true},
	{
		Name: "code text", Path: "Condition?code:text=hypertensive&_count=5",
		SQL: "SELECT r.body FROM (SELECT DISTINCT rid FROM idx_token WHERE param = {Condition.code} AND instr(text, 'hypertensive') > 0 ORDER BY rid LIMIT 6) t JOIN resource r ON r.rid = t.rid",
	},
}

// withWord reads the postings of a word; the document of a posting says where in a block of versions it is.
func withWord(typ, word string, conds ...string) string {
	where := strings.Join(append([]string{"w.param = {" + typ + "._content}", "w.term = '" + word + "'"}, conds...), " AND ")
	return "SELECT r.body FROM idx_posting w JOIN " + postingDocs + " JOIN resource r ON r.seq = w.lo + j.value / 2 WHERE " + where + " ORDER BY w.lo LIMIT 6"
}

// postingDocs and its form on PostgreSQL are the documents of a posting as rows.
const (
	postingDocs         = "json_each('[' || w.docs || ']') j"
	postgresPostingDocs = "unnest(string_to_array(w.docs, ',')::bigint[]) j (value) ON true"
)

// inText reads the strings of a parameter until enough contain a text.
func inText(param, text string) string {
	return "SELECT r.body FROM (SELECT t.rid, min(t.norm) AS k FROM idx_string t WHERE t.param IN {" + param + "*} AND instr(t.norm, '" + text +
		"') > 0 GROUP BY t.rid ORDER BY k, t.rid LIMIT 6) t JOIN resource r ON r.rid = t.rid"
}
