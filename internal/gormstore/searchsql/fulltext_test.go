package searchsql_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore/chartstore"
	"chartwright/internal/gormstore/searchsql"
)

// ask searches through the site, which must see every write that was acknowledged before.
func (f *fixture) ask(t testing.TB, target string, narrow access.Narrow) []string {
	t.Helper()
	typ, query, _ := strings.Cut(target, "?")
	result, err := f.site.Search(context.Background(), parse(t, typ, query), narrow, chart.Page{})
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	names := []string{}
	for _, v := range result.Matches {
		names = append(names, v.String())
	}
	return names
}

// TestWords asks for words of narratives and contents, of the patients a and b.
func TestWords(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		patient := func(id string) *resource { return &resource{typ: "Patient", id: id, owner: id} }
		observation := func(id, owner string) *resource {
			return (&resource{typ: "Observation", id: id, owner: owner}).ref("subject", "Patient/"+owner).token("code", loinc, "1")
		}
		f.put(t,
			patient("a").says("John Smith").says("12 Elm Street").tells("Smith, John (male)").str("name", "Smith"),
			patient("b").says("Jane Smithers").tells("Jane of Elm Street").str("name", "Smithers"),
			observation("oa", "a").says("Systolic blood pressure").says("blood"),
			observation("ob", "b").says("Blutdruck: Größe").tells("pressure"),
			(&resource{typ: "Practitioner", id: "doc"}).says("Smith"),
		)
		for _, c := range []struct{ search, staff, asA string }{
			{"Patient?_content=smith", "Patient/a", "Patient/a"},
			{"Patient?_content=SMITH", "Patient/a", "Patient/a"},
			{"Patient?_content=smit", "", ""},
			{"Patient?_content=smith*", "Patient/a", "Patient/a"},
			{"Patient?_content=elm+street", "Patient/a Patient/b", "Patient/a"},
			{"Patient?_content=street+elm+smith", "Patient/a", "Patient/a"},
			{"Patient?_content=street+smith+jane", "", ""},
			{"Patient?_content=smith,jane", "Patient/a Patient/b", "Patient/a"},
			{"Patient?_content=jane,none", "Patient/b", ""},
			{"Patient?_content=elm&_content=jane", "Patient/b", ""},
			{"Patient?_text=elm", "Patient/b", ""},
			{"Patient?_text=smith+john", "Patient/a", "Patient/a"},
			{"Patient?_text=smith&_content=12", "Patient/a", "Patient/a"},
			{"Patient?_text=12", "", ""},
			{"Patient?_content=elm&_id=b", "Patient/b", ""},
			{"Patient?_content=elm&_sort=-name", "Patient/b Patient/a", "Patient/a"},
			{"Patient?_content=elm&name=smithe", "Patient/b", ""},
			{"Patient?_filter=_content+co+%22elm+jane%22", "Patient/b", ""},
			{"Patient?_filter=not+(_text+co+elm)", "Patient/a", "Patient/a"},
			{"Patient?_content=john+OR+jane", "Patient/a Patient/b", "Patient/a"},
			{"Patient?_content=(john+OR+jane)+and+elm", "Patient/a Patient/b", "Patient/a"},
			{"Patient?_content=(john+or+none)+street", "Patient/a", "Patient/a"},
			{"Patient?_content=elm+AND+NOT+jane", "Patient/a", "Patient/a"},
			{"Patient?_content=jane+elm+OR+john+none", "Patient/b", ""},
			{"Patient?_content=NOT+(jane+OR+none)", "Patient/a", "Patient/a"},
			{"Patient?_content=%22elm+street%22+AND+jane,12+AND+none", "Patient/b", ""},
			{"Patient?_text=elm+OR+john", "Patient/a Patient/b", "Patient/a"},
			{"Observation?_content=blood", "Observation/oa", "Observation/oa"},
			{"Observation?_content=gro%C3%9Fe,groesse,grosse", "Observation/ob", ""},
			{"Observation?_content=pressure", "Observation/oa Observation/ob", "Observation/oa"},
			{"Observation?_content=pressure&code=1", "Observation/oa Observation/ob", "Observation/oa"},
			{"Observation?patient._content=elm", "Observation/oa Observation/ob", "Observation/oa"},
			{"Observation?patient._content=jane", "Observation/ob", ""},
			{"Observation?subject:Patient._text=smith", "Observation/oa", "Observation/oa"},
			{"Patient?_has:Observation:patient:_content=pressure", "Patient/a Patient/b", "Patient/a"},
			{"Patient?_has:Observation:patient:_text=pressure", "Patient/b", ""},
			{"?_type=Patient,Practitioner&_content=smith", "Patient/a Practitioner/doc", "Patient/a Practitioner/doc"},
			{"?_type=Observation,Patient&_content=pressure+blood", "Observation/oa", "Observation/oa"},
		} {
			for patient, want := range map[string]string{"": c.staff, "a": c.asA} {
				if got := strings.Join(f.ask(t, c.search, access.Narrow{Patient: patient}), " "); got != want {
					t.Errorf("%s as %q: %s, want %s", c.search, patient, got, want)
				}
			}
		}
	})
}

// TestWordsFollowWrites changes, deletes, restores and removes resources: the very next search knows.
func TestWordsFollowWrites(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		expect := func(target, want string) {
			t.Helper()
			if got := strings.Join(f.ask(t, target, access.Narrow{}), " "); got != want {
				t.Errorf("%s: %s, want %s", target, got, want)
			}
		}
		p := &resource{typ: "Patient", id: "p"}
		f.put(t, p.says("alpha beta").tells("alpha").str("name", "Johnson").token("gender", "", "x", "Shown once"))
		expect("Patient?_content=alpha+beta", "Patient/p")
		expect("Patient?name:contains=ohns", "Patient/p")
		expect("Patient?gender:text=shown", "Patient/p")
		p = &resource{typ: "Patient", id: "p"}
		f.put(t, p.says("beta gamma").tells("gamma").str("name", "Robertson").token("gender", "", "x", "Written now"))
		expect("Patient?_content=alpha", "")
		expect("Patient?_text=alpha", "")
		expect("Patient?_content=beta", "Patient/p")
		expect("Patient?_text=gamma", "Patient/p")
		expect("Patient?name:contains=ohns", "")
		expect("Patient?name:contains=berts", "Patient/p")
		expect("Patient?gender:text=shown", "")
		expect("Patient?gender:text=ten+now", "Patient/p")
		f.remove(t, p)
		expect("Patient?_content=beta", "")
		expect("Patient?name:text=berts", "")
		f.put(t, (&resource{typ: "Patient", id: "p"}).says("beta delta").str("name", "Albertson"))
		expect("Patient?_content=beta,alpha", "Patient/p")
		expect("Patient?name:text=berts", "Patient/p")
		err := f.site.Write(t.Context(), nil, func(tx chart.Tx) error {
			_, err := tx.Remove(t.Context(), p.key(), chart.Whole, 100)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		expect("Patient?_content=beta", "")
		expect("Patient?name:text=berts", "")
		// A reference to what was removed, and its return.
		f.put(t, (&resource{typ: "Observation", id: "o"}).ref("subject", "Patient/p").says("beta"))
		expect("Patient?_content=beta", "")
		f.put(t, (&resource{typ: "Patient", id: "p"}).says("beta"))
		expect("Patient?_content=beta", "Patient/p")
		expect("Observation?patient._content=beta", "Observation/o")
	})
}

// TestWordsWithinWrite searches in a transaction for what it has written, and leaves nothing when it fails.
func TestWordsWithinWrite(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		find := func(tx chart.Tx, target string) int {
			typ, query, _ := strings.Cut(target, "?")
			result, err := tx.Search(t.Context(), parse(t, typ, query), access.Narrow{}, chart.Page{})
			if err != nil {
				t.Fatal(err)
			}
			return len(result.Matches)
		}
		f.put(t, (&resource{typ: "Patient", id: "old"}).says("shared").str("name", "shared"))
		for _, fail := range []bool{true, false} {
			err := f.site.Write(t.Context(), nil, func(tx chart.Tx) error {
				r := (&resource{typ: "Patient", id: "new"}).says("shared own").str("name", "own shared")
				body := `{"resourceType":"Patient","id":"new"}`
				f.bodies.Store(body, r)
				if _, err := tx.Put(t.Context(), &chart.Write{Key: r.key(), Method: chart.Create, Body: []byte(body), Rows: &r.rows}); err != nil {
					return err
				}
				if n := find(tx, "Patient?name:contains=share"); n != 2 {
					t.Errorf("name: %d", n)
				}
				if n := find(tx, "Patient?_content=shared"); n != 2 {
					t.Errorf("shared: %d", n)
				}
				if n := find(tx, "Patient?_content=own"); n != 1 {
					t.Errorf("own: %d", n)
				}
				if fail {
					return fault.New(fault.Conflict, "test", "given up")
				}
				return nil
			})
			if (err != nil) != fail {
				t.Fatal(err)
			}
			want := []string{"Patient/old", "Patient/new"}
			if fail {
				want = want[:1]
			}
			if diff := cmp.Diff(want, f.ask(t, "Patient?_content=shared", access.Narrow{})); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// TestWordPages reads a word that many resources have page by page while others write: no resource comes twice, and none is lost
// that was not changed.
func TestWordPages(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		const n = 300
		for from := 0; from < n; from += 50 { // several batches, and many rows of one word
			var list []*resource
			for i := from; i < from+50; i++ {
				r := &resource{typ: "Observation", id: fmt.Sprintf("o%03d", i)}
				list = append(list, r.says("common").says(fmt.Sprint("n", i%7)))
			}
			f.put(t, list...)
			f.ask(t, "Observation?_content=common", access.Narrow{})
		}
		for round, target := range []string{"Observation?_content=common&_count=37", "Observation?_content=common+n3,n5&_count=10", "Observation?_content=common,n5&_count=100&_total=accurate"} {
			typ, query, _ := strings.Cut(target, "?")
			q := parse(t, typ, query)
			seen := map[string]bool{}
			page := chart.Page{}
			late := fmt.Sprint("late", round)
			changed := fmt.Sprintf("Observation/o%03d", n-1)
			for pages := 0; ; pages++ {
				result, err := f.site.Search(t.Context(), q, access.Narrow{}, page)
				if err != nil {
					t.Fatal(err)
				}
				if q.Total != "" && result.Total != n {
					t.Errorf("%s: total %d", target, result.Total)
				}
				for _, v := range result.Matches {
					if seen[v.String()] {
						t.Errorf("%s: %s comes twice", target, v)
					}
					seen[v.String()] = true
				}
				if page.After = result.Next; result.Next == "" {
					break
				}
				if pages == 0 {
					f.put(t, (&resource{typ: "Observation", id: changed[len("Observation/"):]}).says("common n4"), (&resource{typ: "Observation", id: late}).says("common n3 n5"))
				}
			}
			delete(seen, changed)
			want := n - 1
			if strings.Contains(target, "+n3") {
				want = 0
				for i := range n - 1 {
					if i%7 == 3 || i%7 == 5 {
						want++
					}
				}
				for name := range seen {
					i := 0
					if _, err := fmt.Sscanf(name, "Observation/o%d", &i); err != nil || i%7 != 3 && i%7 != 5 {
						t.Errorf("%s finds %s", target, name)
					}
				}
			}
			if len(seen) != want || seen["Observation/"+late] {
				t.Errorf("%s: %d resources, want %d", target, len(seen), want)
			}
			f.remove(t, &resource{typ: "Observation", id: late})
		}
	})
}

// TestWordStatements holds what a search costs: one statement, however many resources have the word, and a second one that
// tells which of several words is rare.
func TestWordStatements(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, (&resource{typ: "Patient", id: "p"}).says("one two").str("name", "Johnson"))
		f.catchUp(t)
		for target, want := range map[string]int{
			"Patient?_content=one": 1, "Patient?_text=one": 1, "Patient?_content=none": 1, "Patient?_content=one+two": 2,
			"Patient?_content=one&_total=accurate&_count=0": 1,
		} {
			counted := &recorder{Querier: f.db}
			typ, query, _ := strings.Cut(target, "?")
			if _, err := searchsql.Run(t.Context(), counted, f.dialect, f.env, parse(t, typ, query), access.Narrow{}, chart.Page{}); err != nil {
				t.Error(err)
			}
			for i := range counted.texts {
				if f.dialect == searchsql.SQLite && strings.HasPrefix(target, "Patient?_content=one") && slices.ContainsFunc(counted.explain(t, i), func(step string) bool { return strings.Contains(step, "ORDER BY") }) {
					t.Errorf("%s is sorted:\n%s", target, strings.Join(counted.explain(t, i), "\n"))
				}
			}
			if len(counted.texts) != want {
				t.Errorf("%s: %d statements, want %d:\n%s", target, len(counted.texts), want, strings.Join(counted.texts, "\n"))
			}
		}
	})
}

// TestWordsInScope refuses a scope whose filter asks for words: it would be answered by an index that may be behind.
func TestWordsInScope(t *testing.T) {
	t.Parallel()
	f := openSQLite(t)
	narrow := access.Narrow{Filters: map[string][]string{"Patient": {"_content=x"}}}
	_, err := f.site.Search(t.Context(), parse(t, "Patient", "_content=y"), narrow, chart.Page{})
	if !fault.Is(err, fault.Forbidden) {
		t.Errorf("%v", err)
	}
	narrow.Filters["Patient"] = []string{"name=smith"}
	f.put(t, (&resource{typ: "Patient", id: "a"}).says("word").str("name", "Smith"), (&resource{typ: "Patient", id: "b"}).says("word").str("name", "Jones"))
	if got := f.ask(t, "Patient?_content=word", narrow); !slices.Equal(got, []string{"Patient/a"}) {
		t.Errorf("%v", got)
	}
}

// TestWordsAnew empties the full text, as a job that indexes everything anew does: what superseded versions left is gone, and
// nothing else.
func TestWordsAnew(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, (&resource{typ: "Patient", id: "p"}).says("former"))
		f.ask(t, "Patient?_content=former", access.Narrow{})
		f.put(t, (&resource{typ: "Patient", id: "p"}).says("present"))
		f.ask(t, "Patient?_content=present", access.Narrow{})
		site := f.site.(*chartstore.Site)
		done, err := site.Index(t.Context(), &chartstore.IndexStep{Kind: chartstore.Words, Keep: func(chartstore.IndexProgress) (string, []any) {
			return "UPDATE counter SET seq = seq WHERE id = 1", nil
		}})
		if err != nil || !done.End {
			t.Fatal(done, err)
		}
		if got := f.ask(t, "Patient?_content=present", access.Narrow{}); !slices.Equal(got, []string{"Patient/p"}) {
			t.Errorf("%v", got)
		}
		rows, err := f.db.QueryContext(t.Context(), "SELECT count(*) FROM idx_posting WHERE term = 'former'")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		n := -1
		for rows.Next() {
			if err := rows.Scan(&n); err != nil {
				t.Fatal(err)
			}
		}
		if n != 0 || rows.Err() != nil {
			t.Errorf("%d rows of a word that nobody says any more, %v", n, rows.Err())
		}
	})
}
