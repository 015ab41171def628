package access

import (
	"strings"

	table "chartwright/gen/scope"
	"chartwright/internal/access/scope"
)

// person permits people to read the one resource that says who they are, where no data scope lets them read its type and the app was
// given openid and fhirUser: the claim of that name is of use to an app that can look behind it.
// https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-identity-data
func (c *call) person(typ string, letter int, in table.Contexts) (scope.Context, map[string][]string, bool) {
	ctx, ok := c.widest(in)
	kind, id, _ := strings.Cut(c.s.FHIRUser, "/")
	if !ok || letter != readLetter || kind != typ || !c.s.Scopes.index.holds(openID) || !c.s.Scopes.index.holds(fhirUser) {
		return scope.NoContext, nil, false
	}
	return ctx, map[string][]string{typ: {"_id=" + id}}, true
}
