package search

import (
	"slices"
	"strings"

	"chartwright/internal/fault"
)

const maxIncludes = 32

// includeParam reads _include and _revinclude: Source:parameter, Source:parameter:Target, Source:* or *.
// https://hl7.org/fhir/R4/search.html#include
func (p *parser) includeParam(name string, mod Modifier, value string) (string, error) {
	if mod != NoModifier && mod != IterateModif {
		return "", noModifier(name, string(mod))
	}
	if len(p.q.Include)+len(p.q.RevInclude) >= maxIncludes {
		return "", costly("%s: at most %d includes are allowed", name, maxIncludes)
	}
	in := Include{Iterate: mod == IterateModif}
	list := &p.q.Include
	if name == "_revinclude" {
		list = &p.q.RevInclude
	}
	if value == "*" {
		if name == "_include" && !in.Iterate && len(p.q.Types) == 1 {
			in.Source = p.q.Types[0]
		}
		*list = append(*list, in)
		return value, nil
	}
	parts := strings.Split(value, ":")
	if len(parts) < 2 || len(parts) > 3 || !p.table.IsType(parts[0]) {
		return "", invalid("%s: Type:parameter or Type:parameter:Type is expected", name)
	}
	in.Source = parts[0]
	if len(parts) == 3 {
		if !p.table.IsType(parts[2]) {
			return "", invalid("%s: %s is not a resource type", name, fault.Shown(parts[2]))
		}
		in.Target = parts[2]
	}
	if parts[1] != "*" {
		in.Param = p.table.Lookup(in.Source, parts[1])
		switch {
		case in.Param == nil:
			return "", unknown("%s: %s is not a search parameter of %s, whose references are %s", name, fault.Shown(parts[1]), in.Source, p.references(in.Source))
		case in.Param.Type != Reference:
			return "", invalid("%s: %s of %s is not a reference", name, parts[1], in.Source)
		case in.Target != "" && len(in.Param.Targets) > 0 && !slices.Contains(in.Param.Targets, in.Target):
			return "", invalid("%s: %s of %s does not refer to %s", name, parts[1], in.Source, in.Target)
		}
		if err := ready(in.Param); err != nil {
			return "", err
		}
	}
	if name == "_include" && !in.Iterate && len(p.q.Types) > 0 && !slices.Contains(p.q.Types, in.Source) {
		return "", invalid("_include: the search is of %s; to include from what was included use _include:iterate", strings.Join(p.q.Types, ", "))
	}
	*list = append(*list, in)
	return value, nil
}
