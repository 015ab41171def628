package path_test

import (
	"errors"
	"strings"
	"testing"

	"chartwright/gen/r4search"
	"chartwright/internal/fhir/path"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src, want string }{
		{"a path", "Patient.name.given", "Patient.name.given"},
		{"a union", "Patient.name | Patient.alias", "(Patient.name | Patient.alias)"},
		{"a union goes from left to right", "a | b | c", "((a | b) | c)"},
		{"a type by operator", "(Observation.value as Quantity)", "(Observation.value as Quantity)"},
		{"a type by function", "Observation.value.ofType(Quantity)", "Observation.value.ofType(Quantity)"},
		{"a member of what was narrowed", "(Observation.value as CodeableConcept).text", "(Observation.value as CodeableConcept).text"},
		{"where with is", "X.subject.where(resolve() is Patient)", "X.subject.where((resolve() is Patient))"},
		{"where with a literal", "telecom.where(system='phone')", "telecom.where((system = 'phone'))"},
		{"an item", "Bundle.entry[0].resource", "Bundle.entry[0].resource"},
		{"and binds tighter than or, or than implies", "a or b and c implies d", "((a or (b and c)) implies d)"},
		{"comparison binds tighter than equality", "a = b > c", "(a = (b > c))"},
		{"is binds tighter than a union", "a | b is Patient", "(a | (b is Patient))"},
		{"product before sum", "1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"},
		{"a sign before a product", "-a * b", "((-a) * b)"},
		{"words that are operators can be names", "contains(a).is(b).as.div", "`contains`(a).`is`(b).`as`.`div`"},
		{"delimited names", "`a b`.`x`.`is`", "`a b`.x.`is`"},
		{"strings with escapes", `'it\'s \u0041\n'`, `'it\'s A\n'`},
		{"dates", "@2015 | @2015-02-04 | @2015T | @2015-02-04T14:34:28.123+09:00 | @T14:34", "((((@2015 | @2015-02-04) | @2015T) | @2015-02-04T14:34:28.123+09:00) | @T14:34)"},
		{"quantities", "4 'mg' > 1 year", "(4 'mg' > 1 year)"},
		{"decimals and members of numbers", "1.5.round()", "1.5.round()"},
		{"variables", "$this.a | $index | $total", "(($this.a | $index) | $total)"},
		{"constants", "%resource | %`us-zip` | %'x y'", "((%resource | %`us-zip`) | %`x y`)"},
		{"the empty collection", "{}", "{}"},
		{"comments", "a // one\n /* two */ . b", "a.b"},
		{"types with a namespace", "a is System.String", "(a is System.String)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, err := path.Parse(c.src)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.String(); got != c.want {
				t.Errorf("%s is %s, want %s", c.src, got, c.want)
			}
			again, err := path.Parse(e.String())
			if err != nil || again.String() != e.String() {
				t.Errorf("%s does not parse to itself: %v, %v", e, again, err)
			}
			if again, err = path.Parse(path.Format(e)); err != nil || again.String() != e.String() {
				t.Errorf("Format gives %s, which is %v, %v", path.Format(e), again, err)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		src string
		at  int
	}{
		{"", 0}, {"a.", 2}, {"a b", 2}, {"a[0", 3}, {"a..b", 2}, {"(a", 2}, {"a)", 1}, {"f(a", 3}, {"f(a,)", 4}, {"'open", 0}, {`'\q'`, 2},
		{"a | ", 4}, {"@", 0}, {"$that", 0}, {"a ^ b", 2}, {"/* open", 0}, {"a is", 4}, {"a is 5", 5}, {"{a}", 1}, {"%", 1}, {"a.``", 2}, {"a.$this", 2},
		{strings.Repeat("(", 5000) + "a", 200}, {strings.Repeat("-", 5000) + "a", 199},
		{"a is `b c`", 5}, {strings.Repeat("a.", 50000) + "a", 65536},
	} {
		_, err := path.Parse(c.src)
		var syntax *path.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Parse(%.20q) = %v, want a syntax error", c.src, err)
			continue
		}
		if syntax.At != c.at {
			t.Errorf("Parse(%.20q) fails at %d, want %d: %v", c.src, syntax.At, c.at, err)
		}
	}
}

// TestStandardExpressions parses the expression of every standard search parameter.
func TestStandardExpressions(t *testing.T) {
	t.Parallel()
	n := 0
	for p := range r4search.Params {
		if p.Expression == "" {
			continue
		}
		n++
		e, err := path.Parse(p.Expression)
		if err != nil {
			t.Errorf("%s.%s: %v", p.Base, p.Code, err)
			continue
		}
		if again, err := path.Parse(path.Format(e)); err != nil || again.String() != e.String() {
			t.Errorf("%s.%s: Format gives %s", p.Base, p.Code, path.Format(e))
		}
	}
	if n != 1699+6*146 {
		t.Errorf("%d expressions, want %d", n, 1699+6*146)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a.b | c", "a.where(b='c')", "@2015-02T", "4 'mg'", "`x`", "a is b.c", "%x[0]", "/* */ -1", "{}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := path.Parse(src)
		if err != nil {
			return
		}
		again, err := path.Parse(e.String())
		if err != nil || again.String() != e.String() {
			t.Errorf("%q is %s, which is %v, %v", src, e, again, err)
		}
	})
}
