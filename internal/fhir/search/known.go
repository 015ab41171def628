package search

import (
	"fmt"
	"slices"
	"strings"

	"chartwright/internal/fault"
)

// unknownOn says that a type does not have a search parameter, and which it has.
func (p *parser) unknownOn(typ, code string) string {
	return fmt.Sprintf("%s is not a search parameter of %s, which has %s", fault.Shown(code), typ, p.known(typ, func(*Param) bool { return true }))
}

// references names the search parameters of a type that are references.
func (p *parser) references(typ string) string {
	return p.known(typ, func(o *Param) bool { return o.Type == Reference })
}

// known names the search parameters of a type that a search of it may use.
func (p *parser) known(typ string, of func(*Param) bool) string {
	var names []string
	for _, o := range p.table.Of(typ) {
		if of(o) && !o.Pending && o.Code != "_query" { // which is refused
			names = append(names, o.Code)
		}
	}
	for _, o := range []*Param{ID, LastUpdated} {
		if of(o) {
			names = append(names, o.Code)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}
