package search

import (
	"strconv"
	"strings"
)

// maxExplained bounds how many values of one clause an explanation lists: a value set may stand for thousands.
const maxExplained = 10

// Explained says in words how a query was understood, a line for each of its parts. It holds the values that the caller searches
// for, so it is for nobody else, and for no log.
func (q *Query) Explained() []string {
	types := "all types"
	if len(q.Types) > 0 {
		types = strings.Join(q.Types, ", ")
	}
	list := []string{"search of " + types}
	for i := range q.Clauses {
		list = append(list, "condition "+strconv.Itoa(i+1)+": "+q.Clauses[i].explain())
	}
	for _, s := range q.Sort {
		order := "ascending"
		if s.Descending {
			order = "descending"
		}
		list = append(list, "sorted by "+s.Param.Code+", "+order)
	}
	list = explainIncludes(list, "_include", q.Include)
	return explainIncludes(list, "_revinclude", q.RevInclude)
}

func explainIncludes(list []string, name string, includes []Include) []string {
	for _, in := range includes {
		what := in.Source + ", all references"
		if in.Param != nil {
			what = in.Source + ", " + in.Param.Code
		}
		if in.Target != "" {
			what += " to " + in.Target
		}
		if in.Iterate {
			what += ", again and again"
		}
		list = append(list, name+": "+what)
	}
	return list
}

func (c *Clause) explain() string {
	switch {
	case c.Group != nil:
		return c.Group.explain()
	case c.Has != nil:
		return "some " + c.Has.Type + " refers here by " + c.Has.Via.Code + " and has: " + c.Has.Clause.explain()
	case c.Chain != nil:
		parts := make([]string, len(c.Chain.Types))
		for i, typ := range c.Chain.Types {
			parts[i] = "a " + typ + " that has: " + c.Chain.Clause[i].explain()
		}
		return c.Param.Code + " refers to " + strings.Join(parts, ", or ")
	}
	name := c.Param.Code + " (" + c.Param.Type.String()
	if len(c.Also) > 0 {
		name += ", on " + strconv.Itoa(len(c.Also)+1) + " types"
	}
	name += ")"
	if c.Missing != nil {
		if *c.Missing {
			return name + " has no value"
		}
		return name + " has a value"
	}
	how := string(c.Modifier)
	if c.Modifier == ResourceTypeM {
		how = c.TypeMod
	}
	if how != "" {
		name += " :" + how
	}
	var values []string
	for i := range c.Values {
		if i == maxExplained {
			values = append(values, strconv.Itoa(len(c.Values)-i)+" more")
			break
		}
		values = append(values, c.Values[i].explain(c.Param.Type))
	}
	return name + " " + strings.Join(values, " or ")
}

func (g *Group) explain() string {
	parts := make([]string, len(g.Clauses))
	for i := range g.Clauses {
		parts[i] = "(" + g.Clauses[i].explain() + ")"
	}
	if g.Op == Nor {
		return "not " + parts[0]
	}
	return strings.Join(parts, " "+string(g.Op)+" ")
}

// explain says what one value asks for.
func (v *Value) explain(typ ParamType) string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+" "+strconv.Quote(value))
		}
	}
	number := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	if v.Prefix != "" {
		parts = append(parts, string(v.Prefix))
	}
	switch typ {
	case Date:
		parts = append(parts, "between "+strconv.FormatInt(v.Lo, 10)+" and "+strconv.FormatInt(v.Hi, 10)+" µs")
	case Number, Quantity, Special:
		parts = append(parts, number(v.Num)+" within "+number(v.Low)+" and "+number(v.Up))
		add("in canonical unit", v.CanonicalUnit)
	case Composite:
		for i := range v.Parts {
			parts = append(parts, v.Parts[i].explain(v.Parts[i].shape()))
		}
		return strings.Join(parts, " with ")
	}
	if v.HasSystem && v.System == "" {
		parts = append(parts, "without system")
	}
	add("system", v.System)
	add("code", v.Code)
	if v.NoCode {
		parts = append(parts, "any code")
	}
	add("identifier type", v.TypeCode)
	add("text", v.Text)
	add("reference", strings.TrimPrefix(v.RefType+"/"+v.RefID, "/"))
	add("url", v.URL)
	add("version", v.RefVersion)
	return strings.Join(parts, " ")
}

// shape tells by its contents how a part of a composite is to be shown.
func (v *Value) shape() ParamType {
	switch {
	case v.Lo != 0 || v.Hi != 0:
		return Date
	case v.Low != 0 || v.Up != 0:
		return Quantity
	}
	return Token
}
