package search

import "chartwright/internal/fhir/index"

// quantity reads number, number|system|code, number||code or number|system|, which is any unit of the system, with a prefix;
// number||, as some clients write it, is a number in any unit.
// https://hl7.org/fhir/R4/search.html#quantity
func (p *parser) quantity(c *Clause, raw string) (Value, error) {
	parts := split(raw, '|')
	pre, text, ok := prefix(parts[0])
	v := Value{Prefix: pre}
	ok = ok && v.decimal(text)
	switch {
	case len(parts) == 1:
	case len(parts) == 3:
		var first, second bool
		v.System, first = unescape(parts[1])
		v.Code, second = unescape(parts[2])
		v.HasSystem = v.System != ""
		ok = ok && first && second
	default:
		ok = false
	}
	if !ok {
		return Value{}, invalid("%s: number, number|system|code, number||code or number|system| is expected, with eq ne gt lt ge le sa eb or ap before it", c.Param.Code)
	}
	v.canonical()
	return v, nil
}

// canonical adds the value in UCUM base units, so that 5 mg finds 0.005 g.
func (v *Value) canonical() {
	if v.Code == "" {
		return
	}
	unit, num, _, ok := index.Canonical(v.System, v.Code, v.Num, v.Num)
	if !ok {
		return
	}
	v.CanonicalUnit, v.CanonicalNum = unit, num
	_, v.CanonicalLow, v.CanUp, _ = index.Canonical(v.System, v.Code, v.Low, v.Up)
}
