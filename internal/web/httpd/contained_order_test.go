package httpd_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/access"
)

func TestContainedOrder(t *testing.T) { onEachStore(t, testContainedOrder) }

// report is a DiagnosticReport about a patient that contains resources, each of which it refers to.
func report(id, patient string, contained ...string) string {
	var results []string
	for i := range contained {
		results = append(results, fmt.Sprintf(`{"reference":"#o%d"}`, i+1))
	}
	return fmt.Sprintf(`{"resourceType":"DiagnosticReport","id":%q,"contained":[%s],"status":"final","code":{"text":"report"},"subject":{"reference":"Patient/%s"},"result":[%s]}`,
		id, strings.Join(contained, ","), patient, strings.Join(results, ","))
}

// finding is an Observation with a code and whatever else.
func finding(id, code, more string) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"coding":[{"code":%q}]}%s}`, id, code, more)
}

// places are the full URLs of a page, from the type on.
func places(bundle map[string]any) []string {
	list := fullURLs(bundle)
	for i := range list {
		_, list[i], _ = strings.Cut(list[i], "/fhir/")
	}
	return list
}

// paged follows a search page by page and returns what it found, as [places] does.
func (w *world) paged(path string, size int) (list []string) {
	w.t.Helper()
	for next := fmt.Sprintf("%s&_count=%d", path, size); next != ""; {
		page := w.must(200, ask{method: "GET", path: next})
		found := places(page)
		if len(found) > size {
			w.t.Errorf("%s: a page of %d, want %d", path, len(found), size)
		}
		list = append(list, found...)
		next = link(page, "next")
	}
	return list
}

func testContainedOrder(t *testing.T, w *world) {
	w.twoPatients()
	about := func(patient, date string, value int, note string) string {
		return fmt.Sprintf(`,"subject":{"reference":"Patient/%s"},"effectiveDateTime":%q,"valueQuantity":{"value":%d},"note":[{"text":%q}]`, patient, date, value, note)
	}
	w.must(201, ask{method: "PUT", path: "DiagnosticReport/d1", body: report("d1", "ann",
		finding("o1", "b", about("ann", "2020-01-03", 3, "alpha beta")), finding("o2", "a", about("bob", "2020-01-01", 9, "alpha")))})
	w.must(201, ask{method: "PUT", path: "DiagnosticReport/d2", body: report("d2", "bob",
		finding("o1", "c", about("bob", "2020-01-02", 5, "beta gamma")+`,"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">story</div>"}`), finding("o2", "d", ""),
		`{"resourceType":"Patient","id":"ann","gender":"other"}`)})
	w.must(201, ask{method: "PUT", path: "Observation/own", body: finding("own", "b", about("ann", "2020-01-02T12:00:00Z", 4, "alpha"))})
	w.subject("reports", &access.Subject{Actor: access.System, UserID: "r"}, "system/DiagnosticReport.rs")
	get := func(path string) ask { return ask{method: "GET", path: path} }

	// One page, several pages and the count find the same, in the order asked for.
	all := "Observation?_contained=true&_containedType=contained"
	for _, c := range []struct {
		path string
		want string // in order, from the type on, D for DiagnosticReport
	}{
		{all, "D/d1#o1 D/d1#o2 D/d2#o1 D/d2#o2"},
		{all + "&_sort=date", "D/d1#o2 D/d2#o1 D/d1#o1 D/d2#o2"},
		{all + "&_sort=-date", "D/d1#o1 D/d2#o1 D/d1#o2 D/d2#o2"},
		{all + "&_sort=code", "D/d1#o2 D/d1#o1 D/d2#o1 D/d2#o2"},
		{all + "&_sort=-code", "D/d2#o2 D/d2#o1 D/d1#o1 D/d1#o2"},
		{all + "&_sort=value-quantity", "D/d1#o1 D/d2#o1 D/d1#o2 D/d2#o2"},
		{all + "&_sort=_id,-date", "D/d1#o1 D/d2#o1 D/d1#o2 D/d2#o2"},
		{all + "&_sort=_id,date&status=final", "D/d2#o1 D/d1#o1 D/d1#o2 D/d2#o2"},
		{all + "&_sort=-date&code:not=c", "D/d1#o1 D/d1#o2 D/d2#o2"},
		{"Observation?_contained=true&_sort=date", "D/d1 D/d2"},
		{"Observation?_contained=true&_sort=-value-quantity", "D/d1 D/d2"},
		{"Observation?_contained=true&_sort=-code", "D/d2 D/d1"},
		{"Observation?_contained=true&_sort=code&date=ge2020-01-02", "D/d1 D/d2"},
		{"Observation?_contained=both&_sort=date&_lastUpdated=gt2000&date:missing=false", "D/d1 D/d2 Observation/own"},
		{"Observation?_contained=both&_sort=-date&date:missing=false", "D/d1 Observation/own D/d2"},
		{"Observation?_contained=both&_containedType=contained&_sort=date&date:missing=false", "D/d1#o2 D/d2#o1 Observation/own D/d1#o1"},
		{"Observation?_contained=both&_containedType=contained&_sort=-value-quantity&code=a,b,c", "D/d1#o2 D/d2#o1 Observation/own D/d1#o1"},
		{"?_type=Observation,Patient&_contained=true&_containedType=contained&_sort=-_id&_lastUpdated=gt2000", "D/d1#o2 D/d2#o2 D/d1#o1 D/d2#o1 D/d2#ann"},

		{all + "&_content=alpha", "D/d1#o1 D/d1#o2"},
		{all + "&_content=alpha+beta", "D/d1#o1"},
		{all + "&_content=beta&_sort=date", "D/d2#o1 D/d1#o1"},
		{all + "&_content=alpha+AND+NOT+beta", "D/d1#o2"},
		{all + "&_content=report", ""},
		{all + "&_content=gamma,alpha&status=final&_sort=-code", "D/d2#o1 D/d1#o1 D/d1#o2"},
		{all + "&_text=story", "D/d2#o1"},
		{all + "&_text=gamma", ""},
		{"Observation?_contained=both&_content=alpha", "Observation/own D/d1"},
		{"Observation?_contained=both&_containedType=contained&_content=alpha&_sort=-date", "D/d1#o1 Observation/own D/d1#o2"},
		{"Observation?_contained=true&_content=gamma", "D/d2"},
		{all + "&_filter=_content%20co%20%22gamma%22%20or%20code%20eq%20a", "D/d1#o2 D/d2#o1"},
		{all + "&_filter=_lastUpdated%20gt%202000%20and%20not%20(code%20eq%20a)", "D/d1#o1 D/d2#o1 D/d2#o2"},
		{all + "&_has:DiagnosticReport:result:subject=Patient/bob&date=ge2020&_sort=date", "D/d2#o1"},
		{"DiagnosticReport?result:Observation._content=gamma", "D/d2"},
		{"DiagnosticReport?result:Observation._text=story&status=final", "D/d2"},

		{"Patient/ann/Observation?_contained=true&_containedType=contained", "D/d1#o1"},
		{"Patient/bob/Observation?_contained=true&_containedType=contained&_sort=date", "D/d1#o2 D/d2#o1"},
		{"Patient/ann/Observation?_contained=both&_containedType=contained&code=b", "Observation/own D/d1#o1"},
		{"Patient/ann/Observation?_contained=both&code=b&_sort=date", "Observation/own D/d1"},
		{"Patient/bob/*?_type=Observation,DiagnosticReport&_contained=both&status=final&_lastUpdated=gt2000&_content=gamma", "D/d2"},
		{"Patient/ann/Patient?_contained=true", ""},
		{"Patient/ann/Patient?_contained=both", "Patient/ann"},
	} {
		t.Run(c.path, func(t *testing.T) {
			w.t = t
			want := strings.Fields(strings.ReplaceAll(c.want, "D/", "DiagnosticReport/"))
			whole := w.must(200, get(c.path+"&_total=accurate"))
			if got := places(whole); !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
			if got := w.must(200, get(c.path+"&_summary=count"))["total"]; got != float64(len(want)) || whole["total"] != got {
				t.Errorf("a total of %v and, counted alone, of %v; want %d", whole["total"], got, len(want))
			}
			for _, size := range []int{1, 2, 3} {
				if got := w.paged(c.path+"&_total=accurate", size); !slices.Equal(got, want) {
					t.Errorf("%d on a page: %v, want %v", size, got, want)
				}
			}
		})
	}
	w.t = t
	w.play(t, []scenario{
		{"a key that is none", get(all + "&_sort=colour"), 400, []string{"_sort"}, nil},
		{"a patient's own, sorted", ask{method: "GET", token: "ann", path: all + "&_sort=date"}, 200, []string{"d1#o1", "d1#o2", `"total":2`}, []string{"/d2"}},
		{"a patient's own, by words", ask{method: "GET", token: "ann", path: all + "&_content=beta"}, 200, []string{"d1#o1", `"total":1`}, []string{"/d2"}},
		{"in another's compartment", ask{method: "GET", token: "ann", path: "Patient/bob/Observation?_contained=true"}, 200, []string{`/d1"`, `"total":1`}, []string{"/d2"}},
		{"nor without the right to search the type", ask{method: "GET", token: "reports", path: all + "&_sort=date"}, 403, nil, []string{"/d1"}},
		{"nor where the container is not seen", ask{method: "GET", token: "observations", path: all + "&_content=alpha&_sort=date"}, 200, []string{`"total":0`}, []string{"/d1"}},
	})

	// What was written after the first page is not on a later one, and what an order has shown is not shown again.
	page := w.must(200, get(all+"&_sort=date&_count=2"))
	w.must(201, ask{method: "PUT", path: "DiagnosticReport/d3", body: report("d3", "ann", finding("o1", "z", about("ann", "2020-02-01", 1, "delta")))})
	w.must(200, ask{method: "PUT", path: "DiagnosticReport/d2", body: report("d2", "bob", finding("o1", "c", about("bob", "2021-01-02", 5, "epsilon")))})
	if got := places(w.must(200, get(link(page, "next")))); !slices.Equal(got, []string{"DiagnosticReport/d1#o1"}) {
		t.Errorf("the second page has %v", got)
	}
	w.play(t, []scenario{
		{"words that are gone", get(all + "&_content=gamma"), 200, []string{`"total":0`}, nil},
		{"words that came", get(all + "&_content=epsilon,delta"), 200, []string{"d2#o1", "d3#o1", `"total":2`}, nil},
	})
}
