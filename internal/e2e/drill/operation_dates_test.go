package drill_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/config"
	"chartwright/internal/e2e/demoserver"
)

// TestDrillDates is F-25: the machine is in a zone with summer time, and what is written lies where calendars are uneven: ends of months, the 29th of
// February, the hour that there is not and the one that there is twice, 2038 and 9999. It comes back as it was written, it is
// found by its day, and days that there are not are refused.
func TestDrillDates(t *testing.T) {
	onEach(t, func(t *testing.T, on config.Store) {
		p := serve(t, on, environ("TZ=America/New_York"))
		token, err := (&demoserver.Server{URL: baseURL, Client: p.client}).SignIn(demoserver.Admin, append(slices.Clone(scopes), "api:oemr",
			"user/appointment.read", "user/appointment.write", "user/patient.read", "user/Appointment.rs", "user/facility.read"))
		if err != nil {
			t.Fatal(err)
		}
		p.token = token
		var facilities struct{ Data []struct{ ID any } }
		a := p.ask(http.MethodGet, "/apis/default/api/facility", nil)
		if err := json.Unmarshal(a.body, &facilities); err != nil || len(facilities.Data) == 0 {
			t.Fatal(a)
		}
		facility := fmt.Sprint(facilities.Data[0].ID)
		for _, c := range []struct{ day, start, end string }{
			{"2026-01-31", "23:50", "00:05:00"}, // into another month
			{"2027-12-31", "23:50", "00:05:00"}, // and year
			{"2028-02-28", "23:50", "00:05:00"},
			{"2028-02-29", "09:00", "09:15:00"},
			{"2027-02-28", "23:50", "00:05:00"},
			{"2000-02-29", "09:00", "09:15:00"},
			{"2027-03-14", "02:30", "02:45:00"}, // New York has no such hour
			{"2027-11-07", "01:30", "01:45:00"}, // and this one twice
			{"2026-03-29", "02:30", "02:45:00"}, // as in Berlin
			{"2038-01-19", "03:10", "03:25:00"}, // beyond 31 bits of seconds
			{"2106-02-07", "06:20", "06:35:00"}, // and 32
			{"9999-12-31", "12:00", "12:15:00"},
		} {
			sent := map[string]any{
				"pc_catid": "5", "pc_title": "Visit", "pc_duration": "900", "pc_hometext": "x", "pc_apptstatus": "-", "pc_eventDate": c.day, "pc_startTime": c.start,
				"pc_facility": facility, "pc_billing_location": facility,
			}
			a := p.ask(http.MethodPost, "/apis/default/api/patient/1/appointment", sent, "Content-Type", "application/json")
			var made struct{ ID any }
			if err := json.Unmarshal(a.body, &made); err != nil || a.status != http.StatusOK {
				t.Errorf("%s %s: %v", c.day, c.start, a)
				continue
			}
			a = p.ask(http.MethodGet, fmt.Sprint("/apis/default/api/appointment/", made.ID), nil)
			for _, want := range []string{`"pc_eventDate":"` + c.day + `"`, `"pc_startTime":"` + c.start + `:00"`, `"pc_endTime":"` + c.end + `"`} {
				if !strings.Contains(string(a.body), want) {
					t.Errorf("%s %s: no %s in %v", c.day, c.start, want, a)
				}
			}
			if n := p.total(t, "Appointment", "date", c.day); n != 1 {
				t.Errorf("%d appointments are found on %s", n, c.day)
			}
		}
		for _, day := range []string{"2027-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "10000-01-01"} {
			a := p.ask(http.MethodPost, "/apis/default/api/patient/1/appointment", map[string]any{
				"pc_catid": "5", "pc_title": "Visit", "pc_duration": "900", "pc_hometext": "x", "pc_apptstatus": "-", "pc_eventDate": day, "pc_startTime": "09:00",
				"pc_facility": facility, "pc_billing_location": facility,
			}, "Content-Type", "application/json")
			if a.status != http.StatusBadRequest || !strings.Contains(string(a.body), "pc_eventDate") && !strings.Contains(string(a.body), "pc_startTime") {
				t.Errorf("an appointment on %s: %v", day, a)
			}
			a = p.ask(http.MethodPost, "Patient", map[string]any{"resourceType": "Patient", "birthDate": day})
			if a.status != http.StatusBadRequest && a.status != http.StatusUnprocessableEntity {
				t.Errorf("a birth on %s: %v", day, a)
			}
		}
		// Whole days, months and years are those of UTC where no zone is given, wherever the machine is.
		for _, c := range []struct{ birth, asked string }{
			{"2024-02-29", "2024-02"}, {"2024-12-31", "2024"}, {"2038-01-19", "ge2038-01-19"}, {"9999-12-31", "9999"}, {"9998", "9998"}, {"1582-10-10", "1582-10-10"},
		} {
			if a := p.ask(http.MethodPost, "Patient", map[string]any{"resourceType": "Patient", "birthDate": c.birth, "name": []any{map[string]any{"family": "Born" + c.birth}}}); a.status != http.StatusCreated {
				t.Errorf("born %s: %v", c.birth, a)
			}
			if n := p.total(t, "Patient", "birthdate", c.asked, "family", "Born"+c.birth); n != 1 {
				t.Errorf("%d of those born %s are found by %s", n, c.birth, c.asked)
			}
		}
		p.sound()
	})
}

// total is how many a search finds.
func (p *program) total(t *testing.T, typ string, query ...string) int {
	t.Helper()
	q := url.Values{"_summary": {"count"}}
	for i := 0; i+1 < len(query); i += 2 {
		q.Set(query[i], query[i+1])
	}
	a := p.ask(http.MethodGet, typ+"?"+q.Encode(), nil)
	var found struct{ Total int }
	if err := json.Unmarshal(a.body, &found); err != nil || a.status != http.StatusOK {
		t.Fatalf("%s: %v", q.Encode(), a)
	}
	return found.Total
}
