package browser

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"chartwright/internal/e2e/demoserver"
)

// Every document is drawn when its address is opened: its title and each of its groups. How long that takes, from the first
// request of a page that nothing was kept of, is logged; it depends on the machine.
func TestEveryDocumentRenders(t *testing.T) {
	t.Parallel()
	server := demoserver.Start(t)
	ctx := open(t)
	for _, name := range documentNames(t, server) {
		want := documentOf(t, server, name)
		do(ctx, t, "leave", visit("about:blank"))
		began := time.Now()
		do(ctx, t, "render "+name,
			visit(server.URL+"/swagger/?urls.primaryName="+url.QueryEscape(name)),
			until(`document.querySelector(".info .title")?.textContent.includes(`+strconv.Quote(want.title)+`) && document.querySelectorAll(".opblock-tag-section").length === `+strconv.Itoa(want.tags)),
		)
		t.Logf("%4d ms  %s, %d groups", time.Since(began).Milliseconds(), name, want.tags)
		shoot(ctx, t, "render-"+strings.ToLower(strings.NewReplacer(": ", "-", " ", "-").Replace(name)))
	}
}

func documentNames(t *testing.T, server *demoserver.Server) []string {
	t.Helper()
	var config struct {
		URLs []struct{ Name string }
	}
	server.Get(t, "/swagger/config.json", &config)
	var out []string
	for _, u := range config.URLs {
		out = append(out, u.Name)
	}
	return out
}
