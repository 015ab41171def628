package chart_test

import (
	"encoding/json"
	"testing"
	"time"

	"chartwright/internal/chart"
)

func TestVersionAppendJSON(t *testing.T) {
	t.Parallel()
	updated := time.Date(2026, 3, 1, 12, 0, 0, 7e6, time.FixedZone("", 3600))
	const seen = `"versionId":"3","lastUpdated":"2026-03-01T11:00:00.007Z"`
	for _, c := range []struct{ name, body, want string }{
		{"no meta", `{"resourceType":"Patient","id":"a","active":true}`, `{"resourceType":"Patient","id":"a","meta":{` + seen + `},"active":true}`},
		{"nothing else", `{"resourceType":"Patient","id":"a"}`, `{"resourceType":"Patient","id":"a","meta":{` + seen + `}}`},
		{"meta", `{"resourceType":"Patient","id":"a","meta":{"profile":["p"]},"active":true}`, `{"resourceType":"Patient","id":"a","meta":{` + seen + `,"profile":["p"]},"active":true}`},
		{"meta last", `{"resourceType":"Patient","id":"a","meta":{"source":"s"}}`, `{"resourceType":"Patient","id":"a","meta":{` + seen + `,"source":"s"}}`},
		{"empty meta", `{"resourceType":"Patient","id":"a","meta":{},"active":true}`, `{"resourceType":"Patient","id":"a","meta":{` + seen + `},"active":true}`},
		{"meta deeper", `{"resourceType":"Patient","id":"a","contained":[{"meta":{}}]}`, `{"resourceType":"Patient","id":"a","meta":{` + seen + `},"contained":[{"meta":{}}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := chart.Version{Key: chart.Key{Type: "Patient", ID: "a"}, VID: 3, Updated: updated, Body: []byte(c.body)}
			if got := string(v.AppendJSON([]byte("x"))); got != "x"+c.want {
				t.Errorf("got  %s\nwant x%s", got, c.want)
			}
			if !json.Valid(v.AppendJSON(nil)) {
				t.Error("not valid JSON")
			}
			if string(v.Body) != c.body {
				t.Error("the body was changed")
			}
		})
	}
	gone := chart.Version{Key: chart.Key{Type: "Patient", ID: "a"}, VID: 4, Method: chart.Delete}
	if got := gone.AppendJSON(nil); got != nil {
		t.Errorf("a deletion gave %s", got)
	}
}

func TestCanonicalPrefix(t *testing.T) {
	t.Parallel()
	key := chart.Key{Type: "Patient", ID: "a"}
	for body, want := range map[string]bool{
		`{"resourceType":"Patient","id":"a"}`:           true,
		`{"resourceType":"Patient","id":"a","meta":{}}`: true,
		`{"resourceType":"Patient","id":"ab"}`:          false,
		`{"id":"a","resourceType":"Patient"}`:           false,
		`{ "resourceType":"Patient","id":"a"}`:          false,
		`{"resourceType":"Group","id":"a"}`:             false,
		`{"resourceType":"Patient","id":"a"`:            false,
		``:                                              false,
	} {
		if got := chart.CanonicalPrefix(key, []byte(body)); got != want {
			t.Errorf("%s: %v, want %v", body, got, want)
		}
	}
}
