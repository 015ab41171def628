package swagger

import (
	"bytes"
	"net/http"
	"sync"

	"github.com/swaggo/swag"

	"chartwright/gen/api/portal"
	"chartwright/gen/api/standard"
	"chartwright/gen/openapi"
)

// documents are all documents, in the order of the selector.
type documents struct {
	list   []*document
	byName map[string]*document
}

// document is one API document for the site default, registered with swag under its name.
type document struct {
	name, title string
	text        []byte
	file        *asset
}

// ReadDoc implements [swag.Swagger].
func (d *document) ReadDoc() string { return string(d.text) }

var _ swag.Swagger = (*document)(nil)

// register prepares the documents and hands them to swag. Swag's registry is that of the process and takes a name once, so this
// happens once, however many servers there are.
var register = sync.OnceValue(func() *documents {
	own := []struct {
		name, title string
		text        []byte
	}{{"standard", "Standard API", standard.OpenAPI}, {"portal", "Portal API", portal.OpenAPI}}
	all := &documents{byName: map[string]*document{}}
	for _, o := range own {
		all.list = append(all.list, &document{name: o.name, title: o.title, text: o.text})
	}
	for _, d := range openapi.Documents {
		all.list = append(all.list, &document{name: d.Name, title: d.Title, text: d.JSON()})
	}
	for _, d := range all.list {
		d.file = newAsset("application/json", d.text)
		all.byName[d.name] = d
		swag.Register(d.name, d)
	}
	return all
})

// document serves one document.
func (s *server) document(w http.ResponseWriter, r *http.Request, name string) {
	site, ok := s.site(w, r)
	if !ok {
		return
	}
	d := s.docs.byName[name]
	if d == nil {
		http.NotFound(w, r)
		return
	}
	if site == defaultSite {
		d.file.serve(w, r)
		return
	}
	text, err := swag.ReadDoc(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	asset{media: "application/json", body: forSite([]byte(text), site)}.serve(w, r)
}

// forSite writes another site's name into the addresses of a document.
func forSite(text []byte, site string) []byte {
	for _, prefix := range []string{`"/apis/`, `"/oauth2/`} {
		text = bytes.ReplaceAll(text, []byte(prefix+defaultSite), []byte(prefix+site))
	}
	return text
}
