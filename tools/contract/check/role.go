package check

import (
	"chartwright/internal/access"
	"chartwright/internal/care/form"
)

// NoRole names in [Options] the token of staff who have no role.
const NoRole = "none"

// lacks reports whether a role, as a new site has it, lacks the right that an operation asks for. A site that changed what its
// roles may do is not checked by them.
func lacks(role string, op *form.Operation) bool {
	if op.ACL == nil {
		return false
	}
	var grants *access.Grants // nil: those of a new site
	return !grants.Holds([]string{role}, op.ACL.Section+"/"+op.ACL.Value, op.ACL.Levels...)
}
