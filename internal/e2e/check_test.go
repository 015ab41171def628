package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"chartwright/internal/app"
	"chartwright/internal/care/parameter"
	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
)

// The check tells when words, texts or the rows of contained resources are not those of the bodies, and making one type anew
// mends all of it.
func TestCheckOfWords(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, on config.Store) {
		s := demoserver.StartOn(t, on, time.Now)
		ctx := context.Background()
		db, err := s.App.Sites.DB(ctx, app.DefaultSite)
		if err != nil {
			t.Fatal(err)
		}
		who := signIn(t, s, demoserver.Admin, "openid", "api:fhir", "user/Patient.cruds", "user/Practitioner.cruds", "user/SearchParameter.cruds")
		who.want(201, "PUT", fhirAPI+"/Patient/expunged", told("xqzwka"), nil)
		finds := func() {
			t.Helper()
			who.finds("Patient?_content=remarkxqzwka", "expunged")
			who.finds("Patient?name:contains=xqzwka", "expunged")
			who.finds("Practitioner?_contained=true&identifier=pvaluexqzwka", "expunged")
			who.finds("Practitioner?_contained=true&_content=containedxqzwka", "expunged")
		}
		finds()
		sound := func() {
			t.Helper()
			if _, faults, err := s.App.Check(ctx, app.DefaultSite); err != nil || len(faults) > 0 {
				t.Fatalf("the site is not sound: %q, %v", faults, err)
			}
		}
		sound()
		for _, tt := range []struct{ name, statement, fault string }{
			{"a word is missing", "DELETE FROM idx_posting WHERE term = 'remarkxqzwka'", "1 resources are not found by the words and texts of their bodies, or by others: Patient/expunged"},
			{"a word is another's", "UPDATE idx_posting SET term = 'remarkxqzwkb' WHERE term = 'remarkxqzwka'", "1 resources are not found by the words"},
			{"a word of nobody", "UPDATE idx_posting SET lo = 1000000000 WHERE term = 'remarkxqzwka'", "tell of 1 versions or texts that are not there"},
			{"a piece of a text is missing", "DELETE FROM idx_posting WHERE term = 'xqz'", "resources are not found by the words and texts"},
			{"a text is missing", "DELETE FROM idx_text WHERE value = 'familyxqzwka'", "times a text is missing in idx_text"},
			{"a word of a contained resource is missing", "DELETE FROM idx_posting WHERE param < 0 AND term = 'containedxqzwka'", "1 resources are not found by the words and texts of their bodies, or by others: Patient/expunged"},
			{"a contained row is missing", "DELETE FROM idx_token WHERE rid < 0 AND code = 'pvaluexqzwka'", "Patient/expunged: its rows in idx_token are not those of its body"},
			{"a contained place is not there", "UPDATE idx_token SET rid = rid - 5 WHERE rid < 0 AND code = 'pvaluexqzwka'", "Patient/expunged: its rows in idx_token are not those of its body"},
			{"a contained row is wrong", "UPDATE idx_string SET exact = 'x' WHERE rid < 0 AND norm = 'containedxqzwka'", "Patient/expunged: its rows in idx_string are not those of its body"},
		} {
			if r := db.Writer.Exec(tt.statement); r.Error != nil || r.RowsAffected == 0 {
				t.Fatalf("%s: %d rows, %v", tt.name, r.RowsAffected, r.Error)
			}
			if _, faults, err := s.App.Check(ctx, app.DefaultSite); err != nil || !strings.Contains(strings.Join(faults, "\n"), tt.fault) {
				t.Errorf("%s: %q, %v; want %q", tt.name, faults, err, tt.fault)
			}
			who.want(200, "GET", fhirAPI+"/Practitioner?_contained=true&_containedType=contained&identifier=pvaluexqzwka", nil, nil)
			job, err := s.App.Reindex(ctx, app.DefaultSite, parameter.Request{Type: "Patient", By: "test"}, func(*parameter.Job) {})
			if err != nil || job.State != parameter.Done {
				t.Fatalf("%s: %+v, %v", tt.name, job, err)
			}
			finds()
			sound()
		}
	})
}
