package trail

import (
	"testing"

	"chartwright/internal/chart"
)

// Signing in and out have subtypes of DICOM's, by which auditors search; what exactly was done stands behind them.
func TestSigningInIsALogin(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ kind, operation, first, last string }{
		{"login", "page", "110122", "page"},
		{"logout", "logout", "110123", "logout"},
		{"token", "refresh_token", "refresh_token", "refresh_token"},
		{"rest", "read", "read", "read"},
	} {
		sub := Resource("default", &chart.AuditEvent{Seq: 1, Kind: tc.kind, Operation: tc.operation}).Subtype
		if first, last := sub[0].Code.V, sub[len(sub)-1].Code.V; first != tc.first || last != tc.last {
			t.Errorf("%s %s: %s … %s", tc.kind, tc.operation, first, last)
		}
	}
}
