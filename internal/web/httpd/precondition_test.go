package httpd_test

import (
	"fmt"
	"strings"
	"testing"

	"chartwright/internal/setting"
)

// TestPreconditions is the tables of RFC 9110 §13.1: which conditions hold for a resource that is at a version and for none.
func TestPreconditions(t *testing.T) { onEachStore(t, testPreconditions) }

func testPreconditions(t *testing.T, w *world) {
	const past, future = "Mon, 01 Jan 2001 00:00:00 GMT", "Tue, 01 Jan 2999 00:00:00 GMT"
	// version makes sure that there is something to change and returns its version.
	version := func() string {
		rec := w.do(ask{method: "HEAD", path: "Patient/ann"})
		if rec.Code != 200 {
			rec = w.do(ask{method: "PUT", path: "Patient/ann", body: ann})
		}
		return strings.Trim(rec.Header().Get("Etag"), `W/"`)
	}
	fresh := 0
	for name, c := range map[string]struct {
		header, value   string // {} stands for the version
		read, write     int
		absent, nothing int // of an update and a deletion of what is not there
	}{
		"one of several":             {"If-Match", `W/"999", W/"{}"`, 200, 200, 412, 412},
		"none of several":            {"If-Match", `W/"999", W/"998"`, 412, 412, 412, 412},
		"strong, as some send them":  {"If-Match", `"{}"`, 200, 200, 412, 412},
		"another spelling":           {"If-Match", `W/"0{}"`, 412, 412, 412, 412},
		"a tag of somebody else":     {"If-Match", `"abc", W/"{}"`, 200, 200, 412, 412},
		"a tag of somebody alone":    {"If-Match", `"abc"`, 412, 412, 412, 412},
		"whatever it is":             {"If-Match", `*`, 200, 200, 412, 412},
		"what is malformed":          {"If-Match", `W/"{}", 4`, 400, 400, 400, 400},
		"whatever, and one":          {"If-Match", `*, W/"{}"`, 400, 400, 400, 400},
		"known already":              {"If-None-Match", `W/"999", W/"{}"`, 304, 412, 201, 204},
		"known is another":           {"If-None-Match", `W/"999", W/"998"`, 200, 200, 201, 204},
		"if it does not exist":       {"If-None-Match", `*`, 304, 412, 201, 204},
		"since a time that was":      {"If-Unmodified-Since", past, 412, 412, 201, 204},
		"since a time to come":       {"If-Unmodified-Since", future, 200, 200, 201, 204},
		"since a time that is none":  {"If-Unmodified-Since", "yesterday", 200, 200, 201, 204},
		"changed since, of no write": {"If-Modified-Since", future, 304, 200, 201, 204},
	} {
		check := func(want int, method, path, body string) {
			t.Helper()
			header := map[string]string{c.header: strings.ReplaceAll(c.value, "{}", version())}
			if method == "PATCH" {
				header["Content-Type"] = "application/merge-patch+json"
			}
			if rec := w.do(ask{method: method, path: path, body: body, header: header}); rec.Code != want {
				t.Errorf("%s: %s %s: status %d, want %d: %s", name, method, path, rec.Code, want, rec.Body)
			}
		}
		check(c.read, "GET", "Patient/ann", "")
		check(c.read, "HEAD", "Patient/ann", "")
		for _, path := range []string{"Patient/ann", "Patient?identifier=urn:mrn|1"} {
			check(c.write, "PUT", path, ann)
			check(c.write, "PATCH", path, `{"active":true}`)
			if c.write == 200 {
				check(204, "DELETE", path, "")
			} else {
				check(c.write, "DELETE", path, "")
			}
		}
		fresh++
		id := fmt.Sprintf("fresh%d", fresh)
		check(c.absent, "PUT", "Basic/"+id, `{"resourceType":"Basic","id":"`+id+`","code":{"text":"x"}}`)
		check(c.nothing, "DELETE", "Basic/nobody", "")
	}
	w.settings.ConditionalDelete = setting.Multiple
	at := `W/\"` + version() + `\"`
	w.play(t, []scenario{
		{"several, of which one has another version", ask{method: "DELETE", path: "Patient?identifier=urn:mrn|1", header: map[string]string{"If-Match": `W/"999"`}}, 412, nil, nil},
		{"several, of which there are none", ask{method: "DELETE", path: "Patient?identifier=urn:mrn|none", header: map[string]string{"If-Match": `*`}}, 412, nil, nil},
		{"in a transaction", ask{method: "POST", body: entries("transaction", entry("", ann, "PUT", "Patient/ann", `,"ifMatch":"W/\"999\", `+at+`"`))}, 200, []string{`"status":"200`}, nil},
		{"in a transaction that reads", ask{method: "POST", body: entries("transaction", entry("", "", "GET", "Patient/ann", `,"ifMatch":"W/\"999\""`))}, 412, []string{"Bundle.entry[0]"}, nil},
		{"in a batch", ask{method: "POST", body: entries("batch", entry("", "", "GET", "Patient/ann", `,"ifNoneMatch":"W/\"999\", *"`), entry("", "", "DELETE", "Patient/ann", `,"ifMatch":"*"`))}, 200, []string{`"status":"204`}, nil},
	})
}
