package population

// What the made-up people are called and suffer from. Codes are the real ones of their code systems. In each list the first are
// the most frequent (see pick).

var families = []string{
	"Smith", "Johnson", "Brown", "Garcia", "Schmidt", "Baker", "Miller", "Santos", "Okafor", "Suzuki", "Silva", "Becker", "Novak", "Bennett",
	"Stewart", "Nguyen", "Bailey", "Simmons", "Kowalski", "Brooks", "Sanchez", "Ivanova", "Sullivan", "Bryant", "Stone", "Andersen", "Burke",
	"Spencer", "Dubois", "Barker", "Schneider", "Haddad", "Bishop", "Sato", "Fernandez", "Boyd", "Sharma", "Larsson", "Blake", "Svensson",
	"Moreau", "Bauer", "Stevens", "Abebe", "Byrne", "Singh", "Rossi", "Barnes", "Sutton", "Yilmaz", "Bosch", "Saunders", "Petrov", "Bloom",
}

var women = []string{"Mary", "Anna", "Susan", "Barbara", "Amelia", "Linda", "Carmen", "Alice", "Grace", "Sofia", "Ines", "Beatrice", "Johanna", "Aisha", "Yuki", "Eva"}

var men = []string{"John", "James", "Andrew", "Robert", "Ben", "David", "Samuel", "Arjun", "Hugo", "Johnny", "Farid", "Carlos", "Brian", "Akira", "Stefan", "Ivan"}

type place struct{ city, state, zip string }

var places = []place{
	{"Boston", "MA", "02108"}, {"Worcester", "MA", "01608"}, {"Springfield", "MA", "01103"}, {"Cambridge", "MA", "02139"}, {"Lowell", "MA", "01850"},
	{"Brockton", "MA", "02301"}, {"Quincy", "MA", "02169"}, {"Lynn", "MA", "01901"}, {"Fall River", "MA", "02720"}, {"Somerville", "MA", "02143"},
	{"Salem", "MA", "01970"}, {"Plymouth", "MA", "02360"}, {"Barnstable", "MA", "02630"}, {"Haverhill", "MA", "01830"}, {"Waltham", "MA", "02451"},
}

var streets = []string{"Beacon Street", "Heron Lane", "Mill Road", "Orchard Terrace", "Bell Yard", "Station Avenue", "Quarry Road", "Canal Side", "Spruce Way", "Brook Row"}

var marital = []code{{hl7 + "v3-MaritalStatus", "M", "Married"}, {hl7 + "v3-MaritalStatus", "S", "Never Married"}, {hl7 + "v3-MaritalStatus", "D", "Divorced"}, {hl7 + "v3-MaritalStatus", "W", "Widowed"}}

var languages = []code{{"urn:ietf:bcp:47", "en-US", "English (United States)"}, {"urn:ietf:bcp:47", "es", "Spanish"}, {"urn:ietf:bcp:47", "fr", "French"}, {"urn:ietf:bcp:47", "pt", "Portuguese"}}

// cdcREC is the code system of US Core race and ethnicity categories.
const cdcREC = "urn:oid:2.16.840.1.113883.6.238"

var races = []code{{cdcREC, "2106-3", "White"}, {cdcREC, "2054-5", "Black or African American"}, {cdcREC, "2028-9", "Asian"}, {cdcREC, "2131-1", "Other Race"}}

var problems = []code{
	{snomed, "38341003", "Hypertensive disorder, systemic arterial"}, {snomed, "59621000", "Essential hypertension (disorder)"},
	{snomed, "195662009", "Acute viral pharyngitis (disorder)"}, {snomed, "444814009", "Viral sinusitis (disorder)"},
	{snomed, "10509002", "Acute bronchitis (disorder)"}, {snomed, "162864005", "Body mass index 30+ - obesity (finding)"},
	{snomed, "15777000", "Prediabetes (finding)"}, {snomed, "44054006", "Diabetes mellitus type 2 (disorder)"},
	{snomed, "55822004", "Hyperlipidemia (disorder)"}, {snomed, "271737000", "Anemia (disorder)"},
	{snomed, "73595000", "Stress (finding)"}, {snomed, "160903007", "Full-time employment (finding)"},
	{snomed, "423315002", "Limited social contact (finding)"}, {snomed, "40930008", "Hypothyroidism (disorder)"},
	{snomed, "195967001", "Asthma (disorder)"}, {snomed, "35489007", "Depressive disorder (disorder)"},
	{snomed, "239872002", "Osteoarthritis of hip (disorder)"}, {snomed, "64859006", "Osteoporosis (disorder)"},
	{snomed, "237602007", "Metabolic syndrome X (disorder)"}, {snomed, "53741008", "Coronary heart disease (disorder)"},
	{snomed, "1501000119109", "Proliferative retinopathy due to type 2 diabetes mellitus (disorder)"}, {snomed, "127013003", "Disorder of kidney due to diabetes mellitus (disorder)"},
	{snomed, "62106007", "Concussion with no loss of consciousness (disorder)"}, {snomed, "44465007", "Sprain of ankle (disorder)"},
}

var allergens = []code{
	{snomed, "419474003", "Allergy to mould"}, {snomed, "232350006", "House dust mite allergy"}, {snomed, "91935009", "Allergy to peanut"},
	{snomed, "300913006", "Shellfish allergy"}, {snomed, "294505008", "Amoxicillin allergy"},
}

var drugs = []code{
	{rxnorm, "314076", "lisinopril 10 MG Oral Tablet"}, {rxnorm, "860975", "24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet"},
	{rxnorm, "310798", "hydrochlorothiazide 25 MG Oral Tablet"}, {rxnorm, "308136", "amlodipine 2.5 MG Oral Tablet"},
	{rxnorm, "314231", "simvastatin 10 MG Oral Tablet"}, {rxnorm, "313782", "acetaminophen 325 MG Oral Tablet"},
	{rxnorm, "310965", "ibuprofen 200 MG Oral Tablet"}, {rxnorm, "308182", "amoxicillin 250 MG Oral Capsule"},
	{rxnorm, "745679", "albuterol 0.09 MG/ACTUAT Metered Dose Inhaler"}, {rxnorm, "966222", "levothyroxine sodium 0.075 MG Oral Tablet"},
	{rxnorm, "312938", "sertraline 100 MG Oral Tablet"}, {rxnorm, "106892", "insulin isophane, human 70 UNT/ML / insulin, regular, human 30 UNT/ML Injectable Suspension"},
	{rxnorm, "309362", "clopidogrel 75 MG Oral Tablet"}, {rxnorm, "1049221", "acetaminophen 325 MG / oxycodone hydrochloride 5 MG Oral Tablet"},
}

var treatments = []code{
	{snomed, "430193006", "Medication reconciliation (procedure)"}, {snomed, "710824005", "Assessment of health and social care needs (procedure)"},
	{snomed, "171207006", "Depression screening (procedure)"}, {snomed, "428211000124100", "Assessment of substance use (procedure)"},
	{snomed, "73761001", "Colonoscopy (procedure)"}, {snomed, "265764009", "Renal dialysis (procedure)"},
	{snomed, "23426006", "Measurement of respiratory function (procedure)"}, {snomed, "399208008", "Plain X-ray of chest (procedure)"},
	{snomed, "274031008", "Rectal polypectomy (procedure)"}, {snomed, "180325003", "Electrical cardioversion (procedure)"},
	{snomed, "65588006", "Premature birth of newborn (procedure)"}, {snomed, "415070008", "Percutaneous coronary intervention (procedure)"},
}

var vaccines = []code{
	{cvx, "140", "Influenza, seasonal, injectable, preservative free"}, {cvx, "113", "Td (adult), 5 Lf tetanus toxoid, preservative free, adsorbed"},
	{cvx, "121", "zoster vaccine, live"}, {cvx, "33", "pneumococcal polysaccharide vaccine, 23 valent"}, {cvx, "207", "SARS-COV-2 (COVID-19) vaccine, mRNA, 100 mcg/0.5 mL dose"},
}

var supplies = []code{
	{snomed, "463659001", "Capillary blood glucose monitoring system strips (physical object)"}, {snomed, "337388004", "Blood glucose testing strips (physical object)"},
	{snomed, "972002", "Air filter, device (physical object)"}, {snomed, "419343004", "Wound dressing (physical object)"},
}

type encounterKind struct {
	class, classDisplay string
	what                code
	minutes             int
}

var encounterKinds = []encounterKind{
	{"AMB", "ambulatory", code{snomed, "185345009", "Encounter for symptom (procedure)"}, 15},
	{"AMB", "ambulatory", code{snomed, "162673000", "General examination of patient (procedure)"}, 30},
	{"AMB", "ambulatory", code{snomed, "390906007", "Follow-up encounter (procedure)"}, 20},
	{"EMER", "emergency", code{snomed, "50849002", "Emergency room admission (procedure)"}, 120},
	{"IMP", "inpatient encounter", code{snomed, "183452005", "Emergency hospital admission (procedure)"}, 3 * 24 * 60},
	{"VR", "virtual", code{snomed, "448337001", "Telemedicine consultation with patient (procedure)"}, 15},
}

var specialties = []code{
	{"http://nucc.org/provider-taxonomy", "208D00000X", "General Practice Physician"}, {"http://nucc.org/provider-taxonomy", "207R00000X", "Internal Medicine Physician"},
	{"http://nucc.org/provider-taxonomy", "207RC0000X", "Cardiovascular Disease Physician"}, {"http://nucc.org/provider-taxonomy", "208000000X", "Pediatrics Physician"},
}
