package httpd_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/await"
)

// now is an instant after everything that was written, and not after what is written next.
func (w *world) now() string {
	w.t.Helper()
	last := w.must(201, ask{method: "POST", path: "Basic", body: `{"resourceType":"Basic","code":{"text":"x"}}`})["meta"].(map[string]any)["lastUpdated"].(string)
	const instant = "2006-01-02T15:04:05.000Z"
	await.True(w.t, "the next write is of another millisecond", func() bool { return time.Now().UTC().Format(instant) > last })
	return time.Now().UTC().Format(instant)
}

// patients makes n of them, called p0 and so on, in this order.
func (w *world) patients(n int) {
	w.t.Helper()
	var list []string
	for i := range n {
		list = append(list, entry("", fmt.Sprintf(`{"resourceType":"Patient","id":"p%d","active":true}`, i), "PUT", fmt.Sprint("Patient/p", i), ""))
	}
	w.must(200, ask{method: "POST", body: entries("transaction", list...)})
}

func observationOf(patient int) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":"o%d","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p%d"}}`, patient, patient)
}

// pageSizes goes through the pages of a path and counts the matches of each.
func (w *world) pageSizes(path string) (sizes []int) {
	w.t.Helper()
	for next := path; next != ""; {
		v := w.must(200, ask{method: "GET", path: next})
		n := 0
		list, _ := v["entry"].([]any)
		for _, e := range list {
			if e.(map[string]any)["search"].(map[string]any)["mode"] == "match" {
				n++
			}
		}
		sizes, next = append(sizes, n), link(v, "next")
	}
	return sizes
}

// TestEveryoneSince: with a narrow _since the pages go over those alone of whom something has changed, are as full as any, and hold what
// the calls on the patients give.
func TestEveryoneSince(t *testing.T) { onEachStore(t, testEveryoneSince) }

func testEveryoneSince(t *testing.T, w *world) {
	w.patients(105) // more than two pages look at
	w.must(201, ask{method: "PUT", path: "Observation/o9", body: observationOf(9)})
	since := w.now()
	check := func(name, query string, pages []int) {
		t.Helper()
		var want []string
		for i := range 105 {
			got, _ := w.wholes(fmt.Sprintf("Patient/p%d/$everything?_count=1000&_since=%s&%s", i, since, query), 1001)
			for _, key := range got {
				if !slices.Contains(want, key) {
					want = append(want, key)
				}
			}
		}
		got, _ := w.wholes(fmt.Sprintf("Patient/$everything?_count=1000&_since=%s&%s", since, query), 1000)
		// The call on one gives him in any case, and that on all him who has changed.
		want = slices.DeleteFunc(want, func(key string) bool { return strings.HasPrefix(key, "Patient/") && !slices.Contains(got, key) })
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if sizes := w.pageSizes(fmt.Sprintf("Patient/$everything?_count=7&_since=%s&%s", since, query)); !slices.Equal(sizes, pages) {
			t.Errorf("%s: pages of %v, want %v", name, sizes, pages)
		}
	}
	check("nothing has changed", "", []int{0})
	w.must(201, ask{method: "PUT", path: "Observation/o40", body: observationOf(40)})
	w.must(200, ask{method: "PUT", path: "Patient/p55", body: `{"resourceType":"Patient","id":"p55","active":false}`})
	w.must(201, ask{method: "PUT", path: "Group/g", body: `{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/p3"}},{"entity":{"reference":"Patient/p27"}}]}`})
	check("some have changed", "", []int{3}) // the Group once
	check("of one type", "_type=Observation", []int{1})
	check("patients alone", "_type=Patient", []int{1})
	w.must(204, ask{method: "DELETE", path: "Group/g"})
	for i := 2; i < 105; i++ { // 69 of them
		if i%3 == 0 {
			continue
		}
		w.must(201, ask{method: "POST", path: "Condition", body: fmt.Sprintf(`{"resourceType":"Condition","code":{"text":"x"},"subject":{"reference":"Patient/p%d"}}`, i)})
	}
	check("more than a link can name", "", []int{7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 1})

	next := link(w.must(200, ask{method: "GET", path: "Patient/$everything?_count=7&_since=" + since}), "next")
	w.must(204, ask{method: "DELETE", path: "Observation/o40"})
	for _, gone := range []string{"p13", "p14"} { // the next on the link
		w.must(204, ask{method: "DELETE", path: "Patient/" + gone})
	}
	got, _ := w.wholes(next, 7)
	if n := len(got); n != 61 || slices.Contains(got, "Observation/o40") || !slices.Contains(got, "Patient/p55") {
		t.Errorf("while others delete: %d %s", n, got)
	}
}

// TestEveryoneSinceMany: where too many have changed to list whose records they are, the pages go through all patients and find the same.
func TestEveryoneSinceMany(t *testing.T) { onEachStore(t, testEveryoneSinceMany) }

func testEveryoneSinceMany(t *testing.T, w *world) {
	const members = 1100 // more than a page of a search includes
	w.patients(members)
	since := w.now()
	var list []string
	for i := range members {
		list = append(list, fmt.Sprintf(`{"entity":{"reference":"Patient/p%d"}}`, i))
	}
	w.must(201, ask{method: "PUT", path: "Group/g", body: `{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[` + strings.Join(list, ",") + `]}`})
	w.must(201, ask{method: "PUT", path: "Observation/o1099", body: observationOf(1099)})
	got, _ := w.wholes("Patient/$everything?_count=1000&_type=Group,Observation&_since="+since, 1000)
	groups := 0
	for _, key := range got {
		if key == "Group/g" {
			groups++
		}
	}
	if groups != members/50 || !slices.Contains(got, "Observation/o1099") {
		t.Errorf("%d pages with the Group of all, want %d; at the end %s", groups, members/50, got[len(got)-1])
	}
}

// TestWhoseEveryoneSince: everybody sees since a time long ago what he sees at all.
func TestWhoseEveryoneSince(t *testing.T) { onEachStore(t, testWhoseEveryoneSince) }

func testWhoseEveryoneSince(t *testing.T, w *world) {
	w.threePatients()
	w.subject("men found, all read", &access.Subject{Actor: access.System, UserID: "m"}, "system/Patient.s?gender=male system/Patient.r system/Observation.rs")
	for _, token := range []string{"", "ann", "herself", "lab", "clerk", "men", "men read, all found", "men found, all read"} {
		shown := func(path string) (keys []string) {
			v := w.must(200, ask{method: "GET", path: path, token: token})
			for _, e := range v["entry"].([]any) {
				r := e.(map[string]any)["resource"].(map[string]any)
				keys = append(keys, fmt.Sprint(r["resourceType"], "/", r["id"]))
			}
			return keys
		}
		if got, want := shown("Patient/$everything?_since=2000"), shown("Patient/$everything"); !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s sees %s, want %s", token, got, want)
		}
	}
}
