package httpd_test

import (
	"fmt"
	"strings"
	"testing"

	"chartwright/internal/access"
)

func TestGranularScopes(t *testing.T) { onEachStore(t, testGranularScopes) }

// testGranularScopes holds scopes of every kind of query against three versions of an observation, of which the second does not
// satisfy them: what searches find, reads show and histories list is the same.
func testGranularScopes(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "CodeSystem/cs", body: `{"resourceType":"CodeSystem","id":"cs","url":"http://example.org/cs","status":"active","content":"complete","hierarchyMeaning":"is-a",
		"concept":[{"code":"top","concept":[{"code":"a"},{"code":"b"}]},{"code":"z"}]}`})
	w.must(201, ask{method: "PUT", path: "ValueSet/vs", body: `{"resourceType":"ValueSet","id":"vs","url":"http://example.org/vs","status":"active","compose":{"include":[{"system":"http://example.org/cs","concept":[{"code":"a"},{"code":"b"}]}]}}`})
	w.must(201, ask{method: "PUT", path: "ValueSet/other", body: `{"resourceType":"ValueSet","id":"other","url":"http://example.org/other","status":"active","compose":{"include":[{"system":"http://example.org/cs","concept":[{"code":"z"}]}]}}`})
	observation := func(id, word, code, value string) string {
		return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"coding":[{"system":"http://example.org/cs","code":%q}]},"valueQuantity":{"value":%s,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"},"note":[{"text":"says %s"}],"subject":{"reference":"Patient/ann"}}`,
			id, code, value, word)
	}
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	w.must(201, ask{method: "PUT", path: "Observation/o", body: observation("o", "first", "a", "5")})
	w.must(200, ask{method: "PUT", path: "Observation/o", body: observation("o", "second", "z", "7")})
	w.must(200, ask{method: "PUT", path: "Observation/o", body: observation("o", "third", "b", "5.0")})
	w.must(201, ask{method: "PUT", path: "Observation/x", body: observation("x", "outside", "z", "7")})
	assessment := func(word, probability string) string {
		return fmt.Sprintf(`{"resourceType":"RiskAssessment","id":"r","status":"final","subject":{"reference":"Patient/ann"},"note":[{"text":"says %s"}],"prediction":[{"probabilityDecimal":%s}]}`, word, probability)
	}
	for i, p := range []string{"0.5", "0.7", "0.50"} {
		w.do(ask{method: "PUT", path: "RiskAssessment/r", body: assessment([]string{"first", "second", "third"}[i], p)})
	}

	for _, tt := range []struct{ name, typ, query string }{
		{"a code in a value set", "Observation", "code:in=http://example.org/vs"},
		{"in one of two", "Observation", "code:in=http://example.org/vs,http://hl7.org/fhir/ValueSet/administrative-gender"},
		{"by its id", "Observation", "code:in=ValueSet/vs"},
		{"not in a value set", "Observation", "code:not-in=http://example.org/other"},
		{"below a code", "Observation", "code:below=http://example.org/cs|top"},
		{"not a code", "Observation", "code:not=http://example.org/cs|z"},
		{"a quantity", "Observation", "value-quantity=5"},
		{"with its unit", "Observation", "value-quantity=lt6||mg"},
		{"in another unit", "Observation", "value-quantity=0.005|http://unitsofmeasure.org|g"},
		{"less than in another unit", "Observation", "value-quantity=lt0.006|http://unitsofmeasure.org|g"},
		{"one of two quantities", "Observation", "value-quantity=5,9"},
		{"a composite", "Observation", "code-value-quantity=a$5,b$5"},
		{"a composite in another unit", "Observation", "combo-code-value-quantity=a$lt0.006|http://unitsofmeasure.org|g,b$lt0.006|http://unitsofmeasure.org|g"},
		{"a number", "RiskAssessment", "probability=lt0.6"},
		{"two conditions", "Observation", "code:in=http://example.org/vs&value-quantity=le5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.subject("granular", &access.Subject{Actor: access.Patient, UserID: "u-ann", FHIRUser: "Patient/ann", Patient: "ann"}, "patient/"+tt.typ+".rs?"+tt.query)
			id := "o"
			if tt.typ != "Observation" {
				id = "r"
			}
			get := func(path string) ask { return ask{method: "GET", path: tt.typ + path, token: "granular"} }
			w.play(t, []scenario{
				{"a search", get(""), 200, []string{"says third", `"total":1`}, []string{"outside", "second"}},
				{"a read", get("/" + id), 200, []string{"says third"}, nil},
				{"a read of another", get("/x"), 404, nil, []string{"outside"}},
				{"the history", get("/" + id + "/_history"), 200, []string{"says first", "says third"}, []string{"second"}},
				{"that of the type", get("/_history"), 200, []string{"says first", "says third"}, []string{"second", "outside"}},
				{"a version that matches", get("/" + id + "/_history/1"), 200, []string{"says first"}, nil},
				{"one that does not", get("/" + id + "/_history/2"), 404, nil, []string{"second"}},
			})
		})
	}
	for name, query := range map[string]string{"an unknown value set": "code:in=http://example.org/nowhere", "an unknown system": "code:below=http://example.org/none|x"} {
		w.subject("granular", &access.Subject{Actor: access.Patient, UserID: "u-ann", FHIRUser: "Patient/ann", Patient: "ann"}, "patient/Observation.rs?"+query)
		w.play(t, []scenario{
			{name + " grants no search", ask{method: "GET", path: "Observation", token: "granular"}, 403, nil, []string{"says"}},
			{name + " grants no history", ask{method: "GET", path: "Observation/_history", token: "granular"}, 403, nil, []string{"says"}},
		})
	}
	// What the value set says now counts, without another token.
	w.subject("granular", &access.Subject{Actor: access.Patient, UserID: "u-ann", FHIRUser: "Patient/ann", Patient: "ann"}, "patient/Observation.rs?code:in=http://example.org/vs")
	w.must(200, ask{method: "PUT", path: "ValueSet/vs", body: `{"resourceType":"ValueSet","id":"vs","url":"http://example.org/vs","status":"active","compose":{"include":[{"system":"http://example.org/cs","concept":[{"code":"z"}]}]}}`})
	w.play(t, []scenario{
		{"another set", ask{method: "GET", path: "Observation", token: "granular"}, 200, []string{"outside", `"total":1`}, []string{"third"}},
		{"another view", ask{method: "GET", path: "Observation/o", token: "granular"}, 404, nil, []string{"says"}},
	})
}

// TestHiddenIsLikeNothing: whoever may write tells nothing from the refusal of an update about what lies outside a scope.
func TestHiddenIsLikeNothing(t *testing.T) { onEachStore(t, testHiddenIsLikeNothing) }

func testHiddenIsLikeNothing(t *testing.T, w *world) {
	observation := func(id, code string) string {
		return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"coding":[{"code":%q}]}}`, id, code)
	}
	for _, id := range []string{"hidden", "erased"} {
		w.must(201, ask{method: "PUT", path: "Observation/" + id, body: observation(id, "other")})
	}
	w.must(204, ask{method: "DELETE", path: "Observation/erased"})
	w.subject("narrow", &access.Subject{Actor: access.System, UserID: "narrow"}, "system/Observation.cruds?code=mine")
	put := func(id, match string) ask {
		return ask{method: "PUT", path: "Observation/" + id, token: "narrow", body: observation(id, "mine"), header: map[string]string{"If-Match": match}}
	}
	entry := func(typ, id, match string) ask {
		return ask{method: "POST", token: "narrow", body: `{"resourceType":"Bundle","type":"` + typ + `","entry":[{"resource":` + observation(id, "mine") + `,"request":{"method":"PUT","url":"Observation/` + id + `","ifMatch":` + fmt.Sprintf("%q", match) + `}}]}`}
	}
	same := func(what string, request func(id string) ask) {
		t.Helper()
		told := func(id string) string {
			r := w.do(request(id))
			return fmt.Sprint(r.Code, " ", strings.ReplaceAll(r.Body.String(), id, "ID"))
		}
		never := told("nobody")
		for _, id := range []string{"hidden", "erased"} {
			if got := told(id); got != never {
				t.Errorf("%s, %s:\n %s\nwhat never was:\n %s", what, id, got, never)
			}
		}
	}
	if r := w.do(put("nobody", "*")); r.Code != 404 {
		t.Errorf("If-Match of what never was: %d, want 404 for whoever sees a part of the type", r.Code)
	}
	for _, match := range []string{`W/"1"`, `W/"2"`, "*", "x"} {
		same("If-Match "+match, func(id string) ask { return put(id, match) })
		same("a batch, If-Match "+match, func(id string) ask { return entry("batch", id, match) })
		same("a transaction, If-Match "+match, func(id string) ask { return entry("transaction", id, match) })
	}
	w.settings.UpdateAsCreate = false
	same("no ids of clients", func(id string) ask { return put(id, "") })
	same("no ids of clients, If-Match", func(id string) ask { return put(id, `W/"1"`) })
}
