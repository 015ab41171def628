package standard_test

import (
	"fmt"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// A collection that is fed by several FHIR types has one order, through which pages of any size lead without a gap or a double.
func TestSeveralTypesInOneOrder(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		_, patient := w.someone()
		subject := &r4.Reference{Reference: fhir.NewString("Patient/" + patient)}
		code := &r4.CodeableConcept{Text: fhir.NewString("Something")}
		names := map[string]string{}
		order := func(name, day string) {
			r := &r4.ServiceRequest{Status: fhir.NewCode("active"), Intent: fhir.NewCode("order"), Subject: subject, Code: code}
			if day != "" {
				r.AuthoredOn = fhir.NewDateTime(day + "T10:00:00Z")
			}
			names[put(w, r).ID] = name
		}
		report := func(name, day string) {
			r := &r4.DiagnosticReport{Status: fhir.NewCode("final"), Subject: subject, Code: code}
			if day != "" {
				r.Issued = fhir.NewInstant(day + "T10:00:00Z")
			}
			names[put(w, r).ID] = name
		}
		performed := func(name, day string) {
			r := &r4.Procedure{Status: fhir.NewCode("completed"), Subject: subject, Code: code}
			if day != "" {
				at := fhir.NewDateTime(day + "T10:00:00Z")
				r.Performed = &at
			}
			names[put(w, r).ID] = name
		}
		performed("c", "2021-03-03")
		report("b", "2021-02-02")
		order("f", "2021-06-06")
		order("a", "2021-01-01")
		performed("e", "2021-05-05")
		report("d", "2021-04-04")
		report("-", "")
		order("-", "")
		performed("-", "")

		page := func(query string) (shown string, next any) {
			t.Helper()
			a := w.ask("GET", "/api/procedure?"+query, nil).want(200)
			for _, x := range a.at("data").([]any) {
				shown += names[text(x.(map[string]any)["uuid"])]
			}
			return shown, a.at("links", "next")
		}
		for _, c := range []struct{ sort, want string }{{"date_ordered", "abcdef---"}, {"-date_ordered", "fedcba---"}} {
			for size := 1; size <= 10; size++ {
				var all strings.Builder
				for offset := 0; ; offset += size {
					shown, next := page(fmt.Sprintf("_sort=%s&_limit=%d&_offset=%d", c.sort, size, offset))
					all.WriteString(shown)
					if more := offset+size < len(c.want); (next != nil) != more {
						t.Fatalf("_sort=%s, %d from %d: next is %v", c.sort, size, offset, next)
					} else if !more {
						break
					}
				}
				if all.String() != c.want {
					t.Errorf("_sort=%s in pages of %d: %s, want %s", c.sort, size, all.String(), c.want)
				}
			}
		}
		if shown, next := page("_sort=date_ordered&_offset=20"); shown != "" || next != nil {
			t.Errorf("past the end: %s, %v", shown, next)
		}
	})
}
