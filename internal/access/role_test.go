package access_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	table "chartwright/gen/scope"
	"chartwright/internal/access"
)

// TestRolesOfTheStandardAPI compares the generated needs with the roles of a new OpenEMR site.
func TestRolesOfTheStandardAPI(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/roles.txt")
	if err != nil {
		t.Fatal(err)
	}
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	routes := map[string]string{}
	for _, r := range table.Routes {
		routes[r.Method+" "+parameter.ReplaceAllString(r.Path, "{}")] = r.ID
	}
	var checked int
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		id, ok := routes[fields[0]+" "+fields[1]]
		if !ok {
			continue
		}
		r := standard(t, id)
		scopes := "api:oemr user/" + r.Type + ".cruds"
		for _, g := range table.Groups {
			want := fields[2] == "*" || slices.Contains(strings.Split(fields[2], ","), g.Name)
			if d := access.Decide(staff(g.Name, scopes), r, everything); d.Allowed != want {
				t.Errorf("%s for %s: %v (%s), want %v", id, g.Name, d.Allowed, d.Reason, want)
			}
			checked++
		}
	}
	if own := len(slices.DeleteFunc(slices.Clone(table.Routes), func(r table.Route) bool { return r.Portal })); checked != own*len(table.Groups) {
		t.Errorf("%d answers compared, for %d operations", checked, own)
	}
}

func TestOperationWithTwoScopes(t *testing.T) {
	t.Parallel()
	i := slices.IndexFunc(table.Routes, func(r table.Route) bool { return r.Own != "" })
	if i < 0 {
		t.Skip("no operation has a scope of its own")
	}
	o := table.Routes[i]
	r := standard(t, o.ID)
	for scopes, want := range map[string]bool{
		"user/" + o.Word + "." + o.Own: true, "user/" + o.Word + "." + string(rune(o.Action)): true, "user/" + o.Word + ".r": false,
		"patient/" + o.Word + "." + o.Own: false,
	} {
		if d := access.Decide(staff("admin", "api:oemr "+scopes), r, everything); d.Allowed != want {
			t.Errorf("%s with %s: %v (%s)", o.ID, scopes, d.Allowed, d.Reason)
		}
	}
}
