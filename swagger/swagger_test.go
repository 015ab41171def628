package swagger

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"chartwright/internal/access/scope"
)

func handler(t *testing.T) http.Handler {
	t.Helper()
	h, err := New(Config{BaseURL: "https://ehr.example.org", Site: "default"})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	handler(t).ServeHTTP(w, r)
	return w
}

// Every document is valid, examples included, and describes its scopes as the consent page does.
func TestDocuments(t *testing.T) {
	t.Parallel()
	docs := register()
	for _, d := range docs.list {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			doc, err := openapi3.NewLoader().LoadFromData([]byte(d.ReadDoc()))
			if err != nil {
				t.Fatal(err)
			}
			if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
				t.Error(err)
			}
			for name, s := range doc.Components.SecuritySchemes {
				for text, description := range s.Value.Flows.AuthorizationCode.Scopes {
					parsed, err := scope.Parse(text)
					if err != nil {
						t.Errorf("%s: %v", name, err)
					} else if want := scope.Describe(parsed); description != want {
						t.Errorf("%s: %s is described as %q, on the consent page as %q", name, text, description, want)
					}
				}
			}
		})
	}
}

// The documents let a reader have the file that a Binary holds, and send one, as well as the resource. Other types are no files.
func TestBinaryIsAFile(t *testing.T) {
	t.Parallel()
	const resource = "application/fhir+json"
	media := func(c openapi3.Content) string {
		files := []string{}
		for name, m := range c {
			if m.Schema.Value.Format == "binary" {
				files = append(files, name)
			}
		}
		if c[resource] == nil || len(c) != len(files)+1 {
			t.Errorf("a body has the media types %v", slices.Collect(maps.Keys(c)))
		}
		return strings.Join(files, " ")
	}
	const posted = "application/octet-stream" // one that Swagger UI can send
	want := map[string]string{"readBinary": "*/*", "vreadBinary": "*/*", "createBinary": posted, "updateBinary": posted, "updateConditionalBinary": posted}
	for _, d := range register().list {
		doc, err := openapi3.NewLoader().LoadFromData([]byte(d.ReadDoc()))
		if err != nil {
			t.Fatal(err)
		}
		for path, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				switch id := op.OperationID; id {
				case "readBinary", "vreadBinary":
					answer := op.Responses.Status(http.StatusOK).Value
					if got := media(answer.Content); got != want[id] || answer.Headers["Content-Disposition"] == nil || answer.Headers["X-Security-Context"] == nil {
						t.Errorf("%s answers with files as %q, headers %v", id, got, slices.Collect(maps.Keys(answer.Headers)))
					}
				case "createBinary", "updateBinary", "updateConditionalBinary":
					if got := media(op.RequestBody.Value.Content); got != want[id] || op.Parameters.GetByInAndName("header", "X-Security-Context") == nil {
						t.Errorf("%s takes files as %q", id, got)
					}
				case "readPatient", "vreadPatient":
					if got := media(op.Responses.Status(http.StatusOK).Value.Content); got != "" {
						t.Errorf("%s answers with files as %q", path, got)
					}
					continue
				default:
					continue
				}
				delete(want, op.OperationID)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("the documents lack %v", want)
	}
}

func TestServing(t *testing.T) {
	t.Parallel()
	first := get(t, "/swagger/docs/standard.json", "Accept-Encoding", "gzip")
	if first.Code != http.StatusOK || first.Header().Get("Content-Encoding") != "gzip" || first.Header().Get("ETag") == "" {
		t.Errorf("a document comes compressed, with its fingerprint: %d %v", first.Code, first.Header())
	}
	again := get(t, "/swagger/docs/standard.json", "If-None-Match", first.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("a document that is known is not sent again: %d", again.Code)
	}
	other := get(t, "/swagger/docs/fhir-individuals.json?site=north").Body.Bytes()
	if !bytes.Contains(other, []byte(`"/apis/north/fhir"`)) || !bytes.Contains(other, []byte(`"/oauth2/north/token"`)) || bytes.Contains(other, []byte("/default")) {
		t.Error("the document of another site names that site alone")
	}
	if c := get(t, "/swagger/config.json?site=north").Body.String(); !strings.Contains(c, "https://ehr.example.org/apis/north/fhir") {
		t.Errorf("the audience is that of the site: %s", c)
	}
	for path, status := range map[string]int{
		"/swagger/": 200, "/swagger/oauth2-redirect.html": 200, "/swagger/ui/swagger-ui-bundle.js": 200,
		"/swagger/ui/swagger-ui-bundle.js.map": 404, "/swagger/docs/none.json": 404, "/swagger/docs/standard.json?site=..%2Fx": 404, "/swagger/../go.mod": 404,
	} {
		if got := get(t, path).Code; got != status {
			t.Errorf("%s answers %d, want %d", path, got, status)
		}
	}
	for _, path := range []string{"/swagger/", "/swagger/oauth2-redirect.html"} {
		if p := get(t, path).Header().Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "script-src 'unsafe-inline'") {
			t.Errorf("%s has the policy %q", path, p)
		}
	}
}

// TestThePageListensToNobody is WEB-10, WEB-11, WEB-12 and WEB-14: addresses in the page's own address change nothing, the page keeps
// nothing in the browser, hears no messages, and opens no window that can reach back.
func TestThePageListensToNobody(t *testing.T) {
	t.Parallel()
	plain := get(t, "/swagger/").Body.String()
	for _, query := range []string{"url=//evil.example/spec.json", "configUrl=https://evil.example/config.json", "urls.primaryName=x", "spec=%7B%7D", "oauth2RedirectUrl=https://evil.example"} {
		if got := get(t, "/swagger/?"+query).Body.String(); got != plain || strings.Contains(got, "evil") {
			t.Errorf("WEB-12 with %s the page is another", query)
		}
		if got := get(t, "/swagger/config.json?"+query).Body.String(); strings.Contains(got, "evil") {
			t.Errorf("WEB-12 with %s the configuration is %s", query, got)
		}
	}
	script := get(t, "/swagger/page.js")
	if script.Code != http.StatusOK {
		script = get(t, "/swagger/ui/page.js")
	}
	text := plain + script.Body.String()
	if script.Code != http.StatusOK || !strings.Contains(text, "SwaggerUIBundle") {
		t.Fatalf("the script is not found: %d", script.Code)
	}
	for word, id := range map[string]string{
		"localStorage": "WEB-10", "sessionStorage": "WEB-10", "persistAuthorization: true": "WEB-10", "document.cookie": "WEB-10", `addEventListener("message"`: "WEB-11",
		"onmessage": "WEB-11", "queryConfigEnabled: true": "WEB-12",
	} {
		if strings.Contains(text, word) {
			t.Errorf("%s the page uses %s", id, word)
		}
	}
	for _, tag := range strings.Split(text, "<a ")[1:] {
		tag, _, _ = strings.Cut(tag, ">")
		if strings.Contains(tag, "target=") && !strings.Contains(tag, "noopener") {
			t.Errorf("WEB-14 a link opens a window that can reach back: %s", tag)
		}
	}
}
