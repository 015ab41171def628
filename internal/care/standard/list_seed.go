package standard

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// list.json has the lists of OpenEMR 7 by name and title, and the options of those that records use or a standard defines: languages
// are those of ISO 639-1, races those of the CDC (CodeSystem v3-Race of HL7), religious affiliations those of HL7 v3. The others
// come without options, for a site to fill.
//
//go:embed list.json
var listData []byte

// seedList is a list that comes with the program: a ValueSet that takes a whole CodeSystem, whose concepts are the options.
type seedList struct {
	id     string
	set    *r4.ValueSet
	system *r4.CodeSystem
}

// seeds are the lists that come with the program, by lower-case name. They must not be changed.
var seeds = sync.OnceValue(func() map[string]*seedList {
	var lists []struct {
		ID, Title string
		Options   []seedOption
	}
	if err := json.Unmarshal(listData, &lists); err != nil {
		panic("list.json: " + err.Error()) // embedded and tested
	}
	m := make(map[string]*seedList, len(lists))
	for _, l := range lists {
		m[strings.ToLower(l.ID)] = newSeedList(l.ID, l.Title, l.Options)
	}
	return m
})

// seedOption is an option of list.json. Its id is that of its title unless it has one of its own.
type seedOption struct{ ID, Title, Notes, Codes string }

// optionID makes the id of an option from its title, as the lists of OpenEMR do: small letters and digits, and one underscore for
// whatever lies between them.
func optionID(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "_")
}

func newSeedList(id, title string, options []seedOption) *seedList {
	// The same id on every site, so that a list that moves with an export replaces its twin.
	own := fhir.NewID("list-" + strings.ReplaceAll(id, "_", "-"))
	l := &seedList{
		id: id,
		set: &r4.ValueSet{
			ID: own, URL: fhir.NewURI(listURL + id), Name: fhir.NewString(id), Title: fhir.NewString(title), Status: fhir.NewCode("active"),
			Compose: &r4.ValueSetCompose{Include: []r4.ValueSetComposeInclude{{System: fhir.NewURI(codeSystemOfOur + "list/" + id)}}},
		},
		system: &r4.CodeSystem{
			ID: own, URL: fhir.NewURI(codeSystemOfOur + "list/" + id), ValueSet: fhir.Of[fhir.Canonical](listURL + id), Name: fhir.NewString(id), Title: fhir.NewString(title),
			Status: fhir.NewCode("active"), Content: fhir.NewCode("complete"), CaseSensitive: fhir.NewBoolean(true),
		},
	}
	for i, o := range options {
		c := r4.CodeSystemConcept{Code: fhir.NewCode(orElse(o.ID, optionID(o.Title))), Display: fhir.NewString(o.Title)}
		for _, f := range [][2]string{{"seq", strconv.Itoa((i + 1) * 10)}, {"notes", o.Notes}, {"codes", o.Codes}} {
			c.Extension = keep(c.Extension, f[0], f[1])
		}
		l.system.Concept = append(l.system.Concept, c)
	}
	if len(options) == 0 {
		l.set.Compose = nil // there are no codes to take
	}
	return l
}

// Lists returns the lists that come with the program as resources, for a site that wants to change them: a ValueSet for each, and
// a CodeSystem for each that has options. They must not be changed.
func Lists() []r4.Resource {
	var out []r4.Resource
	for _, l := range slices.SortedFunc(maps.Values(seeds()), func(a, b *seedList) int { return strings.Compare(a.id, b.id) }) {
		if out = append(out, l.set); len(l.system.Concept) > 0 {
			out = append(out, l.system)
		}
	}
	return out
}
