package search

import (
	"slices"
	"strings"

	"chartwright/internal/fault"
)

// reference reads id, Type/id, Type/id/_history/vid, an absolute URL or a canonical URL with its version. An absolute URL
// below this server's base is the same as the relative reference.
// https://hl7.org/fhir/R4/search.html#reference
func (p *parser) reference(c *Clause, raw string) (Value, error) {
	switch c.Modifier {
	case Identifier:
		return p.token(c, raw)
	case Above, Below:
		v, err := p.place(c, raw)
		if err != nil {
			return Value{}, err
		}
		return p.inHierarchy(c, v)
	}
	return p.place(c, raw)
}

// place reads where a reference points.
func (p *parser) place(c *Clause, raw string) (Value, error) {
	// A bar in a reference parts a canonical from its version; elsewhere it has no meaning, so both ways to write it are one.
	ref, ok := unescape(raw)
	if !ok {
		return Value{}, badEscape(c)
	}
	if p.opts.Base != "" {
		if local, found := strings.CutPrefix(ref, p.opts.Base+"/"); found {
			ref = local
		}
	}
	if c.Modifier == ResourceTypeM {
		id, found := strings.CutPrefix(ref, c.TypeMod+"/")
		if (!found && strings.Contains(ref, "/")) || !isID(id) {
			return Value{}, invalid("%s:%s: a logical id is expected", c.Param.Code, c.TypeMod)
		}
		return Value{RefType: c.TypeMod, RefID: id}, nil
	}
	if strings.Contains(ref, ":") {
		url, version, _ := strings.Cut(ref, "|")
		return Value{URL: url, RefVersion: version}, nil
	}
	parts := strings.Split(ref, "/")
	v := Value{RefID: parts[0]}
	switch {
	case len(parts) == 1:
		if targets := p.targets(c.Param); len(targets) == 1 {
			v.RefType = targets[0]
		}
	case len(parts) == 2, len(parts) == 4 && parts[2] == "_history" && isID(parts[3]):
		v.RefType, v.RefID = parts[0], parts[1]
		if len(parts) == 4 {
			v.RefVersion = parts[3]
		}
		if !p.table.IsType(v.RefType) {
			return Value{}, invalid("%s: %s is not a resource type", c.Param.Code, fault.Shown(v.RefType))
		}
		if targets := p.targets(c.Param); len(targets) > 0 && !slices.Contains(targets, v.RefType) {
			return Value{}, invalid("%s does not refer to %s", c.Param.Code, v.RefType)
		}
	default:
		v.RefID = ""
	}
	if !isID(v.RefID) {
		return Value{}, invalid("%s: id, Type/id or an absolute URL is expected", c.Param.Code)
	}
	return v, nil
}

// targets are the types that a reference may name, on any of the types of which the condition at hand is; nil = all there are.
func (p *parser) targets(param *Param) []string {
	all := param.Targets
	for _, typ := range p.beside {
		also := p.table.Lookup(typ, param.Code)
		if also == nil || also.Type != Reference { // which is refused
			continue
		}
		if len(all) == 0 || len(also.Targets) == 0 {
			return nil
		}
		for _, target := range also.Targets {
			if !slices.Contains(all, target) {
				all = append(slices.Clip(all), target)
			}
		}
	}
	return all
}
