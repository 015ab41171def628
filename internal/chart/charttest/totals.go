package charttest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
)

// testTotals holds accurate totals against what is there, after every kind of write: whatever a store keeps to know them
// without counting must follow.
func testTotals(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	want := func(after string, all, a, b, plain int64) {
		t.Helper()
		for query, n := range map[string]int64{
			"": all, "code=http://loinc.org|a": a, "code=http://loinc.org|b": b, "code=plain": plain, "code=|plain": plain,
			"code=a,b": a + b, "code=none": 0,
		} {
			if got := total(ctx, t, s, access.Narrow{}, "Observation", query); got != n {
				t.Errorf("%s: Observation?%s has a total of %d, want %d", after, query, got, n)
			}
		}
	}
	want("nothing", 0, 0, 0, 0)
	obs := func(id, code string) *chart.Write {
		return create(observation(id), values{"code": {code}, "status": {"final"}})
	}
	for i, code := range []string{"", "http://loinc.org|a", "http://loinc.org|a", "http://loinc.org|b", "plain"} {
		if code != "" {
			put(t, s, obs(fmt.Sprint("o", i), code))
		}
	}
	want("creates", 4, 2, 1, 1)
	put(t, s, update(observation("o2"), values{"code": {"http://loinc.org|b", "plain"}}))
	want("an update", 4, 1, 2, 2)
	put(t, s, remove(observation("o3")))
	want("a deletion", 3, 1, 1, 2)
	put(t, s, obs("o3", "http://loinc.org|a"))
	want("an undeletion", 4, 2, 1, 2)

	put(t, s, write(observation("o5"), chart.Upsert, values{"code": {"plain"}}))
	want("an update as create", 5, 2, 1, 3)
	put(t, s, write(observation("o5"), chart.Patch, values{"code": {"http://loinc.org|b"}}))
	want("a patch", 5, 2, 2, 2)
	put(t, s, remove(observation("o5")))
	want("its deletion", 4, 2, 1, 2)
	put(t, s, write(observation("o5"), chart.Upsert, values{"code": {"plain"}}))
	want("its undeletion", 5, 2, 1, 3)
	put(t, s, remove(observation("o5")))

	put(t, s, create(patient("p"), values{"identifier": {"urn:x|1"}}))
	if got := total(ctx, t, s, access.Narrow{}, "Patient", "identifier=urn:x|1"); got != 1 {
		t.Errorf("an identifier has a total of %d", got)
	}

	// Within a closure that fails, its own writes count; after it they never were.
	err := s.Write(ctx, nil, func(tx chart.Tx) error {
		for i := range 3 {
			if _, err := tx.Put(ctx, obs(fmt.Sprint("x", i), "plain")); err != nil {
				return err
			}
		}
		if got := total(ctx, t, tx, access.Narrow{}, "Observation", "code=plain"); got != 5 {
			t.Errorf("the closure sees a total of %d, want 5", got)
		}
		return errOwn
	})
	if !errors.Is(err, errOwn) {
		t.Errorf("got %v, want the closure's own error", err)
	}
	want("a failure", 4, 2, 1, 2)

	// Who may see one patient's resources learns nothing of the others.
	if got := total(ctx, t, s, access.Narrow{Patient: "somebody"}, "Observation", ""); got != 0 {
		t.Errorf("a patient without Observations sees a total of %d", got)
	}
}

func total(ctx context.Context, t *testing.T, s searcher, narrow access.Narrow, typ, query string) int64 {
	t.Helper()
	params, err := search.ParseForm(query + "&_total=accurate")
	if err != nil {
		t.Fatal(err)
	}
	q, err := search.Parse(Table, typ, params, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.Search(ctx, q, narrow, chart.Page{Count: 1})
	if err != nil {
		t.Errorf("%s?%s: %v", typ, query, err)
		return -1
	}
	return result.Total
}
