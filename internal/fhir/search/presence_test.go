package search_test

import (
	"slices"
	"strings"
	"testing"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/search/searchtest"
)

// TestPresence reads from the code of a resource which parameters have values: those whose rows it has, or shares, and of a reference
// that is narrowed to types those that name a resource of them here, or an identifier.
func TestPresence(t *testing.T) {
	t.Parallel()
	table := searchtest.New()
	row := func(code string) int32 { return search.RowNumber("Observation", code) }
	subject := func(r index.Reference) index.Rows {
		r.Param = row("subject")
		return index.Rows{References: []index.Reference{r}}
	}
	for name, c := range map[string]struct {
		rows index.Rows
		want string
	}{
		"nothing":                       {index.Rows{}, ""},
		"a token":                       {index.Rows{Tokens: []index.Token{{Param: row("status")}}}, "status"},
		"shared rows":                   {index.Rows{Tokens: []index.Token{{Param: row("code")}}}, "code combo-code"},
		"one value of each of two":      {index.Rows{Dates: []index.Date{{Param: row("date")}}, Strings: []index.String{{Param: row("value-string")}}}, "date value-string"},
		"a uri and a quantity":          {index.Rows{URIs: []index.URI{{Param: row("_profile")}}, Quantities: []index.Quantity{{Param: row("value-quantity")}}}, "_profile combo-value-quantity value-quantity"},
		"a composite":                   {index.Rows{Composites: []index.Composite{{Param: row("code-value-quantity")}}}, "code-value-quantity"},
		"a reference to a narrowed one": {subject(index.Reference{Type: "Patient", ID: "1"}), "patient subject"},
		"one to another type":           {subject(index.Reference{Type: "Group", ID: "1"}), "subject"},
		"one to another server":         {subject(index.Reference{Type: "Patient", URL: "http://other/Patient/1"}), "patient subject"},
		"one to a group there":          {subject(index.Reference{Type: "Group", URL: "http://other/Group/1"}), "subject"},
		"one to something there":        {subject(index.Reference{URL: "urn:uuid:1"}), "subject"},
		"one to what is contained":      {subject(index.Reference{Type: "Patient", URL: "#p", Place: 1}), "patient subject"},
		"one by an id that is too long": {subject(index.Reference{Type: "Patient", ID: strings.Repeat("x", 65)}), "patient subject"},
		"one to nothing":                {subject(index.Reference{}), ""},
		"one by identifier":             {index.Rows{Tokens: []index.Token{{Param: table.Lookup("Observation", "patient").IdentifierRow()}}}, "patient"},
		"rows of another type":          {index.Rows{Tokens: []index.Token{{Param: search.RowNumber("Patient", "gender")}}}, ""},
	} {
		p := search.PresenceOf("Observation", table.Of("Observation"))
		had := len(c.rows.Tokens)
		p.Add(&c.rows)
		if n := len(c.rows.Tokens); n != had+1 || c.rows.Tokens[had].Param != p.Row {
			t.Fatalf("%s: %d rows were added, want one under number %d", name, n-had, p.Row)
		}
		code := c.rows.Tokens[had].Code
		var has []string
		for _, param := range table.Of("Observation") {
			place, digits, ok := p.Digit(param)
			if ok != (len(param.Rows) > 0) {
				t.Errorf("%s: the code tells of %s: %t", name, param.Code, ok)
			}
			if ok && strings.Contains(digits, code[place-1:place]) {
				has = append(has, param.Code)
			}
		}
		slices.Sort(has)
		if got := strings.Join(has, " "); got != c.want {
			t.Errorf("%s: the resource has %q, want %q", name, got, c.want)
		}
	}
	if _, _, ok := search.PresenceOf("Observation", table.Of("Observation")).Digit(table.Lookup("Patient", "gender")); ok {
		t.Error("the presence of one type tells of another")
	}
}
