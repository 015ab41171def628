package r4search

import (
	"cmp"
	"slices"
	"strings"
)

// share decides which parameter keeps which rows, so that no value is kept twice for one type:
//
//   - the rows of a leaf that two parameters have are kept by the one with fewer leaves, and the other reads them: combo-code
//     reads code and component-code;
//   - telecom is kept as three: e-mail addresses by email, telephone numbers by phone, the rest by telecom itself;
//   - a parameter that is limited by resolve() reads the rows of those that are not, and passes over other types.
//
// Rows of a parameter can be read by another only if all of them belong to it.
func share(params []*param) {
	split(params)
	order := slices.Clone(params)
	slices.SortStableFunc(order, func(a, b *param) int {
		return cmp.Or(cmp.Compare(min(len(a.only), 1), min(len(b.only), 1)), cmp.Compare(len(a.leaves), len(b.leaves)),
			strings.Compare(a.def.Code, b.def.Code))
	})
	for i, p := range order {
		rest := map[string]leaf{}
		all := map[string]bool{}
		for _, l := range p.leaves {
			rest[l.key()] = l
			all[l.key()] = true
		}
		for _, q := range order[:i] {
			if len(q.own) == 0 || q.only != "" && q.only != p.only || q.def.Type != p.def.Type {
				continue
			}
			inside, news := true, false
			for _, l := range q.own {
				_, open := rest[l.key()]
				inside, news = inside && all[l.key()], news || open
			}
			if !inside || !news {
				continue
			}
			p.rows = append(p.rows, q.def.Code)
			for _, l := range q.own {
				delete(rest, l.key())
			}
		}
		for _, l := range p.leaves {
			if _, open := rest[l.key()]; open {
				p.own = append(p.own, l)
				delete(rest, l.key()) // an expression may name a place twice
			}
		}
		if len(p.own) > 0 {
			p.rows = append(p.rows, p.def.Code)
		}
	}
}

// split takes a leaf without condition apart where other parameters have the same place under conditions on one code.
func split(params []*param) {
	conditions := map[string][]condition{} // by key of the leaf without them
	for _, p := range params {
		for _, l := range p.leaves {
			if s := l.place.last(); s != nil && len(s.where) == 1 {
				key := l.with().key()
				if list := conditions[key]; len(list) == 0 || list[0].field == s.where[0].field {
					conditions[key] = append(list, s.where[0])
				}
			}
		}
	}
	for _, p := range params {
		var out []leaf
		for _, l := range p.leaves {
			out = append(out, l.divide(conditions[l.key()])...)
		}
		p.leaves = out
	}
}

// with is the leaf with other conditions on its last step.
func (l leaf) with(conds ...condition) leaf {
	l.place.steps = slices.Clone(l.place.steps)
	l.place.last().where = conds
	return l
}

// divide returns the leaf under each of the conditions and under none of them.
func (l leaf) divide(conds []condition) []leaf {
	if len(conds) == 0 {
		return []leaf{l}
	}
	var out []leaf
	var named []string
	for _, c := range conds {
		if !slices.Contains(named, c.values) {
			named = append(named, c.values)
			out = append(out, l.with(c))
		}
	}
	slices.Sort(named)
	return append(out, l.with(condition{field: conds[0].field, values: strings.Join(named, "|"), not: true}))
}
