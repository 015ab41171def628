package search

// prefix cuts a comparison prefix off a value. The values of ordered parameters begin with a digit or a sign, so that two
// letters are always meant as a prefix. https://hl7.org/fhir/R4/search.html#prefix
func prefix(raw string) (Prefix, string, bool) {
	if len(raw) < 2 || raw[0] < 'a' || raw[0] > 'z' {
		return EQ, raw, true
	}
	switch p := Prefix(raw[:2]); p {
	case EQ, NE, GT, LT, GE, LE, SA, EB, AP:
		return p, raw[2:], true
	}
	return "", "", false
}
