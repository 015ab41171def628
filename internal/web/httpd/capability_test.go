package httpd_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"chartwright/gen/r4search"
	"chartwright/internal/access"
)

// statement is what the test reads of a CapabilityStatement.
type statement struct {
	system     []string            // codes of the interactions of the whole server
	operations map[string]string   // of the whole server: code → definition
	parameters []map[string]any    // of every type
	types      map[string]offering // by resource type
	// compartments are the canonicals of their definitions.
	compartments []any
}

type offering struct {
	interactions []string
	conditional  map[string]bool   // interactions by criteria, by the code of the interaction
	operations   map[string]string // code → definition
	parameters   []map[string]any
	includes     map[string][]any // what _include and _revinclude may be
}

func (w *world) statement() *statement {
	w.t.Helper()
	v := w.must(200, ask{method: "GET", path: "metadata", token: "-"})
	rest := v["rest"].([]any)[0].(map[string]any)
	s := &statement{system: codes(rest), operations: operationsOf(rest), types: map[string]offering{}}
	s.compartments, _ = rest["compartment"].([]any)
	for _, p := range rest["searchParam"].([]any) {
		s.parameters = append(s.parameters, p.(map[string]any))
	}
	for _, r := range rest["resource"].([]any) {
		typ := r.(map[string]any)
		o := offering{interactions: codes(typ), operations: operationsOf(typ), conditional: map[string]bool{
			"create": typ["conditionalCreate"] == true, "update": typ["conditionalUpdate"] == true, "delete": typ["conditionalDelete"] != "not-supported",
		}}
		included, _ := typ["searchInclude"].([]any)
		including, _ := typ["searchRevInclude"].([]any)
		o.includes = map[string][]any{"_include": included, "_revinclude": including}
		for _, p := range typ["searchParam"].([]any) {
			o.parameters = append(o.parameters, p.(map[string]any))
		}
		s.types[typ["type"].(string)] = o
	}
	return s
}

func codes(v map[string]any) (out []string) {
	for _, i := range v["interaction"].([]any) {
		out = append(out, i.(map[string]any)["code"].(string))
	}
	return out
}

func operationsOf(v map[string]any) map[string]string {
	out := map[string]string{}
	list, _ := v["operation"].([]any)
	for _, o := range list {
		o := o.(map[string]any)
		out[o["name"].(string)] = o["definition"].(string)
	}
	return out
}

// The CapabilityStatement is the truth: what it declares works for every type, what it does not declare is refused.
func TestCapabilityStatementIsTrue(t *testing.T) { onEachStore(t, testCapabilityStatementIsTrue) }

func testCapabilityStatementIsTrue(t *testing.T, w *world) {
	s := w.statement()
	if len(s.types) != 146 {
		t.Errorf("%d resource types", len(s.types))
	}
	paths := map[string][2]string{
		"read": {"GET", "/x"}, "vread": {"GET", "/x/_history/1"}, "update": {"PUT", "/x"}, "patch": {"PATCH", "/x"}, "delete": {"DELETE", "/x"},
		"history-instance": {"GET", "/x/_history"}, "history-type": {"GET", "/_history"}, "create": {"POST", ""}, "search-type": {"GET", ""},
	}
	for _, p := range s.parameters {
		query := p["name"].(string) + "=" + sample(p)
		if query == "_has=" {
			query = "_has:Observation:patient:code=x"
		}
		if rec := w.do(ask{method: "GET", path: "Patient?" + query}); rec.Code != http.StatusOK {
			t.Errorf("every type: %s: status %d: %s", query, rec.Code, rec.Body)
		}
	}
	for name, typ := range s.types {
		check := func(code string, declared bool, a ask) {
			rec := w.do(a)
			refused := rec.Code == 405 && strings.Contains(rec.Body.String(), "OperationOutcome")
			if declared == refused || rec.Code == 403 || rec.Code >= 500 {
				t.Errorf("%s %s: declared %t, status %d: %s", code, name, declared, rec.Code, rec.Body)
			}
			// RFC 9110 §10.2.1: the methods, of which there may be none, are always told.
			if allow, told := rec.Header()["Allow"]; refused && (!told || strings.Contains(allow[0], a.method)) {
				t.Errorf("%s %s is refused, and what is allowed is %q", code, name, allow)
			}
		}
		for code, p := range paths {
			check(code, slices.Contains(typ.interactions, code), ask{method: p[0], path: name + p[1]})
		}
		for code, a := range map[string]ask{
			"create": {method: "POST", path: name, header: map[string]string{"If-None-Exist": "_id=x"}}, "update": {method: "PUT", path: name + "?_id=x"}, "delete": {method: "DELETE", path: name + "?_id=x"},
		} {
			check("conditional "+code, typ.conditional[code], a)
		}
		check("conditional patch", slices.Contains(typ.interactions, "patch"), ask{method: "PATCH", path: name + "?_id=x", body: "[]", header: map[string]string{"Content-Type": "application/json-patch+json"}})
		for _, code := range typ.interactions {
			if _, tried := paths[code]; !tried {
				t.Errorf("%s: nobody has tried %s", name, code)
			}
		}
		for _, p := range typ.parameters {
			param := p["name"].(string)
			if rec := w.do(ask{method: "GET", path: name + "?" + param + "=" + sample(p) + "&_count=1"}); rec.Code != http.StatusOK {
				t.Errorf("%s?%s: status %d: %s", name, param, rec.Code, rec.Body)
			}
		}
	}
	system := map[string]ask{
		"search-system": {method: "GET", path: "?_type=Patient"}, "history-system": {method: "GET", path: "_history"},
		"transaction": {method: "POST", body: entries("transaction", entry("", "", "GET", "Patient/x", ""))}, "batch": {method: "POST", body: entries("batch")},
	}
	for _, code := range s.system {
		a, known := system[code]
		if !known {
			t.Errorf("nobody has tried %s", code)
		} else if rec := w.do(a); rec.Code == 405 || rec.Code >= 500 {
			t.Errorf("%s: status %d: %s", code, rec.Code, rec.Body)
		}
	}
}

// Every include and compartment that the CapabilityStatement declares is taken; what is asked for is parsed alike for each store.
func TestIncludesAreAsDeclared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.statement()
	for name, typ := range s.types {
		if name != "Parameters" && !slices.Contains(typ.includes["_revinclude"], any("Provenance:target")) { // which nothing refers to
			t.Errorf("%s: who wrote it can't be included", name)
		}
		for how, values := range typ.includes {
			for some := range slices.Chunk(values, 32) {
				query := url.Values{"_id": {"x"}, "_summary": {"count"}}
				for _, v := range some {
					query.Add(how, v.(string))
				}
				if rec := w.do(ask{method: "GET", path: name + "?" + query.Encode()}); rec.Code != http.StatusOK {
					t.Errorf("%s?%s: status %d: %s", name, query.Encode(), rec.Code, rec.Body)
				}
			}
		}
	}
	for _, c := range s.compartments {
		code := c.(string)[strings.LastIndex(c.(string), "/")+1:]
		at := slices.IndexFunc(r4search.Compartments, func(c r4search.Compartment) bool { return strings.EqualFold(c.Code, code) })
		if at < 0 {
			t.Errorf("%v: no compartment", c)
			continue
		}
		w.must(200, ask{method: "GET", path: r4search.Compartments[at].Code + "/x/*"})
	}
	if len(s.compartments) != 5 {
		t.Errorf("%d compartments", len(s.compartments))
	}
}

// Every operation that the CapabilityStatement declares is answered at the levels that its definition names, and no other
// operation anywhere.
func TestOperationsAreAsDeclared(t *testing.T) { onEachStore(t, testOperationsAreAsDeclared) }

func testOperationsAreAsDeclared(t *testing.T, w *world) {
	w.subject("remover", &access.Subject{Actor: access.System, UserID: "remover"}, "system/*.cruds cdr_fhir_expunge")
	s := w.statement()
	definitions := map[string]map[string]any{}
	all := []string{"export", "docref", "nothing"}
	define := func(operations map[string]string) {
		for code, url := range operations {
			if definitions[url] == nil {
				path, ours := strings.CutPrefix(url, base+"/apis/default/fhir/")
				d := w.must(200, ask{method: "GET", path: path})
				if !ours || d["resourceType"] != "OperationDefinition" || d["url"] != url || d["code"] != code {
					t.Errorf("%s leads to %v", url, d)
				}
				if rec := w.do(ask{method: "POST", path: "OperationDefinition/$validate", body: w.do(ask{method: "GET", path: path}).Body.String()}); strings.Contains(rec.Body.String(), `"error"`) {
					t.Errorf("%s: %s", url, rec.Body)
				}
				definitions[url] = d
			}
			if !slices.Contains(all, code) {
				all = append(all, code)
			}
		}
	}
	define(s.operations)
	for _, typ := range s.types {
		define(typ.operations)
	}
	if len(all) < 12 {
		t.Errorf("the server declares only %v", all)
	}
	check := func(path string, declared bool) {
		rec := w.do(ask{method: "POST", path: path, token: "remover", body: `{"resourceType":"Parameters"}`})
		refused := rec.Code == 404 && strings.Contains(rec.Body.String(), "not offered")
		if declared == refused || rec.Code >= 500 {
			t.Errorf("%s: declared %t, status %d: %s", path, declared, rec.Code, rec.Body)
		}
	}
	at := func(operations map[string]string, code, level string) bool {
		d := definitions[operations[code]]
		return d != nil && d[level] == true
	}
	for _, code := range all {
		if code == "reindex" {
			continue // its jobs belong to the whole program, which these tests are not
		}
		check("$"+code, at(s.operations, code, "system"))
	}
	for name, typ := range s.types {
		for _, code := range all {
			check(name+"/$"+code, at(typ.operations, code, "type"))
			check(name+"/x/$"+code, at(typ.operations, code, "instance"))
		}
	}
	for url, d := range definitions {
		if d["affectsState"] == true {
			continue
		}
		for _, p := range d["parameter"].([]any) {
			if p := p.(map[string]any); p["name"] == "" || p["documentation"] == "" {
				t.Errorf("%s: %v", url, fmt.Sprint(p))
			}
		}
	}
}

// sample is a value that a search parameter understands.
func sample(p map[string]any) string {
	switch p["type"] {
	case "token":
		return "true" // a code as good as any, and what a boolean takes
	case "date":
		return "2020"
	case "number", "quantity":
		return "1"
	case "reference":
		return "x"
	case "composite":
		if strings.HasSuffix(p["name"].(string), "-coordinate") {
			return "a$1$1"
		}
		return "a$2020"
	case "special":
		return map[string]string{"near": "1|2", "_filter": "_id%20eq%20x", "_list": "x", "_has": ""}[p["name"].(string)]
	}
	return "a"
}
