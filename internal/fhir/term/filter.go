package term

import (
	"regexp"
	"slices"
	"strings"
)

// maxPattern bounds a regex filter, in bytes. Matching takes time in proportion to the text, whatever the pattern.
const maxPattern = 1000

// filter returns the codes of a complete code system that satisfy all filters, in the order of the system.
//
// Errors: Invalid, with the code not-supported, for a filter that this system can't answer.
//
// https://hl7.org/fhir/R4/codesystem-filter-operator.html
func (c *CodeSystem) filter(filters []Filter) ([]string, error) {
	var passes []func(*concept) bool
	for _, f := range filters {
		pass, err := c.test(f)
		if err != nil {
			return nil, err
		}
		passes = append(passes, pass)
	}
	var codes []string
	for i := range c.concepts {
		k := &c.concepts[i]
		if !slices.ContainsFunc(passes, func(pass func(*concept) bool) bool { return !pass(k) }) {
			codes = append(codes, k.code)
		}
	}
	return codes, nil
}

// test returns the condition that a filter states.
func (c *CodeSystem) test(f Filter) (func(*concept) bool, error) {
	switch f.Op {
	case "is-a", "descendent-of", "is-not-a", "generalizes":
		return c.hierarchyTest(f)
	}
	values, err := c.values(f.Property)
	if err != nil {
		return nil, err
	}
	switch f.Op {
	case "=":
		return func(k *concept) bool { return slices.Contains(values(k), f.Value) }, nil
	case "in", "not-in":
		list := strings.Split(f.Value, ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		in := func(k *concept) bool {
			return slices.ContainsFunc(values(k), func(v string) bool { return slices.Contains(list, v) })
		}
		if f.Op == "not-in" {
			return func(k *concept) bool { return !in(k) }, nil
		}
		return in, nil
	case "exists":
		want := f.Value == "true"
		if !want && f.Value != "false" {
			return nil, unsupported("the filter %s exists of %s is neither true nor false", f.Property, c.URL)
		}
		return func(k *concept) bool { return (len(values(k)) > 0) == want }, nil
	case "regex":
		if len(f.Value) > maxPattern {
			return nil, costly("a regex filter on %s is longer than %d characters", c.URL, maxPattern)
		}
		re, err := regexp.Compile(`^(?:` + f.Value + `)$`)
		if err != nil {
			return nil, unsupported("the regex filter on %s is not a regular expression that is understood here", c.URL)
		}
		return func(k *concept) bool { return slices.ContainsFunc(values(k), re.MatchString) }, nil
	}
	return nil, unsupported("the filter %s %s on %s", f.Property, f.Op, c.URL)
}

// hierarchyTest is the condition of a filter about the place of a concept in the hierarchy.
func (c *CodeSystem) hierarchyTest(f Filter) (func(*concept) bool, error) {
	switch {
	case f.Property != "concept" && f.Property != "code":
		return nil, unsupported("the filter %s %s on %s", f.Property, f.Op, c.URL)
	case !c.Subsumes:
		return nil, unsupported("the hierarchy of %s does not mean is-a, so the filter %s has no meaning", c.URL, f.Op)
	case !c.Has(f.Value):
		return nil, unknown("code "+f.Value+" of the code system", c.URL)
	}
	list := c.Below(f.Value)
	if f.Op == "generalizes" {
		list = c.Above(f.Value)
	}
	in := make(map[string]bool, len(list))
	for _, code := range list {
		in[code] = true
	}
	switch f.Op {
	case "descendent-of":
		delete(in, f.Value)
	case "is-not-a":
		return func(k *concept) bool { return !in[k.code] }, nil
	}
	return func(k *concept) bool { return in[k.code] }, nil
}

// values returns how the values of a property are read. A property that no concept has is refused: the definition may have
// been shortened, and to find nothing would be a guess.
func (c *CodeSystem) values(name string) (func(*concept) []string, error) {
	switch name {
	case "code", "concept":
		return func(k *concept) []string { return []string{k.code} }, nil
	case "display":
		return func(k *concept) []string {
			if k.display == "" {
				return nil
			}
			return []string{k.display}
		}, nil
	case "parent":
		return func(k *concept) []string { return c.codes(k.parent) }, nil
	case "child":
		return func(k *concept) []string { return c.codes(k.children) }, nil
	}
	of := func(k *concept) []string {
		var list []string
		for _, p := range k.properties {
			if p.code == name {
				list = append(list, p.value)
			}
		}
		return list
	}
	for i := range c.concepts {
		if len(of(&c.concepts[i])) > 0 {
			return of, nil
		}
	}
	return nil, unsupported("no concept of %s has the property %s", c.URL, name)
}

func (c *CodeSystem) codes(places []int) []string {
	list := make([]string, len(places))
	for i, n := range places {
		list[i] = c.concepts[n].code
	}
	return list
}
