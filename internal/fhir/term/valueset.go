package term

import "chartwright/gen/r4"

// NewValueSet reads a resource. Its expansion counts if it is all of the set: one that was cut, or filtered for somebody, does
// not.
func NewValueSet(r *r4.ValueSet) *ValueSet {
	v := &ValueSet{URL: r.URL.V, Version: r.Version.V}
	if r.Compose != nil {
		v.Include, v.Exclude = rules(r.Compose.Include), rules(r.Compose.Exclude)
	}
	if e := r.Expansion; e != nil && whole(e) {
		v.Expanded = true
		v.Expansion = contained(nil, e.Contains)
	}
	return v
}

func rules(list []r4.ValueSetComposeInclude) []Rule {
	var out []Rule
	for i := range list {
		inc := &list[i]
		rule := Rule{System: inc.System.V}
		if inc.System.V != "" && inc.Version.V != "" {
			rule.System += "|" + inc.Version.V
		}
		for j := range inc.Concept {
			rule.Codes = append(rule.Codes, inc.Concept[j].Code.V)
		}
		for _, f := range inc.Filter {
			rule.Filters = append(rule.Filters, Filter{f.Property.V, f.Op.V, f.Value.V})
		}
		for _, url := range inc.ValueSet {
			rule.Sets = append(rule.Sets, url.V)
		}
		out = append(out, rule)
	}
	return out
}

// whole reports whether an expansion shows all of the set, as far as it says itself.
func whole(e *r4.ValueSetExpansion) bool {
	if e.Offset.Set && e.Offset.V != 0 || e.Total.Set && int(e.Total.V) != count(e.Contains) {
		return false
	}
	for i := range e.Parameter {
		switch e.Parameter[i].Name.V {
		case "filter", "count", "offset", "limitedExpansion", "activeOnly":
			return false
		}
	}
	return true
}

func count(list []r4.ValueSetExpansionContains) int {
	n := len(list)
	for i := range list {
		n += count(list[i].Contains)
	}
	return n
}

// contained collects the codes of an expansion. An abstract entry groups others and is none itself.
func contained(to []Code, list []r4.ValueSetExpansionContains) []Code {
	for i := range list {
		c := &list[i]
		if c.Code.V != "" && !c.Abstract.V {
			to = append(to, Code{c.System.V, c.Code.V})
		}
		to = contained(to, c.Contains)
	}
	return to
}
