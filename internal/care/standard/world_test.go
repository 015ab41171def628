package standard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	portalapi "chartwright/gen/api/portal"
	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/form"
	"chartwright/internal/care/portal"
	"chartwright/internal/care/record"
	"chartwright/internal/care/standard"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/searchsql"
	"chartwright/internal/setting"
)

const address = "https://ehr.example.org/apis/default"

// world is a site with both APIs over it, as an administrator sees it, or as the patient does.
type world struct {
	t       testing.TB
	site    chart.Site
	records *record.Records
	handler http.Handler
	patient string // who signs in at the portal
	holds   func(right string) bool
	durable bool                // audit events of reads
	ahead   time.Duration       // of the clock, which stands: what serves for some seconds does so however long a test takes
	filters map[string][]string // of granular scopes of the staff's app
}

type settings struct{ *world }

func (s settings) Settings(context.Context, string) (*setting.Values, error) {
	v := setting.Defaults()
	if s.durable {
		v.AuditReads = setting.Durable
	}
	return v, nil
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldOn(t, "")
}

// newWorldOn is [newWorld] on a PostgreSQL database; on SQLite files if dsn is empty.
func newWorldOn(t testing.TB, dsn string) *world {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	var types []string
	for _, typ := range r4.Types {
		types = append(types, typ.Name)
	}
	sites, err := gormstore.Open(t.Context(), gormstore.Config{
		DataDir: t.TempDir(), DSN: dsn, Log: slog.New(slog.DiscardHandler),
		Extract: func(_ string, body []byte, rows *index.Rows) error {
			r, err := r4.Unmarshal(body)
			if err == nil {
				record.Extract(r, rows)
			}
			return err
		},
		Search: func(string) searchsql.Env {
			return searchsql.Env{Table: record.StandardParams, Base: address + "/fhir", OpenTypes: access.Open, Types: types}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sites.Close() })
	w := &world{t: t, holds: func(string) bool { return true }}
	if w.site, err = sites.Add(t.Context(), "default"); err != nil {
		t.Fatal(err)
	}
	w.records = record.New(record.Config{
		Params: record.StandardParams, Settings: settings{w}, NewID: uuid.NewString,
		Bases: func(string) []string { return []string{address + "/fhir/"} },
	})
	begun := time.Now()
	server := standard.NewServer(standard.Config{
		Now:     func() time.Time { return begun.Add(w.ahead) },
		Address: func(context.Context) string { return address },
		Holds:   func(_ context.Context, right string) bool { return w.holds(right) },
		Login:   func(_ context.Context, name string) (bool, error) { return name == "admin" || name == "physician", nil },
	})
	engine := gin.New()
	fail := func(c *gin.Context, op *form.Operation, err error) {
		status, body := form.Answer(op.Shape, err)
		if status >= 500 {
			t.Logf("%s: %v", op.ID, err)
		}
		c.Data(status, "application/json", body)
	}
	staff := engine.Group("", w.as(access.Standard))
	api.Mount(staff, "/apis/:site", server, fail)
	patients := engine.Group("", w.as(access.Portal))
	portalapi.Mount(patients, "/apis/:site", portal.NewServer(server), fail)
	w.handler = engine
	return w
}

func (w *world) as(door access.API) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx := w.context(door)
		c.Request = c.Request.WithContext(ctx)
	}
}

// context is that of a request at one of the doors.
func (w *world) context(door access.API) context.Context {
	g := &access.Grant{
		Subject: &access.Subject{Site: "default", Actor: access.User, UserID: "1", UserName: "admin", Groups: []string{"admin"}},
		Request: access.Request{API: door},
	}
	if door == access.Standard {
		g.Narrow.Filters = w.filters
	}
	if door == access.Portal {
		g.Subject.Actor, g.Subject.Patient, g.Narrow.Patient = access.Patient, w.patient, w.patient
	}
	ctx := access.WithGrant(w.t.Context(), g)
	return record.WithBook(ctx, w.records.Book(w.site, g))
}

// answer is what the server said.
type answer struct {
	t      testing.TB
	what   string
	status int
	body   []byte
}

// ask sends a request below /apis/default; a body that is a string goes as it is, anything else as JSON.
func (w *world) ask(method, path string, body any) answer {
	w.t.Helper()
	var in io.Reader = http.NoBody
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	r := httptest.NewRequest(method, "/apis/default"+path, in)
	r.Header.Set("Content-Type", "application/json")
	return w.send(r)
}

func (w *world) send(r *http.Request) answer {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return answer{w.t, r.Method + " " + r.URL.Path, rec.Code, rec.Body.Bytes()}
}

// want fails unless the status is as given.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.status, status, a.body)
	}
	return a
}

// at returns what lies in the JSON body under the keys: names of members, or numbers of items.
func (a answer) at(keys ...any) any {
	a.t.Helper()
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.body)
	}
	for _, k := range keys {
		switch x := v.(type) {
		case map[string]any:
			v = x[k.(string)]
		case []any:
			if i := k.(int); i < len(x) {
				v = x[i]
				continue
			}
			a.t.Fatalf("%s: no item %v: %s", a.what, k, a.body)
		default:
			a.t.Fatalf("%s: nothing under %v: %s", a.what, keys, a.body)
		}
	}
	return v
}

// is fails unless the value under the keys prints as want.
func (a answer) is(want string, keys ...any) answer {
	a.t.Helper()
	if got := text(a.at(keys...)); got != want {
		a.t.Errorf("%s: %v is %s, want %s", a.what, keys, got, want)
	}
	return a
}

// has fails unless the object under the keys has the members.
func (a answer) has(want map[string]any, keys ...any) answer {
	a.t.Helper()
	o, _ := a.at(keys...).(map[string]any)
	for name, v := range want {
		if got := text(o[name]); got != text(v) {
			a.t.Errorf("%s: %s is %s, want %s", a.what, name, got, text(v))
		}
	}
	return a
}

func text(v any) string {
	switch x := v.(type) {
	case float64:
		return fmt.Sprintf("%v", x)
	case map[string]any, []any:
		data, _ := json.Marshal(x)
		return string(data)
	}
	return fmt.Sprint(v)
}

// book is the record as FHIR clients of the site see it.
func (w *world) book() *record.Book { return record.BookFrom(w.context(access.FHIR)) }

// get reads a resource.
func get[T r4.Resource](w *world, typ, id string) T {
	w.t.Helper()
	r, _, err := w.book().Get(w.context(access.FHIR), chart.Key{Type: typ, ID: id})
	if err != nil {
		w.t.Fatal(err)
	}
	return r.(T)
}

// put writes the next version of a resource, or a new one if it has no id, as a FHIR client would; it returns its id.
func put(w *world, r r4.Resource) *chart.Version {
	w.t.Helper()
	var v *chart.Version
	err := w.book().Write(w.context(access.FHIR), nil, func(u *record.Unit) error {
		var err error
		if r.IDField().V == "" {
			v, err = u.Create(r)
		} else {
			v, err = u.Update(r, chart.Expect{})
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// someone registers a patient and returns his number and identifier.
func (w *world) someone() (pid, id string) {
	w.t.Helper()
	a := w.ask("POST", "/api/patient", map[string]any{"fname": "Ann", "lname": "Archer", "DOB": "1980-05-17", "sex": "Female"}).want(201)
	return text(a.at("data", "pid")), text(a.at("data", "uuid"))
}
