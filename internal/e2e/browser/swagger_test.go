package browser

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"chartwright/internal/e2e/demoserver"
)

// A person opens the documentation, authorizes and tries one operation of each API.
func TestTryItOut(t *testing.T) {
	t.Parallel()
	server := demoserver.Start(t)
	for _, c := range []struct {
		host                     string // how the person writes the address of loopback
		document, tag, operation string
		who                      demoserver.Account
		rows                     string // what the answer must hold
	}{
		{"127.0.0.1", "FHIR: Individuals", "Patient", "searchPatient", demoserver.Admin, `"Lindqvist"`},
		{"localhost", "Standard API", "Patient", "listPatients", demoserver.Admin, `"Lindqvist"`},
		{"127.0.0.1", "Portal API", "Patient", "getOwnPatient", demoserver.Phil, `"Lindqvist"`},
	} {
		t.Run(c.document, func(t *testing.T) {
			server, err := server.At(c.host)
			if err != nil {
				t.Fatal(err)
			}
			ctx := open(t)
			name := strings.ToLower(strings.NewReplacer(": ", "-", " ", "-").Replace(c.document))
			do(ctx, t, name+"-open", visit(server.URL+"/swagger/"), chromedp.WaitVisible(".download-url-wrapper select"))
			choose(ctx, t, server, c.document)
			shoot(ctx, t, name+"-1-document")
			authorize(ctx, t, server, name, c.who)
			body := try(ctx, t, name, c.tag, c.operation)
			if !strings.Contains(body, c.rows) {
				t.Errorf("the answer has no %s: %.400s", c.rows, body)
			}
		})
	}
}

// choose picks a document in the selector and waits until it is shown.
func choose(ctx context.Context, t *testing.T, server *demoserver.Server, name string) {
	t.Helper()
	d := documentOf(t, server, name)
	do(ctx, t, "choose "+name,
		chromedp.Evaluate[chromedp.Void](`(() => {
			const select = document.querySelector(".download-url-wrapper select");
			select.value = [...select.options].find((o) => o.text === `+strconv.Quote(name)+`).value;
			select.dispatchEvent(new Event("change", { bubbles: true }));
		})()`),
		until(`document.querySelector(".info .title")?.textContent.includes(`+strconv.Quote(d.title)+`) && document.querySelectorAll(".opblock-tag-section").length === `+strconv.Itoa(d.tags)),
	)
}

type shown struct {
	title string
	tags  int
}

// documentOf reads from a document what the page must show of it.
func documentOf(t *testing.T, server *demoserver.Server, name string) shown {
	t.Helper()
	var config struct {
		URLs []struct{ Name, URL string }
	}
	server.Get(t, "/swagger/config.json", &config)
	for _, u := range config.URLs {
		if u.Name != name {
			continue
		}
		var doc struct {
			Info  struct{ Title string }
			Paths map[string]map[string]json.RawMessage
		}
		server.Get(t, u.URL, &doc)
		tags := map[string]bool{}
		for _, item := range doc.Paths {
			for method, raw := range item {
				if method == "parameters" {
					continue
				}
				var op struct{ Tags []string }
				if err := json.Unmarshal(raw, &op); err != nil {
					t.Fatal(err)
				}
				tags[op.Tags[0]] = true
			}
		}
		return shown{doc.Info.Title, len(tags)}
	}
	t.Fatalf("there is no document %s", name)
	return shown{}
}

// authorize presses Authorize with the scopes that are ticked. The pages of the authorization server are gone through outside of
// the browser, which draws no second window without a screen; their last redirect is opened in it.
func authorize(ctx context.Context, t *testing.T, server *demoserver.Server, name string, who demoserver.Account) {
	t.Helper()
	do(ctx, t, name+"-dialog",
		chromedp.Evaluate[chromedp.Void](`(() => { const open = window.open; window.open = (url) => { window.asked = url; window.open = open; }; })()`),
		chromedp.Click(".auth-wrapper .btn.authorize"), chromedp.WaitVisible(".modal-ux .scopes"))
	shoot(ctx, t, name+"-2-scopes")
	do(ctx, t, name+"-press", chromedp.Click(".modal-ux .auth-btn-wrapper .btn.authorize"), until("!!window.asked"))
	asked, err := chromedp.Run(ctx, chromedp.Evaluate[string]("new URL(window.asked, location.href).href"))
	if err != nil {
		t.Fatal(err)
	}
	back, err := server.Agree(who, asked)
	if err != nil {
		t.Fatal(err)
	}
	do(ctx, t, name+"-authorized", chromedp.Evaluate[chromedp.Void](`void window.open(`+strconv.Quote(back)+`)`),
		until(`[...document.querySelectorAll(".modal-ux .btn")].some((b) => b.textContent === "Logout")`, chromedp.WithPollingInterval(100*time.Millisecond)))
	shoot(ctx, t, name+"-3-authorized")
	do(ctx, t, name+"-close", chromedp.Click(".modal-ux .btn-done"), chromedp.WaitNotPresent(".modal-ux"))
}

// try opens an operation, presses Try it out and Execute, wants 200 and returns what the page shows of the answer.
func try(ctx context.Context, t *testing.T, name, tag, operation string) string {
	t.Helper()
	block := "#operations-" + tag + "-" + operation
	do(ctx, t, name+"-open-operation",
		chromedp.Click("#operations-tag-"+tag), chromedp.WaitVisible(block),
		chromedp.Click(block+" .opblock-summary-control"), chromedp.WaitVisible(block+" .try-out__btn"))
	shoot(ctx, t, name+"-4-operation")
	do(ctx, t, name+"-execute",
		chromedp.Click(block+" .try-out__btn"), chromedp.WaitVisible(block+" .execute"),
		chromedp.Click(block+" .execute"), chromedp.WaitVisible(block+" .live-responses-table tr.response td.response-col_status"),
		chromedp.ScrollIntoView(block+" .live-responses-table"))
	shoot(ctx, t, name+"-5-answer")
	status, body := text(ctx, t, block+" .live-responses-table tr.response td.response-col_status"), text(ctx, t, block+" .live-responses-table tr.response td.response-col_description")
	if got := strings.Fields(status); len(got) == 0 || got[0] != "200" {
		t.Errorf("the page shows status %q: %.400s", status, body)
	}
	return body
}

// text returns what an element shows.
func text(ctx context.Context, t *testing.T, selector string) string {
	t.Helper()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, err := chromedp.Run(limited, chromedp.Text(selector))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
