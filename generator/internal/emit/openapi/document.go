package openapi

import (
	"slices"
	"strings"

	"chartwright/generator/internal/model"
)

// document is one document under way.
type document struct {
	m      *model.Model
	group  model.DocumentGroup
	access map[string]*model.AccessType

	tags       list
	paths      object
	schemas    object
	parameters object // used ones only
	responses  object
	scopes     []scope
}

func newDocument(m *model.Model, g model.DocumentGroup) *document {
	d := &document{m: m, group: g, access: map[string]*model.AccessType{}}
	for i := range m.Access.Types {
		d.access[m.Access.Types[i].Name] = &m.Access.Types[i]
	}
	return d
}

// scheme is the name of the security scheme: one of its own for each document, so that a token for the scopes of one is not
// taken for a token for another.
func (d *document) scheme() string { return "oauth2-" + d.group.Name }

// types fills in every operation of every type of the group.
func (d *document) types() error {
	for _, name := range d.group.Types {
		t := d.m.Type(name)
		d.tags = append(d.tags, object{
			{"name", name},
			{"description", capital(d.access[name].Phrase)},
			{"externalDocs", object{{"description", "definition"}, {"url", t.Doc}}},
		})
		if err := d.resource(t); err != nil {
			return err
		}
	}
	return nil
}

// finish returns the document.
func (d *document) finish() object {
	components := object{}
	for _, c := range []struct {
		name string
		of   object
	}{{"schemas", d.schemas}, {"parameters", d.parameters}, {"responses", d.responses}} {
		if len(c.of) > 0 {
			slices.SortFunc(c.of, func(a, b member) int { return strings.Compare(a.name, b.name) })
			components.set(c.name, c.of)
		}
	}
	components.set("securitySchemes", object{{d.scheme(), d.securityScheme()}})
	return object{
		{"openapi", "3.0.3"},
		{"info", object{
			{"title", "FHIR API: " + d.group.Title},
			{"version", d.m.FHIRVersion},
			{"description", d.introduction()},
		}},
		{"externalDocs", object{{"description", "The RESTful API of FHIR R4"}, {"url", "https://hl7.org/fhir/R4/http.html"}}},
		{"servers", list{object{{"url", "/apis/default/fhir"}}}},
		{"tags", d.tags},
		{"paths", d.paths},
		{"components", components},
	}
}

func (d *document) introduction() string {
	if len(d.group.Types) == 0 {
		return "What concerns the server as a whole: what it can do, batches and transactions, and searches of several types at once."
	}
	return "The FHIR R4 API for " + join(d.group.Types) + ".\n\n" +
		"Every example works as it is: press **Authorize**, then **Try it out** and **Execute**. The scopes for reading are ticked; " +
		"tick those for writing before you create, change or delete. Updates and deletions propose the id `example`, which the update " +
		"creates, so that they leave the other records alone."
}

// join lists words: a, b and c.
func join(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
