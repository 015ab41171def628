package search_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// outline shows the tree of a condition.
func outline(c *search.Clause) string {
	switch {
	case c.Group != nil:
		var parts []string
		for i := range c.Group.Clauses {
			parts = append(parts, outline(&c.Group.Clauses[i]))
		}
		return string(c.Group.Op) + "(" + strings.Join(parts, ", ") + ")"
	case c.Chain != nil:
		var parts []string
		for i, typ := range c.Chain.Types {
			parts = append(parts, typ+"."+outline(&c.Chain.Clause[i]))
		}
		return c.Param.Code + "→" + strings.Join(parts, "|")
	case c.Missing != nil:
		return fmt.Sprintf("%s missing %v", c.Param.Code, *c.Missing)
	}
	v := &c.Values[0]
	return strings.TrimRight(fmt.Sprintf("%s %s%s %s%s", c.Param.Code, c.Modifier, v.Prefix, v.Code, v.Text), " ")
}

func TestFilterTree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ filter, want string }{
		{`name co "pet"`, "name contains pet"},
		{`name eq "a \"b\" c, d|e"`, `name eq a "b" c, d|e`},
		{`name eq "\u00c9ve"`, "name eq Éve"},
		{`name eq (x`, "name eq (x"},
		{`  name   eq  x  `, "name eq x"},
		{`given eq "peter" and birthdate ge 2014-10-10`, "given eq peter; birthdate ge"},
		{`name eq a and name eq b or name eq c`, "or(and(name eq a, name eq b), name eq c)"},
		{`name eq a or name eq b and name eq c`, "or(name eq a, name eq b); name eq c"},
		{`name eq a or (name eq b and name eq c)`, "or(name eq a, and(name eq b, name eq c))"},
		{`name eq a and (name eq b and (name eq c))`, "name eq a; name eq b; name eq c"},
		{`not (name eq a)`, "not(name eq a)"},
		{`not(name eq a or name eq b) and name eq c`, "not(or(name eq a, name eq b)); name eq c"},
		{`(name eq a)or(name eq b)`, "or(name eq a, name eq b)"},
		{`organization.name eq x`, "organization→Organization.name eq x"},
		{`general-practitioner.name eq x`, "general-practitioner→Organization.name eq x|Practitioner.name eq x"},
		{`general-practitioner:Practitioner.name eq x`, "general-practitioner→Practitioner.name eq x"},
		{`organization[name eq "a] b"].partof.name eq x`, "organization→Organization.and(name eq a] b, partof→Organization.name eq x)"},
		{`organization[not (name eq a) or name eq b].name eq c`, "organization→Organization.and(or(not(name eq a), name eq b), name eq c)"},
		{`name pr true`, "name missing false"},
		{`name pr false`, "name missing true"},
		{`gender in http://vs`, "gender in http://vs"},
		{`gender ni ValueSet/1`, "gender not-in ValueSet/1"},
		{`gender ss snomed|1`, "gender below 1"},
		{`gender sb http://s|1`, "gender above 1"},
	} {
		q, err := parse("Patient?_filter="+url.QueryEscape(c.filter), options())
		if err != nil {
			t.Errorf("%s: %v", c.filter, err)
			continue
		}
		var got []string
		for i := range q.Clauses {
			got = append(got, outline(&q.Clauses[i]))
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s: %s, want %s", c.filter, s, c.want)
		}
		if !slices.Contains(q.Applied, search.Applied{Name: "_filter", Value: c.filter}) {
			t.Errorf("%s: not in the self link: %v", c.filter, q.Applied)
		}
	}
}

// TestFilterRefuses holds that a filter is understood in full or refused with the place at fault, lenient or not: what would
// be left of the search without it is another one.
func TestFilterRefuses(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("(", n) + "name eq x" + strings.Repeat(")", n) }
	for _, c := range []struct {
		filter, names string
		kind          fault.Kind
	}{
		{``, "character 1", fault.Invalid},
		{`name`, "character 5", fault.Invalid},
		{`name eq`, "character 8", fault.Invalid},
		{`name eq "x`, "quotation mark", fault.Invalid},
		{`name eq "\x"`, "as in JSON", fault.Invalid},
		{`name eq x)`, "character 10", fault.Invalid},
		{`(name eq x`, "character 11", fault.Invalid},
		{`name eq x and`, "and", fault.Invalid},
		{`name eq x and and name eq y`, "", fault.Invalid},
		{`name eq x name eq y`, "character 11", fault.Invalid},
		{`name eq x AND name eq y`, "character 11", fault.Invalid},
		{`not name eq x`, "", fault.Invalid},
		{`foo eq x`, "foo", fault.Invalid},
		{`name is x`, "is", fault.Invalid},
		{`name gte x`, "operator", fault.Invalid},
		{`birthdate co x`, "birthdate", fault.Invalid},
		{`birthdate ge ge2000`, "birthdate", fault.Invalid},
		{`birthdate in http://vs`, "birthdate", fault.Invalid},
		{`gender co ma`, "gender", fault.Invalid},
		{`gender ss male`, "gender:below", fault.Invalid},
		{`gender in male`, "gender:in", fault.Invalid},
		{`gender pr maybe`, "gender pr", fault.Invalid},
		{`organization ne Organization/1`, "organization", fault.Invalid},
		{`name eq ""`, "name", fault.Invalid},
		{`name.given eq x`, "name", fault.Invalid},
		{`name[given eq x] eq y`, "dot", fault.Invalid},
		{`organization[name eq x.name eq y`, "", fault.Invalid},
		{`organization[foo eq x].name eq y`, "foo", fault.Invalid},
		{`organization.foo eq y`, "foo", fault.Invalid},
		{`organization.partof.partof.partof.partof.partof.partof.name eq y`, "references", fault.TooCostly},
		{`organization:Patient.name eq y`, "organization", fault.Invalid},
		{`_text eq y`, "_text", fault.Invalid},
		{`name eq x` + strings.Repeat(" or name eq x", search.MaxClauses), "conditions", fault.TooCostly},
		{nested(17), "parentheses", fault.TooCostly},
		{`name eq "` + strings.Repeat("x", 9000) + `"`, "bytes", fault.TooCostly},
	} {
		for _, lenient := range []bool{false, true} {
			opts := options()
			opts.Lenient = lenient
			q, err := parse("Patient?_filter="+url.QueryEscape(c.filter), opts)
			if fault.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.names) {
				t.Errorf("%.60s: %v, %v", c.filter, q, err)
			}
		}
	}
	if _, err := parse("Patient?_filter="+url.QueryEscape(nested(16)), options()); err != nil {
		t.Error(err)
	}
	if _, err := parse("?_type=Patient,Observation&_filter=_id%20eq%20x", options()); !fault.Is(err, fault.Invalid) {
		t.Errorf("several types: %v", err)
	}
}

// FuzzFilter holds that whatever is understood keeps within the limits, and that a value comes out as it went in.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{`name co "pet"`, `not (given eq x or birthdate ge 2014)`, `organization[name eq "]"].partof.name sw y`, `(((`, `name eq "\ud800"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		params := []search.Parameter{{Name: "_filter", Value: text}}
		q, err := search.Parse(table, "Patient", params, options())
		if err == nil {
			count := 0
			for i := range q.Clauses {
				count += size(&q.Clauses[i])
			}
			if len(q.Clauses) == 0 || count > search.MaxClauses*2 {
				t.Errorf("%d conditions", count)
			}
		}
		quoted, _ := json.Marshal(text)
		q, err = search.Parse(table, "Patient", []search.Parameter{{Name: "_filter", Value: "name eq " + string(quoted)}}, options())
		var back string
		if json.Unmarshal(quoted, &back) == nil && err == nil && q.Clauses[0].Values[0].Text != back {
			t.Errorf("%q became %q", back, q.Clauses[0].Values[0].Text)
		}
	})
}

func size(c *search.Clause) int {
	n := 1
	inner := c.Inner()
	for i := range inner {
		n += size(&inner[i])
	}
	return n
}
