package matrix_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	anyCanary = regexp.MustCompile(`canary-([a-z]+)-([A-Za-z-]+)\.`)
	// trailEvent is an entry that the server has made of an event of its audit trail.
	trailEvent = regexp.MustCompile(`\{"resourceType":"AuditEvent","id":"trail-.*?\},"search":\{"mode":"match"\}`)
	// What stands before an id keeps sealed page links, random text that may hold anything, from looking like one.
	anyID = regexp.MustCompile(`(?:^|[^A-Za-z0-9_-]|%2F|%7C)(mx-[A-Za-z]+(?:-[A-Za-z]+)*)`)
)

// mentions are the ids of facts that a text names.
func mentions(text []byte) []string {
	var ids []string
	for _, m := range anyID.FindAllSubmatch(text, -1) {
		ids = append(ids, string(m[1]))
	}
	return ids
}

// check returns what is wrong with an answer at a site; empty if nothing is.
func check(site string, e expectation, a *answer) string {
	if a.status >= 500 {
		return "the server failed"
	}
	if len(e.status) > 0 && !slices.Contains(e.status, a.status) {
		return fmt.Sprintf("status %d, want %v", a.status, e.status)
	}
	if len(e.status) == 0 && a.status == 401 {
		return "a live token is not accepted"
	}
	if a.status == 401 && a.header.Get("WWW-Authenticate") == "" {
		return "a 401 without a challenge"
	}
	if e.entry != 0 {
		if got := entryStatus(a.body); got != e.entry {
			return fmt.Sprintf("the entry has status %d, want %d", got, e.entry)
		}
	}
	if e.counted {
		var b struct{ Total int }
		if err := json.Unmarshal(a.body, &b); err != nil || b.Total != e.total {
			return fmt.Sprintf("the total is %d, want %d", b.Total, e.total)
		}
	}
	for _, text := range e.secret {
		if bytes.Contains(a.body, []byte(text)) {
			return "it shows " + text
		}
	}
	if e.free {
		if len(e.status) == 0 && a.status == 403 && !e.narrower {
			return "what is allowed is refused"
		}
		return ""
	}
	return leaks(site, e, a)
}

// leaks looks for what the answer shows beyond the expected rows, or does not show of them.
func leaks(site string, e expectation, a *answer) string {
	said := bytes.Join([][]byte{a.body, []byte(a.header.Get("Location")), []byte(a.header.Get("Content-Location"))}, []byte("\n"))
	if e.trail {
		said = trailEvent.ReplaceAll(said, nil)
	}
	allowed := map[string]bool{}
	for _, id := range mentions(append([]byte(a.call.path+a.call.header["If-None-Exist"]), a.call.body...)) {
		allowed[id] = true
	}
	want := map[string]bool{}
	rows := e.rows
	if e.most != nil {
		rows = e.most()
	}
	for _, f := range rows {
		want[f.ID] = true
		for _, id := range f.ids {
			allowed[id] = true
		}
	}
	got := map[string]bool{}
	for _, m := range anyCanary.FindAllSubmatch(said, -1) {
		id := string(m[2])
		switch {
		case string(m[1]) != site:
			return "it shows " + id + " of site " + string(m[1])
		case !want[id]:
			return "it shows " + id
		}
		got[id] = true
	}
	for id := range want {
		if !got[id] && e.most == nil {
			return "it lacks " + id
		}
	}
	for _, id := range mentions(said) {
		if !allowed[id] {
			return "it names " + id
		}
	}
	return ""
}

// entryStatus is the status of the first entry of a Bundle; 0 if there is none.
func entryStatus(body []byte) int {
	var b struct {
		Entry []struct{ Response struct{ Status string } }
	}
	if json.Unmarshal(body, &b) != nil || len(b.Entry) == 0 {
		return 0
	}
	code, _, _ := strings.Cut(b.Entry[0].Response.Status, " ")
	n, _ := strconv.Atoi(code)
	return n
}
