package search

// composite reads the values of the components, joined by dollar signs.
// https://hl7.org/fhir/R4/search.html#composite
func (p *parser) composite(c *Clause, raw string) (Value, error) {
	parts := split(raw, '$')
	if len(parts) != len(c.Param.Components) {
		return Value{}, invalid("%s: %d values joined by $ are expected", c.Param.Code, len(c.Param.Components))
	}
	v := Value{Parts: make([]Value, len(parts))}
	for i, comp := range c.Param.Components {
		if parts[i] == "" {
			return Value{}, invalid("%s: the value of %s is empty", c.Param.Code, comp.Code)
		}
		// A component is read as the parameter of the same name would be, under the name of the composite.
		param := &Param{Code: c.Param.Code, Base: c.Param.Base, Type: comp.Type}
		if single := p.table.Lookup(c.Param.Base, comp.Code); single != nil {
			param.Targets, param.Boolean = single.Targets, single.Boolean
		}
		var err error
		if v.Parts[i], err = p.value(&Clause{Param: param}, comp.Type, parts[i]); err != nil {
			return Value{}, err
		}
	}
	return v, nil
}
