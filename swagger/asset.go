package swagger

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// asset is one file to be sent. What compressing it costs is paid when it is first asked for, not when the server starts.
type asset struct {
	media  string
	body   []byte
	policy string        // Content-Security-Policy, of pages
	packed func() packed // nil = the file is made for one answer
}

// packed is what is kept of a file beside its bytes.
type packed struct {
	gzip []byte // nil = not worth it
	etag string
}

//go:embed ui/index.html ui/page.js ui/page.css
var own embed.FS

// theirs are the files of Swagger UI that the page needs; the rest of its distribution is not served.
var theirs = map[string]string{
	"swagger-ui.css":                  "text/css; charset=utf-8",
	"swagger-ui-bundle.js":            "text/javascript; charset=utf-8",
	"swagger-ui-standalone-preset.js": "text/javascript; charset=utf-8",
	"favicon-32x32.png":               "image/png",
}

// The policies of the two pages. Swagger UI styles some elements directly, and shows images that it carries as data. Everything
// else comes from here and talks to here alone.
const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
		"font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	redirectPolicy = "default-src 'none'; script-src '%s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// loadAssets prepares every file below /swagger/.
func loadAssets(ui fs.FS) (map[string]*asset, error) {
	out := map[string]*asset{}
	add := func(path, media string, from fs.FS, name string) (*asset, error) {
		body, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		out[path] = newAsset(media, body)
		return out[path], nil
	}
	for name, media := range theirs {
		if _, err := add("ui/"+name, media, ui, name); err != nil {
			return nil, err
		}
	}
	for _, f := range []struct{ path, media, name string }{
		{"ui/page.js", "text/javascript; charset=utf-8", "ui/page.js"}, {"ui/page.css", "text/css; charset=utf-8", "ui/page.css"},
	} {
		if _, err := add(f.path, f.media, own, f.name); err != nil {
			return nil, err
		}
	}
	page, err := add("", "text/html; charset=utf-8", own, "ui/index.html")
	if err != nil {
		return nil, err
	}
	page.policy = pagePolicy
	back, err := add("oauth2-redirect.html", "text/html; charset=utf-8", ui, "oauth2-redirect.html")
	if err != nil {
		return nil, err
	}
	hash, err := inlineScript(back.body)
	if err != nil {
		return nil, err
	}
	back.policy = fmt.Sprintf(redirectPolicy, hash)
	return out, nil
}

// inlineScript returns the hash of the one script inside a page, as a Content-Security-Policy names it.
// https://www.w3.org/TR/CSP3/#grammardef-hash-source
func inlineScript(page []byte) (string, error) {
	_, rest, found := bytes.Cut(page, []byte("<script>"))
	script, _, closed := bytes.Cut(rest, []byte("</script>"))
	if !found || !closed {
		return "", errors.New("the redirect page has no script")
	}
	sum := sha256.Sum256(script)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:]), nil
}

func newAsset(media string, body []byte) *asset {
	return &asset{media: media, body: body, packed: sync.OnceValue(func() packed { return pack(media, body) })}
}

// pack compresses a file, if that makes it smaller, and takes its fingerprint.
func pack(media string, body []byte) packed {
	sum := sha256.Sum256(body)
	p := packed{etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	if media == "image/png" {
		return p
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err == nil && w.Close() == nil { // a buffer takes everything
		p.gzip = b.Bytes()
	}
	return p
}

// serve sends the asset. It may be kept, and is asked for again each time: an upgrade shows at once.
func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if a.policy != "" {
		h.Set("Content-Security-Policy", a.policy)
	}
	body := a.body
	var p packed
	if a.packed != nil {
		p = a.packed()
	}
	if p.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = p.gzip
		}
	}
	if p.etag != "" {
		h.Set("ETag", "W/"+p.etag) // weak: plain and compressed are the same
		if strings.Contains(r.Header.Get("If-None-Match"), p.etag) {
			h.Del("Content-Encoding")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Type", a.media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may have left
	}
}

// takesGzip reads Accept-Encoding. RFC 9110 §12.5.3
func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		if name = strings.TrimSpace(name); name == "gzip" || name == "*" {
			q := strings.TrimSpace(params)
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
