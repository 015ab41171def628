package standard_test

import (
	"slices"
	"testing"

	"golang.org/x/text/language"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/care/standard"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
)

// seeded writes the lists that come with the program into the site, as a new site has them.
func (w *world) seeded(names ...string) {
	w.t.Helper()
	err := w.book().Write(w.context(access.FHIR), nil, func(u *record.Unit) error {
		for _, r := range standard.Lists() {
			if !slices.Contains(names, nameOf(r)) {
				continue
			}
			d, err := w.book().Draft(w.context(access.FHIR), r, r.IDField().V)
			if err != nil {
				return err
			}
			_, err = u.Put(d, chart.Update, chart.Expect{})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func nameOf(r r4.Resource) string {
	switch x := r.(type) {
	case *r4.ValueSet:
		return x.Name.V
	case *r4.CodeSystem:
		return x.Name.V
	}
	return ""
}

func concept(code, display string) r4.CodeSystemConcept {
	return r4.CodeSystemConcept{Code: fhir.NewCode(code), Display: fhir.NewString(display)}
}

// A list is edited as FHIR: its CodeSystem, or the ValueSet. What the list answers and what bodies may say follow at once.
func TestListsAreEditedAsFHIR(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.seeded("_ActEncounterCode")
		_, patient := w.someone()
		offered := func() (ids []string) {
			for _, o := range w.ask("GET", "/api/list/_ActEncounterCode", nil).want(200).at().([]any) {
				ids = append(ids, text(o.(map[string]any)["option_id"]))
			}
			return ids
		}
		class := func(code string, status int) answer {
			t.Helper()
			return w.ask("POST", "/api/patient/"+patient+"/encounter", map[string]any{"pc_catid": "5", "class_code": code}).want(status)
		}
		if got := offered(); len(got) != 11 || !slices.Contains(got, "AMB") || slices.Contains(got, "SPA") {
			t.Fatalf("a new site offers %v", got)
		}
		class("AMB", 201)
		class("SPA", 400).is("class code is invalid", "validationErrors", "class_code", "Callback::INVALID_VALUE")

		system := get[*r4.CodeSystem](w, "CodeSystem", "list--ActEncounterCode")
		system.Concept = append(slices.DeleteFunc(system.Concept, func(c r4.CodeSystemConcept) bool { return c.Code.V == "AMB" }), concept("SPA", "Spa"))
		put(w, system)
		if got := offered(); len(got) != 11 || slices.Contains(got, "AMB") || !slices.Contains(got, "SPA") {
			t.Errorf("after its CodeSystem was edited it offers %v", got)
		}
		class("AMB", 400)
		class("SPA", 201)

		set := get[*r4.ValueSet](w, "ValueSet", "list--ActEncounterCode")
		set.Compose.Include[0].Concept = []r4.ValueSetComposeIncludeConcept{{Code: fhir.NewCode("VR"), Display: fhir.NewString("By video")}}
		put(w, set)
		if got := offered(); !slices.Equal(got, []string{"VR"}) {
			t.Errorf("after its ValueSet was edited it offers %v", got)
		}
		w.ask("GET", "/api/list/_ActEncounterCode", nil).want(200).is("By video", 0, "title")
		class("SPA", 400)
		class("VR", 201)

		w.remove(chart.Key{Type: "ValueSet", ID: set.ID.V})
		if got := offered(); !slices.Contains(got, "SPA") || slices.Contains(got, "AMB") {
			t.Errorf("without a ValueSet of the site it offers %v", got)
		}
		w.remove(chart.Key{Type: "CodeSystem", ID: system.ID.V})
		if got := offered(); len(got) != 11 || !slices.Contains(got, "AMB") {
			t.Errorf("without resources of the site it offers %v", got)
		}
		class("AMB", 201)
	})
}

// A site's own list is a ValueSet below the address of the lists; several CodeSystems may stand in it.
func TestAListOfTheSitesOwn(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.ask("GET", "/api/list/rooms", nil).want(404)
		put(w, &r4.ValueSet{
			URL: fhir.NewURI("https://chartwright.example/fhir/ValueSet/list/rooms"), Title: fhir.NewString("Rooms"), Status: fhir.NewCode("active"),
			Compose: &r4.ValueSetCompose{Include: []r4.ValueSetComposeInclude{
				{System: fhir.NewURI("urn:rooms:upstairs")},
				{System: fhir.NewURI("urn:rooms:cellar"), Concept: []r4.ValueSetComposeIncludeConcept{{Code: fhir.NewCode("xray"), Display: fhir.NewString("X-ray")}}},
			}},
		})
		w.ask("GET", "/api/list/rooms", nil).want(200).is("xray", 0, "option_id").is("rooms", 0, "list_id")
		upstairs := &r4.CodeSystem{
			URL: fhir.NewURI("urn:rooms:upstairs"), Status: fhir.NewCode("active"), Content: fhir.NewCode("complete"),
			Concept: []r4.CodeSystemConcept{concept("r1", "Room 1"), concept("r2", "Room 2")},
		}
		put(w, upstairs)
		w.ask("GET", "/api/list/rooms?_sort=-option_id", nil).want(200).is("xray", 0, "option_id").is("r2", 1, "option_id").is("Room 1", 2, "title")
		w.ask("GET", "/api/list/rooms?_sort=option_id&_limit=1&_offset=1", nil).want(200).is("r2", 0, "option_id")
		listed := w.ask("GET", "/api/list/lists?_limit=200", nil).want(200).at().([]any)
		if !slices.ContainsFunc(listed, func(o any) bool {
			return text(o.(map[string]any)["option_id"]) == "rooms" && text(o.(map[string]any)["title"]) == "Rooms"
		}) {
			t.Error("the list of the lists does not have it")
		}
	})
}

// The answer of a list has no links: what is cut off could not be noticed, so lists are shown whole.
func TestListsAreShownWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, want := range map[string]int{"": 922, "?_limit=0": 922, "?_limit=5000": 922, "?_limit=300": 300, "?_offset=900": 22, "?_limit=7&_offset=920": 2} {
		if n := len(w.ask("GET", "/api/list/race"+query, nil).want(200).at().([]any)); n != want {
			t.Errorf("%s: %d options, want %d", query, n, want)
		}
	}
}

// The options that a standard defines are all there, and every list names each option once.
func TestOptionsOfTheProgram(t *testing.T) {
	t.Parallel()
	options := map[string][]r4.CodeSystemConcept{}
	for _, r := range standard.Lists() {
		system, ok := r.(*r4.CodeSystem)
		if !ok {
			continue
		}
		seen := map[string]bool{}
		for _, c := range system.Concept {
			if seen[c.Code.V] || c.Code.V == "" {
				t.Errorf("%s: option %q is there twice, or has no name", system.Name.V, c.Code.V)
			}
			seen[c.Code.V] = true
		}
		options[system.Name.V] = system.Concept
	}
	for name, want := range map[string]int{"race": 922, "language": 186, "religious_affiliation": 82} {
		if n := len(options[name]); n != want {
			t.Errorf("%s has %d options, want %d", name, n, want)
		}
	}
	for _, c := range options["language"] {
		code := notesOf(c)
		if c.Code.V == "declne_to_specfy" {
			continue
		}
		if base, err := language.ParseBase(code); err != nil {
			t.Errorf("%s: %q names no language: %v", c.Code.V, code, err)
		} else if base.String() != code && code != "tw" && code != "bh" { // which newer registries fold into others
			t.Errorf("%s: %q is %s", c.Code.V, code, base)
		}
	}
}

func notesOf(c r4.CodeSystemConcept) string {
	for _, x := range c.Extension {
		for _, part := range x.Extension {
			if v, ok := part.Value.(*fhir.String); ok && part.URL == "notes" {
				return v.V
			}
		}
	}
	return ""
}

// A race that is finer than the categories of the OMB is a detail of US Core's extension, and comes back as it was sent.
func TestARaceInDetail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.someone()
	for _, c := range []struct{ option, part, code string }{{"abenaki", "detailed", "1006-6"}, {"white", "ombCategory", "2106-3"}} {
		w.ask("PUT", "/api/patient/"+id, map[string]any{"race": c.option}).want(200)
		w.ask("GET", "/api/patient/"+id, nil).want(200).is(c.option, "data", "race")
		found := false
		for _, x := range get[*r4.Patient](w, "Patient", id).Extension {
			for _, part := range x.Extension {
				if v, ok := part.Value.(*r4.Coding); ok && part.URL == c.part && v.Code.V == c.code {
					found = true
				}
			}
		}
		if !found {
			t.Errorf("%s is not %s %s", c.option, c.part, c.code)
		}
	}
}
