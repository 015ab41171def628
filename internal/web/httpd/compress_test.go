package httpd_test

import (
	"bytes"
	"compress/gzip"
	"maps"
	"net/http"
	"strings"
	"testing"
)

func zipped(t *testing.T, body []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings.APIStandard = true
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	for i := range 200 {
		w.create(`{"resourceType":"Observation","status":"final","code":{"text":"pulse ` + strings.Repeat("x", i) + `"}}`)
	}
	plain := w.do(ask{method: "GET", path: "Observation?_count=100&_sort=_id"})
	for name, c := range map[string]struct {
		ask  ask
		code string
		want bool
	}{
		"a page":                     {ask{method: "GET", path: "Observation?_count=100&_sort=_id"}, "gzip", true},
		"one coding of several":      {ask{method: "GET", path: "Observation?_count=100"}, "br;q=1.0, gzip;q=0.8, *;q=0.1", true},
		"any coding":                 {ask{method: "GET", path: "Observation?_count=100"}, "*", true},
		"XML":                        {ask{method: "GET", path: "Observation?_count=100&_format=xml"}, "gzip", true},
		"the header alone":           {ask{method: "HEAD", path: "metadata"}, "gzip", true},
		"a CapabilityStatement":      {ask{method: "GET", path: "metadata"}, "gzip", true},
		"not asked for":              {ask{method: "GET", path: "Observation?_count=100"}, "", false},
		"asked not to":               {ask{method: "GET", path: "Observation?_count=100"}, "gzip;q=0, *", false},
		"another coding":             {ask{method: "GET", path: "Observation?_count=100"}, "br", false},
		"a short one":                {ask{method: "GET", path: "Patient/ann"}, "gzip", false},
		"nothing":                    {ask{method: "GET", path: "Patient/ann", header: map[string]string{"If-None-Match": `W/"1"`}}, "gzip", false},
		"a short error":              {ask{method: "GET", path: "Patient/bob"}, "gzip", false},
		"the authorization server's": {ask{method: "GET", path: "/oauth2/default/nothing"}, "gzip", false},
	} {
		header := map[string]string{}
		maps.Copy(header, c.ask.header)
		if c.code != "" {
			header["Accept-Encoding"] = c.code
		}
		c.ask.header = header
		rec := w.do(c.ask)
		if got := rec.Header().Get("Content-Encoding") == "gzip"; got != c.want {
			t.Errorf("%s: compressed %t, want %t", name, got, c.want)
		}
		if strings.HasPrefix(c.ask.path, "/oauth2") {
			continue
		}
		if !strings.Contains(rec.Header().Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: Vary is %q", name, rec.Header().Get("Vary"))
		}
		if !c.want {
			continue
		}
		body := unzipped(t, rec)
		if len(body) < 1400 {
			t.Errorf("%s: %d bytes", name, len(body))
		}
		if name == "a page" && len(body) != plain.Body.Len() {
			t.Errorf("%d bytes, want the %d of the answer that was not compressed", len(body), plain.Body.Len())
		}
	}
}

func TestBodiesMayBeCompressed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	bomb := []byte(`{"resourceType":"Patient","name":[{"text":"` + strings.Repeat("0", 6<<20) + `"}]}`)
	for name, c := range map[string]struct {
		body, coding string
		status       int
	}{
		"compressed":                {zipped(t, []byte(ann)), "gzip", 200},
		"under its old name":        {zipped(t, []byte(ann)), "x-gzip", 200},
		"as it is":                  {ann, "identity", 200},
		"what is no gzip":           {ann, "gzip", 400},
		"half of it":                {zipped(t, []byte(ann))[:60], "gzip", 400},
		"a bomb":                    {zipped(t, bomb), "gzip", 413},
		"another coding":            {ann, "deflate", 415},
		"compressed more than once": {zipped(t, []byte(zipped(t, []byte(ann)))), "gzip, gzip", 415},
	} {
		rec := w.do(ask{method: "PUT", path: "Patient/ann", body: c.body, header: map[string]string{"Content-Encoding": c.coding}})
		if rec.Code != c.status {
			t.Errorf("%s: status %d, want %d: %s", name, rec.Code, c.status, rec.Body)
		}
		if rec.Code == http.StatusUnsupportedMediaType && rec.Header().Get("Accept-Encoding") != "gzip" {
			t.Errorf("%s: what is taken is not said: %v", name, rec.Header())
		}
	}
	w.play(t, []scenario{{"what came compressed is stored as it is", ask{method: "GET", path: "Patient/ann"}, 200, []string{"Ash", `"versionId":"4"`}, nil}})
}
