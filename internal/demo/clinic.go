package demo

// What the made-up clinic knows: problems, allergies, drugs, procedures, vaccines, payers, staff. Codes are the real ones of
// their code systems, so that searches in the demo look like searches in a clinic.

const (
	snomed = "http://snomed.info/sct"
	loinc  = "http://loinc.org"
	rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
	cvx    = "http://hl7.org/fhir/sid/cvx"
	icd10  = "http://hl7.org/fhir/sid/icd-10-cm"
	ucum   = "http://unitsofmeasure.org"
	npi    = "http://hl7.org/fhir/sid/us-npi"
)

type problem struct {
	sct, icd code
	onset    string // years before the demo's present are not used: a fixed date reads the same every day
	resolved string // empty = active
}

var problems = []problem{
	{code{snomed, "59621000", "Essential hypertension"}, code{icd10, "I10", "Essential (primary) hypertension"}, "2014-05-12", ""},
	{code{snomed, "44054006", "Diabetes mellitus type 2"}, code{icd10, "E11.9", "Type 2 diabetes mellitus without complications"}, "2018-09-03", ""},
	{code{snomed, "55822004", "Hyperlipidemia"}, code{icd10, "E78.5", "Hyperlipidemia, unspecified"}, "2016-02-20", ""},
	{code{snomed, "40930008", "Hypothyroidism"}, code{icd10, "E03.9", "Hypothyroidism, unspecified"}, "2011-07-15", ""},
	{code{snomed, "195967001", "Asthma"}, code{icd10, "J45.909", "Unspecified asthma, uncomplicated"}, "2020-03-30", ""},
	{code{snomed, "35489007", "Depressive disorder"}, code{icd10, "F32.A", "Depression, unspecified"}, "2022-10-08", ""},
	{code{snomed, "87522002", "Iron deficiency anemia"}, code{icd10, "D50.9", "Iron deficiency anemia, unspecified"}, "2023-01-19", "2024-06-01"},
	{code{snomed, "49436004", "Atrial fibrillation"}, code{icd10, "I48.91", "Unspecified atrial fibrillation"}, "2019-12-02", ""},
	{code{snomed, "37796009", "Migraine"}, code{icd10, "G43.909", "Migraine, unspecified"}, "2017-04-25", ""},
	{code{snomed, "235595009", "Gastroesophageal reflux disease"}, code{icd10, "K21.9", "Gastro-esophageal reflux disease without esophagitis"}, "2015-08-11", ""},
	{code{snomed, "61582004", "Allergic rhinitis"}, code{icd10, "J30.9", "Allergic rhinitis, unspecified"}, "2021-05-05", ""},
	{code{snomed, "239873007", "Osteoarthritis of knee"}, code{icd10, "M17.9", "Osteoarthritis of knee, unspecified"}, "2020-11-16", ""},
}

type allergy struct {
	substance   code
	category    string // AllergyIntolerance.category
	criticality string
	reaction    code
	severity    string
}

var allergies = []allergy{
	{code{rxnorm, "7980", "Penicillin G"}, "medication", "high", code{snomed, "126485001", "Urticaria"}, "moderate"},
	{code{snomed, "387406002", "Sulfonamide"}, "medication", "high", code{snomed, "271807003", "Eruption of skin"}, "mild"},
	{code{snomed, "762952008", "Peanut"}, "food", "high", code{snomed, "39579001", "Anaphylaxis"}, "severe"},
	{code{snomed, "256277009", "Grass pollen"}, "environment", "low", code{snomed, "76067001", "Sneezing"}, "mild"},
	{code{snomed, "1003755004", "Natural rubber latex"}, "environment", "low", code{snomed, "40275004", "Contact dermatitis"}, "mild"},
}

type medication struct {
	drug   code
	dosage string
	start  string
}

var medications = []medication{
	{code{rxnorm, "314076", "lisinopril 10 MG Oral Tablet"}, "Take one tablet by mouth once a day", "2014-05-12"},
	{code{rxnorm, "860975", "24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet"}, "Take one tablet by mouth with the evening meal", "2018-09-03"},
	{code{rxnorm, "617310", "atorvastatin 20 MG Oral Tablet"}, "Take one tablet by mouth at bedtime", "2016-02-20"},
	{code{rxnorm, "966247", "levothyroxine sodium 0.05 MG Oral Tablet"}, "Take one tablet by mouth before breakfast", "2011-07-15"},
	{code{rxnorm, "745679", "albuterol 0.09 MG/ACTUAT Metered Dose Inhaler"}, "Two puffs every four to six hours as needed", "2020-03-30"},
	{code{rxnorm, "312940", "sertraline 25 MG Oral Tablet"}, "Take one tablet by mouth in the morning", "2022-10-08"},
	{code{rxnorm, "310325", "ferrous sulfate 325 MG Oral Tablet"}, "Take one tablet by mouth every other day", "2023-01-19"},
	{code{rxnorm, "855332", "warfarin sodium 5 MG Oral Tablet"}, "As directed by the anticoagulation clinic", "2019-12-02"},
	{code{rxnorm, "313161", "sumatriptan 50 MG Oral Tablet"}, "One tablet at the onset of a migraine", "2017-04-25"},
	{code{rxnorm, "198053", "omeprazole 20 MG Delayed Release Oral Capsule"}, "Take one capsule by mouth before breakfast", "2015-08-11"},
	{code{rxnorm, "311372", "loratadine 10 MG Oral Tablet"}, "Take one tablet by mouth once a day in season", "2021-05-05"},
	{code{rxnorm, "310965", "ibuprofen 200 MG Oral Tablet"}, "One or two tablets by mouth every six hours as needed", "2020-11-16"},
}

type procedure struct {
	code code
	date string
}

var procedures = []procedure{
	{code{snomed, "73761001", "Colonoscopy"}, "2022-03-14"},
	{code{snomed, "24623002", "Screening mammography"}, "2024-02-06"},
	{code{snomed, "80146002", "Appendectomy"}, "2009-10-21"},
	{code{snomed, "29303009", "Electrocardiographic procedure"}, "2025-01-17"},
	{code{snomed, "274474001", "Bone immobilization"}, "2019-06-28"},
	{code{snomed, "11466000", "Cesarean section"}, "2018-12-05"},
}

type vaccine struct {
	code code
	date string
	lot  string
}

var vaccines = []vaccine{
	{code{cvx, "140", "Influenza, split virus, trivalent, PF"}, "2025-10-02", "CW2510A"},
	{code{cvx, "115", "Tdap"}, "2019-04-11", "CW1904T"},
	{code{cvx, "33", "pneumococcal polysaccharide PPV23"}, "2021-11-09", "CW2111P"},
}

type payer struct{ id, name, planType string }

var payers = []payer{
	{"9a1b6c1e-1001-4c57-9d10-5f2a6e0c1001", "Harborlight Mutual", "Harborlight Choice PPO"},
	{"9a1b6c1e-1002-4c57-9d10-5f2a6e0c1002", "Northfold Health Plan", "Northfold Standard HMO"},
	{"9a1b6c1e-1003-4c57-9d10-5f2a6e0c1003", "Commonwealth Care Trust", "Family Care"},
	{"9a1b6c1e-1004-4c57-9d10-5f2a6e0c1004", "Silverstrand Senior Cover", "Senior Advantage"},
}

type practitioner struct {
	id, roleID, prefix, given, family, gender, npi, phone string
	specialty                                             code
}

const nucc = "http://nucc.org/provider-taxonomy"

var practitioners = []practitioner{
	{"9a1b6c1e-2001-4c57-9d10-5f2a6e0c2001", "9a1b6c1e-2101-4c57-9d10-5f2a6e0c2101", "Dr.", "Beatrix", "Holloway", "female", "1999999976", "555-010-2001", code{nucc, "207Q00000X", "Family Medicine Physician"}},
	{"9a1b6c1e-2002-4c57-9d10-5f2a6e0c2002", "9a1b6c1e-2102-4c57-9d10-5f2a6e0c2102", "Dr.", "Samuel", "Ferreira", "male", "1999999984", "555-010-2002", code{nucc, "207R00000X", "Internal Medicine Physician"}},
	{"9a1b6c1e-2003-4c57-9d10-5f2a6e0c2003", "9a1b6c1e-2103-4c57-9d10-5f2a6e0c2103", "Dr.", "Ngozi", "Albright", "female", "1999999992", "555-010-2003", code{nucc, "208000000X", "Pediatrics Physician"}},
}

// The fixed ids of the clinic itself.
const (
	clinicID   = "9a1b6c1e-3001-4c57-9d10-5f2a6e0c3001"
	locationID = "9a1b6c1e-3101-4c57-9d10-5f2a6e0c3101"
)

// PortalPatient is the id of the patient behind the portal account of the demo.
const PortalPatient = "9a1b6c1e-0001-4c57-9d10-5f2a6e0c0001"
