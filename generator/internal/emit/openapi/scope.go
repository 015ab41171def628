package openapi

import (
	"slices"
	"strings"

	"chartwright/generator/internal/model"
)

const letterOrder = "cruds"

// The permissions of a type are asked for in two parts: reading, and changing.
const (
	reading  = "rs"
	changing = "cud"
)

// scope is one scope that a document offers.
type scope struct {
	name, text string
	preselect  bool
}

// letters keeps those of the letters that members of staff, or patients, may hold for a type.
func (d *document) letters(context, typ, set string) string {
	a := d.access[typ]
	var out []byte
	for i := range len(set) {
		at := strings.IndexByte(letterOrder, set[i])
		held := a.Needs[at].Right != model.NeedNever
		if context == "patient" {
			held = a.Patient>>at&1 == 1
		}
		if held {
			out = append(out, set[i])
		}
	}
	return string(out)
}

// possible reports whether anybody can hold a letter for a type.
func (d *document) possible(typ, letter string) bool {
	return !strings.Contains(letterOrder, letter) || d.letters("user", typ, letter) != ""
}

// security says which scopes an interaction with a type needs: of a member of staff, or of a patient.
func (d *document) security(typ, letter string) list {
	set := changing
	if strings.Contains(reading, letter) {
		set = reading
	}
	var out list
	for _, context := range []string{"user", "patient"} {
		if context == "patient" && d.letters(context, typ, letter) == "" {
			continue
		}
		name := context + "/" + typ + "." + d.letters(context, typ, set)
		d.offer(scope{name: name, text: d.m.Access.Describe(context, typ, d.letters(context, typ, set)), preselect: context == "user" && set == reading})
		out = append(out, d.needs(name))
	}
	return out
}

// needs is one alternative of a security requirement.
func (d *document) needs(scopes ...string) object {
	return object{{d.scheme(), words(append([]string{"api:fhir"}, scopes...)...)}}
}

func (d *document) offer(s scope) {
	if !slices.ContainsFunc(d.scopes, func(have scope) bool { return have.name == s.name }) {
		d.scopes = append(d.scopes, s)
	}
}

// securityScheme offers the scopes of the document: what every app needs, reading, changing, and the same for patients.
// x-preselect names those that are ticked at first.
func (d *document) securityScheme() object {
	all := []scope{{name: "api:fhir", text: d.m.Access.Text("api:fhir"), preselect: true}}
	for _, prefix := range []string{"user/", "patient/", ""} {
		for _, s := range d.scopes {
			if strings.HasPrefix(s.name, prefix) && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	for _, name := range []string{"openid", "fhirUser", "launch/patient", "offline_access"} {
		all = append(all, scope{name: name, text: d.m.Access.Text(name)})
	}
	offered, ticked := object{}, list{}
	for _, s := range all {
		offered.set(s.name, s.text)
		if s.preselect {
			ticked = append(ticked, s.name)
		}
	}
	const server = "/oauth2/default"
	return object{
		{"type", "oauth2"},
		{"description", "The authorization server of the site. Scopes under user/ are for members of staff, scopes under patient/ for one patient: add launch/patient to them."},
		{"flows", object{{"authorizationCode", object{
			{"authorizationUrl", server + "/authorize"}, {"tokenUrl", server + "/token"}, {"refreshUrl", server + "/token"}, {"scopes", offered},
		}}}},
		{"x-preselect", ticked},
	}
}
