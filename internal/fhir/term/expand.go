package term

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"chartwright/internal/fault"
)

// Expand returns what the value set of a canonical URL comes to.
//
// Errors: Invalid for a set or code system that is not known, or that can't be turned into codes; TooCostly when a limit is
// passed; those of defs.
//
// https://hl7.org/fhir/R4/valueset.html#compositions
func Expand(ctx context.Context, defs Definitions, canonical string) (*Set, error) {
	x := expander{ctx: ctx, defs: defs}
	m, err := x.named(canonical)
	if err != nil {
		return nil, within(canonical, err)
	}
	return m.set(), nil
}

// within says in which value set the reason for a refusal lies, where the reason does not name it.
func within(canonical string, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Op != op || strings.Contains(f.Detail, canonical) {
		return err
	}
	return because(f.Kind, f.Issues[0].Code, "the value set %s can't be expanded here: %s", canonical, f.Detail)
}

// ExpandSet is [Expand] of a definition that is at hand already.
func ExpandSet(ctx context.Context, defs Definitions, v *ValueSet) (*Set, error) {
	x := expander{ctx: ctx, defs: defs}
	m, err := x.expand(v)
	if err != nil {
		return nil, err
	}
	return m.set(), nil
}

// expander is one expansion under way.
type expander struct {
	ctx   context.Context
	defs  Definitions
	stack []string // the sets under way
	sets  int      // met so far
}

// members is a set being put together.
type members struct {
	codes   map[Code]bool
	systems map[string]bool
}

func (m members) has(c Code) bool { return m.codes[c] || m.systems[c.System] }

func (m members) set() *Set {
	s := &Set{}
	for c := range m.codes {
		if !m.systems[c.System] {
			s.Codes = append(s.Codes, c)
		}
	}
	slices.SortFunc(s.Codes, func(a, b Code) int { return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Code, b.Code)) })
	for url := range m.systems {
		s.Systems = append(s.Systems, url)
	}
	slices.Sort(s.Systems)
	return s
}

// named expands the set of a URL.
func (x *expander) named(canonical string) (members, error) {
	if slices.Contains(x.stack, canonical) {
		return members{}, unsupported("the value set %s includes itself", canonical)
	}
	if x.sets++; x.sets > maxSets || len(x.stack) >= maxDepth {
		return members{}, costly("the value set %s draws on too many others", canonical)
	}
	v, err := x.defs.ValueSet(x.ctx, canonical)
	if err != nil {
		return members{}, err
	}
	if v == nil {
		return members{}, unknown("value set", canonical)
	}
	x.stack = append(x.stack, canonical)
	defer func() { x.stack = x.stack[:len(x.stack)-1] }()
	return x.expand(v)
}

func (x *expander) expand(v *ValueSet) (members, error) {
	all := members{codes: map[Code]bool{}, systems: map[string]bool{}}
	if v.Expanded {
		for _, c := range v.Expansion {
			all.codes[c] = true
		}
		return all, tooMany(v, &all)
	}
	if len(v.Include) == 0 {
		return all, unsupported("the value set %s does not say what it holds", v.URL)
	}
	for i := range v.Include {
		more, err := x.rule(&v.Include[i])
		if err != nil {
			return all, err
		}
		for c := range more.codes {
			all.codes[c] = true
		}
		for url := range more.systems {
			all.systems[url] = true
		}
		if err := tooMany(v, &all); err != nil {
			return all, err
		}
	}
	for i := range v.Exclude {
		less, err := x.rule(&v.Exclude[i])
		if err != nil {
			return all, err
		}
		if err := all.remove(v, less); err != nil {
			return all, err
		}
	}
	return all, nil
}

func tooMany(v *ValueSet, m *members) error {
	if len(m.codes) > MaxCodes {
		return costly("the value set %s has more than %d codes", v.URL, MaxCodes)
	}
	return nil
}

// remove takes less out of m. Single codes can't be taken out of a system whose codes are not given.
func (m *members) remove(v *ValueSet, less members) error {
	for url := range less.systems {
		delete(m.systems, url)
	}
	for c := range less.codes {
		if m.systems[c.System] {
			return unsupported("the value set %s excludes codes of %s, whose codes are not given here", v.URL, c.System)
		}
		delete(m.codes, c)
	}
	for c := range m.codes {
		if less.systems[c.System] {
			delete(m.codes, c)
		}
	}
	return nil
}

// rule is what the system part and all value sets of one include or exclude have in common.
func (x *expander) rule(r *Rule) (members, error) {
	var common *members
	if r.System != "" {
		m, err := x.system(r)
		if err != nil {
			return members{}, err
		}
		common = &m
	}
	for _, url := range r.Sets {
		m, err := x.named(url)
		if err != nil {
			return members{}, err
		}
		if common == nil {
			common = &m
		} else {
			m = common.intersect(m)
			common = &m
		}
	}
	if common == nil {
		return members{}, unsupported("a rule of the value set names neither a code system nor a value set")
	}
	return *common, nil
}

func (m members) intersect(other members) members {
	both := members{codes: map[Code]bool{}, systems: map[string]bool{}}
	for c := range m.codes {
		if other.has(c) {
			both.codes[c] = true
		}
	}
	for c := range other.codes {
		if m.has(c) {
			both.codes[c] = true
		}
	}
	for url := range m.systems {
		if other.systems[url] {
			both.systems[url] = true
		}
	}
	return both
}

// system is the system part of a rule: the codes it lists, those that pass its filters, or all.
func (x *expander) system(r *Rule) (members, error) {
	m := members{codes: map[Code]bool{}, systems: map[string]bool{}}
	url, _, _ := strings.Cut(r.System, "|")
	if len(r.Codes) > 0 {
		for _, code := range r.Codes {
			m.codes[Code{url, code}] = true
		}
		return m, nil
	}
	c, err := x.defs.CodeSystem(x.ctx, r.System)
	switch {
	case err != nil:
		return m, err
	case len(r.Filters) == 0 && (c == nil || !c.Complete):
		m.systems[url] = true
		return m, nil
	case c == nil:
		return m, unknown("code system", r.System)
	case !c.Complete:
		return m, unsupported("the codes of %s are not given here in full", c.URL)
	}
	codes, err := c.filter(r.Filters)
	if err != nil {
		return m, err
	}
	if len(codes) > MaxCodes {
		return m, costly("more than %d codes of %s belong to the value set", MaxCodes, c.URL)
	}
	for _, code := range codes {
		m.codes[Code{url, code}] = true
	}
	return m, nil
}
