package access

// GivesCredentials reports whether members of the groups may make the credentials with which a patient reaches the own record, and
// give them out. Whoever does holds the key to the whole record, so it takes what it takes to write the record: patients/demo and
// patients/med, at any level but view. That lets physicians and clinicians of a new site do it, and neither the front office nor
// accounting, who write patients/demo alone. patientportal/portal is the right to it by itself, for whomever a site gives it.
func (g *Grants) GivesCredentials(groups []string) bool {
	holds := func(right string) bool { return g.Holds(groups, right, "addonly", "wsome", "write") }
	return holds("patientportal/portal") || holds("patients/demo") && holds("patients/med")
}
