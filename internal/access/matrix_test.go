package access_test

import (
	"fmt"
	"math/bits"
	"os"
	"slices"
	"strings"
	"testing"

	table "chartwright/gen/scope"
	"chartwright/internal/access"
	"chartwright/internal/access/accesstest"
)

// The matrix runs the decision over actor × scopes × context × operation × policy and compares each answer with the model. The
// operations come from the tables, so that a new one is covered at once. A normal run takes one representative of each class of
// types that the tables treat alike; CHARTWRIGHT_MATRIX=full takes all.

// someone is an actor in a context.
type someone struct {
	name    string
	subject access.Subject
}

func people() []someone {
	var list []someone
	add := func(name string, s access.Subject) {
		list = append(list, someone{name, s})
	}
	add("anonymous", access.Subject{})
	for _, g := range table.Groups {
		add("staff "+g.Name, access.Subject{Actor: access.User, FHIRUser: "Practitioner/p", Groups: []string{g.Name}})
	}
	add("staff doc with a patient", access.Subject{Actor: access.User, FHIRUser: "Practitioner/p", Groups: []string{"doc"}, Patient: "a"})
	add("staff in two groups with a patient", access.Subject{Actor: access.User, FHIRUser: "Practitioner/p", Groups: []string{"front", "back"}, Patient: "a"})
	add("staff without groups", access.Subject{Actor: access.User, FHIRUser: "Practitioner/p"})
	add("staff of an unknown group", access.Subject{Actor: access.User, FHIRUser: "Practitioner/p", Groups: []string{"nobody"}, Patient: "a"})
	add("staff outside of the record", access.Subject{Actor: access.User, Groups: []string{"admin"}, Patient: "a"})
	add("staff who is a patient as well", access.Subject{Actor: access.User, FHIRUser: "Patient/a", Groups: []string{"doc"}, Patient: "b"})
	add("patient", access.Subject{Actor: access.Patient, FHIRUser: "Patient/a", Patient: "a"})
	add("patient without context", access.Subject{Actor: access.Patient, FHIRUser: "RelatedPerson/r"})
	add("patient in another's context", access.Subject{Actor: access.Patient, FHIRUser: "Patient/a", Patient: "b"})
	add("patient outside of the record", access.Subject{Actor: access.Patient, Patient: "a"})
	add("client", access.Subject{Actor: access.System})
	add("client with a patient", access.Subject{Actor: access.System, Patient: "a"})
	return list
}

// requests are the operations of all three APIs.
func requests(full bool) []access.Request {
	var list []access.Request
	seen := map[string]bool{}
	var types []string
	for _, t := range table.Types {
		class := fmt.Sprint(t.Sight, t.Patient, t.Self, t.Needs)
		if full || !seen[class] || slices.Contains([]string{"Practitioner", "Patient", "RelatedPerson"}, t.Name) { // the persons that people are
			types = append(types, t.Name)
		}
		seen[class] = true
	}
	for _, typ := range append(types, "Nothing") {
		for _, l := range "cruds" {
			list = append(list, access.Request{API: access.FHIR, Action: access.Action(l), Type: typ})
		}
	}
	list = append(list, access.Request{API: access.FHIR, Action: 'x', Type: "Patient"}, access.Request{API: access.FHIR, Type: "Patient"}, access.Request{API: access.FHIR, Action: access.Read},
		access.Request{API: access.FHIR, Operation: "$nothing", Type: "Patient"}, access.Request{API: access.FHIR, Operation: "$everything"},
		access.Request{API: access.FHIR, Operation: "$validate", Type: "Nothing"}, access.Request{API: "other", Action: access.Read, Type: "Patient"})
	for _, o := range table.Operations {
		places := []string{o.Type}
		if o.Type == "*" {
			places = []string{"Patient", "Practitioner", "Group", "AuditEvent"}
			if full {
				places = types
			}
		}
		for _, place := range places {
			list = append(list, access.Request{API: access.FHIR, Type: place, Operation: o.Name})
		}
	}
	for i := range table.Routes {
		r, _ := access.RequestOf(table.Routes[i].ID)
		list = append(list, r)
		if i%8 == 0 { // an operation asked for at the wrong door
			r.API = map[access.API]access.API{access.Standard: access.Portal, access.Portal: access.Standard}[r.API]
			list = append(list, r)
		}
	}
	list = append(list, access.Request{API: access.Standard, Operation: "nothing"}, access.Request{API: access.Standard, Action: access.Read, Type: "patient"})
	return list
}

// families are the scopes of API families that a token holds beside its data scopes.
var families = [][]string{{"api:fhir", "api:oemr", "api:port"}, nil, {"api:oemr"}, {"api:port"}, {"api:fhir"}}

// policies are what sites settle: each differs from the first in one switch.
var policies = []access.Policy{
	{FHIR: true, Standard: true, Portal: true, System: true},
	{FHIR: true, Standard: true, Portal: true, System: true, Wildcards: true},
	{Standard: true, Portal: true, System: true},
	{FHIR: true, Portal: true, System: true},
	{FHIR: true, Standard: true, System: true},
	{FHIR: true, Standard: true, Portal: true},
}

// matrix yields every case. The whole product is taken for the first policies and families; the others, which no other rule
// depends on, are varied one at a time.
func matrix(full bool, yield func(name string, s *access.Subject, r access.Request, p access.Policy) bool) {
	actors := people()
	for n, r := range requests(full) {
		for f, form := range accesstest.Forms(r) {
			for i, family := range families {
				scopes := access.NewScopes(append(slices.Clone(form), family...))
				for j, p := range policies {
					if i > 0 && j > 0 || !full && (i > 0 || j > 1) && (n+f)%5 != 0 {
						continue
					}
					for k := range actors {
						s := actors[k].subject
						s.Scopes = scopes
						if !yield(actors[k].name, &s, r, p) {
							return
						}
					}
				}
			}
		}
	}
}

// compare returns what is wrong with an answer, empty if nothing is.
func compare(s *access.Subject, r access.Request, p access.Policy, off access.Rule) string {
	want, got := accesstest.Model(s, r, p), access.DecideWithout(s, r, p, off)
	typ := r.Type
	if o := table.OperationOf(r.Operation, r.Type); o != nil && o.Data != "" {
		typ = o.Data
	}
	filters := slices.Sorted(slices.Values(got.Narrow.Filters[typ]))
	switch {
	case got.Allowed != want.Allowed:
		return fmt.Sprintf("allowed is %v, the model says %v (%s)", got.Allowed, want.Allowed, got.Reason)
	case !got.Allowed && (got.Narrow.Patient != "" || got.Narrow.Filters != nil):
		return "a refusal has a view"
	case !got.Allowed && got.Reason == "":
		return "a refusal gives no reason"
	case got.Unauthenticated != (s.Actor == access.Anonymous):
		return "anonymous and refused are not told apart"
	case got.Narrow.Patient != want.Patient:
		return fmt.Sprintf("narrowed to patient %q, the model says %q", got.Narrow.Patient, want.Patient)
	case !slices.Equal(filters, want.Filters):
		return fmt.Sprintf("narrowed to %q, the model says %q", filters, want.Filters)
	}
	return ""
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	full := os.Getenv("CHARTWRIGHT_MATRIX") == "full"
	var cases, allowed, narrowed, wrong int
	matrix(full, func(name string, s *access.Subject, r access.Request, p access.Policy) bool {
		cases++
		if d := access.Decide(s, r, p); d.Allowed {
			allowed++
			if d.Narrow.Patient != "" || d.Narrow.Filters != nil {
				narrowed++
			}
		}
		if bad := compare(s, r, p, 0); bad != "" {
			t.Errorf("%s with %v asks %+v at a site with %+v: %s", name, s.Scopes.Raw, r, p, bad)
			wrong++
		}
		return wrong < 10
	})
	t.Logf("%d cases: %d allowed, %d of them narrowed, %d refused", cases, allowed, narrowed, cases-allowed)
	if cases < 100_000 || allowed == 0 || narrowed == 0 {
		t.Errorf("the matrix has shrunk: %d cases, %d allowed, %d narrowed", cases, allowed, narrowed)
	}
}

// TestMatrixNoticesEveryRule removes the rules one at a time: the matrix must then find an answer that differs from the model.
func TestMatrixNoticesEveryRule(t *testing.T) {
	t.Parallel()
	names := strings.Fields("signed-in switch system-switch role family person self api scope wildcard granular context sight letters own-letters " +
		"narrow right never own-scope place")
	if access.Rule(1)<<len(names) != access.LastRule {
		t.Fatalf("there are names for %d rules", len(names))
	}
	for off := access.Rule(1); off < access.LastRule; off <<= 1 {
		t.Run(names[bits.TrailingZeros32(uint32(off))], func(t *testing.T) {
			t.Parallel()
			noticed := false
			matrix(false, func(_ string, s *access.Subject, r access.Request, p access.Policy) bool {
				noticed = compare(s, r, p, off) != ""
				return !noticed
			})
			if !noticed {
				t.Error("nothing in the matrix depends on this rule")
			}
		})
	}
}
