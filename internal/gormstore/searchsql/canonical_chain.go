package searchsql

import (
	"slices"

	"chartwright/internal/fhir/search"
)

// A chain follows canonicals as it follows references: to every version that is here, or to the one that is named. Both ends lie
// in idx_uri, which is read by value: from definitions to what names them, whichever way the chain goes. There are few
// definitions, and no index leads from a resource to its URIs.
//
// https://hl7.org/fhir/R4/search.html#chaining, https://hl7.org/fhir/R4/references.html#canonical

// definitions are those of types whose resources canonicals can name.
func (c *compiler) definitions(types []string) []string {
	return slices.DeleteFunc(slices.Clone(types), func(typ string) bool { return len(c.definedBy([]string{typ}, "url")) == 0 })
}

// named pairs definitions of types with what names them under the rows of a parameter. The pairs of each expr have the definition
// as alias u and what names it as f, to be selected from with a condition behind.
func (c *compiler) named(p *search.Clause, types []string) (u, f string, pairs []expr) {
	u, f = c.alias(), c.alias()
	g, v, w := c.alias(), c.alias(), c.alias()
	urls, by := c.d.in(u+".param", c.definedBy(types, "url")), c.d.in(f+".param", rows(p))
	// A canonical has a row without its version. One that names a version has another with it; where another is without, there is one
	// with a bar alone.
	versioned := c.exists(sq("idx_uri " + g + " WHERE " + g + ".param = " + f + ".param AND " + g + ".uri > " + u + ".uri || '|' AND " + g + ".uri < " + u + ".uri || '}' AND " +
		g + ".rid = " + f + ".rid"))
	open := c.exists(sq("idx_uri " + w + " WHERE " + w + ".param = " + f + ".param AND " + w + ".uri = " + u + ".uri || '|' AND " + w + ".rid = " + f + ".rid"))
	pairs = append(pairs, sq("idx_uri "+u+" JOIN idx_uri "+f+" ON ? AND "+f+".uri = "+u+".uri AND (NOT ? OR ?) WHERE ?", by, versioned, open, urls))
	if versions := c.definedBy(types, "version"); len(versions) > 0 {
		has := c.exists(sq("idx_token "+v+" WHERE ? AND "+v+".code = substr("+f+".uri, length("+u+".uri) + 2) AND "+v+".rid = "+u+".rid", c.d.in(v+".param", versions)))
		pairs = append(pairs, sq("idx_uri "+u+" JOIN idx_uri "+f+" ON ? AND "+f+".uri > "+u+".uri || '|' AND "+f+".uri < "+u+".uri || '}' AND ? WHERE ?", by, has, urls))
	}
	return u, f, pairs
}

// canonicalChain selects the rids of resources that name by canonicals a visible definition of type typ which satisfies a clause;
// empty if nothing names that type so.
func (c *compiler) canonicalChain(cl, inner *search.Clause, typ string) (expr, error) {
	types := c.definitions([]string{typ})
	if len(types) == 0 {
		return expr{}, nil
	}
	far, err := c.set(inner, typ)
	if err != nil {
		return expr{}, err
	}
	u, f, pairs := c.named(cl, types)
	for i := range pairs {
		pairs[i] = sq("SELECT "+f+".rid FROM ? AND "+u+".rid IN (?)", pairs[i], far)
	}
	return join(pairs, " UNION ALL "), nil
}

// canonicalHas selects the rids of definitions of types that a visible resource which satisfies h.Clause names by a canonical;
// empty if nothing names those types so.
func (c *compiler) canonicalHas(h *search.Has, types []string) (expr, error) {
	if types = c.definitions(types); len(types) == 0 {
		return expr{}, nil
	}
	u, f, pairs := c.named(&search.Clause{Param: h.Via}, types)
	holds, err := c.holds(&h.Clause, h.Type, f+".rid")
	if err != nil {
		return expr{}, err
	}
	r := c.alias()
	live := c.exists(sq("resource " + r + " WHERE " + r + ".rid = " + u + ".rid AND " + r + ".body IS NOT NULL"))
	for i := range pairs {
		pairs[i] = sq("SELECT "+u+".rid FROM ? AND ? AND ?", pairs[i], live, holds)
	}
	return join(pairs, " UNION ALL "), nil
}
