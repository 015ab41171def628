package fault_test

import (
	"testing"

	"chartwright/internal/fault"
)

func TestEveryKindHasAFace(t *testing.T) {
	t.Parallel()
	names := map[string]fault.Kind{}
	for k := fault.Internal; k <= fault.Unavailable; k++ {
		if s := k.Status(); s < 400 || s > 599 {
			t.Errorf("kind %d has status %d", k, s)
		}
		if k.IssueCode() == "" || k.OAuthCode() == "" || k.String() == "" {
			t.Errorf("kind %d lacks an issue code, an OAuth code or a name", k)
		}
		if other, dup := names[k.String()]; dup {
			t.Errorf("kinds %d and %d share the name %s", other, k, k)
		}
		names[k.String()] = k
	}
}
