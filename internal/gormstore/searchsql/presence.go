package searchsql

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// What lacks a value of a parameter, or a code, has no row that says so. But every resource has a row that says which parameters it has
// values of ([search.Presence]), and how many resources have each code is kept. So :missing reads the rows of a few such codes, and
// :not, of a parameter with few codes, the rows of all others and of what has none: each in the order of rids, side by side.

const (
	// maxKinds is how many codes are read side by side where these are much less than everything; the rest are collected.
	maxKinds = 64
	// maxOthers is of how many codes of a parameter :not asks how many resources have them.
	maxOthers = 256
)

// kind is a code of idx_token that some resources have.
type kind struct {
	param        int64
	code, system string
	n            int64
}

// presence is what idx_count tells of a parameter.
type presence struct {
	row    int64  // the number of the rows that tell who has values of it
	place  int    // of the digit in their codes that does
	digits string // those that say so
	kinds  []kind // of these rows
	among  int64  // how many resources of the type there are
	// codes are those of the parameter itself, where told is set: a token that :not asks for. If there are more than maxOthers, these
	// are not all.
	codes []kind
	told  bool
}

// sparse are the clauses of q that may need [presence]: beside one that names a few resources, what is asked of each by its number does
// not.
func (c *compiler) sparse(q *search.Query) []search.Clause {
	named := slices.ContainsFunc(q.Clauses, func(cl search.Clause) bool {
		d := c.candidate(&cl, "")
		return d != nil && d.rank <= rankIdentifier
	})
	if !named {
		return q.Clauses
	}
	return slices.DeleteFunc(slices.Clone(q.Clauses), func(cl search.Clause) bool {
		return cl.Chain == nil && cl.Has == nil && cl.Group == nil && (cl.Modifier == search.Not || cl.Missing != nil && !coded(&cl))
	})
}

// coded reports whether no index leads from a resource to its values of a clause's parameter, or not to all that tells whether they are:
// which type it is that a reference to another server names.
func coded(cl *search.Clause) bool {
	return slices.ContainsFunc(paramsOf(cl), func(p *search.Param) bool {
		return p.Type == search.Token || p.Type == search.URI || len(p.RowTypes) > 0
	})
}

// findPresence fills c.presence for the parameters of which clauses ask what lacks them, or a code of theirs.
func (c *compiler) findPresence(ctx context.Context, db Querier, clauses []search.Clause) error {
	asked := map[*search.Param]*presence{}
	var order []*presence
	var parts []expr
	ask := func(p *search.Param, codes bool) {
		i := slices.Index(order, asked[p])
		if i < 0 {
			f := newPresence(p, c.env.Table)
			if f == nil || len(order) == maxBranches {
				return
			}
			i = len(order)
			asked[p], order = f, append(order, f)
			parts = append(parts, sq("SELECT ? + 0 AS i, n.param, n.code, '' AS system, n.n FROM idx_count n WHERE n.param = ? AND n.n > 0", i, f.row),
				sq("SELECT ? + 0, 0, '', '', n.n FROM idx_count n WHERE n.param = 0 AND n.code = ? AND n.system = 0", i, p.Base))
		}
		if f := order[i]; codes && !f.told {
			f.told = true
			parts = append(parts, sq("SELECT * FROM (SELECT ? + 0, n.param, n.code, s.uri, n.n FROM idx_count n"+c.d.over()+"system s ON s.id = n.system WHERE ? AND n.n > 0 ?) o",
				i, c.d.in("n.param", rows(&search.Clause{Param: p})), c.d.limit(maxOthers+1)))
		}
	}
	eachClause(clauses, func(cl *search.Clause) {
		if cl.Param != nil && cl.Chain == nil && cl.Has == nil && len(cl.Also) < maxBranches && (cl.Missing != nil || asksRest(cl)) {
			for _, p := range paramsOf(cl) {
				ask(p, cl.Missing == nil)
			}
		}
	})
	if len(parts) == 0 {
		return nil
	}
	text, args := c.d.finish(join(parts, " UNION ALL "))
	err := query(ctx, db, text, args, func(rows *sql.Rows) error {
		var i int
		var k kind
		if err := rows.Scan(&i, &k.param, &k.code, &k.system, &k.n); err != nil {
			return err
		}
		switch f := order[i]; k.param {
		case 0:
			f.among = k.n
		case f.row:
			f.kinds = append(f.kinds, k)
		default:
			f.codes = append(f.codes, k)
		}
		return nil
	})
	if c.presence == nil {
		c.presence = map[*search.Param]*presence{}
	}
	for p, f := range asked {
		if sum(f.kinds) == f.among { // else another program has written some of them
			c.presence[p] = f
		}
	}
	return err
}

func newPresence(p *search.Param, t search.Table) *presence {
	if t == nil {
		return nil
	}
	in := p.PresenceIn(t)
	if in == nil {
		return nil
	}
	place, digits, ok := in.Digit(p)
	if !ok {
		return nil
	}
	return &presence{row: int64(in.Row), place: place, digits: digits}
}

// paramsOf are the parameters of a clause, one for each type that is searched.
func paramsOf(cl *search.Clause) []*search.Param {
	return append([]*search.Param{cl.Param}, cl.Also...)
}

// presences are what is known of the parameters of a clause, nil if that is not enough.
func (c *compiler) presences(cl *search.Clause) []*presence {
	var list []*presence
	types := map[string]bool{}
	for _, p := range paramsOf(cl) {
		f := c.presence[p]
		if f == nil || types[p.Base] { // two of one type are alternatives
			return nil
		}
		types[p.Base] = true
		list = append(list, f)
	}
	return list
}

// asksRest reports whether a clause asks for what has none of some codes.
func asksRest(cl *search.Clause) bool {
	return cl.Modifier == search.Not && cl.Param.Type == search.Token && len(cl.Param.Rows) > 0 && !cl.Param.Within && len(cl.Values) > 0 && len(cl.Values) <= maxBranches
}

func sum(kinds []kind) (n int64) {
	for i := range kinds {
		n += kinds[i].n
	}
	return n
}

// has is the condition that the code of alias a's row, of idx_token or idx_count, says that there is a value, or that there is none.
func (f *presence) has(d Dialect, a string, value bool) expr {
	at := d.placeIn(f.digits, sq("substr("+a+".code, ?, 1)", f.place))
	if value {
		return sq("? > 0", at)
	}
	return sq("? = 0", at)
}

// set are the rows that say that there is a value, or that there is none.
func (f *presence) set(d Dialect, value bool) kindSet {
	set := kindSet{params: []int64{f.row}, cond: func(a string) expr { return f.has(d, a, value) }}
	for _, k := range f.kinds {
		if strings.Contains(f.digits, k.code[f.place-1:f.place]) == value {
			set.kinds = append(set.kinds, k)
		}
	}
	return set
}

// most reports whether sets of among resources hold so many, and of so many kinds, that to try everything is better.
func most(among int64, sets ...kindSet) bool {
	var n int64
	kinds := 0
	for i := range sets {
		n, kinds = n+sum(sets[i].kinds), kinds+len(sets[i].kinds)
	}
	return kinds > maxBranches && 2*n >= among
}

// missingDriver enumerates what has no value of a parameter, or has one; nil where that is not known, or better tried on everything.
func (c *compiler) missingDriver(cl *search.Clause) *driver {
	var among int64
	var sets []kindSet
	for _, f := range c.presences(cl) {
		among, sets = among+f.among, append(sets, f.set(c.d, !*cl.Missing))
	}
	return c.kindDriver(among, sets)
}

// restDriver enumerates what has another code of a parameter than some, or none at all; nil where that is not known, or better tried on
// everything. What has one of these as well remains to be sorted out.
func (c *compiler) restDriver(cl *search.Clause) *driver {
	other := func(a string) expr {
		var equal []expr
		for i := range cl.Values {
			v := &cl.Values[i]
			var code expr
			if !v.NoCode {
				code = sq(a+".code = ?", index.Key(v.Code))
			}
			equal = append(equal, and(code, system(a, "system", v)))
		}
		return unequal(or(equal...))
	}
	var among int64
	var sets []kindSet
	for i, f := range c.presences(cl) {
		if !f.told || !asksRest(cl) || len(f.codes) > maxOthers {
			return nil
		}
		others := slices.DeleteFunc(slices.Clone(f.codes), func(k kind) bool {
			return slices.ContainsFunc(cl.Values, func(v search.Value) bool {
				return (v.NoCode || k.code == index.Key(v.Code)) && (!v.HasSystem || k.system == index.Key(v.System))
			})
		})
		params := rows(&search.Clause{Param: paramsOf(cl)[i]})
		among, sets = among+f.among, append(sets, kindSet{params: params, kinds: others, cond: other}, f.set(c.d, false))
	}
	d := c.kindDriver(among, sets)
	if d != nil {
		d.partial = true
	}
	return d
}

// kindSet are rows of idx_token: those under params that satisfy a condition on the columns which idx_count has as well. Kinds are their
// codes, as far as is known.
type kindSet struct {
	params []int64
	kinds  []kind
	cond   func(a string) expr
}

// kindDriver enumerates those of among resources that have a row of any set; nil without sets, and where to try everything is better.
// That is never said of a later page, whose first was read so.
func (c *compiler) kindDriver(among int64, sets []kindSet) *driver {
	if len(sets) == 0 || most(among, sets...) && !c.later {
		return nil
	}
	var n int64
	for i := range sets {
		n += sum(sets[i].kinds)
	}
	d := &driver{clause: -1, rank: rankRange, kept: func() expr { return sq("CAST(? AS bigint)", n) }}
	switch {
	case n == 0:
		d.rank = rankID
	case n <= maxTargets:
		d.rank = rankIdentifier
	case 2*n >= among:
		d.rank = rankMost
	}
	d.sources = func() ([]source, error) {
		var list []source
		for i := range sets {
			list = append(list, c.kindSources(&sets[i], n)...)
		}
		return list, nil
	}
	return d
}

// kindSources reads the most frequent kinds of a set in order, unless all of the sets together are few, and collects the others: those
// that have come meanwhile as well, so that whatever changes its kind is found.
func (c *compiler) kindSources(set *kindSet, all int64) []source {
	var list []source
	var read []string
	if all > probeUnsorted {
		kinds := slices.SortedStableFunc(slices.Values(set.kinds), func(a, b kind) int { return cmp.Compare(b.n, a.n) })
		for _, k := range kinds[:min(len(kinds), maxKinds)] {
			if slices.Contains(read, k.code) {
				continue
			}
			read = append(read, k.code)
			for _, p := range set.params {
				list = append(list, source{from: table("idx_token"), params: []int64{p}, direct: true, ordered: true,
					cond: func(a string) expr { return and(sq(a+".code = ?", k.code), set.cond(a)) }})
			}
		}
	}
	n, t := c.alias(), c.alias()
	where := and(c.d.in(n+".param", set.params), expr{text: n + ".n > 0"}, set.cond(n))
	if len(read) > 0 {
		where = and(where, sq("NOT (?)", c.d.inTexts(n+".code", read)))
	}
	rows := "idx_token " + t + " WHERE " + t + ".param = " + n + ".param AND " + t + ".code = " + n + ".code AND " + t + ".system = " + n + ".system"
	from := "(SELECT " + t + ".rid FROM idx_count " + n + " CROSS JOIN " + rows + " AND ?)"
	if c.d == PostgreSQL { // which could also read all rows of the parameter and compare their codes
		from = "(SELECT k.rid FROM idx_count " + n + " CROSS JOIN LATERAL (SELECT " + t + ".rid FROM " + rows + " OFFSET 0) k WHERE ?)"
	}
	return append(list, source{from: sq(from, where)})
}

// hasKind is the condition that the rid x has a row which says that there is a value of one of some parameters, or that there is none.
func (c *compiler) hasKind(list []*presence, x string, value bool) expr {
	fence := c.fence
	defer func() { c.fence = fence }()
	c.fence = true // a code at a time, for each of which one look tells
	var either []expr
	for _, f := range list {
		n, t := c.alias(), c.alias()
		row := c.exists(expr{text: "idx_token " + t + " WHERE " + t + ".param = " + n + ".param AND " + t + ".code = " + n + ".code AND " + t + ".rid = " + x})
		either = append(either, c.exists(sq("idx_count "+n+" WHERE "+n+".param = ? AND ? AND ?", f.row, f.has(c.d, n, value), row)))
	}
	return or(either...)
}
