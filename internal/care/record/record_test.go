package record_test

import (
	"context"
	"log/slog"
	"net/url"
	"testing"

	"github.com/google/uuid"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/searchsql"
	"chartwright/internal/setting"
)

type fixed struct{ *setting.Values }

func (f fixed) Settings(context.Context, string) (*setting.Values, error) { return f.Values, nil }

// open returns an empty record, and the grants of somebody who sees all of it and of one patient.
func open(t *testing.T) (book *record.Book, ann *access.Grant) {
	t.Helper()
	sites, err := gormstore.Open(t.Context(), gormstore.Config{
		DataDir: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		Extract: func(_ string, body []byte, rows *index.Rows) error {
			r, err := r4.Unmarshal(body)
			if err == nil {
				record.Extract(r, rows)
			}
			return err
		},
		Search: func(string) searchsql.Env {
			return searchsql.Env{Table: record.StandardParams, OpenTypes: access.Open}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sites.Close() })
	site, err := sites.Add(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	records := record.New(record.Config{Params: record.StandardParams, Settings: fixed{setting.Defaults()}, NewID: uuid.NewString})
	all := &access.Grant{Subject: &access.Subject{UserID: "all"}, Request: access.Request{API: access.FHIR}}
	ann = &access.Grant{Subject: &access.Subject{UserID: "ann"}, Request: access.Request{API: access.FHIR}, Narrow: access.Narrow{Patient: "ann"}}
	return records.Book(site, all), ann
}

func patient(id, family string) *r4.Patient {
	return &r4.Patient{ID: fhir.NewID(id), Name: []r4.HumanName{{Family: fhir.NewString(family)}}}
}

func observation(patient string) *r4.Observation {
	return &r4.Observation{
		Status: fhir.NewCode("final"), Code: &r4.CodeableConcept{Text: fhir.NewString("pulse")},
		Subject: &r4.Reference{Reference: fhir.NewString("Patient/" + patient)},
	}
}

func TestWithoutAGrantNothing(t *testing.T) {
	t.Parallel()
	book, _ := open(t)
	none := book.With(nil)
	key := chart.Key{Type: "Patient", ID: "ann"}
	_, readErr := none.Read(t.Context(), key)
	_, _, getErr := none.Get(t.Context(), key)
	_, findErr := none.Find(t.Context(), "Patient", nil)
	_, _, historyErr := none.History(t.Context(), chart.HistoryQuery{Key: key, Limit: 1}, 1)
	writeErr := none.Write(t.Context(), nil, func(*record.Unit) error { return nil })
	_, emptyErr := record.BookFrom(t.Context()).Read(t.Context(), key)
	for name, err := range map[string]error{"Read": readErr, "Get": getErr, "Find": findErr, "History": historyErr, "Write": writeErr, "no book": emptyErr} {
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrittenIsRead(t *testing.T) {
	t.Parallel()
	book, _ := open(t)
	ctx := t.Context()
	var v *chart.Version
	err := book.Write(ctx, nil, func(u *record.Unit) (err error) {
		if v, err = u.Create(patient("", "Ash")); err != nil {
			return err
		}
		found, err := u.Find("Patient", url.Values{"family": {"ash"}})
		if err == nil && len(found.Resources) != 1 {
			t.Error("a transaction does not see what it has written")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := book.GetNumber(ctx, "Patient", v.Number)
	if err != nil || r.(*r4.Patient).Name[0].Family.V != "Ash" {
		t.Fatalf("%v, %v", r, err)
	}
	p := r.(*r4.Patient)
	p.Name[0].Family = fhir.NewString("Elm")
	update := func(e chart.Expect) error {
		return book.Write(ctx, []chart.Key{v.Key}, func(u *record.Unit) error {
			_, err := u.Update(p, e)
			return err
		})
	}
	if err := update(chart.Expect{Version: 7}); !fault.Is(err, fault.PreconditionFailed) {
		t.Errorf("another version: %v", err)
	}
	if err := update(chart.Expect{Version: 1}); err != nil {
		t.Error(err)
	}
	if err := book.Write(ctx, nil, func(u *record.Unit) error { _, err := u.Update(patient("nobody", "x"), chart.Expect{}); return err }); !fault.Is(err, fault.NotFound) {
		t.Errorf("an update of nothing: %v", err)
	}
	if err := book.Write(ctx, nil, func(u *record.Unit) error { _, err := u.Delete(v.Key, chart.Expect{}); return err }); err != nil {
		t.Error(err)
	}
	if _, _, err := book.Get(ctx, v.Key); !fault.Is(err, fault.Gone) {
		t.Errorf("after the deletion: %v", err)
	}
	page, before, err := book.History(ctx, chart.HistoryQuery{Key: v.Key, Limit: 2}, 1<<20)
	if err != nil || len(page) != 2 || before != page[1].Seq || page[0].VID != 3 {
		t.Errorf("history: %d versions, older ones before %d, %v", len(page), before, err)
	}
}

func TestAFailedWriteLeavesNothing(t *testing.T) {
	t.Parallel()
	book, _ := open(t)
	err := book.Write(t.Context(), nil, func(u *record.Unit) error {
		if _, err := u.Create(patient("", "Ash")); err != nil {
			return err
		}
		_, err := u.Create(&r4.Observation{Code: &r4.CodeableConcept{Text: fhir.NewString("x")}})
		return err
	})
	if !fault.Is(err, fault.Unprocessable) {
		t.Errorf("an observation without status: %v", err)
	}
	found, err := book.Find(t.Context(), "Patient", nil)
	if err != nil || len(found.Resources) != 0 {
		t.Errorf("%d patients, %v", len(found.Resources), err)
	}
}

func TestFindPages(t *testing.T) {
	t.Parallel()
	book, _ := open(t)
	for _, name := range []string{"c", "a", "b", "d", "e"} {
		if err := book.Write(t.Context(), nil, func(u *record.Unit) error { _, err := u.Create(patient("", name)); return err }); err != nil {
			t.Fatal(err)
		}
	}
	got, q := "", url.Values{"_count": {"2"}, "_sort": {"family"}, "_total": {"accurate"}}
	for {
		found, err := book.Find(t.Context(), "Patient", q)
		if err != nil {
			t.Fatal(err)
		}
		if q.Get(record.After) == "" && found.Total != 5 {
			t.Errorf("total %d", found.Total)
		}
		for _, r := range found.Resources {
			got += r.(*r4.Patient).Name[0].Family.V
		}
		if found.Next == "" {
			break
		}
		q.Set(record.After, found.Next)
	}
	if got != "abcde" {
		t.Errorf("pages hold %s", got)
	}
	if _, err := book.Find(t.Context(), "Patient", url.Values{"colour": {"green"}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown parameter: %v", err)
	}
}

func TestAPatientWritesWithinHerRecord(t *testing.T) {
	t.Parallel()
	book, grant := open(t)
	ctx := t.Context()
	var bobs *chart.Version
	err := book.Write(ctx, nil, func(u *record.Unit) error {
		for _, id := range []string{"ann", "bob"} {
			d, err := book.Draft(ctx, patient(id, id), id)
			if err != nil {
				return err
			}
			if _, err := u.Put(d, chart.Update, chart.Expect{}); err != nil {
				return err
			}
		}
		var err error
		bobs, err = u.Create(observation("bob"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ann := book.With(grant)
	var own *chart.Version
	if err := ann.Write(ctx, nil, func(u *record.Unit) (err error) { own, err = u.Create(observation("ann")); return err }); err != nil {
		t.Errorf("her own: %v", err)
	}
	moved := observation("bob")
	moved.ID = fhir.NewID(own.ID)
	taken := observation("ann")
	taken.ID = fhir.NewID(bobs.ID)
	for name, c := range map[string]struct {
		kind fault.Kind
		do   func(u *record.Unit) error
	}{
		"another's new":         {fault.Forbidden, func(u *record.Unit) error { _, err := u.Create(observation("bob")); return err }},
		"hers to another":       {fault.Forbidden, func(u *record.Unit) error { _, err := u.Update(moved, chart.Expect{}); return err }},
		"another's to herself":  {fault.NotFound, func(u *record.Unit) error { _, err := u.Update(taken, chart.Expect{}); return err }},
		"another's deletion":    {fault.NotFound, func(u *record.Unit) error { _, err := u.Delete(bobs.Key, chart.Expect{}); return err }},
		"another's in the open": {fault.NotFound, func(u *record.Unit) error { _, err := u.Read(bobs.Key); return err }},
	} {
		if err := ann.Write(ctx, nil, c.do); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
	}
}

// What could be written and not be read again would make every list that it is in fail.
func TestWhatCannotBeReadIsNotWritten(t *testing.T) {
	t.Parallel()
	book, _ := open(t)
	for text, refused := range map[string]bool{"a\x00b": true, "\\\x1b": true, "\b": true, "line\n\ttab\r": false, `\u0000 as such`: false, `\\u0000`: false} {
		err := book.Write(t.Context(), nil, func(u *record.Unit) error {
			_, err := u.Create(patient("", text))
			return err
		})
		if got := fault.Is(err, fault.Unprocessable); got != refused || !refused && err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestValidID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{"a": true, "A-1.b": true, "": false, "a b": false, "a_b": false, "é": false, string(make([]byte, 65)): false} {
		if got := record.ValidID(id); got != want {
			t.Errorf("%q: %t", id, got)
		}
	}
}
