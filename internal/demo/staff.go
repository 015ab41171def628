package demo

// Staff tells which practitioner each staff account of the demonstration is, by login. Accounts that are not named are people
// without a record of their own in the clinic.
func Staff() map[string]string {
	return map[string]string{
		"admin":     "Practitioner/" + practitioners[1].id,
		"physician": "Practitioner/" + practitioners[0].id,
		"clinician": "Practitioner/" + practitioners[2].id,
	}
}
