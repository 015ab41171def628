package gormstore_test

import (
	"strings"
	"testing"
	"time"
)

// TestCheck breaks a sound site in one way after the other.
func TestCheck(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		s := openServer(t, db.config(time.Now))
		filled(t, s)
		if n, faults, err := s.Check(t.Context(), "a"); err != nil || n != 19 || len(faults) != 0 {
			t.Fatalf("%d resources, %v, %v; want 19 sound ones", n, faults, err)
		}
		raw := db.raw(t, "a")
		defer raw.Close()
		for _, tt := range []struct{ name, statement, fault string }{
			{"a total is wrong", "UPDATE idx_count SET n = n + 1 WHERE param = 0", "Patient: the kept total is not that of its resources"},
			{"a total of codes is missing", "DELETE FROM idx_count WHERE param <> 0 AND n = 1", "codes are in the kept totals"},
			{"a total is missing", "DELETE FROM idx_count WHERE param = 0", "Patient: no total is kept"},
			{"a row is missing", "DELETE FROM idx_token WHERE rid = (SELECT rid FROM resource WHERE id = 'p7')", "Patient/p7: its rows in idx_token"},
			{"a row is wrong", "UPDATE idx_string SET exact = 'x' WHERE rid = (SELECT rid FROM resource WHERE id = 'p5')", "Patient/p5: its rows in idx_string"},
			{"a row too many", "INSERT INTO idx_uri (param, uri, rid) SELECT 1, 'urn:x', rid FROM resource WHERE id = 'p2'", "Patient/p2: its rows in idx_uri"},
			{"a body is broken", "UPDATE resource SET body = substr(body, 1, 1) WHERE id = 'p3'", "cannot be read"},
			{"versions cross", "UPDATE resource SET vid = 1 WHERE id = 'p4'", "Patient/p4: a superseded version"},
		} {
			if _, err := raw.Exec(tt.statement); err != nil {
				t.Fatal(err)
			}
			_, faults, err := s.Check(t.Context(), "a")
			if err != nil || !strings.Contains(strings.Join(faults, "\n"), tt.fault) {
				t.Errorf("%s: %q, %v; want %q", tt.name, faults, err, tt.fault)
			}
		}
	})
}
