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
	// What stands before an id keeps sealed page links, random text that may hold anything, from looking like one.
	anyID = regexp.MustCompile(`(?:^|[^A-Za-z0-9_-]|%2F|%7C)(mx-[A-Za-z]+(?:-[A-Za-z]+)*)`)
)

// Answers can be long, and expressions are slow: [around] cuts out the neighbourhoods in which one can match at all.
const longest = 120 // bytes of an id or a canary, and of what stands before it

// around calls yield with each neighbourhood of a word, and where the word stands in it. Another one may stand behind it, cut off.
func around(text []byte, word string, before int, yield func(part []byte, at int)) {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(word))
		if i < 0 {
			return
		}
		i += at
		before := min(i, before)
		yield(text[i-before:min(len(text), i+longest)], before)
		at = i + len(word)
	}
}

// canaries calls yield with the site and the id of each canary in a text.
func canaries(text []byte, yield func(site, id string)) {
	around(text, "canary-", 0, func(part []byte, at int) {
		if m := anyCanary.FindSubmatchIndex(part); m != nil && m[0] == at {
			yield(string(part[m[2]:m[3]]), string(part[m[4]:m[5]]))
		}
	})
}

// mentions are the ids of facts that a text names.
func mentions(text []byte) []string {
	var ids []string
	around(text, "mx-", len("%2F"), func(part []byte, at int) {
		if m := anyID.FindSubmatchIndex(part); m != nil && m[2] == at {
			ids = append(ids, string(part[m[2]:m[3]]))
		}
	})
	return ids
}

// withoutTrail leaves out of an answer the entries that the server has made of events of its audit trail.
func withoutTrail(said []byte) []byte {
	begin, end := []byte(`{"resourceType":"AuditEvent","id":"trail-`), []byte(`},"search":{"mode":"match"}`)
	var rest []byte
	for {
		i := bytes.Index(said, begin)
		if i < 0 {
			return append(rest, said...)
		}
		rest = append(rest, said[:i]...)
		n := bytes.Index(said[i:], end)
		if n < 0 {
			return append(rest, said[i:]...)
		}
		said = said[i+n+len(end):]
	}
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
		said = withoutTrail(said)
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
	bad := ""
	canaries(said, func(of, id string) {
		switch {
		case of != site:
			bad = "it shows " + id + " of site " + of
		case !want[id]:
			bad = "it shows " + id
		}
		got[id] = true
	})
	if bad != "" {
		return bad
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
