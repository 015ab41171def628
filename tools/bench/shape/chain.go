package shape

// Chains are searches through a reference, which the published suites leave out: to one patient or a few, beside a code that many
// have, and to half of all patients.
var Chains = []Shape{
	{
		Name: "chain", Path: "Observation?patient.family={family}&_count=20",
		SQL: "SELECT r.body FROM (SELECT DISTINCT f.rid FROM idx_string s JOIN idx_ref f ON f.param = {Observation.subject} AND f.target = s.rid" +
			" WHERE " + familyOf + " ORDER BY f.rid LIMIT 21) t JOIN resource r ON r.rid = t.rid",
		Args: []string{"{folded family}", "{folded family}~"},
	},
	{
		Name: "chain beside a code", Path: "Observation?patient._id={patient}&code=http://loinc.org%7C8302-2&_count=20",
		SQL: page("idx_ref", "t.param = {Observation.subject} AND t.target = "+patientOf+
			" AND EXISTS (SELECT 1 FROM idx_token c WHERE c.param = {Observation.code} AND c.code = '8302-2' AND c.rid = t.rid)", "t.rid", "21"),
		Args: []string{"{patient}"},
	},
	{
		Name: "chain to many", Path: "Encounter?patient.gender=female&status=finished&_count=20",
		SQL: page("idx_token", "t.param = {Encounter.status} AND t.code = 'finished' AND EXISTS (SELECT 1 FROM idx_ref f JOIN idx_token g ON g.param = {Patient.gender}"+
			" AND g.code = 'female' AND g.rid = f.target WHERE f.rid = t.rid AND f.param = {Encounter.subject})", "t.rid", "21"),
	},
}

const familyOf = "s.param = {Patient.family} AND s.norm >= ? AND s.norm < ?"
