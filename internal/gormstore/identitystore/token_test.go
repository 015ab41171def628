package identitystore

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/storetest"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

// many is how many grants the busy client has in the tests: enough that a page is a small part of them.
const many = 3000

// newStore returns the store of an empty site.
func newStore(t *testing.T, dsn string) *Store {
	t.Helper()
	c := gormstore.Config{DSN: dsn, Now: time.Now, Log: slog.New(slog.DiscardHandler), Replica: "test"}
	if dsn == "" {
		c.DataDir = t.TempDir()
	}
	c.Extract = func(string, []byte, *index.Rows) error { return nil }
	sites, err := gormstore.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sites.Close() })
	if _, err := sites.Add(t.Context(), "default"); err != nil {
		t.Fatal(err)
	}
	db, err := sites.DB(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	return New(db)
}

// seed gives the client busy its grants, ten of them at each instant, every fourth revoked.
func (s *Store) seed(t *testing.T) {
	t.Helper()
	for _, id := range []string{"busy", "other"} {
		if err := s.AddClient(t.Context(), &client.Client{ID: id, Enabled: true}); err != nil {
			t.Fatal(err)
		}
	}
	err := s.db.Writer.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO auth_grant (id, client_id, account_id, session, created, expires, revoked, doc)
		SELECT 'grant-' || i, CASE WHEN i % 7 = 0 THEN 'other' ELSE 'busy' END, 'account-' || (i % 2), '', 1000 + i / 10, 9000000,
			CASE WHEN i % 4 = 0 THEN 1 ELSE 0 END, '{}' FROM n`, many).Error
	if err != nil {
		t.Fatal(err)
	}
}

func TestPagesOfGrants(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, dsn string) {
		s := newStore(t, dsn)
		s.seed(t)
		for _, f := range []token.Filter{{}, {ClientID: "busy"}, {AccountID: "account-1"}, {ClientID: "other", AccountID: "account-1"}} {
			all, err := s.Grants(t.Context(), f)
			if err != nil || len(all) < 50 {
				t.Fatalf("%+v: %d grants, %v", f, len(all), err)
			}
			var want, got []string
			for _, g := range all {
				want = append(want, g.ID)
			}
			f.Limit = 97
			for {
				page, err := s.Grants(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, g := range page {
					got = append(got, g.ID)
				}
				if len(page) < f.Limit {
					break
				}
				f.After = token.CursorOf(page[len(page)-1])
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: the pages hold %d grants, the list %d, or in another order", f, len(got), len(want))
			}
		}
	})
}

func TestRevokingBetweenPagesLosesNothing(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, dsn string) {
		s := newStore(t, dsn)
		s.seed(t)
		f := token.Filter{ClientID: "busy", Limit: 20}
		first, err := s.Grants(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		f.Limit = 40
		both, err := s.Grants(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		// The grant that the cursor names, and one before it, end while somebody reads the first page.
		for _, g := range []*token.Grant{first[3], first[19]} {
			if n, err := s.RevokeGrants(t.Context(), token.Filter{ID: g.ID}); err != nil || n != 1 {
				t.Fatalf("%d revoked, %v", n, err)
			}
		}
		f.Limit, f.After = 20, token.CursorOf(first[19])
		second, err := s.Grants(t.Context(), f)
		if err != nil || len(second) != 20 {
			t.Fatalf("%d grants, %v", len(second), err)
		}
		for i, g := range second {
			if g.ID != both[20+i].ID {
				t.Fatalf("grant %d of the second page is %s, want %s", i, g.ID, both[20+i].ID)
			}
		}
	})
}

// TestPagesOfGrantsComeFromAnIndex looks at the plans: no page sorts, and none reads what lies before it.
func TestPagesOfGrantsComeFromAnIndex(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, dsn string) {
		s := newStore(t, dsn)
		s.seed(t)
		after := token.Cursor{Created: time.UnixMilli(1100), ID: "grant-1000"}
		for want, f := range map[string]token.Filter{
			"auth_grant_created": {After: after, Limit: 50},
			"auth_grant_client":  {ClientID: "busy", After: after, Limit: 50},
			"auth_grant_account": {AccountID: "account-1", After: after, Limit: 50},
		} {
			plan := s.plan(t, func(tx *gorm.DB) *gorm.DB {
				var rows []grantRow
				return listed(tx, f).Find(&rows)
			})
			if !strings.Contains(plan, want) || !strings.Contains(plan, "created") || strings.Contains(strings.ToLower(plan), "sort") ||
				strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%+v is not read from the index %s:\n%s", f, want, plan)
			}
		}
	})
}

// plan returns how the database runs a query, one step a line.
func (s *Store) plan(t *testing.T, query func(tx *gorm.DB) *gorm.DB) string {
	t.Helper()
	text := s.db.Writer.ToSQL(query)
	explain, column := "EXPLAIN QUERY PLAN ", 3
	var lines []string
	err := s.db.Writer.Transaction(func(tx *gorm.DB) error {
		if s.db.Dialect() == "postgres" {
			explain, column = "EXPLAIN ", 0
			// The table of a test is small: what counts is that the index serves the query at all.
			for _, statement := range []string{"ANALYZE auth_grant", "SET LOCAL enable_seqscan = off", "SET LOCAL enable_bitmapscan = off"} {
				if err := tx.Exec(statement).Error; err != nil {
					return err
				}
			}
		}
		rows, err := tx.Raw(explain + text).Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			into := make([]any, column+1)
			for i := range into {
				into[i] = new(any)
			}
			if err := rows.Scan(into...); err != nil {
				return err
			}
			lines = append(lines, fmt.Sprint(*into[column].(*any)))
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
