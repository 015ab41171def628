package httpd_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestSortedPagesLoseNothing(t *testing.T) { onEachStore(t, testSortedPagesLoseNothing) }

// testSortedPagesLoseNothing changes resources between the pages of searches in an order of values, in ways that move them to and fro in the order:
// each comes once, what was made since the first page does not come, and what was changed is shown as it is.
func testSortedPagesLoseNothing(t *testing.T, w *world) {
	const all = 12
	patient := func(id string, n int, more string) ask {
		return ask{method: "PUT", path: "Patient/" + id, body: fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":"urn:mrn","value":"m%02d"}],
			"name":[{"family":"Fam%02d","given":["G%02d"]}],"gender":%q,"birthDate":"19%02d-01-01","generalPractitioner":[{"reference":"Practitioner/p%02d"}]%s}`,
			id, n, n, n, []string{"male", "female"}[n%2], 50+n, n%5, more)}
	}
	id := func(n int) string { return fmt.Sprintf("p%02d", n) }
	for n := range all {
		w.must(201, patient(id(n), n, ""))
	}
	w.must(201, ask{method: "PUT", path: "Patient/bare", body: `{"resourceType":"Patient","id":"bare","active":true}`})
	w.must(201, ask{method: "PUT", path: "Patient/bare2", body: `{"resourceType":"Patient","id":"bare2","active":true}`})
	for round, query := range []string{"_sort=family", "_sort=-family", "_sort=birthdate,family", "_sort=-birthdate", "_sort=_lastUpdated", "_sort=-_lastUpdated",
		"_sort=_id", "_sort=gender,-birthdate", "_sort=identifier", "_sort=-identifier", "_sort=general-practitioner", "_sort=name,-_lastUpdated",
		"birthdate=ge1920", "birthdate=gt1920&birthdate=lt2010", "family=fam", "_lastUpdated=gt2000", "general-practitioner:missing=false", "identifier=urn:mrn%7C"} {
		fresh, version := fmt.Sprint("new", round), fmt.Sprint("v", round)
		seen := map[string]int{}
		changed := map[string]bool{}
		path := "Patient?_count=3&active:not=false&" + query
		for page := 0; path != ""; page++ {
			bundle := w.must(200, ask{method: "GET", path: path})
			entries, _ := bundle["entry"].([]any)
			for _, e := range entries {
				r := e.(map[string]any)["resource"].(map[string]any)
				seen[r["id"].(string)]++
				if changed[r["id"].(string)] != (r["language"] == version) {
					t.Errorf("%s: %v is not shown as it is", query, r["id"])
				}
			}
			path = link(bundle, "next")
			if page > 1 {
				continue
			}
			// Some go to the end, some to the beginning, some stay where they are; some were shown already, some are to come.
			for _, to := range []struct{ n, place int }{{page * 3, 40}, {page*3 + 1, -1}, {(page*5 + 7) % all, (page*5 + 7) % all}, {(page*4 + 9) % all, 41}} {
				if to.place < 0 {
					to.place = 0
				}
				w.must(200, patient(id(to.n), to.place, fmt.Sprintf(`,"language":%q`, version)))
				changed[id(to.n)] = true
			}
			if page == 0 {
				w.must(201, patient(fresh, 49, ""))
				w.must(200, ask{method: "PUT", path: "Patient/bare", body: fmt.Sprintf(`{"resourceType":"Patient","id":"bare","language":%q,"name":[{"family":"Aa"}],"birthDate":"1910"}`, version)})
				changed["bare"] = true
			}
		}
		for n := range all {
			if seen[id(n)] != 1 {
				t.Errorf("%s: %s came %d times", query, id(n), seen[id(n)])
			}
			if changed[id(n)] {
				w.must(200, patient(id(n), n, ""))
			}
		}
		bare := 1 // those without a value come last in an order, and are in no range
		if !strings.Contains(query, "_sort") && !strings.Contains(query, "_lastUpdated") {
			bare = 0
		}
		if seen["bare"] != bare || seen["bare2"] != bare || seen[fresh] != 0 {
			t.Errorf("%s: without a value came %d and %d times, new %d", query, seen["bare"], seen["bare2"], seen[fresh])
		}
		w.must(200, ask{method: "PUT", path: "Patient/bare", body: `{"resourceType":"Patient","id":"bare","active":true}`})
		if rec := w.do(ask{method: "DELETE", path: "Patient/" + fresh}); rec.Code != 204 {
			t.Fatalf("deleting %s: %d", fresh, rec.Code)
		}
	}
}

func TestRangesLoseNothing(t *testing.T) { onEachStore(t, testRangesLoseNothing) }

// testRangesLoseNothing is testSortedPagesLoseNothing for ranges of numbers, in whose order a search is answered that asks for none.
func testRangesLoseNothing(t *testing.T, w *world) {
	const all = 9
	observation := func(n, value int) ask {
		return ask{method: "PUT", path: fmt.Sprint("Observation/o", n), body: fmt.Sprintf(`{"resourceType":"Observation","id":"o%d","status":"final","code":{"text":"x"},
			"valueQuantity":{"value":%d,"system":"http://unitsofmeasure.org","code":"mg"}}`, n, value)}
	}
	risk := func(n, value int) ask {
		return ask{method: "PUT", path: fmt.Sprint("RiskAssessment/o", n), body: fmt.Sprintf(`{"resourceType":"RiskAssessment","id":"o%d","status":"final",
			"subject":{"reference":"Patient/ann"},"prediction":[{"probabilityDecimal":0.%d}]}`, n, value)}
	}
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	for n := range all {
		w.must(201, observation(n, 50+n))
		w.must(201, risk(n, 50+n))
	}
	for query, put := range map[string]func(n, value int) ask{
		"Observation?value-quantity=gt5": observation, "Observation?value-quantity=lt99": observation, "Observation?value-quantity=ge5,ap50": observation,
		"Observation?value-quantity=gt5%7Chttp://unitsofmeasure.org%7Cmg": observation, "Observation?value-quantity=lt1%7Chttp://unitsofmeasure.org%7Cg": observation,
		"RiskAssessment?probability=gt0.01": risk, "RiskAssessment?probability=le0.99": risk,
	} {
		seen := map[string]int{}
		for path, page := query+"&_count=2", 0; path != ""; page++ {
			bundle := w.must(200, ask{method: "GET", path: path})
			entries, _ := bundle["entry"].([]any)
			for _, e := range entries {
				seen[e.(map[string]any)["resource"].(map[string]any)["id"].(string)]++
			}
			path = link(bundle, "next")
			if page < 2 {
				w.must(200, put(page, 90))
				w.must(200, put(all-1-page, 10))
				w.must(200, put(4, 54))
			}
		}
		for n := range all {
			if seen[fmt.Sprint("o", n)] != 1 {
				t.Errorf("%s: o%d came %d times", query, n, seen[fmt.Sprint("o", n)])
			}
			if n < 2 || n > all-3 {
				w.must(200, put(n, 50+n))
			}
		}
	}
}
