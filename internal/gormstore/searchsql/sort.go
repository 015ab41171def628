package searchsql

import (
	"cmp"
	"strings"

	"chartwright/internal/fhir/search"
)

// sortable reports whether an index gives the resources in the order of the parameter.
func (c *compiler) sortable(p *search.Param) bool {
	_, ok := c.sortSource(p)
	return ok
}

// sortSource is the index in whose order a sort by the parameter is answered. Descending order reads it backwards: a resource
// with several values stands where its least one puts it, or its greatest. References are in the order in which the chart came to
// know what they name, which is that of its numbers: what names the same stands together.
func (c *compiler) sortSource(p *search.Param) (source, bool) {
	s := source{params: rows(&search.Clause{Param: p}), direct: true}
	switch {
	case p == search.LastUpdated:
		return source{from: table("resource"), unique: true, key: "updated", cond: live}, true
	case p == search.ID:
		return source{from: table("resource"), unique: true, key: "id", cond: live}, true
	case p.Type == search.Date:
		s.from, s.key, s.ties = table("idx_date"), "lo", nil
		s.then = []string{"hi"}
	case p.Type == search.String:
		s.from, s.key, s.ties, s.cond = table("idx_string"), "norm", []string{"n"}, whole
	case p.Type == search.Number:
		s.from, s.key, s.ties = table("idx_number"), "value", []string{"lo", "hi"}
	case p.Type == search.Quantity:
		s.from, s.key, s.ties = table("idx_quantity"), "value", []string{"n"}
		s.then = []string{"code", "system"}
	case p.Type == search.Reference:
		s.from, s.key, s.ties = table("idx_ref"), "target", []string{"version"}
		s.cond = func(a string) expr { return c.localRow(p, a) }
	case p.Type == search.URI && !p.Multiple && len(s.params) == 1:
		s.from, s.key, s.unique = table("idx_uri"), "uri", true
	case p.Type == search.URI && c.told(p):
		s.from, s.key, s.direct, s.blind = table("idx_uri"), "uri", false, true
	case p.Type == search.Token && c.told(p):
		s.from, s.key, s.direct, s.blind = table("idx_token"), "code", false, true
	default:
		return source{}, false
	}
	return s, true
}

// localRow is the condition that alias a's row of idx_ref names a resource of this server that a sort by the parameter goes by: one of
// its own, of a type that the parameter means.
func (c *compiler) localRow(p *search.Param, a string) expr {
	own := expr{text: a + ".target > 0"}
	if len(p.RowTypes) == 0 {
		return own
	}
	t := c.alias()
	return and(own, c.exists(sq("resource "+t+" WHERE "+t+".rid = "+a+".target AND ?", c.d.inTexts(t+".type", p.RowTypes))))
}

func live(a string) expr { return expr{text: a + ".body IS NOT NULL"} }

// sortValue selects the value by which the resource with rid x is sorted. What can't be reached by rid is joined: then join
// is not empty.
func (c *compiler) sortValue(s search.Sort, x string) (value, joined expr) {
	pick := "min"
	if s.Descending {
		pick = "max"
	}
	params := rows(&search.Clause{Param: s.Param})
	a := c.alias()
	of := func(name, column string, also ...expr) expr {
		return sq("(SELECT "+pick+"("+a+"."+column+") FROM "+name+" "+a+" WHERE "+a+".rid = "+x+" AND ?)", and(append(also, c.d.in(a+".param", params))...))
	}
	grouped := func(name, column string) (expr, expr) {
		b := c.alias()
		return expr{text: b + ".k"}, sq(" LEFT JOIN (SELECT "+a+".rid, "+pick+"("+a+"."+column+") AS k FROM "+name+" "+a+" WHERE ? GROUP BY "+a+".rid) "+b+" ON "+b+".rid = "+x,
			c.d.in(a+".param", params))
	}
	switch {
	case s.Param == search.LastUpdated:
		return expr{text: "(SELECT " + a + ".updated FROM resource " + a + " WHERE " + a + ".rid = " + x + ")"}, expr{}
	case s.Param == search.ID:
		return expr{text: "(SELECT " + a + ".id FROM resource " + a + " WHERE " + a + ".rid = " + x + ")"}, expr{}
	}
	switch s.Param.Type {
	case search.Date:
		return of("idx_date", "lo"), expr{}
	case search.String:
		return of("idx_string", "norm", whole(a)), expr{}
	case search.Number:
		return of("idx_number", "value"), expr{}
	case search.Quantity:
		return of("idx_quantity", "value + 0"), expr{} // or the index of the values is read from its end, up to one of this resource's
	case search.Reference:
		return of("idx_ref", "target", c.localRow(s.Param, a)), expr{}
	case search.URI:
		return grouped("idx_uri", "uri")
	default:
		return grouped("idx_token", "code")
	}
}

// after is the keyset condition: what stands behind the cursor's row in the order of the keys, then of the rid. Rows without
// a value stand last in both directions.
func after(keys []expr, desc []bool, rid string, ridDesc bool, cur *cursor) expr {
	if len(keys) == 0 {
		if ridDesc {
			return sq(rid+" < ?", cur.rid)
		}
		return sq(rid+" > ?", cur.rid)
	}
	rest := after(keys[1:], desc[1:], rid, ridDesc, &cursor{rid: cur.rid, keys: cur.keys[1:]})
	k, v := keys[0], cur.keys[0]
	if v == nil {
		return and(sq("? IS NULL", k), rest)
	}
	op := "(? > ?"
	if desc[0] {
		op = "(? < ?"
	}
	return sq(op+" OR ? IS NULL OR ? = ? AND ?)", k, v, k, k, v, rest)
}

// texts are columns as expressions.
func texts(columns []string) []expr {
	list := make([]expr, len(columns))
	for i, column := range columns {
		list[i].text = column
	}
	return list
}

// orderBy lists keys, each with nulls last, and the rid.
func orderBy(keys []string, desc []bool, rid string, ridDesc bool) string {
	var b strings.Builder
	b.WriteString(" ORDER BY ")
	for i, k := range keys {
		b.WriteString(k)
		if desc[i] {
			b.WriteString(" DESC")
		}
		b.WriteString(" NULLS LAST, ")
	}
	b.WriteString(rid)
	if ridDesc {
		b.WriteString(" DESC")
	}
	return b.String()
}

// compareKeys orders two rows of an answer as the database does.
func compareKeys(a, b *row, desc []bool, ridDesc bool) int {
	for i := range desc {
		var n int
		switch x, y := a.keys[i], b.keys[i]; {
		case x == nil && y == nil:
			continue
		case x == nil:
			return 1
		case y == nil:
			return -1
		default:
			n = compareKey(x, y)
		}
		if desc[i] {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	n := cmp.Compare(a.number, b.number)
	if ridDesc {
		n = -n
	}
	return n
}

func compareKey(x, y any) int {
	switch x := x.(type) {
	case int64:
		if y, ok := y.(int64); ok {
			return cmp.Compare(x, y)
		}
	case float64:
		if y, ok := y.(float64); ok {
			return cmp.Compare(x, y)
		}
	case string:
		if y, ok := y.(string); ok {
			return strings.Compare(x, y)
		}
	}
	return 0
}
