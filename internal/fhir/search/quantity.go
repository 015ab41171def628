package search

// quantity reads number, number|system|code or number||code with a prefix.
// https://hl7.org/fhir/R4/search.html#quantity
func (p *parser) quantity(c *Clause, raw string) (Value, error) {
	parts := split(raw, '|')
	pre, text, ok := prefix(parts[0])
	v := Value{Prefix: pre}
	ok = ok && v.decimal(text)
	switch {
	case len(parts) == 1:
	case len(parts) == 3 && parts[2] != "":
		var first, second bool
		v.System, first = unescape(parts[1])
		v.Code, second = unescape(parts[2])
		v.HasSystem = v.System != ""
		ok = ok && first && second
	default:
		ok = false
	}
	if !ok {
		return Value{}, invalid("%s: number, number|system|code or number||code is expected, with eq ne gt lt ge le sa eb or ap before it", c.Param.Code)
	}
	return v, nil
}
