package access_test

import (
	"errors"
	"slices"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/fault"
)

func TestAdmits(t *testing.T) {
	t.Parallel()
	mine := access.Narrow{Patient: "a"}
	for _, c := range []struct {
		name           string
		narrow         access.Narrow
		typ, id, owner string
		want           bool
	}{
		{"without a patient all is seen", access.Narrow{}, "Observation", "1", "b", true},
		{"one's own", mine, "Observation", "1", "a", true},
		{"another's", mine, "Observation", "1", "b", false},
		{"one about several patients", mine, "Appointment", "1", "*", false},
		{"one about several patients, of an open type", mine, "Location", "1", "*", false},
		{"nobody's of an owned type", mine, "Observation", "1", "", false},
		{"nobody's of an open type", mine, "Practitioner", "1", "", true},
		{"somebody's of an open type", mine, "Location", "1", "b", false},
		{"the patient himself", mine, "Patient", "a", "a", true},
		{"another patient", mine, "Patient", "b", "b", false},
		{"another patient whose owner is wrong", mine, "Patient", "b", "a", false},
		{"a denied type", mine, "Group", "1", "a", false},
		{"an unknown type", mine, "Nothing", "1", "a", false},
		{"nobody's view of an own record", access.Narrow{Patient: "!"}, "Observation", "1", "", false},
		{"a patient called *", access.Narrow{Patient: "*"}, "Observation", "1", "*", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.narrow.Admits(c.typ, c.id, c.owner); got != c.want {
				t.Errorf("admitted: %v", got)
			}
		})
	}
}

func TestOpenTypes(t *testing.T) {
	t.Parallel()
	list := access.OpenTypes()
	if !slices.IsSorted(list) || !slices.Contains(list, "Practitioner") {
		t.Errorf("%v", list)
	}
	for _, typ := range list {
		if !access.Open(typ) {
			t.Errorf("%s is listed and not open", typ)
		}
	}
	for _, typ := range []string{"Patient", "Observation", "Group", "Device", "Nothing"} {
		if access.Open(typ) {
			t.Errorf("%s is open to every patient", typ)
		}
	}
}

func TestAuthorize(t *testing.T) {
	t.Parallel()
	if _, err := access.Authorize(&access.Subject{}, fhir(access.Read, "Patient"), everything); !fault.Is(err, fault.Unauthenticated) {
		t.Error(err)
	}
	_, err := access.Authorize(staff("doc", "openid"), fhir(access.Read, "Patient"), everything)
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Forbidden || f.Scope != "user/Patient.r" {
		t.Errorf("the error is %v and names the scope %q", err, f.Scope)
	}
	g, err := access.Authorize(patient("a", "patient/Observation.rs patient/Patient.r patient/Practitioner.s"), fhir(access.Search, "Observation"), everything)
	if err != nil || g.Narrow.Patient != "a" {
		t.Fatal(g, err)
	}
	if _, err := g.For(fhir(access.Read, "Condition")); !fault.Is(err, fault.Forbidden) {
		t.Error("a grant for one type served another:", err)
	}
	if n, ok := g.DecideType("Practitioner"); !ok || n.Patient != "a" {
		t.Error("an include that a scope permits was refused:", n, ok)
	}
	if _, ok := g.DecideType("Patient"); ok {
		t.Error("a chain into a type that may not be searched was allowed")
	}
	if _, ok := g.DecideType("Group"); ok {
		t.Error("a chain into a denied type was allowed")
	}
	if got := g.VisibleTypes(); !slices.Equal(got, []string{"Observation", "Practitioner"}) {
		t.Errorf("the visible types are %v", got)
	}
	if _, ok := (*access.Grant)(nil).DecideType("Patient"); ok {
		t.Error("no grant allowed something")
	}
	forged := &access.Grant{Subject: g.Subject, Request: g.Request}
	if _, ok := forged.DecideType("Observation"); ok {
		t.Error("a grant that no decision made has a view of other types")
	}
}

func TestInnerTypesOfOtherAPIs(t *testing.T) {
	t.Parallel()
	g, err := access.Authorize(patient("a", "api:port patient/encounter.read"), standard(t, "listOwnEncounters"), everything)
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := g.DecideType("Encounter"); !ok || n.Patient != "a" {
		t.Error("the portal does not see the patient's own encounters:", n, ok)
	}
	if _, ok := g.DecideType("Group"); ok {
		t.Error("the portal sees groups")
	}
	g, err = access.Authorize(staff("doc", "api:oemr user/encounter.read"), standard(t, "listEncounters"), everything)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []string{"Location", "Group"} {
		if n, ok := g.DecideType(typ); !ok || n.Patient != "" {
			t.Error("an operation that was granted does not see what it needs:", typ, n, ok)
		}
	}
	if _, ok := g.DecideType("Nothing"); ok {
		t.Error("there is a view of a type that does not exist")
	}
}

func TestGrants(t *testing.T) {
	t.Parallel()
	lines := []access.GroupRight{
		{"readers", "patients/med", "view"},
		{"writers", "patients/med", "wsome"},
		{"banned", "patients/med", "deny"},
		{"root", "admin/super", "write"},
	}
	g, err := access.NewGrants(lines)
	if err != nil {
		t.Fatal(err)
	}
	p := everything
	p.Grants = g
	for _, c := range []struct {
		name   string
		groups []string
		action access.Action
		want   bool
	}{
		{"view reads", []string{"readers"}, access.Read, true},
		{"view does not write", []string{"readers"}, access.Update, false},
		{"wsome writes", []string{"writers"}, access.Update, true},
		{"groups add up", []string{"readers", "writers"}, access.Update, true},
		{"a denial beats", []string{"writers", "banned"}, access.Read, false},
		{"admin/super passes", []string{"root"}, access.Delete, true},
		{"the groups of a new site are gone", []string{"doc"}, access.Read, false},
		{"no group, no right", nil, access.Read, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := staff("", "user/Observation.cruds")
			s.Groups = c.groups
			if d := access.Decide(s, fhir(c.action, "Observation"), p); d.Allowed != c.want {
				t.Errorf("allowed: %v (%s)", d.Allowed, d.Reason)
			}
		})
	}
	if !g.Holds([]string{"writers"}, "patients/med", "write", "wsome") || g.Holds([]string{"writers"}, "patients/med", "write") || g.Holds([]string{"root"}, "no/right") {
		t.Error("single rights are judged wrongly")
	}
	var none *access.Grants
	if !none.Holds([]string{"back"}, "encounters/date_a") || none.Holds([]string{"clin"}, "encounters/date_a") {
		t.Error("without a list of its own a site has not the rights of a new one")
	}
	for _, bad := range []access.GroupRight{{"x", "patients/nothing", "view"}, {"x", "patients/med", "read"}, {"x", "patients", "view"}} {
		if _, err := access.NewGrants([]access.GroupRight{bad}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v was accepted", bad)
		}
	}
	again, err := access.NewGrants(access.DefaultGrants())
	if err != nil || !again.Holds([]string{"clin"}, "encounters/notes", "addonly") || !again.Holds([]string{"clin"}, "encounters/notes", "write") {
		t.Error("the rights of a new site do not read back", err)
	}
	if !slices.Contains(access.Rights(), "sensitivities/high") {
		t.Error("a right is not listed")
	}
}
