package access

import (
	"fmt"
	"math/bits"
	"os"
	"slices"
	"strings"
	"testing"

	table "chartwright/gen/scope"
	"chartwright/internal/access/scope"
)

// The matrix runs the decision over actor × scopes × context × operation × policy and compares each answer with the model. The
// operations come from the tables, so that a new one is covered at once. A normal run takes one representative of each class of
// types that the tables treat alike; CHARTWRIGHT_MATRIX=full takes all.

// someone is an actor in a context.
type someone struct {
	name    string
	subject Subject
}

func people() []someone {
	var list []someone
	add := func(name string, s Subject) {
		list = append(list, someone{name, s})
	}
	add("anonymous", Subject{})
	for _, g := range table.Groups {
		add("staff "+g.Name, Subject{Actor: User, FHIRUser: "Practitioner/p", Groups: []string{g.Name}})
	}
	add("staff doc with a patient", Subject{Actor: User, FHIRUser: "Practitioner/p", Groups: []string{"doc"}, Patient: "a"})
	add("staff in two groups with a patient", Subject{Actor: User, FHIRUser: "Practitioner/p", Groups: []string{"front", "back"}, Patient: "a"})
	add("staff without groups", Subject{Actor: User, FHIRUser: "Practitioner/p"})
	add("staff of an unknown group", Subject{Actor: User, FHIRUser: "Practitioner/p", Groups: []string{"nobody"}, Patient: "a"})
	add("staff outside of the record", Subject{Actor: User, Groups: []string{"admin"}, Patient: "a"})
	add("patient", Subject{Actor: Patient, FHIRUser: "Patient/a", Patient: "a"})
	add("patient without context", Subject{Actor: Patient, FHIRUser: "RelatedPerson/r"})
	add("patient in another's context", Subject{Actor: Patient, FHIRUser: "Patient/a", Patient: "b"})
	add("patient outside of the record", Subject{Actor: Patient, Patient: "a"})
	add("client", Subject{Actor: System})
	add("client with a patient", Subject{Actor: System, Patient: "a"})
	return list
}

// forms are the scopes of a token that asks for the action on the type in every form that there is, and in some that must not do.
func forms(r Request) [][]string {
	typ, letter := r.Type, string(r.Action)
	if o := table.OperationOf(r.Operation, r.Type); r.API == FHIR && r.Operation != "" && o != nil {
		letter = "r"
		if o.Letters != 0 {
			letter = scope.Letters(o.Letters).String()[:1]
		}
		if o.Data != "" {
			typ = o.Data
		}
	}
	if typ == "" || strings.HasPrefix(typ, "!") {
		typ = "Patient"
	}
	v1 := "read"
	if strings.Contains("cud", letter) {
		v1 = "write"
	}
	own := r.Operation
	if o := table.RouteOf(r.Operation); o != nil {
		own = o.Own
	}
	other := string("cruds"[(strings.Index("cruds", letter)+1)%5])
	swapped := strings.ToLower(typ[:1]) + typ[1:]
	if swapped == typ {
		swapped = strings.ToUpper(typ[:1]) + typ[1:]
	}
	list := [][]string{nil}
	for _, ctx := range []string{"patient", "user", "system"} {
		is := func(rest string) string { return ctx + "/" + rest }
		list = append(list,
			[]string{is(typ + "." + letter)},
			[]string{is(typ + "." + v1)},
			[]string{is(typ + "." + other)},
			[]string{is(swapped + ".cruds"), is("Basic.cruds"), is("vital.cruds")},
			[]string{is("*.cruds")},
			[]string{is(typ + "." + letter + "?category=x")},
			[]string{is(typ + "." + letter + "?category=x"), is(typ + "." + letter + "?category=y"), is(typ + "." + other)},
			[]string{is(typ + ".cruds?category=x"), is(typ + "." + letter)},
			[]string{is(typ + ".rs"), scope.CDRDelete},
			[]string{is(typ + ".rs?category=x"), scope.CDRDelete},
			[]string{is(typ + "." + own)},
			[]string{is("*." + own)},
		)
	}
	return append(list,
		[]string{"user/" + typ + "." + letter + "?category=x", "patient/" + typ + "." + letter},
		[]string{"user/" + typ + "." + other, "patient/" + typ + "." + letter},
		[]string{scope.CDRAll}, []string{scope.CDRDelete}, []string{scope.CDRExpunge, scope.CDRValidate},
		[]string{scope.CDRExpunge, scope.CDRValidate, "user/Basic.r"},
	)
}

// requests are the operations of all three APIs.
func requests(full bool) []Request {
	var list []Request
	seen := map[string]bool{}
	var types []string
	for _, t := range table.Types {
		class := fmt.Sprint(t.Sight, t.Patient, t.Self, t.Needs)
		if full || !seen[class] {
			types = append(types, t.Name)
		}
		seen[class] = true
	}
	for _, typ := range append(types, "Nothing") {
		for _, l := range "cruds" {
			list = append(list, Request{API: FHIR, Action: Action(l), Type: typ})
		}
	}
	list = append(list, Request{API: FHIR, Action: 'x', Type: "Patient"}, Request{API: FHIR, Type: "Patient"}, Request{API: FHIR, Action: Read},
		Request{API: FHIR, Operation: "$nothing", Type: "Patient"}, Request{API: FHIR, Operation: "$everything"},
		Request{API: FHIR, Operation: "$validate", Type: "Nothing"}, Request{API: "other", Action: Read, Type: "Patient"})
	for _, o := range table.Operations {
		places := []string{o.Type}
		if o.Type == "*" {
			places = []string{"Patient", "Practitioner", "Group", "AuditEvent"}
			if full {
				places = types
			}
		}
		for _, place := range places {
			list = append(list, Request{API: FHIR, Type: place, Operation: o.Name})
		}
	}
	for i := range table.Routes {
		r, _ := RequestOf(table.Routes[i].ID)
		list = append(list, r)
		if i%8 == 0 { // an operation asked for at the wrong door
			r.API = map[API]API{Standard: Portal, Portal: Standard}[r.API]
			list = append(list, r)
		}
	}
	list = append(list, Request{API: Standard, Operation: "nothing"}, Request{API: Standard, Action: Read, Type: "patient"})
	return list
}

// families are the scopes of API families that a token holds beside its data scopes.
var families = [][]string{{"api:fhir", "api:oemr", "api:port"}, nil, {"api:oemr"}, {"api:port"}, {"api:fhir"}}

// policies are what sites settle: each differs from the first in one switch.
var policies = []Policy{
	{FHIR: true, Standard: true, Portal: true, System: true},
	{FHIR: true, Standard: true, Portal: true, System: true, Wildcards: true},
	{Standard: true, Portal: true, System: true},
	{FHIR: true, Portal: true, System: true},
	{FHIR: true, Standard: true, System: true},
	{FHIR: true, Standard: true, Portal: true},
}

// matrix yields every case. The whole product is taken for the first policies and families; the others, which no other rule
// depends on, are varied one at a time.
func matrix(full bool, yield func(name string, s *Subject, r Request, p Policy) bool) {
	actors := people()
	for n, r := range requests(full) {
		for f, form := range forms(r) {
			for i, family := range families {
				scopes := NewScopes(append(slices.Clone(form), family...))
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
func compare(s *Subject, r Request, p Policy, off rule) string {
	want, got := oracle(s, r, p), decide(s, r, p, off)
	typ := r.Type
	if o := table.OperationOf(r.Operation, r.Type); o != nil && o.Data != "" {
		typ = o.Data
	}
	filters := slices.Sorted(slices.Values(got.Narrow.Filters[typ]))
	switch {
	case got.Allowed != want.allowed:
		return fmt.Sprintf("allowed is %v, the model says %v (%s)", got.Allowed, want.allowed, got.Reason)
	case !got.Allowed && (got.Narrow.Patient != "" || got.Narrow.Filters != nil):
		return "a refusal has a view"
	case !got.Allowed && got.Reason == "":
		return "a refusal gives no reason"
	case got.Unauthenticated != (s.Actor == Anonymous):
		return "anonymous and refused are not told apart"
	case got.Narrow.Patient != want.patient:
		return fmt.Sprintf("narrowed to patient %q, the model says %q", got.Narrow.Patient, want.patient)
	case !slices.Equal(filters, want.filters):
		return fmt.Sprintf("narrowed to %q, the model says %q", filters, want.filters)
	}
	return ""
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	full := os.Getenv("CHARTWRIGHT_MATRIX") == "full"
	var cases, allowed, narrowed, wrong int
	matrix(full, func(name string, s *Subject, r Request, p Policy) bool {
		cases++
		if d := Decide(s, r, p); d.Allowed {
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
	if rule(1)<<len(names) != lastRule {
		t.Fatalf("there are names for %d rules", len(names))
	}
	for off := rule(1); off < lastRule; off <<= 1 {
		t.Run(names[bits.TrailingZeros32(uint32(off))], func(t *testing.T) {
			t.Parallel()
			noticed := false
			matrix(false, func(_ string, s *Subject, r Request, p Policy) bool {
				noticed = compare(s, r, p, off) != ""
				return !noticed
			})
			if !noticed {
				t.Error("nothing in the matrix depends on this rule")
			}
		})
	}
}
