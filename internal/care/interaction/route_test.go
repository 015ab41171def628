package interaction

import (
	"fmt"
	"strings"
	"testing"

	"chartwright/gen/r4route"
	"chartwright/internal/fault"
)

func TestRoute(t *testing.T) {
	t.Parallel()
	for ask, want := range map[string]string{
		"GET ":                                    "search-system",
		"GET /":                                   "search-system",
		"POST /":                                  "batch",
		"GET /metadata":                           "capabilities",
		"GET /_history":                           "history-system",
		"POST /_search":                           "search-system",
		"GET /Patient":                            "search-type Patient",
		"GET /Patient/":                           "search-type Patient",
		"POST /Patient":                           "create Patient",
		"PUT /Patient":                            "update-conditional Patient",
		"POST /Patient/_search":                   "search-type Patient",
		"GET /Patient/_history":                   "history-type Patient",
		"GET /Patient/a":                          "read Patient a",
		"HEAD /Patient/a":                         "read Patient a",
		"DELETE /Patient/a":                       "delete Patient a",
		"GET /Patient/a/_history":                 "history-instance Patient a",
		"GET /Patient/a/_history/2":               "vread Patient a 2",
		"GET /Patient/a/Observation":              "search-compartment Patient a Observation",
		"POST /Patient/a/Observation/_search":     "search-compartment Patient a Observation",
		"GET /Patient/a/*":                        "search-compartment Patient a *",
		"GET /Patient/a/$everything":              "operation-instance Patient a $everything",
		"POST /Observation/$lastn":                "operation-type Observation $lastn",
		"GET /$export":                            "operation-system $export",
		"GET /patient/a":                          "not-found",
		"GET /Nobody/a":                           "not-found",
		"GET /Patient/a/Nobody":                   "not-found",
		"GET /Patient/a/b/c/d/e/f/g/h/i/j":        "not-found",
		"GET /Patient//a":                         "not-found",
		"GET /Patient/" + strings.Repeat("a", 65): "not-found",
		"PUT /Patient/a/_history/2":               "method-not-allowed",
		"DELETE /metadata":                        "method-not-allowed",
	} {
		method, path, _ := strings.Cut(ask, " ")
		target, err := Route(method, path)
		got := fault.KindOf(err).String()
		if err == nil {
			got = fmt.Sprintf("%s %s %s %s %s", target.Interaction, target.Type, target.ID, target.VID, target.Member)
			if target.Operation != "" {
				got += " $" + target.Operation
			}
			got = strings.Join(strings.Fields(got), " ")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", ask, got, want)
		}
	}
}

// Every operation of the route table is answered, and nothing is answered that the table does not have.
func TestOperationsHaveHandlers(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, o := range r4route.Operations {
		listed[o.Code] = true
		if operations[o.Code] == nil {
			t.Errorf("$%s has no handler", o.Code)
		}
	}
	for code := range operations {
		if !listed[code] {
			t.Errorf("$%s is not in the route table", code)
		}
	}
}

// No path brings the router down.
func FuzzRoute(f *testing.F) {
	f.Add("GET", "/Patient/a/_history/1")
	f.Add("POST", "//$x/*")
	f.Fuzz(func(t *testing.T, method, path string) {
		target, err := Route(method, path)
		if (err == nil) != (target.Interaction != r4route.None) && err == nil {
			t.Fatalf("%q: %v, %v", path, target, err)
		}
	})
}
