package browser

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"chartwright/internal/e2e/demoserver"
)

// library is the SMART JavaScript library, which the tests with other people's clients install.
const library = "../interop/node_modules/fhirclient/build/fhir-client.min.js"

// An app that is nothing but pages reads the record from the browser, across origins: launch, code, token, reads and refresh are
// the library's own requests, so what it does not get is what CORS keeps from it.
func TestSMARTAppInTheBrowser(t *testing.T) {
	t.Parallel()
	code, err := os.ReadFile(library)
	if err != nil {
		t.Skipf("fhirclient is not installed (tools/test/install does it, with npm): no SMART app is tried in a browser: %v", err)
	}
	ctx := open(t)
	server := demoserver.Start(t)
	const scopes = "openid fhirUser launch/patient offline_access patient/Patient.rs patient/Observation.rs"
	var launch string
	pages := http.NewServeMux()
	pages.HandleFunc("GET /fhir-client.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(code)
	})
	page := func(path string, script func() string) {
		pages.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `<!doctype html><title>App</title><body><script src="/fhir-client.js"></script><script>`+script()+`</script>`)
		})
	}
	page("/launch", func() string { return launch })
	page("/app", func() string {
		return `
			const say = (text) => { document.body.innerHTML = "<h1 id=out></h1>"; document.querySelector("#out").textContent = text; };
			FHIR.oauth2.ready().then(async (client) => {
				const user = await client.user.read();
				const before = client.state.tokenResponse.access_token;
				await client.refresh();
				const patient = await client.patient.read();
				const bundle = await client.patient.request("Observation?_count=2");
				const refreshed = before !== client.state.tokenResponse.access_token;
				say([user.resourceType, patient.name[0].family, bundle.entry.length, refreshed].join(" "));
			}).catch((e) => say(String(e)));`
	})
	there := httptest.NewTLSServer(pages)
	t.Cleanup(there.Close)
	var registered struct {
		ClientID string `json:"client_id"`
	}
	post(t, server, "/oauth2/default/registration", "", map[string]any{
		"client_name": "An app of pages", "redirect_uris": []string{there.URL + "/app"}, "scope": scopes, "token_endpoint_auth_method": "none",
	}, &registered)
	launch = `FHIR.oauth2.authorize({ iss: ` + strconv.Quote(server.URL+"/apis/default/fhir") + `, clientId: ` + strconv.Quote(registered.ClientID) +
		`, scope: ` + strconv.Quote(scopes) + `, redirectUri: "/app", pkceMode: "required" })`

	do(ctx, t, "smart-launch", visit(there.URL+"/launch"), chromedp.WaitVisible("#username"),
		chromedp.Click(".switch label:has(.is-patient)"), chromedp.WaitVisible("#email"),
		chromedp.SendKeys("#username", demoserver.Phil.Login), chromedp.SendKeys("#email", demoserver.Phil.Email),
		chromedp.SendKeys("#password", demoserver.Phil.Password), chromedp.Click("form button.primary"),
		chromedp.WaitVisible("button[value=allow]"), chromedp.Click("button[value=allow]"),
		chromedp.WaitVisible("#out"))
	shoot(ctx, t, "smart-app")
	if got := text(ctx, t, "#out"); got != "Patient Lindqvist 2 true" {
		t.Errorf("the app shows %q", got)
	}
}
