package searchsql

import "testing"

// TestRankNames holds that _explain has words for every rank.
func TestRankNames(t *testing.T) {
	for rank := rankID; rank <= rankWideChain; rank += rankReference - rankID {
		if rankNames[rank] == "" {
			t.Errorf("rank %d has no name", rank)
		}
	}
}
