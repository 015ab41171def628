package httpd_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"chartwright/internal/access"
)

// longAnn is Ann's record, long enough to be compressed, with a word by which an edition of it is known.
func longAnn(word string) string {
	return strings.Replace(ann, `"Ash"`, `"`+word+strings.Repeat(" of the long name", 200)+`"`, 1)
}

// unzipped returns what a compressed answer says, and holds its header to it.
func unzipped(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	if rec.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("%d and not compressed: %.200s", rec.Code, rec.Body)
	}
	if length := rec.Header().Get("Content-Length"); length != "" && length != strconv.Itoa(rec.Body.Len()) {
		t.Errorf("%d bytes with Content-Length %s", rec.Body.Len(), length)
	}
	r, err := gzip.NewReader(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestCompressedReads(t *testing.T) { onEachStore(t, testCompressedReads) }

// testCompressedReads reads what was compressed before: each answer says what the one that is not compressed says, to those who
// may see it, and leaves the same trail.
func testCompressedReads(t *testing.T, w *world) {
	zip := map[string]string{"Accept-Encoding": "gzip"}
	read := ask{method: "GET", path: "Patient/ann", header: zip}
	same := func(when string, a ask, word string) {
		t.Helper()
		for _, again := range []string{"first", "again"} {
			rec := w.do(a)
			plain := a
			plain.header = nil
			want := w.do(plain)
			got := unzipped(t, rec)
			if got != want.Body.String() || !strings.Contains(got, word) {
				t.Errorf("%s, %s: %.300s\nwant %.300s", when, again, got, want.Body)
			}
			for _, name := range []string{"ETag", "Last-Modified", "Content-Type", "Vary"} {
				if got, want := rec.Header().Get(name), want.Header().Get(name); got != want {
					t.Errorf("%s, %s: %s is %q, want %q", when, again, name, got, want)
				}
			}
		}
	}
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: longAnn("Ash")})
	same("written", read, "Ash")
	w.must(200, ask{method: "PUT", path: "Patient/ann", body: longAnn("Elm")})
	same("updated", read, "Elm")
	same("the version before", ask{method: "GET", path: "Patient/ann/_history/1", header: zip}, "Ash")
	same("for people", ask{method: "GET", path: "Patient/ann?_pretty=true", header: zip}, "Elm")
	same("some elements", ask{method: "GET", path: "Patient/ann?_elements=name", header: zip}, "SUBSETTED")
	same("as XML", ask{method: "GET", path: "Patient/ann?_format=xml", header: zip}, `<family value="Elm`)

	t.Run("those who may not see it", func(t *testing.T) {
		w.subject("bob", &access.Subject{Actor: access.Patient, UserID: "u-bob", FHIRUser: "Patient/bob", Patient: "bob"}, "patient/*.rs")
		w.subject("observations", &access.Subject{Actor: access.System, UserID: "o"}, "system/Observation.rs")
		for token, status := range map[string]int{"bob": 404, "observations": 403, "-": 401, "stolen": 401} {
			for _, path := range []string{"Patient/ann", "Patient/ann/_history/2"} {
				rec := w.do(ask{method: "GET", path: path, token: token, header: zip})
				if rec.Code != status || strings.Contains(rec.Body.String(), "Elm") || rec.Header().Get("Content-Encoding") != "" {
					t.Errorf("%s reads %s: %d %.200s, want %d", token, path, rec.Code, rec.Body, status)
				}
			}
		}
	})
	t.Run("the trail", func(t *testing.T) {
		for range 2 {
			rec := w.do(read)
			e := w.lastEvent(rec.Header().Get("X-Request-Id"))
			if got := fmt.Sprint(e.Operation, " ", e.Action, " ", e.Type, "/", e.ID, " ", e.Status); got != "read R Patient/ann 200" {
				t.Errorf("it says %s", got)
			}
		}
	})
	t.Run("nothing new", func(t *testing.T) {
		rec := w.do(ask{method: "GET", path: "Patient/ann", header: map[string]string{"Accept-Encoding": "gzip", "If-None-Match": `W/"2"`}})
		if rec.Code != 304 || rec.Body.Len() > 0 || rec.Header().Get("Content-Encoding") != "" {
			t.Errorf("%d with %d bytes of %q", rec.Code, rec.Body.Len(), rec.Header().Get("Content-Encoding"))
		}
	})
	t.Run("another content under the same version", func(t *testing.T) {
		w.subject("remover", &access.Subject{Actor: access.User, UserID: "r", UserName: "r", FHIRUser: "Practitioner/r", Groups: []string{"admin"}}, "user/*.cruds cdr_fhir_expunge")
		w.must(204, ask{method: "DELETE", path: "Patient/ann"})
		if rec := w.do(read); rec.Code != 410 || strings.Contains(rec.Body.String(), "Elm") {
			t.Errorf("deleted, and read as %d %.200s", rec.Code, rec.Body)
		}
		w.must(200, ask{method: "POST", path: "Patient/$expunge", token: "remover",
			body: `{"resourceType":"Parameters","parameter":[{"name":"expungeDeletedResources","valueBoolean":true}]}`})
		w.must(201, ask{method: "PUT", path: "Patient/ann", body: longAnn("Oak")})
		same("begun anew", read, "Oak")
		same("version 1", ask{method: "GET", path: "Patient/ann/_history/1", header: zip}, "Oak")
	})
}
