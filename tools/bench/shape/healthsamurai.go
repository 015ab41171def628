package shape

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// HealthSamurai are the searches of the open FHIR server benchmark: its six families, each of their parameters with every
// modifier or prefix and some values, one of which matches nothing. The part of the name before the colon is the family.
// https://github.com/HealthSamurai/fhir-server-performance-benchmark
func HealthSamurai() []Shape {
	var all []Shape
	all = append(all, stringShapes()...)
	all = append(all, dateShapes()...)
	all = append(all, tokenShapes()...)
	all = append(all, quantityShapes()...)
	all = append(all, compositeShapes()...)
	return append(all, referenceShapes()...)
}

// Families are those of HealthSamurai in its order.
var Families = []string{"string", "date", "token", "quantity", "composite", "reference"}

func ask(typ, param, value string) string {
	return typ + "?" + param + "=" + url.QueryEscape(value) + "&_count=20"
}

// several is page for what has several rows of a resource: each is taken once, where its first row stands.
func several(table, key, where, direction string) string {
	least := "min"
	if direction != "" {
		least = "max"
	}
	return "SELECT r.body FROM (SELECT t.rid, " + least + "(" + key + ") AS k FROM " + table + " t WHERE " + where +
		" GROUP BY t.rid ORDER BY k" + direction + ", t.rid" + direction + " LIMIT 21) t JOIN resource r ON r.rid = t.rid"
}

func stringShapes() (all []Shape) {
	for _, p := range []struct {
		typ, param string
		values     []string
	}{
		{"Patient", "name", []string{"smi", "john", "garcia", "an", "nobody-is-called-this"}},
		{"Patient", "address", []string{"boston", "ma", "beacon", "021", "nowhere-at-all"}},
		{"Organization", "name", []string{"boston", "worcester primary", "lo", "no-such-clinic"}},
	} {
		for _, v := range p.values {
			all = append(all, Shape{
				Name: "string: " + p.typ + " " + p.param, Path: ask(p.typ, p.param, v),
				SQL: several("idx_string", "t.norm", fmt.Sprintf("t.param IN {%s.%s*} AND t.norm >= '%s' AND t.norm < '%s~'", p.typ, p.param, v, v), ""),
			}, Shape{
				Name: "string: " + p.typ + " " + p.param + ":contains", Path: ask(p.typ, p.param+":contains", v[1:]),
				SQL: several("idx_string", "t.norm", fmt.Sprintf("t.param IN {%s.%s*} AND instr(t.norm, '%s') > 0", p.typ, p.param, v[1:]), ""),
			})
		}
	}
	return all
}

func dateShapes() (all []Shape) {
	for _, p := range []struct {
		typ, param string
		days       []string
	}{
		{"Patient", "birthdate", []string{"1950-03-09", "1984-11-23", "2003-06-01", "1800-01-01"}},
		{"Observation", "date", []string{"2013-04-08", "2018-10-20", "2023-02-14", "1900-01-01"}},
		{"Encounter", "date", []string{"2014-07-11", "2019-01-30", "2022-12-05", "1900-01-01"}},
	} {
		for _, day := range p.days {
			from, err := time.Parse(time.DateOnly, day)
			if err != nil {
				panic("bench: " + err.Error())
			}
			lo, hi := from.UnixMicro(), from.AddDate(0, 0, 1).UnixMicro()
			same := fmt.Sprintf("t.lo >= %d AND t.lo < %d AND t.hi <= %d", lo, hi, hi)
			for _, c := range [][2]string{
				{"", same}, {"eq", same}, {"lt", fmt.Sprintf("t.lo < %d", lo)}, {"le", fmt.Sprintf("t.lo < %d", hi)}, {"eb", fmt.Sprintf("t.lo < %d AND t.hi <= %d", lo, lo)},
				{"gt", fmt.Sprintf("t.lo >= %d", hi)}, {"ge", fmt.Sprintf("t.lo >= %d", lo)}, {"sa", fmt.Sprintf("t.lo >= %d", hi)},
			} {
				prefix, where := c[0], c[1]
				order := "t.lo, t.rid"
				if strings.Contains("lt le eb", prefix) && prefix != "" {
					order = "t.lo DESC, t.rid DESC"
				}
				all = append(all, Shape{
					Name: "date: " + p.typ + " " + p.param + " " + prefix, Path: ask(p.typ, p.param, prefix+day),
					SQL: page("idx_date", fmt.Sprintf("t.param = {%s.%s} AND ", p.typ, p.param)+where, order, "21"),
				})
			}
		}
	}
	return all
}

func tokenShapes() (all []Shape) {
	const category = "http://terminology.hl7.org/CodeSystem/observation-category"
	for _, p := range []struct {
		typ, param, system string
		values             []string // codes, several with commas
	}{
		{"Observation", "category", category, []string{"vital-signs", "laboratory", "laboratory,survey", "vital-signs,survey,social-history", "none"}},
		{"Observation", "code", "http://loinc.org", []string{"8302-2", "29463-7", "8480-6", "8462-4", "8867-4", "85354-9", "72514-3", "2339-0,6299-2", "8302-2,29463-7,8867-4", "0000-0"}},
		{"Encounter", "status", "http://hl7.org/fhir/encounter-status", []string{"finished", "planned,in-progress", "finished,planned"}},
		{"Encounter", "class", "http://terminology.hl7.org/CodeSystem/v3-ActCode", []string{"AMB", "EMER", "IMP", "AMB,EMER"}},
	} {
		for _, v := range p.values {
			codes := strings.Split(v, ",")
			in := "t.code IN ('" + strings.Join(codes, "', '") + "')"
			sql := func(where string) string {
				where = fmt.Sprintf("t.param = {%s.%s} AND ", p.typ, p.param) + where
				if len(codes) == 1 {
					return page("idx_token", where, "t.rid", "21")
				}
				// Each code's rows come in order; sorting twenty-one of each is what a hand would do.
				var parts []string
				for _, c := range codes {
					parts = append(parts, "SELECT * FROM (SELECT t.rid FROM idx_token t WHERE "+strings.Replace(where, in, "t.code = '"+c+"'", 1)+" ORDER BY t.rid LIMIT 21) b")
				}
				return "SELECT r.body FROM (SELECT DISTINCT rid FROM (" + strings.Join(parts, " UNION ALL ") + ") u ORDER BY rid LIMIT 21) t JOIN resource r ON r.rid = t.rid"
			}
			all = append(all, Shape{Name: "token: " + p.typ + " " + p.param, Path: ask(p.typ, p.param, v), SQL: sql(in)})
			for i := range codes {
				codes[i] = p.system + "|" + codes[i]
			}
			path := ask(p.typ, p.param, strings.Join(codes, ","))
			codes = strings.Split(v, ",")
			all = append(all, Shape{
				Name: "token: " + p.typ + " " + p.param + " with system", Path: path,
				SQL: sql(in + " AND t.system = (SELECT id FROM system WHERE uri = '" + p.system + "')"),
			})
		}
	}
	return all
}

func quantityShapes() (all []Shape) {
	for _, param := range []string{"value-quantity", "component-value-quantity", "combo-value-quantity"} {
		params := "t.param = {Observation." + param + "}"
		if param == "combo-value-quantity" {
			params = "t.param IN {Observation.combo-value-quantity*}"
		}
		for _, v := range []int{70, 120, 150, 100000} {
			same := fmt.Sprintf("t.value >= %d - 0.5 AND t.value < %d + 0.5", v, v)
			for _, c := range [][2]string{
				{"", same}, {"eq", same}, {"lt", fmt.Sprintf("t.value < %d", v)}, {"le", fmt.Sprintf("t.value <= %d", v)},
				{"gt", fmt.Sprintf("t.value > %d", v)}, {"ge", fmt.Sprintf("t.value >= %d", v)},
			} {
				prefix, where := c[0], c[1]
				direction := ""
				if strings.HasPrefix(prefix, "l") {
					direction = " DESC"
				}
				sql := page("idx_quantity", params+" AND "+where, "t.value"+direction+", t.rid"+direction, "21")
				if param != "value-quantity" {
					sql = several("idx_quantity", "t.value", params+" AND "+where, direction)
				}
				all = append(all, Shape{
					Name: "quantity: " + param + " " + prefix, Path: ask("Observation", param, fmt.Sprint(prefix, v)), SQL: sql,
				})
			}
		}
	}
	return all
}

func compositeShapes() (all []Shape) {
	for _, p := range []struct {
		param  string
		values []string // code, prefix, value
	}{
		{"code-value-quantity", []string{"8867-4 gt 100", "8867-4 lt 60", "29463-7 ge 90", "8302-2 le 160", "0000-0 gt 1"}},
		{"component-code-value-quantity", []string{"8480-6 gt 140", "8462-4 lt 70", "8480-6 ge 160", "0000-0 gt 1"}},
		{"combo-code-value-quantity", []string{"8867-4 gt 100", "8480-6 gt 140", "8462-4 le 80", "0000-0 gt 1"}},
	} {
		params := "t.param = {Observation." + p.param + "}"
		if strings.HasPrefix(p.param, "combo") {
			params = "t.param IN {Observation.combo-code-value-quantity*}"
		}
		for _, v := range p.values {
			f := strings.Fields(v)
			op, order := map[string]string{"gt": ">", "ge": ">=", "lt": "<", "le": "<="}[f[1]], "t.b_value, t.rid"
			if f[1][0] == 'l' {
				order = "t.b_value DESC, t.rid DESC"
			}
			all = append(all, Shape{
				Name: "composite: " + p.param, Path: ask("Observation", p.param, f[0]+"$"+f[1]+f[2]),
				SQL: page("idx_composite", fmt.Sprintf("%s AND t.a_text = '%s' AND t.b_value %s %s", params, f[0], op, f[2]), order, "21"),
			})
		}
	}
	return all
}

func referenceShapes() (all []Shape) {
	for _, p := range []struct{ typ, param, row, target, kind string }{
		{"Observation", "subject", "subject", "Patient", "patient"}, {"Observation", "encounter", "encounter", "Encounter", "encounter"},
		{"Observation", "performer", "performer", "Practitioner", "practitioner"}, {"Encounter", "subject", "subject", "Patient", "patient"},
		{"Encounter", "participant", "participant", "Practitioner", "practitioner"}, {"MedicationRequest", "subject", "subject", "Patient", "patient"},
		{"MedicationRequest", "encounter", "encounter", "Encounter", "encounter"}, {"MedicationRequest", "requester", "requester", "Practitioner", "practitioner"},
	} {
		all = append(all, Shape{
			Name: "reference: " + p.typ + " " + p.param, Path: p.typ + "?" + p.param + "=" + p.target + "/{" + p.kind + "}&_count=20",
			SQL:  page("idx_ref", fmt.Sprintf("t.param = {%s.%s} AND t.target = (SELECT rid FROM resource WHERE type = '%s' AND id = ?)", p.typ, p.row, p.target), "t.rid", "21"),
			Args: []string{"{" + p.kind + "}"},
		})
	}
	return all
}
